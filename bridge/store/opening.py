"""Working on a database: one process at a time, on a sound file of the newest schema."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from bridge.model.errors import StoreError
from bridge.model.values import moment_text
from bridge.store import tables as t
from bridge.store.base import Base
from bridge.store.database import Lock, file_of, revision_of, revisions, upgrade, writing
from bridge.store.keeping import AT_WORK, after_restoration, examine, keep_before_upgrade
from bridge.store.statements import upsert


class Opening(Base):
    """How a process begins and ends its work on a database."""

    def __init__(self, url: str, workspace: str = "main", lock: Lock | None = None) -> None:
        super().__init__(url, workspace)
        self._url = url
        self._lock = lock or Lock(url)
        self._at_work = False

    def begin(self, now: datetime) -> None:
        """Makes this process the only one at work, on a file that was found sound, in the newest schema.

        Raises StoreError: held by another process (named), damaged, of a newer program, full, read-only.
        """
        self.lock()
        self.examine()
        self.upgrade()
        with writing(self._engine) as connection:
            upsert(connection, t.meta, {"key": AT_WORK}, {"value": moment_text(now)})
            after_restoration(connection, now)
        self._at_work = True

    @property
    def at_work(self) -> bool:
        """Whether any process works on the database at this moment."""
        return self._lock.taken

    def lock(self) -> None:
        """Makes this process the only one that works on the database. Raises StoreError that names the other."""
        self._lock.acquire()

    def examine(self) -> None:
        """Looks whether the file is sound, before anything is written. Raises StoreError that says what to do."""
        file = file_of(self._url)
        if file is not None:
            examine(file)

    def upgrade(self) -> None:
        """Brings the schema to the newest version. A database of an older one is copied beside itself first.

        Raises StoreError when another process works on it, and when a newer program wrote it.
        """
        found = revision_of(self._engine)
        if found == revisions()[-1]:
            return
        with self._lock.held():
            if found:
                keep_before_upgrade(self._url)
            upgrade(self._engine)

    @property
    def schema(self) -> str:
        """The schema of the database, "" when it has none yet."""
        return revision_of(self._engine)

    def close(self) -> None:
        """Lets go of all connections, then of the lock. What stays is one file, unless somebody else looks into it."""
        if self._at_work:
            with suppress(StoreError), writing(self._engine) as connection:
                connection.execute(t.meta.delete().where(t.meta.c.key == AT_WORK))
        self._engine.dispose()
        self._lock.release()
