"""The documents say what the program does: nothing is left out, every example loads, every link leads somewhere."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.main import get_command

from bridge.cli.main import app
from bridge.model.fields import FieldSpec
from bridge.wiring.agency import load_agency
from docs.generate import pages
from docs.pictures import SCENES, SHOWN, main
from docs.screens import SCREENS, screen
from rules.actions.action import ACTIONS
from rules.comparisons import COMPARISONS
from rules.conditions import ALL_OPERATORS, read_condition
from rules.filters import FILTERS
from rules.lengths import parse_length
from rules.reader import read
from rules.triggers import TRIGGERS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    {
        page
        for folder in ("docs", "connectors", "config", "changelog.d", "requirements")
        for page in (*ROOT.glob("*.md"), *(ROOT / folder).rglob("*.md"))
    }
)
KYIV = ZoneInfo("Europe/Kyiv")
CODE = re.compile(r"[a-z]+(-[a-z]+)+\Z")
NO_FINDING = {"fair-choice", "chat-not-found", "no-chat", "no-column", "cannot-initiate", "no-mailbox", "no-encryption"}
NO_FINDING |= {"too-long", "no-webhook", "webhook-id", "webhook-timestamp", "webhook-signature"}
"""Words with a hyphen in the code that are no findings: a choice, and codes of calls that failed."""
NAMED_BY_KIND = {
    f"unknown-{kind}"
    for kind in ("form", "map", "button", "document", "webhook", "recipient", "list", "label", "status", "checklist")
} | {f"renamed-{kind}" for kind in ("board", "list", "label", "field", "option")}
"""Codes that the program puts together."""
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def text(*path: str) -> str:
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    """Every block of a language in the documents, without its indentation."""
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            if found[2] == language:
                yield page, re.sub(rf"^{found[1]}", "", found[3], flags=re.MULTILINE)


YAML = [pytest.param(code, id=f"{page.relative_to(ROOT)}-{n}") for n, (page, code) in enumerate(blocks("yaml"))]
WHOLE = [param for param in YAML if str(param.values[0]).startswith("# config/")]


def commands(group: object, path: str) -> Iterator[str]:
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def finding_codes() -> set[str]:
    """Every code that stands in a module which makes findings."""
    makes = re.compile(r"import .*(Finding|Flaw|DocumentRefused)|^class (Flaw|DocumentRefused)", re.MULTILINE)
    folders = [ROOT / "rules", ROOT / "bridge" / "wiring", ROOT / "bridge" / "documents", ROOT / "connectors"]
    found: set[str] = set()
    for file in [path for folder in folders for path in folder.rglob("*.py")]:
        source = file.read_text(encoding="utf-8")
        nodes = ast.walk(ast.parse(source)) if makes.search(source) else ()
        found |= {
            str(node.value)
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
        }
    return found - NO_FINDING


def test_generated_pages_are_up_to_date() -> None:
    assert [path.name for path, made in pages().items() if path.read_text(encoding="utf-8") != made] == []


def test_every_command_has_its_section() -> None:
    titles = re.findall(r"^## (.+)$", text("docs", "reference", "commands.md"), re.MULTILINE)
    assert titles == list(commands(get_command(app), "bridge"))


def test_every_rule_element_has_its_section() -> None:
    titles = re.findall(r"^### (.+)$", text("docs", "reference", "rules.md"), re.MULTILINE)
    assert titles == [*TRIGGERS.words(), *ACTIONS.words()]


def test_every_comparison_and_filter_stands_in_a_table() -> None:
    page = text("docs", "reference", "rules.md")
    assert [word for word in (*COMPARISONS, *FILTERS) if f"\n| `{word}` |" not in page] == []


@pytest.mark.parametrize("name", ALL_OPERATORS)
def test_every_comparison_example_is_a_condition(name: str) -> None:
    agency, _ = load_agency(ROOT / "config")
    assert agency is not None
    fields: dict[str, FieldSpec] = dict(agency.ruleset.fields)
    example = read("example.yaml", COMPARISONS[name].example.encode()).data
    [clause] = read_condition(example, fields, agency.ruleset.gates).clauses
    assert clause.operator == name


def test_what_is_not_carried_out_is_said_in_the_readme() -> None:
    words = {*re.findall(r"### (\S+)\n\n\*\*Not yet", text("docs", "reference", "rules.md"))}
    readme = text("README.md").partition("## What is not there yet")[2]
    assert {word for word in words if f"`{word}`" not in readme} == set()


def test_every_finding_code_is_documented() -> None:
    page = set(re.findall(r"`([a-z-]+)`", text("docs", "reference", "findings.md")))
    assert (finding_codes() | NAMED_BY_KIND) - page == set()


def test_no_finding_is_documented_that_nobody_makes() -> None:
    cells = re.findall(r"^\| (`[^|]+) \|", text("docs", "reference", "findings.md"), re.MULTILINE)
    page = {code for cell in cells for code in re.findall(r"`([a-z-]+)`", cell)}
    assert page - finding_codes() - NAMED_BY_KIND == {"anchor"}


def test_every_connector_has_its_page_on_the_map() -> None:
    names = {path.parent.name for path in (ROOT / "connectors").glob("*/__init__.py")}
    assert {name for name in names if f"connectors/{name}/README.md" in text("docs", "README.md")} == names


def test_every_page_stands_on_the_map() -> None:
    shown = set(re.findall(r"\]\(([^)#]+\.md)", text("docs", "README.md") + text("docs", "adr", "README.md")))
    names = {Path(link).name for link in shown}
    assert {page.name for page in (ROOT / "docs").rglob("*.md")} - names == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    found = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    links = ["".join(link) for link in found]
    inside = [link.partition("#")[0] for link in links if not link.startswith(("http", "#", "mailto:"))]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("code", YAML)
def test_every_yaml_example_can_be_read(code: str) -> None:
    assert read("example.yaml", code.encode()).data is not None


@pytest.mark.parametrize("code", WHOLE)
def test_every_whole_file_of_the_documents_fits_the_pack(tmp_path: Path, code: str) -> None:
    pack = tmp_path / "config"
    shutil.copytree(ROOT / "config", pack)
    name = code.splitlines()[0].removeprefix("# config/")
    (pack / name).write_text(code, encoding="utf-8")
    _, findings = load_agency(pack)
    assert findings == []


def test_rule_example_of_the_manual_fits_the_pack(tmp_path: Path) -> None:
    pack = tmp_path / "config"
    shutil.copytree(ROOT / "config", pack)
    example = next(code for page, code in blocks("yaml") if page.name == "rules.md")
    (pack / "rules" / "99-example.yaml").write_text(f"version: 1\nrules:\n{example}", encoding="utf-8")
    _, findings = load_agency(pack)
    assert findings == []


def test_the_table_of_lengths_is_what_the_calendar_says() -> None:
    agency, _ = load_agency(ROOT / "config")
    assert agency is not None
    office = agency.ruleset.calendars["office"]
    lines = re.findall(
        r"^\| \w{3} (\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d) \|(.+)\|$", text("docs", "explanation", "time.md"), re.M
    )
    for day, month, year, hour, cells in lines:
        start = datetime.fromisoformat(f"{year}-{month}-{day} {hour}").replace(tzinfo=KYIV)
        due = [office.add(start, parse_length(length)) for length in ("1wd", "2wd", "3wd at 10:00", "16wh")]
        said = [cell.strip() for cell in cells.split("|")]
        assert said == [f"{moment.astimezone(KYIV):%a %d.%m %H:%M}" for moment in due]
    assert len(lines) == 5


def test_the_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    pages_ = text("README.md") + text("CONTRIBUTING.md") + text("docs", "first-hour.md")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", pages_, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_every_bridge_command_in_the_documents_exists() -> None:
    known = set(commands(get_command(app), "bridge"))
    shell = [line for _, code in blocks("sh") for line in code.splitlines()]
    call = re.compile(r"\bbridge ((?:outbox |inbox |shadow |flood |vault )?[a-z]+)")
    said = {words.strip() for line in shell for words in call.findall(line)}
    assert {f"bridge {words}" for words in said - {"bridge"}} <= known | {"bridge bridge"}


NOT_THERE = {"report"}
"""A command that the README says is not there."""


def test_every_bridge_command_in_running_words_exists_with_its_options() -> None:
    """In backticks or indented: `bridge outbox list`; a capital or a quote ends the command."""
    call = re.compile(r"(?:`|^ {4,})bridge ([a-z][a-z -]*)", re.MULTILINE)
    said = {found.strip() for page in PAGES for found in call.findall(page.read_text(encoding="utf-8"))}
    assert len(said) > 30
    assert {words for words in said if not _exists(words.split())} == NOT_THERE


def _exists(words: list[str]) -> bool:
    command = get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands.get(words[0])
        words = words[1:]
    options = {option for param in getattr(command, "params", ()) for option in param.opts}
    return command is not None and {word for word in words if word.startswith("--")} <= options


def test_every_picture_is_shown_and_every_shown_one_can_be_taken_again() -> None:
    files = {file.stem for file in (ROOT / "docs" / "pictures").glob("*.png")}
    written = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in files if f"pictures/{name}.png" in written} == files
    assert files == set(SHOWN)
    assert {name.partition(".")[0] for name in SHOWN} <= {*SCENES, *SCREENS}


def test_the_picture_of_a_terminal_shows_what_the_command_says_and_fetches_nothing() -> None:
    drawing = screen({"BRIDGE_CONFIG_DIR": str(ROOT / "config")}, ("explain", "brief-silent", "--language", "en"))
    assert "AFTER" in drawing
    assert "received" in drawing
    assert 'url("http' not in drawing


def test_without_chromium_no_picture_is_taken_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("no pictures: there is no Chromium on this machine")


def test_both_first_hours_have_the_same_steps() -> None:
    english, ukrainian = text("docs", "first-hour.md"), text("docs", "uk", "first-hour.md")
    assert re.findall(r"BRIDGE_[A-Z_]+", english) == re.findall(r"BRIDGE_[A-Z_]+", ukrainian)
    assert len(re.findall(r"^## ", english, re.M)) == len(re.findall(r"^## ", ukrainian, re.M))
    assert len(re.findall(r"^ *\d\. ", english, re.M)) == len(re.findall(r"^ *\d\. ", ukrainian, re.M))


@pytest.mark.parametrize("file", sorted((ROOT / "changelog.d").glob("*")), ids=lambda file: file.name)
def test_a_changelog_fragment_is_named_by_what_it_is(file: Path) -> None:
    assert file.name == "README.md" or re.fullmatch(
        r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md", file.name
    )
    assert 0 < len(file.read_text(encoding="utf-8").strip()) < 1500
