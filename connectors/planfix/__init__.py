"""Planfix: deals and contacts are read; their fields are written, tasks for staff are made, documents are hung on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.files import Fetched
from bridge.model.findings import Finding
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Ref
from bridge.model.setting_up import FieldThere, Step, Wishes
from connectors.http import VendorSession
from connectors.planfix.account import Account
from connectors.planfix.api import LIMITS, NAME, PlanfixApi, PlanfixReading, PlanfixSettings
from connectors.planfix.checking import READING, WRITING, Checker, Overview
from connectors.planfix.files import fetch
from connectors.planfix.mapping import CONTACT, TASK, PlanfixMapping, button_of
from connectors.planfix.past import Past
from connectors.planfix.reading import Reader
from connectors.planfix.scenario import parse_scenario_call, parse_scenario_change
from connectors.planfix.setup import Setup, field_there, tag_there
from connectors.planfix.tag_fields import TagField, TimeTag
from connectors.planfix.writing import Writer

SCOPES = (*READING, *WRITING)
"""What a token for all that the bridge does is allowed."""

__all__ = [
    "LIMITS",
    "SCOPES",
    "PlanfixConnector",
    "PlanfixMapping",
    "PlanfixReader",
    "PlanfixSettings",
    "TagField",
    "TimeTag",
    "parse_scenario_call",
    "parse_scenario_change",
]


class PlanfixReader:
    """One Planfix account, only read: below it there is no call that writes. A token with reading scopes is enough.

    `lag` is how late its lists may be.
    """

    def __init__(
        self,
        settings: PlanfixSettings,
        mapping: PlanfixMapping,
        clock: Clock,
        pace: Pace,
        session: VendorSession | None = None,
        lag: timedelta = timedelta(seconds=60),
    ) -> None:
        self._use(PlanfixReading(settings, pace, mapping.sources_id, session), settings, mapping, clock, lag)

    def _use(
        self, api: PlanfixReading, settings: PlanfixSettings, mapping: PlanfixMapping, clock: Clock, lag: timedelta
    ) -> None:
        self._lag = lag
        self._mapping = mapping
        self._api = api
        self._account = Account(api, mapping)
        self._there = Overview(api)
        self._reader = Reader(api, self._account, settings, mapping, clock)
        self._past = Past(api, self._account, settings, mapping)

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

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """These tasks and contacts now, a request each. In the background people's actions go first."""
        with self._api.in_background() if background else nullcontext():
            return self._reader.refresh(refs)

    def past(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """What was said before; see past.py. People's actions go first."""
        with self._api.in_background():
            return self._past.page(cursor, pulled, since)

    @property
    def untold(self) -> tuple[str, ...]:
        """What of the past the account does not tell."""
        return self._past.untold

    def accept_empty(self, source: str) -> None:
        """The next `pull` takes it as it is that a list shows far less than before."""
        self._reader.accept_empty(source)

    def check(self) -> list[Finding]:
        """The token, the templates and the custom fields, asked live."""
        return self._checked(writes=False)

    def _checked(self, *, writes: bool) -> list[Finding]:
        self._there = Overview(self._api)
        return Checker(self._there, self._mapping, writes=writes).findings()

    def fields_there(self) -> list[tuple[str, FieldThere]]:
        """The custom fields behind mapping names, as they were last checked."""
        counted = [(name, tag_there(str(one.tag), one)) for name, one in self._mapping.tags.items()]
        return counted + [
            (f"planfix.{kind}.{key}", field_there(item, self._there.entries(item)))
            for kind in ("task", "contact")
            for key, item in self._there.mapped(kind, self._mapping)
            if not button_of(key)
        ]

    def statuses(self) -> set[str]:
        """The statuses that deals can have, asked now; their templates as they were last checked."""
        deals = {str(one) for one in self._mapping.deal_templates}
        made_from = [one for one in self._there.templates() if deals & {one.name, str(one.id)}]
        processes = {one.processId for one in made_from if one.processId is not None}
        return {one.name or "" for process in sorted(processes) for one in self._api.statuses(process)}

    @contextmanager
    def fetch(self, holder: Ref, file: Ref, most: int) -> Iterator[Fetched]:
        """A file of a task or contact. People's actions go first."""
        with self._api.in_background(), fetch(self._api, file.id, most) as found:
            yield found

    def close(self) -> None:
        """Lets go of connections."""
        self._api.close()


class PlanfixConnector(PlanfixReader):
    """One Planfix account, read and written. `session` replaces the one made from the settings."""

    def __init__(
        self,
        settings: PlanfixSettings,
        mapping: PlanfixMapping,
        clock: Clock,
        pace: Pace,
        session: VendorSession | None = None,
        lag: timedelta = timedelta(seconds=60),
    ) -> None:
        api = PlanfixApi(settings, pace, mapping.sources_id, session)
        self._use(api, settings, mapping, clock, lag)
        self._writer = Writer(api, self._account, settings, mapping, clock, lag)
        self._setup = Setup(api, mapping, settings.scenarios)

    def push(self, delivery: Delivery) -> Receipt:
        """Carries it out; see writing.py. What nobody waits for lets people's actions go first."""
        with self._api.in_background() if delivery.background else nullcontext():
            return self._writer.push(delivery)

    def look(self, delivery: Delivery) -> Receipt | None:
        """Whether an earlier attempt took effect."""
        return self._writer.look(delivery)

    def check(self) -> list[Finding]:
        """The token, the templates and the custom fields, asked live; what it may write cannot be asked."""
        return self._checked(writes=True)

    def access(self) -> list[Finding]:
        """What is wrong with the token, asked live."""
        return Checker(Overview(self._api), self._mapping, writes=True).access()

    def lacking(self, wishes: Wishes) -> list[Step]:
        """What the configuration wants beside what is there; see setup.py."""
        return self._setup.lacking(wishes)

    def carry_out(self, step: Step) -> str:
        """Makes it, unless it is there by now."""
        return self._setup.carry_out(step)
