"""Lines of the log, where nobody looks at them in a terminal: as structlog's own printer writes them."""

from __future__ import annotations

import pytest
import structlog

from bridge.logs import print_line

NAMES = {"timestamp": "2026-12-03T08:00:00Z", "level": "info"}


@pytest.mark.parametrize(
    "event",
    [
        {"event": "attempt", "kind": "send_message", "n": 1, "client": "client-7"},
        {"event": "attempt", "reason": "no answer (ReadTimeout)", "quoted": 'a "word"', "line": "one\ntwo"},
        {"event": "values", "nothing": None, "empty": "", "list": ["a", 1], "words": "усе є"},
        {"event": "longer than the space that is kept for what happened"},
        {"event": "crashed", "id": 7, "exception": "Traceback (most recent call last):\n  ValueError"},
    ],
    ids=lambda event: str(event["event"]),
)
def test_a_line_is_what_structlog_would_have_written(event: dict[str, object]) -> None:
    usual = structlog.dev.ConsoleRenderer(colors=False)
    assert print_line(None, "info", {**NAMES, **event}) == usual(None, "info", {**NAMES, **event})
