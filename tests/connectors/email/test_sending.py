"""Letters handed to a mail server, and what becomes of them when it refuses or breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trustme

from bridge.model.decisions import MoveCard
from bridge.model.deliveries import Delivery
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.findings import Level
from connectors.email import SmtpSettings
from tests.connectors.email.post_office import (
    AT,
    BREAKS,
    CLIENT,
    PostOffice,
    connector,
    encrypted_door,
    knows_password,
    message,
    open_office,
)
from tests.secrets import SMTP_PASSWORD


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, int]]:
    with open_office() as found:
        yield found


def failure(port: int, url: str = "smtp://127.0.0.1:{port}") -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        connector(port, url).push(message())
    assert SMTP_PASSWORD not in str(caught.value)
    return caught.value


def test_a_letter_reaches_the_address_of_the_delivery(office: tuple[PostOffice, int]) -> None:
    receipt = connector(office[1]).push(message("Ваш <b>бриф</b> готовий\n.крапка на початку рядка"))
    assert [to for to, _letter in office[0].taken] == [CLIENT]
    assert office[0].text() == "Ваш бриф готовий\n.крапка на початку рядка\n"
    assert (receipt.at, receipt.details["channel"]) == (AT, "email")


def test_letters_about_one_deal_to_one_address_are_one_conversation_and_no_others(
    office: tuple[PostOffice, int],
) -> None:
    post = connector(office[1])
    for one in (message("1"), message("2"), message("3", deal="deal-2"), message("4", to="d@kavarnia.test")):
        post.push(one)
    first, second, other_deal, other_address = (letter["References"] for _to, letter in office[0].taken)
    assert first == second
    assert len({first, other_deal, other_address}) == 3


@pytest.mark.parametrize(
    ("command", "answer", "retry", "code"),
    [
        ("MAIL", "451 later", Retry.PASSING, "451"),
        ("MAIL", "550 not your address", Retry.ASK_ADMIN, "550"),
        ("RCPT", "450 greylisted", Retry.PASSING, "450"),
        ("RCPT", "550 no such user", Retry.PERMANENT, "no-mailbox"),
        ("RCPT", "550 blocked: listed as spam source", Retry.PERMANENT, "550"),
        ("RCPT", "550 5.1.1 no such user", Retry.PERMANENT, "no-mailbox"),
        ("RCPT", "550 5.7.1 blocked by policy", Retry.PERMANENT, "550"),
        ("RCPT", "552 5.2.2 mailbox full", Retry.PERMANENT, "552"),
        ("DATA", "452 full", Retry.PASSING, "452"),
        ("DATA", "554 looks like spam", Retry.PERMANENT, "554"),
        ("MAIL", BREAKS, Retry.PASSING, ""),
        ("RCPT", BREAKS, Retry.PASSING, ""),
        ("DATA", BREAKS, Retry.UNKNOWN, ""),
    ],
)
def test_each_refusal_is_told_apart(
    office: tuple[PostOffice, int], command: str, answer: str, retry: Retry, code: str
) -> None:
    office[0].answers[command] = answer
    error = failure(office[1])
    assert (error.retry, error.code) == (retry, code)
    assert office[0].asked[-1] == command


def test_a_server_that_is_not_there_passes() -> None:
    assert failure(9).retry is Retry.PASSING


def test_a_password_is_not_sent_where_nothing_is_encrypted() -> None:
    with open_office("127.0.0.2") as (office, port):
        error = failure(port, f"smtp://office:{SMTP_PASSWORD}@127.0.0.2:{{port}}")
    assert (error.retry, error.code, office.asked) == (Retry.ASK_ADMIN, "no-encryption", [])


def test_the_right_password_opens_and_a_wrong_one_is_for_the_admin() -> None:
    with open_office(authenticator=knows_password, auth_require_tls=False) as (office, port):
        connector(port, f"smtp://office:{SMTP_PASSWORD}@localhost:{{port}}").push(message())
        error = failure(port, "smtp://office:wrong@localhost:{port}")
    assert len(office.taken) == 1
    assert (error.retry, error.code) == (Retry.ASK_ADMIN, "535")


def test_a_certificate_that_nobody_vouches_for_is_for_the_admin() -> None:
    with encrypted_door(trustme.CA().issue_cert("127.0.0.1")) as port:
        error = failure(port, "smtps://127.0.0.1:{port}")
    assert error.retry is Retry.ASK_ADMIN
    assert "certificate" in error.what


def test_what_went_out_cannot_be_asked_for() -> None:
    with pytest.raises(CannotTell):
        connector(9).look(message())


@pytest.mark.parametrize(
    "delivery",
    [Delivery("1", "k", MoveCard("Робота"), "deal", None), Delivery("1", "k", message().decision, "deal", None)],
)
def test_without_an_address_or_words_nothing_is_sent(delivery: Delivery) -> None:
    with pytest.raises(ConnectorError) as caught:
        connector(9).push(delivery)
    assert caught.value.retry is Retry.PERMANENT


def test_check_greets_the_server_and_sends_nothing(office: tuple[PostOffice, int]) -> None:
    assert connector(office[1]).check() == []
    assert [(found.level, found.code) for found in connector(9).check()] == [(Level.WARNING, "not-asked")]
    assert office[0].asked == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://mail.test", "smtps://user:password@host"),
        ("smtp://", "smtps://user:password@host"),
        ("smtps://a:b/c@mail.test:465", "as %40 and %2F"),
    ],
)
def test_an_address_of_a_server_that_cannot_be_read_is_told_in_words(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        SmtpSettings.of(url, "office@agency.test")


def test_signs_of_a_password_are_unquoted_and_never_shown() -> None:
    found = SmtpSettings.of("smtp://office%40agency.test:p%40ss%2F@mail.test", "office@agency.test")
    assert (found.user, found.password, found.port) == ("office@agency.test", "p@ss/", 587)
    assert "p@ss" not in repr(found)
