"""Two accounts of Trello and of Planfix in one agency: files, secrets, limits and connectors of each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.engine.clock import SystemClock
from bridge.model.protocols import Connector
from bridge.model.records import Ref
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import accounts_of, watch_of
from bridge.wiring.connect import build_connectors, findings_of, live_names, people_in
from bridge.wiring.credentials import missing_credentials
from bridge.wiring.hooks import hooks
from bridge.wiring.settings import Settings, load_settings, variables
from connectors.trello import TrelloReader
from connectors.trello.mapping import card_ref, task_url, tasks_named_in
from sandbox import Running, Sandbox, planfix_world, serve_in_thread, trello_world
from sandbox.trello import Actor
from tests.pace import FreePace
from tests.wiring.conftest import PACK

SECOND = "second-trello-token"
ACCOUNTS = {
    "trello:\n": "trello:\n  accounts: {second: {boards: [Опт]}}\n",
    "planfix:\n": "planfix:\n  accounts: {south: {}}\n",
    'planfix: "user:1"': 'planfix: "user:1", accounts: {south: {planfix: "user:12"}}',
}


class LanesTaken(FreePace):
    """Limits that let everybody through and remember the lanes."""

    def __init__(self) -> None:
        self.lanes: set[str] = set()

    def take(self, *lanes: str) -> None:
        self.lanes.update(lanes)

    def pause(self, wait: timedelta, *lanes: str) -> None:
        self.lanes.update(lanes)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    agency, findings = load_agency(pack(tmp_path_factory.mktemp("two"), ACCOUNTS))
    assert agency is not None, findings
    return agency


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    """A stand-in in which the token of the second account sees the board «Опт», and no other."""
    with serve_in_thread(Sandbox()) as running:
        trello = running.sandbox.trello
        keeper = trello.add_member("keeper", "Keeper")
        app = trello.add_app("Bridge of the second", "second-trello-key", "second-trello-secret")
        trello.add_token(SECOND, app, keeper)
        board = trello.boards.create({"name": "Опт", "defaultLists": "false"}, Actor(keeper))
        for name in ("Нові", "Виробництво"):
            trello.boards.create_list(board, {"name": name, "pos": "bottom"}, Actor(keeper))
        yield running


@pytest.fixture
def both(served: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings for all four accounts; the second of Planfix is asked nothing here."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    second = "BRIDGE_TRELLO__ACCOUNTS__SECOND__"
    monkeypatch.setenv(f"{second}TOKEN", SECOND)
    monkeypatch.setenv(f"{second}KEY", "second-trello-key")
    monkeypatch.setenv("BRIDGE_PLANFIX__ACCOUNTS__SOUTH__TOKEN", "south-planfix-token")
    (tmp_path / "BRIDGE_PLANFIX__ACCOUNTS__SOUTH__BASE_URL").write_text("https://south.planfix.com/rest")
    base = served.base_url
    given = {
        "trello": {"key": trello_world.KEY, "token": trello_world.TOKEN, "base_url": f"{base}/trello"},
        "planfix": {"token": planfix_world.TOKEN, "base_url": f"{base}/planfix/rest"},
        "telegram": {"token": "1:no-token"},
    }
    return load_settings(env_file=None, secrets_dir=tmp_path, given=given)


def pack(folder: Path, changes: dict[str, str]) -> Path:
    """The default pack with some words of its files replaced."""
    made = Path(shutil.copytree(PACK, folder / "config"))
    for name in ("bridge.yaml", "people.yaml"):
        text = (made / name).read_text(encoding="utf-8")
        for before, after in changes.items():
            text = text.replace(before, after, 1)
        (made / name).write_text(text, encoding="utf-8")
    return made


def connected(settings: Settings, agency: Agency, pace: FreePace | None = None) -> dict[str, Connector]:
    agency = without_forms(agency)
    return build_connectors(settings, agency, SystemClock(), pace or FreePace())


def boards_of(made: dict[str, Connector]) -> dict[str, Connector]:
    """The accounts of Trello alone: no Planfix answers for the second account here."""
    return {name: one for name, one in made.items() if name.startswith("trello")}


def without_forms(agency: Agency) -> Agency:
    return replace(agency, forms=())


def test_each_account_has_a_connector_called_after_it(both: Settings, two: Agency) -> None:
    made = connected(both, two)
    assert made.keys() == {"trello", "trello:second", "planfix", "planfix:south", "telegram"}
    held = accounts_of(both, two, made)
    assert held.holder(Ref("trello", "second", "card", "c1")) == "trello:second"
    assert held.holder(Ref("planfix", "main", "task", "1")) == "planfix"
    assert held.holder(Ref("planfix", "south", "task", "1")) == "planfix:south"


def test_with_one_account_nothing_is_called_otherwise_than_before(both: Settings, agency: Agency) -> None:
    made = connected(both, agency)
    assert made.keys() == {"trello", "planfix", "telegram"}
    trello = made["trello"]
    assert isinstance(trello, TrelloReader)
    assert card_ref("c1", trello._mapping) == Ref("trello", "main", "card", "c1")
    assert trello.sources == {"trello.card"}
    assert watch_of(agency).access["trello"].setting == "BRIDGE_TRELLO__TOKEN"
    assert accounts_of(both, agency, made).holder(Ref("trello", "main", "card", "c1")) == "trello"


def test_a_new_card_belongs_to_the_account_whose_boards_have_the_list(both: Settings, two: Agency) -> None:
    made = connected(both, two)
    maker = accounts_of(both, two, made).maker
    assert (maker("Опт / Нові"), maker("Нові")) == ("trello:second", "")
    live_names(boards_of(made))
    assert (maker("Нові"), maker("Ліди"), maker("Виробництво")) == ("trello:second", "trello", "")


def test_each_token_waits_for_its_own_limits(both: Settings, two: Agency) -> None:
    pace = LanesTaken()
    made = connected(both, two, pace)
    made["trello:second"].pull(None)
    assert pace.lanes >= {"trello.token:second", "trello.key:second"}
    assert not pace.lanes & {"trello.token", "trello.key"}


def test_accounts_of_one_token_wait_together(both: Settings, two: Agency) -> None:
    pace = LanesTaken()
    same = both.trello.model_copy(update={"accounts": {"second": both.trello.of("").model_copy(update={"key": None})}})
    made = connected(both.model_copy(update={"trello": same}), two, pace)
    assert findings_of("trello:second", made["trello:second"])
    assert "trello.token" in pace.lanes


def test_a_missing_token_is_named_by_its_own_variable_at_its_account(both: Settings, two: Agency) -> None:
    bare = both.model_copy(update={"trello": both.trello.model_copy(update={"accounts": {}})})
    [found] = missing_credentials(bare, without_forms(two))
    assert found.what == "BRIDGE_TRELLO__ACCOUNTS__SECOND__TOKEN is not set"
    assert "accounts" in Path(found.where.file).read_text(encoding="utf-8").splitlines()[found.where.line - 1]


def test_what_is_wrong_with_an_account_says_which_one_it_is(both: Settings, two: Agency) -> None:
    wrong = {"second": both.trello.accounts["second"].model_copy(update={"token": both.trello.token})}
    settings = both.model_copy(update={"trello": both.trello.model_copy(update={"accounts": wrong})})
    [found] = findings_of("trello:second", connected(settings, two)["trello:second"])
    assert found.what.startswith("account second: ")
    assert found.advice == "see BRIDGE_TRELLO__ACCOUNTS__SECOND__TOKEN"


def test_two_accounts_of_planfix_share_neither_address_nor_secret(both: Settings, two: Agency) -> None:
    first = both.planfix.model_copy(update={"scenario_secret": both.planfix.token})
    south = first.model_copy(update={"accounts": {}})
    settings = both.model_copy(update={"planfix": first.model_copy(update={"accounts": {"south": south}})})
    found = missing_credentials(settings, without_forms(two))
    assert {finding.code for finding in found} == {"same-account"}
    assert {finding.what.split()[0].rpartition("__")[2] for finding in found} == {"BASE_URL", "SCENARIO_SECRET"}


@pytest.mark.parametrize("name", ["main", "past", "Second", "kyiv-2", "thirteen_long"])
def test_a_name_that_would_be_taken_for_something_else_is_refused(tmp_path: Path, name: str) -> None:
    agency, findings = load_agency(
        pack(tmp_path, {"trello:\n": f"trello:\n  accounts: {{{name}: {{boards: [Опт]}}}}\n"})
    )
    assert agency is None
    assert f'"{name}" cannot be the name of an account' in {finding.what for finding in findings}


def test_a_board_named_in_two_accounts_is_refused(tmp_path: Path) -> None:
    twice = {**ACCOUNTS, "boards: [Клієнти]": "boards: [Клієнти, Опт]"}
    agency, findings = load_agency(pack(tmp_path, twice))
    assert agency is None
    assert [finding.code for finding in findings] == ["same-board-names"]


def test_a_board_that_two_accounts_call_by_one_name_is_refused_when_they_are_asked(
    both: Settings, two: Agency, tmp_path: Path, served: Running
) -> None:
    trello = served.sandbox.trello
    [keeper] = [member for member in trello.store.members.values() if member.username == "keeper"]
    board = trello.boards.create({"name": "Клієнти", "defaultLists": "false"}, Actor(keeper))
    trello.boards.create_list(board, {"name": "Нові", "pos": "bottom"}, Actor(keeper))
    by_id = pack(tmp_path, {**ACCOUNTS, "boards: [Опт]": f"boards: [{board.id}]"})
    agency, _none = load_agency(by_id)
    assert agency is not None
    live = live_names(boards_of(connected(both, agency)))
    assert [finding.code for finding in load_agency(by_id, live)[1]] == ["same-board-names"]


def test_a_number_of_planfix_means_another_person_in_each_account(two: Agency) -> None:
    first, south = people_in(two, "planfix"), people_in(two, "planfix:south")
    assert "user:12" not in first
    assert list(south) == ["user:12"]
    assert people_in(two, "trello:second") == people_in(two, "trello")


def test_the_address_of_a_task_tells_its_account(both: Settings, two: Agency) -> None:
    trello = connected(both, two)["trello:second"]
    assert isinstance(trello, TrelloReader)
    text = f"див. https://south.planfix.com/task/7 і {str(both.planfix.base_url).removesuffix('/rest')}/task/8"
    named = tasks_named_in(text, trello._mapping)
    assert named == (Ref("planfix", "south", "task", "7"), Ref("planfix", "main", "task", "8"))
    assert task_url(named[0], trello._mapping) == "https://south.planfix.com/task/7"


def test_a_call_of_trello_is_proven_by_the_address_and_secret_of_its_account(both: Settings, two: Agency) -> None:
    public = both.model_copy(update={"public_url": "https://bridge.example"})
    secrets = public.trello.model_copy(update={"secret": both.trello.token})
    made = hooks(public.model_copy(update={"trello": secrets}), two).from_trello
    body = b"{}https://bridge.example/hooks/trello/second"
    signed = base64.b64encode(hmac.new(trello_world.TOKEN.encode(), body, hashlib.sha1).digest()).decode()
    assert made["second"](b"{}", signed)
    assert not made[""](b"{}", signed)


def test_an_account_is_polled_and_watched_over_like_the_first_one(both: Settings, two: Agency) -> None:
    polls = two.of_each_account(two.polls)
    assert polls["trello:second"] == polls["trello"]
    watch = watch_of(two)
    assert watch.access["trello:second"].setting == "BRIDGE_TRELLO__ACCOUNTS__SECOND__TOKEN"
    assert watch.polls["planfix:south"] == watch.polls["planfix"]
