"""Staff say by one tap under a reminder that they talked with the client elsewhere: it is noted once, and shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import CommentCard, EditMessage
from bridge.store.rows import Row
from rules.talking import buttons_of_talks
from tests.engine.office import GUEST, Desk, loaded_rules
from tests.engine.pasts import RULES as OF_MOMENTS
from tests.engine.test_snoozing import ANDRII, a_reminder, due
from tests.engine.test_snoozing import desk as desk
from tests.engine.test_staff_desk import asked, message, pressed

OF_TALKS = """\
fields:
  deal.talked_at: {type: moment, from: bridge}
rules:
  - {id: talk, when: {talked: {}}, per: deal, then: [{set: {deal.talked_at: now}}]}
  - id: silent
    when: {label.added: VIP}
    pause_while: {deal.talked_at: {filled: true}, not: {deal.talked_at: {older_than: 2d}}}
    per: deal
    steps:
      - {id: remind, after: 2wd, then: [{send: hello, to: client}]}
      - {id: call, after: 3wd, then: [{send: hello, to: pm}]}
"""


@pytest.fixture
def reminder(desk: Desk) -> Row:
    return a_reminder(desk)


def comments(desk: Desk) -> list[str]:
    return [row.decision.text for row in desk.store.deliveries() if isinstance(row.decision, CommentCard)]


def marks(desk: Desk) -> list[tuple[str, str]]:
    edits = [row.decision for row in desk.store.deliveries() if isinstance(row.decision, EditMessage)]
    return [(one.answer, one.by) for one in edits]


def test_a_reminder_about_a_silent_client_asks_where_people_talked(reminder: Row) -> None:
    titles = [title for _action, title in message(reminder).buttons]
    assert titles[:3] == ["💬 Говорили: WhatsApp", "💬 Говорили: Viber", "📞 Говорили телефоном"]


def test_one_tap_notes_the_talk_on_the_card_and_on_the_reminder(desk: Desk, reminder: Row) -> None:
    desk.take(pressed(desk, reminder, "desk-talked-viber"))
    assert [event.data["by"] for event in desk.events if event.kind == "talked"] == ["viber"]
    assert comments(desk) == ["Олена — розмова з клієнтом: Viber"]
    assert marks(desk) == [("desk-talked-viber", "Олена")]
    assert "talked" in desk.woken()


def test_a_tap_of_another_colleague_notes_nothing_more_and_is_told(desk: Desk, reminder: Row) -> None:
    desk.take(pressed(desk, reminder, "desk-talked-viber"))
    desk.take(pressed(desk, reminder, "desk-talked-phone", ANDRII, "p2"))
    assert (len(comments(desk)), len(marks(desk))) == (1, 1)
    told = [message(row) for row in desk.store.deliveries() if "decided_already" in row.key]
    assert [one.template for one in told] == ["system.decided_already"]


def test_a_tap_of_who_is_not_of_the_staff_notes_nothing(desk: Desk, reminder: Row) -> None:
    desk.take(pressed(desk, reminder, "desk-talked-viber", GUEST))
    assert (comments(desk), desk.kinds("talked")) == ([], [])


def test_a_rule_of_silence_asks_too_and_one_of_anything_else_does_not() -> None:
    rules = {rule.id: rule for rule in loaded_rules(OF_MOMENTS).rules}
    assert len(buttons_of_talks(rules["quiet"], None, "en")) == 3
    assert buttons_of_talks(rules["overdue"], None, "en") == ()


def test_a_rule_may_hear_of_a_talk_and_let_a_clock_stand_still_after_it(desk: Desk) -> None:
    desk = Desk(context=replace(desk.context, ruleset=loaded_rules(OF_TALKS)))
    desk.client()
    desk.take(desk.card(labels=["VIP"]))
    before = due(desk)
    desk.take(asked(desk, "/talked Ромашка phone"))  # on Tuesday at noon: Wednesday does not count
    assert before == ["remind 03.12 18:00", "call 04.12 18:00"]
    assert due(desk) == ["remind 04.12 18:00", "call 07.12 18:00"]
