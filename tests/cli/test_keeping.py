"""Keeping at the command line: backup, restore, one client's file, erasing one client, a damaged database."""

from __future__ import annotations

import io
import json
import re
import zipfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from bridge.store import Store
from sandbox import world
from tests.cli.conftest import KYIV, Day, Terminal

CLIENT = "ТОВ «Ромашка»"


def clients(bridge: Terminal) -> int:
    said = bridge("status", "--json").json
    assert isinstance(said, dict)
    return int(said["clients"])


def database(day: Day) -> Path:
    return day.bridge.folder / "var" / "bridge.db"


def test_a_backup_brings_back_what_was_there(day: Day) -> None:
    day.lead()
    said = day.bridge("backup", "monday.backup")
    assert said.code == 0
    assert re.match(r"monday\.backup: \d+\.\d МБ, схема \d{4}, перевірено, ціла; у ній .*клієнти й угоди: 3", said.out)
    database(day).unlink()
    assert day.bridge("restore", "monday.backup").code == 0
    assert clients(day.bridge) == 1


def test_a_restored_bridge_does_nothing_twice(day: Day) -> None:
    day.bridge("tick", "--at", "2026-11-30T10:00")
    day.bridge("backup", "monday.backup")
    day.lead()
    cards = [card.name for card in day.sandbox.trello.store.cards.values()]
    assert cards
    day.bridge("restore", "monday.backup")
    day.tick("2026-11-30T10:10")
    day.tick("2026-11-30T10:11")
    assert [card.name for card in day.sandbox.trello.store.cards.values()] == cards


def test_what_a_client_read_after_the_backup_is_not_sent_again_after_the_restoration(day: Day) -> None:
    day.opens_the_link()
    day.tick("2026-11-30T10:10")
    day.bridge("backup", "monday.backup")
    day.people.comment_card(CLIENT, "/бриф")
    day.tick("2026-11-30T10:15")
    day.bridge("restore", "monday.backup")
    day.tick("2026-11-30T10:20")
    day.tick("2026-11-30T10:21")
    read = [message.body.text for message in day.sandbox.telegram.chats.chats[world.CLIENT.id].messages.values()]
    assert len([text for text in read if "заповніть, будь ласка, бриф" in text]) == 1


def test_a_backup_needs_no_valid_config(day: Day) -> None:
    day.lead()
    day.bridge.edit("bridge.yaml", "workspace: agency", "workspace: [")
    assert day.bridge("backup", "monday.backup").code == 0


def test_beside_a_running_bridge_a_restoration_asks_only_to_stop_it_by_the_agencys_clock(day: Day) -> None:
    day.lead()
    day.bridge("backup", "monday.backup")
    day.bridge.edit("people.yaml", "role", "rule")  # the clock is known while much else is wrong
    store = Store("sqlite:///var/bridge.db")
    with closing(store):
        store.lock()
        said = day.bridge("restore", "monday.backup")
    hour = f"{datetime.now(KYIV):%d.%m.%Y %H:}"
    assert said.code == 1
    assert re.search(rf", з {hour}\d\d:\d\d\); спершу зупиніть його\n$", said.err)


def test_restoring_what_is_no_backup_says_so(bridge: Terminal) -> None:
    (bridge.folder / "notes.txt").write_text("milk, bread")
    said = bridge("restore", "notes.txt")
    assert said.code == 1
    assert said.err.startswith("notes.txt: базу пошкоджено (це не файл бази)")


def test_an_export_is_one_readable_file(day: Day) -> None:
    day.lead()
    assert day.bridge("export", "Ромашка", "--to", "her.json").code == 0
    text = (day.bridge.folder / "her.json").read_text(encoding="utf-8")
    assert CLIENT in text
    assert json.loads(text)["client"] == "client-1"


def test_an_export_replaces_nothing(day: Day) -> None:
    day.lead()
    (day.bridge.folder / "her.json").write_text("mine")
    said = day.bridge("export", "Ромашка", "--to", "her.json")
    assert (said.code, said.err) == (2, "her.json уже є; назвіть інший файл через --to\n")


