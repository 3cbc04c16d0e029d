"""The admin hears of a trouble once, with the fix, and once more when it is over; on days off nobody hears anything."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.engine.alarms import AlarmKind, Watch
from bridge.engine.clock import SystemClock
from bridge.engine.engine import Engine
from bridge.model.decisions import CreateTask, SendMessage
from bridge.model.errors import ConnectorError, Retry, SourceEmptied, StoreError
from bridge.model.people import Directory, Person
from bridge.model.protocols import Clock
from bridge.model.reasons import CLOSED_HOURS
from bridge.model.records import Cursor, Page
from bridge.store.rows import Wait
from rules.load import Context as Outside
from rules.load import load_rules
from rules.plan import Office
from tests.engine.office import NIGHT, NOON, RULES, Desk, agency

SATURDAY = datetime(2026, 12, 5, 10, tzinfo=UTC)
TEXTS = "\n".join(
    f'  system.alarm.{kind}: {{uk: "{kind} {{{{ alarm.name }}}}", ru: "{kind}", en: "{kind}"}}'
    for kind in [*AlarmKind, "mended"]
)
BLIND = '  system.blind: {uk: "blind {{ source.name }}", ru: blind, en: blind}'
ANY = "rules: [{id: rule, when: {label.added: VIP}, per: deal, then: [{send: hello, to: client}]}]"
RULE = """\
rules:
  - id: lead
    name: Новий лід
    when: {label.added: VIP}
    expect: every 1wd
    per: deal
    then: [{send: hello, to: client}]
"""


def ruleset(rules: str = ANY, texts: str = TEXTS) -> Any:
    """The small agency's rules with the texts of the alarms."""
    files = [
        ("a.yaml", RULES.encode()),
        ("b.yaml", f"templates:\n{texts}\n{BLIND}".encode()),
        ("c.yaml", rules.encode()),
    ]
    loaded = load_rules(files, Outside(names=("alarm.*", "source.*")))
    assert loaded.ruleset is not None, "\n".join(map(str, loaded.findings))
    return loaded.ruleset


_RULESET = ruleset()


class Watched(Desk):
    """The small agency, looked after. `look` is one look half a minute later; `said` is what people were told."""

    def __init__(self, now: datetime = NOON, rules: Any = None, watch: Watch | None = None) -> None:
        context = replace(agency(rules or _RULESET), watch=watch or Watch(polls={"trello": 10.0}))
        super().__init__(now, context)
        self.engine = Engine(self.store, self.engine.connectors, self.context, self.clock)
        self.outbox = self.engine.outbox
        self.read()
        self.engine.watch()

    def read(self, fails: Exception | None = None) -> None:
        """All sources are read; Trello fails if so told."""
        if fails is not None:
            self.trello.pages = deque([fails])
        for name in ("google_forms", "planfix", "telegram", "trello"):
            try:
                self.engine.pull(name)
            except (ConnectorError, SourceEmptied):
                assert name == "trello"

    def look(self, fails: Exception | None = None, **length: float) -> list[str]:
        """Time passes, sources are read, the watcher looks. Gives all that was told so far."""
        self.wait(**(length or {"seconds": 30}))
        self.read(fails)
        self.engine.watch()
        self.engine.deliver_due()
        return self.told()

    def restart(self) -> None:
        """A new process on the same database."""
        self.engine = Engine(self.store, self.engine.connectors, self.context, self.clock)


LOST = ConnectorError("trello", "invalid token", retry=Retry.ASK_ADMIN, code="401")


@pytest.fixture
def desk() -> Iterator[Watched]:
    desk = Watched()
    yield desk
    desk.store.close()


def test_a_lost_access_is_told_once_and_once_more_when_it_is_back(desk: Watched) -> None:
    desk.look(LOST)
    for _look in range(5):
        assert desk.look(LOST, minutes=5) == ["person:andrii: no_access Trello"]
    for _look in range(3):
        assert desk.look() == ["person:andrii: no_access Trello", "person:andrii: mended Trello"]


