"""From settings and files to connectors that work, over real HTTP against the stand-ins."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.model.decisions import Capability, WriteFields
from bridge.model.deliveries import Delivery
from bridge.model.errors import ConfigError
from bridge.model.findings import Level, Position
from bridge.model.protocols import Connector, Recalling
from bridge.model.records import Cursor, Ref
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import in_charge, watch_of
from bridge.wiring.connect import build_connectors, form_page, live_names
from bridge.wiring.credentials import missing_credentials, planfix_account
from bridge.wiring.settings import ImapAccess, Settings, SmtpAccess, load_settings
from bridge.wiring.shapes import DataTagConfig, EmailConfig
from sandbox import Running
from sandbox.planfix.model import DataTag
from tests.pace import FreePace
from tests.wiring.conftest import PACK


def test_each_missing_credential_is_named_where_its_system_is_named(bare: Settings, agency: Agency) -> None:
    found = {finding.what: finding for finding in missing_credentials(bare, agency)}
    assert found.keys() == {
        "BRIDGE_TRELLO__KEY is not set",
        "BRIDGE_TRELLO__TOKEN is not set",
        "BRIDGE_PLANFIX__BASE_URL is not set",
        "BRIDGE_PLANFIX__TOKEN is not set",
        "BRIDGE_GOOGLE__CREDENTIALS_FILE is not set",
        "BRIDGE_TELEGRAM__TOKEN is not set",
    }
    telegram = found["BRIDGE_TELEGRAM__TOKEN is not set"]
    line = (PACK / "bridge.yaml").read_text(encoding="utf-8").splitlines()[telegram.where.line - 1]
    assert line == "telegram:"
    assert "@BotFather" in telegram.advice


def test_with_a_public_address_the_secrets_of_webhooks_are_needed_too(settings: Settings, agency: Agency) -> None:
    assert missing_credentials(settings, agency) == []
    public = settings.model_copy(update={"public_url": "https://bridge.example"})
    assert {finding.what.split()[0] for finding in missing_credentials(public, agency)} == {
        "BRIDGE_TRELLO__SECRET",
        "BRIDGE_PLANFIX__SCENARIO_SECRET",
    }


def test_nothing_is_made_while_a_credential_is_missing(bare: Settings, agency: Agency, served: Running) -> None:
    with pytest.raises(ConfigError) as caught:
        build_connectors(bare, agency, served.sandbox.clock, FreePace())
    assert len(caught.value.findings) == 6


@pytest.mark.parametrize("content", ["", "[]", '{"type": "authorized_user"}'])
def test_a_key_file_that_is_none_is_told_without_its_content(
    settings: Settings, agency: Agency, tmp_path: Path, content: str
) -> None:
    (tmp_path / "key.json").write_text(content)
    google = settings.google.model_copy(update={"credentials_file": tmp_path / "key.json"})
    [finding] = missing_credentials(settings.model_copy(update={"google": google}), agency)
    assert finding.code == "bad-credential"
    assert "is not the JSON key of a service account" in finding.what


def test_a_list_that_the_pack_names_keeps_its_name_over_a_restart(
    settings: Settings, agency: Agency, served: Running
) -> None:
    def trello() -> Connector:
        return build_connectors(settings, agency, served.sandbox.clock, FreePace())["trello"]

    store = served.sandbox.trello.store
    card = store.cards[served.sandbox.people.create_card("Пекарня", "Ліди")]
    first = trello().pull(None)
    store.lists[card.list_id].name, card.name = "Нові", "Жито"
    (record,) = (one for one in trello().pull(first.cursor).records if one.ref.id == card.id)
    store.lists[card.list_id].name = "Ліди"  # the stand-in serves the other tests here too
    assert record.fields["list"] == "Ліди"


def test_a_renamed_list_is_no_unknown_one_to_who_knows_what_the_bridge_has_read(
    settings: Settings, agency: Agency, served: Running
) -> None:
    def connectors() -> dict[str, Connector]:
        return build_connectors(settings, agency, served.sandbox.clock, FreePace())

    store = served.sandbox.trello.store
    renamed = next(one for one in store.lists.values() if one.name == "Ліди")
    cursor = connectors()["trello"].pull(None).cursor
    renamed.name = "Work"
    made = connectors()
    trello = made["trello"]
    assert isinstance(trello, Recalling)
    trello.recall(cursor or Cursor(""))
    found = [*trello.check(), *load_agency(PACK, live_names(made))[1]]
    renamed.name = "Ліди"  # the stand-in serves the other tests here too
    assert [(one.code, one.what) for one in found if one.level is not Level.NOTE] == [
        ("renamed-list", 'list "Ліди" is now called "Work", on board "Клієнти"')
    ]


def test_every_system_of_the_pack_answers_and_finds_nothing_wrong(connectors: Mapping[str, Connector]) -> None:
    assert connectors.keys() == {"trello", "planfix", "google_forms", "telegram"}
    wrong = [finding for made in connectors.values() for finding in made.check() if finding.level is Level.ERROR]
    assert wrong == []


def test_a_fact_that_is_silent_is_written_without_an_entry_in_the_log(
    settings: Settings, agency: Agency, served: Running
) -> None:
    facts = agency.ruleset.fields
    quiet = {**facts, "client.site": replace(facts["client.site"], silent=True)}
    ruleset = replace(agency.ruleset, fields=quiet)
    planfix = build_connectors(settings, replace(agency, ruleset=ruleset), served.sandbox.clock, FreePace())["planfix"]
    contact = Ref("planfix", "main", "contact", str(served.sandbox.people.create_contact("Жито")))
    before = len(served.sandbox.planfix.store.log)
    for key, value in (("site", "zhyto.example"), ("wishes", "Швидко")):
        planfix.push(Delivery("a1b2c3d4e5", key, WriteFields("planfix.contact", {key: value}), "c-1", contact))
    assert len(served.sandbox.planfix.store.log) == before + 1


def test_what_is_counted_from_data_tags_is_read_with_the_deal(
    settings: Settings, agency: Agency, served: Running
) -> None:
    assert agency.planfix is not None
    counted = {"planfix.task.calls": DataTagConfig(tag="Дзвінок", take="count")}
    config = agency.planfix.model_copy(update={"data_tags": counted})
    store = served.sandbox.planfix.store
    store.data_tags = {8: DataTag(8, "Дзвінок", ())}
    deal = served.sandbox.people.create_task("Сайт")
    planfix = build_connectors(settings, replace(agency, planfix=config), served.sandbox.clock, FreePace())["planfix"]
    (record,) = (one for one in planfix.pull(None).records if (one.ref.kind, one.ref.id) == ("task", str(deal)))
    store.data_tags.clear()  # the stand-in serves the other tests here too
    assert record.fields["calls"] == "0"


def test_the_pack_fits_the_live_boards(connectors: Mapping[str, Connector]) -> None:
    live = live_names(connectors)
    assert live.lists is not None
    assert "Клієнти / Виробництво" in live.lists
    assert load_agency(PACK, live)[1] == []


def test_only_the_modules_of_systems_in_use_are_imported(
    settings: Settings, agency: Agency, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("connectors.telegram")]:
        monkeypatch.delitem(sys.modules, name)
    trello_only = replace(agency, telegram=None, planfix=None, forms=())
    made = build_connectors(settings, trello_only, served.sandbox.clock, FreePace())
    assert made.keys() == {"trello"}
    assert "connectors.telegram" not in sys.modules


def test_a_lane_nobody_has_is_told_with_the_nearest_one(settings: Settings, served: Running, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PACK, tmp_path / "config"))
    path = folder / "bridge.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\npaces: {trelo.token: {calls: 50, seconds: 10}}\n")
    agency, findings = load_agency(folder)
    assert agency is not None, findings
    with pytest.raises(ConfigError) as caught:
        build_connectors(settings, agency, served.sandbox.clock)
    assert 'unknown lane "trelo.token"; did you mean "trello.token"?' in str(caught.value)


def test_the_link_of_a_form_follows_the_stand_in(settings: Settings, agency: Agency, served: Running) -> None:
    page = form_page(settings, agency.forms[0])
    assert page.startswith(f"{served.base_url}/forms/d/e/")
    assert page.endswith("/viewform")
    real = load_settings(env_file=None, secrets_dir=Path("/nowhere"))
    assert form_page(real, agency.forms[0]) == agency.forms[0].entry.link


def test_the_planfix_account_is_read_from_its_address() -> None:
    assert planfix_account("https://acme.planfix.com/rest") == "acme"
    assert planfix_account("https://acme.planfix.ru/rest") == "acme"
    assert planfix_account("http://127.0.0.1:8090/planfix/rest") == "main"


@pytest.fixture
def writing(settings: Settings, agency: Agency) -> tuple[Settings, Agency]:
    """An agency that writes letters, and its settings."""
    smtp = SmtpAccess.model_validate({"url": "smtps://office:fake-secret@mail.agency.test", "from": "a@agency.test"})
    places = {**agency.places, "email": Position("bridge.yaml", 9, 1)}
    config = EmailConfig(name="Агенція", reply_to="olena@agency.test")
    return settings.model_copy(update={"smtp": smtp}), replace(agency, email=config, places=places)


def test_letters_go_by_the_server_of_the_settings(writing: tuple[Settings, Agency], served: Running) -> None:
    assert missing_credentials(*writing) == []
    made = build_connectors(*writing, served.sandbox.clock, FreePace())
    assert (made["email"].sources, in_charge(made)[Capability.LETTERS]) == (frozenset(), "email")


def test_a_mailbox_of_the_settings_is_read_and_one_that_cannot_be_is_told(
    writing: tuple[Settings, Agency], served: Running
) -> None:
    settings, agency = writing
    good, bad = (
        settings.model_copy(update={"imap": ImapAccess(url=SecretStr(url))})
        for url in ("imaps://bridge:fake-secret@mail.test", "imaps://x")
    )
    assert build_connectors(good, agency, served.sandbox.clock, FreePace())["email"].sources == {"email.inbox"}
    assert watch_of(agency).read_apart == {"email.inbox"}
    [finding] = missing_credentials(bad, agency)
    assert (finding.what.startswith("BRIDGE_IMAP__URL: must look like imaps://"), finding.where.line) == (True, 9)


@pytest.mark.parametrize(
    ("url", "sender", "told"),
    [
        (None, "a@agency.test", ["BRIDGE_SMTP__URL is not set"]),
        ("smtps://mail.agency.test", None, ["BRIDGE_SMTP__FROM is not set"]),
        (
            "mail.agency.test",
            "office",
            ["BRIDGE_SMTP__URL: must look like", 'BRIDGE_SMTP__FROM: "office" is'],
        ),
    ],
)
def test_what_is_wrong_with_the_mail_server_is_told_where_letters_are_wanted(
    writing: tuple[Settings, Agency], url: str | None, sender: str | None, told: list[str]
) -> None:
    settings, agency = writing
    given = settings.model_copy(update={"smtp": SmtpAccess.model_validate({"url": url, "from": sender})})
    found = sorted(missing_credentials(given, agency), key=lambda finding: finding.what, reverse=True)
    assert [finding.what[: len(words)] for finding, words in zip(found, told, strict=True)] == told
    assert {finding.where.line for finding in found} == {9}
