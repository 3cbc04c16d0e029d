"""A loaded rule as YAML again: whole, also when a blueprint made it, with what it leaves out left out.

Reading what was printed gives the same rule: the property that tests/rules/test_printing.py asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rules.actions.action import Action
from rules.actions.people import Send
from rules.conditions import Clause, Condition, Group
from rules.flaws import Params
from rules.lengths import Length
from rules.registry import keys_of
from rules.ruleset import Rule, Step
from rules.texts import Template
from rules.triggers import Trigger

Tree = Any
"""Dicts, lists, texts, numbers, flags and None, as `rules.reader` gives them; numbers may be Decimal."""

_OWN_ID = re.compile(r"[\w.-]+\Z")
"""An id that a person wrote: those made from the content have a slash."""
_PLAIN = re.compile(r"(?:[^\W\d_](?:[\w./-]|(?<=[\w./-]) (?=[\w./-]))*|[0-9]{1,5}(?:wd|wh|w|d|h|m))\Z")
"""Texts that need no quotes: words with single spaces between them, and lengths. Quotes are never wrong."""
_NO_TEXT = frozenset({"true", "false", "null", "on", "off", "yes", "no", "y", "n"})
_ESCAPED = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff\ufffe\uffff]"
)
_WIDE = 100
_LONG_NUMBER = 15
"""Digits past which the reader takes a whole number for a text."""


def printed(rule: Rule) -> str:
    """The rule as an entry of `rules:`, from its dash on."""
    return "\n".join(_block([tree_of(rule)])) + "\n"


def tree_of(rule: Rule) -> dict[str, Tree]:
    """The rule as the reader would give it, without what is so by itself."""
    made: dict[str, Tree] = {
        "id": rule.id,
        "name": rule.name if rule.name != rule.id else "",
        "enabled": {"true": None, "false": False}.get(rule.enabled, rule.enabled),
        "guard": rule.guard or None,
        "when": _one_or_more([trigger_tree(one) for one in rule.when]),
        "also_own": rule.also_own or None,
        "if": _condition(rule.condition),
        "per": rule.per,
        "repeat": _repeat(rule.repeat),
        "if_running": rule.if_running if rule.if_running != "keep" else "",
        "from": rule.starts_from,
        "unless": _condition(rule.unless),
        "pause_while": _condition(rule.pause_while),
        "catch_up": rule.catch_up if rule.catch_up != "late" else "",
        "expect": f"every {rule.expect}" if rule.expect is not None else "",
        "override": {"role": rule.override.role, "command": rule.override.command} if rule.override else None,
        "grace": str(rule.grace) if rule.grace is not None else "",
        "then": [action_tree(one) for one in rule.then],
        "else": [action_tree(one) for one in rule.otherwise],
        "steps": [_step(one) for one in rule.steps],
    }
    return {key: value for key, value in made.items() if value not in (None, "", [])}


def trigger_tree(trigger: Trigger) -> dict[str, Tree]:
    """One entry of `when:`."""
    keys = _keys(trigger)
    if trigger.whole or (list(keys) == [trigger.short] and not isinstance(keys[trigger.short], dict)):
        return {trigger.kind: keys[trigger.short]}
    return {trigger.kind: keys}


def action_tree(action: Action) -> dict[str, Tree]:
    """One entry of `then:`."""
    keys = _keys(action)
    if isinstance(action, Send) and action.each:
        keys["to"] = {"each": action.each}
    own = {"id": keys.pop("id")} if "id" in keys and _OWN_ID.match(action.id) else {}
    keys.pop("id", None)
    return {**own, **keys}


def condition_tree(node: Clause | Group) -> Tree:
    """A condition, or a part of one. A group of all is a list."""
    if isinstance(node, Clause):
        return {node.field: _compared(node)}
    inside = [condition_tree(item) for item in node.inside]
    if node.kind == "all":
        return inside
    return {"not": inside[0]} if node.kind == "none" and len(inside) == 1 else {node.kind: inside}


def _compared(clause: Clause) -> Tree:
    constant = _value(clause.constant)
    return constant if clause.operator in ("is", "has", "one_of") else {clause.operator: constant}


def _condition(condition: Condition | None) -> Tree:
    return None if condition is None else condition_tree(condition.root)


def _repeat(repeat: str | Length) -> Tree:
    if isinstance(repeat, Length):
        return {"not_within": str(repeat)}
    return repeat if repeat != "each" else ""


def _step(step: Step) -> dict[str, Tree]:
    own = {"id": step.id} if _OWN_ID.match(step.id) else {}
    return {**own, "after": str(step.after), "then": [action_tree(one) for one in step.then]}


def _one_or_more(trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else trees


def _keys(params: Params) -> dict[str, Tree]:
    """The keys of an element as rules write them, without those that are what they are by themselves."""
    names = {item.alias or name: name for name, item in type(params).model_fields.items()}
    values = {key: (getattr(params, names[key]), item) for key, item in keys_of(type(params)).items()}
    return {
        key: _value(value)
        for key, (value, item) in values.items()
        if item.is_required() or value != item.get_default(call_default_factory=True)
    }


def _value(value: object) -> Tree:
    match value:
        case Condition():
            return condition_tree(value.root)
        case Action():
            return action_tree(value)
        case Params():
            return _keys(value)
        case Template():
            return value.source
        case Length():
            return str(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [_value(item) for item in value]
        case Mapping():
            return {key: _value(item) for key, item in value.items()}
    return value


# -- YAML -----------------------------------------------------------------------------------------------------------


def _block(tree: Tree) -> Iterator[str]:
    """A map or a list on lines of its own."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _entry(f"{_text(key)}:", value)
    else:
        for item in tree:
            first, *rest = [_flow(item)] if _fits(item, 2) else list(_block(item))
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)


def _entry(key: str, value: Tree) -> Iterator[str]:
    if _fits(value, len(key) + 1):
        yield f"{key} {_flow(value)}"
    else:
        yield key
        yield from (f"  {line}" for line in _block(value))


def _fits(tree: Tree, taken: int) -> bool:
    """Whether a value may stand on one line: scalars must, maps of one key may, and lists of what may."""
    if not isinstance(tree, Mapping | Sequence) or isinstance(tree, str) or not tree:
        return True
    simple = all(_is_simple(item) for item in (tree.values() if isinstance(tree, Mapping) else tree))
    return simple and len(_flow(tree)) + taken <= _WIDE and "id" not in tree


def _is_simple(tree: Tree) -> bool:
    if isinstance(tree, Mapping):
        return len(tree) <= 1 and all(_is_simple(value) for value in tree.values())
    return isinstance(tree, str) or not isinstance(tree, Sequence) or all(isinstance(item, str) for item in tree)


def _flow(tree: Tree) -> str:
    """A value on one line."""
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flow(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, str):
        return _text(tree)
    if isinstance(tree, Sequence):
        return "[" + ", ".join(_flow(item) for item in tree) + "]"
    return _scalar(tree)


def _scalar(value: bool | int | float | Decimal | None) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    digits = f"{Decimal(str(value)):f}"
    return f"{digits}.0" if "." not in digits and len(digits.lstrip("-")) > _LONG_NUMBER else digits


def _text(text: str) -> str:
    if _PLAIN.match(text) and text.casefold() not in _NO_TEXT:
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _ESCAPED.sub(lambda odd: _escape(odd[0]), quoted) + '"'


def _escape(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t"}.get(character, f"\\u{ord(character):04x}")
