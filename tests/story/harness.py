"""One agency at work in a test: the sandbox over real HTTP, the real connectors, store and rules, and a clock to set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.engine.clock import SetClock
from bridge.engine.engine import Done, Engine
from bridge.model.deliveries import State
from bridge.store.rows import Row
from bridge.wiring.agency import load_agency
from bridge.wiring.assemble import assemble
from bridge.wiring.settings import Settings, load_settings
from sandbox import Sandbox
from sandbox.server import Running
from sandbox.telegram import TOKEN
from sandbox.world import ANDRII, BORYS, CLIENT, IRYNA, MARIIA, OLENA, TEAM_CHAT

KYIV = ZoneInfo("Europe/Kyiv")
ROOT = Path(__file__).parents[2]


class NoPace:
    """Lets every call through: the sandbox's limits are off."""

    def take(self, *lanes: str) -> None:
        """At once."""

    def pause(self, wait: Any, *lanes: str) -> None:
        """Nothing waits."""


def moment(text: str) -> datetime:
    """A Kyiv wall-clock time such as "2026-12-03 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


def sandbox_settings(base_url: str, folder: Path, sandbox: Sandbox) -> Settings:
    """Settings that point every service at a sandbox."""
    key_file = folder / "google.json"
    key_file.write_text(json.dumps(sandbox.google.account.credentials(base_url)))
    return load_settings(
        env_file=None,
        given={
            "config_dir": ROOT / "config",
            "database_url": f"sqlite:///{folder}/bridge.db",
            "trello": {
                "key": "sandbox-trello-key",
                "token": "sandbox-trello-token",
                "secret": "sandbox-trello-secret",
                "base_url": f"{base_url}/trello",
            },
            "planfix": {
                "token": "sandbox-planfix-token",
                "base_url": f"{base_url}/planfix/rest",
                "scenario_secret": "sandbox-scenario-secret",
            },
            "google": {
                "credentials_file": key_file,
                "sheets_base_url": f"{base_url}/google",
                "drive_base_url": f"{base_url}/google",
                "forms_base_url": f"{base_url}/google",
                "pages_base_url": base_url,
            },
            "telegram": {"token": TOKEN, "base_url": f"{base_url}/telegram"},
        },
    )


class Story:
    """The agency in one test. People act through `people`; the bridge works when `tick` is called."""

    def __init__(self, running: Running, folder: Path, start: str) -> None:
        self.sandbox = running.sandbox
        self.people = running.sandbox.people
        self._folder = folder
        self._base_url = running.base_url
        self.sandbox.clock.set(moment(start))
        self.clock = SetClock(moment(start))
        self.engine = self._assembled()

    def _assembled(self) -> Engine:
        settings = sandbox_settings(self._base_url, self._folder, self.sandbox)
        agency, findings = load_agency(settings.config_dir)
        assert agency is not None, findings
        return assemble(settings, agency, self.clock, NoPace())

    # -- time ---------------------------------------------------------------------------------------------------

    def at(self, text: str) -> Story:
        """Moves both clocks there; the bridge sleeps on the way."""
        self.sandbox.clock.set(moment(text))
        self.clock.set(moment(text))
        return self

    def tick(self, text: str = "") -> Done:
        """One tick of the bridge, at that time."""
        if text:
            self.at(text)
        return self.engine.tick()

    def restart(self) -> None:
        """The process ends and another one starts on the same database."""
        self.close()
        self.engine = self._assembled()

    def close(self) -> None:
        """Lets go of everything."""
        for connector in self.engine.connectors.values():
            connector.close()
        self.engine.store.close()

    # -- what people see ----------------------------------------------------------------------------------------

    def says(self, chat: int) -> list[str]:
        """What the bot has written into a chat, oldest first."""
        found = self.sandbox.telegram.chats.chats[chat]
        return [message.body.text for message in found.messages.values() if message.sender.is_bot]

    @property
    def client(self) -> list[str]:
        """What the client has read from the bot."""
        return self.says(CLIENT.id)

    @property
    def team(self) -> list[str]:
        """What the staff group has read."""
        return self.says(TEAM_CHAT)

    @property
    def pm(self) -> list[str]:
        """What the РМ has read."""
        return self.says(ANDRII.id)

    @property
    def manager(self) -> list[str]:
        """What the account manager has read."""
        return self.says(OLENA.id)

    @property
    def head(self) -> list[str]:
        """What the head has read."""
        return self.says(MARIIA.id)

    def deliveries(self, *states: State) -> list[Row]:
        """Deliveries, oldest first."""
        return list(reversed(self.engine.store.deliveries(states=states)))


@contextmanager
def story_at(running: Running, folder: Path, start: str = "2026-11-30 10:00") -> Iterator[Story]:
    """A fresh agency on a Monday morning."""
    running.serve(Sandbox(world="demo", limits="off", start=moment(start)))
    story = Story(running, folder, start)
    try:
        yield story
    finally:
        story.close()


__all__ = ["BORYS", "CLIENT", "IRYNA", "Story", "moment", "story_at"]
