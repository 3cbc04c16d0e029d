"""The statements of the store, named and side by side.

Each is put together once, when this file is read, and compiled once: doing so anew for every execution costs five times
what SQLite needs to carry it out. Parameters have the names of their columns; `the_` marks the one a condition
compares with where the same column is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from bridge.model.decisions import (
    CreateCard,
    EditMessage,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
    WriteFields,
)
from bridge.model.deliveries import State
from bridge.model.merging import BLANKS, SYNC
from bridge.model.planning import ASKED, NEVER
from bridge.model.reasons import OVER_CAP
from bridge.store import tables as t
from bridge.store.conditions import P, same
from bridge.store.lanes import DUE_NOW, LEASE_OVER
from bridge.store.prepared import PreparedConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def upsert(connection: sa.Connection, table: sa.Table, keys: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Updates the row with these keys (a primary key or a unique one of the table), or inserts it."""
    put(connection, table, tuple(keys), tuple(values), [{**keys, **values}])


def put(
    connection: sa.Connection,
    table: sa.Table,
    keys: tuple[str, ...],
    values: tuple[str, ...],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """As `upsert`, for several rows of one shape: `keys` and `values` name their columns."""
    if rows:
        connection.execute(_upsert(table, keys, values, connection.dialect.name), rows)


def insert_new(connection: sa.Connection, table: sa.Table, key: str, row: Mapping[str, Any]) -> bool:
    """Inserts a row unless one with the same value in the unique column `key` exists. Gives whether it is new."""
    return connection.execute(_insert_new(table, key, connection.dialect.name), row).rowcount > 0


def _insert(table: sa.Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # a tenth of a second at a start that has no use for it

        return postgresql.insert(table)
    return sqlite.insert(table)


@cache
def _upsert(table: sa.Table, keys: tuple[str, ...], values: tuple[str, ...], dialect: str) -> sa.Insert:
    insert = _insert(table, dialect)
    made = insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in values})
    PreparedConnection.keep([made])
    return made


@cache
def _insert_new(table: sa.Table, key: str, dialect: str) -> sa.Insert:
    made = _insert(table, dialect).on_conflict_do_nothing(index_elements=[key])
    PreparedConnection.keep([made])
    return made


def placed_at() -> sa.ColumnElement[Any]:
    """Where an event stands among others: when the bridge heard of it; for history, when it happened."""
    return sa.case((t.events.c.state == t.PAST, t.events.c.at), else_=t.events.c.seen_at)


_REF = ("workspace", "system", "account", "kind", "remote_id")
_LINKS_AND_RECORDS = t.links.outerjoin(t.records, sa.and_(*(t.records.c[name] == t.links.c[name] for name in _REF)))

# -- records --------------------------------------------------------------------------------------------------------

RECORDS = sa.select(t.records).where(
    *same(t.records, "workspace", "system", "account", "kind"), t.records.c.remote_id.in_(P("ids", expanding=True))
)
HASHES = sa.select(*(t.records.c[name] for name in (*_REF[1:], "hash"))).where(
    *same(t.records, "workspace", "system", "account", "kind"), t.records.c.remote_id.in_(P("ids", expanding=True))
)
RECORD = sa.select(t.records).where(*same(t.records, *_REF))
LIVING = sa.select(t.records.c.account, t.records.c.remote_id).where(
    *same(t.records, "workspace", "system", "kind"), t.records.c.deleted.is_(False)
)
LIVING_RECORDS = sa.select(t.records).where(
    *same(t.records, "workspace", "system", "kind"), t.records.c.deleted.is_(False)
)
NAMES = (
    sa.select(t.links.c.local_id, t.subjects.c.client, t.subjects.c.alias_of, t.records.c.fields["name"].as_string())
    .join(t.links, sa.and_(*(t.links.c[name] == t.records.c[name] for name in _REF)))
    .join(t.subjects, t.subjects.c.id == t.links.c.local_id)
    .where(*same(t.records, "workspace", "system", "kind"), t.records.c.deleted.is_(False))
    .order_by(t.subjects.c.n)
)
CHANGE_RECORD = t.records.update().where(*(t.records.c[name] == P(f"the_{name}") for name in _REF))

