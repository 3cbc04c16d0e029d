"""A client whom Telegram does not reach goes through the same steps by e-mail, and in the chat again once back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bridge.wiring.assemble import assemble
from bridge.wiring.settings import ImapAccess, SmtpAccess
from bridge.wiring.shapes import EmailConfig
from sandbox.world import CLIENT
from tests.connectors.email.mailbox import Mailbox, letter, open_mailbox, returned
from tests.connectors.email.post_office import PostOffice, open_office
from tests.pace import FreePace
from tests.secrets import SMTP_PASSWORD
from tests.story.conftest import Play
from tests.story.harness import NAME, Story, agency, moment

ADDRESS = "office@romashka.test"


@pytest.fixture
def post() -> Iterator[tuple[PostOffice, int]]:
    with open_office() as found:
        yield found


@pytest.fixture
def inbox() -> Iterator[tuple[Mailbox, int]]:
    with open_mailbox() as found:
        yield found


def with_letters(story: Story, port: int, inbox: int = 0) -> Story:
    """The same agency, now with a mail server (and a mailbox), and a client who has an address."""
    story.close()
    smtp = SmtpAccess.model_validate({"url": f"smtp://127.0.0.1:{port}", "from": "bridge@agency.test"})
    imap = ImapAccess(url=SecretStr(f"imap://bridge:{SMTP_PASSWORD}@127.0.0.1:{inbox}") if inbox else None)
    settings = story.settings.model_copy(update={"smtp": smtp, "imap": imap})
    office = replace(agency(), email=EmailConfig(name="Агенція «Міст»"))
    story.engine = assemble(settings, office, story.clock, FreePace())
    story.people.set_contact_field(story.contact, "email", ADDRESS)
    story.soon()
    return story


def test_who_has_blocked_the_bot_gets_the_brief_by_letter_and_its_clock_runs(
    play: Play, post: tuple[PostOffice, int]
) -> None:
    story = with_letters(play("handed"), post[1])
    story.people.block_bot(CLIENT.id)
    story.soon()
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")
    story.soon()
    assert [to for to, _letter in post[0].taken] == [ADDRESS]
    assert "заповніть, будь ласка, бриф: відкрити анкету <http" in post[0].text()
    assert [timer.step for timer in story.timers] == ["remind", "call", "head"]
    assert story.timers[0].due == moment("2026-12-02 18:00")
    assert ADDRESS in story.manager[-1]


def test_a_block_that_only_the_refusal_tells_becomes_a_letter(play: Play, post: tuple[PostOffice, int]) -> None:
    story = with_letters(play("handed"), post[1])
    refusal = {"ok": False, "error_code": 403, "description": "Forbidden: user is deactivated"}
    story.goes_wrong("telegram", "status", path="sendMessage", status=403, body=refusal, times=1)
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")
    story.soon()
    story.mended()
    assert [to for to, _letter in post[0].taken] == [ADDRESS]
    assert any(ADDRESS in text for text in story.manager)


def test_who_is_back_is_written_to_in_the_chat(play: Play, post: tuple[PostOffice, int]) -> None:
    story = with_letters(play("handed"), post[1])
    story.people.block_bot(CLIENT.id)
    story.soon()
    story.people.unblock_bot(CLIENT.id)
    story.soon()
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")
    story.soon()
    assert (post[0].taken, len(story.client)) == ([], 2)


def brief_by_letter(story: Story, post: PostOffice) -> str:
    """The client is asked for the brief by letter. Gives the letter's id."""
    story.people.block_bot(CLIENT.id)
    story.soon()
    story.people.label_card(NAME, "Надіслати бриф", by="andrii")
    story.soon()
    return str(post.taken[-1][1]["Message-ID"])


def test_a_brief_whose_letter_came_back_is_told_and_nobody_is_reminded_of_it(
    play: Play, post: tuple[PostOffice, int], inbox: tuple[Mailbox, int]
) -> None:
    story = with_letters(play("handed"), post[1], inbox[1])
    ours = brief_by_letter(story, post[0])
    inbox[0].add(returned(ours=ours).replace("client@kavarnia.test", ADDRESS), story.clock.now())
    story.soon()
    assert story.timers == []
    assert f"скриньки {ADDRESS} немає" in story.manager[-1]
    assert any("бриф не доставлено" in text for text in story.pm)


def test_an_answer_by_letter_reaches_the_manager_and_the_card_without_its_words(
    play: Play, post: tuple[PostOffice, int], inbox: tuple[Mailbox, int]
) -> None:
    story = with_letters(play("handed"), post[1], inbox[1])
    ours = brief_by_letter(story, post[0])
    inbox[0].add(letter("Заповнимо завтра", sender=f"Олег <{ADDRESS}>", In_Reply_To=ours), story.clock.now())
    story.soon()
    assert "пише: [лист: Re: новини]" in story.manager[-1]
    assert any("лист: Re: новини" in text for text in story.comments)
    assert "Заповнимо" not in "".join((*story.manager, *story.comments))
