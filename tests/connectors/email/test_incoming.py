"""What a letter that came tells: a client's word, a letter of ours that did not arrive, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.records import Happening
from connectors.email.inbox import Letter
from connectors.email.incoming import Post
from tests.connectors.email.mailbox import OURS, letter, returned

AT = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)


def read(raw: str, *, keep_words: bool = False) -> Happening | None:
    """What is told of a letter that came a minute ago."""
    whole = raw.encode()
    letter = Letter(5, AT - timedelta(minutes=1), whole.partition(b"\n\n")[0] + b"\n\n")
    own = frozenset({"office@agency.test", "olena@agency.test"})
    return Post("agency.test", own, keep_words, AT).happening(letter, lambda: whole)


def test_an_answer_to_our_letter_names_the_delivery_that_it_answers() -> None:
    told = read(letter(In_Reply_To=OURS, References=f"<aaaa.client@agency.test> {OURS}"))
    assert told is not None
    assert (told.kind, told.data["answers"]) == ("letter", ["0123456789"])


def test_a_letter_of_ours_that_came_back_names_delivery_address_and_that_there_is_no_mailbox() -> None:
    told = read(returned())
    assert told is not None
    assert (told.kind, told.data["delivery"], told.about.id) == (
        "letter.returned",
        "0123456789",
        "client@kavarnia.test",
    )
    assert (told.data["nobodys"], told.data["words"]) == (True, "550 5.1.1 No such user")


@pytest.mark.parametrize(
    ("status", "words"),
    [("5.2.2", "552 5.2.2 Mailbox full"), ("5.7.1", "550 5.7.1 blocked as spam"), ("4.4.7", "delivery time expired")],
)
def test_a_mailbox_that_takes_no_letter_just_now_is_still_somebodys(status: str, words: str) -> None:
    told = read(returned(status=status, words=words))
    assert told is not None
    assert told.data["nobodys"] is False


def test_a_status_that_says_nothing_is_read_by_its_words() -> None:
    told = read(returned(status="5.0.0", words="550 User unknown"))
    assert told is not None
    assert told.data["nobodys"] is True


def test_a_letter_that_is_only_late_tells_nothing() -> None:
    assert read(returned(action="delayed", status="4.4.1", words="connection timed out")) is None


def test_the_return_of_a_letter_that_merely_answers_ours_is_none_of_ours() -> None:
    raw = returned(ours="<written-by-olena@agency.test>").replace("<ffff.client@agency.test>", OURS)
    assert read(raw) is None


def test_a_mail_server_that_names_the_failed_address_in_a_header_is_understood_too() -> None:
    raw = (
        "From: Mail Delivery System <mailer-daemon@post.test>\nX-Failed-Recipients: client@kavarnia.test\n"
        "Message-ID: <b2@post.test>\n\nA message could not be delivered:\n  client@kavarnia.test\n"
        f"    550 5.1.1 The account does not exist\n\n------ a copy of the headers ------\nMessage-ID: {OURS}\n"
    )
    told = read(raw)
    assert told is not None
    assert (told.data["delivery"], told.data["nobodys"]) == ("0123456789", True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<news.kavarnia.test>"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_program_wrote_is_no_sign_of_life(headers: dict[str, str]) -> None:
    assert read(letter(**headers)) is None


@pytest.mark.parametrize("sender", ["Office@Agency.test", "Олена <olena@agency.test>", "nobody", "", "a@b@c", "<>"])
def test_our_own_letters_and_those_of_nobody_tell_nothing(sender: str) -> None:
    assert read(letter(sender=sender)) is None


def test_the_words_are_kept_only_where_the_agency_wants_them() -> None:
    raw = letter(
        "Так, починаймо.\nПароль: Xk9!zz_42q\n\nOlena <office@agency.test> пише:\n> Добрий день!", In_Reply_To=OURS
    )
    without, kept = read(raw), read(raw, keep_words=True)
    assert without is not None
    assert kept is not None
    assert (without.data["text"], kept.data["text"]) == ("", "Так, починаймо.\nПароль: •••")
    assert (without.data.get("password"), kept.data["password"]) == (None, True)


def test_of_a_letter_in_html_the_words_count_and_of_one_with_files_the_text() -> None:
    html = "Content-Type: text/html; charset=utf-8\n\n<html><style>p{}</style><p>Так &amp; вчасно</p><blockquote>"
    parts = f'multipart/mixed; boundary="m"\n\n--m\n{html}\n--m\nContent-Disposition: attachment\n\nabc\n--m--'
    told = read(letter("", Content_Type=parts), keep_words=True)
    assert told is not None
    assert told.data["text"] == "Так & вчасно"


@pytest.mark.parametrize(
    ("subject", "wish"), [("STOP", "stop"), ("стоп!", "stop"), ("старт", "resume"), ("stop it", None)]
)
def test_a_subject_of_one_word_asks_for_silence_or_for_letters_again(subject: str, wish: str | None) -> None:
    told = read(letter(Subject=subject))
    assert told is not None
    assert told.data.get("wish") == wish


def test_so_does_the_first_line_of_an_answer_and_no_line_of_another_letter() -> None:
    answer = read(letter("Стоп.\nБільше не пишіть", In_Reply_To=OURS))
    other = read(letter("Стоп."), keep_words=True)
    assert answer is not None
    assert other is not None
    assert (answer.data.get("wish"), other.data.get("wish"), answer.data["text"]) == ("stop", None, "")


def test_a_letter_from_tomorrow_came_when_it_was_read() -> None:
    raw = letter().encode()
    told = Post("agency.test", frozenset(), False, AT).happening(Letter(1, AT + timedelta(days=1), raw), lambda: raw)
    assert told is not None
    assert told.at == AT
