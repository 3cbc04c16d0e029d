"""What a letter says: the words of the chat, for every mail program."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import StoredFile
from connectors.email.letters import letter
from connectors.email.settings import EmailMapping, SmtpSettings, address

AT = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)
SETTINGS = SmtpSettings.of("smtps://mail.agency.test", "office@agency.test")


def written(text: str, *buttons: tuple[str, str], language: str = "uk", to: str = "c@client.test") -> EmailMessage:
    decision = SendMessage("client", text, "client.brief", language, buttons=buttons)
    mapping = EmailMapping("Агенція «Міст», Київ", reply_to="olena@agency.test")
    return letter(SETTINGS, mapping, decision, to, "0123456789", to, AT)


def read(made: EmailMessage, kind: str) -> str:
    body = made.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_markup_becomes_plain_words_with_the_addresses_of_links() -> None:
    made = written('Ваш <b>бриф</b>: <a href="https://f.test/?a=1&amp;b=2">анкета</a> &amp; <i>ще</i> &lt;трохи&gt;')
    assert read(made, "plain") == "Ваш бриф: анкета <https://f.test/?a=1&b=2> & ще <трохи>\n"


def test_programs_that_show_markup_get_the_bold_words_and_line_breaks() -> None:
    shown = read(written("Ваш <b>бриф</b>\nготовий &lt;3"), "html")
    assert "<p>Ваш <b>бриф</b><br>\nготовий &lt;3</p>" in shown
    assert '<html lang="uk">' in shown


def test_a_button_that_opens_a_page_stays_one_and_others_become_a_reply() -> None:
    made = written("Погоджуєте?", ("https://f.test/plan", "План"), ("yes", "Так"), ("no", "Ні"))
    assert read(made, "plain") == "Погоджуєте?\n\nПлан <https://f.test/plan>\n\nВідповісти можна просто на цей лист.\n"
    assert '<a href="https://f.test/plan">План</a>' in read(made, "html")
    assert "Так" not in read(made, "html")


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("uk", "Агенція «Міст», Київ: новини щодо Вашого проєкту"),
        ("ru", "Агенція «Міст», Київ: новости о Вашем проекте"),
        ("en", "Агенція «Міст», Київ: news about your project"),
    ],
)
def test_the_subject_is_in_the_language_of_the_letter(language: str, subject: str) -> None:
    assert written("…", language=language)["Subject"] == subject


def test_letters_of_one_conversation_answer_one_and_the_same() -> None:
    made = written("1")
    assert made["In-Reply-To"] == made["References"] == written("2")["References"]


def test_each_attempt_is_the_same_letter_and_nobody_on_leave_answers_it() -> None:
    made = written("…")
    assert made["Message-ID"] == written("…")["Message-ID"] == "<0123456789@agency.test>"
    assert (made["Auto-Submitted"], made["Reply-To"]) == ("auto-generated", "olena@agency.test")
    assert made["From"] == '"Агенція «Міст», Київ" <office@agency.test>'


def test_a_name_with_a_line_break_makes_no_header_of_its_own() -> None:
    mapping = EmailMapping("Міст\r\nBcc: all@agency.test")
    with pytest.raises(ValueError, match=r"linefeed|CR|cannot contain"):
        letter(SETTINGS, mapping, SendMessage("client", "…"), "c@client.test", "1", "1", AT)


@pytest.mark.parametrize(
    ("given", "spelled"),
    [(" Office@Agency.Test ", "Office@agency.test"), ("о@агенція.укр", ""), ("office@агенція.укр", "office@xn--")],
)
def test_an_address_is_spelled_as_mail_servers_spell_it(given: str, spelled: str) -> None:
    if not spelled:
        with pytest.raises(ValueError, match="is no e-mail address"):
            address(given)
        return
    assert address(given).startswith(spelled)


@pytest.mark.parametrize(
    "given", ["", "office", "@agency.test", "office@", "a b@agency.test", "a@b@c.test", "a@localhost"]
)
def test_what_is_no_address_is_refused_in_words(given: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        address(given)


def test_a_document_hangs_on_the_letter_under_its_own_name() -> None:
    decision, file = SendMessage("client", "Ваш договір"), StoredFile("Договір v1.pdf", "application/pdf", b"%PDF-1")
    made = letter(SETTINGS, EmailMapping("Міст"), decision, "c@client.test", "0123456789", "c", AT, file)
    [hung] = made.iter_attachments()
    assert (hung.get_filename(), hung.get_content_type(), hung.get_content()) == (file.name, file.media_type, b"%PDF-1")
    assert read(made, "plain") == "Ваш договір\n"
