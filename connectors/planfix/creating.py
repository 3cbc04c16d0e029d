"""How contacts and deals are made in Planfix: never twice, and no second contact of somebody who is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bridge.model.decisions import CreateContact, CreateDeal
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Clock
from bridge.model.records import Record, Ref
from bridge.model.values import Plain
from connectors.planfix.account import Account
from connectors.planfix.api import NAME, PlanfixApi, PlanfixSettings
from connectors.planfix.fields import why
from connectors.planfix.mapping import (
    CONTACT_FIELDS,
    SYSTEM,
    PlanfixMapping,
    created_after,
    mark_in,
    object_id,
    parse_contact,
)
from connectors.planfix.values import field_body

CLOCKS_APART = timedelta(minutes=10)
"""How far Planfix's clock and ours may disagree when something is looked for by its time."""
_NEW = timedelta(days=1)
"""Contacts made since then may not have been read yet; all others are known by their phones."""
_MOBILE = 1


class Creating:
    """Makes contacts and deals, and finds what an earlier attempt made. Raises ConnectorError."""

    def __init__(
        self, api: PlanfixApi, account: Account, settings: PlanfixSettings, mapping: PlanfixMapping, clock: Clock
    ) -> None:
        self._api = api
        self._account = account
        self._settings = settings
        self._mapping = mapping
        self._clock = clock

    def contact(self, delivery: Delivery, wanted: CreateContact) -> Receipt:
        """Two requests: people may have entered the client just now, and lists run a minute behind."""
        there = delivery.related.get("planfix.contact") or self._alike(wanted)
        if there is not None:
            return self._receipt(there, already=True)
        number, failed = self._api.create_contact(
            {
                "name": wanted.name,
                "isCompany": False,
                "phones": [{"number": phone, "type": _MOBILE} for phone in wanted.phones],
                **({"email": wanted.emails[0]} if wanted.emails else {}),
                **self._mark(delivery),
            }
        )
        return self._receipt(self._ref("contact", number), {"not_set": why(failed)} if failed else None)

    def deal(self, delivery: Delivery, wanted: CreateDeal) -> Receipt:
        """One request: the first of the deal templates, with the client's contact and the address of the card."""
        there = delivery.related.get("planfix.task")
        if there is not None:
            return self._receipt(there, already=True)
        contact = delivery.related.get("planfix.contact")
        if contact is None:
            raise _permanent("the client has no contact in Planfix, and a deal without one is nobody's")
        body: dict[str, Any] = {
            "name": wanted.name,
            "template": {"id": self._account.deal_templates()[0]},
            "counterparty": {"id": f"contact:{contact.id}"},
            **self._mark(delivery),
        }
        if wanted.card and self._mapping.card_field is not None:
            number = self._account.number("task", self._mapping.card_field)
            body["customFieldData"] = [field_body(self._account.definition("task", number), wanted.card, self._mapping)]
        made, failed = self._api.create_task(body)
        return self._receipt(self._ref("task", made), {"not_set": why(failed)} if failed else None)

    def find_contact(self, delivery: Delivery) -> Receipt | None:
        """The contact that an earlier attempt made."""
        found = self._api.contacts(CONTACT_FIELDS, self._since(delivery))
        ours = [one.id for one in found if mark_in(one) == delivery.id]
        return self._receipt(self._ref("contact", min(ours)), already=True) if ours else None

    def find_deal(self, delivery: Delivery) -> Receipt | None:
        """The deal that an earlier attempt made."""
        fields = ("id", "name", "sourceObjectId", "sourceDataVersion")
        ours = [one.id for one in self._api.tasks(fields, self._since(delivery)) if mark_in(one) == delivery.id]
        return self._receipt(self._ref("task", min(ours)), already=True) if ours else None

    def _alike(self, wanted: CreateContact) -> Ref | None:
        """The one new contact with a phone or e-mail of the client's. Of several nobody can choose here."""
        if not wanted.phones and not wanted.emails:
            return None
        found = self._api.contacts(CONTACT_FIELDS, [created_after(self._clock.now() - _NEW, self._mapping.zone)])
        records = [parse_contact(one, {}, self._settings, self._mapping, self._clock.now()) for one in found]
        alike = sorted(record.ref for record in records if not record.deleted and _shares(record, wanted))
        if len(alike) > 1:
            ids = ", ".join(ref.id for ref in alike)
            raise _permanent(f"contacts {ids} have the phone or e-mail of “{wanted.name}”: say whose the card is")
        return alike[0] if alike else None

    def _since(self, delivery: Delivery) -> list[Mapping[str, Any]]:
        if delivery.first_tried_at is None:
            return []
        return [created_after(delivery.first_tried_at - CLOCKS_APART, self._mapping.zone)]

    def _mark(self, delivery: Delivery) -> dict[str, str]:
        return {"sourceObjectId": object_id(delivery.id), "sourceDataVersion": delivery.id}

    def _ref(self, kind: str, id: int) -> Ref:
        return Ref(SYSTEM, self._settings.account, kind, str(id))

    def _receipt(self, remote: Ref, details: Mapping[str, Plain] | None = None, *, already: bool = False) -> Receipt:
        return Receipt(at=self._clock.now(), remote=remote, already=already, details=details or {})


def _shares(record: Record, wanted: CreateContact) -> bool:
    return bool({*record.phones, *record.emails} & {*wanted.phones, *wanted.emails})


def _permanent(what: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PERMANENT)
