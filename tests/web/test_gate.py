"""Before its rules are loaded the bridge says that it is starting; what is brought to it then is brought again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from starlette.responses import PlainTextResponse

from bridge.web.gate import Gate
from bridge.web.server import serving


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def address(gate: Gate) -> Iterator[str]:
    with serving(gate, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("path", ["/hooks/trello", "/hooks/planfix/sandbox-scenario-secret", "/ready", "/metrics"])
def test_while_it_starts_everybody_is_asked_to_come_again(address: str, path: str) -> None:
    answer = requests.post(address + path, data="{}", timeout=60)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.text == "the bridge is starting and loads its rules: call again in a few seconds"


def test_while_it_starts_it_is_healthy(address: str) -> None:
    answer = requests.get(f"{address}/health", timeout=60)
    assert (answer.status_code, answer.json()) == (200, {"healthy": True, "starting": True})


def test_once_it_is_opened_calls_reach_the_app(gate: Gate, address: str) -> None:
    gate.open(PlainTextResponse("stored"))
    assert requests.post(f"{address}/hooks/trello", timeout=60).text == "stored"
