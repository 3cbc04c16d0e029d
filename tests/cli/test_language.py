"""No command leaves an English word in a Ukrainian workspace, but for names: those of rules, facts, files, commands."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from typer.main import get_command

from bridge.cli import room
from bridge.cli.main import app
from bridge.wiring.agency import Agency, load_agency
from connectors.planfix import SCOPES
from rules import manual
from tests.cli.conftest import Day, Terminal
from tests.cli.test_taking_over import asked

COMMANDS = """\
status
stops
outbox list
outbox list --state confirmed
outbox list --state cancelled
outbox list --state lost
outbox list --limit 0
outbox retry abc
missed list
missed do abc
inbox list
inbox bind 7 Хтось
inbox apart 7
logs
logs --limit 80
logs --since 2028-01-01
logs --since колись
logs --limt 3
logs --help
flood list
flood
flood send lead-card
history
plan
rollback
apply
shadow report --live
shadow report
shadow report --live --silent 0
why Ромашка
why Ромашка production-start
why Ромашка нема
simulate Ромашка
simulate Ромашка --event "card.moved: {to: Ініціалізація}"
simulate Ромашка --event "card.mvoed: {to: Ініціалізація}"
backtest brief-send --since 2026-11-30
backtest brief-sned --since 2026-11-30
explain brief-silent
explain gate-handoff
explain нема
explain gate.start
check --offline
init
test --coverage
stop world
stop client Ромашка --reason сварка
stops
status
go client Ромашка
go client Ромашка
accept trello.card
accept trello.crad
db check
db upgrade
db
calendar count 2026-12-24T16:30 2wd
calendar show
backup copy.backup
backup copy.backup
restore notes.txt
export Ромашка --to her.json
erase Ромашка
erase Ромашка --yes
--help
run --help
nope
"""
NAMES = {"bridge", "Telegram", "Trello", "Planfix", "Google", "SQLite", "NAME", "id", "config", "else", "unless"}
NAMES |= {"uk", "ru", "en", "json", "abc", "copy", "her", getpass.getuser(), "bound", "comment", "documents"}
NAMES |= {
    "planfix",
    "trello",
    "telegram",
    "google_forms",
    "google_forms.brief",
    "planfix.contact",
    "planfix.task",
    "Forms",
}
NAMES |= {"telegram.chat", "trello.card", "client.created", "Forms", "Schema", "zip", "Europe", "Kyiv"}
NAMES |= {*SCOPES, "environment"}
AS_TYPED = re.compile(
    r"bridge [a-z][^;,)\n]*|https?://\S+|BRIDGE_\w+|\[[a-z-]+\]|--[a-z]+|\S+\.(?:yaml|md|backup|json|db|docx|pdf)\S*"
    r"|\b[0-9a-f]{8,16}\b|`[^`]*`|\b[A-Z]{2,}\b|\b\d+(?:wd|wh|[wdhm])\b(?: at \d\d:\d\d)?"
)
WORD = re.compile(r"[A-Za-z][\w.-]*[A-Za-z]")


def names_of(agency: Agency) -> set[str]:
    """Whatever an admin has named, and the words of the language of rules."""
    rules = agency.ruleset
    steps = {step.id for rule in rules.rules for step in rule.steps}
    ids = {rule.id for rule in rules.rules} | steps
    ids |= {*rules.texts, *rules.fields, *rules.gates, *rules.checklists, *rules.calendars}
    return ids | {page.word for page in manual.pages()} | {spec.source for spec in rules.fields.values()}


def commands(group: Any) -> set[str]:
    """The names of commands, as they are typed."""
    below = getattr(group, "commands", {})
    return {*below, *(name for one in below.values() for name in commands(one))}


def english_in(shown: str, names: set[str]) -> list[str]:
    """The Latin words of a text that are nobody's name."""
    return [word for word in WORD.findall(AS_TYPED.sub(" ", shown)) if word not in names]


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch, bridge: Terminal) -> Agency:
    """The config folder, read once for all commands."""
    known = load_agency(bridge.folder / "config")
    monkeypatch.setattr(room, "load_agency", lambda *_folder: known)
    assert known[0] is not None
    return known[0]


def in_words(day: Day) -> Iterator[tuple[str, str]]:
    """Each command with what it said."""
    for line in COMMANDS.splitlines():
        words = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]
        said = day.bridge(*words)
        yield line, said.out + said.err


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_the_trail_of_days_is_told_without_english(day: Day, read_once: Agency, language: str) -> None:
    asked(day)
    for time in ("2026-12-02T18:00", "2026-12-02T18:01", "2026-12-03T10:00", "2026-12-03T10:01"):
        day.tick(time)
    said = [day.bridge(*words, "--language", language) for words in (("logs",), ("why", "Ромашка"), ("status",))]
    assert "2wd = " in said[0].out
    assert english_in("".join(one.out + one.err for one in said), NAMES | names_of(read_once)) == []


def test_no_command_speaks_english_in_a_ukrainian_workspace(
    day: Day, read_once: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(""))
    day.lead()
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    names = NAMES | names_of(read_once) | commands(get_command(app))
    found = {line: english_in(shown, names | set(WORD.findall(line))) for line, shown in in_words(day)}
    assert {line: words for line, words in found.items() if words} == {}
