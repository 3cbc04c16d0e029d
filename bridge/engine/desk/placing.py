"""Whose an answer, a card or a chat in the inbox is: who may be meant, and what a person's word does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bridge.engine.binding import take_apart
from bridge.engine.creating import go_on
from bridge.engine.desk.finding import Called, bare
from bridge.engine.pairing import PAIR, Pairing
from bridge.model.events import Actor, Event
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.store.intake import Intake
from bridge.store.rows import InboxItem, StoredRecord, parse_ref

PICK, FOR, REST = "desk-pick-", "desk.command", "desk.rest"
"""How the buttons begin under which clients stand to be picked, and where a message keeps for what."""
BOUND = "inbox.bound"
"""The kind of the event that tells who said whose it is. It wakes no rule."""
_FEW, _ALIKE = 3, 0.75
"""So many clients are suggested, and so like must a name be."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Buttons of a message, and what it keeps for whoever presses them."""

    buttons: Sequence[tuple[str, str]] = ()
    values: Mapping[str, Plain] = field(default_factory=dict)


NO_CHOICES = Choices()


def choices(clients: Mapping[str, str], command: str, rest: str) -> Choices:
    """A button for each client, by id and name."""
    buttons = [(f"{PICK}{place}", name) for place, name in enumerate(clients.values())]
    values: dict[str, Plain] = {f"{PICK}{place}": client for place, client in enumerate(clients)}
    return Choices(buttons, {**values, FOR: command, REST: rest} if clients else {})


def suggested(intake: Intake, known: Called, summary: Mapping[str, object], called: str) -> dict[str, str]:
    """Who may be meant, by id and name: those with the same phone or e-mail, else those who are called alike.

    Nothing is bound because of it: a person picks.
    """
    maybe = summary.get("maybe")
    same = [intake.real(str(one)) for one in maybe] if isinstance(maybe, (list, tuple)) else []
    if same:
        return {client: known.by_client.get(client, client) for client in same[: 2 * _FEW]}
    near = get_close_matches(bare(called), known.by_name, _FEW, _ALIKE) if called else []
    return {client: known.by_client[client] for client in (known.by_name[name] for name in near)}


def places(intake: Intake, item: InboxItem, picked: str) -> list[str]:
    """What the item may be bound to of a client (or a deal) that was picked: itself, or deals."""
    client = intake.client_of(picked)
    if item.kind in ("start", PAIR):
        return [client]
    return [picked] if picked != client else list(intake.children(client, "deal"))


def bind_by_hand(intake: Intake, item: InboxItem, subject: str, by: Actor, key: str) -> None:
    """Somebody has said whose it is: what it brought is planned now, at the time it happened."""
    ref, now, who = parse_ref(item.about), intake.now, by.name or by.id or "hand"
    if item.kind == PAIR:
        subject = Pairing(intake).join(ref, subject, f"bound by {who}")
        go_on(intake, intake.client_of(subject))
    else:
        intake.bind(ref, subject, f"bound by {who}")
        intake.settle_inbox(item.about, f"belongs to {subject}")
        if item.kind == "start":
            data: dict[str, Plain] = {"channel": ref.system, "chat": ref.id}
            intake.add_event(Event(f"{ref}:bound:{subject}", "bound", now, now, Actor(), ref.system, subject, data))
    note = Event(f"{key}:{BOUND}", BOUND, now, now, by, "bridge", subject, {"by": who, "about": item.about})
    intake.add_event(note, item.about, wakes=False)


def who_bound(intake: Intake, item: InboxItem) -> str:
    """Who has said last whose it is; "" where nobody has."""
    said = intake.events_about(parse_ref(item.about), BOUND)
    return str(said[0].data.get("by", "")) if said else ""


def cards_called(intake: Intake, system: str, meant: str) -> list[Ref]:
    """The cards of deals that have that address or that whole name."""
    found = (one for one in intake.find_records(system, "card") if _is_card(one, meant))
    return [one.ref for one in found if intake.local(one.ref)]


def unbind_card(intake: Intake, forms: Sequence[str], card: Ref, by: str) -> int:
    """Takes a card out of its deal; gives the number under which it lies in the inbox from now on."""
    take_apart(intake, card, forms, by)
    return intake.inbox_number(str(card))


def _is_card(record: StoredRecord, meant: str) -> bool:
    wanted = meant.strip()
    return wanted == record.url or wanted.casefold() == str(record.fields.get("name", "")).strip().casefold()
