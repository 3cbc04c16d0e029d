"""Rules that are taken over see how things stand, for everybody."""

from __future__ import annotations

from tests.engine.pasts import LEAST, OURS, Act, context_of, lives, played, taken_over


def test_a_new_rule_knows_what_was_so_before_it_for_those_who_wait_for_nothing() -> None:
    desk = played([Act("rest")], context_of(LEAST))
    taken_over(desk, OURS)  # `paid` wakes when the payment comes: it has not come yet
    lives(desk, Act("pay", 1))
    assert "paid" in {row.cause.rule for row in desk.store.deliveries()}


def test_a_new_rule_of_silence_begins_to_count_at_once() -> None:
    desk = played([Act("say")], context_of(LEAST))
    taken_over(desk, OURS)
    assert {timer.rule for timer in desk.store.timers()} == {"overdue", "quiet"}
