"""One rule in shadow beside others at work: what it would do is kept, told and counted, and nothing of it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.engine.shadow_report import shadow_report
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from tests.engine.office import MORNING, Desk, agency, loaded_rules

RULES = """\
rules:
  - id: greet
    enabled: shadow
    when: {label.added: VIP}
    per: deal
    then: [{send: hello, to: client}, {comment: Готово}]
"""


@pytest.fixture
def desk() -> Desk:
    """A client whose card has just got the label."""
    made = Desk(MORNING, agency(loaded_rules(RULES)))
    made.client()
    made.take(made.card(labels=["VIP"]))
    made.engine.plan_due()
    while made.deliver():
        pass
    return made


def test_nothing_of_it_leaves_and_all_of_it_is_kept(desk: Desk) -> None:
    rows = [row for row in desk.store.deliveries() if row.cause.rule == "greet"]
    assert sorted((row.decision.kind, row.state) for row in rows) == [
        ("comment_card", State.SHADOW),
        ("send_message", State.SHADOW),
    ]
    assert not desk.telegram.pushed + desk.trello.pushed
    assert all(row.ended_at == desk.now for row in rows)


def test_the_report_counts_what_it_would_have_done(desk: Desk) -> None:
    since = MORNING - timedelta(days=1)
    found = shadow_report(desk.store, desk.context, since=since, now=desk.now, silent=timedelta(days=14), live=True)
    [one] = [rule for rule in found.rules if rule.rule == "greet"]
    assert (dict(one.did), one.held_back) == ({"message to a client": 1, "comment": 1}, 1)


def test_switched_on_it_does_only_what_happens_from_then_on(desk: Desk) -> None:
    at_work = agency(loaded_rules(RULES.replace("    enabled: shadow\n", "")))
    desk.engine.use(at_work)
    desk.engine.plan_due()
    assert not desk.store.deliveries(states=[State.WAITING])
    desk.take(desk.card(labels=[]))
    desk.take(desk.card(labels=["VIP"]))
    desk.engine.plan_due()
    waiting = desk.store.deliveries(states=[State.WAITING])
    assert sorted(isinstance(row.decision, SendMessage) for row in waiting) == [False, True]
