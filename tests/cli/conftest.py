"""The commands as people type them: in this process, on the stand-ins over real HTTP, in a folder of their own."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

from bridge.cli.main import main
from bridge.wiring.settings import variables
from sandbox import Running, Sandbox, planfix_world, serve_in_thread, trello_world
from sandbox.telegram import TOKEN as TELEGRAM_TOKEN
from sandbox.world import CLIENT, TEAM_CHAT

PACK = Path(__file__).parents[2] / "config"
KYIV = ZoneInfo("Europe/Kyiv")
START = datetime(2026, 11, 30, 10, 0, tzinfo=KYIV)
UNHURRIED = "\npaces: {planfix.second: {calls: 1000, seconds: 1}, trello.token: {calls: 1000, seconds: 1}}\n"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """The output, for programs."""
        return json.loads(self.out)


class Terminal:
    """A folder with `config/`, and the command `bridge` in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> Said:
        """Runs `bridge` with these words."""
        self._patch.setattr("sys.argv", ["bridge", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = self._capsys.readouterr()
        return Said(int(str(ended.value.code or 0)), shown.out, shown.err)

    def set(self, **variables_: str) -> None:
        """Sets variables without their first word: `set(TRELLO__KEY="…")`."""
        for name, value in variables_.items():
            self._patch.setenv(f"BRIDGE_{name}", value)

    def unset(self, name: str) -> None:
        """Takes a variable away."""
        self._patch.delenv(f"BRIDGE_{name}")

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes a file of the config folder."""
        path = self.folder / "config" / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with serve_in_thread(Sandbox(world="demo", limits="off", start=START)) as running:
        yield running


@pytest.fixture
def quiet_logs() -> Iterator[None]:
    """Puts logging back: a command sets it up for its own process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quiet_logs: None
) -> Terminal:
    """The default pack and no credential at all."""
    for name in (*variables(), "BRIDGE_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(PACK, tmp_path / "config")
    pack = tmp_path / "config" / "bridge.yaml"
    pack.write_text(pack.read_text(encoding="utf-8") + UNHURRIED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bridge.cli.room.today", START.date)  # the pack's calendar knows the years up to the next one
    return Terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def bridge(bare: Terminal, served: Running) -> Terminal:
    """The default pack, with everything that leads to a fresh agency on the stand-ins."""
    sandbox = Sandbox(world="demo", limits="off", start=START)
    served.serve(sandbox)
    key_file = bare.folder / "service-account.json"
    key_file.write_text(json.dumps(sandbox.google.account.credentials(served.base_url)))
    base = served.base_url
    bare.set(
        TRELLO__KEY=trello_world.KEY,
        TRELLO__TOKEN=trello_world.TOKEN,
        TRELLO__BASE_URL=f"{base}/trello",
        PLANFIX__TOKEN=planfix_world.TOKEN,
        PLANFIX__BASE_URL=f"{base}/planfix/rest",
        GOOGLE__CREDENTIALS_FILE=str(key_file),
        GOOGLE__SHEETS_BASE_URL=f"{base}/google",
        GOOGLE__DRIVE_BASE_URL=f"{base}/google",
        GOOGLE__FORMS_BASE_URL=f"{base}/google",
        GOOGLE__PAGES_BASE_URL=base,
        TELEGRAM__TOKEN=TELEGRAM_TOKEN,
        TELEGRAM__BASE_URL=f"{base}/telegram",
    )
    return bare


class Day:
    """An agency's day: people act, and the bridge is ticked by its command."""

    def __init__(self, bridge: Terminal, served: Running) -> None:
        self.bridge = bridge
        self.sandbox = served.sandbox
        self.people = served.sandbox.people

    def tick(self, text: str) -> Said:
        """`bridge tick --at` that Kyiv time, on the stand-ins' clock too."""
        self.sandbox.clock.set(datetime.fromisoformat(text).replace(tzinfo=KYIV))
        return self.bridge("tick", "--at", text, "--json")

    def lead(self) -> int:
        """A new client with a deal and its card, read; gives the task's number. It is 10:06 on Monday afterwards."""
        contact = self.people.create_contact("ТОВ «Ромашка»", phone="+380441234567")
        task = self.people.create_task("Сайт", contact=contact)
        assert self.tick("2026-11-30T10:05").code == 0
        assert self.tick("2026-11-30T10:06").code == 0
        return task

    def opens_the_link(self) -> None:
        """A new client with a deal follows the link into the bot."""
        self.lead()
        team = self.sandbox.telegram.chats.chats[TEAM_CHAT].messages.values()
        [link] = re.findall(r"https://t\.me/[^\s<\"]+", " ".join(message.body.text for message in team))
        self.people.client_opens_link(CLIENT.id, link)


@pytest.fixture
def day(bridge: Terminal, served: Running) -> Day:
    return Day(bridge, served)
