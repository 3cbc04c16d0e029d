"""Rules and facts drawn by Hypothesis: whatever an admin may write for the small agency of `planned`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from bridge.model.findings import Position
from bridge.model.values import Money, NotKnown, Value
from rules.entries import RuleEntry
from rules.ids import rule_of
from rules.load import load_rules
from rules.reader import _NEVER, read
from rules.ruleset import Rule, RuleSet
from tests.rules.planned import AROUND, CARD, CONTEXT, NOW, TASK

AT = NOW - timedelta(days=4)
FIELDS = AROUND.replace("  event.text:", "  deal.sum: {type: money, from: planfix.task.sum}\n  event.text:")
NAMES = ("Зерно", "Зерно і ко", "Хліб")
LISTS = ("Договір", "Ініціалізація", "Виробництво")
STATES = ("none", "asked", "delivered", "received")
CLAUSES: list[dict[str, Any]] = [
    *({name: value} for name in ("deal.prepaid", "deal.talk_done") for value in (True, False, {"filled": True})),
    *({"deal.sum": {name: amount}} for name in ("over", "under", "at_least", "at_most") for amount in (5, 10.5, 20)),
    *({"deal.sum": {"between": pair}} for pair in ([5, 10], [10, 20])),
    *({"card.list": value} for value in (*LISTS, [*LISTS[:2]], {"is_not": LISTS[0]}, {"none_of": [*LISTS[1:]]})),
    *({"card.labels": {name: label}} for name in ("has", "lacks") for label in ("VIP", "Бриф")),
    *({"client.name": {name: "Зерно"}} for name in ("is", "is_not", "contains", "starts_with")),
    *({"client.name": {"like": pattern}} for pattern in ("Зерно*", "*ко", "*")),
    *({"client.manager": value} for value in ("olena", {"is_not": "olena"}, {"filled": False})),
    *({"brief.state": value} for value in ("asked", ["asked", "received"], {"is_not": "received"})),
    *({"brief.sent_at": value} for value in ({"after": "now"}, {"before": "now"}, {"older_than": "3d"})),
    *({"brief.sent_at": {name: at}} for name in ("before", "after") for at in ("2026-11-20", "2026-11-20 10:00")),
    *({"gate.start": value} for value in ("open", "closed", {"is_not": "closed"}, ["open", "closed"])),
]
ABOUT_THE_GATE = [clause for clause in CLAUSES if {"gate.start", "deal.prepaid", "deal.talk_done"} & clause.keys()]
"""The gate, and the facts that it looks at."""
SEEN: dict[str, list[Any]] = {
    "deal.prepaid": [True, False, None, NotKnown(TASK)],
    "deal.talk_done": [True, False, None, NotKnown(TASK)],
    "deal.sum": [*(Money(Decimal(sum_)) for sum_ in (0, 5, 8, 10, 15, 30)), None, NotKnown(TASK)],
    "card.list": [*LISTS, None, NotKnown(CARD)],
    "card.labels": [("VIP",), ("VIP", "Бриф"), None, NotKnown(CARD)],
    "client.name": [*NAMES, None, NotKnown("planfix.contact")],
    "client.manager": ["olena", "petro", None, NotKnown("planfix.contact")],
    "brief.state": [*STATES, None],
    "brief.sent_at": [AT, NOW, NOW + timedelta(days=2), None],
}
"""Facts as they may stand; what the bridge itself keeps is always known."""

FACTS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in SEEN.items()})


def grown(depth: int, clauses: list[dict[str, Any]] = CLAUSES) -> st.SearchStrategy[Any]:
    """A condition of these clauses as it is written, nested so deep at most."""
    clause = st.sampled_from(clauses)
    if depth == 0:
        return clause
    inside = st.lists(grown(depth - 1, clauses), min_size=1, max_size=3)
    return (
        clause | inside | st.builds(lambda kind, items: {kind: items}, st.sampled_from(["all", "any", "none"]), inside)
    )


CONDITIONS = grown(2)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=12
).filter(lambda words: not _NEVER.search(words))
LENGTHS = st.sampled_from(["2wd", "16wh", "3d", "90m", "1w", "2wd at 10:00", "-1wd"])
TRIGGERS = st.one_of(
    st.sampled_from(
        [
            {"card.moved": {"to": LISTS[2], "from": LISTS[0]}},
            {"card.moved": {}},
            {"card.created": LISTS[0]},
            {"card.archived": {}},
            {"card.restored": {}},
            {"talked": {}},
            {"label.added": "VIP"},
            {"label.removed": "Бриф"},
            {"deal.created": "planfix"},
            {"form.answered": "brief"},
            {"field.changed": "client.name"},
            {"delivered": "hello"},
            {"undelivered": "hello"},
            {"approved": "brief"},
            {"rejected": "hello"},
            {"document.ready": "brief"},
            {"bound": "telegram"},
            {"command": "/бриф"},
            {"schedule": {"every": "week", "day": "mon", "time": "9:30"}},
            {"schedule": {"every": "month", "day": 5, "calendar": "office"}},
            {"schedule": {"every": "day"}},
            {"silence": {"of": "brief.sent_at", "for": "75d", "protected_until": "brief.sent_at"}},
            {"source.blind": {"of": ["client.name"], "for": "2wh"}},
        ]
    ),
    st.builds(lambda words: {"button": words}, WORDS),
    st.builds(lambda words: {"message": {"contains": words}}, WORDS),
    st.builds(lambda tree: {"becomes": tree}, CONDITIONS),
)
SIMPLE_ACTIONS = st.one_of(
    st.sampled_from(
        [
            {"send": "hello", "to": "client"},
            {"send": "nearly", "to": "pm", "approve": "head", "with": {"gate": "start"}},
            {"set": {"client.state": "active", "brief.sent_at": "now"}},
            {"set": {"client.site": None}},
            {"set": {"client.site": "a: b"}},
            {"fill": {"from": "form", "map": "brief-map"}},
            {"create": {"card": {"list": LISTS[0], "name": "{{ client.name }}"}}},
            {"move": "back"},
            {"move": LISTS[1], "id": "on"},
            {"comment": {"template": "because", "gate": "start"}},
            {"label.add": "VIP"},
            {"label.remove": "VIP"},
            {"task": {"title": "Подзвонити", "for": "pm", "due": "1wd"}},
            {"document": {"template": "brief", "name": "{{ client.name }}: бриф"}},
            {"attach": {"document": "brief", "to": ["trello", "planfix"]}},
            {"checklist": {"template": "launch", "title": "Запуск", "for": "pm", "not": "client.manager"}},
            {"assign": {"client.manager": "fair-choice"}},
        ]
    ),
    st.builds(lambda words: {"comment": words.replace("{", "(")}, WORDS),
    st.builds(lambda words: {"send": "stage", "to": "pm", "with": {"stage.title": words}}, WORDS),
)
ACTIONS = st.lists(
    SIMPLE_ACTIONS
    | st.builds(
        lambda actions: {"propose": {"to": "head", "template": "hello", "postpone": "1d", "on_approve": actions}},
        st.lists(SIMPLE_ACTIONS, min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(
    st.fixed_dictionaries({"after": LENGTHS, "then": ACTIONS}, optional={"id": st.sampled_from(["a1", "Б-2", "x.y"])}),
    min_size=1,
    max_size=2,
    unique_by=lambda step: step.get("id"),
)
STEPS_LATER = STEPS.map(lambda steps: [{**step, "after": str(step["after"]).removeprefix("-")} for step in steps])
"""Steps of a rule without a date that they count from: none of them comes before its event."""
_MAY_HAVE: dict[str, st.SearchStrategy[Any]] = {
    "name": WORDS,
    "enabled": st.sampled_from([True, False, "shadow"]),
    "also_own": st.booleans(),
    "if": CONDITIONS,
    "per": st.sampled_from(["client", "deal", "task", "invoice"]),
    "repeat": st.sampled_from(["each", "once", {"not_within": "1h"}]),
    "if_running": st.sampled_from(["keep", "restart", "stack"]),
    "from": st.just("brief.sent_at"),
    "unless": CONDITIONS,
    "pause_while": CONDITIONS,
    "expect": st.sampled_from(["every 5wd", "every 7d"]),
    "guard": st.booleans(),
    "override": st.just({"role": "head", "command": "/пропустити"}),
}
EVERY_KEY = {*_MAY_HAVE, "id", "when", "then", "steps", "catch_up", "else", "grace"}
"""The keys of a rule that are drawn."""


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """One entry of `rules:`, with any of its keys."""
    names = draw(st.sets(st.sampled_from(sorted(_MAY_HAVE))))
    made: dict[str, Any] = {"id": draw(st.sampled_from(["a", "on", "правило-1", "x.y"]))}
    made |= {name: draw(_MAY_HAVE[name]) for name in sorted(names)}
    made["when"] = draw(TRIGGERS | st.lists(TRIGGERS, min_size=1, max_size=2))
    kinds = draw(st.sampled_from(["then", "steps", "both"]))
    if kinds != "steps":
        made["then"] = draw(ACTIONS)
    if kinds != "then":
        made["steps"] = draw(STEPS if "from" in made else STEPS_LATER)
        made["catch_up"] = draw(st.sampled_from(["late", "skip", "ask"]))
    if "if" in made and draw(st.booleans()):
        made["else"] = draw(ACTIONS)
    if made.get("guard"):
        made["grace"] = "30m"
    named: dict[str, Any] = _each_name_once(made, set())
    return named


def _each_name_once(value: Any, used: set[str]) -> Any:
    """The same with an action's `id` only where it is first: a rule may not have it twice."""
    if isinstance(value, list):
        return [_each_name_once(item, used) for item in value]
    if not isinstance(value, dict):
        return value
    again = "move" in value and value.get("id") in used
    used.update({value["id"]} if "move" in value and "id" in value else ())
    return {name: _each_name_once(item, used) for name, item in value.items() if not (again and name == "id")}


