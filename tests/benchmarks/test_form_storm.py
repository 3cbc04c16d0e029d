"""A storm over a response sheet, as `python -m benchmarks.forms`, of fewer answers."""

from __future__ import annotations

from benchmarks.forms import storm


def test_each_revision_is_taken_in_once_at_one_request_a_poll_whatever_people_do_to_the_sheet() -> None:
    assert [one for one in storm(300) if not one.good] == []
