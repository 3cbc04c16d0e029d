"""Too much at once of one rule, or about one client: the rest is held, a person is asked once, and nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.engine.outbox import Outbox
from bridge.engine.shadow import ShadowOutbox
from bridge.model.decisions import CommentCard, MakeDocument, SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Actor, ActorKind
from bridge.model.floods import Answer, Limit, Limits, Sent
from bridge.model.reasons import DROPPED, TRIED_AGAIN
from bridge.store.stops import Scope
from tests.engine.office import MORNING, Desk, agency

ANDRII = Actor(ActorKind.PERSON, "andrii", "Андрій")
TEN_MINUTES = timedelta(minutes=10)
RULE = Limits(Limit(3, TEN_MINUTES), None, None)
CLIENT = Limits(None, None, Limit(3, TEN_MINUTES))
CLIENT_OF_NINE = Limits(None, None, Limit(9, TEN_MINUTES))
MESSAGES = Limits(None, Limit(2, TEN_MINUTES), None)


def with_limits(limits: Limits) -> Desk:
    context = agency()
    defaults = replace(context.ruleset.defaults, flood=limits, at_most=50)
    desk = Desk(MORNING, replace(context, ruleset=replace(context.ruleset, defaults=defaults)))
    desk.client()
    return desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An agency in which a rule may do three things in ten minutes."""
    made = with_limits(RULE)
    yield made
    made.store.close()


def storm(desk: Desk, count: int, first: int = 0) -> list[str]:
    """So many comments that one rule wants on a card, and all that can go out does."""
    deal = desk.local(desk.card().ref)
    wanted = [desk.want(CommentCard(f"Слово {place}"), deal, f"storm{place}") for place in range(first, first + count)]
    carry_out(desk)
    return wanted


def carry_out(desk: Desk) -> None:
    while desk.deliver():
        pass


def states(desk: Desk, wanted: list[str]) -> list[State]:
    return [desk.state(one) for one in wanted]


def question(desk: Desk) -> str:
    """The delivery that asks about the flood."""
    return next(row.id for row in desk.store.deliveries() if row.cause.rule.startswith("system.flood"))


def press(desk: Desk, button: str, id: str = "p1", about: str = "") -> None:
    notice = about or question(desk)
    desk.take(desk.update("press", id, chat="77", actor=ANDRII, data=f"{notice}:{button}", query="1"))
    carry_out(desk)


def test_what_is_over_the_limit_is_held_with_a_reason_of_its_own(desk: Desk) -> None:
    wanted = storm(desk, 5)
    assert states(desk, wanted) == [State.CONFIRMED] * 3 + [State.HELD] * 2
    assert str(desk.row(wanted[-1]).reason) == "too much at once: rule rule"


def test_a_person_is_asked_once_however_much_is_held(desk: Desk) -> None:
    storm(desk, 9)
    assert desk.told() == ["person:andrii: flood of rule over 3 in 10"]


def test_so_much_in_a_longer_time_is_no_flood(desk: Desk) -> None:
    for place in range(9):
        storm(desk, 1, place)
        desk.wait(minutes=4)
    assert not desk.store.deliveries(states=[State.HELD])


def test_sent_all_of_it_goes_in_its_order(desk: Desk) -> None:
    wanted = storm(desk, 6)
    press(desk, "flood-send")
    assert states(desk, wanted) == [State.CONFIRMED] * 6
    assert [one.id for one in desk.trello.pushed if one.id in wanted] == wanted


def test_what_was_let_go_does_not_count_towards_the_next_flood(desk: Desk) -> None:
    storm(desk, 6)
    press(desk, "flood-send")
    later = storm(desk.wait(seconds=1), 4, 6)
    assert states(desk, later) == [State.CONFIRMED] * 3 + [State.HELD]


def test_left_out_none_of_it_goes(desk: Desk) -> None:
    wanted = storm(desk, 5)
    press(desk, "flood-drop")
    assert states(desk, wanted) == [State.CONFIRMED] * 3 + [State.CANCELLED] * 2
    assert str(desk.row(wanted[-1]).reason) == "left out, says Андрій"


