"""A step that came late, and whose rule wants a person's word: asked about once, taken or left out as they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from tests.engine.office import MORNING, NOON, Desk, agency, loaded_rules

LADDER = """\
rules:
  - id: remind
    name: Нагадати
    when: {label.added: VIP}
    per: deal
    catch_up: ask
    steps: [{id: first, after: 1d, then: [{send: hello, to: client}]}]
"""


@pytest.fixture
def late() -> Desk:
    """The step was due on Wednesday; the bridge comes back on Friday morning."""
    desk = Desk(NOON, agency(loaded_rules(LADDER)))
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    desk.clock.set(MORNING + timedelta(days=2))
    desk.engine.plan_due()
    return desk


def press(desk: Desk, button: str) -> None:
    """A person presses a button under the newest message."""
    notice = desk.store.deliveries()[0]
    desk.take(desk.update("button", f"p{button}", button=button, delivery=notice.id), source="telegram")
    desk.engine.plan_due()


def test_it_is_asked_about_once_however_often_the_bridge_starts(late: Desk) -> None:
    late.engine.tell_missed()
    late.engine.tell_missed()
    late.engine._asked.clear()  # as a new process begins
    late.engine.tell_missed()
    assert late.told() == ["person:andrii: missed Нагадати"]
    assert [row.decision.to for row in late.store.deliveries() if isinstance(row.decision, SendMessage)] == [
        "person:andrii"
    ]


def test_a_persons_yes_takes_it_now(late: Desk) -> None:
    late.engine.tell_missed()
    press(late, "go")
    newest = late.store.deliveries()[0]
    assert isinstance(newest.decision, SendMessage)
    assert (newest.decision.to, newest.decision.text) == ("client", "Вітаємо, Ромашка")
    assert late.store.asked() == []


def test_a_persons_no_leaves_it_out(late: Desk) -> None:
    late.engine.tell_missed()
    press(late, "skip")
    late.wait(days=1).engine.plan_due()
    assert [row.decision.kind for row in late.store.deliveries()] == ["edit_message", "send_message"]
    assert (late.store.asked(), late.store.timers()) == ([], [])


def test_only_the_first_word_counts(late: Desk) -> None:
    late.engine.tell_missed()
    notice = late.store.deliveries()[0]
    for number, button in enumerate(("skip", "go")):
        pressed = late.update("button", f"p{number}", button=button, delivery=notice.id)
        late.take(pressed, source="telegram")
    late.engine.plan_due()
    assert late.told() == [
        "person:andrii: missed Нагадати",
        "person:andrii: settled missed Нагадати",
    ]


def test_rules_that_changed_while_the_bridge_stood_are_planned_by_at_once() -> None:
    desk = Desk(NOON, agency(loaded_rules(LADDER)))
    desk.client()
    desk.engine.take_up()
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    shorter = loaded_rules(LADDER.replace("after: 1d", "after: 2h"))
    desk.engine.context = replace(desk.context, ruleset=shorter)
    desk.engine.take_up()
    desk.engine.plan_due()
    assert [timer.due for timer in desk.store.timers()] == [NOON + timedelta(hours=2)]
