"""A JSON Schema of rule files, made from the declarations of the elements: for completion and marks in editors.

Branches hang on `if`/`then`, never on `anyOf`: an editor then says which key is wrong, and not that nothing fits.
What only reading can tell (an unknown blank, a text that is commercial) is left to `bridge check`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bridge.model.fields import FieldSpec, FieldType
from rules import kinds
from rules.actions.action import ACTIONS
from rules.blueprints import Blueprint, Use
from rules.calendar_entries import KEYS as CALENDAR_KEYS
from rules.checklists import ChecklistEntry
from rules.comparisons import COMPARISONS
from rules.conditions import GROUPS, OPERATORS
from rules.entries import DefaultsEntry, FieldEntry, GateEntry, RuleEntry, TextEntry
from rules.kinds import Kind
from rules.names import Known
from rules.registry import keys_of, kind_of, meaning_of
from rules.triggers import TRIGGERS, Trigger
from rules.written_tests import STEP_KEYS, TEST_KEYS

Schema: TypeAlias = dict[str, Any]

_LENGTH: Schema = {"type": "string", "pattern": r"^\s*-?[0-9]{1,5}(wd|wh|w|d|h|m)(\s+at\s+[0-9]{1,2}:[0-9]{2})?\s*$"}
_ELAPSED: Schema = {"type": "string", "pattern": "^[0-9]{1,5}(w|d|h|m)$"}
_WORD: Schema = {"type": ["string", "number"]}
"""Text: an editor takes +380… for a number, and the reader of rules for what it is."""
_ANYTHING: Schema = {}


def schema(names: Known | None = None) -> Schema:
    """The schema of a rule file; with `names`, only what that set knows is offered and allowed."""
    return _Making(names or Known()).file()


class _Making:
    """The parts of one schema, by the name under which they are shared."""

    def __init__(self, names: Known) -> None:
        self.names = names
        self.kinds: Mapping[Kind, Callable[[], Schema]] = {
            kinds.ACTIONS: lambda: _ref("actions"),
            kinds.APPROVABLE: lambda: self._either(names.texts, names.documents),
            kinds.ASSIGNMENT: self._assignment,
            kinds.A_DAY: lambda: {"type": "string", "pattern": "^[1-9][0-9]? per day$"},
            kinds.BUTTON: lambda: _one_of(names.buttons),
            kinds.CALENDAR: lambda: _one_of(names.calendars),
            kinds.CHECKLIST: lambda: _one_of(names.checklists),
            kinds.CLOCK: lambda: {"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"},
            kinds.COMMAND: lambda: {"type": "string", "pattern": r"^/\S+$"},
            kinds.COMMENT: self._comment,
            kinds.CONDITION: lambda: _ref("condition"),
            kinds.DOCUMENT: lambda: _one_of(names.documents),
            kinds.WEBHOOK: lambda: _one_of(names.webhooks),
            kinds.ELAPSED: lambda: _ELAPSED,
            kinds.ENABLED: lambda: {"enum": [True, False, "shadow"]},
            kinds.FIELD: lambda: _one_of(names.fields),
            kinds.FIELD_TYPE: lambda: _one_of(FieldType),
            kinds.FLOOD: lambda: {"type": "string", "pattern": "^(off|[1-9][0-9]{0,4} in [1-9][0-9]{0,3}(m|h))$"},
            kinds.FORM: lambda: _one_of(names.forms),
            kinds.GATE: lambda: _one_of(names.gates),
            kinds.GIVEN: lambda: {
                "type": "object",
                "properties": {"gate": _one_of(names.gates), "document": _one_of(names.documents)},
            },
            kinds.ID: lambda: {"type": "string", "pattern": r"^[\w.-]+$"},
            kinds.LABEL: lambda: self._choices("card.labels", names.labels),
            kinds.LENGTH: lambda: _LENGTH,
            kinds.LENGTH_OR_FIELD: lambda: {"type": "string"},
            kinds.LINES: lambda: {"type": "array", "items": _ref("texts")},
            kinds.LIST: lambda: self._choices("card.list", names.lists),
            kinds.LIST_OR_BACK: self._list_or_back,
            kinds.MAP: lambda: _one_of(names.maps),
            kinds.MOMENT: lambda: self._fields(FieldType.MOMENT),
            kinds.PERSON_FIELD: lambda: self._fields(FieldType.PERSON),
            kinds.AUDIENCE: self._audience,
            kinds.RECIPIENT: self._recipient,
            kinds.REPEAT: self._repeat,
            kinds.RHYTHM: lambda: {"type": "string", "pattern": "^every -?[0-9]{1,5}(wd|wh|w|d|h|m)$"},
            kinds.ROLE: lambda: _one_of(names.roles),
            kinds.TEMPLATE: lambda: _one_of(names.texts),
            kinds.TEXT: lambda: {"type": "string"},
            kinds.TEXTS: lambda: _ref("texts"),
            kinds.TIME_FIELD: lambda: self._fields(FieldType.MOMENT, FieldType.DATE),
            kinds.TRIGGERS: lambda: _one_or_more(_ref("trigger")),
            kinds.VALUES: self._values,
            kinds.WINDOW: lambda: {"type": "string"},
        }

    def file(self) -> Schema:
        """The whole."""
        maps = {
            "roles": _ref("texts"),
            "buttons": _ref("texts"),
            "calendars": {"type": "object", "properties": dict.fromkeys(CALENDAR_KEYS, _ANYTHING)},
            "fields": self._object(FieldEntry),
            "gates": self._object(GateEntry),
            "templates": self._text(),
            "blueprints": self._object(Blueprint),
            "checklists": self._object(ChecklistEntry),
        }
        properties = {
            "version": {"const": 1},
            "defaults": self._object(DefaultsEntry),
            **{name: {"type": "object", "additionalProperties": entry} for name, entry in maps.items()},
            "rules": {"type": "array", "items": self._object(RuleEntry)},
            "use": {"type": "array", "items": self._object(Use)},
            "tests": {"type": "array", "items": self._test()},
        }
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Rules of an agency",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "definitions": {
                "texts": self._texts(),
                "condition": self._condition(),
                "trigger": self._trigger(),
                "actions": {"type": "array", "items": _ref("action"), "minItems": 1},
                "action": self._action(),
            },
        }

    # -- shapes with keys -----------------------------------------------------------------------------------------

    def _object(self, shape: type[BaseModel], without: Collection[str] = ()) -> Schema:
        keys = {key: item for key, item in keys_of(shape).items() if key not in without}
        needed = [key for key, item in keys.items() if item.is_required()]
        made: Schema = {
            "type": "object",
            "properties": {key: self._key(item) for key, item in keys.items()},
            "additionalProperties": False,
        }
        return {**made, "required": needed} if needed else made

    def _key(self, item: FieldInfo) -> Schema:
        """What stands at a key: of its kind, else of its type; with what the manual says of it."""
        kind = kind_of(item)
        made = self.kinds[kind]() if kind is not None and not _is_tuple(item.annotation, kind) else None
        if made is None:
            made = self._typed(item.annotation)
        said = meaning_of(item)
        if not said:
            return made
        # Beside a reference nothing is read in this draft: the words have to stand around it.
        return {"description": said, "allOf": [made]} if "$ref" in made else {"description": said, **made}

    def _typed(self, annotation: Any) -> Schema:
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            kind = next((part for part in parts[1:] if isinstance(part, Kind)), None)
            return self.kinds[kind]() if kind is not None else self._typed(parts[0])
        if origin is Union or str(origin) == "<class 'types.UnionType'>":
            real = [part for part in parts if part is not type(None)]
            return self._typed(real[0]) if len(real) == 1 else {"type": ["string", "integer"]}
        if origin is Literal:
            return {"enum": list(parts)}
        if origin is tuple:
            return _one_or_more(self._typed(parts[0]))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._object(annotation)
        if origin is not None and len(parts) == 2:
            return {"type": "object", "additionalProperties": self._typed(parts[1])}
        simple: dict[Any, Schema] = {bool: {"type": "boolean"}, int: {"type": "integer"}, str: {"type": "string"}}
        return simple.get(annotation, _ANYTHING)

    def _texts(self) -> Schema:
        by_language = {language: {"type": "string"} for language in self.names.languages}
        whole = {"type": "object", "properties": by_language, "required": [*by_language], "additionalProperties": False}
        return _when("object", whole, {"type": "string"})

    def _text(self) -> Schema:
        made = self._object(TextEntry)
        languages = {language: {"type": "string"} for language in self.names.languages}
        return {**made, "properties": {**made["properties"], **languages}, "required": [*languages]}

    # -- triggers and actions -------------------------------------------------------------------------------------

    def _trigger(self) -> Schema:
        """A word with what it waits for; a word alone where nothing has to be said."""
        words = {word: self._heard(element) for word, element in TRIGGERS.items()}
        alone = [
            word
            for word, element in TRIGGERS.items()
            if not any(item.is_required() for item in keys_of(element).values())
        ]
        whole = {
            "type": "object",
            "properties": words,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return _when("string", {"enum": alone}, whole)

    def _heard(self, element: type[Trigger]) -> Schema:
        keys = keys_of(element)
        said = {"description": _first_line(element)}
        if element.whole:
            return {**said, "allOf": [self._key(keys[element.short])]}
        whole = self._object(element)
        if not element.short:
            return {**said, **whole}
        return {**said, **_when("object", whole, self._key(keys[element.short]))}

    def _action(self) -> Schema:
        """One object with every verb, and behind each verb what else it takes: a misspelt verb is then one mistake."""
        elements = dict(ACTIONS.items())
        verbs: dict[str, Schema] = {}
        beside: dict[str, Schema] = {}
        branches: list[Schema] = []
        for word, element in elements.items():
            whole = self._object(element)
            verb = whole["properties"][word]
            verbs[word] = {"description": _first_line(element), "allOf": [verb]}
            beside.update(dict.fromkeys((key for key in whole["properties"] if key != word), _ANYTHING))
            branches.append(
                {"if": {"required": [word]}, "then": {**whole, "properties": whole["properties"] | {word: True}}}
            )
        # Where a verb is known its branch tells what does not belong; else the strange word is the mistake itself.
        strange = {"properties": dict.fromkeys((*verbs, *beside), _ANYTHING), "additionalProperties": False}
        branches.append({"if": {"anyOf": [{"required": [word]} for word in verbs]}, "else": strange})
        return {"type": "object", "properties": {**verbs, **beside}, "minProperties": 1, "allOf": branches}

    def _comment(self) -> Schema:
        whole = {
            "type": "object",
            "properties": {"template": _one_of(self.names.texts), "gate": _one_of(self.names.gates)},
            "required": ["template"],
            "additionalProperties": False,
        }
        return _when("object", whole, {"type": "string"})

    def _repeat(self) -> Schema:
        whole = {
            "type": "object",
            "properties": {"not_within": _LENGTH},
            "required": ["not_within"],
            "additionalProperties": False,
        }
        return _when("object", whole, {"enum": ["each", "once"]})

    def _values(self) -> Schema:
        fields = self.names.fields
        written = {key: spec for key, spec in fields.items() if spec.source == "bridge" or spec.write_to}
        return _map({key: self._constant(spec) for key, spec in written.items()}, bool(fields))

    def _assignment(self) -> Schema:
        people = {key: spec for key, spec in self.names.fields.items() if spec.type is FieldType.PERSON}
        who = _one_of(None if self.names.people is None else ["fair-choice", *self.names.people])
        return {**_map(dict.fromkeys(people, who), bool(self.names.fields)), "minProperties": 1, "maxProperties": 1}

    # -- conditions -----------------------------------------------------------------------------------------------

    def _condition(self) -> Schema:
        """A list or a map of facts, each with the comparisons that fit its type."""
        groups: dict[str, Schema] = {
            word: _ref("condition") if word == "not" else {"type": "array", "items": _ref("condition"), "minItems": 1}
            for word in GROUPS
        }
        facts = {key: self._compared(spec) for key, spec in self.names.fields.items()}
        gates = {f"gate.{gate}": self._compared(_gate(gate)) for gate in sorted(self.names.gates)}
        whole = {**_map({**groups, **gates, **facts}, bool(facts)), "minProperties": 1}
        return _when("array", {"items": _ref("condition"), "minItems": 1}, whole)

    def _compared(self, spec: FieldSpec) -> Schema:
        value = self._constant(spec)
        words = {word: self._taken(word, value) for word in OPERATORS[spec.type]}
        whole = {"type": "object", "properties": words, "additionalProperties": False, "minProperties": 1}
        said = {"description": spec.titles[self.names.language]} if self.names.language in spec.titles else {}
        bare = _one_or_more(value) if "one_of" in words else value
        return {**said, **_when("object", whole, bare)}

    def _taken(self, word: str, value: Schema) -> Schema:
        one = COMPARISONS[word]
        takes: Mapping[str, Schema] = {
            "value": value,
            "list": {"type": "array", "items": value, "minItems": 1},
            "pair": {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
            "age": _ELAPSED,
            "flag": {"type": "boolean"},
        }
        return {"description": one.said, **takes[one.takes]}

    def _constant(self, spec: FieldSpec) -> Schema:
        match spec.type:
            case FieldType.FLAG:
                return {"type": "boolean"}
            case FieldType.NUMBER | FieldType.MONEY:
                return {"type": "number"}
            case FieldType.MOMENT | FieldType.DATE:
                return {"type": "string", "pattern": r"^(now|\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?)$"}
            case FieldType.CHOICE | FieldType.SET:
                live = {"card.list": self.names.lists, "card.labels": self.names.labels}.get(spec.key)
                return self._choices(spec.key, live)
            case _:
                return _WORD

    # -- names ----------------------------------------------------------------------------------------------------

    def _choices(self, key: str, live: Collection[str] | None) -> Schema:
        spec = self.names.fields.get(key)
        closed = live if live is not None else spec.choices if spec is not None else None
        if key.startswith("gate."):
            closed = ("open", "closed")
        return _one_of(closed)

    def _list_or_back(self) -> Schema:
        found = self._choices("card.list", self.names.lists)
        return {"enum": [*found["enum"], "back"]} if "enum" in found else found

    def _fields(self, *types: FieldType) -> Schema:
        return _one_of([key for key, spec in self.names.fields.items() if spec.type in types])

    def _recipient(self) -> Schema:
        if self.names.people is None and not self.names.roles:
            return {"type": "string"}
        return _one_of(["client", "staff-chat", *self.names.roles, *(self.names.people or ())])

    def _audience(self) -> Schema:
        roles = [name for name in self.names.roles if name != "client"]
        each = _one_of(roles) if roles else {"type": "string"}
        apart = {"type": "object", "properties": {"each": each}, "required": ["each"], "additionalProperties": False}
        return {"anyOf": [self._recipient(), apart]}

    def _either(self, texts: Collection[str], others: Collection[str] | None) -> Schema:
        return {"type": "string"} if others is None else _one_of([*texts, *others])

    # -- tests ----------------------------------------------------------------------------------------------------

    def _test(self) -> Schema:
        facts = dict.fromkeys((*self.names.fields, *(f"gate.{gate}" for gate in sorted(self.names.gates))), _ANYTHING)
        given = _map(facts, bool(self.names.fields))
        named = {"type": "array", "items": _one_of(self.names.fields)}
        effect = {
            "type": "object",
            "properties": dict.fromkeys((*ACTIONS.words(), "to", "says"), _ANYTHING),
            "additionalProperties": False,
        }
        parts: dict[str, Schema] = {"given": given, "change": given, "facts": given, "unread": named}
        parts["expect"] = {"type": "array", "items": effect}
        step = _closed(STEP_KEYS, parts)
        parts["steps"] = {"type": "array", "items": step}
        return {**_closed(TEST_KEYS, parts), "required": ["name", "now", "steps"]}


def _gate(gate: str) -> FieldSpec:
    return FieldSpec(f"gate.{gate}", FieldType.CHOICE, "bridge", choices=("open", "closed"))


def _closed(keys: Iterable[str], parts: Mapping[str, Schema]) -> Schema:
    properties = {key: parts.get(key, _ANYTHING) for key in keys}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _map(properties: Mapping[str, Schema], closed: bool) -> Schema:
    made: Schema = {"type": "object", "properties": dict(properties)}
    return {**made, "additionalProperties": False} if closed else made


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _one_of(names: Iterable[str] | None) -> Schema:
    """One of these names; any text while they are not known."""
    known = sorted(set(map(str, names))) if names is not None else []
    return {"enum": known} if known else {"type": "string"}


def _one_or_more(item: Schema) -> Schema:
    return _when("array", {"items": item}, item)


def _when(kind: str, then: Schema, otherwise: Schema) -> Schema:
    """One shape for that kind of value, another for the rest, whose names are offered while nothing is written yet."""
    offered = otherwise.get("enum") or otherwise.get("examples")
    return {"if": {"type": kind}, "then": then, "else": otherwise, **({"examples": offered} if offered else {})}


def _is_tuple(annotation: Any, kind: Kind) -> bool:
    """Whether the kind is that of the entries of a list, not of the whole."""
    return get_origin(annotation) is tuple and kind not in (kinds.ACTIONS, kinds.LINES, kinds.TRIGGERS, kinds.WINDOW)


def _first_line(element: type[object]) -> str:
    return (element.__doc__ or "").strip().split("\n")[0]