def test_a_rule_that_is_stopped_does_nothing_more(desk: Desk) -> None:
    storm(desk, 5)
    press(desk, "flood-stop")
    [stop] = desk.store.stops()
    assert (stop.scope, stop.about, stop.by) == (Scope.RULE, "rule", "Андрій")
    assert states(desk, storm(desk, 1, 5)) == [State.CANCELLED]


def test_a_second_answer_counts_for_nothing_and_whoever_gave_it_is_told(desk: Desk) -> None:
    wanted = storm(desk, 5)
    press(desk, "flood-drop")
    press(desk, "flood-send", "p2")
    assert states(desk, wanted)[-1] is State.CANCELLED
    assert desk.told()[-1].startswith("person:andrii: settled")


def test_an_answer_to_an_earlier_question_does_not_answer_the_next(desk: Desk) -> None:
    storm(desk, 5)
    first = question(desk)
    press(desk, "flood-drop")
    held = storm(desk.wait(minutes=1), 5, 5)[-1]
    press(desk, "flood-send", "p2", first)
    assert desk.state(held) is State.HELD


def test_another_process_goes_on_holding_and_asks_nobody_again(desk: Desk) -> None:
    storm(desk, 5)
    desk.outbox = Outbox(desk.store, desk.outbox._connectors, desk.clock)
    desk.engine.outbox = desk.outbox
    desk.engine.take_up()
    assert states(desk, storm(desk.wait(hours=1), 2, 5)) == [State.HELD] * 2
    assert len(desk.told()) == 1


def dies(*_given: Any) -> None:
    raise KeyboardInterrupt


def test_a_crash_before_the_question_is_asked_leaves_both_to_the_next_process(desk: Desk) -> None:
    asks, desk.outbox.ask = desk.outbox.ask, dies
    with contextlib.suppress(KeyboardInterrupt):
        storm(desk, 4)
    assert not desk.store.floods()
    desk.outbox.ask = asks
    desk.wait(minutes=2)
    carry_out(desk)
    assert (len(desk.store.deliveries(states=[State.HELD])), len(desk.told())) == (1, 1)


def test_too_much_about_a_client_holds_what_any_rule_does_there() -> None:
    desk = with_limits(CLIENT)
    wanted = storm(desk, 5)
    assert str(desk.row(wanted[-1]).reason) == f"too much at once: client {desk.row(wanted[0]).client}"
    assert desk.told() == ["person:andrii: flood about Ромашка over 3 in 10"]


def test_so_many_messages_to_clients_of_one_rule_are_a_flood_before_anything_else_is() -> None:
    desk = with_limits(MESSAGES)
    deal = desk.local(desk.card().ref)
    storm(desk, 5)
    wanted = [desk.want(SendMessage("client", "", "hello"), deal, f"k{place}") for place in range(3)]
    carry_out(desk)
    assert states(desk, wanted) == [State.CONFIRMED] * 2 + [State.HELD]


def test_what_stays_inside_and_the_words_of_the_bridge_are_never_too_much(desk: Desk) -> None:
    deal = desk.local(desk.card().ref)
    for place in range(5):
        made = MakeDocument("brief", "Бриф", "uk", f"k{place}", place)
        desk.want(made, deal, f"document{place}")
    carry_out(desk)
    assert not desk.store.deliveries(states=[State.HELD])


def test_held_for_long_it_is_asked_once_more_whether_it_is_still_so(desk: Desk) -> None:
    deal = desk.local(desk.card().ref)
    desk.take(desk.task(prepaid=True))
    storm(desk, 3)
    paid = desk.want(SendMessage("client", "", "paid"), deal, "paid")
    carry_out(desk)
    assert desk.state(paid) is State.HELD
    desk.take(desk.task(prepaid=False))
    press(desk, "flood-send")
    assert desk.state(paid) is State.CANCELLED


