"""The small agency that engine tests work in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.office import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An empty agency on a Tuesday at 14:00 in Kyiv."""
    desk = Desk()
    yield desk
    desk.store.close()
