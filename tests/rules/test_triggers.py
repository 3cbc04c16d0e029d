"""Which events wake which triggers: each by what it waits for, whoever did it, and of the bridge's own only some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.model.events import ActorKind
from bridge.model.findings import Finding
from bridge.model.values import Plain
from rules.load import load_rules
from rules.plan import hearing
from tests.rules.planned import AROUND, CONTEXT, event, ruleset

ASKS = AROUND + "  asks: {buttons: [approve, comment], uk: Так?, ru: Да?, en: Yes?}\n"
ENTRY = "  - {{id: a, when: {0}, per: deal, then: [{{label.add: VIP}}]}}\n"
HEARD: list[tuple[str, dict[str, Plain], dict[str, Plain]]] = [
    ("{button: go}", {"button": "go"}, {"button": "no"}),
    ("{command: /Бриф}", {"command": "/бриФ"}, {"command": "/брифи"}),
    ("{label.added: VIP}", {"label": "VIP"}, {"label": "Бриф"}),
    ("{label.removed: VIP}", {"label": "VIP"}, {"label": "Бриф"}),
    ("{deal.created: planfix}", {"origin": "planfix"}, {"origin": "trello"}),
    ("{card.created: Договір}", {"list": "Договір"}, {"list": "Виробництво"}),
    ("{card.moved: {to: Договір}}", {"to": "Договір", "from": "Ж"}, {"to": "Виробництво", "from": "Договір"}),
    ("{card.moved: {from: Договір}}", {"to": "Ж", "from": "Договір"}, {"to": "Договір", "from": "Ж"}),
    ("{comment.added: ТерміноВО}", {"text": "дуже терміново!"}, {"text": "терпить"}),
    ("{message: {contains: дякую}}", {"text": "Дякую, так"}, {}),
    ("{checklist.done: Запуск}", {"checklist": "Запуск"}, {"checklist": "Інший"}),
    ("{form.answered: brief}", {"form": "brief"}, {"form": "access"}),
    ("{field.changed: client.name}", {"field": "client.name"}, {"field": "client.site"}),
    ("{delivered: hello}", {"template": "hello"}, {"template": "ready"}),
    ("{undelivered: hello}", {"template": "hello"}, {"template": "ready"}),
    ("{bound: telegram}", {"channel": "telegram"}, {"channel": "viber"}),
    ("{approved: asks}", {"what": "asks"}, {"what": "ready"}),
    ("{rejected: asks}", {"what": "asks"}, {"what": "ready"}),
    ("{document.ready: brief}", {"document": "brief"}, {"document": "contract"}),
]
"""Triggers, each with what wakes it and what does not."""


def wakes(when: str, kind: str, data: Mapping[str, Plain], by: ActorKind = ActorKind.PERSON) -> bool:
    happened = replace(event(kind, by=by), data=json.loads(json.dumps(data)))
    return bool(list(hearing(ruleset(ENTRY.format(when), ASKS).rules, happened)))


def findings(when: str) -> list[Finding]:
    files = [("around.yaml", AROUND.encode()), ("a.yaml", f"rules:\n{ENTRY.format(when)}".encode())]
    return load_rules(files, CONTEXT).findings


@pytest.mark.parametrize(("when", "right", "wrong"), HEARD)
def test_a_trigger_hears_what_it_waits_for_and_nothing_else(
    when: str, right: dict[str, Plain], wrong: dict[str, Plain]
) -> None:
    kind = when[1:].partition(":")[0]
    assert (wakes(when, kind, right), wakes(when, kind, wrong), wakes(when, "other", right)) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(("when", "right"), [row[:2] for row in HEARD if len(row[1]) == 1 and "text" not in row[1]])
def test_what_is_only_like_it_wakes_no_trigger(when: str, right: dict[str, Plain]) -> None:
    [(key, value)] = right.items()
    kind = when[1:].partition(":")[0]
    assert not any(wakes(when, kind, {key: like}) for like in (str(value)[:-1], f"{value}и", ""))


@pytest.mark.parametrize(
    ("when", "data"),
    [
        ("{card.moved: {}}", {"to": "Договір", "from": "Виробництво"}),
        ("card.archived", {}),
        ("card.restored", {}),
        ("talked", {"by": "phone", "text": ""}),
        ("card.created", {"list": "Договір"}),
        ("deal.created", {"origin": "trello"}),
        ("comment.added", {"text": "так"}),
        ("checklist.done", {"checklist": "Запуск"}),
    ],
)
def test_a_trigger_that_names_nothing_hears_all_of_its_kind(when: str, data: dict[str, Plain]) -> None:
    assert wakes(when, when.strip("{}").partition(":")[0], data)


@pytest.mark.parametrize(
    ("when", "data", "hears"),
    [
        ("{card.moved: {to: Договір}}", {"to": "Договір"}, True),
        ("{delivered: hello}", {"template": "hello"}, True),
        ("{undelivered: hello}", {"template": "hello"}, True),
        ("{document.ready: brief}", {"document": "brief"}, True),
        ("{button: go}", {"button": "go"}, False),
        ("{card.created: Договір}", {"list": "Договір"}, False),
        ("{comment.added: так}", {"text": "так"}, False),
        ("{field.changed: client.name}", {"field": "client.name"}, False),
        ("{label.removed: VIP}", {"label": "VIP"}, False),
    ],
)
def test_what_the_bridge_did_itself_is_heard_by_some_triggers(when: str, data: dict[str, Plain], hears: bool) -> None:
    assert wakes(when, when[1:].partition(":")[0], data, ActorKind.BRIDGE) is hears


def test_what_came_with_an_event_names_no_rule_for_it() -> None:
    assert wakes("{button: go}", "button", {"button": "go", "rule": "another"})
    assert not wakes("{silence: {of: brief.sent_at, for: 1d}}", "silence", {"of": "client.name"})


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("every: month, day: 1", True),
        ("every: month, day: 28", True),
        ("every: month, day: 0", False),
        ("every: month, day: 29", False),
        ("every: month, day: mon", False),
        ("every: month", False),
        ("every: week, day: sun", True),
        ("every: week, day: 1", False),
        ("every: week", False),
        ("every: day", True),
        ("every: day, day: mon", False),
        ('every: day, time: "23:59"', True),
        ('every: day, time: "0:00"', True),
        ('every: day, time: "24:00"', False),
        ('every: day, time: "09:60"', False),
    ],
)
def test_a_schedule_has_a_day_that_fits_and_a_time_that_exists(said: str, taken: bool) -> None:
    assert [found.code for found in findings(f"{{schedule: {{{said}}}}}")] == ([] if taken else ["bad-value"])


def test_two_triggers_in_one_entry_are_told_by_both_words_at_the_second() -> None:
    when = "{button: go, message: {}}"
    [found] = findings(when)
    assert (found.code, found.what) == ("two-triggers", '"message" stands beside "button"')
    assert found.where.column == ENTRY.format(when).index("message") + 1


def test_every_mistake_in_a_list_of_triggers_is_told_where_it_stands() -> None:
    when = "[{buton: go}, {button: go}, {mesage: {}}]"
    line = ENTRY.format(when)
    assert [(found.code, found.where.column) for found in findings(when)] == [
        ("unknown-trigger", line.index("buton") + 1),
        ("unknown-trigger", line.index("mesage") + 1),
    ]
    assert [found.code for found in findings("[]")] == ["empty-list"]
