"""Alarms in the database: what is wrong with the bridge itself, since when, and whether people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.model.values import Plain
from bridge.store import tables as t


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm as kept: it holds until `mended_at`.

    `known` says that people were told it is wrong, and not yet that it is mended; `told_at` is when they last heard of
    it, either way.
    """

    kind: str
    about: str
    since: datetime
    told_at: datetime | None = None
    known: bool = False
    mended_at: datetime | None = None
    details: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether it is wrong now."""
        return self.mended_at is None


class Alarms:
    """The alarms of one workspace, inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str) -> None:
        self._c = connection
        self._workspace = workspace

    def rows(self) -> list[AlarmRow]:
        """All that were ever raised, the newest first."""
        query = sa.select(t.alarms).where(t.alarms.c.workspace == self._workspace).order_by(t.alarms.c.since.desc())
        return [
            AlarmRow(row.kind, row.about, row.since, row.told_at, row.known, row.mended_at, row.details)
            for row in self._c.execute(query)
        ]

    def start(self, kind: str, about: str, since: datetime, details: Mapping[str, Plain]) -> None:
        """It is wrong from `since` on. What people were told before stays on record."""
        values = {"since": since, "mended_at": None, "details": dict(details)}
        if not self._change(kind, about, values):
            row = {"workspace": self._workspace, "kind": kind, "about": about}
            self._c.execute(t.alarms.insert().values(**row, **values, told_at=None, known=False))

    def mend(self, kind: str, about: str, now: datetime) -> None:
        """It is well again."""
        self._change(kind, about, {"mended_at": now})

    def tell(self, kind: str, about: str, now: datetime) -> None:
        """People have been told that it is wrong."""
        self._change(kind, about, {"told_at": now, "known": True})

    def tell_mended(self, kind: str, about: str, now: datetime) -> None:
        """People have been told that it is well again."""
        self._change(kind, about, {"told_at": now, "known": False})

    def forget(self, kind: str, about: str) -> None:
        """It is over, and nobody has to hear that it is."""
        self._change(kind, about, {"known": False})

    def _change(self, kind: str, about: str, values: Mapping[str, Any]) -> bool:
        a = t.alarms
        mine = sa.and_(a.c.workspace == self._workspace, a.c.kind == kind, a.c.about == about)
        return self._c.execute(a.update().where(mine).values(**values)).rowcount > 0
