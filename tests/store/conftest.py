"""The store that store tests work on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.testing import MemoryStore
from tests.store.shelf import Shelf


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """An empty store in memory."""
    shelf = Shelf(MemoryStore())
    yield shelf
    shelf.store.close()