def test_an_export_with_documents_is_a_zip(day: Day) -> None:
    day.lead()
    from bridge.store import Store
    from bridge.store import tables as t
    from bridge.store.database import writing
    from tests.store.shelf import NOW

    store = Store(f"sqlite:///{database(day)}")
    row = {"subject": "client-1", "template": "brief", "version": 1, "key": "k", "format": "pdf", "name": "Бриф.pdf"}
    with writing(store._engine) as connection:
        filed = {**row, "workspace": "agency", "media_type": "application/pdf", "content": b"%PDF", "at": NOW}
        connection.execute(t.documents.insert().values(**filed))
    store.close()
    assert day.bridge("export", "Ромашка", "--to", "her.json").code == 2
    assert day.bridge("export", "Ромашка").code == 0
    with zipfile.ZipFile(day.bridge.folder / "client-1.zip") as archive:
        assert archive.namelist() == ["client-1.json", "documents/1-Бриф.pdf"]


def test_an_erased_client_stays_away(day: Day) -> None:
    day.lead()
    said = day.bridge("erase", "тов Ромашка", "--yes")
    assert said.code == 0
    assert "у давніших копіях це лишилося" in said.out
    day.tick("2026-11-30T10:20")
    assert clients(day.bridge) == 0
    assert "Ромашка".encode() not in database(day).read_bytes()


def test_erasing_asks_first(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.lead()
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert day.bridge("erase", "Ромашка").code == 1
    assert clients(day.bridge) == 1


@pytest.mark.parametrize(("who", "code"), [("Ромаш", 2), ("Ромашка", 2), ("ТОВ «Ромашка»", 0), ("client-1", 0)])
def test_without_being_asked_only_a_whole_name_or_an_id_erases(day: Day, who: str, code: int) -> None:
    day.lead()
    said = day.bridge("erase", who, "--yes")
    assert (said.code, "лише частина назви: ТОВ «Ромашка»" in said.err) == (code, code == 2)
    assert clients(day.bridge) == (1 if code else 0)


def test_erasing_somebody_unknown_names_the_nearest(day: Day) -> None:
    day.lead()
    said = day.bridge("erase", "Рамашка", "--yes")
    assert said.code == 2
    assert "нікого не звати «Рамашка»" in said.err


def test_a_sound_database_is_sound(day: Day) -> None:
    day.lead()
    said = day.bridge("db", "check")
    assert (said.code, said.out) == (0, "база ціла\n")


def test_an_upgrade_with_nothing_to_do_says_where_it_stands(day: Day) -> None:
    day.lead()
    said = day.bridge("db", "upgrade")
    assert said.code == 0
    assert re.fullmatch(r"схема \d{4}, найновіша\n", said.out)


@pytest.fixture
def torn(day: Day) -> bytes:
    """A day's database whose second half is lost, and a backup of it beside; gives what is left of it."""
    day.lead()
    day.bridge("backup", "var/monday.backup")
    content = database(day).read_bytes()
    rest = content[: len(content) // 2]
    database(day).write_bytes(rest)
    return rest


def test_a_torn_database_stops_the_start_with_one_sentence_and_the_way_out(day: Day, torn: bytes) -> None:
    said = day.bridge("tick")
    assert said.code == 1
    assert said.err.startswith("var/bridge.db: базу пошкоджено (")
    assert said.err.endswith("Зупиніть міст, тоді: bridge restore var/monday.backup\n")
    assert said.err.count("\n") == 1
    assert database(day).read_bytes() == torn


def test_the_way_out_of_a_torn_database_works(day: Day, torn: bytes) -> None:
    assert day.bridge("db", "check").code == 1
    assert day.bridge("restore", "var/monday.backup").code == 0
    assert day.tick("2026-11-30T10:30").code == 0
    assert (day.bridge.folder / "var" / "bridge.db.before-restore").read_bytes() == torn