def test_held_it_is_called_off_as_soon_as_its_reason_is_gone(desk: Desk) -> None:
    deal = desk.local(desk.card().ref)
    storm(desk, 3)
    held = desk.want(SendMessage("client", "", "hello"), deal, "held", calls_off="remind")
    carry_out(desk)
    assert desk.state(held) is State.HELD
    desk.take(desk.task(prepaid=True, site="a.test"))
    desk.engine.plan_due()
    assert (desk.state(held), str(desk.row(held).reason)) == (State.CANCELLED, "unless of remind")


def test_when_its_rule_is_switched_off_nothing_is_left_to_be_asked(desk: Desk) -> None:
    wanted = storm(desk, 5)
    rules = tuple(rule for rule in desk.context.ruleset.rules if rule.id != "rule")
    desk.engine.use(replace(desk.context, ruleset=replace(desk.context.ruleset, rules=rules, hash="other")))
    assert str(desk.row(wanted[-1]).reason) == "rule rule is gone"
    assert not [one for one in desk.store.floods() if one.open]


def test_dropped_by_hand_one_by_one_it_is_over(desk: Desk) -> None:
    for one in storm(desk, 5)[3:]:
        desk.store.decide(one, State.CANCELLED, now=desk.now, reason=DROPPED)
    desk.engine.end_floods()
    assert states(desk, storm(desk.wait(seconds=1), 2, 5)) == [State.CONFIRMED] * 2


def test_what_is_too_much_about_a_duplicate_is_so_about_the_client_it_becomes() -> None:
    desk = with_limits(CLIENT)
    held = storm(desk, 4)[-1]
    duplicate = desk.row(held).client
    with desk.store.intake(desk.now) as intake:
        intake.merge(duplicate, intake.new_subject("client", "", "card"))
    assert desk.store.held_by(desk.store.floods()[0]) == 1
    press(desk, "flood-send")
    assert desk.state(held) is State.CONFIRMED


def test_a_flood_is_carried_out_once_whatever_people_press(desk: Desk) -> None:
    storm(desk, 5)
    flood = desk.store.floods()[0]
    with desk.store.intake(desk.now) as intake:
        assert [intake.answer_flood(flood, Answer.SEND, by="Олена") for _press in range(2)] == [2, None]


def test_what_a_person_picks_out_by_hand_goes_and_the_rest_stays_held(desk: Desk) -> None:
    first, second = storm(desk, 5)[3:]
    desk.store.decide(second, State.WAITING, now=desk.now, reason=TRIED_AGAIN)
    carry_out(desk)
    assert states(desk, [first, second]) == [State.HELD, State.CONFIRMED]


def test_where_nothing_leaves_nothing_is_too_much(desk: Desk) -> None:
    readers = {name: one for name, one in desk.engine.connectors.items() if name != "documents"}
    desk.outbox = ShadowOutbox(desk.store, readers, {}, desk.clock)
    assert states(desk, storm(desk, 5)) == [State.SHADOW] * 5


def test_far_from_its_limit_a_rule_is_not_counted_for_every_effect(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []
    sent_within = desk.store.sent_within

    def counts(*given: Any) -> Sent:
        counted.append(given)
        return sent_within(*given)

    monkeypatch.setattr(desk.store, "sent_within", counts)
    wanted = storm(desk, 4)
    assert (len(counted), states(desk, wanted)) == (2, [State.CONFIRMED] * 3 + [State.HELD])


def test_for_a_new_client_only_what_is_about_him_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = with_limits(Limits(Limit(9, TEN_MINUTES), None, Limit(9, TEN_MINUTES)))
    asked: list[Limits] = []
    sent_within = desk.store.sent_within

    def asks(limits: Limits, *given: Any) -> Sent:
        asked.append(limits)
        return sent_within(limits, *given)

    monkeypatch.setattr(desk.store, "sent_within", asks)
    desk.take(desk.card("c2"))
    for card in ("c1", "c2"):
        desk.want(CommentCard("Слово"), desk.local(desk.card(card).ref), card)
    carry_out(desk)
    assert asked == [Limits(Limit(9, TEN_MINUTES), None, Limit(9, TEN_MINUTES)), CLIENT_OF_NINE]
    desk.store.close()
