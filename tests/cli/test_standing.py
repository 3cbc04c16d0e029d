"""`bridge status` says what is true of the process: at work, stopped in order, or killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.cli.output import spoken
from bridge.cli.standing import Standing
from bridge.model.values import moment_text
from bridge.store import Store
from bridge.store.alarms import AlarmRow
from bridge.store.keeping import AT_WORK
from tests.cli.conftest import Day, Terminal

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@contextmanager
def opened(bridge: Terminal) -> Iterator[Store]:
    store = Store(f"sqlite:///{bridge.folder}/var/bridge.db", "agency")
    try:
        yield store
    finally:
        store.close()


def kill(bridge: Terminal, began: datetime) -> None:
    """Leaves the database as a process does that was killed."""
    with opened(bridge) as store:
        store.remember(AT_WORK, moment_text(began))


def test_a_process_that_holds_the_database_is_at_work(day: Day) -> None:
    day.lead()
    with opened(day.bridge) as store:
        store.begin(datetime.now(UTC))
        assert "\nat work since " in day.bridge("status", "--language", "en").out
    assert (
        "\nthe bridge is not at work; it last worked: 30.11 10:06:00\n" in day.bridge("status", "--language", "en").out
    )


def test_asking_keeps_nobody_from_starting(day: Day) -> None:
    day.lead()
    assert day.bridge("status").code == 0
    assert day.tick("2026-11-30T10:07").code == 0


def test_a_killed_bridge_is_not_said_to_be_at_work(day: Day) -> None:
    day.lead()
    kill(day.bridge, datetime.now(UTC))
    said = day.bridge("status", "--language", "en")
    assert "\nthe bridge is not at work; it last worked: " in said.out
    assert "at work since" not in said.out


@pytest.mark.parametrize(
    ("at_work", "began", "next_at", "said"),
    [
        (False, NOW - HOUR, NOW - HOUR, ["it was killed, and work is due: look at its log, and start it anew"]),
        (False, NOW - HOUR, NOW + HOUR, []),
        (False, None, NOW - HOUR, []),
        (True, NOW - HOUR, NOW - HOUR, ["it hangs: look at its log, and start it anew"]),
        (True, NOW, NOW - HOUR, []),
    ],
)
def test_a_person_is_needed_when_it_was_killed_with_work_due_or_hangs(
    at_work: bool, began: datetime | None, next_at: datetime, said: list[str]
) -> None:
    nothing: dict[str, Any] = {"clients": 0, "inbox": 0, "waits": 0, "missed": 0, "size": 0}
    known = Standing(NOW, at_work, NOW - HOUR, began, (), (), {}, {}, (), **nothing, next_at=next_at)
    assert known.troubles == said


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("uk", "міст тут ще жодного разу не працював: немає "),
        ("ru", "мост здесь ещё ни разу не работал: нет "),
        ("en", "the bridge has never run here: there is no "),
    ],
)
def test_before_the_first_run_it_says_how_to_begin_and_makes_nothing(
    bridge: Terminal, language: str, told: str
) -> None:
    said = bridge("status", "--language", language)
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith(f"{told}{bridge.folder / 'var' / 'bridge.db'}; ")
    assert "bridge check" in said.out
    assert not (bridge.folder / "var").exists()


@pytest.mark.parametrize(
    ("language", "told"),
    [("uk", "Google Forms: немає доступу"), ("ru", "Google Forms: нет доступа"), ("en", "Google Forms: no access")],
)
def test_an_alarm_that_needs_a_person_is_told_in_words(language: str, told: str) -> None:
    nothing: dict[str, Any] = {"clients": 0, "inbox": 0, "waits": 0, "missed": 0, "size": 0}
    alarm = AlarmRow("no_access", "google_forms", NOW)
    known = Standing(NOW, True, NOW, NOW, (), (alarm,), {}, {}, (), **nothing, next_at=None)
    assert [spoken(one, language) for one in known.troubles] == [told]
