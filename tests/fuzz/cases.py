"""One case from a seed and a number: what is read, and what has to come of it."""

from __future__ import annotations

import difflib
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from bridge.cli.output import spoken
from bridge.model.errors import ConfigError
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Finding
from bridge.model.values import Money, NotKnown
from rules.calendar_entries import parse_calendar
from rules.conditions import read_condition
from rules.flaws import Flawed
from rules.lengths import parse_length
from rules.load import load_rules
from rules.markups import MARKUPS
from rules.nearest import nearest
from rules.printing import printed
from rules.reader import read
from rules.telling import tell_rule
from rules.texts import read_text
from tests.fuzz.slips import as_yaml, in_branches, in_bytes, in_lines, in_words
from tests.rules.planned import AROUND, CONTEXT

PACK = Path(__file__).parents[2] / "config"
EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SMALL = """\
rules:
  - id: brief
    name: Бриф
    when: [{button: go}, {label.added: Бриф}, {becomes: {brief.state: received}}]
    if: {all: [{client.chat: {filled: true}}, {any: [{brief.state: {is_not: received}}, {deal.prepaid: true}]}]}
    per: deal
    repeat: {not_within: 1h}
    unless: {brief.state: received}
    pause_while: {client.state: lead}
    steps:
      - {id: first, after: 2wd at 10:00, then: [{send: hello, to: client}]}
      - {after: 16wh, then: [{task: {title: "Подзвонити: {{ client.name|upper }}", for: pm, due: 1wd}}]}
    then: [{set: {brief.state: asked}}, {send: ready, to: client, with: {gate: start}}, {comment: {template: because}}]
    else: [{propose: {to: head, template: hello, buttons: [], on_approve: [{label.add: VIP}]}}]
  - id: gate
    when: {card.moved: {to: Виробництво}}
    if: {gate.start: closed}
    guard: true
    grace: 30m
    per: deal
    override: {role: head, command: /пропустити}
    then: [{move: back}]
  - {id: weekly, when: {schedule: {every: week, day: mon, time: "09:30"}}, then: [{send: days, to: head}]}
"""
TEXTS = (
    "Вітаю, {{ client.name|bold }}! {% if deal.sum %}{{ deal.sum|money }}{% else %}—{% endif %}",
    "{% for need in gate.missing %}\n- {{ need.say }} ({{ need.who|default('?') }})"
    "{% if not loop.last %}, {% endif %}\n{% endfor %}",
    "{{ step.days|num('день|дні|днів|дня') }} до {{ brief.sent_at|date }}, "
    "{{ brief.sent_at|day }} {{ brief.sent_at|time }}",
    "{% for one in card.labels|sort|limit(2) %}{{ one|lower }} {{ loop.index }}{% endfor %}"
    "{{ card.labels|join(', ') }}",
    "{{ client.site|link('сайт') }} {{ client.name|title if deal.prepaid else client.name|limit(7)|upper }}",
    "{% if deal.sum and client.name == 'x' or brief.state in ['asked', 'none'] %}{{ deal.count|number }}{% endif %}",
)
_FIELDS = {
    spec.key: spec
    for spec in (
        FieldSpec("client.name", FieldType.TEXT, "x"),
        FieldSpec("client.site", FieldType.TEXT, "x"),
        FieldSpec("client.manager", FieldType.PERSON, "x"),
        FieldSpec("deal.sum", FieldType.MONEY, "x"),
        FieldSpec("deal.count", FieldType.NUMBER, "x"),
        FieldSpec("deal.prepaid", FieldType.FLAG, "x"),
        FieldSpec("deal.due", FieldType.DATE, "x"),
        FieldSpec("deal.pause", FieldType.LENGTH, "x"),
        FieldSpec("deal.parts", FieldType.LIST, "x"),
        FieldSpec("brief.sent_at", FieldType.MOMENT, "x"),
        FieldSpec("brief.state", FieldType.CHOICE, "x", choices=("none", "asked", "received")),
        FieldSpec("card.labels", FieldType.SET, "x", choices=("VIP", "Бриф", "Терміново")),
    )
}
_VALUES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.TEXT: (
        "Зерно",
        "<b>*_`x`_*</b> @all [a](b)",
        "https://example.test/?a=1&b=2",
        "",
        "ж" * 5000,
        "\u202e\0x",
    ),
    FieldType.PERSON: ("olena",),
    FieldType.MONEY: (Money(Decimal(10)), Money(Decimal("-0.005"), "EUR"), Money(Decimal("1e20"), "USD")),
    FieldType.NUMBER: (Decimal(0), Decimal("1.5"), Decimal("1e25"), 21, -1),
    FieldType.FLAG: (True, False),
    FieldType.DATE: (NOW.date(), NOW.date() - timedelta(days=900)),
    FieldType.LENGTH: ("75d",),
    FieldType.LIST: (("a", "b"), tuple("abcdefghij") * 300),
    FieldType.MOMENT: (NOW, NOW - timedelta(days=4), NOW + timedelta(days=3000)),
    FieldType.CHOICE: ("none", "asked"),
    FieldType.SET: (("VIP",), ("VIP", "Бриф")),
}
_EVERYTHING = replace(CONTEXT, people=frozenset({"olena", "petro"}), checklists=frozenset({"launch"}))
_FREE = ("gate.missing", "gate.name", "step.days", "why")
LENGTHS = (
    "2wd",
    "16wh",
    "3d",
    "2w",
    "36h",
    "90m",
    "2wd at 10:00",
    "-1wd",
    "0wd",
    "0wh",
    "99999wd",
    "-99999wh",
    "99999w",
)
CALENDAR: Mapping[str, Any] = {
    "zone": "Europe/Kyiv",
    "week": {"mon-thu": "09:00-13:00, 14:00-18:00", "fri": "09:00-16:30"},
    "dates": {"2026-12-25": "closed", "2026-12-24": "09:00-13:00", "2026-12-19": "10:00-15:00"},
}
CONDITION: Sequence[Any] = (
    {
        "all": [
            {"deal.sum": {"over": 5, "at_most": 20}},
            {"any": [{"brief.state": ["asked", "none"]}, {"deal.prepaid": True}]},
        ]
    },
    {"none": [{"card.labels": {"has": "VIP", "lacks": "Бриф"}}, {"client.name": {"like": "*зе*но*", "contains": "е"}}]},
    {"not": {"brief.sent_at": {"older_than": "3d", "before": "now"}}, "deal.due": {"after": "2026-11-20"}},
    [{"client.manager": {"is_not": "olena"}}, {"deal.count": {"between": [1, 5.5]}}, {"deal.parts": {"filled": False}}],
    {"any": [{"brief.sent_at": {"after": "2026-11-20 10:00"}}, {"client.site": {"starts_with": "https"}}]},
)


