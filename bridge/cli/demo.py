"""`bridge demo`: the stand-ins of all four services in a process of their own, the bridge beside them, over HTTP."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from bridge.cli.errors import FINDINGS, GOOD, print_findings
from bridge.cli.output import say
from bridge.cli.room import told_here
from bridge.cli.sandbox import SandboxLink, SandboxTrouble
from bridge.cli.story import Storyteller, play
from bridge.daemon import Daemon
from bridge.engine.clock import SetClock
from bridge.logs import set_up_logs
from bridge.model.errors import BridgeError
from bridge.model.wording import worded
from bridge.web.app import web_app
from bridge.web.server import serving
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import assemble, closing
from bridge.wiring.hooks import hooks
from bridge.wiring.settings import Settings, load_settings

START = "2026-11-30T10:00:00+02:00"
"""A Monday morning in Kyiv, in working hours whatever the hour is here."""

_PATIENCE = 30.0
_QUICK_POLLS = {"trello": 1.0, "planfix": 1.0, "google_forms": 1.0, "telegram": 0.5}


class Unhurried:
    """The stand-ins of the demo know no limits, so nothing has to wait."""

    def take(self, *lanes: str) -> None:
        """At once."""

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """Nothing waits."""


class FollowingClock:
    """Shows the sandbox's time: asked four times a second, never going back."""

    def __init__(self, link: SandboxLink) -> None:
        self._link = link
        self._now = link.now()
        self._stop = threading.Event()
        threading.Thread(target=self._follow, name="clock", daemon=True).start()

    def now(self) -> datetime:
        """The sandbox's time as of the last answer."""
        return self._now

    def stop(self) -> None:
        """Stops asking."""
        self._stop.set()

    def _follow(self) -> None:
        while not self._stop.wait(0.25):
            with contextlib.suppress(requests.RequestException, ValueError):
                self._now = max(self._now, self._link.now())


def run_demo(*, once: bool, port: int, language: str, as_json: bool) -> int:
    """Plays the demo, told in that language (the agency's own for ""); gives the exit code."""
    with (
        tempfile.TemporaryDirectory(prefix="bridge-demo-") as folder,
        sandbox_running(port=0 if once else port, clock="frozen" if once else "real") as link,
    ):
        settings = demo_settings(link, Path(folder))
        set_up_logs(settings, level=logging.WARNING)
        agency, findings = load_agency(settings.config_dir)
        if agency is None:
            print_findings(findings, language=language or told_here())
            return FINDINGS
        told_in = language or agency.language
        return _play_once(link, settings, agency, told_in, as_json) if once else _serve(link, settings, agency, told_in)


@contextmanager
def sandbox_running(port: int, clock: str) -> Iterator[SandboxLink]:
    """Stand-ins in a child process, ended with the block. Raises SandboxTrouble when they do not come up."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        str(port),
        "--limits",
        "off",
        "--clock",
        clock,
        "--start",
        START,
    ]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline().strip() if child.stdout else ""
        if not line.startswith("sandbox: "):
            raise SandboxTrouble(worded("the stand-ins did not start; is port {port} in use?", port=port))
        link = SandboxLink(line.removeprefix("sandbox: ").removesuffix("/sandbox/state"))
        _wait_for(link)
        yield link
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()


def _wait_for(link: SandboxLink) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            link.now()
            return
        time.sleep(0.05)
    raise SandboxTrouble(worded("the stand-ins do not answer"))


def demo_settings(link: SandboxLink, folder: Path) -> Settings:
    """Settings that point every service at the stand-ins; the database lives as long as the demo."""
    page = link.get("accounts")
    key_file = folder / "google.json"
    key_file.write_text(json.dumps(link.get("google-credentials")), encoding="utf-8")
    base = link.base_url
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{folder}/bridge.db",
        "public_url": None,
        "trello": {**page["trello"], "base_url": f"{base}/trello"},
        "planfix": {**page["planfix"], "base_url": f"{base}/planfix/rest", "scenario_secret": "demo-scenario-secret"},
        "google": {
            "credentials_file": key_file,
            "sheets_base_url": f"{base}/google",
            "drive_base_url": f"{base}/google",
            "forms_base_url": f"{base}/google",
            "pages_base_url": base,
        },
        "telegram": {**page["telegram"], "base_url": f"{base}/telegram"},
    }
    return load_settings(env_file=None, given=given)


def _play_once(link: SandboxLink, settings: Settings, agency: Agency, language: str, as_json: bool) -> int:
    clock = SetClock(link.now())
    with closing(assemble(settings, agency, clock, Unhurried())) as engine:
        return play(Storyteller(link, engine, clock, agency, language, as_json=as_json))


def _serve(link: SandboxLink, settings: Settings, agency: Agency, language: str) -> int:
    clock = FollowingClock(link)
    try:
        with closing(assemble(settings, agency, clock, Unhurried())) as engine:
            daemon = Daemon(engine, _QUICK_POLLS)
            with serving(web_app(engine, daemon, hooks(settings, agency)), "127.0.0.1", 0) as port:
                call = f"http://127.0.0.1:{port}/hooks/planfix/demo-scenario-secret"
                link.act("set_up_planfix_button", button="Надіслати бриф", url=call)
                daemon.run(beside=lambda: _welcome(link, daemon, engine.next_moment, language))
    finally:
        clock.stop()
    return GOOD


def _welcome(link: SandboxLink, daemon: Daemon, next_moment: Callable[[], datetime | None], language: str) -> None:
    """Says where to play, and keeps telling the page when something is due next."""
    say(worded("\n  Play here: {address}\n", address=f"{link.base_url}/"), language)
    words = "  Drag the card, write as the client, fill in the form, press a day further. Ctrl+C ends the demo.\n"
    say(worded(words), language)
    threading.Thread(target=_announce, args=[link, daemon, next_moment], name="announce", daemon=True).start()


def _announce(link: SandboxLink, daemon: Daemon, next_moment: Callable[[], datetime | None]) -> None:
    while not daemon.stopped.wait(1.0):
        with contextlib.suppress(requests.RequestException, BridgeError):
            link.announce(next_moment())
