"""Facts kept in step while writes are under way: what of them has arrived, where, and what people do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.reasons import NO_FIELD
from bridge.model.records import Happening, Ref
from tests.engine.office import OLENA
from tests.engine.test_syncing import CARD, TASK, Sync, spec


def tags() -> FieldSpec:
    return spec(type=FieldType.SET, choices=("a", "b", "c"))


def test_what_a_set_holds_beside_ours_is_a_change_of_somebody_else() -> None:
    """Elements are written one by one: what a person put in at the same moment stays, and goes to the other side."""
    desk = Sync(tags())
    desk.begin(["a"], ["a"])
    desk.card_holds["domain"] = ["a", "b"]
    desk.read()

    def beside(delivery: Delivery) -> None:
        desk.task_holds["domain"] = ["a", "b", "c"]
        desk.planfix.before = lambda later: desk._write("planfix", later)
        details = {"holds": {"domain": ["a", "b", "c"]}}
        desk.planfix.outcomes.append(Receipt(desk.now, delivery.target, details=details))

    desk.planfix.before = beside
    desk.settle()
    desk.read()
    desk.settle()
    assert desk.both() == (["a", "b", "c"], ["a", "b", "c"])
    desk.store.close()


def test_a_set_to_which_both_sides_added_reaches_the_card_once_its_owner_has_it() -> None:
    desk = Sync(tags())
    desk.begin([], [])
    desk.task_holds["domain"], desk.card_holds["domain"] = ["a"], ["b"]
    desk.read()
    desk.planfix.outcomes.append(ConnectorError("planfix", "out of reach", retry=Retry.PASSING))
    desk.planfix.before = lambda _delivery: None
    for _round in range(3):
        desk.engine.plan_due()
        desk.deliver()
    assert desk.card_holds["domain"] == ["b"]
    desk.planfix.before = lambda delivery: desk._write("planfix", delivery)
    desk.wait(minutes=1)
    desk.settle()
    assert desk.both() == (["a", "b"], ["a", "b"])
    desk.store.close()


def test_our_write_whose_outcome_is_open_is_not_taken_for_what_a_person_wrote() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()

    def lost(delivery: Delivery) -> None:
        sync._write("trello", delivery)
        sync.trello.outcomes[-1] = ConnectorError("trello", "no answer", retry=Retry.UNKNOWN)

    sync.trello.before = lost
    sync.deliver()
    sync.task_holds["domain"] = "a.test"  # a person takes it back before it is known that it had arrived
    sync.read()
    sync.trello.before = lambda delivery: sync._write("trello", delivery)
    sync.trello.found.append(Receipt(sync.now, already=True, details={"holds": {"domain": "b.test"}}))
    sync.settle()
    sync.read()
    sync.settle()
    assert sync.both() == ("a.test", "a.test")
    sync.store.close()


def written_without_a_receipt() -> Sync:
    """The card has b.test, and so has the task by our write, of which nobody heard; that was read, not thought of."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()

    def lost(delivery: Delivery) -> None:
        sync._write("planfix", delivery)
        sync.planfix.outcomes[-1] = ConnectorError("planfix", "no answer", retry=Retry.UNKNOWN)

    sync.planfix.before = lost
    sync.deliver()
    sync.planfix.before = lambda delivery: sync._write("planfix", delivery)
    sync.planfix.found.append(None)  # who looks later does not find it any more
    sync.read("planfix")
    return sync


@pytest.mark.parametrize("entered", ["a.test", "c.test"])
def test_who_writes_over_our_value_has_seen_it_though_its_receipt_was_lost(entered: str) -> None:
    """A value put back is not written over once more, and another one is no conflict."""
    sync = written_without_a_receipt()
    sync.task_holds["domain"] = entered
    sync.read("planfix")
    for _round in range(2):
        sync.settle()
        sync.read()
    assert (sync.both(), sync.store.conflicts()) == ((entered, entered), [])
    assert [change[1] for change in sync.changes()] == ["b.test", entered]
    sync.store.close()


def test_who_enters_what_is_about_to_be_written_and_takes_it_back_is_not_overwritten() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    for entered in ("b.test", "a.test"):
        sync.card_holds["domain"] = entered
        sync.read("trello")
    for _round in range(2):
        sync.settle()
        sync.read()
    assert sync.both() == ("a.test", "a.test")
    sync.store.close()


