"""How a client is reached: in their chat, and by a letter while no chat reaches them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.model.decisions import Capability, Decision, SendMessage
from bridge.model.records import Ref
from bridge.store import Store
from bridge.store.rows import StoredRecord

NOBODY_THERE = frozenset({"blocked", "cannot-initiate", "chat-not-found"})
"""What chat services say where nobody reads us any more, as codes of ConnectorError."""


def way_to_client(
    decision: Decision, related: Mapping[str, Ref], context: Context, served: Collection[str], store: Store
) -> str:
    """The connector by which a message goes to a client; "" for what is no such message, or answers one certain chat.

    `related` are the client's things. A letter takes the place of a chat that is not there or was shut, where the
    agency writes letters and an address is known.
    """
    if not isinstance(decision, SendMessage) or not decision.to_client or decision.chat:
        return ""
    by = context.in_charge.get(Capability.CHAT, "")
    chat = related.get(f"{system_of(by)}.chat")
    letters = context.in_charge.get(Capability.LETTERS, "")
    if letters in served and (chat is None or is_shut(chat, store)) and letter_box(related, letters, store):
        return letters
    return by


def is_shut(chat: Ref, store: Store) -> bool:
    """Whether the bot is blocked there or was sent away, as far as it is known."""
    kept = store.kept([chat]).get(chat)
    return kept is not None and (kept.deleted or kept.fields.get("state") == "blocked")


def letter_box(related: Mapping[str, Ref], by: str, store: Store) -> Ref | None:
    """Where letters to a client go, for the connector that sends them; `related` as above."""
    contacts = [ref for _name, ref in sorted(related.items()) if ref.kind == "contact"]
    address = address_of(store.kept(contacts).values())
    return Ref(by, "main", "address", address) if address else None


def address_of(records: Iterable[StoredRecord]) -> str:
    """The address that a contact among a client's things shows; "" where there is none."""
    shown = (str(kept.fields.get("email") or "") for kept in records if kept.ref.kind == "contact" and not kept.deleted)
    return next(filter(None, shown), "")
