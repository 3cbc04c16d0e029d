"""Sources that had records and all at once show none: what was there, and whether a person said that this is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.model.values import moment_text, parse_moment
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import reading, writing
from bridge.store.statements import META, upsert

_KEY = "emptied"
ACCEPTED_FOR = timedelta(hours=1)
"""A person's word covers what they saw: a source that empties again later is asked about again."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """A source that is not read because it shows nothing where `before` records were."""

    source: str
    before: int
    since: datetime
    accepted_at: datetime | None = None

    def is_accepted(self, now: datetime) -> bool:
        """Whether a person's word holds still."""
        return self.accepted_at is not None and now - self.accepted_at < ACCEPTED_FOR


class EmptiedSources(Base):
    """The emptied sources of one workspace."""

    def emptied(self) -> dict[str, Emptied]:
        """The sources that show nothing where records were, by name."""
        with reading(self._engine) as connection:
            return self._emptied(connection)

    def note_emptied(self, source: str, before: int, now: datetime) -> None:
        """Notes that a source shows nothing; how it was first seen, and a person's word on it, stay."""
        with writing(self._engine) as connection:
            known = self._emptied(connection)
            if source not in known:
                self._keep_emptied(connection, {**known, source: Emptied(source, before, now)})

    def accept_empty(self, source: str, now: datetime) -> bool:
        """Takes a person's word that the records are gone on purpose. False: the source is not empty."""
        with writing(self._engine) as connection:
            known = self._emptied(connection)
            found = known.get(source)
            if found is None:
                return False
            self._keep_emptied(connection, {**known, source: Emptied(source, found.before, found.since, now)})
        return True

    def forget_emptied(self, source: str) -> None:
        """The source is read again, with or without records."""
        with writing(self._engine) as connection:
            known = self._emptied(connection)
            self._keep_emptied(connection, {name: one for name, one in known.items() if name != source})

    def _emptied(self, connection: sa.Connection) -> dict[str, Emptied]:
        text = connection.execute(META, {"key": self._emptied_key}).scalar()
        found = json.loads(text) if text else {}
        return {
            source: Emptied(source, one["before"], parse_moment(one["since"]), _moment(one["accepted"]))
            for source, one in found.items()
        }

    def _keep_emptied(self, connection: sa.Connection, known: dict[str, Emptied]) -> None:
        plain = {
            source: {
                "before": one.before,
                "since": moment_text(one.since),
                "accepted": moment_text(one.accepted_at) if one.accepted_at else "",
            }
            for source, one in known.items()
        }
        upsert(connection, t.meta, {"key": self._emptied_key}, {"value": json.dumps(plain)})

    @property
    def _emptied_key(self) -> str:
        return f"{_KEY}:{self.workspace}"[:40]


def _moment(text: str) -> datetime | None:
    return parse_moment(text) if text else None
