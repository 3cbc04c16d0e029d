"""How values come into the fields of a card: only those that nobody changed since it was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from bridge.model.decisions import WriteFields
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain, moment_text
from connectors.http import after_a_write
from connectors.trello.api import TrelloApi
from connectors.trello.blocks import (
    TITLE,
    block,
    described,
    from_line,
    in_block,
    is_facts,
    item_of,
    line_of,
    same_line,
)
from connectors.trello.custom_fields import field_body, field_value, same_moment, same_text, same_value, sent_moment
from connectors.trello.directory import Directory
from connectors.trello.foreign import Card, CustomField, FieldItem
from connectors.trello.mapping import facts_on, labels_of, people_on
from connectors.trello.session import NAME
from connectors.trello.settings import TrelloMapping
from connectors.trello.texts import is_cut, mark_in, shortened, task_line_in

_STANDARD: Mapping[str, Callable[[Card], Plain]] = {
    "name": lambda card: card.name,
    "due": lambda card: moment_text(card.due) if card.due else None,
    "done": lambda card: bool(card.dueComplete),
    "description": lambda card: described(card.desc or ""),
}
"""What a card holds in its own fields, as its record tells it."""
_SETS = ("members", "labels")
_UNKNOWN = ("unknown-name", "unknown-field")
"""Codes of what only an admin can mend, and that concerns one value."""


class _Refused:
    """Why single values were not taken, by their keys. `in_part`: of a set some were."""

    def __init__(self) -> None:
        self.of: dict[str, ConnectorError] = {}
        self.in_part = False

    @contextmanager
    def noting(self, key: str) -> Iterator[None]:
        """Inside, what is wrong with this value alone stops no other. All else is raised."""
        try:
            yield
        except ConnectorError as error:
            if error.retry is not Retry.PERMANENT and error.code not in _UNKNOWN:
                raise
            self.of.setdefault(key, error)


class FieldWriter:
    """Writes fields of cards. Raises ConnectorError, PERMANENT for values that do not fit."""

    def __init__(self, api: TrelloApi, directory: Directory, mapping: TrelloMapping) -> None:
        self._api = api
        self._directory = directory
        self._mapping = mapping

    def look(self, id: str) -> Card:
        """The card as it is now. Names are read before: what people change after this look is overwritten unseen."""
        self._directory.names()
        card = self._api.card(id)
        if self._directory.names().knows(card):
            return card
        self._directory.read_again()  # a list, label or option was made since
        return self._api.card(id)

    def fill(self, card: Card, wanted: WriteFields, link: str = "") -> tuple[bool, dict[str, Plain]]:
        """Whether all was so already, and the details of the receipt: what the card holds, what is left alone.

        `card` is as it was just looked at. All values are checked before the first one is written. What does not fit,
        or names somebody who is not on the board, is told and does not stop the rest; raises when there is no rest.
        `link` is where a text is that does not fit.
        """
        held: dict[str, Plain] = dict.fromkeys(wanted.values)
        due, left, refused = dict[str, Plain](), set[str](), _Refused()
        for key, value in wanted.values.items():
            with refused.noting(key):
                held[key] = self._held(card, key)
                if self._is_overtaken(card, wanted, key, held[key]):
                    left.add(key)
                elif not self._same(card, key, value, held[key]):
                    due[key] = self._fitting(card, key, value, refused)
        held |= self._written(card, due, link, refused)
        if refused.of.keys() == wanted.values.keys() and not refused.in_part:
            raise next(iter(refused.of.values()))
        details: dict[str, Plain] = {"holds": {key: held[key] for key in wanted.values if key not in left}}
        if left:
            details["overtaken"] = {key: held[key] for key in wanted.values if key in left}
        if refused.of:
            details["not_set"] = "; ".join(error.what for error in refused.of.values())
        return not due and not left and not refused.of, details

    def find(self, card: Card, wanted: WriteFields) -> dict[str, Plain] | None:
        """The details of the receipt, when the card holds all that is wanted."""
        held: dict[str, Plain] = {}
        for key, value in wanted.values.items():
            with _Refused().noting(key):
                now = self._held(card, key)
                held |= {key: now} if self._same(card, key, value, now) else {}
        return {"holds": held} if held.keys() == wanted.values.keys() else None

    def _is_overtaken(self, card: Card, wanted: WriteFields, key: str, held: Plain) -> bool:
        """Whether somebody put something else there since: neither what stood there then nor what is wanted."""
        if key not in wanted.base or self._same(card, key, wanted.values[key], held):
            return False
        if key in _SETS:  # an earlier attempt may have got halfway: that is nobody else's doing
            before, after, now = ({*_each(one)} for one in (wanted.base[key], wanted.values[key], held))
            return not before & after <= now <= before | after
        return not self._same(card, key, wanted.base[key], held)

    def _fitting(self, card: Card, key: str, value: Plain, refused: _Refused) -> Plain:
        """The value, if it fits there; of a set the part that does. Raises ConnectorError when nothing does."""
        if key in _SETS:
            return self._known(card, key, value, refused)
        try:
            if key in _STANDARD:
                _standard_body({key: value}, self._mapping.zone)
            elif self._mapping.keep_facts == "fields":
                field_body(self._definition(card, key), value, self._mapping.zone)
            else:
                line_of(self._mapping.fields[key], value)
        except ValueError as error:
            raise _permanent(str(error)) from error
        return value

    def _known(self, card: Card, key: str, value: Plain, refused: _Refused) -> list[str]:
        """Those names of a set that the board has. Raises ConnectorError when they leave nothing to be changed."""
        names = []
        for name in _each(value):
            with refused.noting(key):
                self._id(card, key, name)
                names.append(name)
        if key in refused.of and set(names) == set(_each(self._held(card, key))):
            raise refused.of[key]
        return names

    def _written(self, card: Card, values: Mapping[str, Plain], link: str, refused: _Refused) -> dict[str, Plain]:
        """Write these, and tell what the card holds there by now."""
        try:
            facts = {key: value for key, value in values.items() if key not in _STANDARD and key not in _SETS}
            kept_in = self._mapping.keep_facts
            body = _standard_body(values, self._mapping.zone)
            if "description" in values or (facts and kept_in == "block"):
                body["desc"] = self._description(card, values, facts if kept_in == "block" else {}, link)
            custom = {
                key: (definition, field_body(definition, value, self._mapping.zone))
                for key, value in (facts.items() if kept_in == "fields" else ())
                for definition in (self._definition(card, key),)
            }
            lines = {
                key: line_of(self._mapping.fields[key], value)
                for key, value in (facts.items() if kept_in == "checklist" else ())
            }
        except ValueError as error:
            raise _permanent(str(error)) from error
        sets = {key: {self._id(card, key, name) for name in _each(values[key])} for key in _SETS if key in values}
        held: dict[str, Plain] = {}
        if body:
            answer = self._api.update_card(card.id, body)
            held |= {key: read(answer) for key, read in _STANDARD.items() if key in values}
            if "description" in values and is_cut(answer.desc or ""):
                held["description"] = values["description"]
            if kept_in == "block":
                held |= {key: in_block(answer.desc or "", self._mapping.fields)[key] for key in facts}
        if lines:
            self._list_facts(card, lines)
            held |= {key: from_line(facts[key]) for key in lines}
        for key, (definition, item) in custom.items():
            with refused.noting(key), after_a_write() if held else nullcontext():
                now = self._api.set_field(card.id, definition.id, item)
                try:
                    held[key] = field_value(now, definition)
                except ValueError:  # it is written all the same
                    held[key] = values[key]
        for key, ids in sets.items():
            with after_a_write() if held else nullcontext():
                held[key] = self._shown(self._with(card, key, ids, refused), key)
        return held

    def _description(self, card: Card, values: Mapping[str, Plain], facts: Mapping[str, Plain], link: str) -> str:
        """The text that is wanted, or people's own, with the facts below. Raises ValueError when these do not fit."""
        desc = card.desc or ""
        kept = (task_line_in(desc), block(desc, self._mapping.fields, facts))
        below = "\n\n".join(one for one in kept if one)
        if "description" in values:
            return shortened(str(values["description"] or ""), mark_in(desc), link, below)
        found = shortened(described(desc), mark_in(desc), below=below)
        if is_cut(desc) or is_cut(found):
            raise ValueError("the description leaves no room for facts")
        return found

    def _list_facts(self, card: Card, lines: Mapping[str, tuple[str, bool]]) -> None:
        """Line by line into the checklist of facts: what people tick or write there meanwhile stays."""
        lists = [one for one in card.checklists if is_facts(one.name)]
        own = lists[0] if lists else self._api.create_checklist(card.id, TITLE)
        for key, (name, ticked) in lines.items():
            item = item_of(own.checkItems, self._mapping.fields[key])
            if item is not None:
                self._api.update_check_item(card.id, item.id, name, ticked=ticked)
            else:
                self._api.add_check_item(own.id, name, ticked=ticked)

    def _id(self, card: Card, key: str, name: str) -> str:
        """The id of a member or label. Raises ConnectorError for a name that the board does not have."""
        if key == "labels":
            return self._directory.find(lambda names: names.label(card.idBoard, name)).id
        return self._directory.find(lambda names: names.member(card.idBoard, name, self._mapping))

    def _with(self, card: Card, key: str, ids: set[str], refused: _Refused) -> Card:
        """The card with just these members or labels, put on and taken off one by one.

        Written as one list they would take off what somebody else puts on at the same moment.
        """
        api = self._api
        put_on, take_off = (api.add_label, api.remove_label) if key == "labels" else (api.add_member, api.remove_member)
        now, changed = set(_ids_on(card, key)), False
        for change, id, wanted in [
            *((put_on, id, True) for id in sorted(ids - now)),
            *((take_off, id, False) for id in sorted(now - ids)),
        ]:
            try:
                with after_a_write() if changed else nullcontext():
                    change(card.id, id)
                changed = True
            except ConnectorError as error:  # somebody may have done just that in this moment, which is refused
                if error.retry is not Retry.PERMANENT:
                    raise
                if (id in _ids_on(self._api.card(card.id), key)) is not wanted:
                    refused.of.setdefault(key, error)
                    continue
            now ^= {id}
        refused.in_part |= changed
        return card.model_copy(update={"idLabels" if key == "labels" else "idMembers": tuple(sorted(now))})

    def _shown(self, card: Card, key: str) -> Plain:
        names = self._directory.names()
        return sorted(labels_of(card, names) if key == "labels" else people_on(card, names, self._mapping))

    def _held(self, card: Card, key: str) -> Plain:
        if key in _STANDARD:
            return _STANDARD[key](card)
        if key in _SETS:
            return self._shown(card, key)
        if self._mapping.keep_facts != "fields" and key in self._mapping.fields:
            return facts_on(card, self._mapping)[key]
        definition = self._definition(card, key)
        items: dict[str, FieldItem] = {item.idCustomField: item for item in card.customFieldItems}
        try:
            return field_value(items.get(definition.id), definition)
        except ValueError as error:
            raise _permanent(str(error)) from error

    def _same(self, card: Card, key: str, value: Plain, held: Plain) -> bool:
        try:
            match key:
                case "due":
                    return same_moment(value, held, self._mapping.zone)
                case "done":
                    return bool(value) is bool(held)
                case "members" | "labels":
                    return set(_each(value)) == set(_each(held))
                case "description" if is_cut(card.desc or ""):
                    return bool(held) and str(value or "").strip().startswith(str(held))
                case "name" | "description":
                    return same_text(value, held)
            if self._mapping.keep_facts != "fields" and key in self._mapping.fields:
                return same_line(value, held)
            return same_value(self._definition(card, key), value, held, self._mapping.zone)
        except ValueError as error:
            raise _permanent(f"{key}: {error}") from error

    def _definition(self, card: Card, key: str) -> CustomField:
        wanted = self._mapping.fields.get(key)
        if wanted is None:
            what = f'trello.card.{key} is not mapped: name its custom field under "fields" of trello'
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-field")
        return self._directory.find(lambda names: names.custom_field(card.idBoard, wanted))


def _standard_body(values: Mapping[str, Plain], zone: str) -> dict[str, Any]:
    """What the card's own fields but its description are set to.

    Raises ValueError for a due date without a zone, and for no name.
    """
    body: dict[str, Any] = {}
    if "name" in values:
        body["name"] = str(values["name"] or "").strip()
        if not body["name"]:
            raise ValueError("a card cannot be without a name")
    if "done" in values:
        body["dueComplete"] = bool(values["done"])
    if "due" in values:
        due = values["due"]
        body["due"] = sent_moment(str(due), zone) if due else None
    return body


def _ids_on(card: Card, key: str) -> tuple[str, ...]:
    return card.idLabels if key == "labels" else card.idMembers


def _each(value: Plain) -> tuple[str, ...]:
    """The names of a set; one name is a set as well."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(one) for one in value)
    return (str(value),) if value not in (None, "") else ()


def _permanent(what: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PERMANENT)
