"""`watch:` in bridge.yaml says how closely the bridge looks after itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bridge.wiring.shapes import WatchConfig
from rules.flaws import flaws_of
from rules.lengths import Length


def test_what_is_left_out_keeps_its_usual_value() -> None:
    usual = WatchConfig.model_validate({})
    assert (usual.disk, usual.queue, usual.sources.given()) == (500_000_000, timedelta(minutes=30), {})


def test_lengths_and_sizes_are_written_as_people_write_them() -> None:
    said = {"sources": {"google_forms": "1d"}, "news": {"google_forms": "5wd"}, "disk": "2GB", "queue": "2h"}
    watch = WatchConfig.model_validate(said)
    assert watch.sources.given() == {"google_forms": Length(1, "d")}
    assert watch.news.given() == {"google_forms": Length(5, "wd")}
    assert (watch.disk, watch.queue) == (2_000_000_000, timedelta(hours=2))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"disk": 500}, "bad-value"),
        ({"queue": "1wd"}, "bad-length"),
        ({"queue": "0m"}, "bad-length"),
        ({"sources": {"trello": "2d at 10:00"}}, "bad-length"),
        ({"sources": {"trelo": "1d"}}, "unknown-key"),
    ],
)
def test_what_cannot_be_understood_is_a_finding(said: object, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WatchConfig.model_validate(said)
    assert [flaw.code for flaw in flaws_of(refused.value)] == [code]
