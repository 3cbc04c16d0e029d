"""Lists say whose a thing is, by the name that people know."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Day


@pytest.mark.parametrize("words", [("outbox", "list", "--state", "confirmed"), ("stops",), ("logs", "lead-card")])
def test_lists_name_the_client_and_not_its_local_id(day: Day, words: tuple[str, ...]) -> None:
    day.lead()
    day.bridge("stop", "client", "ромашка")
    shown = day.bridge(*words).out
    assert "ТОВ «Ромашка»" in shown
    assert "client-" not in shown


def test_programs_get_the_id_and_the_name(day: Day) -> None:
    day.lead()
    rows = day.bridge("outbox", "list", "--state", "confirmed", "--json").json
    assert isinstance(rows, list)
    assert {(row["client"].split("-")[0], row["name"]) for row in rows} == {("client", "ТОВ «Ромашка»")}
