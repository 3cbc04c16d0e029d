"""Rules by themselves: `check --rules` and `test --rules` on a file or a folder, without settings or accounts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bridge.cli.editors import diagnostics
from bridge.model.findings import Finding, Position
from tests.cli.conftest import Terminal

EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
AROUND = """\
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
roles: {client: клієнт, pm: РМ}
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.state: {type: choice, of: [lead, active], from: bridge, default: lead}
templates:
  hello: {uk: Вітаю, ru: Здравствуйте, en: Hello}
"""
RULES = """\
rules:
  - id: greet
    when: {button: go}
    per: client
    then: [{send: hello, to: client}]
"""
TESTS = """\
tests:
  - name: кнопка вітає
    now: 2026-11-23 11:00
    steps: [{event: {button: go}, of: client, expect: [{send: hello, to: client}]}]
"""


@pytest.fixture
def alone(bare: Terminal) -> Terminal:
    """A folder with two rule files and nothing else."""
    folder = bare.folder / "alone"
    folder.mkdir()
    (folder / "a.yaml").write_text(AROUND, encoding="utf-8")
    (folder / "b.yaml").write_text(RULES + TESTS, encoding="utf-8")
    return bare


def change(terminal: Terminal, old: str, new: str) -> None:
    path = terminal.folder / "alone" / "b.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_files_of_a_folder_are_one_set(alone: Terminal) -> None:
    said = alone("check", "--rules", "alone")
    assert (said.code, said.out) == (0, "all is well\n")


def test_a_mistake_fails_and_is_told_at_its_place(alone: Terminal) -> None:
    change(alone, "per: client", "par: client")
    said = alone("check", "--rules", "alone")
    assert said.code == 1
    assert 'alone/b.yaml:4:5: error: [unknown-key] unknown key "par"; did you mean "per"?' in said.err


@pytest.mark.parametrize(
    ("rule", "code", "told"),
    [
        ("when: {button: go}\n    if: {client.state: [lead]}", 0, ""),
        ("when: {button: go}\n    if: [{client.state: lead}, {client.state: active}]", 1, "[dead-rule]"),
        ("when: {approved: hello}", 1, "[no-button]"),
        ("when: {becomes: {client.state: active}}\n    repeat: once", 0, ""),
    ],
)
def test_the_exit_code_is_1_from_a_warning_upwards(alone: Terminal, rule: str, code: int, told: str) -> None:
    change(alone, TESTS, "")
    change(alone, "when: {button: go}", rule)
    said = alone("check", "--rules", "alone")
    assert (said.code, told in said.err) == (code, True)


def test_a_note_is_read_beside_the_answer_and_fails_nothing(alone: Terminal) -> None:
    path = alone.folder / "alone" / "a.yaml"
    path.write_text(AROUND + "  bye: {uk: Бувайте, ru: Пока, en: Bye}\n", encoding="utf-8")
    said = alone("check", "--rules", "alone", "--language", "uk")
    assert (said.code, said.out) == (0, "усе гаразд\n")
    assert "[unused-text] жодне правило не каже тексту «bye»" in said.err


def test_what_only_the_rest_of_the_configuration_can_tell_is_noted_and_fails_nothing(alone: Terminal) -> None:
    said = alone("check", "--rules", "alone", "--json")
    assert (said.code, said.json) == (0, [])
    assert 'alone/b.yaml:2:5: note: [not-checked] not checked: button "go"' in said.err


def test_facts_that_a_file_alone_cannot_know_are_one_note(bare: Terminal) -> None:
    shutil.copy(bare.folder / "config/rules/30-brief.yaml", bare.folder / "alone.yaml")
    said = bare("check", "--rules", "alone.yaml", "--language", "en")
    assert (said.code, said.out) == (0, "all is well\n")
    assert said.err.count('not checked: field "') == 1
    assert "unknown" not in said.err


def test_many_notes_of_a_kind_stand_together_and_the_answer_comes_first_and_last(bare: Terminal) -> None:
    said = bare("check", "--offline", "--language", "uk")
    first, title, *notes = said.err.splitlines()
    assert (said.code, said.out) == (0, f"{first}\n")
    assert first.startswith("у файлах усе гаразд; доступів і сервісів не перевірено")
    assert title == "[missing-credential] приміток: 6; див. docs/reference/configuration.md"
    assert [note.startswith("    config/") for note in notes[:6]] == [True] * 6
    assert notes[6] == "[two-messages] приміток: 6"
    assert notes[7].startswith("    config/rules/30-brief.yaml:4:5: ")


def test_facts_are_checked_when_the_files_at_hand_declare_some(alone: Terminal) -> None:
    change(alone, "when: {button: go}", "when: {button: go}\n    if: {client.sate: lead}")
    said = alone("check", "--rules", "alone")
    assert (said.code, "[unknown-field]" in said.err) == (1, True)


def test_tests_that_need_what_is_declared_elsewhere_say_so(bare: Terminal) -> None:
    shutil.copy(bare.folder / "config/rules/30-brief.yaml", bare.folder / "alone.yaml")
    said = bare("test", "--rules", "alone.yaml", "--language", "en")
    assert said.code == 1
    assert 'not checked: field "' in said.err
    assert said.err.endswith("no test was run: the rules name what is declared elsewhere\n")


def test_a_file_of_the_config_folder_is_checked_with_all_that_stands_around_it(bare: Terminal) -> None:
    bare.edit("rules/30-brief.yaml", "brief.ask", "brief.aks")
    said = bare("check", "--rules", "config/rules/30-brief.yaml", "--language", "en")
    assert said.code == 1
    assert 'did you mean "brief.ask"?' in said.err
    assert "not-checked" not in said.err


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("uk", "невідомий ключ «par»; може, «per»?\nпомилок: 1\n"),
        ("ru", "неизвестный ключ «par»; может быть, «per»?\nошибок: 1\n"),
    ],
)
def test_findings_are_told_in_the_language_that_was_asked_for(alone: Terminal, language: str, told: str) -> None:
    change(alone, "per: client", "par: client")
    assert alone("check", "--rules", "alone", "--language", language).err.endswith(told)


def test_the_check_speaks_the_language_of_a_folder_that_is_wrong(bare: Terminal) -> None:
    bare.edit("rules/30-brief.yaml", "brief.ask", "brief.aks")
    assert "може, «brief.ask»?" in bare("check", "--offline").err
    bare.edit("bridge.yaml", "language: uk", "language: ru")
    assert "может быть, «brief.ask»?" in bare("check", "--offline").err


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_a_path_without_rules_is_a_finding(bare: Terminal, path: str) -> None:
    (bare.folder / "empty").mkdir()
    said = bare("check", "--rules", path)
    assert said.code == 1
    assert f"{path}: error: [missing-file]" in said.err


def test_editors_get_every_file_and_columns_in_their_own_units(alone: Terminal) -> None:
    change(alone, "per: client", "per: client\n    also_own: {x: 🙂, y: 1}")
    said = alone("check", "--rules", "alone", "--format", "lsp-json")
    assert isinstance(said.json, list)
    first, second = said.json
    assert (first["uri"].rpartition("/")[2], first["diagnostics"]) == ("a.yaml", [])
    places = [found["range"]["start"] for found in second["diagnostics"]]
    assert places == [{"line": 4, "character": 14}]


def test_a_column_behind_an_emoji_counts_it_twice() -> None:
    text = 'rules: [{name: "🙂", whem: 1}]'
    finding = Finding(Position("a.yaml", 1, text.index("whem") + 1), "unknown-key", "x")
    [found] = diagnostics([finding], {"a.yaml": text.encode()})[0]["diagnostics"]
    start = text.index("whem") + 1
    assert (found["range"]["start"]["character"], found["range"]["end"]["character"]) == (start, start + 5)


def test_a_red_test_fails_and_says_what_was_otherwise(alone: Terminal) -> None:
    change(alone, "expect: [{send: hello, to: client}]", "expect: []")
    said = alone("test", "--rules", "alone")
    assert (said.code, said.out) == (1, "1 test, 0 passed, 1 failed\n")
    assert said.err.splitlines() == [
        "alone/b.yaml:9:55: кнопка вітає",
        "    wanted: nothing",
        "    got:    send: hello, to: client «Вітаю»",
    ]


def test_a_red_test_sets_all_that_was_missing_over_all_that_came_instead(alone: Terminal) -> None:
    change(alone, "{send: hello, to: client}]}]\n", "{send: hello, to: pm}, {move: Архів}]}]\n")
    assert alone("test", "--rules", "alone", "--language", "uk").err.splitlines()[1:] == [
        "    мало бути: send: hello, to: pm",
        "               move: Архів",
        "    вийшло:    send: hello, to: client «Вітаю»",
    ]


def test_a_long_text_in_a_red_test_is_cut_to_a_line(alone: Terminal) -> None:
    path = alone.folder / "alone" / "a.yaml"
    path.write_text(AROUND.replace("Вітаю", f'"{"Вітаю ще раз " * 40}"'), encoding="utf-8")
    change(alone, "expect: [{send: hello, to: client}]", "expect: []")
    last = alone("test", "--rules", "alone").err.splitlines()[-1]
    assert last.endswith(" …")
    assert len(last) < 180


def test_rules_that_no_test_runs_are_named(alone: Terminal) -> None:
    change(alone, TESTS, "")
    said = alone("test", "--rules", "alone", "--json")
    assert (said.code, said.json) == (0, {"tests": [], "rules_without_test": ["greet"]})


def test_the_packs_own_tests_are_run_without_any_account(bare: Terminal) -> None:
    said = bare("test")
    assert said.code == 0
    assert said.out.endswith(", не пройшло 0\n")


def test_an_element_is_explained_with_its_keys_and_an_example(bare: Terminal) -> None:
    said = bare("explain", "send")
    assert said.code == 0
    assert said.out.startswith("send (дія правила)\n")
    assert "    send: greeting\n" in said.out
    assert "\n  to: client, staff-chat, a role, a person, or {each: a role}\n" in said.out


def test_a_word_of_two_kinds_is_explained_twice(bare: Terminal) -> None:
    pages = bare("explain", "date", "--json").json
    assert isinstance(pages, list)
    assert [page["kind"] for page in pages] == ["filter", "type"]


def test_a_word_that_is_none_names_the_nearest(bare: Terminal) -> None:
    said = bare("explain", "sned")
    assert said.code == 2
    assert "може, «send»?" in said.err


def test_the_schema_offers_the_names_of_the_rules_at_hand(alone: Terminal) -> None:
    said = alone("schema", "--rules", "alone")
    assert said.code == 0
    assert isinstance(said.json, dict)
    condition = said.json["definitions"]["condition"]["else"]["properties"]
    assert condition["client.state"]["examples"] == ["active", "lead"]


def test_rules_that_cannot_be_read_have_a_schema_without_names(alone: Terminal) -> None:
    change(alone, "rules:\n", "rules: [\n")
    said = alone("schema", "--rules", "alone")
    assert said.code == 1
    assert isinstance(said.json, dict)
    assert "yaml-syntax" in said.err


@pytest.mark.skipif(not EXAMPLE, reason="BRIDGE_RULES_EXAMPLE names no file")
def test_the_reference_example_has_no_finding(bare: Terminal) -> None:
    said = bare("check", "--rules", str(Path(EXAMPLE)), "--json")
    assert (said.code, said.json) == (0, [])


@pytest.mark.parametrize("words", [("check", "--rules", "alone"), ("check", "--rules", "alone", "--json")])
def test_a_check_fails_while_a_test_of_the_rules_is_red(alone: Terminal, words: tuple[str, ...]) -> None:
    change(alone, "expect: [{send: hello, to: client}]", "expect: []")
    said = alone(*words)
    assert said.code == 1
    assert "[red-test] 1 test failed; run: bridge test" in said.err or "red-test" in said.out
    assert "all is well" not in said.out


def test_a_check_of_all_files_fails_while_a_test_of_the_rules_is_red(bare: Terminal) -> None:
    bare.edit("rules/30-brief.yaml", "after: 2wd", "after: 4wd")
    said = bare("check", "--offline")
    assert (said.code, said.out) == (1, "")
    assert "[red-test] не всі тести проходять (" in said.err
