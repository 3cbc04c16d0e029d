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


def test_an_empty_file_says_nothing() -> None:
    document = read("a.yaml", b"# only words\n")
    assert (document.data, document.position(("rules",))) == ({}, Position("a.yaml", 1, 1))