# -- keys of records ------------------------------------------------------------------------------------------------

_BEARING = sa.select(*(t.keys.c[name] for name in _REF[1:])).where(*same(t.keys, "workspace", "what", "value"))
BEARERS = _BEARING.order_by(*(t.keys.c[name] for name in _REF[1:])).limit(P("several"))
BEARERS_OF_KIND = _BEARING.where(*same(t.keys, "system", "kind")).limit(2)
KEYS_OF = sa.select(t.keys.c.what, t.keys.c.value).where(*same(t.keys, *_REF))
NEW_KEY = t.keys.insert()
FORGET_KEY = t.keys.delete().where(*same(t.keys, *_REF, "what", "value"))

# -- binding --------------------------------------------------------------------------------------------------------

LOCAL = sa.select(t.links.c.local_id).where(*same(t.links, *_REF))
LINKS_AMONG = sa.select(t.links).where(
    *same(t.links, "workspace", "system", "kind"), t.links.c.remote_id.in_(P("ids", expanding=True))
)
"""In whichever account: a short link is the same everywhere."""
LINKED = sa.select(t.links.c.local_id).where(*same(t.links, "workspace", "local_id", "kind")).limit(1)
THINGS_OF = sa.select(t.links).where(*same(t.links, "workspace", "local_id", "kind")).order_by(t.links.c.at.desc())
LINKS_OF = (
    sa.select(t.links).where(*same(t.links, "workspace", "local_id", "system", "kind")).order_by(t.links.c.at.desc())
)
CHATS_OF = (
    sa.select(
        *(t.links.c[name] for name in ("system", "account", "kind", "remote_id", "because")),
        t.links.c.at.label("bound_at"),
        t.records.c.fields,
        t.records.c.deleted,
    )
    .select_from(_LINKS_AND_RECORDS)
    .where(*same(t.links, "workspace", "local_id"), t.links.c.kind == "chat")
    .order_by(t.links.c.at.desc(), t.links.c.remote_id)
)
"""The chats of a client with what was read of each, the newest binding first."""
UNBIND = t.links.delete().where(*same(t.links, *_REF))
BIND_EVENTS = (
    t.events.update()
    .where(
        t.events.c.workspace == P("the_workspace"), t.events.c.about == P("the_about"), t.events.c.state == "unbound"
    )
    .values(state="new")
)
BIND_PAST = t.events.update().where(
    t.events.c.workspace == P("the_workspace"),
    t.events.c.about == P("the_about"),
    t.events.c.state == t.PAST,
    t.events.c.subject == "",
)
SUBJECT = sa.select(t.subjects).where(*same(t.subjects, "id"))
CHILDREN = (
    sa.select(t.subjects.c.id)
    .where(*same(t.subjects, "parent", "kind"), t.subjects.c.alias_of == "")
    .order_by(t.subjects.c.n)
)
LAST_SUBJECT = sa.select(sa.func.coalesce(sa.func.max(t.subjects.c.n), 0))
NEW_SUBJECT = t.subjects.insert()
SUBJECT_OF_KIND = sa.select(t.subjects.c.id).where(*same(t.subjects, "workspace", "kind")).limit(1)
NEW_CLIENT = t.clients.insert()
DIRTY = (
    t.clients.update().where(t.clients.c.client == P("the_client")).values(dirty=True, version=t.clients.c.version + 1)
)
NEW_TOKEN = t.tokens.insert()
CODE = sa.select(t.tokens).where(
    *same(t.tokens, "workspace", "token"), t.tokens.c.purpose.in_(P("purposes", expanding=True))
)
CODES_OF = (
    sa.select(t.tokens)
    .where(*same(t.tokens, "workspace", "subject"), t.tokens.c.purpose.in_(P("purposes", expanding=True)))
    .order_by(t.tokens.c.created_at.desc(), t.tokens.c.token)
)
TOKEN = sa.select(t.tokens).where(*same(t.tokens, "workspace", "token", "purpose"))
CHANGE_TOKEN = t.tokens.update().where(t.tokens.c.token == P("the_token"))

