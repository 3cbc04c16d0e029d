"""Reading everything that is kept about one client, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bridge.model.decisions import CreateCard, MoveCard
from bridge.model.deliveries import OPEN, State
from bridge.model.planning import Edge, MadeDocument, Ran, Timer, Waiting
from bridge.model.values import Plain
from bridge.store import tables as t
from bridge.store.rows import ClientState, StoredRecord, parse_event, parse_record, parse_subject

OPEN_STATES = tuple(state.value for state in OPEN)


class ClientReader:
    """Reads one client's state inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, client: str) -> None:
        self._c = connection
        self._workspace = workspace
        self._client = client

    def state(self) -> ClientState:
        """Everything kept about the client."""
        c = self._c
        version = c.execute(sa.select(t.clients.c.version).where(t.clients.c.client == self._client)).scalar_one()
        subjects = tuple(
            parse_subject(row)
            for row in c.execute(
                sa.select(t.subjects)
                .where(t.subjects.c.client == self._client, t.subjects.c.alias_of == "")
                .order_by(t.subjects.c.n)
            )
        )
        ids = [subject.id for subject in subjects]
        events = [
            (parse_event(row), row.state, row.parked_since)
            for row in c.execute(
                sa.select(t.events)
                .where(t.events.c.client == self._client, t.events.c.state.in_(("new", "parked")))
                .order_by(t.events.c.sequence)
            )
        ]
        return ClientState(
            client=self._client,
            version=version,
            subjects=subjects,
            records=self._records(ids),
            facts={
                (row.subject, row.field): (row.value, row.at)
                for row in c.execute(sa.select(t.facts).where(t.facts.c.subject.in_(ids)))
            },
            written=self._written(ids),
            moving=self._moving(),
            chats=self._chats(ids),
            tokens={
                (row.subject, row.purpose): row.token
                for row in c.execute(
                    sa.select(t.tokens).where(t.tokens.c.subject.in_(ids)).order_by(t.tokens.c.created_at)
                )
            },
            events=tuple(event for event, _state, _since in events),
            parked={event.id: since for event, state, since in events if state == "parked"},
            timers=tuple(
                parse_timer(row)
                for row in c.execute(
                    sa.select(t.timers)
                    .where(t.timers.c.client == self._client, t.timers.c.state == "live")
                    .order_by(t.timers.c.due, t.timers.c.key)
                )
            ),
            edges={
                (row.rule, row.subject): Edge(row.value, row.flips)
                for row in c.execute(sa.select(t.edges).where(t.edges.c.subject.in_(ids)))
            },
            runs={
                (row.rule, row.subject): Ran(row.times, row.last_at)
                for row in c.execute(sa.select(t.runs).where(t.runs.c.subject.in_(ids)))
            },
            documents=self._documents(ids),
            waiting=self._waiting(),
            seen_up_to={
                row.source: row.seen_up_to
                for row in c.execute(sa.select(t.sources).where(t.sources.c.workspace == self._workspace))
                if row.seen_up_to is not None
            },
        )

    def _records(self, ids: Sequence[str]) -> dict[str, tuple[StoredRecord, ...]]:
        joined = sa.and_(
            t.records.c.workspace == t.links.c.workspace,
            t.records.c.system == t.links.c.system,
            t.records.c.account == t.links.c.account,
            t.records.c.kind == t.links.c.kind,
            t.records.c.remote_id == t.links.c.remote_id,
        )
        query = (
            sa.select(t.records, t.links.c.local_id)
            .join(t.links, joined)
            .where(t.links.c.local_id.in_(ids))
            .order_by(t.links.c.at)
        )
        found: dict[str, list[StoredRecord]] = {}
        for row in self._c.execute(query):
            found.setdefault(row.local_id, []).append(parse_record(row))
        return {local: tuple(records) for local, records in found.items()}

    def _written(self, ids: Sequence[str]) -> dict[tuple[str, str], Plain]:
        rows = self._c.execute(
            sa.select(t.lineage).where(t.lineage.c.subject.in_(ids), t.lineage.c.delivery != "").order_by(t.lineage.c.n)
        )
        return {(row.subject, row.field): row.value for row in rows}

    def _moving(self) -> dict[str, str]:
        """The list a card is on its way to, by subject: what is wanted counts as done until it is known otherwise."""
        rows = self._c.execute(
            sa.select(t.deliveries)
            .where(
                t.deliveries.c.client == self._client,
                t.deliveries.c.kind.in_((MoveCard.kind, CreateCard.kind)),
                t.deliveries.c.state.in_(OPEN_STATES),
            )
            .order_by(t.deliveries.c.n)
        )
        return {row.subject: row.decision["list"] for row in rows}

    def _chats(self, ids: Sequence[str]) -> dict[str, str]:
        """The newest open chat of each client."""
        joined = sa.and_(
            t.records.c.system == t.links.c.system,
            t.records.c.account == t.links.c.account,
            t.records.c.kind == t.links.c.kind,
            t.records.c.remote_id == t.links.c.remote_id,
        )
        query = (
            sa.select(t.links.c.local_id, t.links.c.remote_id, t.records.c.fields)
            .outerjoin(t.records, joined)
            .where(t.links.c.local_id.in_(ids), t.links.c.kind == "chat")
            .order_by(t.links.c.at)
        )
        return {
            row.local_id: row.remote_id
            for row in self._c.execute(query)
            if (row.fields or {}).get("state", "open") == "open"
        }

    def _documents(self, ids: Sequence[str]) -> dict[tuple[str, str], MadeDocument]:
        rows = self._c.execute(
            sa.select(t.deliveries)
            .where(
                t.deliveries.c.client == self._client,
                t.deliveries.c.subject.in_(ids),
                t.deliveries.c.kind == "make_document",
                t.deliveries.c.state.not_in((State.DEAD.value, State.CANCELLED.value)),
            )
            .order_by(t.deliveries.c.n)
        )
        return {
            (row.subject, row.decision["template"]): MadeDocument(row.decision["version"], row.decision["key"])
            for row in rows
        }

    def _waiting(self) -> tuple[Waiting, ...]:
        rows = self._c.execute(
            sa.select(t.deliveries).where(
                t.deliveries.c.client == self._client,
                t.deliveries.c.calls_off != "",
                t.deliveries.c.attempts == 0,
                t.deliveries.c.doubt.is_(False),
                t.deliveries.c.state.in_((State.WAITING.value, State.HELD.value)),
            )
        )
        return tuple(Waiting(row.id, row.calls_off, row.subject, (row.cause or {}).get("step", "")) for row in rows)


def parse_timer(row: Any) -> Timer:
    """A timer from its row."""
    return Timer(
        key=row.key,
        rule=row.rule,
        subject=row.subject,
        step=row.step,
        start=row.start,
        due=row.due,
        formula=row.formula,
        occurrence=row.occurrence,
        because=row.because,
        data=row.data,
    )
