"""What goes wrong, or right, in this process and is written down nowhere else: notes for whoever watches."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.model.errors import ConnectorError, Retry, SourceEmptied

ACCESS, TAKEN, EMPTIED, SHAPE = "access", "taken", "emptied", "shape"
"""Kinds of failed readings that only a person can end: no right to read, somebody else reads it, suddenly empty, other
than the configuration says."""
_SHAPE_CODE = "no-column"
_TAKEN_CODE = "409"
_SAME_NEWS = timedelta(minutes=2)
"""What a poll finds so soon after a webhook is what the webhook told of."""
_APART = timedelta(minutes=10)
"""Failures of the database further apart than this have nothing to do with each other."""


def fault_of(error: ConnectorError | SourceEmptied) -> str:
    """The kind of a failed reading; "" for one that may pass by itself."""
    if isinstance(error, SourceEmptied):
        return EMPTIED
    if error.retry is not Retry.ASK_ADMIN:
        return ""
    return {_TAKEN_CODE: TAKEN, _SHAPE_CODE: SHAPE}.get(error.code, ACCESS)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong: what, how often in a row, since when and when last."""

    what: str
    since: datetime
    last_at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """The notes at one moment.

    `refused` are connectors whose writes lack the rights, `unplanned` clients whose planning fails, `unannounced`
    connectors whose polls find what no webhook told; `rules` is why the files of the rules were refused. `wrote`,
    `planned` and `announced` went well in this process. `lacking` has, for each source that was read, the columns that
    were not found in it, each with the one that it may be now.
    """

    refused: Mapping[str, Fault] = field(default_factory=dict)
    unplanned: Mapping[str, Fault] = field(default_factory=dict)
    unannounced: Mapping[str, Fault] = field(default_factory=dict)
    database: Fault | None = None
    rules: Fault | None = None
    lacking: Mapping[str, Mapping[str, Fault]] = field(default_factory=dict)
    wrote: frozenset[str] = frozenset()
    planned: frozenset[str] = frozenset()
    announced: frozenset[str] = frozenset()


class Faults:
    """The notes of one process. Thread-safe; nothing here blocks or fails."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: dict[str, Fault] = {}
        self._unplanned: dict[str, Fault] = {}
        self._unannounced: dict[str, Fault] = {}
        self._database: Fault | None = None
        self._rules: Fault | None = None
        self._wrote: set[str] = set()
        self._planned: set[str] = set()
        self._announced: dict[str, datetime] = {}
        self._lacking: dict[str, Mapping[str, Fault]] = {}

    def refused(self, connector: str, what: str, now: datetime) -> None:
        """A write was refused for want of rights or of a valid token."""
        with self._lock:
            self._wrote.discard(connector)
            _note(self._refused, connector, what, now)

    def wrote(self, connector: str) -> None:
        """A write went well."""
        with self._lock:
            self._refused.pop(connector, None)
            self._wrote.add(connector)

    def lacking(self, source: str, titles: Mapping[str, str], now: datetime) -> None:
        """A source was read, without these columns."""
        with self._lock:
            known = self._lacking.get(source, {})
            since = {title: known[title].since if title in known else now for title in titles}
            self._lacking[source] = {title: Fault(near, since[title], now) for title, near in titles.items()}

    def unplanned(self, client: str, what: str, now: datetime) -> None:
        """A client could not be planned."""
        with self._lock:
            self._planned.discard(client)
            _note(self._unplanned, client, what, now)

    def planned(self, client: str) -> None:
        """A client was planned."""
        with self._lock:
            self._unplanned.pop(client, None)
            self._planned.add(client)

    def announced(self, connector: str, now: datetime) -> None:
        """A webhook came."""
        with self._lock:
            self._unannounced.pop(connector, None)
            self._announced[connector] = now

    def found(self, connector: str, count: int, now: datetime) -> None:
        """A poll brought so many events: unannounced until a webhook comes, if none came just before."""
        with self._lock:
            told_at = self._announced.get(connector)
            if told_at is not None and now - told_at < _SAME_NEWS:
                return
            known = self._unannounced.get(connector)
            times = known.times + count if known else count
            self._unannounced[connector] = Fault("", known.since if known else now, now, times)

    def database(self, what: str, now: datetime) -> None:
        """The database refused something."""
        with self._lock:
            known = self._database
            if known is not None and now - known.last_at < _APART:
                self._database = Fault(what, known.since, now, known.times + 1)
            else:
                self._database = Fault(what, now, now)

    def rules(self, what: str, now: datetime) -> None:
        """The files of the rules were refused: the last good ones are in force."""
        with self._lock:
            self._rules = Fault(what, now, now)

    def rules_renewed(self) -> None:
        """Good rules are in force again."""
        with self._lock:
            self._rules = None

    def seen(self) -> Seen:
        """The notes as they are now."""
        with self._lock:
            return Seen(
                refused=dict(self._refused),
                unplanned=dict(self._unplanned),
                unannounced=dict(self._unannounced),
                database=self._database,
                rules=self._rules,
                lacking=dict(self._lacking),
                wrote=frozenset(self._wrote),
                planned=frozenset(self._planned),
                announced=frozenset(self._announced),
            )


def _note(notes: dict[str, Fault], about: str, what: str, now: datetime) -> None:
    known = notes.get(about)
    notes[about] = replace(known, what=what, last_at=now, times=known.times + 1) if known else Fault(what, now, now)
