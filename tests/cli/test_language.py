"""No command leaves an English word in a Ukrainian workspace, but for names: those of rules, facts, files, commands."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator

import pytest

from bridge.cli import room
from bridge.wiring.agency import Agency, load_agency
from rules import manual
from tests.cli.conftest import Day, Terminal

COMMANDS = """\
status
stops
outbox list
outbox list --state confirmed
outbox list --state cancelled
outbox retry abc
missed list
missed do abc
inbox list
inbox bind 7 Хтось
logs
flood list
flood send lead-card
history
plan
rollback
apply
shadow report --live
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
check --offline
test --coverage
stop client Ромашка --reason сварка
stops
status
go client Ромашка
go client Ромашка
accept trello.card
accept trello.crad
db check
backup copy.backup
export Ромашка --to her.json
erase Ромашка --yes
"""
NAMES = {"bridge", "Telegram", "Trello", "Planfix", "Google", "SQLite", "NAME", "id", "config", "else", "unless"}
NAMES |= {"uk", "ru", "en", "json", "abc", "copy", "her", getpass.getuser(), "bound", "comment", "documents"}
NAMES |= {"planfix", "trello", "telegram", "google_forms", "google_forms.brief", "planfix.contact", "planfix.task"}
NAMES |= {"telegram.chat", "trello.card", "client.created"}
AS_TYPED = re.compile(
    r"bridge [a-z][^;,)\n]*|https?://\S+|BRIDGE_\w+|\[[a-z-]+\]|--[a-z]+|\S+\.(?:yaml|md|backup|json|db|docx|pdf)\S*"
    r"|\b[0-9a-f]{8,16}\b"
)
WORD = re.compile(r"[A-Za-z][\w.-]*[A-Za-z]")


def names_of(agency: Agency) -> set[str]:
    """Whatever an admin has named, and the words of the language of rules."""
    rules = agency.ruleset
    steps = {step.id for rule in rules.rules for step in rule.steps}
    ids = {rule.id for rule in rules.rules} | steps
    ids |= {*rules.texts, *rules.fields, *rules.gates, *rules.checklists}
    return ids | {page.word for page in manual.pages()} | {spec.source for spec in rules.fields.values()}


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


def test_no_command_speaks_english_in_a_ukrainian_workspace(day: Day, read_once: Agency) -> None:
    day.lead()
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    names = NAMES | names_of(read_once)
    found = {line: english_in(shown, names | set(WORD.findall(line))) for line, shown in in_words(day)}
    assert {line: words for line, words in found.items() if words} == {}
