"""Planfix: deals and contacts are read; their fields are written, tasks for staff are made, documents are hung on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Ref
from connectors.http import VendorSession
from connectors.planfix.account import Account
from connectors.planfix.api import LIMITS, NAME, PlanfixApi, PlanfixSettings
from connectors.planfix.checking import Checker
from connectors.planfix.mapping import CONTACT, TASK, PlanfixMapping
from connectors.planfix.reading import Reader
from connectors.planfix.scenario import parse_scenario_call
from connectors.planfix.writing import Writer

__all__ = ["LIMITS", "PlanfixConnector", "PlanfixMapping", "PlanfixSettings", "parse_scenario_call"]


class PlanfixConnector:
    """One Planfix account. `lag` is how late its lists may be; `session` replaces the one made from the settings."""

    def __init__(
        self,
        settings: PlanfixSettings,
        mapping: PlanfixMapping,
        clock: Clock,
        pace: Pace,
        session: VendorSession | None = None,
        lag: timedelta = timedelta(seconds=60),
    ) -> None:
        self._lag = lag
        self._mapping = mapping
        self._api = PlanfixApi(settings, pace, mapping.sources_id, session)
        account = Account(self._api, mapping)
        self._reader = Reader(self._api, account, settings, mapping, clock)
        self._writer = Writer(self._api, account, settings, mapping, clock)

    @property
    def name(self) -> str:
        return NAME

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset({Capability.TASKS})

    @property
    def sources(self) -> frozenset[str]:
        return frozenset({TASK, CONTACT})

    def pull(self, cursor: Cursor | None) -> Page:
        """What changed; see reading.py. People's actions go first."""
        with self._api.in_background():
            return self._reader.pull(cursor, self._lag)

    def refresh(self, refs: Sequence[Ref]) -> Page:
        """These tasks and contacts now, a request each."""
        return self._reader.refresh(refs)

    def push(self, delivery: Delivery) -> Receipt:
        """Carries it out; see writing.py."""
        return self._writer.push(delivery)

    def look(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt took effect."""
        return self._writer.look(delivery)

    def check(self) -> list[Finding]:
        """The token, the templates and the custom fields, asked live."""
        return Checker(self._api, self._mapping).findings()

    def close(self) -> None:
        """Lets go of connections."""
        self._api.close()
