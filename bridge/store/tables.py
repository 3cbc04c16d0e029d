"""The tables, in the order in which a fact passes through them. Moments are ISO texts in UTC: they sort as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from bridge.model.values import moment_text, parse_moment


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment, kept as sortable text. A naive one is refused."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """The written form."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """The moment again."""
        return None if value is None else parse_moment(value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What exists: local things and their names outside.

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("parent", sa.String(40), nullable=False, default="", index=True),
    sa.Column("client", sa.String(40), nullable=False, index=True),
    sa.Column("alias_of", sa.String(40), nullable=False, default=""),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

clients = sa.Table(
    "clients",
    metadata,
    sa.Column("client", sa.String(40), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, default=0),
    sa.Column("dirty", sa.Boolean, nullable=False, default=True, index=True),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("system", sa.String(20), primary_key=True),
    sa.Column("account", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("remote_id", sa.String(200), primary_key=True),
    sa.Column("local_id", sa.String(40), nullable=False, index=True),
    sa.Column("because", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_links_kind", "workspace", "system", "kind", "remote_id"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Column("used_by", sa.String(80), nullable=False, default=""),
)

# What was read.

records = sa.Table(
    "records",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("system", sa.String(20), primary_key=True),
    sa.Column("account", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("remote_id", sa.String(200), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(40), nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("url", sa.String(400), nullable=False, default=""),
    sa.Column("changed_at", Moment),
    sa.Column("read_at", Moment, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    sa.Column("unknown", sa.JSON),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("what", sa.String(12), primary_key=True),
    sa.Column("value", sa.String(200), primary_key=True),
    sa.Column("system", sa.String(20), primary_key=True),
    sa.Column("account", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("remote_id", sa.String(200), primary_key=True),
    sa.Index("ix_keys_thing", "workspace", "system", "account", "kind", "remote_id"),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("connector", sa.String(40), primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("at", Moment, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("seen_up_to", Moment),
    sa.Column("failing_since", Moment),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("fault", sa.String(12), nullable=False, default="", server_default=""),
)

# What happened.

PAST = "past"
"""The state of an event that is history: no rule ever heard of it. Its own time places it, not when it was read."""

events = sa.Table(
    "events",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(200), nullable=False, unique=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("about", sa.String(320), nullable=False, default=""),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("actor", sa.JSON, nullable=False),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("cause", sa.JSON),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("parked_since", Moment),
    sa.Index("ix_events_client_state", "client", "state", "sequence"),
    sa.Index("ix_events_about", "about"),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("field", sa.String(80), primary_key=True),
    sa.Column("value", sa.JSON),
    sa.Column("at", Moment, nullable=False),
)

lineage = sa.Table(
    "lineage",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("field", sa.String(80), nullable=False),
    sa.Column("value", sa.JSON),
    sa.Column("at", Moment, nullable=False),
    sa.Column("origin", sa.String(300), nullable=False),
    sa.Column("delivery", sa.String(20), nullable=False, default=""),
    sa.Index("ix_lineage_subject_field", "subject", "field", "n"),
)

# What is wanted.

timers = sa.Table(
    "timers",
    metadata,
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("rule", sa.String(80), nullable=False),
    sa.Column("step", sa.String(80), nullable=False),
    sa.Column("start", Moment, nullable=False),
    sa.Column("due", Moment, nullable=False),
    sa.Column("formula", sa.String(40), nullable=False),
    sa.Column("occurrence", sa.String(300), nullable=False),
    sa.Column("because", sa.String(300), nullable=False, default=""),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("ended_because", sa.String(300), nullable=False, default=""),
    sa.Index("ix_timers_state_due", "workspace", "state", "due"),
    sa.Index("ix_timers_client", "client", "state"),
)

edges = sa.Table(
    "edges",
    metadata,
    sa.Column("rule", sa.String(120), primary_key=True),
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("value", sa.Boolean, nullable=False),
    sa.Column("flips", sa.Integer, nullable=False),
    sa.Index("ix_edges_subject", "subject"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("rule", sa.String(80), primary_key=True),
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
    sa.Index("ix_runs_subject", "subject"),
)

waits = sa.Table(
    "waits",
    metadata,
    sa.Column("what", sa.String(400), primary_key=True),
    sa.Column("client", sa.String(40), nullable=False, index=True),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("rule", sa.String(80), nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("past", Moment, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("told_at", Moment),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(20), nullable=False, unique=True),
    sa.Column("key", sa.String(600), nullable=False, unique=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("connector", sa.String(20), nullable=False),
    sa.Column("lane", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("decision", sa.JSON, nullable=False),
    sa.Column("cause", sa.JSON, nullable=False),
    sa.Column("rule", sa.String(80), nullable=False, default="", server_default=""),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("first_tried_at", Moment),
    sa.Column("doubt", sa.Boolean, nullable=False, default=False),
    sa.Column("lease_until", Moment),
    sa.Column("fence", sa.Integer, nullable=False, default=0),
    sa.Column("calls_off", sa.String(80), nullable=False, default=""),
    sa.Column("background", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("late", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("together", sa.String(20), nullable=False, default="", server_default=""),
    sa.Column("fresh_past", Moment),
    sa.Column("receipt", sa.JSON),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Index("ix_deliveries_state_next", "workspace", "state", "next_at"),
    sa.Index("ix_deliveries_connector", "workspace", "connector", "state", "next_at", "lane"),
    sa.Index("ix_deliveries_lane", "lane", "state", "n"),
    sa.Index("ix_deliveries_client", "client", "first_tried_at"),
    sa.Index("ix_deliveries_rule", "workspace", "rule", "first_tried_at"),
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False, index=True),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("rule", sa.String(80), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("data", sa.JSON, nullable=False),
)

expected = sa.Table(
    "expected",
    metadata,
    sa.Column("ref", sa.String(320), primary_key=True),
    sa.Column("field", sa.String(80), primary_key=True),
    sa.Column("value", sa.JSON),
    sa.Column("delivery", sa.String(20), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
)

agreed = sa.Table(
    "agreed",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("ref", sa.String(320), primary_key=True),
    sa.Column("field", sa.String(80), primary_key=True),
    sa.Column("subject", sa.String(40), nullable=False, index=True),
    sa.Column("based", sa.Boolean, nullable=False),
    sa.Column("value", sa.JSON),
    sa.Column("shown", sa.JSON, nullable=False),
    sa.Column("round", sa.Integer, nullable=False, default=0),
    sa.Column("at", Moment, nullable=False),
)

files = sa.Table(
    "files",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("thing", sa.String(320), primary_key=True),
    sa.Column("file", sa.String(320), primary_key=True),
    sa.Column("hash", sa.String(80), nullable=False),
    sa.Column("ours", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("template", sa.String(80), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("format", sa.String(10), nullable=False),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("media_type", sa.String(120), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("subject", "template", "key", "format"),
)

# What clients hand over: sealed boxes, and the links by which they come. No link and no content can be read here.

accesses = sa.Table(
    "accesses",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False, index=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("received_at", Moment),
    sa.Column("settled_at", Moment),
    sa.Column("settled_by", sa.String(120), nullable=False, default=""),
    sa.Column("expires_at", Moment),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("key", sa.String(20), nullable=False, default=""),
)

access_links = sa.Table(
    "access_links",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False, index=True),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

# What people should look at, and why everything is as it is.

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("about", sa.String(320), nullable=False, unique=True),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    sa.Column("settled", sa.String(200), nullable=False, default=""),
)

conflicts = sa.Table(
    "conflicts",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(40), nullable=False, unique=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False, index=True),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("field", sa.String(80), nullable=False),
    sa.Column("why", sa.String(20), nullable=False),
    sa.Column("held", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
)

traces = sa.Table(
    "traces",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("rule", sa.String(80), nullable=False),
    sa.Column("step", sa.String(80), nullable=False, default=""),
    sa.Column("event", sa.String(200), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("outcome", sa.String(24), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("tree", sa.JSON, nullable=False),
    sa.Column("change", sa.JSON, nullable=False),
    sa.Column("ruleset", sa.String(64), nullable=False),
    sa.Index("ix_traces_subject", "subject", "n"),
)

# What the bridge watches about itself, and what people told it to leave alone.

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("about", sa.String(200), primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("told_at", Moment),
    sa.Column("known", sa.Boolean, nullable=False, default=False),
    sa.Column("mended_at", Moment),
    sa.Column("details", sa.JSON, nullable=False),
)

stops = sa.Table(
    "stops",
    metadata,
    sa.Column("workspace", sa.String(40), primary_key=True),
    sa.Column("scope", sa.String(20), primary_key=True),
    sa.Column("about", sa.String(120), primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False, default=""),
)

floods = sa.Table(
    "floods",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("whose", sa.String(12), nullable=False),
    sa.Column("about", sa.String(120), nullable=False),
    sa.Column("amount", sa.String(24), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("answer", sa.String(12), nullable=False, default=""),
    sa.Column("by", sa.String(120), nullable=False, default=""),
    sa.Column("answered_at", Moment),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("about", sa.String(320), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("name", sa.String(64), nullable=False, default=""),
    sa.Column("at", Moment, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index("ix_journal_about", "about", "n"),
    sa.Index("ix_journal_at", "at"),
)

rule_sets = sa.Table(
    "rule_sets",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(40), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("how", sa.String(12), nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
