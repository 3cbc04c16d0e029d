"""What comes into the agency's mailbox: what clients write, and letters to them that did not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.engine.outbox import arrived
from bridge.engine.reaching import REFUSED, STOPPED, TAKES, keep_box, mailbox
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Event
from bridge.model.reasons import ARRIVED_SAYS, SAID
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain
from bridge.store.intake import Intake
from bridge.store.keys import EMAIL
from bridge.store.rows import Row, parse_ref

LETTER, RETURNED = "letter", "letter.returned"
"""What connectors call these happenings."""
_WISHES: Mapping[str, tuple[str, str]] = {"stop": (STOPPED, "chat.stopped"), "resume": (TAKES, "chat.resumed")}


def came(intake: Intake, happening: Happening, event: Event) -> Event | None:
    """What a client writes in a letter is a message like any other; None for a letter of nobody who is known.

    A letter that answers ours is of that client, whichever address it is from, and proves that ours arrived. Whoever
    asks for silence gets no letters from now on, not even one that waits.
    """
    named = event.data.get("answers")
    marks = map(str, named) if isinstance(named, list) else ()
    answered = [row for mark in marks if (row := _letter(intake, mark, event.source)) is not None]
    if answered and event.data.get("own_domain") and not _is_at(answered[0], _domain(happening.about.id)):
        return None  # a colleague who reads along
    subject = intake.real(answered[0].subject) if answered else _bearer(intake, happening.about.id)
    if not subject:
        return None
    for row in (one for named in answered for one in intake.in_message_of(named)):
        if row.state is State.UNKNOWN:
            words = ARRIVED_SAYS.of(who=event.actor.name or event.actor.id)
            intake.decide(row.id, State.CONFIRMED, reason=words, born=arrived(row, intake.now))
    boxes = [box for row in answered if (box := _written_to(row)) is not None] or [
        mailbox(event.source, happening.about.id)
    ]
    wish = _WISHES.get(str(event.data.get("wish")))
    states = [_state(intake, box) for box in boxes]
    if wish is not None and set(states) != {wish[0]}:
        for box in boxes:
            keep_box(intake, intake.client_of(subject), box, wish[0])
        return replace(event, kind=wish[1], subject=subject, data={**event.data, "who": event.actor.name})
    for box, state in zip(boxes, states, strict=True):
        if state == REFUSED and box.id == happening.about.id:
            keep_box(intake, intake.client_of(subject), box, TAKES)  # somebody writes from there: it is somebody's
    return replace(event, kind="message", subject=subject)


def returned(intake: Intake, happening: Happening, event: Event) -> Event | None:
    """A letter to a client came back for good: it did not arrive, whatever was written down of it, and is told once.

    None for what is no letter of ours, or was given up before. An address that is nobody's is written to no more.
    """
    row = _letter(intake, str(event.data.get("delivery", "")), event.source)
    if row is None or row.connector != event.source:
        return None  # it has gone another way meanwhile
    box, words = _written_to(row) or happening.about, str(event.data.get("words", ""))
    lost = [one for one in intake.in_message_of(row) if intake.came_back(one, SAID.of(words=words))]
    if not lost:
        return None
    nobodys = bool(event.data.get("nobodys") and box.id) and happening.about.id in ("", box.id)
    if nobodys:
        keep_box(intake, row.client, box, REFUSED, words)
    told = {"reason": words, "box": box.id if nobodys else "", "with": [one.id for one in lost[1:]]}
    for one in lost[1:]:
        intake.add_event(_undelivered(intake, one, replace(event, id=f"{event.id}:{one.id}"), told))
    return _undelivered(intake, lost[0], event, told)


def _undelivered(intake: Intake, row: Row, event: Event, told: Mapping[str, Plain]) -> Event:
    template = row.decision.template if isinstance(row.decision, SendMessage) else ""
    data: dict[str, Plain] = {**told, "template": template, "delivery": row.id}
    return replace(event, kind="undelivered", subject=intake.real(row.subject), data=data)


def _letter(intake: Intake, mark: str, by: str) -> Row | None:
    """The letter to a client that an outside letter names, also where it came back and was said another way since.

    None for any other delivery.
    """
    row = intake.delivery(mark) if mark else None
    if row is None or not isinstance(row.decision, SendMessage) or not row.subject:
        return None
    if row.connector != by and not row.returned:
        return None
    return row if row.decision.to_client else None


def _written_to(row: Row) -> Ref | None:
    """The mailbox to which a letter went, as its receipt tells; None without one."""
    remote = str((row.receipt or {}).get("remote") or "")
    ref = parse_ref(remote) if remote else None
    return ref if ref is not None and ref.kind == "address" else None


def _is_at(row: Row, domain: str) -> bool:
    box = _written_to(row)
    return box is not None and _domain(box.id) == domain


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _state(intake: Intake, box: Ref) -> str:
    kept = intake.stored([box]).get(box)
    return str(kept.fields.get("state") or TAKES) if kept is not None else TAKES


def _bearer(intake: Intake, address: str) -> str:
    """The one client whose contact has this address; "" for none, and for several."""
    contacts = [ref for ref in intake.bearers(EMAIL, address) if ref.kind == "contact"]
    clients = {intake.client_of(owner) for ref in contacts if (owner := intake.local(ref))}
    return clients.pop() if len(clients) == 1 else ""
