"""Files that hang on outside things, and the rows of the map that say which of them go where. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit

from bridge.model.records import Ref
from bridge.model.values import Plain

FILES = "files"
"""The name of the files in a record, of the section in bridge.yaml, and of what copies them where rules are named."""
UPLOAD_PAGE = "upload_page"
"""The name, in an answer, of the address of an uploaded file's page, with `{id}` in it."""
LARGEST = 250_000_000
"""In bytes; what is larger is linked, whatever the map says: the most that Trello takes from anybody."""
_LONGEST_BYTES = 200
"""Of a name: file systems take 255, and a copy may get a number in front."""
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


@dataclass(frozen=True, slots=True)
class FileThere:
    """A file on a thing. `size` is in bytes, None where its system does not tell; `link` the address of a mere link."""

    id: str
    name: str
    size: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A row of the map: files of `source` things (`trello.card`) are hung on `to` things of the same client.

    Without `only` all of them are, else those whose name one of the patterns fits. What fits `commercial` never goes to
    a card. One of more than `largest` bytes is linked.
    """

    source: str
    to: str
    only: tuple[str, ...] = ()
    commercial: tuple[str, ...] = ()
    largest: int = LARGEST

    def takes(self, file: FileThere) -> bool:
        """Whether a file goes there."""
        if self.to == "trello.card" and fits(file.name, self.commercial):
            return False
        return not self.only or fits(file.name, self.only)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched, at its beginning, on disk while it is large. `hash` is the SHA-256 of its content.

    `ending` is that of its own name (`.pdf`), where its name elsewhere is made up without one.
    """

    content: BinaryIO = field(repr=False)
    size: int
    hash: str
    media_type: str = "application/octet-stream"
    ending: str = ""


Fetch: TypeAlias = Callable[[int], AbstractContextManager[Fetched]]
"""Fetches a file of at most so many bytes. Raises ConnectorError; FileTooLarge for one that has more."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a connector gets of another system's file: how it is fetched, and the files of its own thing as known.

    `known` are content hashes by file: of those that hang on the thing, and of those that did.
    """

    fetch: Fetch
    known: Mapping[Ref, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadName:
    """What the files that clients upload to one question are called: `{client}`, `{doc}` and `{date}` in a pattern."""

    doc: str
    pattern: str

    def of(self, client: str, date: str, number: int) -> str:
        """The name of the `number`-th file of an answer, counting from 1, without an ending. What is not known is left
        out."""
        words = {"client": client, "doc": self.doc, "date": date}
        text = re.sub(r"\{(\w+)\}", lambda word: words.get(word[1], word[0]), self.pattern)
        name = re.sub(r"([-_. ])[-_. ]*\1", r"\1", text).strip("-_. ")
        return f"{name}-{number}" if number > 1 else name


UPLOAD_WORDS = ("client", "doc", "date")
"""What may stand in braces in such a pattern."""


def plain_files(files: Iterable[FileThere]) -> list[Plain]:
    """Their written form in a record: in the order of their ids, as systems keep no order for ever."""
    return [dict(asdict(one)) for one in sorted(files, key=lambda one: one.id)]


def parse_files(plain: Plain) -> list[FileThere]:
    """The files that `plain_files` wrote; none for anything else."""
    found = []
    for one in plain if isinstance(plain, Sequence) and not isinstance(plain, str) else ():
        if isinstance(one, Mapping):
            size = one.get("size")
            known = size if isinstance(size, int) else None
            found.append(FileThere(str(one.get("id", "")), str(one.get("name", "")), known, str(one.get("link") or "")))
    return found


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns (`*.pdf`) fits a name, whatever its letters' case."""
    return any(fnmatchcase(_folded(name), _folded(pattern)) for pattern in patterns)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def clean_name(name: str) -> str:
    """A name that every system takes: without what cuts paths or hides its end, and short; the ending stays."""
    text = _NOT_IN_A_NAME.sub("_", unicodedata.normalize("NFC", name.encode(errors="ignore").decode())).strip(" ._")
    text = text or "file"
    stem, dot, ending = text.rpartition(".")
    if not dot or not stem or len(ending) > 10:
        stem, dot, ending = text, "", ""
    room = _LONGEST_BYTES - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip() + dot + ending


def is_address(link: str) -> bool:
    """Whether a link leads to a page that anybody's browser opens, and to nothing else."""
    try:
        return urlsplit(link).scheme in ("http", "https") and bool(urlsplit(link).hostname)
    except ValueError:
        return False
