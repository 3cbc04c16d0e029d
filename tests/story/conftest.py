"""One sandbox server for all stories; every test goes on from the end of a scene that was played once.

Whatever was asked and answered must fit the vendors' own descriptions, in both directions, when
`BRIDGE_API_DESCRIPTIONS` names their folder.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from sandbox import Sandbox
from sandbox.journal import Exchange
from sandbox.server import Running, serve_in_thread
from tests.contract import descriptions, google_discovery, telegram_api
from tests.contract.openapi import validate_planfix, validate_trello
from tests.story.harness import Stage, Story

Play: TypeAlias = Callable[[str], Story]


@pytest.fixture(scope="session", autouse=True)
def _one_tls_context() -> Iterator[None]:
    """Nothing here speaks TLS, yet every HTTP client reads all certificates of the world: once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One server; every story puts its own sandbox behind it."""
    with serve_in_thread(Sandbox(world="demo", limits="off")) as server:
        yield server


@pytest.fixture(scope="session")
def stage(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The scenes."""
    return Stage(running, tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def play(stage: Stage, tmp_path: Path) -> Iterator[Play]:
    """`play("asked")` gives a story that goes on from the end of that scene."""
    with ExitStack() as open_stories:
        told: list[Story] = []

        def story_from(scene: str) -> Story:
            folder = tmp_path / f"{len(told)}-{scene}"
            story = open_stories.enter_context(stage.at(scene, folder))
            told.append(story)
            return story

        yield story_from
        wrong = {
            fault for story in told for one in story.sandbox.journal.since(story.begins_at) for fault in faults_of(one)
        }
        assert wrong == set()


_NO_EMAIL = "'' is not a 'email'"
"""A contact without an address has an empty one; the description knows only addresses."""


def faults_of(exchange: Exchange) -> list[str]:
    """What an exchange has that the vendor's description does not allow. Answers that a fault made are left out."""
    if descriptions() is None or exchange.fault in ("status", "drop_before") or exchange.status is None:
        return []
    match exchange.service:
        case "trello":
            return [f"{exchange.method} {exchange.operation}: {fault}" for fault in validate_trello(exchange)]
        case "planfix" if (exchange.operation or "").startswith("/rest"):
            return [
                f"{exchange.method} {exchange.operation}: {fault}"
                for fault in validate_planfix(exchange)
                if not fault.endswith(_NO_EMAIL)
            ]
        case "telegram":
            return telegram_api.validate(exchange)
        case "google":
            return google_discovery.validate(exchange)
        case _:
            return []
