"""Every test here gets a fresh agency."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.telegram.agency import Agency, agency


@pytest.fixture
def world() -> Iterator[Agency]:
    with agency() as found:
        yield found
