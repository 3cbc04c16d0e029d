"""The vault at the command line: making the key, seeing what came, reading it with a trace, throwing it away."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.engine.handing_over import about, opened
from bridge.engine.sealing import seal
from bridge.model.vault import key_name, parse_public_key
from bridge.store import Store
from tests.cli.conftest import Day, Terminal

NOW = datetime(2026, 11, 30, 8, 6, tzinfo=UTC)
LATER = datetime(2027, 11, 30, tzinfo=UTC)
WRITTEN = {"login": "olha", "password": "not-a-real-password", "note": "два\nрядки\x1b[31m"}


def set_up(bridge: Terminal) -> str:
    """A key pair, and a vault in bridge.yaml; gives the public key."""
    said = bridge("vault", "init")
    assert said.code == 0
    public = said.out.rpartition("public_key: ")[2].strip()
    accesses = "{site: {title: {uk: Сайт, ru: Сайт, en: Website}}}"
    bridge.edit("bridge.yaml", "documents:", f"vault: {{public_key: {public}, accesses: {accesses}}}\ndocuments:")
    return public


@pytest.fixture
def public(day: Day) -> str:
    """A client whose access to the site has come; gives the public key."""
    key = set_up(day.bridge)
    day.lead()
    with closing(Store("sqlite:///var/bridge.db", "agency")) as store, store.intake(NOW) as intake:
        intake.accesses.ask("deal-2", ["site"], "digest", "uk", LATER)
        [access] = intake.accesses.of("deal-2")
        box = seal(parse_public_key(key), WRITTEN, about("agency", access.id))
        intake.accesses.receive(access.id, box, key_name(parse_public_key(key)), LATER)
    return key


def test_the_private_key_is_a_file_that_only_its_owner_reads(bridge: Terminal) -> None:
    set_up(bridge)
    key = bridge.folder / "vault.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text(encoding="utf-8").startswith("-----BEGIN PRIVATE KEY-----")


def test_making_a_key_prints_no_private_one_and_replaces_none(bridge: Terminal) -> None:
    said = bridge("vault", "init")
    kept = Path("vault.key").read_text(encoding="utf-8")
    again = bridge("vault", "init")
    assert kept.splitlines()[1] not in said.out + said.err
    assert "зберігайте його копію окремо від бази" in said.out
    assert (again.code, Path("vault.key").read_text(encoding="utf-8")) == (2, kept)


def test_the_list_tells_states_and_no_content(day: Day, public: str) -> None:
    said = day.bridge("vault", "list")
    assert "Сайт" in said.out
    assert "отримано" in said.out
    assert "olha" not in said.out


def test_reading_needs_the_key_and_says_which_setting_names_it(day: Day, public: str) -> None:
    said = day.bridge("vault", "show", "Ромашка")
    assert (said.code, "BRIDGE_VAULT__KEY_FILE" in said.err) == (1, True)


def test_each_reading_is_written_down_with_who_read(day: Day, public: str, monkeypatch: pytest.MonkeyPatch) -> None:
    day.bridge.set(VAULT__KEY_FILE="vault.key")
    monkeypatch.setenv("LOGNAME", "iryna")
    said = day.bridge("vault", "show", "Ромашка", "Сайт")
    assert (said.code, "пароль: not-a-real-password" in said.out) == (0, True)
    with closing(Store("sqlite:///var/bridge.db", "agency")) as store:
        read = [event for event in store.events_since(0) if event.kind == "access.read"]
    assert [(event.actor.id, event.data) for event in read] == [("iryna", {"access": "site"})]


def test_what_a_client_wrote_cannot_draw_on_the_screen(day: Day, public: str) -> None:
    day.bridge.set(VAULT__KEY_FILE="vault.key")
    said = day.bridge("vault", "show", "Ромашка")
    assert "примітка: два / рядки [31m" in said.out
    assert "\x1b" not in said.out


def test_another_key_opens_nothing_and_leaves_no_trace_of_a_reading(day: Day, public: str) -> None:
    day.bridge("vault", "init", "other.key")
    day.bridge.set(VAULT__KEY_FILE="other.key")
    said = day.bridge("vault", "show", "Ромашка")
    assert (said.code, "цей ключ не підходить" in said.err) == (1, True)
    with closing(Store("sqlite:///var/bridge.db", "agency")) as store:
        assert not [event for event in store.events_since(0) if event.kind == "access.read"]


def test_what_is_thrown_away_cannot_be_read_and_stays_known(day: Day, public: str) -> None:
    day.bridge.set(VAULT__KEY_FILE="vault.key")
    assert day.bridge("vault", "forget", "Ромашка", "--yes").code == 0
    assert day.bridge("vault", "show", "Ромашка").code == 1
    assert "отримано" in day.bridge("vault", "list").out


def test_a_check_says_that_clients_cannot_reach_the_page(bridge: Terminal) -> None:
    set_up(bridge)
    said = bridge("check", "--language", "en")
    assert (said.code, "[vault-unreachable]" in said.out + said.err) == (1, True)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{public_key: abc, accesses: {site: {title: {uk: a, ru: b, en: c}}}}", "no public key of a vault"),
        ("{public_key: KEY, accesses: {Site: {title: {uk: a, ru: b, en: c}}}}", "cannot be the name of an access"),
        ("{public_key: KEY, accesses: {a: {title: {uk: a, ru: b, en: c}, of: {deal.work: [x]}}}}", "did you mean"),
        ("{public_key: KEY, accesses: {a: {title: {uk: a, ru: b, en: c}, of: {deal.work_type: [ad]}}}}", '"ad" is not'),
        ("{public_key: KEY, accesses: {a: {title: {uk: a, ru: b, en: c}, of: {client.name: [x]}}}}", "no choice of a"),
    ],
)
def test_a_mistake_in_the_vault_is_told_at_its_place(bare: Terminal, written: str, told: str) -> None:
    key = bare("vault", "init").out.rpartition("public_key: ")[2].strip()
    bare.edit("bridge.yaml", "documents:", f"vault: {written.replace('KEY', key)}\ndocuments:")
    said = bare("check", "--offline", "--language", "en")
    assert told in said.out + said.err
    assert "config/bridge.yaml:" in said.out + said.err


def test_a_link_to_pass_on_by_hand_opens_once_and_is_kept_nowhere(day: Day) -> None:
    set_up(day.bridge)
    day.lead()
    day.bridge.set(PUBLIC_URL="https://bridge.example")
    made = day.bridge("vault", "link", "Ромашка").out.strip()
    token = made.removeprefix("https://bridge.example/access/")
    assert len(token) == 43
    with closing(Store("sqlite:///var/bridge.db", "agency")) as store:
        page = opened(store, token, NOW)
        linked = [event.data["access"] for event in store.events_since(0) if event.kind == "access.linked"]
    assert page is not None
    assert (page.names, linked) == (("site",), ["site"])
    assert not [file for file in Path("var").iterdir() if token.encode() in file.read_bytes()]


def test_where_nothing_is_missing_there_is_no_link(day: Day, public: str) -> None:
    day.bridge.set(PUBLIC_URL="https://bridge.example")
    said = day.bridge("vault", "link", "Ромашка")
    assert (said.code, "доступів не бракує" in said.err) == (1, True)


def test_the_log_tells_in_words_what_became_of_an_access(day: Day, public: str) -> None:
    day.bridge.set(VAULT__KEY_FILE="vault.key")
    day.bridge("vault", "show", "Ромашка")
    day.bridge("vault", "forget", "Ромашка", "--yes")
    said = day.bridge("logs", "Ромашка").out
    assert "доступ прочитали" in said
    assert "доступ викинули" in said
    assert "access." not in said


def test_an_export_tells_of_an_access_and_holds_no_box(day: Day, public: str) -> None:
    assert day.bridge("export", "Ромашка", "--to", "her.json").code == 0
    [kept] = json.loads(Path("her.json").read_text(encoding="utf-8"))["accesses"]
    assert (kept["name"], kept["state"], "sealed" in kept) == ("site", "received", False)
