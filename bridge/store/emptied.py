"""Sources that had records and all at once show none: what was there, and whether a person said that this is right."""

from __future__ import annotations

from datetime import datetime

from bridge.store.base import Base
from bridge.store.database import reading, writing
from bridge.store.empties import Emptied, accept, keep, known


class EmptiedSources(Base):
    """The emptied sources of one workspace."""

    def emptied(self) -> dict[str, Emptied]:
        """The sources that show nothing where records were, by name."""
        with reading(self._engine) as connection:
            return known(connection, self.workspace)

    def note_emptied(self, source: str, before: int, now: datetime) -> None:
        """Notes that a source shows nothing; how it was first seen, and a person's word on it, stay."""
        with writing(self._engine) as connection:
            found = known(connection, self.workspace)
            if source not in found:
                keep(connection, self.workspace, {**found, source: Emptied(source, before, now)})

    def accept_empty(self, source: str, now: datetime) -> bool:
        """Takes a person's word that the records are gone on purpose. False: the source is not empty."""
        with writing(self._engine) as connection:
            return accept(connection, self.workspace, source, now)

    def forget_emptied(self, source: str) -> None:
        """The source is read again, with or without records."""
        with writing(self._engine) as connection:
            found = known(connection, self.workspace)
            keep(connection, self.workspace, {name: one for name, one in found.items() if name != source})