def test_what_one_held_before_the_other_came_to_hold_it_is_no_agreement() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read("planfix")
    sync.task_holds["domain"], sync.card_holds["domain"] = "c.test", "b.test"
    sync.read("trello")
    sync.read("planfix")
    sync.settle()
    assert (sync.both(), len(sync.store.conflicts())) == (("c.test", "c.test"), 1)
    sync.store.close()


@pytest.mark.parametrize(("minutes", "left"), [(-3, "a.test"), (-1, "b.test"), (1, "b.test")])
def test_a_task_held_its_value_since_it_was_changed_last_however_late_it_was_read(minutes: int, left: str) -> None:
    """The card was read to hold the same after that: who changes it back has seen both. Two minutes it may be wrong."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.wait(minutes=10)
    sync.card_holds["domain"] = "b.test"
    sync.read("trello")
    changed_at = sync.now + timedelta(minutes=minutes)
    sync.task_holds["domain"] = "b.test"
    task = sync.task(names=(sync.contact().ref,), **sync.task_holds)
    seen = {"planfix.task": sync.wait(minutes=2).now}
    sync.take(replace(task, read_at=sync.now, changed_at=changed_at), seen_up_to=seen)
    sync.card_holds["domain"] = "a.test"
    sync.read("trello")
    sync.settle()
    assert (sync.both(), sync.store.conflicts()) == ((left, left), [])
    sync.store.close()


def test_the_date_of_a_card_says_nothing_of_its_custom_fields() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    changed_at = sync.now
    sync.task_holds["domain"] = "b.test"
    sync.wait(minutes=5)
    sync.read("planfix")
    sync.card_holds["domain"] = "b.test"
    seen = {"trello.card": sync.wait(minutes=1).now}
    sync.take(replace(sync.card(names=(TASK,), **sync.card_holds), changed_at=changed_at), seen_up_to=seen)
    sync.task_holds["domain"] = "c.test"
    sync.read("planfix")
    sync.settle()
    assert (sync.both(), len(sync.store.conflicts())) == (("c.test", "c.test"), 1)
    sync.store.close()


def test_the_date_of_a_task_says_nothing_of_what_a_write_has_found_there_since() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "c.test"
    sync.read("trello")
    sync.engine.plan_due()
    changed_at = sync.now
    sync.wait(minutes=4)
    sync.card_holds["domain"] = "b.test"
    sync.read("trello")
    sync.task_holds["site"] = "of-the-task.test"
    task = sync.task(names=(sync.contact().ref,), **sync.task_holds)
    seen = {"planfix.task": sync.wait(minutes=1).now}
    sync.take(replace(task, read_at=sync.now, changed_at=changed_at), seen_up_to=seen)
    sync.task_holds["domain"] = "b.test"
    sync.deliver()
    sync.card_holds["domain"] = "a.test"
    sync.read("trello")
    sync.settle()
    assert sync.both() == ("b.test", "b.test")
    sync.store.close()


def test_what_both_were_read_to_hold_counts_though_nobody_had_planned_on_it_yet() -> None:
    """An element that both had got meanwhile and one has lost again: somebody took it away."""
    sync = Sync(tags())
    sync.begin([], [])
    sync.task_holds["domain"], sync.card_holds["domain"] = ["a"], ["a"]
    sync.read()
    sync.card_holds["domain"] = []
    sync.task_holds["domain"] = ["a", "b"]
    sync.read()
    for _round in range(2):
        sync.settle()
        sync.read()
    assert sync.both() == (["b"], ["b"])
    sync.store.close()


def test_a_list_that_still_shows_what_was_before_our_write_is_no_change() -> None:
    """Lists of Planfix run a minute behind: rules do not hear of a change back, nor of one there again."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read()
    sync.settle()
    for shown in ("a.test", "b.test"):
        behind = {"planfix.task": sync.wait(seconds=20).now - timedelta(minutes=1)}
        late = sync.task(names=(sync.contact().ref,), **{**sync.task_holds, "domain": shown})
        sync.take(late, seen_up_to=behind)
    assert sync.changes() == [("a.test", "b.test")]
    sync.store.close()