# -- events, facts, echoes ------------------------------------------------------------------------------------------

EVENT_KNOWN = sa.select(t.events.c.sequence).where(*same(t.events, "id"))
EVENT = sa.select(t.events).where(*same(t.events, "id"))
CHANGE_EVENT = t.events.update().where(t.events.c.id == P("the_id"))
EVENTS_ABOUT = (
    sa.select(t.events)
    .where(*same(t.events, "workspace", "about", "kind"))
    .order_by(t.events.c.sequence.desc())
    .limit(P("at_most", type_=sa.Integer))
)
UNPLANNED_ABOUT = (
    sa.select(t.events)
    .where(*same(t.events, "workspace", "about", "kind"), t.events.c.state == "new")
    .order_by(t.events.c.sequence)
)
EVENTS_SINCE = (
    sa.select(t.events)
    .where(t.events.c.sequence > P("after"))
    .order_by(t.events.c.sequence)
    .limit(P("at_most", type_=sa.Integer))
)
LINEAGE = t.lineage.insert()
EXPECTED = sa.select(t.expected).where(*same(t.expected, "ref"))
EXPECTED_OF = sa.select(t.expected.c.ref).where(*same(t.expected, "delivery"))
EXPECTED_SEEN = t.expected.delete().where(*same(t.expected, "ref", "field"))
EXPECTED_NO_MORE = t.expected.delete().where(*same(t.expected, "delivery"))
CHANGE_EXPECTED = t.expected.update().where(t.expected.c.delivery == P("the_delivery"))
AGREED = sa.select(t.agreed).where(*same(t.agreed, "workspace", "ref", "field"))
FORGET_AGREED = (
    t.agreed.update()
    .where(
        t.agreed.c.workspace == P("the_workspace"),
        t.agreed.c.ref == P("the_ref"),
        t.agreed.c.field == P("the_field"),
    )
    .values(based=False, shown=[])
)
SETTLE_CONFLICTS = t.conflicts.update().where(
    t.conflicts.c.subject == P("the_subject"), t.conflicts.c.field == P("the_field"), t.conflicts.c.settled_at.is_(None)
)
_EARLIER_MOVE = (
    t.expected.c.ref == P("the_ref"),
    t.expected.c.field == "list",
    t.expected.c.delivery != "",
    t.expected.c.delivery != P("the_delivery"),
)
EARLIER_MOVE = sa.select(t.expected.c.delivery).where(*_EARLIER_MOVE)
KEEP_EARLIER_MOVE = t.expected.update().where(*_EARLIER_MOVE)

SENT_SINCE = sa.select(sa.func.count()).where(
    *same(t.deliveries, "workspace", "client"),
    t.deliveries.c.kind == SendMessage.kind,
    t.deliveries.c.decision["to"].as_string() == "client",
    sa.func.coalesce(t.deliveries.c.decision["chat"].as_string(), "") == "",
    t.deliveries.c.state.in_([State.CONFIRMED.value, State.UNKNOWN.value]),
    t.deliveries.c.together == "",
    sa.or_(
        *(column >= P("since", type_=t.Moment) for column in (t.deliveries.c.first_tried_at, t.deliveries.c.ended_at))
    ),
)
"""The messages that a client was sent; what went in one of them, or to several of their people, counts once.

One that was tried before and arrived since then is read now.
"""


