"""Rate limits of several workspaces in one process: counted by token, so that two that share one share its limit."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta

from bridge.engine.accounts import system_of
from bridge.model.protocols import Pace
from bridge.wiring.agency import Agency
from bridge.wiring.settings import Settings, shown
from connectors.http import TokenBuckets


class SharedLimits:
    """Gives each workspace its pace. Thread-safe: workspaces begin when they can."""

    def __init__(self, buckets: TokenBuckets | None = None) -> None:
        self._buckets = buckets or TokenBuckets({})
        self._lock = threading.Lock()
        self._names: dict[tuple[str, str], str] = {}
        """By limit and secret: what the bucket of that secret is called, after whoever came first."""

    def pace(self, workspace: str, limits: Mapping[str, tuple[int, float]], secrets: Mapping[str, str]) -> Pace:
        """The limits as one workspace meets them: those it says, by lane, for the secrets behind its lanes.

        Where two workspaces share a secret and say different limits, the tighter one holds.
        """
        own: dict[str, str] = {}
        with self._lock:
            for lane, secret in secrets.items():
                base = _base(lane, limits)
                label = f"{workspace}{lane.removeprefix(base)}".replace(":", "/")
                own[lane] = f"{base}:{self._names.setdefault((base, secret), label)}"
                self._buckets.limit(own[lane], *limits[base])
        return _WorkspacePace(self._buckets, own)


class _WorkspacePace:
    """What one workspace takes of shared limits, and what they cost in its lanes."""

    def __init__(self, buckets: TokenBuckets, own: Mapping[str, str]) -> None:
        self._buckets = buckets
        self._own = own

    def take(self, *lanes: str) -> None:
        """Wait for one permit in each lane."""
        self._buckets.take(*map(self._named, lanes))

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """Give no permit in these lanes before `wait` is over."""
        self._buckets.pause(wait, *map(self._named, lanes))

    def waited(self) -> Mapping[str, float]:
        """Seconds that calls have waited so far, by limit; of a shared token those of all who share it."""
        return {lane: seconds for lane, name in self._own.items() if (seconds := self._buckets.waited().get(name))}

    def pauses(self) -> Mapping[str, int]:
        """How often a vendor said to slow down, by limit."""
        return {lane: count for lane, name in self._own.items() if (count := self._buckets.pauses().get(name))}

    def _named(self, lane: str) -> str:
        """The bucket of a lane; one of a chat stands under its workspace's own."""
        name = lane
        while name and name not in self._own:
            name = name.rpartition(":")[0]
        return f"{self._own[name]}{lane.removeprefix(name)}" if name else lane


def secrets_behind(settings: Settings, agency: Agency, limits: Mapping[str, tuple[int, float]]) -> dict[str, str]:
    """The secret that each lane of a workspace is counted by; those of further accounts by their own lanes."""
    found: dict[str, str] = {}
    for lane in limits:
        system = system_of(lane)
        for account in agency.accounts(system) or ("",):
            found[f"{lane}:{account}" if account else lane] = _secret(settings, system, lane, account)
    return found


def _secret(settings: Settings, system: str, lane: str, account: str) -> str:
    match system:
        case "trello":
            access = settings.trello.of(account)
            return shown(access.key if lane.endswith(".key") else access.token)
        case "planfix":
            return f"{settings.planfix.of(account).base_url} {shown(settings.planfix.of(account).token)}"
        case "telegram":
            return shown(settings.telegram.token)
        case "sms":
            return shown(settings.sms.secret)
        case "webhook":
            return " ".join(sorted(map(shown, settings.webhooks.values())))
        case "email":
            return shown(settings.smtp.url)
        case _:
            return str(settings.google.credentials_file)


def _base(lane: str, limits: Mapping[str, tuple[int, float]]) -> str:
    """The limit that a lane is under."""
    while lane not in limits:
        lane = lane.rpartition(":")[0]
    return lane
