"""Whatever comes, and whenever people answer: nothing is lost, nothing goes twice, and no more goes than may."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.engine.outbox import Outbox
from bridge.model.decisions import CommentCard
from bridge.model.deliveries import State
from tests.engine.test_floods import RULE, TEN_MINUTES, carry_out, press, with_limits

LIMIT = 3
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("storm"), st.integers(1, 6)),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 300, 700])),
        st.tuples(st.just("answer"), st.sampled_from(["flood-send", "flood-drop"])),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ACTS)
def test_nothing_is_lost_nothing_goes_twice_and_no_more_goes_than_may(acts: list[tuple[str, object]]) -> None:
    desk = with_limits(RULE)
    deal = desk.local(desk.card().ref)
    wanted: list[str] = []
    answers = [desk.now]
    for place, (act, given_) in enumerate(acts):
        desk.wait(seconds=1)
        if act == "storm" and isinstance(given_, int):
            for one in range(given_):
                wanted.append(desk.want(CommentCard(f"Слово {place}/{one}"), deal, f"k{place}/{one}"))
        elif act == "wait" and isinstance(given_, int):
            desk.wait(seconds=given_)
        elif act == "answer" and any(flood.open for flood in desk.store.floods()):
            press(desk, str(given_), f"p{place}")
            answers.append(desk.now)
        elif act == "restart":
            desk.outbox = Outbox(desk.store, desk.outbox._connectors, desk.clock)
            desk.engine.outbox = desk.outbox
            desk.engine.take_up()
        carry_out(desk)
    rows = [desk.row(one) for one in wanted]
    pushed = Counter(one.id for one in desk.trello.pushed)
    assert all(count == 1 for one, count in pushed.items() if one in wanted)
    assert all((row.state is State.CONFIRMED) == (row.id in pushed) for row in rows)
    assert {row.state for row in rows} <= {State.CONFIRMED, State.CANCELLED, State.HELD}
    for begins, ends in zip(answers, [*answers[1:], desk.now + timedelta(days=1)], strict=True):
        went = sorted(row.first_tried_at for row in rows if row.first_tried_at and begins < row.created_at <= ends)
        fresh = [moment for moment in went if moment < ends]
        assert all(later - first >= TEN_MINUTES for first, later in zip(fresh, fresh[LIMIT:], strict=False))
    desk.store.close()