def read_set(entries: list[dict[str, Any]]) -> RuleSet:
    """The agency with these rules. JSON is YAML, too."""
    written = f"rules: {json.dumps(entries, ensure_ascii=False)}"
    read = load_rules([("around.yaml", FIELDS.encode()), ("rules.yaml", written.encode())], CONTEXT)
    assert read.ruleset is not None, "\n".join([written, *map(str, read.findings)])
    return read.ruleset


def read_rule(written: str) -> Rule:
    """The rule of that entry, whatever the checks of the whole set would say of it: it need not make sense."""
    [entry] = read("rule.yaml", written.encode()).data
    return rule_of(RuleEntry.model_validate(entry, context=_NAMES), Position("rule.yaml"))


_NAMES = load_rules([("around.yaml", FIELDS.encode())], CONTEXT).names


def with_gate(facts: Mapping[str, Value | NotKnown]) -> dict[str, Value | NotKnown]:
    """The facts, with what they make of the gate: `start` needs the talk and the prepayment."""
    needs = [facts["deal.talk_done"], facts["deal.prepaid"]]
    unread = [need for need in needs if isinstance(need, NotKnown)]
    shut = any(need in (False, None) for need in needs)
    return {**facts, "gate.start": "closed" if shut else unread[0] if unread else "open"}


def known_only(facts: dict[str, Value | NotKnown]) -> dict[str, Value | NotKnown]:
    """The facts that were read."""
    return {name: value for name, value in facts.items() if not isinstance(value, NotKnown)}
