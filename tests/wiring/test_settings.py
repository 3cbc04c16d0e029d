"""Settings come from variables, a .env file and secret files; what does not fit is a finding, never with its value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.model.errors import ConfigError
from bridge.wiring.settings import Settings, load_settings, variables
from tests.secrets import PLANFIX_TOKEN, SMTP_PASSWORD, TELEGRAM_TOKEN, TRELLO_TOKEN

Load = Callable[[], Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads with only what the test itself puts into the environment, `.env` and `secrets/`."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "secrets").mkdir()
    return lambda: load_settings(env_file=tmp_path / ".env", secrets_dir=tmp_path / "secrets")


def test_without_any_setting_the_bridge_stays_at_home(load: Load) -> None:
    settings = load()
    assert settings.config_dir == Path("config")
    assert settings.database_url == "sqlite:///var/bridge.db"
    assert settings.web.host == "127.0.0.1"
    assert settings.trello.base_url == "https://api.trello.com"
    assert settings.telegram.base_url == "https://api.telegram.org"


def test_each_source_can_hold_a_secret_and_the_environment_wins(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets" / "BRIDGE_TRELLO__TOKEN").write_text(TRELLO_TOKEN + "\n")
    (tmp_path / "secrets" / "BRIDGE_TELEGRAM__TOKEN").write_text("of the file")
    (tmp_path / ".env").write_text(f"BRIDGE_PLANFIX__TOKEN={PLANFIX_TOKEN}\nBRIDGE_TELEGRAM__TOKEN=of-env-file\n")
    monkeypatch.setenv("BRIDGE_TELEGRAM__TOKEN", TELEGRAM_TOKEN)
    settings = load()
    given = (settings.trello.token, settings.planfix.token, settings.telegram.token)
    assert [secret and secret.get_secret_value() for secret in given] == [TRELLO_TOKEN, PLANFIX_TOKEN, TELEGRAM_TOKEN]


def test_an_empty_variable_is_an_absent_one(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_TRELLO__TOKEN", "")
    assert load().trello.token is None


def test_printing_the_settings_shows_no_secret(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_TRELLO__TOKEN", TRELLO_TOKEN)
    monkeypatch.setenv("BRIDGE_DATABASE_URL", f"postgresql://bridge:{SMTP_PASSWORD}@db/bridge")
    shown = repr(load())
    assert TRELLO_TOKEN not in shown
    assert SMTP_PASSWORD not in shown


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BRIDGE_TRELLO__BASE_URL", "https://api.trello.com/1", "without /1"),
        ("BRIDGE_PLANFIX__BASE_URL", "https://acme.planfix.com", "must end with /rest"),
        ("BRIDGE_TELEGRAM__BASE_URL", "https://api.telegram.org/bot", "without /bot"),
        ("BRIDGE_GOOGLE__SHEETS_BASE_URL", "sheets.googleapis.com", "must start with https://"),
        ("BRIDGE_WEB__PORT", "eighty", "BRIDGE_WEB__PORT"),
        ("BRIDGE_TRELLO__TOKN", "x", 'did you mean "BRIDGE_TRELLO__TOKEN"?'),
    ],
)
def test_what_does_not_fit_is_named_by_its_variable(
    load: Load, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load()
    [finding] = caught.value.findings
    assert name in finding.what
    assert words in str(finding)


def test_a_refused_secret_is_not_repeated_in_the_refusal(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_PLANFIX__BASE_URL", f"https://acme.example/{PLANFIX_TOKEN}")
    with pytest.raises(ConfigError) as caught:
        load()
    assert PLANFIX_TOKEN not in str(caught.value)


def test_a_stand_in_may_serve_over_plain_http(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_TRELLO__BASE_URL", "http://127.0.0.1:8090/trello/")
    assert load().trello.base_url == "http://127.0.0.1:8090/trello"


def test_what_is_given_in_code_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_DATABASE_URL", "sqlite:///elsewhere.db")
    settings = load_settings(env_file=None, secrets_dir=tmp_path, given={"database_url": "sqlite:///here.db"})
    assert settings.database_url == "sqlite:///here.db"
