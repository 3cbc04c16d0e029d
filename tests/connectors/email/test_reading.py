"""Reading the mailbox: what is new, once, without changing anything there, whatever the server or a letter does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor, Happening
from connectors.email import EmailConnector
from tests.connectors.email.mailbox import Mailbox, open_mailbox, reader
from tests.connectors.email.post_office import AT, BREAKS
from tests.secrets import SMTP_PASSWORD

LETTER = """From: =?utf-8?b?0J7Qu9C10L3QsA==?= <Client@Kavarnia.test>
To: office@agency.test
Subject: {subject}
Message-ID: <{subject}@kavarnia.test>

Дякуємо, усе гаразд.
"""


@pytest.fixture
def inbox() -> Iterator[tuple[Mailbox, EmailConnector]]:
    with open_mailbox() as (mailbox, port):
        connector = reader(port)
        yield mailbox, connector
        connector.close()


def begun(connector: EmailConnector) -> Cursor:
    """The place behind everything that was there before."""
    cursor = connector.pull(None).cursor
    assert cursor is not None
    return cursor


def subjects(happenings: object) -> list[object]:
    assert isinstance(happenings, (list, tuple))
    return [one.data["subject"] for one in happenings if isinstance(one, Happening)]


def test_what_was_there_before_the_first_reading_is_nobodys_news(inbox: tuple[Mailbox, EmailConnector]) -> None:
    mailbox, connector = inbox
    mailbox.add(LETTER.format(subject="old"))
    page = connector.pull(None)
    mailbox.add(LETTER.format(subject="new"))
    assert page.happenings == []
    assert subjects(connector.pull(page.cursor).happenings) == ["new"]


def test_each_letter_is_told_once_and_nothing_new_is_nothing(inbox: tuple[Mailbox, EmailConnector]) -> None:
    mailbox, connector = inbox
    mailbox.add(LETTER.format(subject="old"))
    cursor = begun(connector)
    mailbox.add(LETTER.format(subject="new"))
    page = connector.pull(cursor)
    assert (subjects(page.happenings), page.seen_up_to) == (["new"], {"email.inbox": AT})
    assert connector.pull(page.cursor).happenings == []


def test_a_letter_says_who_when_and_about_what_and_not_its_words(inbox: tuple[Mailbox, EmailConnector]) -> None:
    mailbox, connector = inbox
    cursor = begun(connector)
    mailbox.add(LETTER.format(subject="=?koi8-r?q?=F3=DE=A3=D4?="), AT - timedelta(minutes=5))
    [told] = connector.pull(cursor).happenings
    assert (told.kind, told.about.id, told.actor.name) == ("letter", "client@kavarnia.test", "Олена")
    assert (told.at, told.data["subject"], told.data["text"]) == (AT - timedelta(minutes=5), "Счёт", "")


def test_nothing_in_the_mailbox_is_changed(inbox: tuple[Mailbox, EmailConnector]) -> None:
    mailbox, connector = inbox
    cursor = begun(connector)
    mailbox.add(LETTER.format(subject="new"))
    connector.pull(cursor)
    changing = ("SELECT", "UID STORE", "UID MOVE", "EXPUNGE", "CLOSE")
    assert not [line for line in mailbox.asked if line.upper().startswith(changing)]
    assert all("PEEK" in line for line in mailbox.asked if "FETCH" in line)


def test_many_letters_come_in_pages_in_their_order(inbox: tuple[Mailbox, EmailConnector]) -> None:
    mailbox, connector = inbox
    cursor, read = begun(connector), list[object]()
    for number in range(120):
        mailbox.add(LETTER.format(subject=str(number)))
    for _page in range(3):
        page = connector.pull(cursor)
        assert page.cursor is not None
        assert page.more is (_page < 2)
        cursor, read = page.cursor, read + subjects(page.happenings)
    assert read == [str(number) for number in range(120)]


def test_a_server_that_counts_anew_loses_no_letter_and_each_keeps_its_identity(
    inbox: tuple[Mailbox, EmailConnector],
) -> None:
    mailbox, connector = inbox
    mailbox.add(LETTER.format(subject="ancient"), AT - timedelta(days=30))
    cursor = begun(connector)
    mailbox.add(LETTER.format(subject="read"))
    page = connector.pull(cursor)
    mailbox.count_anew()
    mailbox.add(LETTER.format(subject="new"))
    again = connector.pull(page.cursor)
    assert subjects(again.happenings) == ["read", "new"]
    assert again.happenings[0].ref == page.happenings[0].ref  # stored once
    assert connector.pull(again.cursor).happenings == []


def test_a_connection_is_kept_and_renewed_where_the_server_has_closed_it(
    inbox: tuple[Mailbox, EmailConnector],
) -> None:
    mailbox, connector = inbox
    cursor = begun(connector)
    assert (connector.pull(cursor).happenings, mailbox.logins) == ([], 1)
    mailbox.answers["EXAMINE"] = BREAKS
    with pytest.raises(ConnectorError) as broken:
        connector.pull(cursor)
    assert (broken.value.retry, mailbox.logins) == (Retry.PASSING, 2)  # once more over a new one, and no further
    del mailbox.answers["EXAMINE"]
    mailbox.add(LETTER.format(subject="new"))
    assert subjects(connector.pull(cursor).happenings) == ["new"]


@pytest.mark.parametrize(
    ("command", "said", "retry"),
    [
        ("LOGIN", "NO [AUTHENTICATIONFAILED] Invalid credentials", Retry.ASK_ADMIN),
        ("LOGIN", "NO [UNAVAILABLE] Temporary authentication failure", Retry.PASSING),
        ("EXAMINE", "NO [NONEXISTENT] Unknown Mailbox", Retry.ASK_ADMIN),
        ("UID SEARCH", "NO [SERVERBUG] try again", Retry.PASSING),
        ("UID SEARCH", BREAKS, Retry.PASSING),
    ],
)
def test_what_a_server_refuses_is_told_apart(
    inbox: tuple[Mailbox, EmailConnector], command: str, said: str, retry: Retry
) -> None:
    mailbox, connector = inbox
    cursor = Cursor('{"validity": 7, "number": 0, "day": "2026-12-03"}')
    mailbox.answers[command] = said
    with pytest.raises(ConnectorError) as refused:
        connector.pull(cursor)
    assert (refused.value.retry, SMTP_PASSWORD in str(refused.value)) == (retry, False)


def test_a_mailbox_that_lets_nobody_in_is_a_finding_beside_the_mail_server(
    inbox: tuple[Mailbox, EmailConnector],
) -> None:
    mailbox, connector = inbox
    mailbox.answers["LOGIN"] = "NO [AUTHENTICATIONFAILED] Invalid credentials"
    assert [one.code for one in connector.check()] == ["not-asked", "no-access"]  # no mail server listens in this test


def test_a_letter_that_breaks_the_parser_hides_no_other(
    inbox: tuple[Mailbox, EmailConnector], caplog: pytest.LogCaptureFixture
) -> None:
    mailbox, connector = inbox
    cursor = begun(connector)
    nested = "".join(
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b{n}"\n\n--b{n}\n' for n in range(3000)
    )
    mailbox.add(f"From: mailer@kavarnia.test\nMessage-ID: <1@x>\n{nested}")
    mailbox.add(LETTER.format(subject="new"))
    assert subjects(connector.pull(cursor).happenings) == ["new"]
    assert "cannot be read" in caplog.text
