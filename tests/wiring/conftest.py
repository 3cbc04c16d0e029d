"""The default pack, the stand-ins over real HTTP, and settings that lead to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bridge.model.protocols import Connector
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.connect import build_connectors
from bridge.wiring.settings import Settings, load_settings, variables
from sandbox import Running, Sandbox, planfix_world, serve_in_thread, trello_world
from sandbox.telegram import TOKEN as TELEGRAM_TOKEN
from tests.pace import FreePace

PACK = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def agency() -> Agency:
    made, findings = load_agency(PACK)
    assert made is not None, findings
    return made


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with serve_in_thread(Sandbox()) as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings without any credential."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    return load_settings(env_file=None, secrets_dir=tmp_path)


@pytest.fixture
def settings(served: Running, bare: Settings, tmp_path: Path) -> Settings:
    """Settings that name nothing but the stand-ins."""
    key_file = tmp_path / "service-account.json"
    key_file.write_text(json.dumps(served.sandbox.google.account.credentials(served.base_url)))
    base = served.base_url
    given = {
        "trello": {"key": trello_world.KEY, "token": trello_world.TOKEN, "base_url": f"{base}/trello"},
        "planfix": {"token": planfix_world.TOKEN, "base_url": f"{base}/planfix/rest"},
        "google": {
            "credentials_file": str(key_file),
            "sheets_base_url": f"{base}/google",
            "drive_base_url": f"{base}/google",
            "forms_base_url": f"{base}/google",
            "pages_base_url": base,
        },
        "telegram": {"token": TELEGRAM_TOKEN, "base_url": f"{base}/telegram"},
    }
    return load_settings(env_file=None, secrets_dir=tmp_path / "none", given=given)


@pytest.fixture
def connectors(settings: Settings, agency: Agency, served: Running) -> Iterator[Mapping[str, Connector]]:
    made = build_connectors(settings, agency, served.sandbox.clock, FreePace())
    yield made
    for connector in made.values():
        connector.close()
