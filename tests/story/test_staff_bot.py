"""Staff run the bridge from Telegram: what they ask is answered, and what they note stands on the card."""

from __future__ import annotations

import re

from sandbox.world import ANDRII, CLIENT, OLENA
from tests.story.conftest import Play
from tests.story.harness import NAME


def test_who_asks_how_a_client_stands_is_answered_in_private(play: Play) -> None:
    story = play("asked")
    before = len(story.client)
    story.people.staff_types(ANDRII.id, "/стан ром")
    story.soon()
    assert story.pm[-1].startswith(NAME)
    assert "передоплата" in story.pm[-1]
    assert re.search(r": (\d)/\d, \d?\d %", story.pm[-1])
    assert len(story.client) == before


def test_a_talk_elsewhere_stands_on_the_card_with_who_and_where(play: Play) -> None:
    story = play("asked")
    story.people.staff_types(OLENA.id, "/говорили Ромашка телефон заповнить завтра")
    story.soon()
    [note] = [text for text in story.comments if "заповнить завтра" in text]
    assert "Олена" in note
    assert "телефон" in note


def test_a_brief_that_was_put_off_is_asked_for_when_the_client_is_back(play: Play) -> None:
    story = play("asked")
    before = len(story.client)
    story.people.staff_types(ANDRII.id, "/відкласти Ромашка 1тиж у відпустці")
    story.soon()
    story.at("2026-12-04 18:00").work(60)
    assert (len(story.client), "у відпустці" in "".join(story.comments)) == (before, True)


def test_what_a_client_types_is_no_command_of_staff(play: Play) -> None:
    story = play("asked")
    before = len(story.client)
    story.people.client_types(CLIENT.id, "/status Ромашка")
    story.soon()
    assert len(story.client) == before
