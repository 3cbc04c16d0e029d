"""The types of facts: each explained once, with a declaration as an admin writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.model.fields import FieldType


@dataclass(frozen=True, slots=True)
class Explained:
    """What a type is for, and an example of a fact of it."""

    said: str
    example: str


FIELD_TYPES: Mapping[FieldType, Explained] = {
    FieldType.TEXT: Explained(
        "Words, a phone, an address, a number that is not counted with.",
        "client.phone: {type: text, from: planfix.contact.phone}",
    ),
    FieldType.CHOICE: Explained(
        "One of a closed list of values; left out, `of` is what the live board or field has.",
        "client.state: {type: choice, of: [lead, active, lost], from: bridge, default: lead}",
    ),
    FieldType.FLAG: Explained(
        "Yes or no, written true or false.", "deal.prepaid: {type: flag, from: planfix.task.prepaid}"
    ),
    FieldType.NUMBER: Explained("A number to compare by size.", "deal.hours: {type: number, from: planfix.task.hours}"),
    FieldType.MONEY: Explained(
        "A sum with its currency; commercial without being told: kept out of a client's chat and off the card.",
        "deal.sum: {type: money, from: planfix.task.sum}",
    ),
    FieldType.MOMENT: Explained(
        "A date with its time. Compared with dates, moments and `now`.", "brief.sent_at: {type: moment, from: bridge}"
    ),
    FieldType.DATE: Explained("A day without a time.", "invoice.due: {type: date, from: planfix.invoice.due}"),
    FieldType.PERSON: Explained(
        "Somebody of the staff, by the key in people.yaml.",
        "client.manager: {type: person, from: planfix.contact.owner}",
    ),
    FieldType.LENGTH: Explained(
        "A length of time that each client may have otherwise.",
        "client.forget_after: {type: length, from: planfix.contact.forget_after, default: 75d}",
    ),
    FieldType.SET: Explained(
        "Several values at once, such as the labels of a card.",
        "card.labels: {type: set, of: [VIP, Терміново], from: trello.card.labels}",
    ),
    FieldType.LIST: Explained(
        "Rows that the bridge itself puts together for a report.", "week.forgotten: {type: list, from: bridge}"
    ),
}
