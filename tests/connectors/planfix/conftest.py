"""Every test here gets a fresh office, and whatever was asked of it must fit the vendor's description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.planfix.office import Office, office
from tests.contract import descriptions
from tests.contract.openapi import validate_planfix


@pytest.fixture
def world() -> Iterator[Office]:
    with office() as found:
        yield found
        if descriptions() is None:
            return
        asked = [entry for entry in found.sandbox.journal.since() if entry.fault is None]
        faults = [fault for entry in asked for fault in validate_planfix(entry)]
        assert [fault for fault in faults if not fault.startswith(("answer", "status"))] == []
