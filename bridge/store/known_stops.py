"""Stops asked for and changed by themselves, outside of any other transaction."""

from __future__ import annotations

from datetime import datetime

from bridge.store.base import Base
from bridge.store.database import reading, writing
from bridge.store.stops import Scope, Stop, StopsHere


class Stops(Base):
    """The stops of one workspace, each word on them in a transaction of its own."""

    def stop(self, scope: Scope, about: str = "", *, now: datetime, by: str, reason: str = "") -> bool:
        """As `StopsHere.stop`."""
        with writing(self._engine) as connection:
            return StopsHere(connection, self.workspace).stop(scope, about, now=now, by=by, reason=reason)

    def go(self, scope: Scope, about: str = "") -> bool:
        """As `StopsHere.go`."""
        with writing(self._engine) as connection:
            return StopsHere(connection, self.workspace).go(scope, about)

    def stops(self) -> list[Stop]:
        """As `StopsHere.all`."""
        with reading(self._engine) as connection:
            return StopsHere(connection, self.workspace).all()
