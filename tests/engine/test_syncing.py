"""Facts that two systems hold: what one of them changes the other gets, and nothing that a person wrote is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.engine.comparing import EDITED
from bridge.model.decisions import CommentCard, CommentTask, SendMessage, WriteFields
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.events import Actor
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.merging import OURSELVES
from bridge.model.reasons import NEWER_VALUE
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import moment_text
from bridge.store.rows import Row
from bridge.store.stops import Scope
from bridge.wiring.agency import FREE_NAMES
from rules.load import Context as Outside
from rules.load import load_rules
from tests.engine.office import OLENA, OTHERS, RULES, Desk, agency, texts_of_the_system

TASK, CARD = Ref("planfix", "main", "task", "t1"), Ref("trello", "main", "card", "c1")
TEXTS = """\
templates:
  system.differed:
    uk: "{{ conflict.name }}:{% for row in conflict.rows %} {{ row.kept }}, not {{ row.given }} ({{ row.title }}){% endfor %}"
    ru: "-"
    en: "-"
  system.differs:
    uk: "{{ conflict.name }}{% for row in conflict.rows %}, {{ row.given }} ({{ row.title }}){% endfor %}?"
    ru: "-"
    en: "-"
"""  # noqa: E501


BLANKS_ASKED = """\
templates:
  system.flood_blanks:
    uk: "{{ flood.count }} gone: {{ flood.text }} ({{ flood.about }})"
    ru: "-"
    en: "-"
    buttons: [flood-send, flood-drop, flood-stop]