def test_a_list_older_than_what_a_write_found_there_is_no_change_back() -> None:
    """A person had been there before our write, which left it alone and told of it."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    sync.task_holds["domain"] = "hand.test"

    def left_alone(delivery: Delivery) -> None:
        told = {"holds": {}, "overtaken": {"domain": "hand.test"}}
        sync.planfix.outcomes.append(Receipt(sync.now, delivery.target, already=True, details=told))

    sync.planfix.before = left_alone
    sync.deliver()
    behind = {"planfix.task": sync.wait(seconds=20).now - timedelta(minutes=1)}
    sync.take(sync.task(names=(sync.contact().ref,), **{**sync.task_holds, "domain": "a.test"}), seen_up_to=behind)
    assert sync.changes() == [("a.test", "hand.test")]
    sync.store.close()


def test_a_list_that_is_older_than_a_look_at_the_thing_itself_changes_nothing() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    earlier, now = sync.now, sync.wait(seconds=20).now
    sync.take(replace(sync.task(domain="b.test"), changed_at=now), source="planfix", cursor=None)
    late = {"planfix.task": sync.wait(seconds=20).now - timedelta(minutes=1)}
    sync.take(replace(sync.task(domain="a.test"), changed_at=earlier), seen_up_to=late)
    assert sync.changes() == [("a.test", "b.test")]
    sync.store.close()


class ThreePlaces(Sync):
    """A client with one contact and two deals, each of which has a card with the client's site."""

    def __init__(self) -> None:
        super().__init__(
            FieldSpec(
                "client.domain",
                FieldType.TEXT,
                "planfix.contact.domain",
                also=("trello.card.domain",),
                sync="both",
                titles={"uk": "Домен"},
            )
        )
        self.holds: dict[str, Any] = {"7": "a.test", "c1": "a.test", "c2": "a.test"}
        self.planfix.before = self.trello.before = self._writes

    def _writes(self, delivery: Delivery) -> None:
        assert delivery.target is not None
        twin = self.planfix if delivery.target.system == "planfix" else self.trello
        if "domain" not in getattr(delivery.decision, "values", ()):
            return
        value = delivery.decision.values["domain"]  # type: ignore[attr-defined]
        self.holds[delivery.target.id] = value
        twin.outcomes.append(Receipt(self.now, delivery.target, details={"holds": {"domain": value}}))

    def look(self) -> None:
        self.wait(minutes=1)
        contact = self.contact(domain=self.holds["7"])
        deals = [self.task(number, names=(contact.ref,)) for number in ("t1", "t2")]
        seen = {"planfix.contact": self.now, "planfix.task": self.now}
        self.take(contact, *deals, seen_up_to=seen)
        cards = [
            self.card(card, names=(Ref("planfix", "main", "task", task),), domain=self.holds[card])
            for card, task in (("c1", "t1"), ("c2", "t2"))
        ]
        self.take(*cards, seen_up_to={"trello.card": self.now})


def test_a_value_of_one_card_stays_while_another_card_has_it_and_its_owner_does_not() -> None:
    desk = ThreePlaces()
    desk.look()
    desk.settle()
    desk.holds["c1"] = "b.test"
    desk.look()

    def out_of_reach(_delivery: Delivery) -> None:
        raise ConnectorError("planfix", "out of reach", retry=Retry.PASSING)

    desk.planfix.before = out_of_reach
    desk.engine.plan_due()
    desk.deliver()
    desk.look()
    desk.engine.plan_due()
    desk.deliver()
    assert desk.holds == {"7": "a.test", "c1": "b.test", "c2": "b.test"}
    desk.planfix.before = desk._writes
    desk.wait(minutes=1)
    desk.settle()
    assert desk.holds == {"7": "b.test", "c1": "b.test", "c2": "b.test"}
    desk.store.close()


def test_a_card_that_comes_to_another_board_gets_back_what_it_left_behind() -> None:
    """Trello leaves custom fields behind: nobody has emptied them, and nothing is taken away in Planfix."""
    sync = Sync()
    sync.card_holds["board"] = "Клієнти"
    sync.begin("a.test", None)
    sync.card_holds |= {"board": "Виробництво", "domain": None}
    sync.read()
    sync.settle()
    assert sync.both() == ("a.test", "a.test")
    sync.store.close()


