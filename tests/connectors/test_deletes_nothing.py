"""The bridge deletes nothing of anybody's: the only thing it takes away is a label or a member off a card."""

from __future__ import annotations

import ast
from pathlib import Path

import connectors

FOLDER = Path(connectors.__file__ or "").parent
SPARED = {"cards/{card}/idLabels/{label}", "cards/{card}/idMembers/{member}"}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def words(call: ast.Call) -> list[str]:
    """The texts a call is handed, with the names in their braces."""
    return [ast.unparse(one).strip("f\"'") for one in call.args if isinstance(one, (ast.Constant, ast.JoinedStr))]


def test_a_request_that_deletes_takes_off_a_label_or_a_member_and_nothing_else() -> None:
    asked = [words(call) for path in sorted(FOLDER.rglob("*.py")) for call in calls(path)]
    deleting = [one for one in asked if "DELETE" in one]
    assert {word for one in deleting for word in one} - {"DELETE", "None"} == SPARED


def test_no_session_is_asked_to_delete() -> None:
    asked = [call.func for path in FOLDER.rglob("*.py") for call in calls(path)]
    assert "delete" not in [one.attr for one in asked if isinstance(one, ast.Attribute)]


def test_no_request_archives_a_card_or_says_that_something_is_deleted() -> None:
    said = [
        key.value
        for path in sorted(FOLDER.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and key.value in ("closed", "isDeleted")
    ]
    assert said == ["closed"]  # of a card that is read
