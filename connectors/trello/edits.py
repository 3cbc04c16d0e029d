"""Who gave a field of a card another value, and when: lists of actions and webhooks tell it, a card does not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC

from pydantic import ValidationError

from bridge.model.records import Happening
from bridge.model.values import Plain, moment_text, parse_moment
from connectors.trello.blocks import described
from connectors.trello.custom_fields import field_value
from connectors.trello.foreign import Action, Before, CustomField, FieldItem
from connectors.trello.mapping import action_ref, actor_of, card_ref
from connectors.trello.names import Names, Unnamed
from connectors.trello.settings import TrelloMapping
from connectors.trello.texts import is_cut


def parse_edits(action: Action, names: Names, mapping: TrelloMapping) -> Iterator[Happening]:
    """What an action changed of a card, as its record shows it from then on."""
    changed = [(name, after) for name, _before, after in changes_of(action, names, mapping)]
    desc, old = action.data.card.desc or "", action.data.old
    if action.type == "updateCard" and old is not None and "desc" in old.model_fields_set and not is_cut(desc):
        changed.append(("description", described(desc)))
    for name, value in changed:
        yield Happening(
            ref=action_ref(f"{action.id}:{name}:edited", mapping),
            kind="field.edited",
            at=action.date.astimezone(UTC),
            about=card_ref(action.data.card.id, mapping),
            actor=actor_of(action, names, mapping),
            data={"field": name, "value": value},
        )


def changes_of(action: Action, names: Names, mapping: TrelloMapping) -> Iterator[tuple[str, Plain, Plain]]:
    """What of a card's facts an action changed: by our name, what it was and what it became."""
    card, old = action.data.card, action.data.old
    if old is None:
        return
    if action.type == "updateCard":
        if "name" in old.model_fields_set:
            yield "name", str(old.name or ""), card.name
        if "due" in old.model_fields_set:
            yield "due", _moment(old.due), _moment(card.due)
        if "dueComplete" in old.model_fields_set:
            yield "done", bool(old.dueComplete), bool(card.dueComplete)
    field, new = action.data.customField, action.data.customFieldItem
    if action.type == "updateCustomFieldItem" and field and new and mapping.keep_facts == "fields":
        for key, wanted in mapping.fields.items():
            with suppress(Unnamed, ValidationError, ValueError):
                definition = names.custom_field(action.data.board.id, wanted)
                if definition.id == field.id:
                    yield key, _held(old, definition), _held(new, definition)


def _held(item: Before, definition: CustomField) -> Plain:
    """What a custom field held. Raises ValidationError and ValueError for what is no value."""
    value = {"idCustomField": definition.id, "value": item.value, "idValue": item.idValue}
    return field_value(FieldItem.model_validate(value), definition)


def _moment(text: object) -> str | None:
    try:
        return moment_text(parse_moment(str(text))) if text else None
    except ValueError:
        return None
