"""Single words of commands: what is done to a label, what goes on again, what a copy holds."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from bridge.cli.looking import shown_decision
from bridge.cli.output import things
from bridge.cli.standing import shown_stop
from bridge.logs import set_up_logs
from bridge.model.decisions import LabelCard
from bridge.store.faults import damaged
from bridge.store.stops import Scope, Stop
from bridge.wiring.settings import load_settings

NOW = datetime(2026, 11, 22, 9, 43, tzinfo=UTC)


@pytest.mark.parametrize(("on", "said"), [(True, "put label on: Бриф"), (False, "take label off: Бриф")])
def test_a_label_is_put_on_or_taken_off(on: bool, said: str) -> None:
    assert shown_decision(LabelCard(label="Бриф", present=on)) == said


@pytest.mark.parametrize(
    ("scope", "about", "command"),
    [(Scope.ALL, "", "bridge go all"), (Scope.CLIENT, "client-1", 'bridge go client "ТОВ «Ромашка»"')],
)
def test_a_stop_names_the_whole_command_that_ends_it(scope: Scope, about: str, command: str) -> None:
    said = shown_stop(Stop(scope, about, NOW, "ada"), {"client-1": "ТОВ «Ромашка»"})
    assert said.endswith(f"; to go on: {command}")


def test_rows_are_counted_in_words_for_people() -> None:
    held = {"deliveries": 19, "lineage": 6, "traces": 16, "records": 0}
    assert things(held) == "deliveries: 19, earlier values: 6, evaluations: 16"


def test_a_damaged_copy_asks_for_an_older_one(tmp_path: Path) -> None:
    assert damaged(tmp_path / "junk.backup", "cut").endswith(
        "bridge restore FILE, with the newest backup older than it"
    )


def test_a_demo_logs_only_what_is_wrong(capsys: pytest.CaptureFixture[str], quiet_logs: None) -> None:
    set_up_logs(load_settings(env_file=None), level=logging.WARNING)
    structlog.get_logger().info("wanted")
    structlog.get_logger().warning("not read")
    said = capsys.readouterr().err
    assert "not read" in said
    assert "wanted" not in said
