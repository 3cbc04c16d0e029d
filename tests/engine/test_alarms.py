"""Which alarms hold: judged by plain readings, at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.engine.alarms import Access, Alarm, AlarmKind, Jump, Readings, Watch, alarms
from bridge.engine.faults import Fault, Seen
from bridge.store.alarms import AlarmRow
from bridge.store.rows import SourceState
from bridge.store.watching import Queue
from rules.calendar_entries import parse_calendar
from rules.calendars import Calendar
from rules.lengths import parse_length

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday, 14:00 in Kyiv
LONG_AGO = NOW - timedelta(days=30)
OFFICE: Calendar = parse_calendar(
    "office", {"zone": "Europe/Kyiv", "week": {"mon-fri": "09:00-18:00"}, "dates": {"2026-12-07": "closed"}}
)
TRELLO = frozenset({"trello.card"})
WATCH = Watch(polls={"trello": 10.0}, access={"trello": Access("BRIDGE_TRELLO__TOKEN", "https://trello.example/keys")})


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def reading(**given: Any) -> Readings:
    """Readings in which all is well, but for what is given."""
    source = SourceState("trello.card", seen_up_to=ago(seconds=5))
    return replace(Readings(LONG_AGO, {"trello": TRELLO}, {"trello.card": source}), **given)


def failing(since: datetime, fault: str = "", error: str = "timeout") -> dict[str, SourceState]:
    return {"trello.card": SourceState("trello.card", ago(days=1), since, error, fault)}


def held(readings: Readings, watch: Watch = WATCH, now: datetime = NOW) -> list[Alarm]:
    return list(alarms(readings, watch, OFFICE, now))


def kinds(readings: Readings, watch: Watch = WATCH, now: datetime = NOW) -> list[str]:
    return [alarm.kind.value for alarm in held(readings, watch, now)]


def row(kind: AlarmKind, about: str = "", since: datetime = LONG_AGO) -> dict[tuple[str, str], AlarmRow]:
    return {(kind.value, about): AlarmRow(kind.value, about, since, since, known=True)}


def test_nothing_is_wrong_while_all_is_read_and_done() -> None:
    assert held(reading()) == []


def test_a_source_that_fails_for_a_quarter_of_an_hour_is_silent() -> None:
    assert kinds(reading(sources=failing(ago(minutes=14)))) == []
    [alarm] = held(reading(sources=failing(ago(minutes=15))))
    assert (alarm.kind, alarm.about, alarm.since) == (AlarmKind.SOURCE_SILENT, "trello", ago(minutes=15))
    assert "timeout" in alarm.what


def test_ten_polls_are_the_patience_with_a_source_that_is_read_seldom() -> None:
    seldom = replace(WATCH, polls={"trello": 600.0})
    assert kinds(reading(sources=failing(ago(minutes=99))), seldom) == []
    assert kinds(reading(sources=failing(ago(minutes=100))), seldom) == ["source_silent"]


def test_a_source_that_was_never_read_is_waited_for_from_the_start_of_the_process() -> None:
    assert kinds(reading(sources={}, began=ago(minutes=1))) == []
    assert kinds(reading(sources={}, began=ago(minutes=20))) == ["source_silent"]


def test_a_rhythm_in_working_days_does_not_run_on_days_off() -> None:
    friday, monday = datetime(2026, 12, 4, 10, tzinfo=UTC), datetime(2026, 12, 7, 15, tzinfo=UTC)
    daily = replace(WATCH, sources={"trello": parse_length("1wd")})
    assert kinds(reading(sources=failing(friday)), daily, monday) == []  # the Monday is a holiday
    assert kinds(reading(sources=failing(friday)), daily, monday + timedelta(days=1, hours=3)) == ["source_silent"]


def test_lost_access_names_the_setting_and_where_its_value_is_renewed() -> None:
    [alarm] = held(reading(sources=failing(ago(minutes=2), "access", "invalid token")))
    assert alarm.kind is AlarmKind.NO_ACCESS
    assert "BRIDGE_TRELLO__TOKEN" in alarm.fix
    assert "https://trello.example/keys" in alarm.fix
    assert alarm.details["setting"] == "BRIDGE_TRELLO__TOKEN"


def test_what_is_read_by_an_access_of_its_own_names_that() -> None:
    own = replace(WATCH, access={**WATCH.access, "trello.card": Access("BRIDGE_READING__TOKEN", "there")})
    [alarm] = held(reading(sources=failing(ago(minutes=2), "access", "invalid token")), own)
    assert alarm.details["setting"] == "BRIDGE_READING__TOKEN"
    assert "BRIDGE_READING__TOKEN" in alarm.fix


def test_a_refusal_of_a_few_seconds_is_the_overlap_of_two_processes() -> None:
    assert kinds(reading(sources=failing(ago(seconds=30), "taken"))) == []
    assert kinds(reading(sources=failing(ago(seconds=61), "taken"))) == ["bot_deaf"]


def test_an_emptied_source_is_told_with_the_command_that_accepts_it() -> None:
    [alarm] = held(reading(sources=failing(NOW, "emptied", "trello.card had 40 records and now shows none")))
    assert alarm.details["command"] == "bridge accept trello.card"


FORMS = frozenset({"google_forms.brief", "google_forms.survey"})


def of_one_form(since: datetime, fault: str = "", error: str = "no such sheet") -> Readings:
    """One form of two cannot be read."""
    brief = SourceState("google_forms.brief", seen_up_to=ago(seconds=5))
    survey = SourceState("google_forms.survey", ago(days=1), since, error, fault)
    return Readings(LONG_AGO, {"google_forms": FORMS}, {one.source: one for one in (brief, survey)})


def test_one_form_of_several_that_cannot_be_read_is_an_alarm_of_that_form() -> None:
    [alarm] = held(of_one_form(ago(minutes=5), fault="access"))
    assert (alarm.kind, alarm.about) == (AlarmKind.PART_UNREAD, "google_forms.survey")
    assert "no such sheet" in alarm.what


def test_an_only_form_that_lost_a_column_is_no_matter_of_keys() -> None:
    brief = SourceState("google_forms.brief", ago(days=1), ago(minutes=5), "no column", "shape")
    [alarm] = held(Readings(LONG_AGO, {"google_forms": frozenset({brief.source})}, {brief.source: brief}))
    assert (alarm.kind, alarm.about) == (AlarmKind.PART_UNREAD, "google_forms.brief")


def test_a_passing_failure_of_one_form_has_the_same_patience_as_one_of_all() -> None:
    assert kinds(of_one_form(ago(minutes=14))) == []
    assert kinds(of_one_form(ago(minutes=15))) == ["part_unread"]


def test_an_emptied_form_is_told_by_its_own_name() -> None:
    [alarm] = held(of_one_form(ago(seconds=5), fault="emptied"))
    assert (alarm.kind, alarm.about) == (AlarmKind.SOURCE_EMPTIED, "google_forms.survey")
    assert alarm.details["command"] == "bridge accept google_forms.survey"


def test_a_refused_write_is_an_alarm_until_a_write_goes_well() -> None:
    refused = Seen(refused={"trello": Fault("no right to write", ago(minutes=5), ago(minutes=1))})
    assert kinds(reading(seen=refused)) == ["no_rights"]
    assert kinds(reading(seen=Seen(wrote=frozenset({"trello"})), before=row(AlarmKind.NO_RIGHTS, "trello"))) == []


def test_what_is_read_another_way_hides_no_trouble_with_sending() -> None:
    own = replace(WATCH, access={**WATCH.access, "trello.card": Access("BRIDGE_READING__TOKEN", "there")})
    refused = Seen(refused={"trello": Fault("no right to write", ago(minutes=5), ago(minutes=1))})
    both = reading(sources=failing(ago(minutes=20)), seen=refused)
    assert (kinds(both), kinds(both, own)) == (["source_silent"], ["source_silent", "no_rights"])
    late = reading(sources=failing(ago(minutes=20)), queues={"trello": Queue("trello", ago(hours=1), retrying=True)})
    assert (kinds(late), kinds(late, own)) == (["source_silent"], ["source_silent", "queue_old"])


def test_a_restart_is_no_proof_that_rights_are_back() -> None:
    waiting = {"trello": Queue("trello", ago(minutes=5), retrying=True)}
    assert kinds(reading(before=row(AlarmKind.NO_RIGHTS, "trello"), queues=waiting)) == ["no_rights"]
    assert kinds(reading(before=row(AlarmKind.NO_RIGHTS, "trello"))) == []  # nothing waits for them any more


def test_a_delivery_overdue_for_half_an_hour_is_an_alarm() -> None:
    assert kinds(reading(queues={"trello": Queue("trello", ago(minutes=29), retrying=True)})) == []
    assert kinds(reading(queues={"trello": Queue("trello", ago(minutes=30), retrying=False)})) == ["queue_old"]


def test_what_was_due_while_the_bridge_stood_still_is_not_held_up_yet() -> None:
    due = {"trello": Queue("trello", ago(hours=9), retrying=False)}
    assert kinds(reading(queues=due, began=ago(minutes=1))) == []


def test_changes_that_no_webhook_announces_for_an_hour_mean_that_it_is_gone() -> None:
    quiet = Seen(unannounced={"trello": Fault("", ago(hours=1), NOW, times=5)})
    assert kinds(reading(seen=quiet, webhooks=frozenset({"trello"}))) == ["webhook_silent"]
    assert kinds(reading(seen=quiet)) == []  # there has never been a webhook
    fewer = Seen(unannounced={"trello": Fault("", ago(hours=9), NOW, times=4)})
    assert kinds(reading(seen=fewer, webhooks=frozenset({"trello"}))) == []


def test_a_source_that_brings_nothing_for_its_rhythm_is_told_of() -> None:
    weekly = replace(WATCH, news={"trello": parse_length("7d")})
    known = {"news:trello": LONG_AGO}
    assert kinds(reading(watched=known, news={"trello": ago(days=6)}), weekly) == []
    assert kinds(reading(watched=known, news={"trello": ago(days=7)}), weekly) == ["no_news"]
    assert kinds(reading(watched={"news:trello": ago(days=1)}), weekly) == []  # expected since yesterday only


def test_a_rule_that_does_not_fire_in_its_rhythm_is_silent() -> None:
    expected, known = {"lead": parse_length("1wd")}, {"rule:lead": LONG_AGO}
    assert kinds(reading(expected=expected, watched=known, fired={"lead": ago(hours=20)})) == []
    [alarm] = held(reading(expected=expected, watched=known, fired={"lead": ago(days=4)}))
    assert (alarm.kind, alarm.about, alarm.since) == (AlarmKind.RULE_SILENT, "lead", ago(days=4))


def test_a_new_rule_has_its_whole_rhythm_to_fire_in() -> None:
    expected = {"lead": parse_length("1wd")}
    assert kinds(reading(expected=expected, watched={"rule:lead": ago(hours=2)})) == []


def test_a_full_disk_is_mended_with_a_tenth_more_room_than_it_must_have() -> None:
    assert kinds(reading(free_bytes=499_000_000)) == ["disk_low"]
    assert kinds(reading(free_bytes=510_000_000)) == []
    assert kinds(reading(free_bytes=510_000_000, before=row(AlarmKind.DISK_LOW))) == ["disk_low"]
    assert kinds(reading(free_bytes=551_000_000, before=row(AlarmKind.DISK_LOW))) == []


def test_a_client_that_cannot_be_planned_three_times_in_a_row_is_told_of() -> None:
    assert kinds(reading(seen=Seen(unplanned={"c1": Fault("KeyError", ago(minutes=2), NOW, times=2)}))) == []
    assert kinds(reading(seen=Seen(unplanned={"c1": Fault("KeyError", ago(minutes=3), NOW, times=3)}))) == [
        "client_unplanned"
    ]
    assert kinds(reading(before=row(AlarmKind.CLIENT_UNPLANNED, "c1"))) == ["client_unplanned"]
    planned = Seen(planned=frozenset({"c1"}))
    assert kinds(reading(before=row(AlarmKind.CLIENT_UNPLANNED, "c1"), seen=planned)) == []


def test_a_leap_of_the_clock_and_a_refusal_of_the_database_are_notices_for_ten_minutes() -> None:
    both = reading(jump=Jump(ago(minutes=9), timedelta(hours=2)), seen=Seen(database=Fault("locked", NOW, NOW)))
    assert kinds(both) == ["database", "clock_jumped"]
    assert kinds(both, now=NOW + timedelta(minutes=10)) == []


@pytest.mark.parametrize("fault", ["access", "taken", "emptied"])
def test_one_trouble_is_one_alarm(fault: str) -> None:
    queue = {"trello": Queue("trello", ago(hours=9), retrying=True)}
    assert len(held(reading(sources=failing(ago(hours=9), fault), queues=queue))) == 1