@dataclass(frozen=True)
class Case:
    """What is read. `check` raises what must not come of it; `shown` is what to look at, the difference for a file."""

    kind: str
    shown: str
    check: Callable[[], None]


def case(seed: int, number: int) -> Case:
    """The case of that number: the same for ever while the files it starts from are the same."""
    dice = random.Random(f"{seed}:{number}")
    kinds = (
        _small_file,
        _small_file,
        _small_file,
        _text,
        _text,
        _text,
        _condition,
        _condition,
        _length,
        _bytes,
        _whole_set,
    )
    return dice.choice(kinds)(dice)


def _small_file(dice: random.Random) -> Case:
    """The small agency of the tests with two rules, either file slipped."""
    which = dice.randrange(2)
    files = [AROUND, SMALL]
    slipped = _slipped(dice, files[which].encode(), [one.encode() for one in files])
    blobs = [slipped if place == which else text.encode() for place, text in enumerate(files)]
    named = list(zip(("around.yaml", "rules.yaml"), blobs, strict=True))
    return Case("file", _difference(files[which].encode(), slipped), lambda: _read_set(named, _EVERYTHING))


def _whole_set(dice: random.Random) -> Case:
    """The default pack or the example, one file of it slipped."""
    files = dice.choice(_sets())
    which = dice.randrange(len(files))
    slipped = _slipped(dice, files[which][1], [blob for _, blob in files])
    named = [(name, slipped if place == which else blob) for place, (name, blob) in enumerate(files)]
    return Case("set", _difference(files[which][1], slipped), lambda: _read_set(named, None))


def _bytes(dice: random.Random) -> Case:
    """Any bytes at all, and files with a few of theirs changed."""
    files = [AROUND.encode(), SMALL.encode()]
    blob = dice.randbytes(dice.randint(0, 300)) if dice.random() < 0.3 else in_bytes(dice, dice.choice(files), files)
    return Case("bytes", repr(blob[:4000]), lambda: _read_alone(blob))


def _text(dice: random.Random) -> Case:
    """A text for people, and where it is accepted, what it gives for odd values in every markup."""
    source = in_words(dice, dice.choice(TEXTS))
    if dice.random() < 0.3:
        source = in_words(dice, source + dice.choice(TEXTS))
    language = dice.choice(["uk", "ru", "en"])
    values = _nested(
        {key: dice.choice([None, NotKnown("x"), *_VALUES[spec.type] * 2]) for key, spec in _FIELDS.items()}
    )
    needs = dice.choice([[], [{"say": "бриф", "owed_by": "pm", "who": None}] * dice.choice([1, 3, 2000])])
    values |= {"gate": {"missing": needs, "name": "x"}, "step": {"days": dice.choice([0, 1, 5, None])}, "why": "x"}
    return Case("text", f"{language} {source!r}", lambda: _read_and_render(source, language, values))


def _condition(dice: random.Random) -> Case:
    """A condition, and where it is accepted, its answer, its tree and the smallest change."""
    tree = in_branches(dice, dice.choice(CONDITION), CONDITION)
    facts = {key: dice.choice([None, NotKnown("x"), *_VALUES[spec.type]]) for key, spec in _FIELDS.items()}
    return Case("condition", f"{tree!r}\n{facts!r}"[:4000], lambda: _read_and_ask(tree, facts))


