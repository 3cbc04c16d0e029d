"""Reading everything that is kept about one client, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from bridge.model.checklists import Put
from bridge.model.decisions import (
    CreateCard,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
    parse_decision,
)
from bridge.model.deliveries import OPEN, State
from bridge.model.merging import SYNC
from bridge.model.planning import Edge, MadeDocument, Ran, Timer, Waiting
from bridge.model.questions import IN_COLUMNS, Question, fingerprint, parse_question
from bridge.store import statements as q
from bridge.store.correspondents import WAS, is_closed
from bridge.store.rows import (
    ClientState,
    StoredRecord,
    parse_access,
    parse_agreed,
    parse_event,
    parse_pending,
    parse_record,
    parse_subject,
)

Facts: TypeAlias = dict[tuple[str, str], tuple[Any, Any]]
OPEN_STATES = tuple(state.value for state in OPEN)
_PARTS = {
    "events": q.CLIENT_EVENTS,
    "facts": q.CLIENT_FACTS,
    "written": q.CLIENT_WRITTEN,
    "agreed": q.CLIENT_AGREED,
    "tokens": q.CLIENT_TOKENS,
    "accesses": q.CLIENT_ACCESSES,
    "timers": q.CLIENT_TIMERS,
    "edges": q.CLIENT_EDGES,
    "runs": q.CLIENT_RUNS,
    "deliveries": q.CLIENT_DELIVERIES,
    "questions": q.CLIENT_QUESTIONS,
}
"""What is read only where there is any of it."""
_NOT_STARTED = (State.WAITING.value, State.HELD.value)


class ClientReader:
    """Reads one client's state inside one transaction."""

    def __init__(self, connection: sa.Connection, workspace: str, client: str) -> None:
        self._c = connection
        self._given = {"workspace": workspace, "client": client}

    def state(self) -> ClientState:
        """Everything kept about the client."""
        there = self._c.execute(q.CLIENT, self._given).one()
        found = {part: self._rows(statement) if getattr(there, part) else () for part, statement in _PARTS.items()}
        facts = {(row.subject, row.field): (row.value, row.at) for row in found["facts"]}
        records, chats = self._things(facts)
        moving, documents, lists, waiting = self._deliveries(found["deliveries"])
        return ClientState(
            client=self._given["client"],
            version=there.version,
            subjects=tuple(parse_subject(row) for row in self._rows(q.CLIENT_SUBJECTS)),
            records=records,
            facts=facts,
            written={(row.subject, row.field): row.value for row in found["written"]},
            agreed={(row.ref, row.field): parse_agreed(row) for row in found["agreed"]},
            pending=tuple(parse_pending(row) for row in found["deliveries"] if row.key.startswith(f"{SYNC}:")),
            moving=moving,
            chats=chats,
            tokens={(row.subject, row.purpose): row.token for row in found["tokens"]},
            accesses=tuple(parse_access(row) for row in found["accesses"]),
            events=tuple(parse_event(row) for row in found["events"]),
            parked={row.id: row.parked_since for row in found["events"] if row.state == "parked"},
            timers=tuple(parse_timer(row) for row in found["timers"]),
            edges={(row.rule, row.subject): Edge(row.value, row.flips) for row in found["edges"]},
            runs={(row.rule, row.subject): Ran(row.times, row.last_at) for row in found["runs"]},
            documents=documents,
            lists=lists,
            waiting=waiting,
            questions={row.id: _parse_question(row) for row in found["questions"]},
            seen_up_to={row.source: row.seen_up_to for row in self._rows(q.SOURCES) if row.seen_up_to is not None},
        )

    def _rows(self, statement: sa.Select[Any]) -> Sequence[Any]:
        return self._c.execute(statement, self._given).all()

    def _things(self, facts: Facts) -> tuple[dict[str, tuple[StoredRecord, ...]], dict[str, str]]:
        """What was read of each subject, and the newest chat of each client in which messages are taken."""
        records: dict[str, list[StoredRecord]] = {}
        chats: dict[str, str] = {}
        rows = self._rows(q.CLIENT_THINGS)
        moved = {row.because.removeprefix(WAS) for row in rows if row.link_kind == "chat"}
        for row in rows:
            if row.version is not None:
                records.setdefault(row.local_id, []).append(parse_record(row))
            is_there = row.link_kind == "chat" and row.link_remote_id not in moved
            if is_there and not is_closed(row.fields, deleted=row.deleted):
                kept, _at = facts.get((row.local_id, f"chat:{row.link_system}:{row.link_remote_id}"), ({}, None))
                if not (kept or {}).get("stopped_at"):
                    chats[row.local_id] = row.link_remote_id
        return {local: tuple(found) for local, found in records.items()}, chats

    def _deliveries(
        self, rows: Sequence[Any]
    ) -> tuple[dict[str, str], dict[tuple[str, str], MadeDocument], dict[str, tuple[Put, ...]], tuple[Waiting, ...]]:
        """The list a card is on its way to, the newest documents, checklists, and what may still be called off.

        A move that is wanted counts as done until it is known otherwise.
        """
        moving: dict[str, str] = {}
        documents: dict[tuple[str, str], MadeDocument] = {}
        lists: dict[str, tuple[Put, ...]] = {}
        waiting: list[Waiting] = []
        for row in rows:
            if row.kind == MakeDocument.kind:
                made = MadeDocument(row.decision["version"], row.decision["key"])
                documents[(row.subject, row.decision["template"])] = made
            elif row.kind == PutChecklist.kind:
                lists[row.subject] = (*lists.get(row.subject, ()), parse_put(row.decision, row.state))
            elif row.kind in (MoveCard.kind, CreateCard.kind) and row.state in OPEN_STATES:
                moving[row.subject] = row.decision["list"]
            if row.calls_off and row.attempts == 0 and not row.doubt and row.state in _NOT_STARTED:
                waiting.append(Waiting(row.id, row.calls_off, row.subject, (row.cause or {}).get("step", "")))
        return moving, documents, lists, tuple(waiting)


def _parse_question(row: Any) -> Question:
    """A question from its row and that of the message that asks it: its words count once they went out."""
    message = parse_decision(row.decision) if row.decision and row.first_tried_at else None
    content = fingerprint(message) if isinstance(message, SendMessage) else ""
    columns = {name: getattr(row, name) for name in IN_COLUMNS}
    return parse_question(columns, row.data, content)


def parse_put(decision: Any, state: str) -> Put:
    """What a delivery tells of the checklist that it put on a card, or is about to."""
    return Put(decision["title"], bool(decision["another"]), str(decision["not_by"]), state in OPEN_STATES)


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
