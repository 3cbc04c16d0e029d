"""The statements on deliveries in their lanes: which one is due, claimed, waited behind, and put down.

As in `statements`: each is put together and compiled once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import OPEN, State
from bridge.model.reasons import OVER_CAP, SNOOZED
from bridge.store import tables as t
from bridge.store.conditions import P, same
from bridge.store.prepared import PreparedConnection

_EARLIER = t.deliveries.alias("earlier")
_OPEN = [state.value for state in OPEN]
_RESTS = sa.or_(
    _EARLIER.c.reason == str(OVER_CAP), _EARLIER.c.reason.startswith(SNOOZED.english.partition("{")[0], autoescape=True)
)
"""What is passed while it waits: what is too much today, and a reminder that people have put off."""
_AHEAD = sa.exists().where(
    _EARLIER.c.workspace == t.deliveries.c.workspace,
    _EARLIER.c.lane == t.deliveries.c.lane,
    _EARLIER.c.state.in_(_OPEN),
    _EARLIER.c.n < t.deliveries.c.n,
    sa.not_(sa.and_(_RESTS, _EARLIER.c.next_at > P("now"))),
)
"""Something open stands before a delivery in its lane.

What waits for tomorrow because of the daily cap holds nobody up: money may pass it. Neither does a reminder that people
have put off: an answer may pass it. Whatever the cap counts as well is
looked at and waits behind it (see `statements.CAPPED_AHEAD`), so the rest keeps its order.
"""
_OTHER = t.deliveries.alias("other")
_UNHURRIED = ~sa.exists().where(
    _OTHER.c.workspace == t.deliveries.c.workspace,
    _OTHER.c.lane == t.deliveries.c.lane,
    _OTHER.c.state.in_(_OPEN),
    _OTHER.c.next_at <= P("now"),
    sa.not_(_OTHER.c.background),
)
"""Nobody waits for a delivery, nor for one behind it in its lane."""
DUE_NOW = (
    t.deliveries.c.workspace == P("workspace"),
    t.deliveries.c.state == State.WAITING.value,
    t.deliveries.c.next_at <= P("now"),
)
LEASE_OVER = (
    t.deliveries.c.workspace == P("workspace"),
    t.deliveries.c.state == State.CLAIMED.value,
    t.deliveries.c.lease_until <= P("now"),
)


def _heads(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The due deliveries that are first in their lane: what people wait for or stands before it, then the oldest.

    Of each lane only the oldest due one is looked at: when something open is ahead of it, so it is of all the others.
    """
    oldest = sa.func.min(t.deliveries.c.n)
    candidates = sa.union_all(
        sa.select(oldest).where(*which, *DUE_NOW).group_by(t.deliveries.c.lane),
        sa.select(oldest).where(*which, *LEASE_OVER).group_by(t.deliveries.c.lane),
    )
    return (
        sa.select(t.deliveries, _UNHURRIED.label("unhurried"))
        .where(t.deliveries.c.n.in_(candidates), ~_AHEAD)
        .order_by(sa.literal_column("unhurried"), t.deliveries.c.n)
        .limit(P("at_most", type_=sa.Integer))
    )


DUE_HEADS = _heads()
DUE_HEADS_OF = _heads(*same(t.deliveries, "connector"))
CLAIM = (
    t.deliveries.update()
    .where(
        t.deliveries.c.n == P("the_n"),
        t.deliveries.c.fence == P("the_fence"),
        sa.or_(
            sa.and_(t.deliveries.c.state == State.WAITING.value, t.deliveries.c.next_at <= P("now")),
            sa.and_(t.deliveries.c.state == State.CLAIMED.value, t.deliveries.c.lease_until <= P("now")),
        ),
        ~_AHEAD,
    )
    .values(state=State.CLAIMED.value)
)
"""Claims a delivery that was found due, if nobody came first and it still leads its lane."""
OPEN_WRITES = sa.select(t.deliveries).where(
    *same(t.deliveries, "workspace"),
    t.deliveries.c.key >= P("begins"),
    t.deliveries.c.key < P("ends"),
    sa.or_(
        t.deliveries.c.state == State.WAITING.value,
        sa.and_(t.deliveries.c.state == State.CLAIMED.value, t.deliveries.c.lease_until <= P("now")),
    ),
)
END_CLAIMS = t.deliveries.update().where(
    t.deliveries.c.workspace == P("the_workspace"), t.deliveries.c.state == State.CLAIMED.value
)


def _next_in_lane(state: str) -> sa.Select[Any]:
    """The first numbers behind another in its lane; by one state, so that the index gives them in order."""
    numbers = (
        sa.select(t.deliveries.c.n)
        .where(*same(t.deliveries, "workspace", "lane"), t.deliveries.c.n > P("after"), t.deliveries.c.state == state)
        .order_by(t.deliveries.c.n)
        .limit(P("at_most", type_=sa.Integer))
    )
    return sa.select(numbers.subquery())


BEHIND = (
    sa.select(t.deliveries)
    .where(t.deliveries.c.n.in_(sa.union_all(*map(_next_in_lane, _OPEN))))
    .order_by(t.deliveries.c.n)
    .limit(P("at_most", type_=sa.Integer))
)
IN_MESSAGE = (
    sa.select(t.deliveries)
    .where(
        *same(t.deliveries, "workspace", "lane"),
        sa.or_(t.deliveries.c.id == P("first"), t.deliveries.c.together == P("first")),
    )
    .order_by(t.deliveries.c.n)
)
"""What went in one message: the first, and what was said together with it."""
LAST_SAID = (
    sa.select(t.deliveries)
    .where(
        *same(t.deliveries, "workspace", "lane"),
        t.deliveries.c.state == State.CONFIRMED.value,
        t.deliveries.c.kind == SendMessage.kind,
    )
    .order_by(t.deliveries.c.ended_at.desc(), t.deliveries.c.n.desc())
    .limit(1)
)
"""What came last in a chat: of several that are one message the last, and what waited for a person when it came."""
SAID_BEFORE = (
    sa.select(t.deliveries)
    .where(
        *same(t.deliveries, "workspace", "lane"),
        t.deliveries.c.state == State.CONFIRMED.value,
        t.deliveries.c.n
        >= sa.select(_OTHER.c.n)
        .where(_OTHER.c.workspace == P("workspace"), _OTHER.c.id == P("first"))
        .scalar_subquery(),
        t.deliveries.c.n < P("before"),
        sa.or_(t.deliveries.c.id == P("first"), t.deliveries.c.together == P("first")),
    )
    .order_by(t.deliveries.c.n)
)
CHANGE_DELIVERY = t.deliveries.update().where(t.deliveries.c.n == P("the_n"), t.deliveries.c.fence == P("the_fence"))
CHANGE_DELIVERY_IN = CHANGE_DELIVERY.where(t.deliveries.c.state == P("the_state"))
COUNTS = (
    sa.select(t.deliveries.c.state, sa.func.count())
    .where(*same(t.deliveries, "workspace"))
    .group_by(t.deliveries.c.state)
)

PreparedConnection.keep([*vars().values()])
