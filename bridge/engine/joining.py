"""Several deliveries in one call: what piled up is said in one message, the facts of one thing are written at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.engine.context import Context
from bridge.engine.readiness import NotNow, Ready
from bridge.engine.renewing import afresh
from bridge.model.decisions import BETWEEN, Decision, SendMessage, WriteFields
from bridge.model.deliveries import Receipt
from bridge.model.values import Plain, utf16_units
from bridge.store import Store
from bridge.store.rows import Row

_PILED_UP = timedelta(minutes=10)
"""What a client's messages have waited for when they go as one: a night, a weekend, a stop; never two quick answers."""
_LIST_FROM = 3
"""So many messages to colleagues in one chat make a list."""
_LONGEST_TEXT = 3500
"""In UTF-16 units, markup and all: Telegram takes 4,096 after its markup is read. A longer text goes by itself."""
_BY_FIELD = ("holds", "overtaken")
"""What a receipt tells field by field."""

Along = list[tuple[Row, Ready]]


class Joining:
    """Finds what goes along with a delivery. Order is kept: the first that cannot go along ends it.

    `made_ready` says whether a delivery may go now, and as what.
    """

    def __init__(self, store: Store, made_ready: Callable[[Row, Context, datetime], Ready | NotNow]) -> None:
        self._store = store
        self._made_ready = made_ready

    def along(self, row: Row, ready: Ready, context: Context, now: datetime) -> Along:
        """What stands right behind a delivery in its lane and goes in the same call."""
        if row.doubt:
            return []
        if isinstance(ready.decision, WriteFields):
            return self._written(row, ready, ready.decision, context, now)
        return self._said(row, ready, context, now)

    def _written(self, row: Row, ready: Ready, first: WriteFields, context: Context, now: datetime) -> Along:
        """Other fields of the same thing. One that was tried before goes alone: something may be wrong with it."""
        along: Along = []
        names = set(first.values)
        for other in self._store.behind(row, now) if not (row.attempts or _is_list(first)) else ():
            wanted = other.decision
            if other.attempts or not isinstance(wanted, WriteFields) or _is_list(wanted):
                break
            if names & wanted.values.keys():
                break
            made = self._made_ready(other, context, now)
            if isinstance(made, NotNow) or (made.target, made.connector) != (ready.target, ready.connector):
                break
            names |= wanted.values.keys()
            along.append((other, made))
        return along

    def _said(self, row: Row, ready: Ready, context: Context, now: datetime) -> Along:
        """To a client what has piled up, to staff what would make a long row of messages."""
        if not _can_be_joined(ready.decision):
            return []
        to_client = isinstance(ready.decision, SendMessage) and ready.decision.to_client
        if to_client and not _piled_up(row, now):
            return []
        behind = self._store.behind(row, now)
        if not to_client and len(behind) < _LIST_FROM - 1 and not row.late:
            return []
        along: Along = []
        length = _units(ready.decision)
        for other in behind:
            if not _can_follow(other.decision) or (to_client and not _piled_up(other, now)):
                break
            other = replace(other, connector=row.connector)  # where the first goes by letter, so would this one
            said = self._made_ready(other, context, now)
            if not isinstance(said, NotNow) and isinstance(said.decision, SendMessage):
                said = replace(said, decision=afresh(said.decision))  # what goes first is the newest by then
            if isinstance(said, NotNow) or not _can_follow(said.decision) or said.target != ready.target:
                break
            length += len(BETWEEN) + _units(said.decision)
            if length > _LONGEST_TEXT or _chat_of(said.decision) != _chat_of(ready.decision):
                break
            along.append((other, said))
            if asks(said.decision):
                break  # the buttons stand under its own words
        return along


def together(decisions: Sequence[Decision]) -> Decision:
    """One decision for all: a message with their texts in order and the buttons of the last, or all their fields."""
    first = decisions[0]
    if isinstance(first, SendMessage) and len(decisions) > 1:
        said = [one for one in decisions if isinstance(one, SendMessage)]
        return replace(first, text=BETWEEN.join(one.text for one in said), buttons=said[-1].buttons)
    if isinstance(first, WriteFields):
        for one in decisions[1:]:
            if isinstance(one, WriteFields):
                values, because, base = {**first.values, **one.values}, {**first.because, **one.because}, one.base
                first = replace(first, values=values, because=because, base={**first.base, **base})
    return first


def asks(decision: Decision) -> bool:
    """Whether it is a message with buttons: they name its delivery, whatever else is said in front of it."""
    return isinstance(decision, SendMessage) and bool(decision.buttons)


def is_in_part(decision: Decision, receipt: Receipt) -> bool:
    """Whether some fields were not taken: nobody can tell whose, unless each is written alone."""
    return isinstance(decision, WriteFields) and bool(receipt.details.get("not_set"))


def part_of(receipt: Receipt, whole: Decision, decision: Decision) -> Receipt:
    """What a receipt for all tells of one of them: nothing of the fields that the others wrote."""
    if not isinstance(whole, WriteFields) or not isinstance(decision, WriteFields):
        return receipt
    others = whole.values.keys() - decision.values.keys()
    details: dict[str, Plain] = dict(receipt.details)
    for name in _BY_FIELD:
        told = details.get(name)
        if isinstance(told, Mapping):
            details[name] = {field: value for field, value in told.items() if field not in others}
    return replace(receipt, details=details)


def _can_be_joined(decision: Decision) -> bool:
    """Whether it is a message behind which others may be said: buttons belong to the last of them."""
    return _is_plain(decision) and not asks(decision)


def _can_follow(decision: Decision) -> bool:
    """Whether it may be said behind another one. What a client is asked stands alone: the rest counts for the day."""
    return _can_be_joined(decision) or (
        _is_plain(decision) and isinstance(decision, SendMessage) and not decision.to_client
    )


def _is_plain(decision: Decision) -> bool:
    """Whether it is words alone, in a message that is yet to come."""
    more = isinstance(decision, SendMessage) and (decision.parts or decision.document or decision.instead_of)
    return isinstance(decision, SendMessage) and bool(decision.text) and not more


def _is_list(wanted: WriteFields) -> bool:
    """Whether it is, or may be, of a list: another field may be a part of it, as the assignee of the assignees."""
    emptied = any(value is None and name not in wanted.base for name, value in wanted.values.items())
    return emptied or any(isinstance(one, list) for one in (*wanted.values.values(), *wanted.base.values()))


def _units(decision: Decision) -> int:
    return utf16_units(decision.text) if isinstance(decision, SendMessage) else 0


def _chat_of(decision: Decision) -> tuple[str, str]:
    return (decision.to, decision.chat) if isinstance(decision, SendMessage) else ("", "")


def _piled_up(row: Row, now: datetime) -> bool:
    return row.late or now - row.created_at >= _PILED_UP