def test_a_trouble_that_lasts_all_day_is_told_once(desk: Watched) -> None:
    desk.look(LOST)
    for _hour in range(4):
        assert desk.look(LOST, hours=1) == ["person:andrii: no_access Trello"]


def test_what_is_over_when_it_is_told_is_never_mended(desk: Watched) -> None:
    desk.engine.faults.database("database is locked", desk.now)
    desk.look()
    desk.look(minutes=20)
    assert desk.look() == ["person:andrii: database —"]
    assert [row.holds for row in desk.store.alarms()] == [False]


def test_a_missing_column_is_told_once_across_polls_and_a_restart_and_once_more_when_it_is_back(desk: Watched) -> None:
    lost, back = ({"google_forms.brief": titles} for titles in ({"Сайт": "Ваш сайт"}, {}))
    counts = []
    for lacking in (lost, lost, None, lost, lost, back, back):
        if lacking is None:
            desk.restart()
        else:
            desk.forms.pages.append(Page(None, lacking=lacking))
        counts.append(len(desk.look(minutes=1)))
    assert counts == [0, 1, 1, 1, 1, 2, 2]
    assert desk.told() == [f"person:andrii: {word} Google Forms «Бриф»" for word in ("column_lost", "mended")]


def test_a_restart_tells_nothing_twice_and_takes_nothing_back(desk: Watched) -> None:
    desk.look(LOST)
    desk.look(LOST, minutes=5)
    desk.restart()
    assert desk.look(LOST) == ["person:andrii: no_access Trello"]


def test_the_admin_hears_it_where_there_is_one(desk: Watched) -> None:
    staff = {**desk.context.office.directory.people, "ada": Person("ada", "Ада", ("admin",))}
    desk.engine.context = replace(desk.context, office=Office(Directory(staff)))
    desk.look(LOST)
    assert desk.look(LOST, minutes=2) == ["person:ada: no_access Trello"]


def test_nobody_hears_anything_at_night_and_a_trouble_that_passed_by_morning_is_never_told() -> None:
    desk = Watched(NIGHT)
    desk.look(LOST)
    assert desk.look(LOST, minutes=5) == []
    assert [row.holds for row in desk.store.alarms()] == [True]
    desk.look(minutes=5)
    assert desk.look(hours=12) == []
    desk.store.close()


def test_on_days_off_nothing_is_told_and_on_the_next_working_morning_what_still_holds() -> None:
    desk = Watched(SATURDAY)
    desk.look(LOST)
    for _hour in range(44):
        assert desk.look(LOST, hours=1) == []
    assert desk.look(LOST, hours=1) == ["person:andrii: no_access Trello"]
    desk.store.close()


def test_a_thing_that_comes_and_goes_is_told_of_once_an_hour(desk: Watched) -> None:
    for _time in range(6):
        desk.look(LOST, minutes=3)
        desk.look(LOST, minutes=2)
        told = desk.look(minutes=3)
    assert told == ["person:andrii: no_access Trello", "person:andrii: mended Trello"]
    desk.look(LOST, minutes=58)
    assert desk.look(LOST, minutes=2)[2:] == ["person:andrii: no_access Trello"]


def test_another_failure_after_a_lost_access_does_not_mean_that_it_is_back(desk: Watched) -> None:
    desk.look(LOST)
    desk.look(LOST, minutes=2)
    assert desk.look(ConnectorError("trello", "no connection", retry=Retry.PASSING)) == [
        "person:andrii: no_access Trello"
    ]


def test_who_has_the_alarm_is_not_told_once_more_that_the_source_is_blind(desk: Watched) -> None:
    _, deal = desk.client()
    desk.look(LOST)
    desk.look(LOST, minutes=2)
    since = desk.now - timedelta(hours=1)
    with desk.store.intake(desk.now) as intake:
        intake.wait("step", Wait("step", "", deal, "lead", ("trello.card",), desk.now, since))
    desk.engine.tell_waits()
    assert desk.told() == ["person:andrii: no_access Trello"]


def test_an_emptied_source_is_told_at_once(desk: Watched) -> None:
    assert desk.look(SourceEmptied("trello.card", 40)) == ["person:andrii: source_emptied Trello"]


