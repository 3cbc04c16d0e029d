"""Several messages in one: what piled up for a client, and the list that colleagues read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.engine.marking import marked
from bridge.model.decisions import EditMessage, SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import moment_text
from tests.engine.office import MORNING, Desk

STAFF = "staff-chat"


@pytest.fixture
def morning() -> Desk:
    return Desk(MORNING)


def wanted(desk: Desk, count: int, to: str = "client", **more: object) -> list[str]:
    """So many messages for one client's deal, in their order."""
    _client, deal = desk.client()
    return [desk.want(SendMessage(to, f"Новина {place}"), deal, f"k{place}", **more) for place in range(count)]


def said(desk: Desk) -> list[str]:
    """What went out, message by message."""
    return [one.decision.text for one in desk.telegram.pushed if isinstance(one.decision, SendMessage)]


def test_what_piled_up_for_a_client_goes_as_one_message(morning: Desk) -> None:
    news = wanted(morning, 3, late=True)
    morning.deliver()
    assert said(morning) == ["Новина 0\n\nНовина 1\n\nНовина 2"]
    assert [morning.state(one) for one in news] == [State.CONFIRMED] * 3
    assert [morning.row(one).together for one in news] == ["", news[0], news[0]]


def test_two_quick_answers_stay_two_messages(morning: Desk) -> None:
    wanted(morning, 2)
    while morning.deliver():
        pass
    assert said(morning) == ["Новина 0", "Новина 1"]


def test_messages_that_waited_over_night_are_one(morning: Desk) -> None:
    wanted(morning, 2)
    morning.clock.advance(timedelta(minutes=10))
    morning.deliver()
    assert said(morning) == ["Новина 0\n\nНовина 1"]


def test_each_of_them_is_told_as_delivered(morning: Desk) -> None:
    news = wanted(morning, 2, late=True)
    morning.deliver()
    told = [event.data["delivery"] for event in morning.events if event.kind == "delivered"]
    assert told == news


def test_when_nobody_can_tell_whether_it_arrived_each_is_unknown_and_none_repeats(morning: Desk) -> None:
    news = wanted(morning, 2, late=True)
    morning.telegram.outcomes.append(ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN))
    morning.deliver()
    assert [morning.state(one) for one in news] == [State.UNKNOWN] * 2
    morning.clock.advance(timedelta(hours=1))
    morning.deliver()
    assert [text for text in said(morning) if text.startswith("Новина")] == ["Новина 0\n\nНовина 1"]


def test_when_it_surely_did_not_arrive_all_go_again(morning: Desk) -> None:
    news = wanted(morning, 2, late=True)
    morning.telegram.outcomes.append(ConnectorError("telegram", "slow down", retry=Retry.PASSING))
    morning.deliver()
    morning.clock.advance(timedelta(minutes=1))
    morning.deliver()
    assert [morning.state(one) for one in news] == [State.CONFIRMED] * 2
    assert said(morning)[-1] == "Новина 0\n\nНовина 1"


def test_a_crash_in_the_call_leaves_each_of_them_in_doubt(morning: Desk) -> None:
    news = wanted(morning, 2, late=True)
    morning.crash_between_intend_and_settle()
    assert [(morning.state(one), morning.row(one).doubt) for one in news] == [(State.CLAIMED, True)] * 2


def test_what_a_client_is_asked_with_buttons_stands_alone(morning: Desk) -> None:
    _client, deal = morning.client()
    morning.want(SendMessage("client", "Перше"), deal, "k1", late=True)
    morning.want(SendMessage("client", "Питання", buttons=(("go", "Так"),)), deal, "k2", late=True)
    morning.want(SendMessage("client", "Третє"), deal, "k3", late=True)
    while morning.deliver():
        pass
    assert said(morning) == ["Перше", "Питання", "Третє"]


def asked(desk: Desk) -> str:
    """Colleagues read two messages, a question and another message, late. Gives the question's id."""
    _client, deal = desk.client()
    question = SendMessage(STAFF, "Питання", buttons=(("go", "Так"),))
    said = [SendMessage(STAFF, "Перше"), SendMessage(STAFF, "Друге"), question, SendMessage(STAFF, "Третє")]
    made = [desk.want(one, deal, f"k{place}", late=True) for place, one in enumerate(said)]
    desk.telegram.outcomes.append(Receipt(desk.now, details={"chat": "-1", "message_id": 5}))
    while desk.deliver():
        pass
    return made[2]


def test_what_colleagues_are_asked_ends_the_message_that_it_goes_in(morning: Desk) -> None:
    question = asked(morning)
    assert said(morning) == ["Перше\n\nДруге\n\nПитання", "Третє"]
    first, second = morning.telegram.pushed
    assert (first.id, first.decision.buttons) == (question, (("go", "Так"),))  # type: ignore[attr-defined]
    assert second.decision.buttons == ()  # type: ignore[attr-defined]
    assert morning.row(question).together != ""


def test_a_question_is_the_last_of_its_message_also_after_a_failure(morning: Desk) -> None:
    morning.telegram.outcomes.append(ConnectorError("telegram", "slow down", retry=Retry.PASSING))
    asked(morning)
    morning.clock.advance(timedelta(minutes=1))
    while morning.deliver():
        pass
    assert said(morning)[-2:] == ["Перше\n\nДруге\n\nПитання", "Третє"]


def test_when_it_is_answered_the_words_in_front_of_it_stay(morning: Desk) -> None:
    question = asked(morning)
    morning.want(EditMessage(question, "go", "Олена", moment_text(morning.now)), morning.row(question).subject, "mark")
    morning.deliver()
    edited = morning.telegram.pushed[-1].decision
    assert isinstance(edited, EditMessage)
    assert edited.text == "Перше\n\nДруге\n\nПитання\n\n✓ <b>Так</b>: Олена, 09:00"
    assert (edited.chat, edited.message) == ("-1", 5)


def test_of_words_that_were_let_go_nothing_is_written_over(morning: Desk) -> None:
    notice, answer = morning.row(asked(morning)), EditMessage("", "go", "Олена", moment_text(morning.now))
    edited = marked(answer, notice, "Europe/Kyiv", ("Перше", ""))
    assert edited is not None
    assert edited.text == ""  # its buttons go, its words stay


def test_a_long_pile_is_cut_between_messages_and_never_inside(morning: Desk) -> None:
    _client, deal = morning.client()
    for place in range(3):
        morning.want(SendMessage("client", str(place) * 1700), deal, f"k{place}", late=True)
    while morning.deliver():
        pass
    assert [len(text) for text in said(morning)] == [3402, 1700]


def test_colleagues_read_three_messages_as_a_list_and_two_as_two(morning: Desk) -> None:
    wanted(morning, 3, STAFF)
    morning.deliver()
    assert said(morning) == ["Новина 0\n\nНовина 1\n\nНовина 2"]
    two = Desk(MORNING)
    wanted(two, 2, STAFF)
    while two.deliver():
        pass
    assert said(two) == ["Новина 0", "Новина 1"]


def test_one_that_is_not_due_yet_ends_the_pile(morning: Desk) -> None:
    _client, deal = morning.client()
    morning.want(SendMessage("client", "Перше"), deal, "k1", late=True)
    morning.want(SendMessage("client", "Потім"), deal, "k2", late=True, not_before=MORNING + timedelta(hours=1))
    morning.want(SendMessage("client", "Третє"), deal, "k3", late=True)
    morning.deliver()
    assert said(morning) == ["Перше"]
