"""The small agency that engine tests work in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.engine.office import Desk


@pytest.fixture(autouse=True)
def heard_again() -> Iterator[None]:
    """Puts logging back after a test that plays weeks and silences it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An empty agency on a Tuesday at 14:00 in Kyiv."""
    desk = Desk()
    yield desk
    desk.store.close()
