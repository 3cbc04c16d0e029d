"""A wrong configuration is told at its place, with exit code 1, and nothing is started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal

WORKING = [("run",), ("tick",)]
PLACED = re.compile(r"^config/[a-z/0-9-]+\.yaml:\d+:\d+: \w+: \[[a-z-]+\] .+", re.MULTILINE)


@pytest.mark.parametrize("command", [*WORKING, ("check",)])
def test_every_missing_credential_is_named_where_it_is_needed(bare: Terminal, command: tuple[str, ...]) -> None:
    said = bare(*command)
    assert said.code == 1
    assert sum("[missing-credential]" in line for line in PLACED.findall(said.err)) == 6
    assert "config/bridge.yaml:8:1: помилка: [missing-credential] BRIDGE_TRELLO__KEY" in said.err


def test_a_check_of_the_files_alone_only_notes_that_credentials_are_missing(bare: Terminal) -> None:
    said = bare("check", "--offline")
    assert (said.code, said.err.count(" не задано; ")) == (0, 6)
    assert "[missing-credential] приміток: 6" in said.err


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("sms: {url: gate.example, json: {to: '{phone}', text: '{text}'}}", "sms: gate.example — не адреса https"),
        ("sms: {url: 'https://gate.example'}", "напишіть, що надсилати, у json або у form"),
        ("email: {name: Агенція, reply_to: office}", "email: reply_to: «office» не є адресою"),
        ("webhooks: {Книги: {url: 'https://books.example'}}", "малі латинські літери, цифри й _, наприклад accounting"),
    ],
)
def test_what_is_wrong_in_the_files_is_an_error_though_credentials_are_missing(
    bare: Terminal, section: str, told: str
) -> None:
    bare.edit("bridge.yaml", "\ntelegram:\n", f"\n{section}\ntelegram:\n")
    said = bare("check", "--offline")
    assert said.code == 1
    [error] = [line for line in said.err.splitlines() if ": помилка: " in line]
    assert told in error


@pytest.mark.parametrize("command", WORKING)
def test_without_credentials_no_database_is_made(bare: Terminal, command: tuple[str, ...]) -> None:
    said = bare(*command)
    assert "нічого не запущено" in said.err
    assert list((bare.folder / "var").glob("*.db")) == []


@pytest.mark.parametrize("command", [*WORKING, ("check", "--offline"), ("status",), ("outbox", "list")])
def test_a_misspelt_fact_is_told_with_the_nearest_one(bridge: Terminal, command: tuple[str, ...]) -> None:
    bridge.edit("rules/30-brief.yaml", "unless: {brief.state: received}", "unless: {brief.sate: received}")
    said = bridge(*command)
    assert said.code == 1
    assert re.search(
        r"config/rules/30-brief\.yaml:\d+:\d+: помилка: \[unknown-field\] .*може, «brief\.state»", said.err
    )
    assert not (bridge.folder / "var" / "bridge.db").exists()


def test_findings_can_be_read_by_a_program(bridge: Terminal) -> None:
    bridge.edit("bridge.yaml", "staff_chat:", "staf_chat:")
    said = bridge("check", "--offline", "--json")
    assert said.code == 1
    assert isinstance(said.json, list)
    assert {finding["code"] for finding in said.json} >= {"unknown-key"}


def test_a_bad_setting_can_be_read_by_a_program(bridge: Terminal) -> None:
    bridge.set(WEB__PORT="a lot")
    said = bridge("check", "--json")
    assert said.code == 1
    assert [finding["code"] for finding in said.json] == ["bad-setting"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [("check",), ("status",)])
def test_a_bad_setting_is_told_in_the_language_of_the_agency(bare: Terminal, words: tuple[str, ...]) -> None:
    bare.set(WEB__PORT="багато")
    told = "помилка: [bad-setting] BRIDGE_WEB__PORT не підходить: тут потрібне ціле число; див. "
    assert told in bare(*words).err


@pytest.mark.parametrize("url", ["postgresql://agency:planted-password-0000@127.0.0.1/x", "bridge.db", "sqlite://"])
def test_an_address_that_is_no_database_file_is_refused_unseen(bridge: Terminal, url: str) -> None:
    bridge.set(DATABASE_URL=url)
    said = bridge("status", "--language", "en")
    assert said.code == 1
    assert "[bad-setting] BRIDGE_DATABASE_URL" in said.err
    assert "planted-password-0000" not in said.out + said.err


def test_a_file_that_is_no_database_is_left_alone(bridge: Terminal) -> None:
    letter = bridge.folder / "letter.txt"
    letter.write_text("Dear client, this is a letter")
    bridge.set(DATABASE_URL=f"sqlite:///{letter}")
    said = bridge("tick")
    assert (said.code, said.err) == (1, f"{letter} — не база SQLite; див. BRIDGE_DATABASE_URL\n")
    assert letter.read_text() == "Dear client, this is a letter"


def test_a_database_that_cannot_be_opened_is_named(bridge: Terminal) -> None:
    bridge.set(DATABASE_URL=f"sqlite:///{bridge.folder / 'config'}")
    said = bridge("status")
    assert said.code == 1
    assert "config не відкривається: це тека" in said.err


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("tick", "--at", "tomorrow"), ("outbox", "list", "--state", "lost"), ("outbox", "retry")],
)
def test_wrong_usage_is_exit_code_2(bridge: Terminal, words: tuple[str, ...]) -> None:
    assert bridge(*words).code == 2


def test_nothing_is_written_while_checking(bridge: Terminal) -> None:
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert bridge("check").out == "усе гаразд\n"
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
