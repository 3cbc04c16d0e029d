"""What is noted of sources that show nothing where records were, as one transaction reads and changes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.model.values import moment_text, parse_moment
from bridge.store import tables as t
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


def accept(connection: sa.Connection, workspace: str, source: str, now: datetime) -> bool:
    """Takes a person's word that the records are gone on purpose. False: the source is not empty."""
    sources = known(connection, workspace)
    found = sources.get(source)
    if found is None:
        return False
    keep(connection, workspace, {**sources, source: Emptied(source, found.before, found.since, now)})
    return True


def known(connection: sa.Connection, workspace: str) -> dict[str, Emptied]:
    """The sources that show nothing where records were, by name."""
    text = connection.execute(META, {"key": _key(workspace)}).scalar()
    found = json.loads(text) if text else {}
    return {
        source: Emptied(source, one["before"], parse_moment(one["since"]), _moment(one["accepted"]))
        for source, one in found.items()
    }


def keep(connection: sa.Connection, workspace: str, sources: dict[str, Emptied]) -> None:
    """Keeps these in the place of those that were known."""
    plain = {
        source: {
            "before": one.before,
            "since": moment_text(one.since),
            "accepted": moment_text(one.accepted_at) if one.accepted_at else "",
        }
        for source, one in sources.items()
    }
    upsert(connection, t.meta, {"key": _key(workspace)}, {"value": json.dumps(plain)})


def _key(workspace: str) -> str:
    return f"{_KEY}:{workspace}"[:40]


def _moment(text: str) -> datetime | None:
    return parse_moment(text) if text else None
