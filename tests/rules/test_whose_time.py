"""Whose time counts: leave and who stands in, a person's own calendar, the calendar of a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bridge.model.decisions import CreateTask
from bridge.model.people import Absence, Directory, Person
from bridge.model.planning import Plan
from bridge.model.values import Value
from rules.plan import Office, plan
from rules.whose_time import calendar_of_person
from tests.rules.planned import AROUND, NOW, PEOPLE, event, ruleset, snapshot

TASK = "  - {id: act, when: {button: go}, per: deal, then: [{task: {title: Дзвінок, for: manager, due: 1wd}}]}\n"
SEND = "  - {id: act, when: {button: go}, per: deal, then: [{send: hello, to: client}]}\n"
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
assert NOW.date() == MONDAY


def staff(**people: Person) -> Directory:
    return Directory({**PEOPLE.people, **people})


def on_leave(substitute: str = "", first: date = MONDAY, last: date = TUESDAY) -> Person:
    return replace(PEOPLE.people["olena"], absences=(Absence(first, last, substitute),))


def pressed(rules: str, directory: Directory = PEOPLE, around: str = AROUND, facts: Mapping[str, Value] = {}) -> Plan:
    known = {key.replace("_", ".", 1): value for key, value in facts.items()}
    made = ruleset(rules, around)
    return plan(snapshot(made, known, [event("button", button="go")]), made, Office(directory), NOW)


def task(directory: Directory, **facts: Value) -> tuple[str, str]:
    """Whose the task is, and when it is due, in UTC."""
    [decision] = [wanted.decision for wanted in pressed(TASK, directory, facts=facts).wanted]
    assert isinstance(decision, CreateTask)
    return decision.person, decision.due[:16]


def test_a_task_is_due_by_the_close_of_the_next_working_day() -> None:
    assert task(PEOPLE) == ("olena", "2026-11-24T16:00")


def test_while_a_person_is_away_a_task_goes_to_who_stands_in() -> None:
    assert task(staff(olena=on_leave("petro"))) == ("petro", "2026-11-24T16:00")


def test_the_manager_that_a_fact_names_is_stood_in_for_too() -> None:
    assert task(staff(olena=on_leave("petro")), client_manager="olena")[0] == "petro"


def test_without_a_substitute_a_task_waits_for_the_return() -> None:
    assert task(staff(olena=on_leave())) == ("olena", "2026-11-25T16:00")


def test_another_who_holds_the_role_is_asked_before_somebody_who_is_away() -> None:
    assert task(staff(olena=on_leave(), ivan=Person("ivan", "Іван", ("manager",))))[0] == "ivan"


def test_leave_that_comes_only_later_puts_off_what_would_be_due_in_it() -> None:
    leave = on_leave("petro", TUESDAY, TUESDAY)
    assert task(staff(olena=leave)) == ("olena", "2026-11-25T16:00")


def test_who_stands_in_may_be_stood_in_for() -> None:
    petro = replace(PEOPLE.people["petro"], absences=(Absence(MONDAY, MONDAY, "helen"),))
    assert task(staff(olena=on_leave("petro"), petro=petro))[0] == "helen"


@pytest.mark.parametrize("back", ["olena", "petro", "", "nobody"])
def test_people_who_stand_in_for_each_other_leave_the_work_where_it_is(back: str) -> None:
    petro = replace(PEOPLE.people["petro"], absences=(Absence(MONDAY, MONDAY, back),))
    directory = staff(olena=on_leave("petro"), petro=petro)
    assert directory.acting("olena", MONDAY) == ("nobody" if back == "nobody" else "olena")


def test_a_part_time_persons_task_is_due_on_a_day_they_work() -> None:
    around = AROUND.replace(
        "calendars:\n", "calendars:\n  half: {like: office, week: {mon-tue: closed, thu-fri: closed}}\n"
    )
    olena = replace(PEOPLE.people["olena"], calendar="half")
    [wanted] = pressed(TASK, staff(olena=olena), around).wanted
    assert isinstance(wanted.decision, CreateTask)
    assert wanted.decision.due[:10] == WEDNESDAY.isoformat()


def test_leave_counts_from_the_first_day_to_the_last() -> None:
    rules, directory = ruleset(), staff(olena=on_leave())
    hers = calendar_of_person("olena", rules, directory)
    assert [bool(hers.hours(day)) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [False, False, True]
    assert calendar_of_person("nobody", rules, directory) == rules.calendars["office"]


CLIENTS = AROUND.replace(
    "calendars:\n", "calendars:\n  warsaw: {like: office, zone: Europe/Warsaw, dates: {2026-11-23: closed}}\n"
).replace("fields:\n", "fields:\n  client.calendar: {type: text, from: planfix.contact.calendar}\n")


@pytest.mark.parametrize(
    ("calendar", "waits"),
    [("warsaw", "2026-11-24T08:00"), (None, None), ("nowhere", None)],
)
def test_a_client_is_written_to_in_contact_hours_of_their_own_calendar(calendar: str | None, waits: str | None) -> None:
    [wanted] = pressed(SEND, around=CLIENTS, facts={"client_calendar": calendar}).wanted
    assert (wanted.not_before.isoformat()[:16] if wanted.not_before else None) == waits
