"""Who at a client is written to, as one transaction sees them, and the codes by which they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bridge.model.correspondents import Correspondent, parse_correspondent
from bridge.model.records import Ref
from bridge.store import statements as q

WAS = "was "
"""Why a group is bound that was bound under another id before, which follows."""
WITHDRAWN = "withdrawn"
"""By whom a code counts as used that people have taken back."""


def fact_of(chat: Ref) -> str:
    """The name under which the bridge keeps what it knows of a client's chat, among the facts of that client."""
    return f"chat:{chat.system}:{chat.id}"


def correspondents(connection: sa.Connection, workspace: str, client: str) -> tuple[Correspondent, ...]:
    """Everybody at the client who has a chat, who came last first. A group that has moved on is not among them."""
    given = {"workspace": workspace, "local_id": client}
    rows = connection.execute(q.CHATS_OF, given).all()
    if not rows:
        return ()
    kept = {row.field: row.value for row in connection.execute(q.CHAT_FACTS, {"subject": client})}
    moved = {row.because.removeprefix(WAS) for row in rows}
    return tuple(_parsed(row, kept) for row in rows if row.remote_id not in moved)


def is_closed(fields: Mapping[str, Any] | None, *, deleted: bool | None) -> bool:
    """Whether what is kept of a chat says that nothing arrives there."""
    return bool(deleted) or (fields or {}).get("state", "open") != "open"


def _parsed(row: Any, kept: Mapping[str, Any]) -> Correspondent:
    chat = Ref(row.system, row.account, row.kind, row.remote_id)
    fields = row.fields or {}
    name = str(fields.get("title") or fields.get("username") or row.remote_id)
    is_open = not is_closed(fields, deleted=row.deleted)
    before = row.because.removeprefix(WAS) if row.because.startswith(WAS) else ""
    known = kept.get(fact_of(chat)) or {}
    return parse_correspondent(chat, name, known, is_open=is_open, bound_at=row.bound_at, before=before)
