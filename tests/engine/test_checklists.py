"""Lists on cards as facts: what is ticked, by whom, and what of it counts; what rules hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bridge.engine.snapshots import snapshot_of
from bridge.model.checklists import CheckItem, Checklist, Put, parse_checklists, plain_checklists, state_of
from bridge.model.decisions import PutChecklist
from bridge.model.deliveries import Receipt
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain
from rules.facts import Facts
from tests.engine.office import OLENA, Desk, agency, loaded_rules

ANDRII = Actor(ActorKind.PERSON, "andrii", "Андрій")
RULES = """\
fields:
  deal.talk: {type: choice, of: [none, open, done], from: trello.checklists.Розмова, default: none}
  deal.talked: {type: flag, from: trello.checklists.Розмова}
  checks.launch: {type: choice, of: [none, open, done], from: trello.checklists.Запуск, default: none}
  checks.second: {type: choice, of: [none, open, done], from: trello.checklists.Повторна перевірка, default: none}
  card.specialist: {type: person, from: trello.card.specialist}
checklists:
  two:
    name: {uk: Розмова, ru: Разговор, en: Talk}
    items:
      - {uk: Перше, ru: Первое, en: First}
      - {uk: Друге, ru: Второе, en: Second}
rules:
  - {id: begin, when: {command: /розмова}, per: deal, then: [{checklist: {template: two}}]}
  - id: second
    when: {becomes: {checks.launch: done}}
    per: task
    then: [{checklist: {template: two, title: Повторна перевірка, not: card.specialist}}]
  - id: told
    when: {checklist.done: Розмова}
    per: deal
    then: [{comment: Розмову проведено}]
  - id: opened
    when: {becomes: {deal.talk: open}}
    per: deal
    then: [{comment: Є що позначити}]
