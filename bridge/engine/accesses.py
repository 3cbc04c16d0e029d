"""One-time links into messages, and people's words on the accesses that came by them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bridge.engine.context import Context
from bridge.engine.snapshots import snapshot_of
from bridge.model.decisions import SendMessage
from bridge.model.events import Actor, Event
from bridge.model.planning import Snapshot
from bridge.model.values import Plain, moment_text
from bridge.model.vault import CHECKED, LINK, MISSING, PATH, WRONG, Access, AccessState, digest_of, waiting_links
from bridge.store import Store
from bridge.store.intake import Intake

BUTTONS = {"access-works": AccessState.CHECKED, "access-fails": AccessState.WRONG}
"""The buttons by which people say whether an access works."""
_TOKEN_BYTES = 32
_CHANGED = {
    AccessState.RECEIVED.value: (MISSING, True),
    AccessState.CHECKED.value: (CHECKED, False),
    AccessState.WRONG.value: (WRONG, False),
}
"""The fact that what becomes of an access changes, and whether the access leaves it."""


def with_links(decision: SendMessage, subject: str, context: Context, store: Store, now: datetime) -> SendMessage:
    """The message as it goes out to a client, each place of a one-time link filled with a new one.

    Only this copy holds it: what is kept of the message does not open anything. A place that names a deal of somebody
    else, as a client could write one, stays as it is. Raises StoreError.
    """
    vault = context.vault
    places = list(waiting_links(decision.text, vault.address)) if vault is not None and decision.to_client else []
    if vault is None or not places:
        return decision
    text = decision.text
    with store.intake(now) as intake:
        client = intake.client_of(subject)
        for place in places:
            names = [name for name in place.names if name in vault.accesses]
            if not names or not client or intake.client_of(place.deal) != client:
                continue
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            expires_at = now + vault.link
            intake.accesses.ask(place.deal, names, digest_of(token), decision.language, expires_at)
            text = text.replace(place.text, f"{vault.address}{PATH}{token}")
    return replace(decision, text=text)


def place_of(snapshot: Snapshot) -> str:
    """What stands for a one-time link in a text to this client: of the newest deal that lacks an access, "" for none.

    In a message to the client it becomes the link itself, at the moment of sending.
    """
    deals = [one for one in snapshot.subjects.values() if one.kind == "deal" and LINK in one.facts]
    found = [str(one.facts[LINK].value) for one in deals if one.facts[LINK].value]
    return found[-1] if found else ""


def link_by_hand(store: Store, context: Context, client: str, language: str, now: datetime, by: Actor) -> str:
    """A one-time link for somebody whom the bridge does not write to, and who made it; "" where nothing is missing.

    Whoever gets it passes it on: it is told once, and kept nowhere.
    """
    place = place_of(snapshot_of(store.load_client(client), context))
    if not place:
        return ""
    made = with_links(SendMessage("client", place, language=language), client, context, store, now)
    with store.intake(now) as intake:
        [waiting] = waiting_links(place, context.vault.address if context.vault is not None else "")
        asked = [one for one in intake.accesses.of(waiting.deal) if one.name in waiting.names]
        note_reading(intake, asked, "linked", by)
    return made.text


def settled(intake: Intake, access: Access | None, state: AccessState, actor: Actor, cause: str) -> bool:
    """Takes a person's word on an access; False when it does not count any more."""
    by = actor.name or actor.id
    if access is None or intake.accesses.settle(access.id, state, by) is None:
        return False
    intake.add_event(access_event(access, state.value, actor, intake.now, cause))
    return True


def note_reading(intake: Intake, accesses: Iterable[Access], what: str, by: Actor) -> None:
    """Writes down that somebody read accesses, threw them away or made a link for them: each time, by name."""
    for access in accesses:
        intake.add_event(access_event(access, what, by, intake.now), wakes=False)


def access_event(access: Access, what: str, actor: Actor, now: datetime, cause: str = "") -> Event:
    """What became of an access; never what is in it. Of what changes a fact rules hear as of any other."""
    id = f"access:{access.id}:{what}:{cause or moment_text(now)}"
    changed = _CHANGED.get(what)
    kind = "field.changed" if changed else f"access.{what}"
    data: dict[str, Plain] = {"access": access.name}
    if changed:
        field, gone = changed
        names: Plain = [access.name]
        data |= {"field": field, "old": names if gone else None, "new": None if gone else names}
    return Event(id, kind, now, now, actor, "bridge", access.subject, data)
