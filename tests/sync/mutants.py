"""Faults put into the merge on purpose. `python -m tests.sync.mutants` tells after how many sequences each is found.

Each replaces one or two functions in memory for the time of a block; the code on disk stays as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from bridge.engine import earlier, observe, outbox, syncing
from bridge.model import merging
from bridge.model.canonical import Customs
from bridge.model.decisions import WriteFields
from bridge.model.deliveries import Delivery
from bridge.model.fields import FieldSpec
from bridge.model.merging import Agreed, Brought, Side, Verdict
from bridge.model.values import Plain
from bridge.store import statements as q
from bridge.store.agreed import Agreements
from connectors.trello import mapping
from tests.sync.invariants import RAISED
from tests.sync.seeds import run_seed


@contextmanager
def base_not_moved() -> Iterator[None]:
    """What was agreed upon first stays the base, whatever is agreed upon later."""
    brought, agree = Agreements.brought, Agreements.agree

    def not_brought(self: Agreements, one: Brought) -> None:
        brought(self, replace(one, overtaken=True))

    def not_agreed(self: Agreements, found: Sequence[Agreed]) -> None:
        named = [{"workspace": self._workspace, "ref": one.ref, "field": one.field} for one in found]
        known = [self._c.execute(q.AGREED, given).first() for given in named]
        agree(self, [one for one, row in zip(found, known, strict=True) if row is None or not row.based])

    with mock.patch.object(Agreements, "brought", not_brought), mock.patch.object(Agreements, "agree", not_agreed):
        yield


@contextmanager
def last_write_wins() -> Iterator[None]:
    """Of two values the one wins whose thing was changed last, and the other is gone."""

    def mutant(spec: FieldSpec, sides: Sequence[Side]) -> Verdict:
        verdict = merging.merge(spec, sides)
        if verdict.clash is None or verdict.clash.kept is None:
            return verdict
        newest = max(sides, key=lambda side: side.at or datetime.min.replace(tzinfo=UTC))
        write = tuple(side for side in sides if side.value != newest.value)
        return Verdict(newest.value, newest, write)

    with mock.patch.object(syncing, "merge", mutant):
        yield


@contextmanager
def conflict_not_recorded() -> Iterator[None]:
    """The owner wins, and nobody keeps what lost."""
    with mock.patch.object(Agreements, "note"):
        yield


@contextmanager
def absent_taken_for_empty() -> Iterator[None]:
    """A custom field that a board does not have counts as one that somebody has emptied."""
    custom = mapping._custom

    def mutant(card: Any, names: Any, given: Any) -> tuple[dict[str, Plain], frozenset[str]]:
        found, _unknown = custom(card, names, given)
        return {**dict.fromkeys(given.fields), **found}, frozenset()

    with mock.patch.object(mapping, "_custom", mutant):
        yield


@contextmanager
def echo_compared_as_written() -> Iterator[None]:
    """Two values are the same only when they are written the same."""

    def as_it_is(_spec: FieldSpec, plain: Plain, _customs: Customs, _system: str = "") -> Plain:
        return plain

    def as_written(_spec: FieldSpec, one: Plain, other: Plain, _customs: Customs) -> bool:
        return one == other

    with (
        mock.patch.object(syncing, "canonical", as_it_is),
        mock.patch.object(observe, "same", as_written),
        mock.patch.object(earlier, "same", as_written),
    ):
        yield


@contextmanager
def base_not_sent() -> Iterator[None]:
    """A connector is not told what stood there when a write was decided."""
    as_delivery = outbox._as_delivery

    def mutant(row: Any, ready: Any) -> Delivery:
        delivery = as_delivery(row, ready)
        decision = delivery.decision
        return replace(delivery, decision=replace(decision, base={})) if isinstance(decision, WriteFields) else delivery

    with mock.patch.object(outbox, "_as_delivery", mutant):
        yield


@contextmanager
def late_list_believed() -> Iterator[None]:
    """What a list shows counts, however far it runs behind."""
    with (
        mock.patch.object(syncing._Fact, "_unsure_since", return_value=None),
        mock.patch.object(observe._Observation, "_is_from_before", return_value=False),
        mock.patch.object(observe._Observation, "_is_an_older_one", return_value=False),
    ):
        yield


@contextmanager
def key_without_round() -> Iterator[None]:
    """A value that comes a second time is the same write as the first time."""
    parse = syncing._Fact._want

    def mutant(self: Any, side: Side, wanted: WriteFields | None, local: str, found: Any) -> None:
        agreed: Mapping[tuple[str, str], Agreed] = self._state.agreed
        flat = {key: replace(one, round=0) for key, one in agreed.items()}
        self._state = replace(self._state, agreed=flat)
        parse(self, side, wanted, local, found)

    with mock.patch.object(syncing._Fact, "_want", mutant):
        yield


MUTANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "base not moved after an agreement": base_not_moved,
    "the last write wins": last_write_wins,
    "conflict not recorded": conflict_not_recorded,
    "absent taken for empty": absent_taken_for_empty,
    "echo compared without its canonical form": echo_compared_as_written,
    "base not sent with the write": base_not_sent,
    "stale list of Planfix accepted": late_list_believed,
    "key without its round": key_without_round,
}


@dataclass(frozen=True)
class Found:
    """After how many sequences a fault showed, in which one, and in which invariants. `seed` is 0 when it did not."""

    mutant: str
    sequences: int
    seed: int = 0
    invariants: tuple[str, ...] = ()


def hunt(mutant: str, limit: int, first: int = 1) -> Found:
    """Runs sequences with the fault in until an invariant breaks that holds in the same one without it."""
    for seed in range(first, first + limit):
        with MUTANTS[mutant]():
            result = run_seed(seed)
        if any(one.invariant == RAISED for one in result.broken):
            raise AssertionError(f"{mutant}: {result.broken[0]}")  # the mutant does not fit the engine any more
        if result.broken and not run_seed(seed).broken:
            return Found(mutant, seed - first + 1, seed, tuple(dict.fromkeys(one.invariant for one in result.broken)))
    return Found(mutant, limit)


def main() -> int:
    """Prints the table. 1 when a fault was not found. `ONLY` names one of them, `SEQUENCES` how many to try."""
    limit = int(os.environ.get("SEQUENCES") or 400)
    missed = 0
    print("| fault put in on purpose | found in sequence | by the invariants |\n|---|---|---|")
    for name in (name for name in MUTANTS if os.environ.get("ONLY", "") in name):
        found = hunt(name, limit)
        missed += not found.seed
        print(f"| {name} | {found.seed or f'not within {limit}'} | {'; '.join(found.invariants)} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