def _left(most: str, since: str, after: str, *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """How many effects have left the bridge since then, up to a number; what went in the same message counts once."""
    found = (
        sa.select(t.deliveries.c.n)
        .where(
            *which,
            t.deliveries.c.first_tried_at >= P(since, type_=t.Moment),
            t.deliveries.c.created_at > P(after, type_=t.Moment),
            t.deliveries.c.kind.not_in([MakeDocument.kind, EditMessage.kind]),
            t.deliveries.c.together == "",
        )
        .limit(P(most, type_=sa.Integer))
    )
    return sa.select(sa.func.count()).select_from(found.subquery()).scalar_subquery()


_OF_RULE = same(t.deliveries, "workspace", "rule")
SENT_WITHIN = sa.select(
    _left("rule_most", "rule_since", "rule_after", *_OF_RULE).label("of_rule"),
    _left(
        "messages_most",
        "messages_since",
        "messages_after",
        *_OF_RULE,
        t.deliveries.c.kind == SendMessage.kind,
        t.deliveries.c.decision["to"].as_string() == "client",
    ).label("messages"),
    _left("client_most", "client_since", "client_after", *same(t.deliveries, "client")).label("about_client"),
)
"""How much has left the bridge, each up to its limit."""
TOLD_OF = sa.select(t.deliveries.c.cause["event"].as_string()).where(
    *same(t.deliveries, "workspace"), t.deliveries.c.rule.in_(P("rules", expanding=True))
)
"""What people were told of by these words of the bridge's own: each names what it is about as its event."""
FLOODS = (
    sa.select(t.floods)
    .where(
        *same(t.floods, "workspace"),
        sa.or_(
            t.floods.c.answered_at.is_(None),
            t.floods.c.n.in_(
                sa.select(sa.func.max(t.floods.c.n))
                .where(t.floods.c.answered_at.is_not(None))
                .group_by(t.floods.c.workspace, t.floods.c.whose, t.floods.c.about)
            ),
        ),
    )
    .order_by(t.floods.c.n)
)
HELD_BY_FLOOD = (
    sa.select(t.deliveries.c.n, t.deliveries.c.client)
    .where(*same(t.deliveries, "workspace", "reason"), t.deliveries.c.state == State.HELD.value)
    .order_by(t.deliveries.c.n)
)
CAPPED_AHEAD = sa.select(sa.func.max(t.deliveries.c.next_at, type_=t.Moment)).where(
    *same(t.deliveries, "workspace", "lane"),
    t.deliveries.c.state == State.WAITING.value,
    t.deliveries.c.n < P("before"),
    t.deliveries.c.reason == str(OVER_CAP),
    t.deliveries.c.next_at > P("now"),
)
"""Until when an earlier message of a lane waits because of the daily cap; NULL for none."""
DELIVERY = sa.select(t.deliveries).where(*same(t.deliveries, "workspace", "id"))
DELIVERY_SUBJECT = sa.select(t.deliveries.c.subject).where(*same(t.deliveries, "workspace", "id"))

# -- what is a subject's ----------------------------------------------------------------------------------------------

_HERE = sa.select(P("local_id", type_=sa.String).label("id"), sa.literal_column("0").label("far")).cte(recursive=True)
_ABOVE = _HERE.union_all(
    sa.select(t.subjects.c.parent, _HERE.c.far + sa.literal_column("1")).where(
        t.subjects.c.id == _HERE.c.id, t.subjects.c.parent != ""
    )
)
REFS = (
    sa.select(t.links, t.records.c.deleted)
    .select_from(_ABOVE.join(_LINKS_AND_RECORDS, t.links.c.local_id == _ABOVE.c.id))
    .order_by(_ABOVE.c.far, t.links.c.at.desc())
)
"""The remote things of a subject and of those it belongs to: the nearest first, then the newest."""
FILE = sa.select(t.documents).where(*same(t.documents, "subject", "template", "key", "format"))

# -- inbox ----------------------------------------------------------------------------------------------------------

ON_DESK = sa.select(t.inbox.c.n, t.inbox.c.settled_at).where(*same(t.inbox, "about"))
DESK_ITEM = sa.select(t.inbox).where(*same(t.inbox, "about"))
NEW_ON_DESK = t.inbox.insert()
SETTLE_ON_DESK = t.inbox.update().where(t.inbox.c.about == P("the_about"), t.inbox.c.settled_at.is_(None))

# -- checkpoints and sources ----------------------------------------------------------------------------------------

CURSOR = sa.select(t.checkpoints.c.cursor).where(*same(t.checkpoints, "workspace", "connector"))
SOURCES = sa.select(t.sources).where(*same(t.sources, "workspace"))
FAILING_SINCE = sa.select(t.sources.c.failing_since).where(*same(t.sources, "workspace", "source"))
META = sa.select(t.meta.c.value).where(*same(t.meta, "key"))
FORGET = t.meta.delete().where(*same(t.meta, "key"))


@cache
def source_seen(dialect: str) -> sa.Insert:
    """Moves a source on, never back, and ends its failing."""
    insert = _insert(t.sources, dialect)
    new, known = insert.excluded.seen_up_to, t.sources.c.seen_up_to
    latest = sa.case((known > new, known), else_=new)
    return insert.on_conflict_do_update(
        index_elements=["workspace", "source"],
        set_={"seen_up_to": latest, "failing_since": None, "error": "", "fault": ""},
    )


# -- one client -----------------------------------------------------------------------------------------------------

_OF_CLIENT = sa.select(t.subjects.c.id).where(*same(t.subjects, "client"), t.subjects.c.alias_of == "")

CLIENT_SUBJECTS = (
    sa.select(t.subjects).where(*same(t.subjects, "client"), t.subjects.c.alias_of == "").order_by(t.subjects.c.n)
)
CLIENT_EVENTS = (
    sa.select(t.events)
    .where(*same(t.events, "client"), t.events.c.state.in_(["new", "parked"]))
    .order_by(t.events.c.sequence)
)
CLIENT_THINGS = (
    sa.select(
        t.records,
        t.links.c.local_id,
        t.links.c.kind.label("link_kind"),
        t.links.c.remote_id.label("link_remote_id"),
        t.links.c.system.label("link_system"),
        t.links.c.because,
    )
    .select_from(_LINKS_AND_RECORDS)
    .where(t.links.c.local_id.in_(_OF_CLIENT))
    .order_by(t.links.c.at)
)
"""Everything bound to a client with the newest state of it, oldest binding first. What was never read is empty."""
CLIENT_FACTS = sa.select(t.facts).where(t.facts.c.subject.in_(_OF_CLIENT))
CHAT_FACTS = sa.select(t.facts.c.field, t.facts.c.value).where(
    *same(t.facts, "subject"), t.facts.c.field.startswith("chat:")
)
CLIENT_AGREED = sa.select(t.agreed).where(t.agreed.c.subject.in_(_OF_CLIENT))
CLIENT_WRITTEN = sa.select(t.lineage.c.subject, t.lineage.c.field, t.lineage.c.value).where(
    t.lineage.c.n.in_(
        sa.select(sa.func.max(t.lineage.c.n))
        .where(t.lineage.c.subject.in_(_OF_CLIENT), t.lineage.c.delivery != "")
        .group_by(t.lineage.c.subject, t.lineage.c.field)
    )
)
"""What the bridge wrote last into each field outside; not the whole past of it."""
CLIENT_TOKENS = (
    sa.select(t.tokens.c.subject, t.tokens.c.purpose, t.tokens.c.token)
    .where(t.tokens.c.subject.in_(_OF_CLIENT), t.tokens.c.used_by != "withdrawn")
    .order_by(t.tokens.c.created_at)
)
ACCESS_COLUMNS = (
    *(column for column in t.accesses.c if column.name != "sealed"),
    t.accesses.c.sealed.is_not(None).label("sealed"),
)
"""What may be seen of an access: all but what is in it."""
CLIENT_ACCESSES = (
    sa.select(*ACCESS_COLUMNS)
    .where(t.accesses.c.subject.in_(_OF_CLIENT))
    .order_by(t.accesses.c.asked_at, t.accesses.c.name, t.accesses.c.id)
)
CLIENT_TIMERS = (
    sa.select(t.timers)
    .where(*same(t.timers, "client"), t.timers.c.state == "live")
    .order_by(t.timers.c.due, t.timers.c.key)
)
CLIENT_EDGES = sa.select(t.edges).where(t.edges.c.subject.in_(_OF_CLIENT))
CLIENT_RUNS = sa.select(t.runs).where(t.runs.c.subject.in_(_OF_CLIENT))
CLIENT_QUESTIONS = (
    sa.select(t.questions, t.deliveries.c.decision, t.deliveries.c.first_tried_at)
    .select_from(t.questions.outerjoin(t.deliveries, t.deliveries.c.id == t.questions.c.id))
    .where(*same(t.questions, "client"))
    .order_by(t.questions.c.asked_at, t.questions.c.id)
)
"""What people were asked, each with the message that asks it."""
_MAY_BE_CALLED_OFF = sa.and_(
    t.deliveries.c.calls_off != "", t.deliveries.c.state.in_([State.WAITING.value, State.HELD.value])
)
CLIENT_DELIVERIES = (
    sa.select(
        t.deliveries.c.id,
        t.deliveries.c.key,
        t.deliveries.c.kind,
        t.deliveries.c.subject,
        t.deliveries.c.decision,
        t.deliveries.c.cause,
        t.deliveries.c.state,
        t.deliveries.c.attempts,
        t.deliveries.c.doubt,
        t.deliveries.c.calls_off,
    )
    .where(
        *same(t.deliveries, "client"),
        sa.or_(
            sa.and_(
                t.deliveries.c.kind.in_([MoveCard.kind, CreateCard.kind]),
                t.deliveries.c.state.in_([State.WAITING.value, State.CLAIMED.value]),
            ),
            sa.and_(
                t.deliveries.c.kind.in_([MakeDocument.kind, PutChecklist.kind]),
                t.deliveries.c.state.not_in([State.DEAD.value, State.CANCELLED.value]),
            ),
            _MAY_BE_CALLED_OFF,
            sa.and_(
                t.deliveries.c.kind == WriteFields.kind,
                t.deliveries.c.rule.in_([SYNC, BLANKS]),
                t.deliveries.c.state.in_([State.WAITING.value, State.HELD.value, State.CLAIMED.value]),
            ),
        ),
    )
    .order_by(t.deliveries.c.n)
)
"""What planning asks of a client's deliveries: where cards are going, which documents there are, what may end."""
CHECKLISTS_OF = (
    sa.select(t.deliveries.c.decision, t.deliveries.c.state)
    .where(
        *same(t.deliveries, "client", "subject"),
        t.deliveries.c.kind == PutChecklist.kind,
        t.deliveries.c.state.not_in([State.DEAD.value, State.CANCELLED.value]),
    )
    .order_by(t.deliveries.c.n)
)
"""The checklists that rules put on a subject's card."""


def _any(table: sa.Table, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().select_from(table).where(*which)


CLIENT = sa.select(
    t.clients.c.version,
    _any(t.events, *same(t.events, "client"), t.events.c.state.in_(["new", "parked"])).label("events"),
    _any(t.facts, t.facts.c.subject.in_(_OF_CLIENT)).label("facts"),
    _any(t.lineage, t.lineage.c.subject.in_(_OF_CLIENT), t.lineage.c.delivery != "").label("written"),
    _any(t.agreed, t.agreed.c.subject.in_(_OF_CLIENT)).label("agreed"),
    _any(t.tokens, t.tokens.c.subject.in_(_OF_CLIENT)).label("tokens"),
    _any(t.accesses, t.accesses.c.subject.in_(_OF_CLIENT)).label("accesses"),
    _any(t.timers, *same(t.timers, "client"), t.timers.c.state == "live").label("timers"),
    _any(t.edges, t.edges.c.subject.in_(_OF_CLIENT)).label("edges"),
    _any(t.runs, t.runs.c.subject.in_(_OF_CLIENT)).label("runs"),
    _any(t.deliveries, *same(t.deliveries, "client")).label("deliveries"),
    _any(t.questions, *same(t.questions, "client")).label("questions"),
).where(*same(t.clients, "client"))
"""A client's version, and which parts of what may be kept about it there are: most have few."""

# -- committing a plan ----------------------------------------------------------------------------------------------

PLANNED = (
    t.clients.update()
    .where(t.clients.c.client == P("the_client"), t.clients.c.version == P("the_version"))
    # A version is planned once: a second plan made beside this one conflicts, too.
    .values(dirty=False, version=t.clients.c.version + 1)
)
CHANGE_TIMER = t.timers.update().where(t.timers.c.key == P("the_key"))
CALL_OFF = (
    t.deliveries.update()
    .where(
        t.deliveries.c.id == P("the_id"),
        t.deliveries.c.attempts == 0,
        t.deliveries.c.doubt.is_(False),
        t.deliveries.c.state.in_([State.WAITING.value, State.HELD.value]),
    )
    .values(state=State.CANCELLED.value)
)
WITHDRAW = (
    t.deliveries.update()
    .where(
        t.deliveries.c.id == P("the_id"),
        t.deliveries.c.doubt.is_(False),
        t.deliveries.c.state.in_([State.WAITING.value, State.HELD.value]),
    )
    .values(state=State.CANCELLED.value)
)
"""Ends what has surely not been done: no attempt went out, or each of them came to nothing."""
RELEASE = (
    t.deliveries.update()
    .where(t.deliveries.c.id == P("the_id"), t.deliveries.c.state == State.HELD.value)
    .values(state=State.WAITING.value)
)
TRACES = t.traces.insert()
WAITS_OF_PLANNING = sa.select(t.waits.c.what).where(
    *same(t.waits, "client"), ~sa.exists().where(t.deliveries.c.id == t.waits.c.what)
)
"""What a client's planning waits for: not what one of its deliveries does."""
WAIT_NO_MORE = t.waits.delete().where(*same(t.waits, "what"))
CHANGE_WAIT = t.waits.update().where(t.waits.c.what == P("the_what"))
NEW_WAIT = t.waits.insert()

# -- the journal ----------------------------------------------------------------------------------------------------

JOURNAL = t.journal.insert()
SEEN_BEFORE = sa.select(t.sources.c.source, t.sources.c.seen_up_to).where(
    *same(t.sources, "workspace"), t.sources.c.seen_up_to < P("before", type_=t.Moment)
)
EDGES_OF = sa.select(t.edges).where(t.edges.c.subject.in_(P("subjects", expanding=True)))
RUNS_OF = sa.select(t.runs).where(t.runs.c.subject.in_(P("subjects", expanding=True)))
FACTS_OF = sa.select(t.facts).where(t.facts.c.subject.in_(P("subjects", expanding=True)))
TIMERS_AMONG = sa.select(t.timers).where(t.timers.c.key.in_(P("keys", expanding=True)))

# -- what is due ----------------------------------------------------------------------------------------------------

WAITS = sa.select(t.waits).order_by(t.waits.c.since)
_HELD_TIMER = sa.exists().where(t.waits.c.what == t.timers.c.key)
_DIRTY_CLIENTS = sa.select(t.clients.c.client).where(*same(t.clients, "workspace"), t.clients.c.dirty.is_(True))
_DUE_TIMERS = sa.select(t.timers.c.client).where(
    *same(t.timers, "workspace"), t.timers.c.state == "live", t.timers.c.due <= P("now"), ~_HELD_TIMER
)
CLIENTS_TO_PLAN = sa.union(_DIRTY_CLIENTS, _DUE_TIMERS)
"""Clients that changed or have a timer due. One that waits for a source is due when the source was read."""
_ASKED = sa.select(t.timers.c.key).where(*same(t.timers, "workspace"), t.timers.c.state == ASKED)
DUE = sa.select(
    sa.or_(_DIRTY_CLIENTS.exists(), _DUE_TIMERS.exists()).label("plans"),
    sa.select(t.waits.c.what).exists().label("waits"),
    _ASKED.exists().label("asked"),
    sa.or_(
        sa.select(t.deliveries.c.n).where(*DUE_NOW).exists(), sa.select(t.deliveries.c.n).where(*LEASE_OVER).exists()
    ).label("deliveries"),
)
"""Whether there is anything to do at a moment, part by part."""
NEXT_TIMER = (
    sa.select(t.timers.c.due)
    .where(*same(t.timers, "workspace"), t.timers.c.state == "live", t.timers.c.due < NEVER, ~_HELD_TIMER)
    .order_by(t.timers.c.due)
    .limit(1)
)
NEXT_DELIVERY = sa.select(sa.func.min(t.deliveries.c.next_at)).where(
    *same(t.deliveries, "workspace"), t.deliveries.c.state == State.WAITING.value
)
NEXT_LEASE = sa.select(sa.func.min(t.deliveries.c.lease_until)).where(
    *same(t.deliveries, "workspace"), t.deliveries.c.state == State.CLAIMED.value
)

PreparedConnection.keep([*vars().values()])