def test_a_rule_that_stays_silent_for_its_working_day_is_told_by_its_name() -> None:
    desk = Watched(rules=ruleset(RULE))
    assert desk.look(hours=27) == []  # Wednesday, 17:00: the working day after Tuesday is not over
    assert desk.look(hours=1, minutes=1) == ["person:andrii: rule_silent Новий лід"]
    desk.store.close()


def test_how_often_a_rule_should_fire_is_told_in_words() -> None:
    texts = TEXTS.replace("rule_silent {{ alarm.name }}", "раз на {{ alarm.rhythm }}")
    desk = Watched(rules=ruleset(RULE, texts))
    assert desk.look(hours=28, minutes=1) == ["person:andrii: раз на робочий день"]
    desk.store.close()


def test_a_rule_that_fires_again_is_mended() -> None:
    desk = Watched(rules=ruleset(RULE))
    desk.client()
    desk.look()
    desk.look(hours=28)
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    assert desk.look()[-1] == "person:andrii: mended Новий лід"
    desk.store.close()


class WallClock(SystemClock):
    """The machine's clock as far as the engine knows, and it shows what it is told."""

    def __init__(self, shown: Clock) -> None:
        self._shown = shown

    def now(self) -> datetime:
        return self._shown.now()


def test_five_minutes_that_the_machine_slept_are_noticed(desk: Watched) -> None:
    engine = Engine(desk.store, desk.engine.connectors, desk.context, WallClock(desk.clock))
    engine.watch(steady=100.0)
    desk.wait(minutes=2)
    engine.watch(steady=220.0)
    assert desk.told() == []
    desk.wait(hours=3)
    assert [alarm.kind for alarm in engine.watch(steady=221.0)] == [AlarmKind.CLOCK_JUMPED]
    assert desk.told() == ["person:andrii: clock_jumped —"]


def test_a_message_that_waits_for_contact_hours_is_no_old_queue() -> None:
    desk = Watched(NIGHT)
    _, deal = desk.client()
    desk.want(SendMessage("client", "Добрий день"), deal)
    desk.engine.deliver_due()
    assert desk.store.queues(desk.now + timedelta(hours=1)) == {}
    desk.store.close()


def test_a_message_that_failed_once_and_waits_for_the_morning_is_no_old_queue() -> None:
    desk = Watched(NOON)
    _, deal = desk.client()
    desk.wait(hours=4, minutes=59, seconds=58)
    desk.telegram.outcomes = deque([ConnectorError("telegram", "slow down", retry=Retry.PASSING)])
    delivery = desk.want(SendMessage("client", "Добрий день"), deal)
    desk.engine.deliver_due()
    desk.wait(minutes=5).engine.deliver_due()
    assert (desk.row(delivery).attempts, desk.row(delivery).reason) == (1, CLOSED_HOURS)
    assert desk.store.queues(desk.row(delivery).next_at - timedelta(minutes=1)) == {}
    desk.store.close()


def test_a_message_that_fails_again_and_again_is_an_old_queue(desk: Watched) -> None:
    desk.planfix.outcomes = deque([ConnectorError("planfix", "timeout", retry=Retry.PASSING)] * 9)
    _, deal = desk.client()
    desk.want(CreateTask("Почати", "", ""), deal)
    for _look in range(7):
        desk.look(minutes=5)
    assert desk.told() == ["person:andrii: queue_old Planfix"]


def test_what_cannot_be_written_down_is_not_told(desk: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.look(LOST)
    desk.wait(minutes=5)

    def full(*_given: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("bridge.store.alarms.Alarms.tell", full)
    with pytest.raises(StoreError):
        desk.engine.watch()
    assert desk.told() == []
    assert desk.store.alarms() == []


def test_a_page_with_changes_is_no_news_right_after_a_webhook(desk: Watched) -> None:
    desk.engine.heard("trello")
    desk.trello.pages = deque([Page(Cursor("9"), [desk.card()], seen_up_to={"trello.card": desk.now})])
    desk.engine.pull("trello")
    assert desk.engine.faults.seen().unannounced == {}
    assert "trello" in desk.engine.faults.seen().announced
