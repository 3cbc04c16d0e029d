"""No command shows a secret, whether the services take it or refuse it."""

from __future__ import annotations

import pytest
import structlog

from bridge.logs import set_up_logs
from bridge.wiring.settings import load_settings
from sandbox.faults import Fault
from tests import secrets
from tests.cli.conftest import Day, Terminal

COMMANDS = [
    ("check",),
    ("check", "--json"),
    ("tick", "--at", "2026-11-30T10:05"),
    ("status",),
    ("status", "--json"),
    ("outbox", "list", "--json"),
    ("inbox", "list"),
]


@pytest.fixture
def refused(bridge: Terminal) -> Terminal:
    """Every secret is a planted one, which the stand-ins do not know."""
    bridge.set(
        TRELLO__KEY=secrets.TRELLO_KEY,
        TRELLO__TOKEN=secrets.TRELLO_TOKEN,
        TRELLO__SECRET=secrets.TRELLO_SECRET,
        PLANFIX__TOKEN=secrets.PLANFIX_TOKEN,
        TELEGRAM__TOKEN=secrets.TELEGRAM_TOKEN,
        SMTP__URL=f"smtps://bridge:{secrets.SMTP_PASSWORD}@127.0.0.1:465",
        WEB__PASSWORD=secrets.WEB_PASSWORD,
    )
    return bridge


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refused_secret_is_not_shown(refused: Terminal, command: tuple[str, ...]) -> None:
    refused("tick", "--at", "2026-11-30T10:00")
    said = refused(*command)
    assert secrets.planted_in(said.out + said.err) == []


def test_a_refused_secret_is_told_by_its_variable(refused: Terminal) -> None:
    said = refused("check")
    assert said.code == 1
    assert "BRIDGE_TRELLO__TOKEN" in said.err


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_secret_in_an_address_is_not_shown_when_the_line_breaks(day: Day, kind: str) -> None:
    for service in ("trello", "telegram", "planfix", "google"):
        day.sandbox.faults.add(Fault(service, kind, times=0))  # type: ignore[arg-type]
    said = day.bridge("tick", "--at", "2026-11-30T10:05")
    assert said.code == 1
    for token in ("sandbox-trello-token", "sandbox-planfix-token", "sandbox-telegram-token"):
        assert token not in said.out + said.err


def test_a_broken_key_file_is_not_quoted(bridge: Terminal) -> None:
    key_file = bridge.folder / "key.json"
    key_file.write_text(f'{{"private_key": "{secrets.GOOGLE_PRIVATE_KEY}"')
    bridge.set(GOOGLE__CREDENTIALS_FILE=str(key_file))
    said = bridge("tick")
    assert said.code == 1
    assert "це не ключ JSON службового акаунта" in said.err
    assert secrets.GOOGLE_PRIVATE_KEY not in said.out + said.err


def test_a_log_hides_the_secrets_of_further_accounts_and_of_all_workspaces(
    capsys: pytest.CaptureFixture[str], quiet_logs: None
) -> None:
    accounts = {"second": {"token": secrets.TRELLO_TOKEN, "secret": secrets.TRELLO_SECRET}}
    alpha = load_settings(env_file=None, given={"trello": {"accounts": accounts}})
    beta = load_settings(env_file=None, given={"planfix": {"accounts": {"south": {"token": secrets.PLANFIX_TOKEN}}}})
    set_up_logs(alpha, beta)
    shown = (secrets.TRELLO_TOKEN, secrets.TRELLO_SECRET, secrets.PLANFIX_TOKEN)
    structlog.get_logger().warning("refused", given=list(shown), said=f"Bearer {secrets.PLANFIX_TOKEN}")
    err = capsys.readouterr().err
    assert "refused" in err
    assert secrets.planted_in(err) == []
