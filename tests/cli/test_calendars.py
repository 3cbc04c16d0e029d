"""Calendars at the command line: what is asked of them, and how an admin sees and fills them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cli.conftest import Terminal


def test_check_warns_when_next_year_is_missing(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.main.today", lambda: date(2027, 11, 1))
    said = bare("check", "--offline")
    assert said.code == 1
    assert 'config/calendars/office.yaml:7:5: [missing-year] calendar "office" has no date of 2028' in said.err
    assert "bridge calendar seed" in said.err
