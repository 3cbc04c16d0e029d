"""Files of the config folder are written all together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.model.errors import BridgeError
from bridge.wiring.writing import with_value, write_files


def test_files_and_their_folders_are_made(tmp_path: Path) -> None:
    write_files({tmp_path / "a.yaml": "а", tmp_path / "rules" / "b.yaml": "b"})
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "а"
    assert (tmp_path / "rules" / "b.yaml").read_text(encoding="utf-8") == "b"


def test_where_one_cannot_be_written_all_stay_as_they_were(tmp_path: Path) -> None:
    kept, in_the_way = tmp_path / "a.yaml", tmp_path / "rules"
    kept.write_text("old", encoding="utf-8")
    in_the_way.write_text("a file where a folder has to be", encoding="utf-8")
    with pytest.raises(BridgeError, match=r"b\.yaml cannot be written"):
        write_files({kept: "new", in_the_way / "b.yaml": "b"})
    assert kept.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "rules"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("trello", "boards", 0), '  boards: ["Нова: «дошка»", Запуск]   # names or ids'),
        (("trello", "fields", "site"), '    site: "Нова: «дошка»"             # a comment'),
        (("planfix", "card_field"), 'planfix: {card_field: "Нова: «дошка»"}'),
    ],
)
def test_one_value_is_written_and_all_else_stays(path: tuple[str | int, ...], line: str) -> None:
    text = (
        "# ours\ntrello:\n  boards: [Клієнти, Запуск]   # names or ids\n  fields:\n"
        "    site: Сайт             # a comment\nplanfix: {card_field: 107}\n"
    )
    made = with_value(text, path, "Нова: «дошка»")
    assert [new for new, old in zip(made.splitlines(), text.splitlines(), strict=True) if new != old] == [line]


def test_a_value_that_is_not_there_is_not_made_up() -> None:
    with pytest.raises(BridgeError, match=r"no value at trello\.fields\.site"):
        with_value("trello: {fields: {}}\n", ("trello", "fields", "site"), "Сайт")
