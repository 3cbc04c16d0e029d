"""What people told the bridge to leave alone: everything, one client, one rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bridge.model.reasons import NO_REASON, SAID, STOPPED, STOPPED_BECAUSE, Reason, read
from bridge.store import tables as t

_STOPS = sa.select(t.stops).where(t.stops.c.workspace == sa.bindparam("workspace")).order_by(t.stops.c.since)


class Scope(StrEnum):
    """How much a stop covers, the widest first."""

    ALL = "all"
    CLIENT = "client"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Stop:
    """A person's word that nothing is to be done. `about` is "" for all, else a client's local id or a rule's id."""

    scope: Scope
    about: str
    since: datetime
    by: str
    reason: Reason = NO_REASON

    def covers(self, client: str, rule: str) -> bool:
        """Whether an effect of this rule for this client is meant; "" stands for neither."""
        wanted = {Scope.ALL: "", Scope.CLIENT: client, Scope.RULE: rule}[self.scope]
        return self.scope is Scope.ALL or (bool(wanted) and wanted == self.about)

    @property
    def because(self) -> Reason:
        """What a delivery that is held back or called off gives as its reason."""
        return STOPPED_BECAUSE.of(who=self.by, why=self.reason) if self.reason else STOPPED.of(who=self.by)


class StopsHere:
    """The stops of one workspace, in one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str) -> None:
        self._c = connection
        self._workspace = workspace

    def all(self) -> list[Stop]:
        """What is stopped now, oldest first. A client merged into another is named as it is known now."""
        return [
            Stop(Scope(row.scope), self._now(row), row.since, row.by, read(row.reason))
            for row in self._c.execute(_STOPS, {"workspace": self._workspace}).all()
        ]

    def stop(self, scope: Scope, about: str = "", *, now: datetime, by: str, reason: str = "") -> bool:
        """Stops everything, a client or a rule, for a reason in a person's words. False: it is stopped already."""
        if any((known.scope, known.about) == (scope, about) for known in self.all()):
            return False
        row = {"workspace": self._workspace, "scope": scope.value, "about": about}
        self._c.execute(t.stops.insert().values(**row, since=now, by=by, reason=str(_in_own_words(reason))))
        return True

    def go(self, scope: Scope, about: str = "") -> bool:
        """Lets it go on. False: it was not stopped."""
        s = t.stops
        mine = sa.and_(s.c.workspace == self._workspace, s.c.scope == scope.value)
        meant = [row.about for row in self._c.execute(sa.select(s).where(mine)) if self._now(row) == about]
        return self._c.execute(s.delete().where(mine, s.c.about.in_(meant))).rowcount > 0

    def _now(self, row: Any) -> str:
        """What the stop is about: a merged client's old id means the client it became."""
        about = str(row.about)
        while row.scope == Scope.CLIENT.value:
            alias = self._c.execute(sa.select(t.subjects.c.alias_of).where(t.subjects.c.id == about)).scalar()
            if not alias:
                break
            about = str(alias)
        return about


def _in_own_words(reason: str) -> Reason:
    return SAID.of(words=reason) if reason else NO_REASON


def stop_for(stops: Iterable[Stop], client: str, rule: str) -> Stop | None:
    """The stop that holds an effect back, the widest one when there are several; None: it may go."""
    order = list(Scope)
    covering = (stop for stop in stops if stop.covers(client, rule))
    return min(covering, key=lambda stop: order.index(stop.scope), default=None)
