"""The daemon looks after itself, and its sign of life says what it found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.daemon import Daemon
from bridge.model.errors import StoreError
from bridge.ping import Ping
from tests.engine.test_watching import LOST, Watched


@pytest.fixture
def desk() -> Iterator[Watched]:
    desk = Watched()
    yield desk
    desk.store.close()


def sign(daemon: Daemon, file: Path) -> dict[str, object]:
    daemon.send_ping()
    found = json.loads(file.read_text())
    assert isinstance(found, dict)
    return found


def test_the_sign_of_life_turns_bad_with_an_urgent_alarm_and_good_when_it_is_mended(
    desk: Watched, tmp_path: Path
) -> None:
    daemon = Daemon(desk.engine, {}, Ping(tmp_path / "alive"))
    desk.look(LOST)
    assert sign(daemon, tmp_path / "alive")["healthy"] is True
    desk.wait(minutes=2)
    daemon.watch()
    assert sign(daemon, tmp_path / "alive")["healthy"] is False
    desk.look()
    assert sign(daemon, tmp_path / "alive")["healthy"] is True


class Stuck(Daemon):
    """One whose last round began two minutes ago."""

    still_for = 121.0


def test_a_daemon_whose_rounds_stand_still_gives_a_bad_sign(desk: Watched, tmp_path: Path) -> None:
    daemon = Stuck(desk.engine, {}, Ping(tmp_path / "alive"))
    assert sign(daemon, tmp_path / "alive")["healthy"] is False


def test_a_database_that_refuses_is_told_of_once_it_can_be_written_again(
    desk: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(desk.engine, {})

    def locked(*_given: object) -> None:
        raise StoreError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "remember", locked)
        daemon.work()
    assert desk.look() == ["person:andrii: database —"]
