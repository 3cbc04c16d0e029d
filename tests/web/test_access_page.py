"""The page of a one-time link: what is written there is sealed, and stands nowhere else, whatever goes wrong."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import structlog

from bridge.engine.accesses import with_links
from bridge.engine.clock import SetClock
from bridge.engine.context import Context
from bridge.engine.engine import Engine
from bridge.engine.handing_over import about
from bridge.engine.sealing import Opener, new_key
from bridge.logs import set_up_logs
from bridge.model.decisions import SendMessage
from bridge.model.vault import AskedAccess, Vault, parse_public_key
from bridge.store import Store
from bridge.store.keeping import back_up
from bridge.web.app import web_app
from bridge.web.metrics import exposition
from bridge.web.server import serving
from bridge.wiring.agency import load_agency
from bridge.wiring.settings import load_settings
from rules.plan import Office
from tests.secrets import CLIENT_LOGIN, CLIENT_NOTE, CLIENT_PASSWORD
from tests.web.test_webhooks import HOOKS, DaemonSpy

NOW = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
PEM, PUBLIC = new_key()
TITLES = {"uk": "Сайт <WordPress>", "ru": "Сайт <WordPress>", "en": "Website <WordPress>"}
ADS = {"uk": "Google Ads", "ru": "Google Ads", "en": "Google Ads"}
VAULT = Vault(
    parse_public_key(PUBLIC), {"site": AskedAccess(TITLES), "ads": AskedAccess(ADS)}, "https://bridge.example", "Міст"
)
WRITTEN = {"site.login": CLIENT_LOGIN, "site.password": f" {CLIENT_PASSWORD} ", "site.note": CLIENT_NOTE}


class World:
    """A client with a deal, the page, and a link in the client's language."""

    def __init__(self, folder: Path) -> None:
        agency, findings = load_agency(Path("config"))
        assert agency is not None, findings
        self.folder, self.clock, self.daemon = folder, SetClock(NOW), DaemonSpy()
        self.store = Store(f"sqlite:///{folder}/bridge.db")
        self.store.upgrade()
        self.context = Context(agency.ruleset, Office(agency.people), {}, vault=VAULT)
        self.engine = Engine(self.store, {}, self.context, self.clock)
        with self.store.intake(NOW) as intake:
            self.client = intake.new_subject("client", "", "test")
            self.deal = intake.new_subject("deal", self.client, "test")
        self.port = 0

    def link(self, language: str = "uk", names: str = "site-ads") -> str:
        """A new link, as a client gets it in a message."""
        text = f"{VAULT.address}/access/for/{self.deal}/{names}"
        sent = with_links(SendMessage("client", text, language=language), self.deal, self.context, self.store, NOW)
        return sent.text.removeprefix(VAULT.address)

    def get(self, link: str, **more: Any) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{link}", timeout=60, **more)

    def post(self, link: str, written: Mapping[str, str], **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(f"http://127.0.0.1:{self.port}{link}", data=written, headers=named, timeout=60)

    def sql(self, statement: str) -> None:
        """Does something to the database behind the bridge's back."""
        with closing(sqlite3.connect(self.folder / "bridge.db", isolation_level=None)) as connection:
            connection.execute(statement)

    def handed_over(self) -> dict[str, dict[str, str]]:
        """What the holder of the private key reads."""
        found = {}
        with self.store.intake(self.clock.now()) as intake:
            for access in intake.accesses.of(self.deal):
                box = intake.accesses.box(access.id)
                if box is not None:
                    found[access.name] = Opener(PEM).open(box, about(self.store.workspace, access.id))
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    app = web_app(world.engine, world.daemon, HOOKS)  # type: ignore[arg-type]
    with serving(app, "127.0.0.1", 0) as world.port:
        yield world
    world.store.close()


def test_what_a_client_writes_reaches_the_holder_of_the_key_letter_by_letter(world: World) -> None:
    answer = world.post(world.link(), WRITTEN)
    written = {"login": CLIENT_LOGIN, "password": f" {CLIENT_PASSWORD} ", "note": CLIENT_NOTE}
    assert (answer.status_code, "Отримали, дякуємо!" in answer.text) == (200, True)
    assert world.handed_over() == {"site": written}
    assert world.daemon.woken == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("uk", "Передайте нам"), ("ru", "Передайте нам"), ("en", "Give us access"), ("de", "Give us access")],
)
def test_the_page_speaks_the_language_of_the_message(world: World, language: str, words: str) -> None:
    shown = world.get(world.link(language)).text
    assert words in shown
    assert "&lt;WordPress&gt;" in shown
    assert {"ru": "до 10 декабря", "uk": "до 10 грудня"}.get(language, "until 10 December") in shown


def test_messengers_that_look_at_a_link_first_use_nothing_up(world: World) -> None:
    link = world.link()
    for _look in range(3):
        requests.head(f"http://127.0.0.1:{world.port}{link}", timeout=60)
        world.get(link, headers={"User-Agent": "TelegramBot (like TwitterBot)"})
    assert world.post(link, WRITTEN).status_code == 200
    assert set(world.handed_over()) == {"site"}


def test_a_used_link_says_thank_you_and_takes_nothing_more(world: World) -> None:
    link = world.link()
    world.post(link, WRITTEN)
    again = world.post(link, {"ads.password": "another"})
    assert "Отримали, дякуємо!" in again.text
    assert "Отримали, дякуємо!" in world.get(link).text
    assert set(world.handed_over()) == {"site"}


