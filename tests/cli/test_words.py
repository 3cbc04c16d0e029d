"""Single words of commands: what is done to a label, what goes on again, what a copy holds."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from bridge.cli.output import counted, print_table, things
from bridge.cli.standing import shown_stop
from bridge.logs import set_up_logs
from bridge.model.decision_words import in_words
from bridge.model.decisions import LabelCard, SendMessage
from bridge.model.findings import Finding, Position
from bridge.model.people import Directory, Person
from bridge.model.wording import worded
from bridge.store.faults import damaged
from bridge.store.stops import Scope, Stop
from bridge.wiring.settings import load_settings
from bridge.words import CATALOGUES, line_of, said
from rules.load import load_rules
from tests.rules.test_words import ROOT, sentences

NOW = datetime(2026, 11, 22, 9, 43, tzinfo=UTC)


COMMANDS = [*sorted((ROOT / "bridge" / "cli").glob("*.py")), *sorted((ROOT / "bridge/engine/desk").glob("*.py"))]
WORDED = [
    *COMMANDS,
    ROOT / "bridge/model/decision_words.py",
    ROOT / "bridge/model/setting_up.py",
    ROOT / "bridge/wiring/calendar_seed.py",
    ROOT / "bridge/wiring/connect.py",
    ROOT / "bridge/wiring/setting_up.py",
    ROOT / "bridge/wiring/writing.py",
    ROOT / "bridge/engine/sealing.py",
    ROOT / "bridge/engine/shadow_report.py",
    ROOT / "bridge/store/database.py",
    ROOT / "bridge/store/faults.py",
    ROOT / "bridge/store/keeping.py",
    ROOT / "bridge/wiring/assemble.py",
    ROOT / "connectors/google_forms/__init__.py",
    ROOT / "connectors/google_forms/api.py",
    ROOT / "connectors/google_forms/sheet.py",
    ROOT / "connectors/planfix/account.py",
    ROOT / "connectors/planfix/checking.py",
    ROOT / "connectors/planfix/past.py",
    ROOT / "connectors/planfix/setup.py",
    ROOT / "connectors/telegram/__init__.py",
    ROOT / "connectors/telegram/api.py",
    ROOT / "connectors/trello/checking.py",
    ROOT / "connectors/trello/directory.py",
    ROOT / "connectors/trello/past.py",
    ROOT / "connectors/trello/setup.py",
]


def nouns(path: Path) -> Iterator[str]:
    """Every noun that `counted` puts behind a number, as its pattern."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "counted"
            and isinstance(node.args[1], ast.Constant)
        ):
            noun = str(node.args[1].value)
            yield noun if "|" in noun else counted(1, noun).pattern  # commands name the noun, others all its forms


@pytest.mark.parametrize("language", ["uk", "ru"])
@pytest.mark.parametrize("path", WORDED, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_sentence_of_commands_is_said_in_every_language(path: Path, language: str) -> None:
    assert sorted({*sentences(path), *nouns(path)} - CATALOGUES[language].keys()) == []


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "1 клієнт"),
        (2, "2 клієнти"),
        (5, "5 клієнтів"),
        (11, "11 клієнтів"),
        (21, "21 клієнт"),
        (112, "112 клієнтів"),
    ],
)
def test_a_noun_has_the_form_that_goes_with_its_number(count: int, told: str) -> None:
    assert said(counted(count, "client"), "uk") == told


@pytest.mark.parametrize(("on", "told"), [(True, "поставити мітку: Бриф"), (False, "зняти мітку: Бриф")])
def test_a_label_is_put_on_or_taken_off(on: bool, told: str) -> None:
    assert said(in_words(LabelCard(label="Бриф", present=on)), "uk") == told


def test_a_colleague_is_called_by_name() -> None:
    people = Directory({"olena": Person("olena", "Олена", ())})
    wanted = SendMessage(to="person:olena", text="…", template="gate.returned")
    assert in_words(wanted, people) == "“…” to Олена"


@pytest.mark.parametrize(
    ("scope", "about", "command"),
    [(Scope.ALL, "", "bridge go all"), (Scope.CLIENT, "client-1", 'bridge go client "ТОВ «Ромашка»"')],
)
def test_a_stop_names_the_whole_command_that_ends_it(scope: Scope, about: str, command: str) -> None:
    shown = shown_stop(Stop(scope, about, NOW, "ada"), {"client-1": "ТОВ «Ромашка»"}, "en")
    assert shown.endswith(f"; to go on: {command}")


def test_a_finding_names_the_page_to_read_in_the_readers_language() -> None:
    finding = Finding(Position("a.yaml"), "odd", "not UTF-8", see="docs/reference/findings.md")
    assert line_of(finding, "uk") == "a.yaml: помилка: [odd] це не UTF-8; див. docs/reference/findings.md"


def test_a_character_that_nobody_sees_is_named_in_the_readers_language() -> None:
    [odd] = load_rules([("a.yaml", "rules:\n\u00a0 - {id: a}".encode())]).findings
    assert said(odd.what, "uk") == "у відступі стоїть нерозривний пробіл"


def test_a_slip_in_a_text_is_told_in_the_readers_language() -> None:
    flawed = load_rules([("a.yaml", b"templates: {a: {uk: '{{ client.name }', ru: '', en: ''}}")]).findings
    told = [said(one.what, "uk") for one in flawed]
    assert "текст a (uk): зайве }" in told


def test_rows_are_counted_in_words_for_people() -> None:
    held = {"deliveries": 19, "lineage": 6, "traces": 16, "records": 0}
    assert things(held) == "deliveries: 19, earlier values: 6, evaluations: 16"


def test_a_damaged_copy_asks_for_an_older_one(tmp_path: Path) -> None:
    assert damaged(tmp_path / "junk.backup", "cut").endswith(
        "bridge restore FILE, with the newest backup older than it"
    )


def test_a_demo_logs_only_what_is_wrong(capsys: pytest.CaptureFixture[str], quiet_logs: None) -> None:
    set_up_logs(load_settings(env_file=None), level=logging.WARNING)
    structlog.get_logger().info("wanted")
    structlog.get_logger().warning("not read")
    shown = capsys.readouterr().err
    assert "not read" in shown
    assert "wanted" not in shown


def test_a_column_in_which_nothing_stands_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([worded("state"), "note"], [[worded("held"), ""], [worded("dead"), ""]], "", "uk")
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown == [["стан"], ["притримано"], ["не", "вдалося"]]