"""


def spec(sync: str = "both", **more: Any) -> FieldSpec:
    given: dict[str, Any] = {"type": FieldType.TEXT, "source": "planfix.task.domain", "also": ("trello.card.domain",)}
    return FieldSpec("deal.domain", titles={"uk": "Домен"}, sync=sync, **{**given, **more})


class Sync(Desk):
    """A desk whose deals have a domain, in Planfix and on the card."""

    def __init__(self, fact: FieldSpec | None = None, texts: str = "") -> None:
        given = [RULES, texts_of_the_system(), OTHERS, TEXTS, *([texts] if texts else [])]
        fact = fact or spec()
        outside = Outside(names=FREE_NAMES, fields={fact.key: fact})
        loaded = load_rules([(f"{place}.yaml", text.encode()) for place, text in enumerate(given)], outside)
        assert loaded.ruleset is not None, "\n".join(map(str, loaded.findings))
        super().__init__(context=agency(loaded.ruleset))
        self.planfix.before = lambda delivery: self._write("planfix", delivery)
        self.trello.before = lambda delivery: self._write("trello", delivery)
        self.task_holds: dict[str, Any] = {"prepaid": False, "site": "a.test"}
        self.card_holds: dict[str, Any] = {"labels": []}
        self.refuses = False

    def _write(self, system: str, delivery: Delivery) -> None:
        """As a connector writes: what somebody has changed since is left alone and told."""
        if not isinstance(delivery.decision, WriteFields):
            return
        held = self.card_holds if system == "trello" else self.task_holds
        decision, twin = delivery.decision, self.trello if system == "trello" else self.planfix
        free = {n: v for n, v in decision.values.items() if held.get(n) in (decision.base.get(n, held.get(n)), v)}
        if not self.refuses:
            held.update(free)
        left = {name: held.get(name) for name in decision.values.keys() - free.keys()}
        details = {"holds": {name: held.get(name) for name in free}, **({"overtaken": left} if left else {})}
        twin.outcomes.append(Receipt(self.now, delivery.target, details=details))

    def read(self, *systems: str, seen: bool = True, **card: Any) -> None:
        """Reads what both hold now, a minute later; `card` are more cards of the deal."""
        self.wait(minutes=1)
        if "trello" not in systems or len(systems) > 1 or not systems:
            task = self.task(names=(self.contact().ref,), **self.task_holds)
            self.take(self.contact(), task, **self._seen(seen, "planfix.task", "planfix.contact"))
        if "planfix" not in systems:
            self.take(self.card(names=(TASK,), **self.card_holds), **self._seen(seen, "trello.card"))

    def _seen(self, seen: bool, *sources: str) -> dict[str, Any]:
        return {"seen_up_to": dict.fromkeys(sources, self.now)} if seen else {}

    def settle(self, rounds: int = 12) -> int:
        """Plans and delivers until nothing is due; gives how many values were written."""
        written = 0
        for _round in range(rounds):
            self.engine.plan_due()
            rows = self.deliver()
            written += sum(isinstance(row.decision, WriteFields) for row in rows)
            if not rows:
                return written
        raise AssertionError("it never ends")

    def both(self) -> tuple[Any, Any]:
        return self.task_holds.get("domain"), self.card_holds.get("domain")

    def begin(self, task: Any, card: Any) -> None:
        """The first reading of both."""
        self.task_holds["domain"], self.card_holds["domain"] = task, card
        self.read()
        self.settle()
        self.read()
        self.settle()

    def comments(self) -> list[str]:
        return [row.decision.text for row in reversed(self.store.deliveries()) if isinstance(row.decision, CommentCard)]

    def notes(self) -> list[str]:
        """What is written on the deal in Planfix."""
        return [row.decision.text for row in reversed(self.store.deliveries()) if isinstance(row.decision, CommentTask)]

    def writes(self) -> list[Row]:
        return [row for row in reversed(self.store.deliveries()) if isinstance(row.decision, WriteFields)]

    def changes(self) -> list[tuple[Any, Any]]:
        """The changes of the domain that rules hear of."""
        return [
            (event.data["old"], event.data["new"])
            for event in self.events
            if event.kind == "field.changed" and event.data["field"] == "deal.domain"
        ]


@pytest.fixture
def sync() -> Iterator[Sync]:
    desk = Sync()
    yield desk
    desk.store.close()


# -- one side changes -------------------------------------------------------------------------------------------------


def test_what_changes_in_planfix_goes_to_the_card(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    assert sync.settle() == 1
    assert sync.both() == ("b.test", "b.test")
    assert sync.writes()[-1].decision.base == {"domain": "a.test"}  # type: ignore[attr-defined]


def test_what_changes_on_the_card_goes_to_planfix_and_is_told_as_a_change(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read()
    assert sync.settle() == 1
    assert sync.both() == ("b.test", "b.test")
    assert sync.changes() == [("a.test", "b.test")]


def test_what_is_brought_over_at_first_sight_lets_the_changes_of_people_go_first(sync: Sync) -> None:
    sync.begin("a.test", None)
    sync.card_holds["domain"] = "b.test"
    sync.read()
    sync.settle()
    assert [row.background for row in sync.writes()] == [True, False]


def test_what_was_brought_over_comes_back_as_no_change(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    for _reading in range(3):
        sync.read()
        sync.settle()
    assert len(sync.writes()) == 1
    assert len(sync.changes()) == 1


def test_a_value_that_comes_and_goes_is_written_each_time(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    for value in ("b.test", "a.test", "b.test", "a.test"):
        sync.task_holds["domain"] = value
        sync.read()
        assert sync.settle() == 1
        assert sync.both() == (value, value)
    assert sync.comments() == []


def test_a_change_right_after_ours_arrived_is_no_conflict(sync: Sync) -> None:
    """Nothing was planned in between: the receipt alone says that both ends agreed."""
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    sync.deliver()
    sync.card_holds["domain"] = "c.test"
    sync.read("trello")
    sync.settle()
    assert sync.both() == ("c.test", "c.test")
    assert sync.store.conflicts() == []


def test_it_goes_on_where_it_stopped_when_the_process_dies_in_a_write(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    sync.crash_between_intend_and_settle()
    sync.planfix.before = lambda delivery: sync._write("planfix", delivery)
    sync.trello.before = lambda delivery: sync._write("trello", delivery)
    sync.trello.found.append(None)
    assert sync.settle() == 1
    assert sync.both() == ("b.test", "b.test")


def test_an_emptied_value_is_a_change_like_any_other(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = None
    sync.read()
    sync.settle()
    assert sync.both() == (None, None)


# -- what is outdated before it goes ---------------------------------------------------------------------------------


def change(desk: Sync, *values: str | None) -> None:
    """Values that somebody enters in Planfix one after the other, each planned, none carried out."""
    for value in values:
        desk.task_holds["domain"] = value
        desk.read("planfix")
        desk.engine.plan_due()


def sent(desk: Sync) -> list[Any]:
    """The values that were written, in their order."""
    done = [row for row in desk.writes() if row.state is State.CONFIRMED]
    return [row.decision.values["domain"] for row in done if isinstance(row.decision, WriteFields)]


def test_a_value_that_a_newer_one_replaced_before_it_went_out_is_never_written(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    change(sync, "b.test", "c.test")
    assert sync.settle() == 1
    assert sent(sync) == ["c.test"]
    assert [str(row.reason) for row in sync.writes() if row.state is State.CANCELLED] == [str(NEWER_VALUE)]


def test_a_value_that_was_taken_back_before_it_went_out_is_never_written(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    change(sync, "b.test", "a.test")
    assert sync.settle() == 0
    assert sync.both() == ("a.test", "a.test")


def test_a_value_that_comes_again_after_it_was_withdrawn_is_written(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    change(sync, "b.test", "a.test", "b.test", "a.test", "b.test")
    assert sync.settle() == 1
    assert sync.both() == ("b.test", "b.test")


def test_a_value_withdrawn_from_a_card_that_never_had_one_is_written_when_it_comes_again(sync: Sync) -> None:
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", None
    sync.read()
    sync.engine.plan_due()
    change(sync, "c.test", "b.test", "c.test")
    sync.settle()
    assert sync.both() == ("c.test", "c.test")


def test_a_write_into_what_is_called_otherwise_by_now_goes_out() -> None:
    desk = Sync(spec(type=FieldType.NUMBER))
    desk.begin("1", "1")
    change(desk, "2")
    desk.card_holds["domain"] = "1.0"
    desk.read("trello")
    desk.settle()
    assert desk.both() == ("2", "2")
    desk.store.close()


def test_a_write_that_waits_is_planned_once_however_often_it_is_looked_at(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    change(sync, "b.test", "b.test")
    sync.card_holds["labels"] = ["VIP"]
    sync.read("trello")
    sync.engine.plan_due()
    assert len(sync.writes()) == 1


def test_while_a_write_is_under_way_its_outcome_is_waited_for(sync: Sync) -> None:
    """Nobody knows yet what the card holds: the next value goes out once the receipt of this one tells."""
    sync.begin("a.test", "a.test")
    change(sync, "b.test")
    write = sync.trello.before

    def meanwhile(delivery: Delivery) -> None:
        write(delivery)
        change(sync, "c.test")

    sync.trello.before = meanwhile
    sync.deliver()
    assert len(sync.writes()) == 1
    sync.trello.before = write
    sync.read()
    sync.settle()
    assert (sent(sync), sync.both()) == (["b.test", "c.test"], ("c.test", "c.test"))
    assert sync.store.conflicts() == []


def test_a_blank_that_is_held_is_withdrawn_when_the_value_is_back() -> None:
    desk = Sync()
    cards = many(desk, 12)
    blank = [replace(one, fields={**one.fields, "domain": None}) for one in later(desk, cards)]
    desk.take(*blank, seen_up_to={"trello.card": desk.now})
    desk.engine.plan_due()
    desk.deliver()
    assert [row.state for row in desk.writes()].count(State.HELD) == 2
    desk.take(*later(desk, cards), seen_up_to={"trello.card": desk.now})
    desk.engine.plan_due()
    assert [row.state for row in desk.writes()].count(State.HELD) == 0
    desk.store.close()


def many(desk: Sync, count: int) -> list[Record]:
    """Deals that are in step with their cards; gives the cards."""
    cards = []
    for number in range(count):
        task, card = f"t{number}", f"c{number}"
        desk.take(desk.task(task, domain="a.test"), seen_up_to={"planfix.task": desk.now})
        cards.append(desk.card(card, names=(Ref("planfix", "main", "task", task),), domain="a.test"))
        desk.take(cards[-1], seen_up_to={"trello.card": desk.now})
    desk.settle()
    return cards


def later(desk: Sync, cards: list[Record]) -> list[Record]:
    """The cards as they are read a minute later."""
    desk.wait(minutes=1)
    return [replace(card, read_at=desk.now) for card in cards]


# -- both change ------------------------------------------------------------------------------------------------------


def test_where_both_changed_the_owner_wins_and_both_values_are_kept_and_told(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.read()
    sync.settle()
    assert sync.both() == ("b.test", "b.test")
    [kept] = sync.store.conflicts()
    assert [(one["place"], one["value"], one["won"]) for one in kept.conflict.held] == [
        ("planfix.task.domain", "b.test", True),
        ("trello.card.domain", "c.test", False),
    ]
    assert sync.comments() == sync.notes() == ["Домен: b.test, not c.test (Trello, невідомо хто)"]


def test_a_conflict_is_told_once_however_often_it_is_looked_at(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.trello.before = lambda _delivery: None
    for _reading in range(3):
        sync.read()
        sync.engine.plan_due()
    assert len(sync.store.conflicts()) == 1
    assert len(sync.comments()) == 1


def test_what_a_person_writes_while_ours_is_under_way_is_not_overwritten_unseen(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.engine.plan_due()
    sync.card_holds["domain"] = "hand.test"
    sync.settle()
    assert sync.both() == ("b.test", "b.test")
    assert [one["value"] for one in sync.store.conflicts()[0].conflict.held] == ["b.test", "hand.test"]


def test_a_value_that_was_left_alone_is_not_counted_as_written_by_us(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read("planfix")
    sync.engine.plan_due()
    sync.card_holds["domain"] = "hand.test"
    sync.deliver()
    assert [place for _, place in sync.store.load_client("client-1").written] == []


@pytest.mark.parametrize(("changed", "dated"), [(timedelta(days=-1), False), (timedelta(minutes=1), True)])
def test_a_change_before_both_agreed_dates_no_value_that_came_after(
    sync: Sync, changed: timedelta, dated: bool
) -> None:
    sync.begin("a.test", "a.test")
    at = sync.now + changed
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.wait(minutes=2)
    task = sync.task(names=(sync.contact().ref,), **sync.task_holds)
    card = replace(sync.card(names=(TASK,), **sync.card_holds), changed_at=at)
    sync.take(sync.contact(), task, card, **sync._seen(True, "planfix.task", "planfix.contact", "trello.card"))
    sync.settle()
    [_, lost] = sync.store.conflicts()[0].conflict.held
    assert lost["at"] == (moment_text(at) if dated else None)


def test_a_conflict_whose_writes_are_overtaken_is_kept_once_for_each_value(sync: Sync) -> None:
    """Writes that were wanted while the card could not be reached find something else there, one after the other."""
    sync.begin("a.test", "a.test")
    for value in ("b.test", "c.test", "d.test"):
        sync.task_holds["domain"] = value
        sync.read("planfix")
        sync.engine.plan_due()
    sync.card_holds["domain"] = "hand.test"
    sync.settle()
    assert sync.both() == ("d.test", "d.test")
    assert [[held["value"] for held in one.conflict.held] for one in sync.store.conflicts()] == [
        ["d.test", "hand.test"]
    ]


def test_a_value_that_is_taken_back_a_second_time_is_told_a_second_time() -> None:
    desk = Sync(spec("to"))
    desk.begin("a.test", "a.test")
    for _time in range(2):
        desk.card_holds["domain"] = "c.test"
        desk.read()
        desk.settle()
        desk.read()
    assert len(desk.comments()) == 2
    desk.store.close()


def test_one_way_a_card_gets_back_what_it_may_not_change_and_its_value_is_kept() -> None:
    desk = Sync(spec("to"))
    desk.begin("a.test", "a.test")
    desk.card_holds["domain"] = "c.test"
    desk.read()
    desk.settle()
    assert desk.both() == ("a.test", "a.test")
    assert desk.comments() == ["Домен: a.test, not c.test (Trello, невідомо хто)"]
    desk.store.close()


def edited(desk: Sync, value: str, who: Actor = OLENA, id: str = "e1") -> Happening:
    """An action of Trello that tells who gave the domain of the card a value; it was made a minute ago."""
    data = {"field": "domain", "value": value}
    return Happening(Ref("trello", "main", "action", id), EDITED, desk.now, CARD, who, data)


def test_a_conflict_names_who_entered_a_value_and_when_where_that_is_told(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.wait(minutes=1)
    told = edited(sync, "c.test")
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.take(told)
    sync.read()
    sync.settle()
    assert [one["by"] for one in sync.store.conflicts()[0].conflict.held] == ["", "Олена"]
    assert sync.comments() == ["Домен: b.test, not c.test (Trello, Олена, 01.12.2026 14:03)"]


@pytest.mark.parametrize("value", ["older.test", "a.test"])
def test_who_entered_another_value_is_not_named_for_this_one(sync: Sync, value: str) -> None:
    sync.begin("a.test", "a.test")
    sync.wait(minutes=1)
    told = edited(sync, value)
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.take(told)
    sync.read()
    sync.settle()
    assert [one["by"] for one in sync.store.conflicts()[0].conflict.held] == ["", ""]


def test_who_entered_the_same_value_before_all_agreed_is_not_named(sync: Sync) -> None:
    sync.begin("c.test", "c.test")
    sync.take(edited(sync, "c.test"))
    sync.wait(minutes=5)
    sync.task_holds["domain"] = "a.test"
    sync.read()
    sync.settle()
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.read()
    sync.settle()
    assert [one["by"] for one in sync.store.conflicts()[0].conflict.held] == ["", ""]


def test_what_the_bridge_itself_wrote_is_nobody_elses_doing(sync: Sync) -> None:
    """A form's answer: the token that wrote it may be a person's own."""
    sync.task_holds["domain"], sync.card_holds["domain"] = None, None
    sync.read()
    [deal] = [one.id for one in sync.store.subjects() if one.kind == "deal"]
    sync.want(WriteFields("trello.card", {"domain": "c.test"}), deal)
    sync.deliver()
    sync.take(edited(sync, "c.test"))
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.settle()
    assert sync.store.conflicts()[0].conflict.held[1]["by"] == OURSELVES


def test_the_texts_of_the_pack_tell_both_values_with_who_and_when() -> None:
    text = Path("config/messages/system.yaml").read_text(encoding="utf-8")
    for language in ("uk", "ru", "en"):
        told = yaml.safe_load(text)["templates"]["system.differed"][language]
        assert all(f"row.{name} }}}}" in told for name in ("kept", "kept_title", "given", "title")), language


# -- at first sight ---------------------------------------------------------------------------------------------------


def test_two_that_never_agreed_are_left_alone_and_people_are_asked(sync: Sync) -> None:
    sync.begin("a.test", "b.test")
    assert sync.both() == ("a.test", "b.test")
    assert sync.comments() == ["Домен, a.test (Planfix, невідомо хто), b.test (Trello, невідомо хто)?"]
    sync.card_holds["domain"] = "a.test"
    sync.read()
    sync.settle()
    assert [one.settled_at is not None for one in sync.store.conflicts()] == [True]


def test_an_empty_card_is_filled(sync: Sync) -> None:
    sync.begin("a.test", None)
    assert sync.both() == ("a.test", "a.test")
    assert sync.store.conflicts() == []


def test_a_new_empty_card_in_the_place_of_a_lost_one_empties_nothing(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.take(sync.wait(minutes=1).card(deleted=True))
    sync.settle()
    sync.take(sync.wait(minutes=1).card("c2", names=(TASK,), domain=None), seen_up_to={"trello.card": sync.now})
    sync.card_holds["domain"] = None
    assert sync.settle() == 1
    assert sync.both() == ("a.test", "a.test")


def test_a_card_that_becomes_another_deals_takes_nothing_along(sync: Sync) -> None:
    """Both deals agreed on something of their own: neither value has changed, and neither may be written over."""
    sync.begin("a.test", "a.test")
    other = Ref("planfix", "main", "task", "t2")
    sync.take(sync.task("t2", names=(sync.contact().ref,), domain="z.test"), seen_up_to={"planfix.task": sync.now})
    sync.take(sync.card("c2", names=(other,), domain="z.test"), seen_up_to={"trello.card": sync.now})
    sync.settle()
    sync.wait(minutes=1)
    with sync.store.intake(sync.now) as intake:
        intake.bind(CARD, intake.local(other), "by hand")
        intake.dirty(intake.client_of(intake.local(other)))
    assert sync.settle() == 0
    assert [one.conflict.why.value for one in sync.store.conflicts()] == ["first_sight"]


# -- what is not known, what rests -------------------------------------------------------------------------------------


def test_a_list_from_before_our_own_write_is_not_taken_for_a_change(sync: Sync) -> None:
    """Planfix lists run behind: what they show counts once they were read past the write."""
    sync.begin("a.test", "a.test")
    sync.card_holds["domain"] = "b.test"
    sync.read()
    sync.settle()
    sync.wait(seconds=20)
    stale = sync.task(names=(sync.contact().ref,), **{**sync.task_holds, "domain": "a.test"})
    sync.take(stale)
    assert sync.settle() == 0
    sync.read()
    assert sync.settle() == 0
    assert sync.both() == ("b.test", "b.test")


def test_an_archived_card_rests_and_catches_up_when_it_is_back(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.card_holds["closed"] = True
    sync.task_holds["domain"] = "b.test"
    sync.read()
    assert sync.settle() == 0
    sync.card_holds["closed"] = False
    sync.read()
    sync.settle()
    assert sync.both() == ("b.test", "b.test")
    assert sync.store.conflicts() == []


def test_a_card_on_a_board_without_the_field_has_no_part_in_it(sync: Sync) -> None:
    sync.task_holds["domain"] = "a.test"
    sync.read()
    assert sync.settle() == 0


def test_a_field_that_is_gone_from_the_board_empties_nothing(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    del sync.card_holds["domain"]
    sync.read()
    assert sync.settle() == 0
    sync.task_holds["domain"] = "b.test"
    sync.read()
    assert sync.settle() == 0
    assert sync.task_holds["domain"] == "b.test"


def test_a_field_that_cannot_be_read_rests_with_its_last_value_and_catches_up(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "b.test"
    sync.read("planfix")
    blind = {name: value for name, value in sync.card_holds.items() if name != "domain"}
    card = replace(sync.card(names=(TASK,), **blind), unknown=frozenset({"domain"}))
    sync.take(card, seen_up_to={"trello.card": sync.now})
    assert sync.settle() == 0
    sync.read()
    assert sync.settle() == 1
    assert (sync.both(), sync.store.conflicts()) == (("b.test", "b.test"), [])


@pytest.mark.parametrize(
    ("kind", "task", "card"),
    [
        (FieldType.NUMBER, "1500.5", "1500.50"),
        (FieldType.MOMENT, "2026-12-01T10:00:00.000000Z", "2026-12-01T10:00:30.000000Z"),
        (FieldType.DATE, "2026-12-01", "2026-12-01T00:00:00.000000Z"),
        (FieldType.FLAG, None, False),
    ],
)
def test_what_means_the_same_on_both_sides_agrees(kind: FieldType, task: Any, card: Any) -> None:
    desk = Sync(spec(type=kind))
    desk.begin(task, card)
    assert desk.writes() == []
    assert desk.store.conflicts() == []
    desk.store.close()


def test_options_that_are_called_otherwise_on_the_card_are_brought_over_by_their_meaning() -> None:
    kind: dict[str, Any] = {
        "type": FieldType.CHOICE,
        "choices": ("seo", "ads"),
        "written": {"trello": {"seo": "SEO", "ads": "Реклама"}},
    }
    desk = Sync(spec(**kind))
    desk.begin("seo", "SEO")
    assert desk.writes() == []
    desk.card_holds["domain"] = "Реклама"
    desk.read()
    desk.settle()
    assert desk.both() == ("ads", "Реклама")
    desk.task_holds["domain"] = "seo"
    desk.read()
    desk.settle()
    assert desk.both() == ("seo", "SEO")
    desk.store.close()


def test_what_a_system_refuses_is_not_written_again_and_again(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"], sync.refuses = "b.test", True
    for _reading in range(3):
        sync.read()
        sync.settle()
    assert len(sync.writes()) == 1
    assert sync.both() == ("b.test", "a.test")


def test_what_a_system_holds_in_another_form_is_no_change(sync: Sync) -> None:
    """A text cut at its end, for example: what the card shows does not go back into Planfix."""
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"] = "long.test"

    def cut(delivery: Delivery) -> None:
        sync.card_holds["domain"] = "long"
        sync.trello.outcomes.append(Receipt(sync.now, delivery.target, details={"holds": {"domain": "long"}}))

    sync.trello.before = cut
    for _reading in range(3):
        sync.read()
        sync.settle()
    assert sync.both() == ("long.test", "long")
    assert len(sync.writes()) == 1


# -- people's words ----------------------------------------------------------------------------------------------------


def test_stopped_by_a_person_it_waits_and_goes_on_later(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.store.stop(Scope.RULE, "sync", now=sync.now, by="Олена")
    sync.task_holds["domain"] = "b.test"
    sync.read()
    sync.settle()
    assert sync.both() == ("b.test", "a.test")
    sync.store.go(Scope.RULE, "sync")
    sync.wait(minutes=20)
    sync.settle()
    assert sync.both() == ("b.test", "b.test")


def test_too_many_values_taken_away_at_once_wait_for_a_person() -> None:
    desk = Sync()
    blank = [replace(one, fields={**one.fields, "domain": None}) for one in later(desk, many(desk, 12))]
    desk.take(*blank, seen_up_to={"trello.card": desk.now})
    desk.engine.plan_due()
    desk.deliver()
    states = [row.state for row in desk.writes()]
    assert (states.count(State.CONFIRMED), states.count(State.HELD)) == (10, 2)
    desk.engine.end_floods()
    assert [flood.about for flood in desk.store.floods() if flood.open] == ["sync:blank"]
    desk.store.close()


@pytest.mark.parametrize("told", ["in its own words", "as any rule, where the words are missing"])
def test_the_question_about_too_many_values_says_what_it_is_about(told: str) -> None:
    desk = Sync(texts=BLANKS_ASKED if "own" in told else "")
    blank = [replace(one, fields={**one.fields, "domain": None}) for one in later(desk, many(desk, 12))]
    desk.take(*blank, seen_up_to={"trello.card": desk.now})
    desk.engine.plan_due()
    desk.deliver()
    own = "10 gone: Домен: a.test → — (sync:blank)"
    assert desk.told() == [f"person:andrii: {own if 'own' in told else 'flood of зниклі значення over 10 in 10'}"]
    desk.store.close()


def test_a_sum_that_differs_is_told_to_the_staff_and_on_the_deal_and_never_on_the_card() -> None:
    places: dict[str, Any] = {"source": "planfix.task.sum", "also": ("trello.card.sum",)}
    desk = Sync(spec(type=FieldType.MONEY, commercial=True, **places))
    desk.task_holds["sum"], desk.card_holds["sum"] = "100", "200"
    desk.read()
    desk.settle()
    assert desk.comments() == []
    told = [row.decision for row in desk.store.deliveries() if isinstance(row.decision, SendMessage)]
    assert [one.to for one in told if one.template == "system.differs"] == ["staff-chat"]
    assert len(desk.notes()) == 1
    desk.store.close()


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_what_was_agreed_and_in_conflict_goes_with_its_client(sync: Sync) -> None:
    sync.begin("a.test", "a.test")
    sync.task_holds["domain"], sync.card_holds["domain"] = "b.test", "c.test"
    sync.read()
    sync.settle()
    with sync.store.intake(sync.now) as intake:
        client = intake.client_of(intake.local(TASK))
    content = sync.store.belongings(client).content
    assert (len(content["agreed"]), len(content["conflicts"])) == (2, 1)
    counts = sync.store.erase(client, sync.now, "test")
    assert (counts["agreed"], counts["conflicts"]) == (2, 1)
    assert sync.store.conflicts() == []


def test_a_conflict_is_found_under_the_client_that_its_client_became(sync: Sync) -> None:
    sync.begin("a.test", "b.test")
    with sync.store.intake(sync.now) as intake:
        old = intake.client_of(intake.local(TASK))
        new = intake.new_subject("client", "", "test")
        intake.merge(old, new)
    assert [one.client for one in sync.store.conflicts(new)] == [new]
