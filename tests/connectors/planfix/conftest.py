"""Every test here gets a fresh office, and whatever was asked of it must fit the vendor's description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.planfix.office import Office, office
from tests.contract import descriptions
from tests.contract.openapi import planfix_request_faults


@pytest.fixture
def world() -> Iterator[Office]:
    with office() as found:
        yield found
        if descriptions() is None:
            return
        faults = [fault for entry in found.sandbox.journal.since() for fault in planfix_request_faults(entry)]
        assert faults == []
