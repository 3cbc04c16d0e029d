"""Every request that the connectors make in any test, held against the vendors' descriptions: raw, and with errata.

A plugin that tests/conftest.py registers. A request that fits the description with errata nowhere fails the run; what
the raw description alone refuses is counted and told, since the errata give its reasons.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox import journal
from sandbox.journal import Exchange
from tests.contract import descriptions
from tests.contract.openapi import planfix_request_faults, template_of, trello_request_faults

_AGENT = "agency-bridge"
"""How connectors name themselves: what tests ask of the sandbox by their own hand is not looked at."""
_NAMED_BY = ("user-agent", "x-trello-client-identifier")
_VALUE = re.compile(
    r"'[^']*'(?= is not of type)|\S+(?= is not of type)|\S+(?= is not one of)|(?<=is not one of ).*|"
    r"\{.*\}(?= is valid under)|(?<=is valid under each of ).*|(?<=\[)\d+(?=\])"
)
"""What a fault tells of one request alone, and long lists of what is allowed."""
_IDENTITY = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?|\d{4,}|\b[0-9A-Za-z]{8}\b")
"""What tells apart requests that are alike for a description: ids, short links, moments, long numbers."""
_HANDED_OVER = "contract"

Check = Callable[[Exchange, bool], list[str]]
_CHECKS: dict[str, Check] = {"trello": trello_request_faults, "planfix": planfix_request_faults}


@dataclass
class Tally:
    """What was asked of one vendor."""

    requests: int = 0
    kinds: int = 0
    """Requests that differ in more than ids, codes and dates: each was checked once."""
    raw: Counter[str] = field(default_factory=Counter)
    patched: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count what another process saw as well."""
        self.requests += other.requests
        self.kinds += other.kinds
        self.raw += other.raw
        self.patched += other.patched


class ContractReport:
    """The pytest plugin: watches the sandboxes of its process, and tells at the end what all processes saw."""

    def __init__(self) -> None:
        self._tallies = {service: Tally() for service in _CHECKS}
        self._seen: set[str] = set()

    def asked(self, exchange: Exchange) -> None:
        """Look at a request that has just arrived at a sandbox."""
        check = _CHECKS.get(exchange.service)
        if check is None or not any(exchange.headers.get(name, "").startswith(_AGENT) for name in _NAMED_BY):
            return
        tally = self._tallies[exchange.service]
        tally.requests += 1
        kind = _kind(exchange)
        if kind in self._seen:
            return
        self._seen.add(kind)
        tally.kinds += 1
        tally.raw.update(_told(exchange, check(exchange, False)))
        tally.patched.update(_told(exchange, check(exchange, True)))

    def pytest_sessionstart(self) -> None:
        journal.watch(self.asked)

    def pytest_testnodedown(self, node: Any) -> None:
        for service, tally in getattr(node, "workeroutput", {}).get(_HANDED_OVER, {}).items():
            self._tallies[service].add(Tally(**{name: _counted(value) for name, value in tally.items()}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_HANDED_OVER] = {service: _plain(tally) for service, tally in self._tallies.items()}
        elif any(tally.patched for tally in self._tallies.values()) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> Iterator[str]:
        """The report: a line a vendor, then what does not fit, the most frequent first."""
        for service, tally in self._tallies.items():
            if tally.requests:
                yield (
                    f"contract, {service}: {tally.requests} requests of {tally.kinds} kinds; "
                    f"{sum(tally.patched.values())} kinds do not fit the description with errata, "
                    f"{sum(tally.raw.values())} the raw one"
                )
                yield from (f"  with errata: {count} x {fault}" for fault, count in tally.patched.most_common())
                yield from (f"  raw: {count} x {fault}" for fault, count in tally.raw.most_common())


def register(config: pytest.Config) -> None:
    """Watch, where the descriptions are to be had."""
    if descriptions() is not None:
        config.pluginmanager.register(ContractReport(), "contract-report")


def _kind(exchange: Exchange) -> str:
    text = json.dumps([exchange.service, exchange.method, exchange.path, exchange.query, exchange.body], default=str)
    return _IDENTITY.sub("#", text)


def _told(exchange: Exchange, faults: list[str]) -> set[str]:
    """The faults, alike where only values and places in lists differ."""
    return {f"{exchange.method} {template_of(exchange)}: {_VALUE.sub('…', fault)}" for fault in faults}


def _plain(tally: Tally) -> dict[str, Any]:
    return {"requests": tally.requests, "kinds": tally.kinds, "raw": dict(tally.raw), "patched": dict(tally.patched)}


def _counted(value: Any) -> Any:
    return Counter(value) if isinstance(value, dict) else value
