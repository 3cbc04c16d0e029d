"""The sign of life: a watcher outside notices when it stops, or when it says that something is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
import structlog

from bridge.engine.alarms import Alarm
from bridge.model.values import moment_text

log = structlog.get_logger(__name__)

_PATIENCE = 10.0
_FAILED = "/fail"


def call(address: str) -> None:
    """Asks an address, once, and takes any answer for an answer. Raises OSError when there is none."""
    requests.get(address, timeout=_PATIENCE, allow_redirects=False, headers={"User-Agent": "agency-bridge"})


@dataclass(frozen=True, slots=True)
class Ping:
    """Where signs of life go. The address may hold a secret: it is never logged.

    While something is wrong `/fail` is added to it, as healthchecks.io and its like understand it; a watcher that
    knows no such address notices a missing call just as well.
    """

    file: Path | None = None
    url: str = ""
    call: Callable[[str], None] = call

    def send(self, now: datetime, healthy: bool, alarms: Sequence[Alarm]) -> None:
        """One sign. What fails is logged and not repeated: the next one comes in a minute."""
        if self.file is not None:
            self._write(self.file, now, healthy, alarms)
        if self.url:
            try:
                self.call(self.url if healthy else f"{self.url}{_FAILED}")
            except OSError as error:  # requests' errors are OSErrors, and show the whole address
                log.warning("no sign of life could be sent", to="BRIDGE_PING__URL", error=type(error).__name__)

    def _write(self, file: Path, now: datetime, healthy: bool, alarms: Sequence[Alarm]) -> None:
        """The whole file at once: a reader never sees half of it."""
        shown = [{"kind": alarm.kind, "about": alarm.about, "what": alarm.what, "fix": alarm.fix} for alarm in alarms]
        sign = {"at": moment_text(now), "healthy": healthy, "alarms": shown}
        beside = file.with_name(f"{file.name}.new")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(sign, ensure_ascii=False), encoding="utf-8")
            os.replace(beside, file)
        except OSError as error:
            log.warning("no sign of life could be written", to=file.as_posix(), error=error.strerror)
