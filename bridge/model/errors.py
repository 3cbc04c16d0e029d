"""The one tree of run-time errors.

    BridgeError
      ConfigError            carries findings; nothing is started
      ConnectorError         `retry` says what the engine does next
        CannotTell           the outcome of an earlier attempt cannot be read back
        FileGone             the file to be fetched hangs there no more
        FileTooLarge         the file to be fetched or hung is larger than is taken
      DocumentError          a document cannot be made: what is missing, and where
      SourceEmptied          a source that had records now has none; only an explicit command accepts it
      Conflict               a snapshot moved while it was being planned
      StoreError             the database is out of reach, full or locked
        DatabaseHeld         another bridge works on it

Errors carry fields, not only text. Secrets never enter a text: connectors scrub before they raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.model.findings import Finding


class Retry(StrEnum):
    """What may be done after a failed call."""

    PASSING = "passing"  # the call had no effect, or reading it again is harmless: try later
    UNKNOWN = "unknown"  # the request went out and no answer came: look before repeating
    PERMANENT = "permanent"  # the same call will fail for ever (no such chat, bad value)
    ASK_ADMIN = "ask_admin"  # rights or a token: nothing helps until a person acts


class BridgeError(Exception):
    """The root of everything this program raises on purpose."""

    exit_code = 1


class ConfigError(BridgeError):
    """The configuration has findings, so nothing was started."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class ConnectorError(BridgeError):
    """A call to an outside system failed.

    `wait` is the vendor's own wish (429, flood control), when it gave one. `code` is the vendor's code or HTTP status,
    kept as text. `moved_to` names the new remote id of a thing that moved (a group that became a supergroup).
    """

    def __init__(
        self,
        connector: str,
        what: str,
        *,
        retry: Retry,
        code: str = "",
        wait: timedelta | None = None,
        moved_to: str | None = None,
    ) -> None:
        self.connector = connector
        self.what = what
        self.retry = retry
        self.code = code
        self.wait = wait
        self.moved_to = moved_to
        super().__init__(f"{connector}: {what}" + (f" ({code})" if code else ""))


class CannotTell(ConnectorError):
    """An earlier attempt cannot be read back, so a person has to say whether it arrived."""

    def __init__(self, connector: str, what: str) -> None:
        super().__init__(connector, what, retry=Retry.UNKNOWN)


class FileGone(ConnectorError):
    """A file hangs no more where it was seen."""

    def __init__(self, connector: str, what: str) -> None:
        super().__init__(connector, what, retry=Retry.PERMANENT, code="file-gone")


class FileTooLarge(ConnectorError):
    """A file is larger than was allowed, or than its system takes."""

    def __init__(self, connector: str, what: str) -> None:
        super().__init__(connector, what, retry=Retry.PERMANENT, code="file-too-large")


class FileKept(ConnectorError):
    """A file that its system does not give out: only its page can be linked.

    `share_with` is the address that it has to be shared with, "" where that would not help.
    """

    def __init__(self, connector: str, what: str, *, share_with: str = "") -> None:
        self.share_with = share_with
        super().__init__(connector, what, retry=Retry.PERMANENT, code="file-kept")


class DocumentError(BridgeError):
    """A document cannot be made. `missing` lists the facts to fill in; it is empty when the template is at fault."""

    def __init__(self, kind: str, what: str, *, missing: Sequence[str] = ()) -> None:
        self.kind = kind
        self.what = what
        self.missing = tuple(missing)
        super().__init__(f"document {kind}: {what}")


class SourceEmptied(BridgeError):
    """A source that had `before` records now shows none, or few; taken as a fault, not as deletions."""

    def __init__(self, source: str, before: int, left: int = 0) -> None:
        self.source = source
        self.before = before
        self.left = left
        shows = f"now shows {left or 'none'}"
        super().__init__(f"{source} had {before} records and {shows}; if that is right: bridge accept {source}")


class Conflict(BridgeError):
    """The client's version moved while its plan was being made: plan again."""


class StoreError(BridgeError):
    """The database is out of reach, full, read-only or locked by another process."""


class DatabaseHeld(StoreError):
    """Another bridge works on the database: its process, its machine and since when, as far as is known.

    Only edges know the zone and the language of who reads it. `replaces`: the database itself was to be replaced, so
    that another one is no way out.
    """

    def __init__(self, process: str, machine: str, since: datetime | None, *, replaces: bool = False) -> None:
        self.process = process
        self.machine = machine
        self.since = since
        self.replaces = replaces
        super().__init__(f"another bridge works on this database (process {process or 'unknown'})")
