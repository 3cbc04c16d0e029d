"""What a check tells people: each mistake once with its level and all its places; programs get every place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridge.cli.errors import plain_finding, print_findings
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.wording import worded
from bridge.words import lines_of
from tests.cli.conftest import Terminal


def unknown(line: int, name: str, file: str = "rules/a.yaml", known: tuple[str, ...] = ("hello",)) -> Finding:
    what = worded('unknown {kind} "{name}"', kind=worded("template"), name=name)
    return Finding(Position(file, line, 5), "unknown-template", what, did_you_mean(name, known))


def test_a_section_taken_out_is_one_mistake_with_all_its_places(bare: Terminal) -> None:
    text = (bare.folder / "config" / "bridge.yaml").read_text(encoding="utf-8")
    bare.edit("bridge.yaml", text[text.index("planfix:\n") : text.index("telegram:\n")], "")
    first, *places, count = bare("check", "--offline", "--language", "en").err.splitlines()
    assert "error: [absent-system] planfix is needed and not set up: 25 places; add a planfix: section" in first
    assert places[0].startswith("    config/fields.yaml: lines 17, 21, 22, ")
    assert len(places) == 5
    assert count == "1 error"


def test_programs_get_every_place_of_a_mistake(bare: Terminal) -> None:
    text = (bare.folder / "config" / "bridge.yaml").read_text(encoding="utf-8")
    bare.edit("bridge.yaml", text[text.index("planfix:\n") : text.index("telegram:\n")], "")
    found = bare("check", "--offline", "--json").json
    assert isinstance(found, list)
    assert len({(one["file"], one["line"], one["column"]) for one in found}) == 25


def test_the_same_words_at_three_places_are_told_once() -> None:
    lines = list(lines_of([unknown(3, "bye"), unknown(5, "bye"), unknown(5, "bye", "rules/b.yaml")], "uk"))
    assert lines == [
        "rules/a.yaml:3:5: помилка: [unknown-template] невідомо, що таке текст «bye»: 3 місця; можна: hello",
        "    rules/a.yaml: рядки 3, 5",
        "    rules/b.yaml: рядок 5",
    ]


def test_names_of_one_kind_that_nobody_declares_are_told_once() -> None:
    lines = list(lines_of([unknown(3, "bye"), unknown(5, "thanks"), unknown(9, "bill")], "en"))
    assert lines[0].endswith('[unknown-template] unknown template "bye", and 2 more like it; one of: hello')


def test_slips_with_a_correction_each_stay_apart_and_in_order() -> None:
    slips = [
        unknown(3, "helo"),
        unknown(4, "bya", known=("bye",)),
        unknown(5, "helo"),
        unknown(6, "bil", known=("bill",)),
    ]
    assert [line.partition(" ")[0] for line in lines_of(slips, "en")] == [f"rules/a.yaml:{n}:5:" for n in (3, 4, 5, 6)]


def test_sentences_that_differ_by_more_than_a_name_stay_apart() -> None:
    notes = [
        Finding(
            Position("a.yaml", n), "not-checked", worded("not checked: {kind} {names}", kind=kind, names=[name]), "ask"
        )
        for n, (kind, name) in enumerate([("form", "brief"), ("button", "go"), ("person", "olena")], 1)
    ]
    assert len(list(lines_of(notes, "en"))) == 3


@pytest.mark.parametrize(
    ("level", "language", "told"),
    [
        (Level.ERROR, "en", "a.yaml:2:7: error: [odd] it is odd; mend it\n1 error\n"),
        (Level.WARNING, "uk", "a.yaml:2:7: попередження: [odd] it is odd; mend it\nпопереджень: 1\n"),
        (Level.NOTE, "ru", "a.yaml:2:7: примечание: [odd] it is odd; mend it\nпримечаний: 1\n"),
    ],
)
def test_each_finding_says_how_bad_it_is(
    level: Level, language: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_findings([Finding(Position("a.yaml", 2, 7), "odd", "it is odd", "mend it", level=level)], language=language)
    assert capsys.readouterr().err == told


def test_a_check_without_network_says_what_it_did_not_ask(bare: Terminal) -> None:
    said = bare("check", "--offline")
    assert said.code == 0
    assert said.out.startswith("у файлах усе гаразд; доступів і сервісів не перевірено")


def test_json_tells_the_level_of_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([Finding(Position("a.yaml"), "odd", "it is odd", level=Level.NOTE)], as_json=True)
    assert [one["level"] for one in json.loads(capsys.readouterr().out)] == ["note"]


def test_a_place_without_a_line_names_its_file_only_for_people_and_for_programs() -> None:
    finding = Finding(Position("environment"), "odd", "not UTF-8")
    others = [replace(finding, where=Position(name)) for name in ("b.yaml", "c.yaml")]
    first, *places = lines_of([finding, *others], "en")
    assert (first, places) == (
        "environment: error: [odd] not UTF-8: 3 places",
        ["    b.yaml", "    c.yaml", "    environment"],
    )
    assert (plain_finding(finding)["line"], plain_finding(finding)["column"]) == (None, None)


def test_what_a_service_says_stands_where_the_files_name_its_account(bridge: Terminal) -> None:
    lines = (bridge.folder / "config" / "bridge.yaml").read_text(encoding="utf-8").splitlines()
    said = bridge("check", "--language", "en").err
    assert f"config/bridge.yaml:{lines.index('planfix:') + 1}:1: note: [unproved-scope]" in said
    assert "\nenvironment: note: [no-public-address]" in said