"""


class Office(Desk):
    """A card whose lists people tick."""

    def __init__(self) -> None:
        super().__init__(context=agency(loaded_rules(RULES)))
        self.owner, self.deal = self.client()
        self._ticks = 0

    def shows(self, *lists: Plain, ticks: tuple[Happening, ...] = (), **fields: Any) -> None:
        self.wait(seconds=5)
        names = (Ref("planfix", "main", "task", "t1"),)
        shown: dict[str, Any] = {"checklists": list(lists)} if lists else {}
        self.take(self.card(names=names, labels=[], **shown, **fields), *ticks)

    def tick(self, item: str, who: Actor = OLENA, done: bool = True) -> Happening:
        self._ticks += 1
        ref = Ref("trello", "main", "action", f"tick{self._ticks}")
        data: Mapping[str, Plain] = {"checklist": "?", "item": item, "line": "?", "done": done}
        return Happening(ref, "checklist.ticked", self.now, Ref("trello", "main", "card", "c1"), who, data)

    def fact(self, name: str) -> object:
        snapshot = snapshot_of(self.store.load_client(self.owner), self.context)
        return Facts(snapshot, self.context.ruleset, self.context.office.directory, self.now).value(name, self.deal)

    def wants(self) -> list[str]:
        self.engine.plan_due()
        return [row.decision.kind for row in reversed(self.store.deliveries())]


def listed(name: str, *done: bool, id: str = "l1") -> dict[str, Any]:
    words = ("Перше", "Друге", "Третє")
    items = (CheckItem(f"{id}-{place}", words[place], ticked) for place, ticked in enumerate(done))
    (plain,) = plain_checklists([Checklist(id, name, tuple(items))])
    assert isinstance(plain, dict)
    return plain


@pytest.mark.parametrize(
    ("shown", "talk"),
    [((), "none"), ((listed("Розмова", True, False),), "open"), ((listed(" Розмова ", True, True),), "done")],
)
def test_a_fact_about_a_list_tells_how_far_it_is(shown: tuple[Plain, ...], talk: str) -> None:
    office = Office()
    office.shows(*shown)
    assert (office.fact("deal.talk"), office.fact("deal.talked")) == (talk, talk == "done")


def test_a_list_without_lines_is_not_done() -> None:
    office = Office()
    office.shows(listed("Розмова"))
    assert office.fact("deal.talk") == "open"


def test_a_deal_without_campaign_cards_counts_as_a_task() -> None:
    office = Office()
    office.shows(listed("Запуск", True, True))
    assert office.fact("checks.launch") == "done"


def test_a_tick_taken_back_opens_it_again_and_becomes_hears_it() -> None:
    office = Office()
    office.shows(listed("Розмова", True, True))
    office.planned()
    office.shows(listed("Розмова", True, False))
    assert (office.fact("deal.talk"), office.wants()[-1]) == ("open", "comment_card")


def test_the_last_tick_makes_one_event_of_the_list() -> None:
    office = Office()
    office.shows(listed("Розмова", True, False))
    office.shows(listed("Розмова", True, True))
    office.shows(listed("Розмова", True, True), name="Інша назва")
    assert office.kinds("checklist.done") == ["checklist.done"]


def test_each_tick_is_kept_with_its_author() -> None:
    office = Office()
    office.shows(listed("Розмова", True), ticks=(office.tick("l1-0"),))
    office.shows(listed("Розмова", False), ticks=(office.tick("l1-0", ANDRII, done=False),))
    ticks = [event for event in office.events if event.kind == "checklist.ticked"]
    assert [(event.actor.id, event.data["done"]) for event in ticks] == [("olena", True), ("andrii", False)]


SECOND = Put("Повторна перевірка", another=True, not_by="iryna")


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("olena", "andrii", "done"),
        ("olena", "olena", "open"),
        ("olena", "iryna", "open"),
        ("olena", "", "open"),
        ("", "andrii", "done"),
    ],
)
def test_a_second_check_counts_only_by_another_person(first: str, second: str, state: str) -> None:
    lists = [
        Checklist("l1", "Запуск", (CheckItem("1", "Перше", True, first),)),
        Checklist("l2", "Повторна перевірка", (CheckItem("2", "Перше", True, second),)),
    ]
    assert state_of(["Повторна перевірка"], lists, [SECOND]) == state
    assert state_of(["Запуск"], lists, [SECOND]) == "done"


def second_check(office: Office, who: Actor, *, actions_first: bool) -> None:
    """Olena ticks the first list, the rules put the second one, and somebody ticks that."""
    first = listed("Запуск", True, True)
    office.shows(first, ticks=(office.tick("l1-0"), office.tick("l1-1")))
    office.engine.plan_due()
    office.deliver()
    ticks = (office.tick("l2-0", who), office.tick("l2-1", who))
    office.shows(first, listed("Повторна перевірка", False, False, id="l2"))
    office.wait(seconds=5)
    if actions_first:
        office.take(*ticks, cursor=None)
    office.shows(first, listed("Повторна перевірка", True, True, id="l2"), ticks=() if actions_first else ticks)


@pytest.mark.parametrize("actions_first", [True, False])
@pytest.mark.parametrize(("who", "state"), [(OLENA, "open"), (ANDRII, "done")])
def test_who_ticked_is_known_whichever_comes_first(who: Actor, state: str, actions_first: bool) -> None:
    office = Office()
    second_check(office, who, actions_first=actions_first)
    assert (office.fact("checks.launch"), office.fact("checks.second")) == ("done", state)


def test_the_author_that_comes_after_the_state_wakes_rules() -> None:
    office = Office()
    second_check(office, Actor(), actions_first=False)
    before = office.fact("checks.second")
    office.take(office.tick("l2-0", ANDRII), office.tick("l2-1", ANDRII), cursor=None)
    changed = [event.data for event in office.events if event.kind == "field.changed"][-1]
    assert (before, office.fact("checks.second")) == ("open", "done")
    assert (changed["field"], changed["new"]) == ("checks.second", "done")


def test_a_list_that_is_wanted_counts_as_open() -> None:
    office = Office()
    office.take(office.comment("/розмова"))
    assert office.wants() == ["put_checklist"]
    assert office.fact("deal.talk") == "open"


def put_by_us(office: Office) -> None:
    office.take(office.comment("/розмова"))
    office.engine.plan_due()
    target = Ref("trello", "main", "card", "c1")
    office.trello.outcomes.append(
        Receipt(office.now + timedelta(seconds=1), target, details={"checklists": [listed("Розмова", False, False)]})
    )
    office.wait(seconds=1)
    office.deliver()


def test_our_own_list_is_known_from_its_receipt_and_is_no_news_later() -> None:
    office = Office()
    put_by_us(office)
    known = office.fact("deal.talk")
    office.shows(listed("Розмова", False, False))
    assert (known, office.kinds("field.changed", "checklist.done")) == ("open", [])


def test_our_own_list_does_not_make_forget_who_ticked_another() -> None:
    office = Office()
    office.shows(listed("Запуск", True, id="l2"), ticks=(office.tick("l2-0"),))
    office.take(office.comment("/розмова"))
    office.engine.plan_due()
    lists = [listed("Запуск", True, id="l2"), listed("Розмова", False)]
    office.trello.outcomes.append(
        Receipt(office.now, Ref("trello", "main", "card", "c1"), details={"checklists": lists})
    )
    office.deliver()
    [kept] = [one for one in office.store.load_client(office.owner).records[office.deal] if one.ref.kind == "card"]
    hands = {item.by for one in parse_checklists(kept.fields["checklists"]) for item in one.items}
    assert hands == {"olena", ""}


def test_an_answer_asked_for_before_our_list_does_not_take_it_away() -> None:
    office = Office()
    early = office.card(names=(Ref("planfix", "main", "task", "t1"),), labels=[], name="Інша назва")
    put_by_us(office)
    office.take(early)
    assert office.fact("deal.talk") == "open"


def test_the_list_comes_in_the_language_of_the_office_and_under_its_own_name() -> None:
    office = Office()
    office.take(office.comment("/розмова"))
    office.engine.plan_due()
    (row,) = office.store.deliveries()
    assert row.decision == PutChecklist("Розмова", ("Перше", "Друге"), "two")
