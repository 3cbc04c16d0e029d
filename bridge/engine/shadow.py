"""Carrying out nothing: deliveries end as what would have been done, with their text as it would have gone.

The world does not change by itself: no receipt, no event, no echo is expected. Documents are made, as they stay inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bridge.engine.context import Context
from bridge.engine.outbox import Outbox, Troubled
from bridge.engine.readiness import NotNow, Readiness, Ready
from bridge.model.decisions import Decision, plain_decision
from bridge.model.deliveries import State
from bridge.model.floods import Flood
from bridge.model.protocols import Clock, Connector, Reader
from bridge.model.reasons import NOTHING_THERE
from bridge.store import Store
from bridge.store.rows import Row


class _Unlimited(Readiness):
    """Nothing is too much where nothing leaves."""

    def _too_much(self, row: Row, decision: Decision, context: Context, now: datetime) -> Flood | None:
        return None


class ShadowOutbox(Outbox):
    """An outbox whose effects go nowhere. `inside` are connectors that write nothing outside, such as documents."""

    def __init__(
        self, store: Store, readers: Mapping[str, Reader], inside: Mapping[str, Connector], clock: Clock
    ) -> None:
        super().__init__(store, inside, clock, readiness=_Unlimited(store, {*readers, *inside}))
        self._readers = readers

    def deliver(self, row: Row, context: Context) -> tuple[Troubled, ...]:
        """What it would come to. A doubt was left by a shadow, and is none."""
        return super().deliver(row if self._stays_inside(row) else replace(row, doubt=False), context)

    def _send(self, row: Row, ready: Ready, context: Context, now: datetime) -> tuple[Troubled, ...]:
        if self._stays_inside(row):
            return super()._send(row, ready, context, now)
        along = self._joining.along(row, ready, context, now)
        taken = self._store.intend(
            row,
            now=now,
            lease=context.lease,
            decision=plain_decision(ready.decision),
            expect={},
            along=[(other, plain_decision(said.decision), {}) for other, said in along],
        )
        for one in () if taken is None else (row, *taken):
            self._store.settle(one, State.SHADOW, now=now, no_effect=True)
        return ()

    def _put_off(self, row: Row, not_now: NotNow, now: datetime) -> tuple[Troubled, ...]:
        """What fails for want of something outside is no trouble: that thing would have been made before."""
        if not_now.state is not State.DEAD or self._stays_inside(row):
            return super()._put_off(row, not_now, now)
        why = NOTHING_THERE.of(why=not_now.reason)
        self._store.settle(row, State.SHADOW, now=now, reason=why, no_effect=True)
        return ()

    def _stays_inside(self, row: Row) -> bool:
        return row.connector not in self._readers
