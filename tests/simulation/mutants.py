"""Faults put into the engine on purpose. `python -m tests.simulation.mutants` tells when each is found.

Each replaces one or two functions in memory for the time of a block; the code on disk stays as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from bridge.engine import mailing, outbox
from bridge.engine.binding import Binder
from bridge.engine.engine import Engine
from bridge.engine.observe import Taken, _Observation
from bridge.engine.outbox import Outbox
from bridge.engine.parting import in_parts
from bridge.engine.readiness import Readiness
from bridge.engine.telling import Teller
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.planning import Plan
from bridge.model.questions import Asked
from bridge.model.records import Page
from bridge.store import Store
from bridge.store.deliveries import Deliveries
from bridge.store.rows import Row
from rules import ids
from rules.facts import Facts
from rules.load import read_once
from rules.questions import Asking
from tests.simulation import bureau
from tests.simulation.seeds import RAISED, run_seed


@contextmanager
def confirm_before_send() -> Iterator[None]:
    """A delivery is written down as done together with its intent."""
    intend = Deliveries.intend

    def mutant(self: Deliveries, row: Row, **more: Any) -> Any:
        taken = intend(self, row, **more)
        if taken is not None:
            self.settle(row, State.CONFIRMED, now=more["now"], receipt=Receipt(more["now"]))
        return taken

    with mock.patch.object(Deliveries, "intend", mutant):
        yield


@contextmanager
def lease_ignored() -> Iterator[None]:
    """A claim takes what another worker holds."""
    claim_each = Deliveries.claim_each

    def mutant(self: Deliveries, now: datetime, lease: timedelta, *room: Mapping[str, int] | None) -> list[Row]:
        self.end_claims(now)
        return claim_each(self, now, lease, *room)  # type: ignore[arg-type]

    with mock.patch.object(Deliveries, "claim_each", mutant):
        yield


@contextmanager
def mark_not_looked_for() -> Iterator[None]:
    """An attempt whose outcome is open is repeated without looking for what it left."""
    deliver = Outbox.deliver

    def mutant(self: Outbox, row: Row, context: Any) -> Any:
        return deliver(self, replace(row, doubt=False), context)

    with mock.patch.object(Outbox, "deliver", mutant):
        yield


@contextmanager
def checkpoint_before_store() -> Iterator[None]:
    """The position is kept first, and what was read up to it afterwards."""
    take_in = Engine.take_in

    def mutant(self: Engine, name: str, page: Page, **more: Any) -> Taken:
        if page.cursor is not None:
            with self.store.intake(self.clock.now()) as intake:
                intake.checkpoint(name, page.cursor)
        return take_in(self, name, page, **more)

    with mock.patch.object(Engine, "take_in", mutant):
        yield


@contextmanager
def version_not_compared() -> Iterator[None]:
    """A plan is committed though its client moved while it was made."""
    commit_plan = Store.commit_plan

    def mutant(self: Store, plan: Plan, **more: Any) -> int:
        return commit_plan(self, replace(plan, version=self.load_client(plan.client).version), **more)

    with mock.patch.object(Store, "commit_plan", mutant):
        yield


@contextmanager
def key_from_position() -> Iterator[None]:
    """Steps and actions are named by where they stand in their rule."""
    unique = ids.Ids._unique

    def mutant(self: Any, explicit: str, derived: str, path: Any) -> str:
        return unique(self, explicit, ".".join(str(part) for part in path[2:]), path)

    with mock.patch.object(ids.Ids, "_unique", mutant):
        _read_anew()
        yield
    _read_anew()


def _read_anew() -> None:
    bureau.ruleset.cache_clear()
    read_once.cache_clear()


@contextmanager
def unless_not_reread() -> Iterator[None]:
    """What a reminder waits for is not asked once more before it goes."""
    still_true = Readiness._still_true

    def mutant(self: Readiness, row: Row, context: Any, now: datetime) -> Any:
        return still_true(self, replace(row, calls_off="", fresh_past=None), context, now)

    with mock.patch.object(Readiness, "_still_true", mutant):
        yield


@contextmanager
def freshness_not_asked() -> Iterator[None]:
    """What was read at any time counts as known now."""
    value = Facts.value

    def mutant(self: Facts, field: str, subject: str, *, past: Any = None, event: Any = None) -> Any:
        return value(self, field, subject, event=event)

    with mock.patch.object(Facts, "value", mutant):
        yield


@contextmanager
def echo_not_dropped() -> Iterator[None]:
    """What the bridge did comes back as what somebody did."""
    with (
        mock.patch.object(_Observation, "_is_echo", return_value=False),
        mock.patch.object(_Observation, "_told_move", return_value=False),
    ):
        yield


@contextmanager
def unknown_retried() -> Iterator[None]:
    """A message to a client whose outcome nobody knows is sent once more."""

    def mutant(self: Any, row: Row, ready: Any, context: Any) -> Any:
        return self._push([(row, ready)], context)

    def later(self: Any, row: Row, reason: str) -> Any:
        now = self._clock.now()
        self._store.settle(row, State.WAITING, now=now, reason=reason, next_at=now + timedelta(seconds=30))
        return ()

    with mock.patch.object(Outbox, "_cannot_tell", mutant), mock.patch.object(Outbox, "_unknown", later):
        yield


@contextmanager
def part_forgotten() -> Iterator[None]:
    """The intent of a further part names the one before it."""
    intend = Deliveries.intend

    def mutant(self: Deliveries, row: Row, **more: Any) -> Any:
        said = getattr(row.decision, "said", 0)
        if said:
            more["decision"] = {**more["decision"], "said": said - 1}
        return intend(self, row, **more)

    with mock.patch.object(Deliveries, "intend", mutant):
        yield


@contextmanager
def parts_of_a_letter() -> Iterator[None]:
    """A letter that was cut for a chat counts as a part of it."""
    with mock.patch.object(outbox, "in_parts", _cut):
        yield


def _cut(decision: Any, connector: Any) -> Any:
    made = in_parts(decision, connector)
    return replace(made, whole=False) if isinstance(made, SendMessage) and made.whole else made


@contextmanager
def silence_not_asked() -> Iterator[None]:
    """Whoever asked for no automatic messages gets them."""
    with mock.patch.object(Readiness, "_wants_silence", return_value=False):
        yield


@contextmanager
def hours_not_asked() -> Iterator[None]:
    """Clients are written to at any hour."""
    with mock.patch.object(Readiness, "_contact", lambda _self, _row, _context, now: now):
        yield


@contextmanager
def anybody_may_press() -> Iterator[None]:
    """A press counts whoever it is of."""
    press = Binder._press

    def mutant(self: Binder, happening: Any, event: Any) -> Any:
        mark, _, action = str(happening.data.get("data", "")).partition(":")
        notice = self._intake.delivery(mark)
        data = {"button": action, "delivery": mark}
        if notice is not None and notice.subject and notice.decision.to_client:  # type: ignore[attr-defined]
            return replace(event, kind="answer", subject=notice.subject, data=data)
        return press(self, happening, event)

    with mock.patch.object(Binder, "_press", mutant):
        yield


@contextmanager
def last_answer_counts() -> Iterator[None]:
    """A question that is answered takes another answer."""
    hear = Asking.hear

    def mutant(self: Asking, event: Any) -> Any:
        known = self._known.get(str(event.data.get("delivery") or ""))
        if known is not None and known.state is Asked.ANSWERED:
            self._known[known.id] = replace(known, state=Asked.OPEN, answer="")
        yield from hear(self, event)

    with mock.patch.object(Asking, "hear", mutant):
        yield


@contextmanager
def doubt_not_told() -> Iterator[None]:
    """Nobody hears of a message whose outcome is open."""
    troubled = Teller.troubled

    def mutant(self: Teller, trouble: Any) -> None:
        if trouble.state is not State.UNKNOWN:
            troubled(self, trouble)

    with mock.patch.object(Teller, "troubled", mutant):
        yield


@contextmanager
def return_not_heard() -> Iterator[None]:
    """A letter that came back tells nothing."""
    with mock.patch.object(mailing, "returned", return_value=None):
        yield


MUTANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "confirm before send": confirm_before_send,
    "lease ignored": lease_ignored,
    "mark not looked for": mark_not_looked_for,
    "checkpoint before store": checkpoint_before_store,
    "client version not compared before the planning commit": version_not_compared,
    "key from position": key_from_position,
    "`unless` not re-read at sending": unless_not_reread,
    "freshness not asked": freshness_not_asked,
    "echo not dropped": echo_not_dropped,
    "retry of an `unknown` client message": unknown_retried,
    "a part that is out is forgotten": part_forgotten,
    "a letter counts as one part": parts_of_a_letter,
    "silence not asked about": silence_not_asked,
    "contact hours not asked about": hours_not_asked,
    "anybody may press": anybody_may_press,
    "the last answer counts": last_answer_counts,
    "a doubt is not told": doubt_not_told,
    "a letter that came back tells nothing": return_not_heard,
}


@dataclass(frozen=True)
class Found:
    """After how many seeds a fault showed, and in which invariant. `seeds` is 0 when it did not."""

    mutant: str
    seeds: int
    invariant: str = ""


def hunt(mutant: str, limit: int, first: int = 1) -> Found:
    """Runs seeds with the fault in until an invariant breaks that holds in the same seed without it."""
    for seed in range(first, first + limit):
        with MUTANTS[mutant]():
            result = run_seed(seed)
        if any(one.invariant == RAISED for one in result.broken):
            raise AssertionError(f"{mutant}: {result.broken[0]}")  # the mutant does not fit the engine any more
        if result.broken and not run_seed(seed).broken:
            return Found(mutant, seed - first + 1, result.broken[0].invariant)
    return Found(mutant, 0)


def main() -> int:
    """Prints the table. 1 when a fault was not found. `ONLY` names one of them, `SEEDS` how many seeds to try."""
    limit = int(os.environ.get("SEEDS") or 2000)
    chosen = [name for name in MUTANTS if os.environ.get("ONLY", "") in name]
    missed = 0
    print("| fault put in on purpose | found after seeds | by the invariant |\n|---|---|---|")
    for name in chosen:
        found = hunt(name, limit)
        missed += not found.seeds
        print(f"| {name} | {found.seeds or f'not within {limit}'} | {found.invariant} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
