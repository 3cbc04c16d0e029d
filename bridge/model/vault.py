"""Accesses that clients hand over: what is asked for, how far each one is, and the facts that follow. No content.

What a client writes is sealed at the edge and never comes here: a name, a state and moments are all that rules, texts
and people see of an access.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.model.values import Value

LINK, STATE = "access.link", "access.vault"
MISSING, WRONG, CHECKED = "access.missing", "access.wrong", "access.checked"
CHECKED_BY, CHECKED_AT, EXPIRES = "access.checked_by", "access.checked_at", "access.expires"
FACTS = (LINK, STATE, MISSING, WRONG, CHECKED, CHECKED_BY, CHECKED_AT, EXPIRES)
"""The facts that the vault tells of a deal, where the agency declares them."""
NAMED = (MISSING, WRONG, CHECKED)
"""Those of them that hold names of accesses."""
NONE = "none"
"""The state of a deal of which nothing was asked yet."""

PATH = "/access/"
"""Where the page of a one-time link is, below the bridge's public address."""
_WAITING = "for"
_PLACEHOLDER = re.compile(rf"{PATH}{_WAITING}/([a-z]+-[0-9]+)/([a-z0-9_]+(?:-[a-z0-9_]+)*)")


class AccessState(StrEnum):
    """How far one access is. One that does not work is asked for again, and stays so until it comes."""

    ASKED = "asked"
    RECEIVED = "received"
    CHECKED = "checked"
    WRONG = "wrong"


THERE = (AccessState.RECEIVED, AccessState.CHECKED)
"""The states of an access that nobody has to ask for."""


@dataclass(frozen=True, slots=True)
class Access:
    """One access of a deal, without what is in it. `sealed` says whether its box is still kept, until `expires_at`.

    `key` names the key pair it was sealed for. `settled_by` said that it works, or that it does not.
    """

    id: str
    subject: str
    name: str
    state: AccessState
    asked_at: datetime
    received_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    expires_at: datetime | None = None
    sealed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class AskedAccess:
    """An access that the agency may ask for: its title by language, and of which deals (every one without `of`).

    `of` are facts of the deal with the values of which any will do.
    """

    titles: Mapping[str, str]
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_wanted(self, facts: Mapping[str, Value]) -> bool:
        """Whether a deal with these facts needs it. A fact that is empty or not known needs nothing yet."""
        return all(facts.get(name) in values for name, values in self.of.items())


@dataclass(frozen=True, slots=True)
class Vault:
    """How this agency takes accesses. `public_key` seals; `link` is how long a link opens, `keep` how long a box stays.

    `address` is the bridge's public one, "" while there is none: then there are no links.
    """

    public_key: bytes
    accesses: Mapping[str, AskedAccess]
    address: str = ""
    agency: str = ""
    link: timedelta = timedelta(days=7)
    keep: timedelta = timedelta(days=180)

    def title(self, name: str, language: str) -> str:
        """What people call an access; its name where it is asked for no more."""
        known = self.accesses.get(name)
        return known.titles.get(language, name) if known else name

    def facts(self, deal: str, known: Mapping[str, Value], accesses: Sequence[Access]) -> dict[str, Value]:
        """What the vault tells of one deal, given its other facts and its accesses.

        The link stands for the real one, which is made at the moment of sending (`waiting_links`): a text that is kept
        holds none that opens.
        """
        newest = newest_of(accesses)
        wanted = [name for name, asked in self.accesses.items() if asked.is_wanted(known)]
        named = dict.fromkeys([*wanted, *(name for name in self.accesses if name in newest)])
        missing = tuple(name for name in named if name not in newest or newest[name].state not in THERE)
        checked = [one for one in newest.values() if one.state is AccessState.CHECKED and one.settled_at is not None]
        last = max(checked, key=lambda one: (one.settled_at, one.name), default=None)
        ends = [one.expires_at for one in newest.values() if one.sealed and one.expires_at is not None]
        names = "-".join(missing)
        return {
            LINK: f"{self.address}{PATH}{_WAITING}/{deal}/{names}" if self.address and names else None,
            STATE: _state_of(missing, newest),
            MISSING: missing or None,
            WRONG: tuple(one for one in missing if one in newest and newest[one].state is AccessState.WRONG) or None,
            CHECKED: tuple(one.name for one in checked) or None,
            CHECKED_BY: last.settled_by if last else None,
            CHECKED_AT: last.settled_at if last else None,
            EXPIRES: min(ends, default=None),
        }


def newest_of(accesses: Sequence[Access]) -> dict[str, Access]:
    """The accesses by name; of several under one name, as deals that became one may have, the one that got furthest."""
    order = [AccessState.ASKED, AccessState.WRONG, AccessState.RECEIVED, AccessState.CHECKED]
    ordered = sorted(accesses, key=lambda one: (order.index(one.state), one.received_at or one.asked_at, one.id))
    return {one.name: one for one in ordered}


def _state_of(missing: Collection[str], newest: Mapping[str, Access]) -> str:
    """The state of all accesses of a deal together: that of the one that is furthest behind."""
    if not newest:
        return NONE
    if missing:
        return AccessState.ASKED.value
    behind = any(one.state is AccessState.RECEIVED for one in newest.values())
    return (AccessState.RECEIVED if behind else AccessState.CHECKED).value


@dataclass(frozen=True, slots=True)
class WaitingLink:
    """A place in a text where a one-time link belongs: `text` stands there, for these accesses of this deal."""

    text: str
    deal: str
    names: tuple[str, ...]


def waiting_links(text: str, address: str) -> Iterator[WaitingLink]:
    """The places of a text where one-time links belong, each once."""
    for found in dict.fromkeys(match.group() for match in _PLACEHOLDER.finditer(text)) if address else ():
        _path, _word, deal, names = found.strip("/").split("/")
        yield WaitingLink(f"{address}{found}", deal, tuple(names.split("-")))


def digest_of(token: str) -> str:
    """What is kept of a one-time link: nobody can make the link of it."""
    return hashlib.sha256(f"bridge vault link {token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AccessLink:
    """A one-time link as kept: of which deal, which accesses it asks for, in which language, and until when."""

    subject: str
    names: tuple[str, ...]
    language: str
    expires_at: datetime
    used_at: datetime | None = None


def parse_public_key(text: str) -> bytes:
    """The 32 bytes of a public key as bridge.yaml has it. Raises ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    return raw


def key_name(public_key: bytes) -> str:
    """The short name by which boxes remember for whom they were sealed."""
    return hashlib.sha256(public_key).hexdigest()[:12]
