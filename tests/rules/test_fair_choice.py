"""Who gets the work: the one with the least of it who knows it and is there; never whoever has it now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bridge.model.decisions import WriteFields
from bridge.model.people import Absence, Directory, Person
from bridge.model.planning import Outcome, Plan
from rules.fair_choice import fair_choice
from rules.plan import plan
from tests.rules.planned import AROUND, NOW, OFFICE, decisions, event, outcomes, ruleset, sent, snapshot

DAY = date(2026, 11, 23)
AWAY = (Absence(date(2026, 11, 20), date(2026, 11, 27)),)
OLENA, PETRO, IRYNA = (Person(key, key.title(), ("manager",)) for key in ("olena", "petro", "iryna"))
ALL = (OLENA, PETRO, IRYNA)


def chosen(*people: Person, holds: str = "", work: tuple[str, ...] = (), **load: int) -> str:
    return fair_choice(people or ALL, holds=holds, work=work, load=load, day=DAY).person


def test_who_has_the_least_gets_it_and_the_first_of_equals() -> None:
    assert chosen(olena=3, petro=1, iryna=2) == "petro"
    assert chosen(olena=1, petro=1, iryna=1) == "olena"


def test_of_whom_no_deals_are_told_has_none() -> None:
    assert (chosen(OLENA, PETRO, olena=1), chosen(OLENA, PETRO, olena=0)) == ("petro", "olena")


def test_never_whoever_has_it_now() -> None:
    assert chosen(holds="olena", olena=0, petro=5, iryna=9) == "petro"
    assert chosen(OLENA, holds="olena") == ""


def test_nobody_who_is_away() -> None:
    assert chosen(replace(OLENA, absences=AWAY), PETRO, olena=0, petro=7) == "petro"


@pytest.mark.parametrize(("works", "gets"), [(("seo",), "olena"), (("ads",), "petro"), ((), "olena")])
def test_only_who_knows_the_work_or_of_whom_nothing_is_told(works: tuple[str, ...], gets: str) -> None:
    assert chosen(replace(OLENA, works=works), PETRO, work=("seo",), olena=0, petro=1) == gets


def test_the_reasons_name_everybody_who_was_weighed() -> None:
    people = (replace(OLENA, absences=AWAY), replace(PETRO, works=("ads",)), IRYNA)
    choice = fair_choice(people, holds="", work=("seo",), load={"iryna": 4}, day=DAY)
    assert (choice.person, *map(str, choice.because)) == (
        "iryna",
        "olena is away until 2026-11-27",
        "petro does not do seo",
        "iryna has 4 open deals",
    )


def test_who_has_no_deals_is_weighed_with_none() -> None:
    choice = fair_choice((PETRO,), holds="", work=(), load={"iryna": 4}, day=DAY)
    assert [str(one) for one in choice.because] == ["petro has 0 open deals"]


# -- the action ------------------------------------------------------------------------------------------------------

AROUND_ASSIGN = AROUND.replace(
    "client.manager: {type: person, from: planfix.contact.owner}",
    "client.manager: {type: person, from: planfix.contact.owner, write_to: [planfix.contact.owner]}\n"
    "  deal.work_type: {type: choice, of: [seo, ads], from: planfix.task.kind}\n"
    "  deal.keeper: {type: person, from: bridge}",
)
STAFF = Directory({person.key: person for person in (OLENA, replace(PETRO, works=("ads",)), IRYNA)})
NOBODY = """\
  system.nobody_fair: {uk: "нікому", ru: "некому", en: "nobody"}
"""


def assigned(what: str, **facts: str) -> Plan:
    rules = ruleset(
        f"  - {{id: act, when: {{button: go}}, per: deal, then: [{{assign: {{{what}}}}}]}}\n", AROUND_ASSIGN + NOBODY
    )
    known = {key.replace("_", ".", 1): value for key, value in facts.items()}
    office = replace(OFFICE, directory=STAFF, load=lambda _field: {"olena": 4, "petro": 0, "iryna": 2})
    return plan(snapshot(rules, known, [event("button", button="go")]), rules, office, NOW)


def test_the_fair_one_is_written_where_the_fact_belongs() -> None:
    made = assigned("client.manager: fair-choice", client_manager="olena", deal_work_type="seo")
    assert decisions(made) == [WriteFields("planfix.contact", {"owner": "iryna"}, {"owner": "rule:act"})]
    assert str(made.traces[-1].reason).startswith("client.manager = iryna: olena has it now; petro does not do seo")


def test_for_the_whole_client_the_work_of_all_his_deals_is_asked_for() -> None:
    act = "  - {id: act, when: {button: go}, per: client, then: [{assign: {client.manager: fair-choice}}]}\n"
    rules = ruleset(act, AROUND_ASSIGN + NOBODY)
    office = replace(OFFICE, directory=STAFF, load=lambda _field: {"olena": 4, "petro": 0, "iryna": 2})
    before = snapshot(rules, {"deal.work_type": "seo"}, [event("button", subject="client", button="go")])
    [write] = decisions(plan(before, rules, office, NOW))
    assert isinstance(write, WriteFields)
    assert write.values == {"owner": "iryna"}


def test_a_person_may_be_named() -> None:
    assert [one.values for one in decisions(assigned("client.manager: petro")) if isinstance(one, WriteFields)] == [
        {"owner": "petro"}
    ]


def test_a_fact_of_the_bridges_own_is_set_at_once() -> None:
    assert [(one.field, one.value) for one in assigned("deal.keeper: petro").sets] == [("deal.keeper", "petro")]


def test_where_nobody_is_fair_it_stays_and_people_are_told() -> None:
    made = assigned("deal.keeper: fair-choice")
    assert (made.sets, outcomes(made, "act")) == ((), [Outcome.FIRED, Outcome.NO_SUBJECT])
    assert sent(made) == [("person:olena", "нікому")]
