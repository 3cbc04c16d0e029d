"""Breakers that tripped because there was too much at once, and what people said to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.floods import Answer, Flood, Whose, because
from bridge.model.reasons import LEFT_OUT, LET_GO, TOO_MUCH, Reason
from bridge.store import statements as q
from bridge.store import tables as t

_BY = 120
"""So many letters of who answered, or of what ended it, are kept."""


class Floods:
    """The breakers of one workspace, inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._now = now

    def rows(self) -> list[Flood]:
        """Those that are open, and the last answered one of each rule and client, oldest first."""
        found = self._c.execute(q.FLOODS, {"workspace": self._workspace})
        return [
            Flood(Whose(row.whose), row.about, row.amount, row.since, row.answer, row.by, row.answered_at)
            for row in found
        ]

    def trip(self, flood: Flood) -> bool:
        """Opens a breaker. False: it is open already."""
        if self.open(flood.whose, flood.about) is not None:
            return False
        row = {"workspace": self._workspace, "whose": flood.whose.value, "about": flood.about}
        self._c.execute(t.floods.insert().values(**row, amount=flood.limit, since=flood.since, answer="", by=""))
        return True

    def open(self, whose: Whose, about: str) -> Flood | None:
        """The open breaker about a rule or a client; None when there is none."""
        return next((one for one in self.rows() if one.open and (one.whose, one.about) == (whose, about)), None)

    def held(self, flood: Flood) -> Sequence[Any]:
        """What it holds back, oldest first."""
        return self._c.execute(q.HELD_BY_FLOOD, {"workspace": self._workspace, "reason": str(flood.because)}).all()

    def answer(self, flood: Flood, answer: Answer, by: str) -> int | None:
        """Ends it by a person's word. Gives how many deliveries it held.

        What goes now is asked once more whether it is still so, past this moment. None: somebody has answered already.
        """
        if not self._end(flood, answer.value, by):
            return None
        if answer is Answer.STOP:
            self._stop(flood, by)
        if answer is not Answer.SEND:
            return self._call_off(flood, LEFT_OUT.of(who=by))
        d = t.deliveries
        fresh_past = sa.case((d.c.calls_off != "", sa.literal(self._now, t.Moment)), else_=d.c.fresh_past)
        goes = {"state": State.WAITING.value, "next_at": self._now, "fresh_past": fresh_past}
        return self._change(flood, LET_GO.of(who=by), goes)

    def over(self, flood: Flood, why: Reason) -> int | None:
        """Ends it because there is nothing to ask any more. Gives how many deliveries it held, None as `answer`."""
        return self._call_off(flood, why) if self._end(flood, "", str(why)) else None

    def _end(self, flood: Flood, answer: str, by: str) -> bool:
        f = t.floods
        mine = sa.and_(
            f.c.workspace == self._workspace,
            f.c.whose == flood.whose.value,
            f.c.about == flood.about,
            f.c.answered_at.is_(None),
        )
        said = {"answer": answer, "by": by[:_BY], "answered_at": self._now}
        return self._c.execute(f.update().where(mine).values(**said)).rowcount > 0

    def _call_off(self, flood: Flood, why: Reason) -> int:
        return self._change(flood, why, {"state": State.CANCELLED.value, "ended_at": self._now})

    def _change(self, flood: Flood, why: Reason, values: Mapping[str, Any]) -> int:
        d = t.deliveries
        held = self.held(flood)
        for row in held:
            change = d.update().where(d.c.n == row.n)
            self._c.execute(change.values(**values, reason=str(why), fence=d.c.fence + 1))
        return len(held)

    def merged(self, duplicate: str, into: str) -> None:
        """What was too much about one client is about another now, whose breaker holds it."""
        d, f = t.deliveries, t.floods
        old, new = because(Whose.CLIENT, duplicate), because(Whose.CLIENT, into)
        about = sa.and_(f.c.workspace == self._workspace, f.c.whose == Whose.CLIENT.value, f.c.about == duplicate)
        held = sa.and_(d.c.workspace == self._workspace, d.c.state == State.HELD.value, d.c.reason == str(old))
        self._c.execute(d.update().where(held).values(reason=str(new)))
        if self.open(Whose.CLIENT, into) is None:
            self._c.execute(f.update().where(about).values(about=into))
        else:
            self._c.execute(f.update().where(about, f.c.answered_at.is_(None)).values(answered_at=self._now))

    def _stop(self, flood: Flood, by: str) -> None:
        """Stops the rule or the client, unless somebody did before."""
        mine = {"workspace": self._workspace, "scope": flood.whose.value, "about": flood.about}
        known = sa.select(t.stops).where(*(t.stops.c[name] == value for name, value in mine.items()))
        if self._c.execute(known).first() is None:
            self._c.execute(t.stops.insert().values(**mine, since=self._now, by=by, reason=str(TOO_MUCH)))
