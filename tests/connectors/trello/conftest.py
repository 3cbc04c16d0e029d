"""Every test here gets a fresh agency, and whatever was asked of it must fit the vendor's description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.trello.board import Agency, agency
from tests.contract import descriptions
from tests.contract.openapi import trello_request_faults


@pytest.fixture
def world() -> Iterator[Agency]:
    with agency() as found:
        yield found
        if descriptions() is None:
            return
        faults = [fault for entry in found.sandbox.journal.since() for fault in trello_request_faults(entry)]
        assert faults == []
