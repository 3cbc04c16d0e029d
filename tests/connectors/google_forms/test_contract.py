"""Every call is one that Google describes: checked against its own description where that is at hand."""

from __future__ import annotations

import pytest

from tests.connectors.google_forms.agency import Agency
from tests.contract import descriptions
from tests.contract.google_discovery import validate

pytestmark = pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")


def test_a_days_calls_are_as_described(world: Agency) -> None:
    world.answer("K7M2", site="a.example", phone="0441234567")
    connector = world.connect()
    page = connector.pull(None)
    connector.refresh([record.ref for record in page.records])
    connector.check()
    calls = [call for call in world.sandbox.journal.since() if call.service == "google"]
    assert len(calls) >= 6
    assert [fault for call in calls for fault in validate(call)] == []
