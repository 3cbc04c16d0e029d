"""Whose calendar counts: for promises the office's, for a person's task their own, for writing to a client theirs."""

from __future__ import annotations

from bridge.model.people import Directory
from rules.calendars import Calendar
from rules.facts import Facts
from rules.ruleset import RuleSet

CLIENT_CALENDAR = "client.calendar"
"""The fact, where it is declared, that names a client's calendar."""


def office_calendar(ruleset: RuleSet) -> Calendar:
    """The calendar of the office."""
    return ruleset.calendars[ruleset.defaults.calendar]


def calendar_of_person(key: str, ruleset: RuleSet, directory: Directory) -> Calendar:
    """A member of staff's own calendar, the office's for those without one, and without the days they are away."""
    office, person = office_calendar(ruleset), directory.people.get(key)
    if person is None:
        return office
    own = ruleset.calendars.get(person.calendar, office)
    return own.away([(absence.first, absence.last) for absence in person.absences], key)


def calendar_of_client(subject: str, facts: Facts, ruleset: RuleSet) -> Calendar:
    """The calendar that a client's own fact names; the office's where it is empty, not known, or names none."""
    office = office_calendar(ruleset)
    if CLIENT_CALENDAR not in ruleset.fields:
        return office
    named = facts.value(CLIENT_CALENDAR, subject)
    return ruleset.calendars.get(named, office) if isinstance(named, str) else office


def acting_now(key: str, facts: Facts, ruleset: RuleSet, directory: Directory) -> str:
    """Who does a person's work on the office's date of now."""
    return directory.acting(key, office_calendar(ruleset).local(facts.now).date())
