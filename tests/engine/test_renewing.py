"""Words that colleagues read changed instead of twice, and what has to be heard all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.reasons import NO_REASON
from tests.engine.office import NOON, Desk

LACKS = SendMessage("person:olena", "Не вистачає:\n• сума — Андрій\n• бриф — клієнт", "returned", renews=True)
LESS = replace(LACKS, text="Не вистачає:\n• бриф — клієнт")
OTHER = SendMessage("person:olena", "Новий клієнт", "lead")


@pytest.fixture
def day() -> Desk:
    return Desk(NOON)


def said(desk: Desk, message: SendMessage, number: int = 0, subject: str = "") -> SendMessage:
    """The message as it goes out; its place in the chat is `number`."""
    place: dict[str, Any] = {"chat": "8", "message_id": number}
    if number:
        desk.telegram.outcomes.append(Receipt(desk.now, details=place))
    desk.want(message, subject or desk.client()[1], f"k{len(desk.store.deliveries())}")
    desk.deliver()
    sent = desk.telegram.pushed[-1].decision
    assert isinstance(sent, SendMessage)
    return sent


def test_the_newest_message_shows_what_is_left_of_it_and_the_time(day: Desk) -> None:
    said(day, LACKS, 5)
    second = said(day.wait(minutes=7), LESS, 5)
    assert (second.instead_of, second.text) == ("8:5", f"{LESS.text}\n<i>Станом на 14:07.</i>")
    assert said(day, LESS, 5).instead_of == "8:5"


def test_what_is_new_in_it_is_heard(day: Desk) -> None:
    said(day, LESS, 5)
    assert said(day, LACKS).instead_of == ""


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(OTHER, id="something else was said since"),
        pytest.param(replace(LACKS, gate="start"), id="of another gate"),
        pytest.param(replace(LACKS, language="ru"), id="in another language"),
        pytest.param(replace(LACKS, buttons=(("yes", "Так"),)), id="it asks something"),
    ],
)
def test_only_the_same_plain_words_are_changed(day: Desk, between: SendMessage) -> None:
    said(day, LACKS, 5)
    said(day, between, 6)
    assert said(day, LESS).instead_of == ""


def test_what_is_about_another_client_is_a_message_of_its_own(day: Desk) -> None:
    said(day, LACKS, 5)
    day.take(day.card("c9"), day.contact("9"))
    assert said(day, LESS, subject=day.local(day.card("c9").ref)).instead_of == ""


def test_another_day_begins_with_a_message(day: Desk) -> None:
    said(day, LACKS, 5)
    assert said(day.wait(hours=10), LESS).instead_of == ""


def test_what_says_nothing_of_being_renewed_is_said_again(day: Desk) -> None:
    said(day, replace(LACKS, renews=False), 5)
    assert said(day, replace(LESS, renews=False)).instead_of == ""


def test_an_attempt_that_failed_is_made_again_with_the_time_it_has_then(day: Desk) -> None:
    said(day, LACKS, 5)
    day.telegram.outcomes.append(ConnectorError("telegram", "slow", retry=Retry.PASSING))
    said(day, LESS)
    day.wait(minutes=2).deliver()
    last = day.telegram.pushed[-1].decision
    assert isinstance(last, SendMessage)
    assert (last.instead_of, last.text) == ("8:5", f"{LESS.text}\n<i>Станом на 14:02.</i>")
    assert [row.state for row in day.store.deliveries()] == [State.CONFIRMED] * 2


def late(desk: Desk, *messages: SendMessage) -> list[SendMessage]:
    """What goes out of messages that waited together; they have their place in the chat."""
    before = len(desk.telegram.pushed)
    desk.telegram.outcomes += [Receipt(desk.now, details={"chat": "8", "message_id": 5})] * 2
    for place, one in enumerate(messages):
        desk.want(one, desk.client()[1], f"late{place}", late=True)
    while desk.deliver():
        pass
    return [one.decision for one in desk.telegram.pushed[before:] if isinstance(one.decision, SendMessage)]


def test_in_a_list_for_colleagues_nothing_is_changed(day: Desk) -> None:
    said(day, LACKS, 5)
    [sent] = late(day, OTHER, LESS, OTHER)
    assert (sent.instead_of, sent.text) == ("", f"{OTHER.text}\n\n{LESS.text}\n\n{OTHER.text}")


def test_what_follows_a_change_is_heard_by_itself(day: Desk) -> None:
    said(day, LACKS, 5)
    assert [(one.instead_of, OTHER.text in one.text) for one in late(day, LESS, OTHER)] == [("8:5", False), ("", True)]


@pytest.mark.parametrize("together", [(OTHER, LACKS), (LACKS, OTHER)])
def test_a_list_is_never_changed_for_one_of_its_lines(day: Desk, together: tuple[SendMessage, ...]) -> None:
    late(day, *together)
    assert said(day, LESS).instead_of == ""


def test_what_came_last_is_the_newest_though_it_was_wanted_first(day: Desk) -> None:
    waited = day.want(OTHER, day.client()[1], "first", held=True)
    said(day, LACKS, 5)
    with day.wait(minutes=6).store.intake(day.now) as intake:
        intake.decide(waited, State.WAITING, reason=NO_REASON)
    day.deliver()
    assert day.state(waited) is State.CONFIRMED
    assert said(day, LESS).instead_of == ""