def _length(dice: random.Random) -> Case:
    """A length and a calendar, either slipped, and where both are accepted, what it comes to."""
    written = in_words(dice, dice.choice(LENGTHS)) if dice.random() < 0.7 else dice.choice(LENGTHS)
    calendar = in_branches(dice, CALENDAR, [CALENDAR]) if dice.random() < 0.7 else CALENDAR
    start = NOW + timedelta(minutes=dice.randint(-3_000_000, 3_000_000))
    return Case("length", f"{written!r} from {start} in {calendar!r}"[:4000], lambda: _count(written, calendar, start))


def _slipped(dice: random.Random, blob: bytes, others: Sequence[bytes]) -> bytes:
    match dice.randrange(5):
        case 0:
            return in_bytes(dice, blob, others)
        case 1 | 2:
            return in_lines(dice, blob.decode(), [other.decode() for other in others]).encode(errors="surrogatepass")
        case _:
            trees = [_tree(other) for other in others]
            return as_yaml(in_branches(dice, _tree(blob), trees)).encode(errors="surrogatepass")


@cache
def _tree(blob: bytes) -> Any:
    return read("a.yaml", blob).data


@cache
def _sets() -> list[list[tuple[str, bytes]]]:
    pack = [(file.name, file.read_bytes()) for file in sorted((PACK / "rules").glob("*.yaml"))]
    return [pack, *([[(Path(EXAMPLE).name, Path(EXAMPLE).read_bytes())]] if EXAMPLE else [])]


def _difference(before: bytes, after: bytes) -> str:
    """The lines that differ, from the file as it is or from it as a tree: whichever says less."""
    now = after.decode("utf-8", "backslashreplace").split("\n")
    each = (before.decode().split("\n"), as_yaml(_tree(before)).split("\n"))
    told = ("\n".join(difflib.unified_diff(was, now, lineterm="", n=1)) for was in each)
    return min(told, key=len)[:20_000]


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in values.items():
        head, _, tail = key.partition(".")
        made.setdefault(head, {})[tail] = value
    return made


# -- what has to come of it --------------------------------------------------------------------------------------------


def _read_set(files: list[tuple[str, bytes]], context: Any) -> None:
    """Findings with places, in every language; or a set of which every rule can be told and printed."""
    loaded = load_rules(files, context)
    _told(loaded.findings)
    if loaded.ruleset is None:
        assert loaded.findings, "refused without a word"
        return
    for rule in loaded.ruleset.rules:
        for language in ("uk", "ru", "en"):
            assert tell_rule(rule, loaded.ruleset, language)
        read("printed.yaml", printed(rule).encode())


def _read_alone(blob: bytes) -> None:
    try:
        read("a.yaml", blob)
    except ConfigError as error:
        _told(list(error.findings))


def _read_and_render(source: str, language: str, values: Mapping[str, Any]) -> None:
    try:
        text = read_text(source, language, _FIELDS, _FREE)
    except Flawed as error:
        _explained(*(flaw.what for flaw in error.flaws))
        return
    for markup in sorted(MARKUPS):
        text.render(values, markup, "Europe/Kyiv")


def _read_and_ask(tree: Any, facts: Mapping[str, Any]) -> None:
    try:
        condition = read_condition(tree, _FIELDS, ("start",), "Europe/Kyiv")
    except Flawed as error:
        _explained(*(flaw.what for flaw in error.flaws))
        return
    lookup = {"gate.start": NotKnown("x"), **facts}.__getitem__
    seen = condition.evaluate(lookup, NOW)
    assert condition.tree(seen.true_mask, seen.unknown_mask, lookup)
    turns = condition.next_change(lookup, NOW)
    assert turns is None or turns > NOW
    changes = nearest(condition, seen.true_mask, seen.unknown_mask, NOW)
    changed = {**facts, "gate.start": NotKnown("x"), **{one.field: one.example(NOW) for one in changes or ()}}
    assert changes is None or condition.evaluate(changed.__getitem__, NOW).answer is True


def _count(written: str, entry: Any, start: datetime) -> None:
    try:
        calendar = parse_calendar("office", entry, {"office": entry})
        length = parse_length(written)
    except (Flawed, ValueError) as error:
        _explained(error)
        return
    try:
        due = calendar.add(start, length)
    except OverflowError as error:
        _explained(error)
        return
    assert due.tzinfo is not None
    assert parse_length(str(length)) == length
    if length.at is None and length.count > 0:
        assert due >= start


def _explained(*said: object) -> None:
    """Nothing is refused without a word."""
    assert said
    assert all(str(one) for one in said)


def _told(findings: list[Finding]) -> None:
    for finding in findings:
        assert finding.where.line >= 1
        assert finding.where.column >= 1
        for language in ("uk", "ru", "en"):
            assert spoken(finding.what, language)
            spoken(finding.advice, language)
        assert str(finding)
