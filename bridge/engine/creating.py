"""What a card made by hand says of its client, when the client and the deal are to stand in the task system as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.engine.pairing import PAIR
from bridge.model.decisions import CreateContact, CreateDeal
from bridge.model.deliveries import State
from bridge.model.planning import Plan, Wanted
from bridge.model.reasons import TRIED_AGAIN
from bridge.model.records import Ref
from bridge.store import Store
from bridge.store.intake import Intake
from bridge.store.keys import EMAIL, PHONE
from bridge.store.rows import ClientState, StoredRecord

_SAYS = ("card", "response")
"""What carries the phone and e-mail of a client that has no contact yet."""


def with_clients(plan: Plan, state: ClientState, store: Store) -> Plan:
    """The plan with what is known of those for whom contacts and deals are to be made; without what is there already.

    While others have the same phone, or the card is a copy of a client's, and nobody has said whose it is, both are
    held: a second contact of one person is worse than a late one.
    """
    if not any(isinstance(one.decision, (CreateContact, CreateDeal)) for one in plan.wanted):
        return plan
    made = (_filled(one, state, store) for one in plan.wanted)
    return replace(plan, wanted=tuple(one for one in made if one is not None))


def _filled(wanted: Wanted, state: ClientState, store: Store) -> Wanted | None:
    records = [one for subject in state.records.values() for one in subject if not one.deleted]
    has_contact = any(one.ref.kind == "contact" for one in records)
    shared = not has_contact and (bool(store.contacts_with(_keys(records, store))) or _is_asked(records, store))
    match wanted.decision:
        case CreateContact() as decision:
            keys = sorted(_keys(records, store))
            phones = tuple(value for what, value in keys if what == PHONE)
            emails = tuple(value for what, value in keys if what == EMAIL)
            made = replace(decision, phones=phones, emails=emails)
            return None if has_contact else replace(wanted, decision=made, held=shared)
        case CreateDeal() as decision:
            own = state.records.get(wanted.subject, ())
            if any(one.ref.kind == "task" and not one.deleted for one in own):
                return None
            card = next((one.url for one in own if one.ref.kind == "card" and not one.deleted), "")
            return replace(wanted, decision=replace(decision, card=card), held=shared)
        case _:
            return wanted


def _is_asked(records: Sequence[StoredRecord], store: Store) -> bool:
    """Whether people are being asked whose a card is."""
    cards = {str(one.ref) for one in records if one.ref.kind == "card"}
    return any(item.kind == PAIR and item.about in cards for item in store.inbox())


def _keys(records: Sequence[StoredRecord], store: Store) -> set[tuple[str, str]]:
    return store.keys_of([one.ref for one in records if one.ref.kind in _SAYS])


def bind_contact(intake: Intake, client: str, contact: Ref, delivery: str) -> None:
    """The contact that was made or found is the client's; where it is another client's by now, both are one."""
    known = intake.client_of(intake.local(contact))
    if known and known != intake.client_of(client):
        intake.merge(client, known)
    elif not known:
        intake.bind(contact, client, f"made by {delivery}")


def go_on(intake: Intake, client: str) -> None:
    """Somebody has said whose a card is: what was held until then goes on."""
    for row in intake.held(client):
        if isinstance(row.decision, (CreateContact, CreateDeal)):
            intake.decide(row.id, State.WAITING, reason=TRIED_AGAIN)
