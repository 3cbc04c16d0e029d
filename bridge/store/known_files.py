"""What is known of the content of files on outside things, as one transaction changes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bridge.model.records import Ref
from bridge.store import tables as t
from bridge.store.statements import put

_KEYS, _VALUES = ("workspace", "thing", "file"), ("hash", "ours", "at")


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that hangs, or hung, on a thing. `hash` is "" for one that was gone before it could be read.

    `ours` says that the bridge put it there.
    """

    file: Ref
    hash: str
    ours: bool = False


class KeptFiles:
    """What is known of files, as one transaction changes it."""

    def __init__(self, connection: sa.Connection, workspace: str, now: datetime) -> None:
        self._c = connection
        self._workspace = workspace
        self._now = now

    def know(self, thing: Ref, files: Collection[KnownFile]) -> None:
        """Keeps what was learned of files on a thing."""
        rows = [
            {
                "workspace": self._workspace,
                "thing": str(thing),
                "file": str(one.file),
                "hash": one.hash,
                "ours": one.ours,
                "at": self._now,
            }
            for one in files
        ]
        put(self._c, t.files, _KEYS, _VALUES, rows)
