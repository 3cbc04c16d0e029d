"""How a file of another system is hung on a thing: once for each content, and as a link where it is too large."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from bridge.model.decisions import CopyFile
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, FileGone, FileKept, FileTooLarge, Retry
from bridge.model.files import Fetched, FileThere, Source, clean_name, is_address
from bridge.model.records import Ref
from bridge.model.values import Plain

_NOTHING: Mapping[Ref, str] = MappingProxyType({})


class Place(Protocol):
    """A thing that files are hung on."""

    @property
    def largest(self) -> int:
        """The most bytes that it takes."""

    def files(self) -> Sequence[FileThere]:
        """What hangs there now."""

    def ref(self, file: str) -> Ref:
        """The identity of one of them."""

    def fetch(self, file: Ref, most: int) -> AbstractContextManager[Fetched]:
        """The content of one of them."""

    def hang(self, name: str, file: Fetched) -> Ref:
        """Puts a file there. Raises FileTooLarge for one that it does not take."""

    def linked(self, name: str, address: str) -> Ref | None:
        """A link that was put there for this delivery."""

    def link(self, name: str, address: str, note: str) -> Ref:
        """Puts a link there."""


def copy(delivery: Delivery, wanted: CopyFile, place: Place, now: datetime) -> Receipt:
    """Hangs it, unless the same content is there or was there; one that is gone by now is let be."""
    name, source = clean_name(wanted.name), _source(delivery)
    if wanted.link or wanted.size > _most(wanted, place):
        return _linked(wanted, place, source, now, name)
    learned: dict[Ref, str] = {}
    try:
        with source.fetch(_most(wanted, place)) as file:
            same = _same(file, place, source, learned)
            if same is not None or file.hash in source.known.values():
                return _receipt(now, file.hash, same, learned, already=True)
            return _receipt(now, file.hash, place.hang(clean_name(name + file.ending), file), learned)
    except FileGone as error:
        return Receipt(now, already=True, details={"gone": error.what})
    except FileTooLarge:
        return _linked(wanted, place, source, now, name)
    except FileKept as error:
        made = _linked(wanted, place, source, now, name)
        return replace(made, details={**made.details, "share_with": error.share_with}) if error.share_with else made


def find(delivery: Delivery, wanted: CopyFile, place: Place, now: datetime) -> Receipt | None:
    """What an earlier attempt left, known by its content."""
    name, source = clean_name(wanted.name), _source(delivery)
    if wanted.link or wanted.size > _most(wanted, place):
        return _as_link(wanted, place, now, name)
    learned: dict[Ref, str] = {}
    try:
        with source.fetch(_most(wanted, place)) as file:
            same = _same(file, place, source, learned)
            if same is not None:
                return _receipt(now, file.hash, same, learned, already=True)
            return _as_link(wanted, place, now, name)
    except FileGone:
        return None
    except (FileTooLarge, FileKept):
        return _as_link(wanted, place, now, name)


def _same(file: Fetched, place: Place, source: Source, learned: dict[Ref, str]) -> Ref | None:
    """The file there that has this content. Only those of its size are read, and each once for ever."""
    for there in place.files():
        ref = place.ref(there.id)
        if there.link or there.size not in (None, file.size):
            continue
        if ref not in source.known:
            try:
                with place.fetch(ref, file.size) as other:
                    learned[ref] = other.hash
            except (FileGone, FileTooLarge):
                continue
        if file.hash in (source.known.get(ref), learned.get(ref)):
            return ref
    return None


def _linked(wanted: CopyFile, place: Place, source: Source, now: datetime, name: str) -> Receipt:
    """A link, unless it is there or was there."""
    if _content(wanted) in source.known.values():
        return _receipt(now, _content(wanted), None, already=True)
    there = _as_link(wanted, place, now, name)
    return there or _receipt(now, _content(wanted), place.link(name, _address(wanted), wanted.note))


def _as_link(wanted: CopyFile, place: Place, now: datetime, name: str) -> Receipt | None:
    there = place.linked(name, _address(wanted))
    return _receipt(now, _content(wanted), there, already=True) if there is not None else None


def _address(wanted: CopyFile) -> str:
    address = wanted.link or wanted.page
    if not is_address(address):
        raise ConnectorError(wanted.to, f"“{wanted.name}” has no address to link to", retry=Retry.PERMANENT)
    return address


def _content(wanted: CopyFile) -> str:
    """What a link is known by: its address; a file that was not read by which one it is."""
    return f"link:{hashlib.sha256((wanted.link or wanted.file).encode()).hexdigest()}"


def _receipt(
    now: datetime, content: str, remote: Ref | None, learned: Mapping[Ref, str] = _NOTHING, *, already: bool = False
) -> Receipt:
    found: dict[str, Plain] = {str(ref): one for ref, one in learned.items()}
    return Receipt(now, remote, already, {"hash": content, **({"found": found} if found else {})})


def _most(wanted: CopyFile, place: Place) -> int:
    return min(wanted.largest, place.largest)


def _source(delivery: Delivery) -> Source:
    if delivery.source is None:
        raise ConnectorError("files", "there is no file to copy", retry=Retry.PERMANENT)
    return delivery.source