def test_a_link_that_is_over_says_what_to_do(world: World) -> None:
    link = world.link()
    world.clock.set(NOW + timedelta(days=7))
    assert (world.get(link).status_code, world.post(link, WRITTEN).status_code) == (410, 410)
    assert "надішлемо нове" in world.get(link).text
    assert world.handed_over() == {}


@pytest.mark.parametrize(
    "link", ["/access/", "/access/for/deal-2/site", f"/access/{'A' * 43}", "/access/%00", "/access/a/b"]
)
def test_what_is_no_link_is_told_kindly(world: World, link: str) -> None:
    answer = world.get(link)
    assert (answer.status_code, "Такого посилання немає" in answer.text) == (404, True)


def test_nothing_written_keeps_the_link_open(world: World) -> None:
    link = world.link()
    answer = world.post(link, {"site.login": "  "})
    assert (answer.status_code, "Заповніть, будь ласка, хоча б одне поле" in answer.text) == (422, True)
    assert world.post(link, WRITTEN).status_code == 200


def test_a_field_that_is_too_long_is_named_and_the_password_does_not_come_back(world: World) -> None:
    link = world.link()
    answer = world.post(link, {**WRITTEN, "site.note": "а" * 3001})
    assert (answer.status_code, "Це поле задовге: Сайт" in answer.text) == (422, True)
    assert CLIENT_LOGIN in answer.text
    assert CLIENT_PASSWORD not in answer.text
    assert world.handed_over() == {}


def test_a_flood_of_text_is_refused_before_it_is_read(world: World) -> None:
    answer = world.post(link := world.link(), {"site.note": "а" * 400_000})
    assert answer.status_code == 413
    assert world.get(link).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "same-site"}]
)
def test_a_form_on_another_site_is_refused(world: World, headers: dict[str, str]) -> None:
    assert world.post(world.link(), WRITTEN, **headers).status_code == 403
    assert world.handed_over() == {}


def test_guessing_links_ends_within_a_minute(world: World) -> None:
    answers = [world.get(f"/access/{n:043}").status_code for n in range(121)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_only_accesses_that_the_link_asks_for_are_taken(world: World) -> None:
    world.post(world.link(names="ads"), {**WRITTEN, "ads.login": "olha"})
    assert set(world.handed_over()) == {"ads"}


def test_a_place_for_a_link_that_names_somebody_elses_deal_stays_dead(world: World) -> None:
    with world.store.intake(NOW) as intake:
        other = intake.new_subject("deal", intake.new_subject("client", "", "test"), "test")
    text = f"{VAULT.address}/access/for/{world.deal}/site"
    message = SendMessage("client", text)
    assert with_links(message, other, world.context, world.store, NOW) == message
    staff = replace(message, to="staff-chat")
    assert with_links(staff, world.deal, world.context, world.store, NOW) == staff


def test_the_page_lets_nothing_foreign_in_and_is_kept_nowhere(world: World) -> None:
    headers = world.get(world.link()).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Set-Cookie" not in headers


def test_secrets_stand_nowhere_but_in_the_box(world: World, capfd: pytest.CaptureFixture[str], quiet: None) -> None:
    set_up_logs(load_settings(env_file=None))
    link = world.link()
    world.post(link, {**WRITTEN, "site.note": CLIENT_NOTE + "а" * 3000})
    world.post(link, WRITTEN)
    world.engine.plan_due()
    back_up(f"sqlite:///{world.folder}/bridge.db", world.folder / "copy.backup", NOW)
    belongings = world.store.belongings(world.client)
    logged = capfd.readouterr()
    read = [logged.out, logged.err, str(belongings), exposition(world.engine)[0].decode(), world.get(link).text]
    files = [path.read_bytes() for path in world.folder.iterdir()]
    secrets = [CLIENT_LOGIN, CLIENT_PASSWORD, CLIENT_NOTE, link.rpartition("/")[2], PEM.decode()]
    assert [secret for secret in secrets for text in read if secret in text] == []
    assert [secret for secret in secrets for blob in files if secret.encode() in blob] == []
    assert world.handed_over()["site"]["password"].strip() == CLIENT_PASSWORD


def test_a_database_that_fails_in_the_middle_tells_nothing_and_loses_no_link(
    world: World, capfd: pytest.CaptureFixture[str], quiet: None
) -> None:
    set_up_logs(load_settings(env_file=None))
    link = world.link()
    world.sql("CREATE TRIGGER full BEFORE UPDATE ON accesses BEGIN SELECT RAISE(ABORT, 'no room'); END")
    answer = world.post(link, WRITTEN)
    logged = capfd.readouterr()
    told = logged.out + logged.err + answer.text
    assert (answer.status_code, "Не вдалося зберегти" in answer.text) == (503, True)
    assert [secret for secret in (CLIENT_LOGIN, CLIENT_PASSWORD, CLIENT_NOTE) if secret in told] == []
    world.sql("DROP TRIGGER full")
    assert world.post(link, WRITTEN).status_code == 200


def test_erasing_a_client_takes_boxes_and_links_away(world: World) -> None:
    link, used = world.link(), world.link()
    world.post(used, WRITTEN)
    counts = world.store.erase(world.client, NOW, "ada")
    assert (counts["accesses"], counts["access_links"]) == (2, 2)
    assert (world.get(link).status_code, world.store.accesses()) == (404, ())


def test_boxes_are_thrown_away_when_their_time_is_over(world: World) -> None:
    world.post(world.link(), WRITTEN)
    later = NOW + VAULT.keep + timedelta(days=2)
    world.store.let_go(world.context.keep, later)
    [access] = [one for one in world.store.accesses() if one.name == "site"]
    assert (access.sealed, access.state) == (False, "received")


@pytest.fixture
def quiet() -> Iterator[None]:
    """Puts logging back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
