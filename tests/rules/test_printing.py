"""A rule that is printed and read again is the rule: of the pack, of the example, and any that can be drawn."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel

from bridge.wiring.rule_files import load_rules_at
from rules.conditions import Condition
from rules.entries import RuleEntry
from rules.printing import printed
from rules.registry import keys_of
from tests.rules.drawn_rules import EVERY_KEY, read_rule, rules

PACK = Path(__file__).parents[2] / "config"
EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")


def meaning(value: Any) -> Any:
    """Everything that a rule is, but for where it stands."""
    if isinstance(value, Condition):
        return meaning(value.root)
    if is_dataclass(value):
        compared = [item.name for item in fields(value) if item.compare and item.name != "where"]
        return {name: meaning(getattr(value, name)) for name in compared}
    if isinstance(value, BaseModel):
        return type(value), {name: meaning(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {key: meaning(item) for key, item in value.items()}
    return [meaning(item) for item in value] if isinstance(value, tuple | list) else value


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules())
def test_a_rule_that_is_printed_and_read_again_is_the_rule(entry: dict[str, Any]) -> None:
    rule = read_rule(json.dumps([entry], ensure_ascii=False))
    assert meaning(read_rule(printed(rule))) == meaning(rule)


@pytest.mark.parametrize("path", [PACK, *([Path(EXAMPLE)] if EXAMPLE else [])], ids=lambda path: path.name)
def test_a_whole_set_that_is_printed_means_the_same(path: Path, tmp_path: Path) -> None:
    """With its blueprints' rules written out: `use:` is left out of the copy."""
    folder = tmp_path / "config"
    if path.is_dir():
        shutil.copytree(path, folder)
    else:
        folder.mkdir()
        shutil.copy(path, folder)
    before = load_rules_at(folder).ruleset
    assert before is not None
    for file in [*folder.glob("*.yaml"), *folder.glob("rules/*.yaml")]:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^(rules|use):\n(?:[ #].*\n|\n)*", "", text, flags=re.MULTILINE), encoding="utf-8")
    into = folder / "rules" if (folder / "rules").is_dir() else folder
    (into / "printed.yaml").write_text("rules:\n" + "".join(map(printed, before.rules)), encoding="utf-8")
    after = load_rules_at(folder)
    assert after.ruleset is not None, after.findings
    assert {rule.id: meaning(rule) for rule in after.ruleset.rules} == {rule.id: meaning(rule) for rule in before.rules}


def test_every_key_that_a_rule_may_have_is_drawn() -> None:
    """Else a new one could be read, and forgotten where rules are printed."""
    assert set(keys_of(RuleEntry)) == EVERY_KEY


def test_what_is_so_by_itself_is_left_out() -> None:
    rule = read_rule("- {id: a, when: {button: go}, repeat: each, guard: false, then: [{label.add: VIP}]}")
    assert printed(rule) == "- id: a\n  when: {button: go}\n  then: [{label.add: VIP}]\n"


@pytest.mark.parametrize(
    "words", ["on", "22:30", "1.5", "null", "a: b", " x", "x ", "# x", "😀", '"', "\\", "a\nb", "\u00a0x"]
)
def test_words_that_look_like_something_else_stay_words(words: str) -> None:
    entry = {"id": "a", "name": words, "when": {"button": words}, "then": [{"label.add": "VIP"}]}
    rule = read_rule(json.dumps([entry], ensure_ascii=False))
    assert meaning(read_rule(printed(rule))) == meaning(rule)
