"""Partial responses: what the `fields` parameter leaves of an answer.

https://developers.google.com/workspace/sheets/api/guides/field-masks
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.google.errors import invalid

Mask = dict[str, "Mask"]


def select(value: Any, fields: str) -> Any:
    """The part of `value` that `fields` names; all of it for "" or "*". Raises the API's 400 for a broken mask."""
    if not fields:
        return value
    tokens = re.findall(r"[\w*]+|[,./()]", fields)
    if "".join(tokens) != re.sub(r"\s+", "", fields):
        raise _broken(fields)
    mask, rest = _parse(tokens, fields)
    if rest:
        raise _broken(fields)
    return _cut(value, mask)


def _parse(tokens: list[str], fields: str) -> tuple[Mask, list[str]]:
    """Read `a,b.c,d(e,f)` up to the end or a closing bracket."""
    mask: Mask = {}
    while True:
        inner = mask
        while True:
            if not tokens or not re.fullmatch(r"[\w*]+", tokens[0]):
                raise _broken(fields)
            inner = inner.setdefault(tokens[0], {})
            tokens = tokens[1:]
            if tokens[:1] not in (["."], ["/"]):
                break
            tokens = tokens[1:]
        if tokens[:1] == ["("]:
            found, tokens = _parse(tokens[1:], fields)
            inner.update(found)
            if tokens[:1] != [")"]:
                raise _broken(fields)
            tokens = tokens[1:]
        if tokens[:1] != [","]:
            return mask, tokens
        tokens = tokens[1:]


def _cut(value: Any, mask: Mask) -> Any:
    if not mask:
        return value
    if isinstance(value, list):
        return [_cut(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    if "*" in mask:
        return {name: _cut(member, mask["*"]) for name, member in value.items()}
    return {name: _cut(member, mask[name]) for name, member in value.items() if name in mask}


def _broken(fields: str) -> Exception:
    return invalid(f"Request contains an invalid argument: fields={fields}")
