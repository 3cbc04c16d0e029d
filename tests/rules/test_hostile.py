"""A folder that means harm is refused with a finding, at once: nothing of it is run, built up, or waited for."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.findings import Level
from bridge.wiring.rule_files import load_rules_at
from rules.load import load_rules
from rules.reader import LIMIT_BYTES

START = datetime(2026, 11, 23, tzinfo=UTC)
AT_ONCE = 1.0
"""Seconds."""
AROUND = """\
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
roles: {client: клієнт, pm: РМ}
fields:
  client.name: {type: text, from: planfix.contact.name}
  card.labels: {type: set, of: [VIP], from: trello.card.labels}
"""


def codes(text: str | bytes, around: str = AROUND) -> set[str]:
    """The codes with which a text is refused. Fails when that takes long, or when it is taken."""
    blob = text if isinstance(text, bytes) else text.encode()
    start = time.process_time()
    loaded = load_rules([("around.yaml", around.encode()), ("hostile.yaml", blob)])
    assert time.process_time() - start < AT_ONCE
    assert any(finding.level is Level.ERROR for finding in loaded.findings)
    return {finding.code for finding in loaded.findings}


def text(words: str) -> str:
    return f"templates:\n  a:\n    uk: '{words}'\n    ru: ok\n    en: ok\n"


RULE = "rules: [{id: a, when: {button: b}, per: client, %s}]"
REFUSALS = {"not-allowed", "text-syntax", "too-deep", "too-large", "unknown-field", "unknown-filter"}
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{n}: &{n} [*{m}, *{m}, *{m}]\n" for n, m in zip("bcdefghijk", "abcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        pytest.param(LAUGHS, "anchor", id="alias bomb"),
        pytest.param("a: " + "[" * 200_000, "too-deep", id="deep lists"),
        pytest.param("\n".join(" " * n + "a:" for n in range(700)), "too-deep", id="deep maps"),
        pytest.param("a: [" + "x, " * 160_000 + "]", "too-large", id="many nodes"),
        pytest.param(b"a: " + b"x" * LIMIT_BYTES, "too-large", id="one long line"),
        pytest.param("a: \0\n", "bad-character", id="NUL"),
        pytest.param("a: !!python/object/apply:os.system [ls]\n", "tag", id="a tag that runs"),
        pytest.param("'" + "a" * 300_000, "yaml-syntax", id="a quote that never ends"),
        pytest.param("{" * 20 + "?" * 100_000, "yaml-syntax", id="keys that never end"),
    ],
)
def test_a_file_that_explodes_is_refused_at_once(hostile: str | bytes, code: str) -> None:
    assert code in codes(hostile)


@pytest.mark.parametrize(
    "words",
    [
        "{{ 9 ** 9 ** 9 }}",
        '{{ "a" * 1000000000 }}',
        '{{ "%1000000000d" % 1 }}',
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ client.name.__class__.__mro__ }}",
        '{{ client.name|attr("__class__") }}',
        '{% include "/etc/passwd" %}',
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set client = 1 %}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self }}",
        "{{ " + "(" * 5000 + " }}",
        "{% if 1 %}" * 3000,
        "{{ client.name" + "|upper" * 20_000 + " }}",
    ],
    ids=lambda words: words[:25],
)
def test_a_text_that_loops_or_computes_is_refused_at_once(words: str) -> None:
    assert codes(text(words)) & REFUSALS


@pytest.mark.parametrize("pattern", ["*" * 50_000, "*a" * 20_000, "a" * 100_000 + "*"])
def test_a_pattern_cannot_explode(pattern: str) -> None:
    rule = RULE % f'if: {{client.name: {{like: "{pattern}"}}}}, then: [{{label.add: VIP}}]'
    loaded = load_rules([("around.yaml", AROUND.encode()), ("a.yaml", rule.encode())])
    assert loaded.ruleset is not None, loaded.findings[:3]
    told = loaded.ruleset.rules[0].condition
    assert told is not None
    start = time.process_time()
    told.evaluate(lambda _field: "a" * 100_000 + "b", START)
    assert time.process_time() - start < AT_ONCE


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        ("fields: {gate.start: {type: flag, from: bridge}}", "reserved-name"),
        ("fields: {loop.first: {type: flag, from: bridge}}", "reserved-name"),
        ("fields: {step.days: {type: number, from: bridge}}", "reserved-name"),
        ("roles: {staff-chat: усі}", "reserved-name"),
        ("roles: {pm: інший}", "duplicate-name"),
        ("fields: {client.name: {type: flag, from: bridge}}", "duplicate-name"),
        ("fields: {client.__class__: {type: text, from: bridge}}", "bad-field-name"),
    ],
)
def test_a_name_that_would_hide_another_is_refused(hostile: str, code: str) -> None:
    assert code in codes(hostile)


@pytest.mark.parametrize("length", ["99999wd", "-99999wh", "99999999999999d", "1e9d", "١٢d"])
def test_a_length_beyond_all_calendars_is_refused_at_once(length: str) -> None:
    assert codes(RULE % f"steps: [{{after: {length}, then: [{{label.add: VIP}}]}}]") == {"bad-length"}


def test_a_file_of_100_mb_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.write(b"a: ")
        file.truncate(100_000_000)
    start = time.process_time()
    found = load_rules_at(tmp_path).findings
    assert time.process_time() - start < AT_ONCE
    assert [finding.code for finding in found] == ["too-large"]


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert [finding.code for finding in load_rules_at(tmp_path).findings] == ["missing-file"]


# -- whatever is written ---------------------------------------------------------------------------------------------

WHOLE = (Path(__file__).parents[2] / "config" / "rules" / "30-brief.yaml").read_text(encoding="utf-8")
PIECES = st.sampled_from(
    [
        *("{", "}", "[", "]", ":", " ", "- ", "\n", '"', "'", "|", ">", "&a", "*a", "!x", "%", "{{", "}}", "{%", "%}"),
        *(
            "~",
            "\t",
            "null",
            "true",
            "1.5",
            "2wd",
            "99999wd",
            "now",
            "gate.",
            "\u00a0",
            "\u200b",
            "і",
            "🙂",
            "{}",
            "[]",
        ),
    ]
)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(blob: bytes) -> None:
    load_rules([("a.yaml", blob)])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), PIECES), min_size=1, max_size=4))
def test_a_rule_file_with_any_slip_is_read_or_refused(slips: list[tuple[int, int, str]]) -> None:
    """Pieces cut out and others put in, anywhere: the worst that comes of it is findings, each with its place."""
    text = WHOLE
    for place, length, piece in slips:
        text = text[:place] + piece + text[place + length :]
    for finding in load_rules([("around.yaml", AROUND.encode()), ("a.yaml", text.encode())]).findings:
        assert finding.where.line >= 1
        assert str(finding)
