"""The YAML reader: nothing is guessed, everything has a place, nothing dangerous is built."""

from __future__ import annotations

import pytest

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Position
from rules import reader
from rules.reader import read


def refused(text: str | bytes) -> Finding:
    """The one finding with which the text is refused."""
    with pytest.raises(ConfigError) as caught:
        read("a.yaml", text if isinstance(text, bytes) else text.encode())
    [finding] = caught.value.findings
    return finding


@pytest.mark.parametrize(
    "written",
    [
        "on",
        "off",
        "yes",
        "No",
        "22:30",
        "0123",
        "08",
        "1_000",
        "+380501234567",
        "12e5",
        "1e3",
        "0o17",
        ".inf",
        "Null",
        "TRUE",
        "12345678901234567890",
        "2026-01-05",
        "0x1F",
        ".5",
        "1.",
    ],
)
def test_what_looks_like_something_else_stays_text(written: str) -> None:
    assert read("a.yaml", f"key: {written}".encode()).data == {"key": written}


def test_only_flags_numbers_and_nothing_are_not_text() -> None:
    data = read("a.yaml", b"[true, false, null, ~, 12, -3, 1.5, -0.25, '12', \"true\"]").data
    assert data == [True, False, None, None, 12, -3, 1.5, -0.25, "12", "true"]


def test_the_key_on_stays_a_word() -> None:
    assert read("a.yaml", b"on: push").data == {"on": "push"}


def test_every_key_and_value_has_its_place() -> None:
    document = read("a.yaml", "# слово\nrules:\n  - id: 'Ґ'\n    when: {button: ок}\n".encode())
    assert document.position(("rules", 0, "id")) == Position("a.yaml", 3, 9)
    assert document.position(("rules", 0, "when", "button"), key=True) == Position("a.yaml", 4, 12)


def test_columns_count_characters_not_bytes() -> None:
    document = read("a.yaml", "{ключ: а, є: б}".encode())
    assert document.position(("є",), key=True) == Position("a.yaml", 1, 11)


def test_steps_of_a_path_that_are_not_in_the_file_are_passed_over() -> None:
    document = read("a.yaml", b"rules:\n  - id: a\n")
    assert document.position(("rules", 0, "some-tag", "id")) == Position("a.yaml", 2, 9)


def test_a_missing_key_falls_on_the_map_that_lacks_it() -> None:
    document = read("a.yaml", b"rules:\n  - id: a\n")
    assert document.position(("rules", 0, "when")) == Position("a.yaml", 2, 5)


def test_lines_of_a_block_text_have_places_of_their_own() -> None:
    document = read("a.yaml", "uk: |\n\n  один\n  два\n".encode())
    assert document.inside(("uk",), 3) == Position("a.yaml", 4, 3)


def test_lines_of_a_quoted_text_stand_where_the_text_begins() -> None:
    document = read("a.yaml", b'uk: "one\n  two"\n')
    assert document.inside(("uk",), 2) == Position("a.yaml", 1, 5)


def test_a_repeated_key_names_both_lines() -> None:
    finding = refused("a: 1\nb: 2\na: 3\n")
    assert (finding.code, finding.where.line, finding.advice) == ("duplicate-key", 3, "first written at line 1")


def test_all_repeated_keys_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        read("a.yaml", b"a: 1\na: 2\nb: 1\nb: 2\n")
    assert [finding.where.line for finding in caught.value.findings] == [2, 4]


def test_windows_1251_is_named_with_its_place() -> None:
    finding = refused("a: ok\nключ: значення\n".encode("cp1251"))
    assert finding.code == "not-utf8"
    assert (finding.where.line, finding.where.column) == (2, 1)


def test_utf_16_is_named() -> None:
    assert refused("a: ключ\n".encode("utf-16")).what == "the file is UTF-16"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a:\u00a0b\n", 3),
        ("- id:\u00a0x\n", 6),
        ("-\u00a0b\n", 2),
        ("a: b\u202f\n", 5),
        ("a\u00a0b: c\n", 2),
        ("wh\u200ben: c\n", 3),
    ],
)
def test_a_pasted_space_that_is_none_is_named_with_its_place(text: str, column: int) -> None:
    finding = refused(text)
    assert (finding.code, finding.where.column) == ("bad-space", column)


@pytest.mark.parametrize("text", ["12\u00a0345 грн", '"\u00a0ок"'])
def test_an_unbreakable_space_inside_a_text_is_the_authors_own(text: str) -> None:
    assert "\u00a0" in read("a.yaml", f"a: {text}\n".encode()).data["a"]


