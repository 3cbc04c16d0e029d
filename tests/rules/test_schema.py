"""The schema of rule files: the same mistakes as the reader, and in an editor the names of this very agency."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from bridge.wiring.agency import load_agency
from rules.load import load_rules
from rules.reader import read
from rules.schema import schema
from rules.triggers import TRIGGERS
from tests.rules.editor import Editor

ROOT = Path(__file__).parents[2]
PACK = ROOT / "config"
EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
SERVER = Path(sys.prefix) / "editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
AROUND = """\
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
roles: {client: клієнт, pm: РМ}
fields:
  client.state: {type: choice, of: [lead, active], from: bridge}
  deal.sum: {type: money, from: planfix.task.sum}
  card.list: {type: choice, of: [Договір, Виробництво], from: trello.card.list}
gates:
  start: {name: Початок, needs: [{if: {deal.sum: {over: 0}}, say: сума, owed_by: pm}]}
templates:
  hello: {uk: Вітаю, ru: Здравствуйте, en: Hello}
  bye: {uk: Бувайте, ru: Пока, en: Bye}
rules:
  - id: greet
    when: {card.moved: {to: Договір}}
    per: deal
    repeat: once
    then: [{send: hello, to: client}]
"""
RULE = "rules:\n  - id: a\n    when: {button: go}\n"


def made() -> jsonschema.Draft7Validator:
    loaded = load_rules([("a.yaml", AROUND.encode())])
    assert loaded.findings == []
    return jsonschema.Draft7Validator(schema(loaded.names))


def wrong(text: str) -> list[str]:
    data = read("a.yaml", text.encode()).data
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in made().iter_errors(data)]


def test_the_schema_itself_is_well_formed() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    assert wrong(AROUND) == []


@pytest.mark.parametrize(
    ("mistake", "place"),
    [
        ("    then: [{sned: hello, to: client}]\n", "rules/0/then/0"),
        ("    then: [{send: helo, to: client}]\n", "rules/0/then/0/send"),
        ("    then: [{send: hello, to: client, for: pm}]\n", "rules/0/then/0"),
        ("    then: [{send: hello}]\n", "rules/0/then/0"),
        ("    then: [{move: Договор}]\n", "rules/0/then/0/move"),
        ("    then: [{task: {title: x, for: pm, due: 2 дні}}]\n", "rules/0/then/0/task/due"),
        ("    if: {card.list: Договор}\n    then: [{move: back}]\n", "rules/0/if/card.list"),
        ("    if: {deal.sum: {contains: 1}}\n    then: [{move: back}]\n", "rules/0/if/deal.sum"),
        ('    if: {deal.sum: {over: "0"}}\n    then: [{move: back}]\n', "rules/0/if/deal.sum/over"),
        ("    if: [{any: [{gate.start: opened}]}]\n    then: [{move: back}]\n", "rules/0/if/0/any/0/gate.start"),
        ("    per: deel\n    then: [{move: back}]\n", "rules/0/per"),
        ("    then: [{set: {client.state: gone}}]\n", "rules/0/then/0/set/client.state"),
        ("    repeat: twice\n    then: [{move: back}]\n", "rules/0/repeat"),
    ],
)
def test_what_the_reader_refuses_the_schema_marks_at_the_same_place(mistake: str, place: str) -> None:
    found = wrong(RULE + mistake)
    assert [one.partition(":")[0] for one in found] == [place], found


def test_every_trigger_and_its_short_form_may_be_written() -> None:
    short = {word: cls.short for word, cls in TRIGGERS.items() if cls.short and not cls.whole}
    found = wrong("rules:\n" + "".join(f"  - {{id: r{n}, when: {{{word}: x}}}}\n" for n, word in enumerate(short)))
    assert [one for one in found if "Additional properties" in one] == []


def test_the_schema_without_a_set_allows_any_name() -> None:
    free = jsonschema.Draft7Validator(schema())
    assert list(free.iter_errors(read("a.yaml", AROUND.encode()).data)) == []


@pytest.mark.parametrize(
    "file", sorted(path for part in ("rules", "messages") for path in (PACK / part).glob("*.yaml"))
)
def test_the_pack_fits_its_own_schema(file: Path) -> None:
    agency, findings = load_agency(PACK)
    assert agency is not None, findings
    data = read(file.name, file.read_bytes()).data
    assert [error.message for error in jsonschema.Draft7Validator(schema(agency.names)).iter_errors(data)] == []


# -- in an editor ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine, and the YAML language server of editors runs on it")
    if not SERVER.is_file():
        pytest.skip("the YAML language server is not installed: make editor")
    path = tmp_path_factory.mktemp("editor") / "rules.schema.json"
    text = Path(EXAMPLE).read_bytes() if EXAMPLE else AROUND.encode()
    path.write_text(json.dumps(schema(load_rules([("a.yaml", text)]).names)), encoding="utf-8")
    with Editor([node, str(SERVER), "--stdio"], path) as running:
        yield running


def test_a_good_file_has_no_mark(editor: Editor) -> None:
    text = Path(EXAMPLE).read_text(encoding="utf-8").partition("\n")[2] if EXAMPLE else AROUND
    assert editor.marks(text) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{RULE}    then:\n      - mov: back\n", 5, "Property mov is not allowed."),
        (f"{RULE}    wen: x\n    then: [{{move: back}}]\n", 4, "Property wen is not allowed."),
        (f"{RULE}    if:\n      - deal.sums: {{over: 1}}\n", 5, "Property deal.sums is not allowed."),
        (f"{RULE}    if:\n      deal.sum: {{ovr: 1}}\n", 5, "Property ovr is not allowed."),
    ],
)
def test_one_mistake_is_one_mark_at_its_line(editor: Editor, text: str, line: int, said: str) -> None:
    assert editor.marks(text) == [(line, said)]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("rules:\n  - id: a\n    |", {"when", "if", "then", "unless", "repeat"}),
        (f"{RULE}    then:\n      - |", {"send", "move", "task", "label.add"}),
        (f"{RULE}    then:\n      - move: |", {"Договір", "Виробництво", "back"}),
        (f"{RULE}    if:\n      - |", {"client.state", "deal.sum", "gate.start", "any"}),
        (f"{RULE}    if:\n      - card.list: |", {"Договір", "Виробництво"}),
        (f"{RULE}    per: |", {"client", "deal", "task", "invoice"}),
        ("rules:\n  - id: a\n    when:\n      c|", {"card.moved", "becomes", "form.answered"}),
        ("|", {"rules", "templates", "gates", "tests"}),
    ],
)
def test_what_fits_is_offered(editor: Editor, text: str, offered: set[str]) -> None:
    assert offered - editor.offers(text) == set()


def test_a_key_is_explained_under_the_mouse(editor: Editor) -> None:
    assert "calls the steps off" in editor.said(f"{RULE}    un|less: {{deal.sum: {{over: 0}}}}\n").replace("\\", "")
