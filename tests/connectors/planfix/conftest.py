"""Every test here gets a fresh office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.planfix.office import Office, office


@pytest.fixture
def world() -> Iterator[Office]:
    with office() as found:
        yield found
