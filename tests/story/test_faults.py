"""Whatever goes wrong on the way, each effect is there exactly once, and what is in doubt is shown to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.faults import FaultKind
from tests.story.conftest import Play
from tests.story.harness import NAME, Story

Happens = Callable[[Story], None]


def new_lead(story: Story) -> None:
    contact = story.people.create_contact("Волошка")
    story.people.create_task("Сайт для Волошки", contact)


def early_drag(story: Story) -> None:
    story.people.drag_card(NAME, "Ініціалізація")


def good_drag(story: Story) -> None:
    story.fill_deal()
    story.people.drag_card(NAME, "Ініціалізація")


def label(story: Story) -> None:
    story.people.label_card(NAME, "Надіслати бриф")


def answer(story: Story) -> None:
    story.answer()


def payment(story: Story) -> None:
    story.set_deal(Передоплата_отримана=True)


WRITES: dict[str, tuple[str, Happens, str, dict[str, Any]]] = {
    "card.create": ("bound", new_lead, "trello", {"method": "POST", "path": r"/cards$"}),
    "card.move back": ("bound", early_drag, "trello", {"method": "PUT", "path": r"/cards/\w+$"}),
    "card.comment": ("bound", early_drag, "trello", {"method": "POST", "path": r"/actions/comments$"}),
    "card.unlabel": ("handed", label, "trello", {"method": "DELETE", "path": r"/idLabels/"}),
    "card.field": ("asked", answer, "trello", {"method": "PUT", "path": r"/customField/"}),
    "card.attach": ("asked", answer, "trello", {"method": "POST", "path": r"/attachments$"}),
    "contact.update": ("asked", answer, "planfix", {"method": "POST", "path": r"/contact/\d+$"}),
    "task.create": ("bound", good_drag, "planfix", {"method": "POST", "path": r"/task/$"}),
    "card.move": ("only_payment", payment, "trello", {"method": "PUT", "path": r"/cards/\w+$"}),
}
FAULTS: dict[str, tuple[FaultKind, dict[str, Any]]] = {
    "429 twice": ("status", {"status": 429, "times": 2}),
    "500 twice": ("status", {"status": 500, "times": 2}),
    "lost before": ("drop_before", {"times": 1}),
    "lost after": ("drop_after", {"times": 1}),
}
WITH_DOCUMENT = {"card.field", "card.attach", "contact.update"}
"""These come with a document, which takes a second: half of the faults is enough for them."""
CASES = [(write, fault) for write in WRITES for fault in FAULTS if write not in WITH_DOCUMENT or "lost" in fault]
SLOW_DOWN = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 20",
    "parameters": {"retry_after": 20},
}
"""Telegram's own way of saying so."""


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """What each write leaves when nothing goes wrong, asked once."""
    return {}


@pytest.mark.parametrize(("write", "fault"), CASES)
def test_a_write_that_goes_wrong_leaves_its_effect_once(
    play: Play, undisturbed: dict[str, Any], write: str, fault: str
) -> None:
    scene, happens, service, where = WRITES[write]
    kind, how = FAULTS[fault]
    if write not in undisturbed:
        undisturbed[write] = _told(play(scene), happens)
    story = play(scene)
    struck = story.goes_wrong(service, kind, **where, **how)
    assert _told(story, happens) == undisturbed[write]
    assert struck.struck == how["times"]


def _told(story: Story, happens: Happens) -> Any:
    story.at("2026-12-01 14:00")
    happens(story)
    story.work(minutes=10).later(minutes=1).work(minutes=10)
    return {text: times for text, times in story.effects().items() if "Волошка" not in text or "Посилання" not in text}


@pytest.mark.parametrize("fault", ["429 twice", "lost before", "lost after"])
def test_staff_get_their_message_at_least_once(play: Play, fault: str) -> None:
    story = play("bound")
    kind, how = FAULTS[fault]
    how = {**how, "body": SLOW_DOWN} if kind == "status" else how
    story.goes_wrong("telegram", kind, path="sendMessage", **how)
    early_drag(story)
    story.later(minutes=1).work(minutes=10)
    assert 1 <= len(story.manager) <= 2


@pytest.mark.parametrize(("fault", "times"), [("429 twice", 1), ("lost before", 0), ("lost after", 1)])
def test_a_client_gets_a_message_at_most_once(play: Play, fault: str, times: int) -> None:
    story = play("handed")
    kind, how = FAULTS[fault]
    how = {**how, "body": SLOW_DOWN} if kind == "status" else how
    story.goes_wrong("telegram", kind, path="sendMessage", contains="заповніть", **how)
    label(story)
    story.later(minutes=1).work(minutes=60)
    assert len(story.client) == 1 + times


@pytest.mark.parametrize("service", ["trello", "planfix", "google", "telegram"])
def test_a_system_that_is_down_for_a_while_costs_nothing_but_time(play: Play, service: str) -> None:
    told = []
    for down in (False, True):
        story = play("asked")
        story.at("2026-12-01 12:00").answer()
        if down:
            body = SLOW_DOWN if service == "telegram" else None
            story.goes_wrong(service, "status", status=429, times=0, body=body)
        story.tick()
        story.later(minutes=5).tick()
        story.mended()
        story.later(minutes=20).work(minutes=10)
        told.append(story.effects())
    assert told[0] == told[1]


def test_a_fact_that_planfix_queues_is_read_when_it_is_done(play: Play) -> None:
    story = play("handed")
    story.people.make_task_busy(story.task, updates=1, requests=3)
    story.set_deal(by=2, Доступи="received")
    story.later(minutes=2).tick()
    story.soon()
    assert story.effects() == play("handed").effects()


def test_a_field_planfix_refuses_for_once_is_written_by_the_next_attempt(play: Play) -> None:
    story = play("asked")
    story.people.refuse_planfix_field("contact", story.contact, "Сайт")
    story.at("2026-12-01 12:00").answer()
    story.tick()
    story.work(minutes=60)
    assert story.contact_fields["Послуга"] == "Створення сайту"
    told = [text for text in story.pm if "Не вдалося" in text]
    assert story.contact_fields.get("Сайт") == "romashka.example" or len(told) == 1


def test_a_process_killed_between_intent_and_receipt_repeats_nothing(play: Play) -> None:
    story = play("bound")
    story.goes_wrong("trello", "drop_after", method="POST", path=r"/actions/comments$")
    early_drag(story)
    story.soon()
    story.restart().later(minutes=10).work(minutes=10)
    assert len(story.comments) == 1
    assert story.moves == ["Ліди"]
