"""What a client owes to a form: obligatory answers that are empty, answers that do not fit, days that have passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.events import Actor, ActorKind
from bridge.model.planning import Plan
from bridge.model.values import Plain, Value
from rules.maps import FormMap
from tests.rules.planned import AROUND, event, planned, ruleset, snapshot

DECLARED = AROUND.replace(
    "  brief.sent_at:",
    "  brief.owed: {type: set, from: bridge}\n  brief.owed_words: {type: set, from: bridge}\n"
    "  client.start: {type: date, from: planfix.contact.start, write_to: [planfix.contact.start]}\n  brief.sent_at:",
)
RULE = "  - {id: in, when: {form.answered: brief}, per: deal, then: [{fill: {from: form, map: brief-map}}]}\n"
MAP = FormMap(
    "brief-map",
    "brief",
    {"Сайт": "client.site", "Телефон": "client.phone", "Старт": "client.start"},
    obligatory=("Сайт",),
    not_past=("Старт",),
)
FINE: dict[str, Plain] = {"client.site": "zerno.example", "client.phone": "+380441234567"}


def came(values: dict[str, Plain], known: dict[str, Value] | None = None, **more: Plain) -> Plan:
    """What comes of these answers; `more` is what else their event carries."""
    rules = replace(ruleset(RULE, DECLARED), maps={MAP.id: MAP})
    answer = event("form.answered", form="brief", values=values)
    return planned(rules, snapshot(rules, {**(known or {})}, [replace(answer, data={**answer.data, **more})]))


def sets(made: Plan) -> dict[str, Plain]:
    return {one.field: one.value for one in made.sets}


@pytest.mark.parametrize(
    ("values", "owed"),
    [
        (FINE, None),
        ({**FINE, "client.site": ""}, ["Сайт"]),
        ({**FINE, "client.phone": ""}, None),
        ({**FINE, "client.phone": "завтра"}, ["Телефон"]),
        ({**FINE, "client.start": "22.11.2026"}, ["Старт"]),
        ({**FINE, "client.start": "23.11.2026"}, None),
        ({"client.phone": "abc"}, ["Сайт", "Телефон"]),
    ],
)
def test_owed_is_what_is_obligatory_and_empty_or_does_not_fit(values: dict[str, Plain], owed: list[str] | None) -> None:
    assert sets(came(values)).get("brief.owed") == owed


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("uk", "Телефон: замість «abc» — номер телефону"),
        ("ru", "Телефон: вместо «abc» — номер телефона"),
        ("en", "Телефон: a phone number instead of “abc”"),
    ],
)
def test_the_client_reads_in_his_language_what_stands_there_and_what_is_asked_for(language: str, words: str) -> None:
    made = came({**FINE, "client.phone": "abc"}, {"client.language": language})
    assert sets(made)["brief.owed_words"] == [words]


def test_what_looks_like_a_password_is_not_told_back() -> None:
    made = came({**FINE, "client.phone": "пароль: Zx9!kQ2#vv"})
    assert sets(made)["brief.owed_words"] == ["Телефон: номер телефону"]


def test_an_obligatory_answer_that_is_known_already_is_not_asked_for() -> None:
    assert sets(came({**FINE, "client.site": ""}, {"client.site": "zerno.example"})) == {}


def test_of_a_column_that_was_not_found_nobody_says_that_it_is_empty() -> None:
    values: dict[str, Plain] = {"client.phone": "+380441234567"}
    assert sets(came(values, waiting=["client.site"])) == {}


def test_a_corrected_answer_is_owed_no_more_and_the_rest_still_is() -> None:
    known: dict[str, Value] = {
        "brief.owed": ("Сайт", "Телефон"),
        "brief.owed_words": ("Сайт", "Телефон: номер телефону"),
    }
    assert sets(came({**FINE, "client.site": ""}, known))["brief.owed"] == ["Сайт"]
    assert sets(came(FINE, known)) == {"brief.owed": None, "brief.owed_words": None}


def test_the_same_wrong_answer_is_not_owed_anew_after_a_person_has_entered_the_right_one() -> None:
    values: dict[str, Plain] = {**FINE, "client.phone": "abc"}
    assert sets(came(values, {"client.phone": "+380449999999"}, values_before=values)) == {}


@pytest.mark.parametrize(
    ("by", "new", "owed"),
    [(ActorKind.PERSON, "+380441234567", ["Сайт"]), (ActorKind.PERSON, "", None), (ActorKind.BRIDGE, "+38", None)],
)
def test_what_a_person_enters_by_hand_is_owed_no_more(by: ActorKind, new: str, owed: list[str] | None) -> None:
    rules = replace(ruleset(RULE, DECLARED), maps={MAP.id: MAP})
    known: dict[str, Value] = {"brief.owed": ("Сайт", "Телефон"), "brief.owed_words": ("Сайт", "Телефон")}
    changed = replace(event("field.changed", field="client.phone", new=new), actor=Actor(by))
    assert sets(planned(rules, snapshot(rules, known, [changed]))).get("brief.owed") == owed


def test_an_agency_that_declares_no_such_fact_is_told_of_nothing() -> None:
    rules = replace(ruleset(RULE), maps={MAP.id: replace(MAP, answers={"Сайт": "client.site"}, not_past=())})
    made = planned(rules, snapshot(rules, {}, [event("form.answered", form="brief", values={})]))
    assert made.sets == ()