@pytest.mark.parametrize("heard", [False, True])
def test_a_card_that_went_to_another_board_and_back_unread_gets_back_what_it_left_behind(heard: bool) -> None:
    """Its board is the same again: only its actions tell, on the page that shows it empty or in a call before."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = None
    sync.wait(minutes=1)
    card = Ref("trello", "main", "card", "c1")
    carried = Happening(Ref("trello", "main", "action", "m1"), "card.carried", sync.now, card, OLENA, {"to": "Клієнти"})
    if heard:
        sync.take(carried)
        sync.read("trello")
    else:
        sync.take(sync.card(names=(TASK,), **sync.card_holds), carried, seen_up_to={"trello.card": sync.now})
    sync.settle()
    assert (sync.both(), sync.store.conflicts()) == (("a.test", "a.test"), [])
    sync.store.close()


def test_what_a_person_empties_after_the_card_came_back_is_emptied() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    card = Ref("trello", "main", "card", "c1")
    carried = Happening(Ref("trello", "main", "action", "m1"), "card.carried", sync.now, card, OLENA, {"to": "Клієнти"})
    sync.take(carried)
    sync.read()
    sync.card_holds["domain"] = None
    sync.read()
    sync.settle()
    assert sync.both() == (None, None)
    sync.store.close()


def moved_while(outcome: ConnectorError) -> Sync:
    """A value is on its way to a card, with that outcome; the card goes to a board without the field meanwhile."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.trello.before = lambda _delivery: sync.trello.outcomes.append(outcome)
    sync.settle()
    sync.trello.before = lambda _delivery: None
    no_field = ConnectorError("trello", "no such field", retry=Retry.ASK_ADMIN, code="unknown-name")
    sync.trello.outcomes += [no_field] * 9
    sync.trello.found += [None] * 9
    card = replace(sync.card(names=(TASK,), labels=[]), unknown=frozenset({"domain"}))
    sync.take(card, seen_up_to={"trello.card": sync.wait(minutes=1).now})
    sync.settle()
    return sync


@pytest.mark.parametrize("retry", [Retry.PASSING, Retry.UNKNOWN])
def test_a_write_into_a_field_that_its_card_has_lost_holds_up_nothing(retry: Retry) -> None:
    """Nor where nobody knows what came of it: it is looked for first."""
    sync = moved_while(ConnectorError("trello", "no answer", retry=retry))
    [write] = [row for row in sync.writes() if row.connector == "trello"]
    assert (write.state, write.reason) == (State.CANCELLED, NO_FIELD)
    sync.store.close()


def test_a_write_into_a_card_that_was_deleted_does_not_go_to_the_other_card_of_the_deal() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    sync.wait(minutes=1)
    sync.take(replace(sync.card(**sync.card_holds), deleted=True), sync.card("c2", names=(TASK,), name="Пекарня"))
    sync.deliver()
    [write] = [row for row in sync.writes() if row.connector == "trello"]
    assert (write.state, write.reason) == (State.CANCELLED, NO_FIELD)
    sync.store.close()


def test_a_field_that_can_be_read_again_gets_the_value_that_was_called_off() -> None:
    sync = moved_while(ConnectorError("trello", "no answer", retry=Retry.UNKNOWN))
    sync.trello.outcomes.clear()
    sync.trello.found.clear()
    sync.trello.before = lambda delivery: sync._write("trello", delivery)
    sync.read()
    sync.settle()
    assert (sync.both(), sync.store.conflicts()) == (("b.test", "b.test"), [])
    sync.store.close()


def test_a_card_that_was_read_gets_its_value_while_a_newer_one_of_the_deal_was_not() -> None:
    """Each value goes to the very thing that it was weighed for."""
    sync = Sync()
    sync.begin("a.test", "a.test")
    with sync.store.intake(sync.now) as intake:
        intake.bind(Ref("trello", "main", "card", "c2"), intake.local(CARD), "made")
    sync.task_holds["domain"] = "b.test"
    sync.read("planfix")
    sync.settle()
    [write] = [one for one in sync.trello.pushed if isinstance(one.decision, WriteFields)]
    assert write.target == CARD
    sync.store.close()


def test_what_both_have_put_in_is_taken_away_though_the_rest_has_not_come_over() -> None:
    sync = Sync(tags())
    sync.begin([], [])
    sync.task_holds["domain"], sync.card_holds["domain"] = ["a"], ["a", "b"]
    sync.read()
    sync.engine.plan_due()
    sync.task_holds["domain"] = []
    sync.read()
    sync.settle()
    sync.read()
    sync.settle()
    assert sync.both() == (["b"], ["b"])
    sync.store.close()


def test_a_write_from_a_card_that_was_archived_is_outdated_once_its_target_has_changed() -> None:
    sync = Sync()
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read("trello")
    sync.engine.plan_due()
    sync.card_holds["closed"], sync.task_holds["domain"] = True, "c.test"
    sync.read()
    sync.engine.plan_due()
    assert [row.state for row in sync.writes()] == [State.CANCELLED]
    sync.store.close()
