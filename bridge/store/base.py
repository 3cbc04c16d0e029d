"""What every part of the store stands on: one workspace of one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bridge.store.database import open_engine, writing
from bridge.store.intake import Intake


class Base:
    """One workspace of one database. Safe to use from several threads; every method is one short transaction."""

    def __init__(self, url: str, workspace: str = "main") -> None:
        self.workspace = workspace
        self._engine = open_engine(url)

    @contextmanager
    def intake(self, now: datetime) -> Iterator[Intake]:
        """The transaction of one page: records, links, events, then the checkpoint; all of it or nothing."""
        with writing(self._engine) as connection:
            yield Intake(connection, self.workspace, now)
