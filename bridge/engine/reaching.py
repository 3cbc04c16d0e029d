"""How a client is reached: in their chat, and by a letter while no chat reaches them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.model.correspondents import Correspondent, Role, also_read_by, written_to
from bridge.model.decisions import Capability, Decision, SendMessage
from bridge.model.planning import Wanted
from bridge.model.records import Record, Ref
from bridge.store import Store
from bridge.store.intake import Intake
from bridge.store.rows import Row, StoredRecord
from rules.ruleset import RuleSet

if TYPE_CHECKING:
    from bridge.engine.readiness import Ready

NOBODY_THERE = frozenset({"blocked", "cannot-initiate", "chat-not-found"})
"""What chat services say where nobody reads us any more, as codes of ConnectorError."""
NO_MAILBOX = "no-mailbox"
"""What a mail server says of an address that is nobody's, as a code of ConnectorError."""
REFUSED, STOPPED, TAKES = "refused", "stopped", "takes"
"""How an address stands: its server has said that it is nobody's, its owner wants no letters, or it takes them."""
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def way_to_client(
    decision: Decision, related: Mapping[str, Ref], context: Context, served: Collection[str], store: Store
) -> str:
    """The connector by which a message goes to a client; "" for what is no such message, or answers one certain chat.

    `related` are the client's things. A letter takes the place of a chat that is not there or was shut, where the
    agency writes letters and an address is known; and an SMS that of both, for texts that may go so.
    """
    if not isinstance(decision, SendMessage) or not decision.to_client or decision.chat:
        return ""
    by = context.in_charge.get(Capability.CHAT, "")
    chat = related.get(f"{system_of(by)}.chat")
    letters = context.in_charge.get(Capability.LETTERS, "")
    if chat is not None and not is_shut(chat, store):
        return by
    if letters in served and letter_box(related, letters, store):
        return letters
    return sms_way(decision, related, context, served, store) or by


def sms_way(
    decision: SendMessage, related: Mapping[str, Ref], context: Context, served: Collection[str], store: Store
) -> str:
    """The connector by which a text goes as an SMS; "" where none does, it may not, or no number is known."""
    by, text = context.in_charge.get(Capability.SMS, ""), context.ruleset.texts.get(decision.template)
    may = by in served and text is not None and text.sms and not decision.document
    return by if may and phone_of(related, by, store) is not None else ""


def phone_of(related: Mapping[str, Ref], by: str, store: Store) -> Ref | None:
    """The number of a client, as +380441234567, for the connector that sends SMS; `related` as above."""
    contacts = [ref for _name, ref in sorted(related.items()) if ref.kind == "contact"]
    number = number_of(store.kept(contacts).values())
    return Ref(by, "main", "phone", number) if number else None


def purpose_of(decision: SendMessage, ruleset: RuleSet) -> Role:
    """Who at a client a message is for."""
    text = ruleset.texts.get(decision.template)
    return text.whom if text is not None else Role.READS


def chat_to_write_to(purpose: Role, correspondents: Sequence[Correspondent]) -> Ref | None:
    """The chat into which a message goes, or went before it was shut; None where nobody is there for it."""
    chosen = written_to(purpose, correspondents)
    if chosen is not None:
        return chosen.chat
    shut = (one for one in correspondents if not one.is_open and (purpose is Role.READS or not one.only_reads))
    return next((one.chat for one in shut), None)


def asked_for_silence(purpose: Role, correspondents: Sequence[Correspondent]) -> bool:
    """Whether those whom a message would reach asked for no automatic ones, and nobody else is there to read it."""
    there = [one for one in correspondents if one.is_open or one.stopped_at is not None]
    there = [one for one in there if purpose is Role.READS or not one.only_reads]
    return bool(there) and all(one.stopped_at is not None for one in there)


def pass_on(intake: Intake, row: Row, ready: Ready, context: Context) -> None:
    """News that has reached one person at a client goes to all others who are to read it, each once.

    Each of them is a delivery of its own, which tells no rule anything. What asks for an answer is for one person.
    """
    decision = ready.decision
    if not isinstance(decision, SendMessage) or not decision.to_client or decision.chat or decision.buttons:
        return
    theirs = intake.correspondents(row.client)
    read = next((one for one in theirs if one.chat == ready.target), None)
    for other in also_read_by(purpose_of(decision, context.ruleset), read, theirs) if read is not None else ():
        whole = replace(decision, chat=other.chat.id, parts=(), said=0)
        wanted = Wanted(f"also:{row.id}:{other.chat.id}", whole, row.subject, row.cause)
        intake.want(wanted, client=row.client, connector=row.connector, lane=f"chat:{other.chat.id}")


def is_shut(chat: Ref, store: Store) -> bool:
    """Whether the bot is blocked there or was sent away, as far as it is known."""
    kept = store.kept([chat]).get(chat)
    return kept is not None and (kept.deleted or kept.fields.get("state") == "blocked")


def letter_box(related: Mapping[str, Ref], by: str, store: Store) -> Ref | None:
    """Where letters to a client go, for the connector that sends them; `related` as above.

    None, too, for an address that a mail server has refused as nobody's, for which staff have to write down another
    one, and for one whose owner wants no letters.
    """
    contacts = [ref for _name, ref in sorted(related.items()) if ref.kind == "contact"]
    address = address_of(store.kept(contacts).values())
    box = mailbox(by, address)
    return box if address and takes_letters(store.kept([box]).values(), address) else None


def mailbox(by: str, address: str) -> Ref:
    """An address as the connector of letters knows it."""
    return Ref(by, "main", "address", address)


def takes_letters(records: Iterable[StoredRecord], address: str) -> bool:
    """Whether nothing is known that keeps letters from an address."""
    boxes = (kept for kept in records if kept.ref.kind == "address" and kept.ref.id == address)
    return all(kept.fields.get("state") == TAKES for kept in boxes)


def keep_box(intake: Intake, client: str, box: Ref, state: str, words: str = "") -> None:
    """Writes down how a mailbox stands from now on, and in which words its server said so."""
    record = Record(box, {"state": state, "words": words}, intake.now)
    intake.put(record, intake.stored([box]).get(box))
    if client and not intake.local(box):
        intake.bind(box, client, "an address of theirs")
    intake.dirty(client)


def number_of(records: Iterable[StoredRecord]) -> str:
    """The number, as +380441234567, that a contact among a client's things shows; "" where there is none."""
    shown = (str(kept.fields.get("phone") or "") for kept in records if kept.ref.kind == "contact" and not kept.deleted)
    return next(filter(_NUMBER.fullmatch, shown), "")


def address_of(records: Iterable[StoredRecord]) -> str:
    """The address that a contact among a client's things shows; "" where there is none."""
    shown = (str(kept.fields.get("email") or "") for kept in records if kept.ref.kind == "contact" and not kept.deleted)
    return next(filter(None, shown), "")