@pytest.mark.parametrize("odd", ["\u2028", "\u0085", "\u202e"])
def test_line_ends_and_marks_that_only_some_programs_see_are_refused(odd: str) -> None:
    finding = refused(f"a: 1\nb: x{odd}y\n")
    assert (finding.code, finding.where) == ("bad-character", Position("a.yaml", 2, 5))


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_of_other_systems_are_lines(end: str) -> None:
    document = read("a.yaml", f"a: |{end}  x{end}  y{end}b: c{end}".encode())
    assert (document.data["a"], document.position(("b",)).line) == ("x\ny\n", 4)


@pytest.mark.parametrize(("indent", "name"), [("\t", "TAB"), ("\u00a0\u00a0", "NO-BREAK SPACE"), ("  \u200b", "ZERO")])
def test_odd_letters_in_an_indentation_are_named(indent: str, name: str) -> None:
    finding = refused(f"a:\n{indent}b: 1\n")
    assert finding.code == "bad-indent"
    assert name in finding.what


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read("a.yaml", b"\xef\xbb\xbfa: 1").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\nb: *x\n", "anchor"),
        ("a: {<<: {b: 1}}\n", "anchor"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: !secret b\n", "tag"),
        ("a: 1\n---\nb: 2\n", "two-documents"),
        ("[a, b]: c\n", "bad-key"),
        ("a: Статус: ок\n", "yaml-syntax"),
        ("a: 'b\n", "yaml-syntax"),
        ("a: \x07\n", "bad-character"),
    ],
)
def test_what_is_not_in_the_subset_is_refused(text: str, code: str) -> None:
    assert refused(text).code == code


def test_a_colon_inside_a_text_is_explained() -> None:
    assert "in quotes" in refused("text: Статус: ок\n").advice


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b\n  c: d\n", "stands too deep"),
        ("a: [1, 2\nb: 3\n", "opens at line 1"),
        ("a:\n– b\n", "ordinary hyphen"),
        ("a: - b\n", "a line of its own"),
        ("a: {{ client.name }}\n", "must be in quotes"),
        ("a: @olena\n", "text that begins with @"),
        ("a:\n  -\tb: 1\n", "not TAB"),
        ('a: "C:\\dir"\n', "backslash"),
        ("a: {{ client.name }} here\n", "begins with {{ must be in quotes"),
        ("a:\n  - b: 1\n c: 2\n", "begin this line where"),
    ],
)
def test_the_usual_slips_are_explained(text: str, told: str) -> None:
    assert told in refused(text).advice


@pytest.mark.parametrize(
    "text",
    ['a: 1\nb: "text\nc: 2\nd: 3\n', "a: 1\nb: 'text\nc: 2\n", 'a: 1\nb: "text\nc: "d"\n', 'a: 1\nb: {c: "d}\ne: f\n'],
)
def test_a_quote_that_is_never_closed_is_told_where_it_opens(text: str) -> None:
    found = refused(text)
    assert (found.where.line, "never closed" in found.what) == (2, True)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a:\n  -\u00a0x: 1\n  - y\n", 2), ("a: 1\nb:\u00a0|\n  text\n", 2), ("a:\u00a0\n  b: 1\n", 1)],
)
def test_a_space_that_is_none_is_told_where_it_stands_also_when_nothing_can_be_read(text: str, line: int) -> None:
    found = refused(text)
    assert (found.code, found.where.line) == ("bad-space", line)


@pytest.mark.parametrize("text", ["[" * 20_000, "{a: " * 20_000, "- " * 20_000, "? " * 20_000])
def test_depth_is_refused_in_every_style(text: str) -> None:
    assert refused(text).code == "too-deep"


def test_depth_is_refused_before_anything_recursive_runs() -> None:
    finding = refused("[" * 20_000)
    assert finding.code == "too-deep"
    assert finding.where.column == reader.LIMIT_DEPTH + 1


def test_too_many_nodes_are_refused() -> None:
    assert refused("a: [" + "1," * reader.LIMIT_NODES + "]").code == "too-large"


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert refused(b"#" * (reader.LIMIT_BYTES + 1)).code == "too-large"


def test_billion_laughs_is_refused_at_its_first_anchor() -> None:
    assert refused("a: &a [x, x]\nb: &b [*a, *a]\n").where == Position("a.yaml", 1, 4)


@pytest.mark.parametrize("text", ["{", "[", "{\n", "a: [", "'"])
def test_a_file_that_ends_too_early_is_refused(text: str) -> None:
    assert refused(text).code == "yaml-syntax"


def test_an_empty_file_says_nothing() -> None:
    document = read("a.yaml", b"# only words\n")
    assert (document.data, document.position(("rules",))) == ({}, Position("a.yaml"))
