"""Files of another system, as an outbox hands them to a connector that is to copy them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

from bridge.model.errors import FileGone, FileTooLarge
from bridge.model.files import Fetched, Source
from bridge.model.records import Ref

ELSEWHERE = "https://elsewhere.test/page"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def source(content: bytes | None, known: Mapping[Ref, str] | None = None) -> Source:
    """A file with that content; None for one that is gone."""

    @contextmanager
    def fetch(most: int) -> Iterator[Fetched]:
        if content is None:
            raise FileGone("other", "gone")
        if len(content) > most:
            raise FileTooLarge("other", "too large")
        yield Fetched(BytesIO(content), len(content), sha(content), "application/pdf")

    return Source(fetch, known or {})
