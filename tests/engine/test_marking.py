"""After a press: the message shows what was chosen and asks no more, and whoever pressed reads it at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bridge.model.decisions import EditMessage, SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor, Happening, Page
from bridge.model.values import Plain
from bridge.store.rows import Row
from bridge.testing import FakeConnector
from tests.engine.office import OLENA, Desk

NUMBER: dict[str, Plain] = {"chat": "77", "message_id": 5}


@dataclass
class Chat(FakeConnector):
    """A chat whose presses have somebody waiting: `notes` is what they read; with `late` nothing reaches them."""

    notes: list[str] = field(default_factory=list)
    late: bool = False

    def acknowledge(self, press: Happening, text: str = "") -> bool:
        self.notes.append(text)
        return not self.late


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """The chat, with a doubtful message to a client that staff are asked about."""
    chat = Chat("telegram", desk.telegram.capabilities, desk.clock, desk.telegram.sources)
    desk.telegram = desk.engine.connectors["telegram"] = chat  # type: ignore[index]
    _client, deal = desk.client()
    desk.want(SendMessage("client", "Вітаємо"), deal)
    chat.outcomes += [ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN), Receipt(desk.now, details=NUMBER)]
    desk.deliver()
    desk.deliver()
    return chat


def notice(desk: Desk) -> Row:
    """The question to staff about the doubtful message."""
    return next(row for row in desk.store.deliveries() if row.cause.rule == "system.unknown_delivery")


def press(desk: Desk, chat: Chat, button: str, id: str = "u1", *more: Happening) -> None:
    """Somebody of the staff presses, and the bridge looks."""
    one = desk.update("press", id, actor=OLENA, data=f"{notice(desk).id}:{button}", query="q1")
    chat.pages.append(Page(cursor=Cursor(id), happenings=[one, *more]))
    desk.engine.pull("telegram")


def marks(desk: Desk) -> list[Row]:
    return [row for row in reversed(desk.store.deliveries()) if isinstance(row.decision, EditMessage)]


def test_the_message_shows_what_was_chosen_by_whom_and_when(desk: Desk, chat: Chat) -> None:
    press(desk, chat, "arrived")
    desk.deliver()
    edited = chat.pushed[-1].decision
    assert isinstance(edited, EditMessage)
    assert edited.text.endswith("\n\n✓ <b>Дійшло</b>: Олена, 14:00")
    assert (edited.chat, edited.message) == ("77", 5)


def test_a_press_on_another_day_is_shown_with_its_date(desk: Desk, chat: Chat) -> None:
    press(desk.wait(hours=24), chat, "arrived")
    desk.deliver()
    assert chat.pushed[-1].decision.text.endswith("Олена, 02.12 14:00")  # type: ignore[attr-defined]


def test_whoever_pressed_reads_at_once_what_was_taken(desk: Desk, chat: Chat) -> None:
    press(desk, chat, "arrived")
    assert chat.notes == ["✓ Дійшло"]


def test_whoever_sends_again_under_an_old_question_reads_that_nothing_went_yet(desk: Desk, chat: Chat) -> None:
    press(desk.wait(hours=25), chat, "again")
    assert chat.notes == ["Ще не надіслано: питання давнє, тож запитуємо ще раз."]
    assert marks(desk) == []


def test_a_press_too_late_is_told_at_once_and_by_no_message(desk: Desk, chat: Chat) -> None:
    press(desk, chat, "arrived")
    press(desk, chat, "again", "u2")
    assert chat.notes[-1].startswith("settled ")
    desk.wait(minutes=1).deliver()
    late = next(row for row in desk.store.deliveries() if row.cause.rule == "system.decided_already")
    assert (late.state, str(late.reason)) == (State.CANCELLED, "whoever pressed has read it at once")


def test_where_it_is_too_late_for_a_note_the_message_comes(desk: Desk, chat: Chat) -> None:
    press(desk, chat, "arrived")
    chat.late = True
    press(desk, chat, "again", "u2")
    desk.wait(minutes=1).deliver()
    late = next(row for row in desk.store.deliveries() if row.cause.rule == "system.decided_already")
    assert late.state is State.CONFIRMED


def test_of_two_people_who_press_before_the_bridge_looks_the_first_counts(desk: Desk, chat: Chat) -> None:
    second = desk.update("press", "u2", actor=OLENA, data=f"{notice(desk).id}:again", query="q2")
    press(desk, chat, "arrived", "u1", second)
    assert (chat.notes[0], chat.notes[1][:7], len(marks(desk))) == ("✓ Дійшло", "settled", 1)
    doubtful = str(notice(desk).decision.values["delivery.id"])  # type: ignore[attr-defined]
    assert desk.state(doubtful) is State.CONFIRMED


def test_whoever_has_nothing_to_answer_is_told_so(desk: Desk, chat: Chat) -> None:
    stranger = desk.update("press", "u1", data=f"{notice(desk).id}:arrived", query="q1")
    chat.pages.append(Page(cursor=Cursor("1"), happenings=[stranger]))
    desk.engine.pull("telegram")
    assert (chat.notes, marks(desk)) == (["Ця кнопка для іншої людини або вже не діє."], [])


@pytest.mark.parametrize("details", [{}, {"chat": "77"}])
def test_a_message_whose_number_nobody_knows_is_left_as_it_is(desk: Desk, chat: Chat, details: dict[str, str]) -> None:
    row = notice(desk)
    claimed = desk.store.deliveries(delivery=row.id)[0]
    desk.store.settle(claimed, State.CONFIRMED, now=desk.now, receipt=Receipt(desk.now, details=details))
    press(desk, chat, "arrived")
    desk.deliver()
    assert [row.state for row in marks(desk)] == [State.CANCELLED]


@pytest.mark.parametrize("retry", [Retry.PERMANENT, Retry.PASSING])
def test_a_message_that_is_gone_troubles_nobody(desk: Desk, chat: Chat, retry: Retry) -> None:
    press(desk, chat, "arrived")
    told = desk.told()
    for _attempt in range(desk.context.give_up_after):
        chat.outcomes.append(ConnectorError("telegram", "message to edit not found", retry=retry))
        desk.wait(hours=1).take(seen_up_to={"telegram.chat": desk.now}, source="telegram")
        desk.deliver()
    chat.outcomes.clear()
    assert ([row.state for row in marks(desk)], desk.told()) == ([State.CANCELLED], told)


def test_a_mark_holds_up_no_message_and_counts_for_no_flood(desk: Desk, chat: Chat) -> None:
    press(desk, chat, "arrived")
    [mark] = marks(desk)
    assert (mark.lane, mark.background) == (f"mark:{notice(desk).id}", True)


def test_a_button_of_a_message_that_nobody_has_seen_was_not_pressed(desk: Desk, chat: Chat) -> None:
    _client, deal = desk.client()
    held = desk.want(SendMessage("client", "Згода?", buttons=(("approve", "Так"),)), deal, "k9", held=True)
    chat.pages.append(Page(Cursor("1"), happenings=[desk.update("press", "u1", data=f"{held}:approve", query="q1")]))
    desk.engine.pull("telegram")
    assert (desk.kinds("answer"), chat.notes) == ([], ["Ця кнопка для іншої людини або вже не діє."])
