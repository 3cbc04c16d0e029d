"""Who comes to the bot by a chat link, and a person's word on somebody who came by a link that was spent."""

from __future__ import annotations

from dataclasses import replace

from bridge.engine.context import Context
from bridge.engine.inviting import STARTS, ends_at, is_withdrawn, keep, roles_of
from bridge.engine.wishes import back
from bridge.model.correspondents import EVERY_ROLE, Correspondent, Role, roles_with
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.records import Happening, Ref
from bridge.model.values import moment_text
from bridge.store.intake import Intake

VISIT = "start"
"""What lies on people's desk about a chat of which nobody has said yet whose it is."""
NOT_THEIRS = "not-theirs"
BUTTONS: dict[str, Role | None] = {f"theirs-{role}": role for role in Role} | {NOT_THEIRS: None}
"""The answers about a visitor: what they are at the client, or that they are none of theirs."""
_REFUSED = "not theirs"
_BRIDGE = Actor(ActorKind.BRIDGE)


def started(intake: Intake, context: Context, happening: Happening, event: Event) -> Event:
    """What came of a /start: the chat becomes the client's, once. Whoever comes by a spent link waits for staff."""
    payload = str(happening.data.get("payload", ""))
    chat, holder = happening.about, intake.local(happening.about)
    if holder and not payload:
        return back(intake, happening, replace(event, subject=holder))
    code = intake.code(payload, STARTS) if payload else None
    if code is None or is_withdrawn(code):
        return replace(event, kind="start.unknown", subject="")
    if holder == code.subject:
        return back(intake, happening, replace(event, subject=holder))
    data = {**happening.data, "who": _who(happening)}
    if ends_at(code, context.links_last) <= intake.now:
        return replace(event, kind="start.expired", subject=code.subject, data=data)
    if holder:
        return replace(event, kind="start.taken", subject=code.subject, data=data)
    if code.used_at is not None:
        return _visits(intake, chat, code.subject, replace(event, subject=code.subject, data=data))
    others = intake.correspondents(code.subject)
    intake.use_token(code.token, str(chat))
    intake.bind(chat, code.subject, "one-time link")
    roles, thread = roles_of(code), str(happening.data.get("thread") or "")
    if roles != EVERY_ROLE or thread:
        keep(intake, code.subject, Correspondent(chat, roles=roles, thread=thread), "one-time link")
    kind = "joined" if others and roles != EVERY_ROLE else "bound"
    return replace(event, kind=kind, subject=code.subject, data={**data, "channel": chat.system})


def answered(intake: Intake, chat: Ref, client: str, role: Role | None, by: str) -> Event | None:
    """A person's word on a visitor: one of the client's in that role, or (None) not theirs. The first word counts.

    Gives what happened by it; None when the word came too late.
    """
    waiting = intake.on_desk(str(chat))
    if waiting is None or waiting.kind != VISIT or waiting.settled_at is not None or intake.local(chat):
        return None
    if role is None:
        intake.settle_inbox(str(chat), _REFUSED)
        kind = "visitor.refused"
    else:
        intake.bind(chat, client, f"said by {by}")
        keep(intake, client, Correspondent(chat, roles=roles_with(role)), f"said by {by}")
        intake.settle_inbox(str(chat), f"belongs to {client}")
        kind = "joined"
    data = {"channel": chat.system, "chat": chat.id, "by": by, "role": role.value if role else ""}
    name = f"{chat}:{kind}:{client}:{moment_text(intake.now)}"
    return Event(name, kind, intake.now, intake.now, _BRIDGE, "bridge", client, data)


def carry_over(intake: Intake, old: Ref, new: Ref) -> None:
    """A group that nobody has said anything of yet has another id: it waits for a person's word under the new one."""
    client, known = is_waiting(intake, old), intake.on_desk(str(old))
    if client and known is not None:
        intake.settle_inbox(str(old), f"is {new.id} now")
        intake.add_inbox(VISIT, str(new), {**known.summary, "chat": new.id, "was": old.id})


def is_waiting(intake: Intake, chat: Ref) -> str:
    """The client whose link somebody in this chat opened, while nobody has said who it is; "" for nobody such."""
    found = intake.on_desk(str(chat))
    waits = found is not None and found.kind == VISIT and found.settled_at is None
    return str(found.summary.get("client", "")) if found is not None and waits else ""


def _visits(intake: Intake, chat: Ref, client: str, event: Event) -> Event:
    """Somebody came by a link that another one used: they lie on people's desk, unless they were refused before."""
    known = intake.on_desk(str(chat))
    if known is not None and known.settled == _REFUSED and known.summary.get("client") == client:
        return replace(event, kind="start.refused")
    intake.add_inbox(VISIT, str(chat), {"chat": chat.id, "who": event.data["who"], "client": client, "bound_to": ""})
    return replace(event, kind="start.visit")


def _who(happening: Happening) -> str:
    """What people call whoever opened a link."""
    return str(happening.data.get("name") or happening.data.get("username") or happening.about.id)
