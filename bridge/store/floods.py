"""Breakers that tripped because there was too much at once, and what people said to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.deliveries import State
from bridge.model.floods import TOO_MUCH, Answer, Flood, Whose, because
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
        return self._c.execute(q.HELD_BY_FLOOD, {"workspace": self._workspace, "reason": flood.because}).all()

    def answer(self, flood: Flood, answer: Answer | None, by: str) -> int | None:
        """Ends it by a person's word, or (None) because its reason is gone. Gives how many deliveries it held.

        What goes now is asked once more whether it is still so, past this moment. None: somebody has answered already.
        """
        f, d = t.floods, t.deliveries
        mine = sa.and_(
            f.c.workspace == self._workspace,
            f.c.whose == flood.whose.value,
            f.c.about == flood.about,
            f.c.answered_at.is_(None),
        )
        said = {"answer": answer.value if answer else "", "by": by[:_BY], "answered_at": self._now}
        if not self._c.execute(f.update().where(mine).values(**said)).rowcount:
            return None
        held = self.held(flood)
        if answer is Answer.SEND:
            values: dict[str, Any] = {
                "state": State.WAITING.value,
                "next_at": self._now,
                "reason": f"let go, says {by}",
            }
            values["fresh_past"] = sa.case((d.c.calls_off != "", sa.literal(self._now, t.Moment)), else_=d.c.fresh_past)
        else:
            reason = f"left out, says {by}" if answer else by
            values = {"state": State.CANCELLED.value, "ended_at": self._now, "reason": reason}
        if answer is Answer.STOP:
            self._stop(flood, by)
        for row in held:
            self._c.execute(d.update().where(d.c.n == row.n).values(**values, fence=d.c.fence + 1))
        return len(held)

    def merged(self, duplicate: str, into: str) -> None:
        """What was too much about one client is about another now, whose breaker holds it."""
        d, f = t.deliveries, t.floods
        old, new = because(Whose.CLIENT, duplicate), because(Whose.CLIENT, into)
        about = sa.and_(f.c.workspace == self._workspace, f.c.whose == Whose.CLIENT.value, f.c.about == duplicate)
        held = sa.and_(d.c.workspace == self._workspace, d.c.state == State.HELD.value, d.c.reason == old)
        self._c.execute(d.update().where(held).values(reason=new))
        if self.open(Whose.CLIENT, into) is None:
            self._c.execute(f.update().where(about).values(about=into))
        else:
            self._c.execute(f.update().where(about, f.c.answered_at.is_(None)).values(answered_at=self._now))

    def _stop(self, flood: Flood, by: str) -> None:
        """Stops the rule or the client, unless somebody did before."""
        mine = {"workspace": self._workspace, "scope": flood.whose.value, "about": flood.about}
        known = sa.select(t.stops).where(*(t.stops.c[name] == value for name, value in mine.items()))
        if self._c.execute(known).first() is None:
            self._c.execute(t.stops.insert().values(**mine, since=self._now, by=by, reason=TOO_MUCH))
