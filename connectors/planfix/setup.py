"""What the configuration wants of Planfix beside what is there, and the making of custom fields.

Templates, statuses, values of lists and scenarios have no route in the API: those are told to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldType
from bridge.model.setting_up import Does, FieldThere, Holds, Step, Thing, Wishes, alike
from bridge.model.wording import worded
from connectors.planfix.account import find
from connectors.planfix.answers import CustomField, Template
from connectors.planfix.api import NAME, PlanfixApi
from connectors.planfix.mapping import PlanfixMapping, button_of
from connectors.planfix.tag_fields import TagField
from connectors.planfix.values import (
    CHECKBOX,
    DATE,
    DATE_TIME,
    DIRECTORY,
    ENTRIES,
    FILES,
    LINE,
    LIST,
    NOT_WRITTEN,
    NUMBER,
    PERIOD,
    PROJECT,
    SET,
    TASK_NUMBER,
    TASK_NUMBERS,
    TEXT,
    TIME,
    TIME_FRAME,
    USERS,
)

_EMPLOYEE = 11
_ANY = frozenset(FieldType)
_TEXTS = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.LENGTH})
_SUMS = frozenset({FieldType.NUMBER, FieldType.MONEY})
_PEOPLE = frozenset({FieldType.PERSON, FieldType.TEXT})
_SEVERAL = frozenset({FieldType.SET})
_WRITES: Mapping[int, frozenset[FieldType]] = {
    LINE: _TEXTS | _SUMS | {FieldType.PERSON},
    NUMBER: _SUMS,
    TEXT: _TEXTS,
    DATE: frozenset({FieldType.DATE}),
    DATE_TIME: frozenset({FieldType.MOMENT}),
    CHECKBOX: frozenset({FieldType.FLAG}),
    **dict.fromkeys((LIST, DIRECTORY, TIME, PERIOD, TIME_FRAME, TASK_NUMBER, PROJECT), _TEXTS),
    **dict.fromkeys((10, _EMPLOYEE, 12, 13), _PEOPLE),
    **dict.fromkeys((USERS, ENTRIES, TASK_NUMBERS, SET, FILES), _SEVERAL),
    **dict.fromkeys(NOT_WRITTEN, frozenset()),
}
"""Fields that Planfix fills may be read as anything: nobody is told that they do not fit."""
_ALSO_READ: Mapping[int, frozenset[FieldType]] = {
    NUMBER: frozenset({FieldType.TEXT, FieldType.CHOICE}),
    DATE: frozenset({FieldType.TEXT}),
    DATE_TIME: frozenset({FieldType.TEXT}),
    **dict.fromkeys((LIST, DIRECTORY), frozenset({FieldType.PERSON, *_SUMS})),
    **dict.fromkeys((TASK_NUMBER, PROJECT), frozenset({FieldType.NUMBER})),
    **dict.fromkeys(NOT_WRITTEN, _ANY),
    TEXT: frozenset({FieldType.PERSON, *_SUMS}),
}
_KINDS: Mapping[int, str] = {
    LINE: worded("line"),
    NUMBER: worded("number"),
    TEXT: worded("text"),
    DATE: worded("date"),
    TIME: worded("time"),
    DATE_TIME: worded("date and time"),
    PERIOD: worded("period of time"),
    CHECKBOX: worded("checkbox"),
    LIST: worded("list of values"),
    DIRECTORY: worded("directory entry"),
    10: worded("contact"),
    _EMPLOYEE: worded("employee"),
    12: worded("counterparty"),
    13: worded("group, employee or contact"),
    USERS: worded("list of users"),
    ENTRIES: worded("set of directory values"),
    TASK_NUMBER: worded("task"),
    TASK_NUMBERS: worded("set of tasks"),
    SET: worded("set of values"),
    FILES: worded("files"),
    PROJECT: worded("project"),
    23: worded("data tag summary"),
    24: worded("calculated field"),
    25: worded("location"),
    26: worded("subtask total"),
    27: worded("field filled by AI"),
    TIME_FRAME: worded("date with a time frame"),
    29: worded("total"),
}


def field_there(item: CustomField, entries: Sequence[str] | None = None) -> FieldThere:
    """A custom field, and what it can hold. `entries` are those of its directory, None where nobody could ask."""
    writes = _WRITES.get(item.type, _ANY)
    offered = item.enumValues if item.type in (LIST, SET) else entries
    kind = _KINDS.get(item.type) or worded("type {number}", number=item.type)
    reads, why = writes | _ALSO_READ.get(item.type, frozenset()), NOT_WRITTEN.get(item.type, "")
    return FieldThere(item.name, kind, reads, writes, tuple(offered) if offered else None, why)


def tag_there(name: str, wanted: TagField) -> FieldThere:
    """What a task shows of a data tag's entries."""
    reads = _ANY if wanted.take == "last" else _SUMS | {FieldType.TEXT}
    return FieldThere(name, worded("data tag"), reads, frozenset(), None, worded("Planfix counts it from data tags"))


def kind_for(holds: Holds) -> int | None:
    """The type of custom field for a fact, None where none holds it. A text that the bridge writes may be long."""
    match holds.type:
        case FieldType.CHOICE if holds.options:
            return LIST
        case FieldType.TEXT if holds.written:
            return TEXT
        case FieldType.PERSON:
            return _EMPLOYEE
        case FieldType.LIST:
            return None
        case _:
            fitting = (LINE, NUMBER, DATE, DATE_TIME, CHECKBOX, SET)
            best = [kind for kind in fitting if holds.type in _WRITES[kind]]
            return NUMBER if NUMBER in best else best[0]


class Setup:
    """Compares and makes. `scenarios` is where scenarios call, "" for nowhere."""

    def __init__(self, api: PlanfixApi, mapping: PlanfixMapping, scenarios: str = "") -> None:
        self._api = api
        self._mapping = mapping
        self._scenarios = scenarios

    def lacking(self, wishes: Wishes) -> list[Step]:
        """Everything that is wanted, and what becomes of it. Changes nothing."""
        templates = self._api.templates()
        steps = [*self._templates(templates), *self._statuses(wishes.statuses, templates)]
        for kind in ("task", "contact"):
            steps += self._fields(kind, wishes.fields)
        if any(step.does is Does.CREATE and step.where == "task" for step in steps):
            why = worded("put the new fields into it where Planfix does not show them in deals by itself")
            steps += [Step(Does.LATER, Thing.TEMPLATE, str(one), why=why) for one in self._mapping.deal_templates]
        if self._scenarios and self._mapping.buttons:
            buttons = list(self._mapping.buttons)
            words = "for the buttons {names}, if it is not there yet: docs/how-to/planfix-button.md"
            steps.append(Step(Does.LATER, Thing.SCENARIO, self._scenarios, why=worded(words, names=buttons)))
        return steps

    def carry_out(self, step: Step) -> str:
        """Makes a custom field, unless it is there by now; gives its number. Raises ConnectorError."""
        if step.thing is not Thing.FIELD:
            raise ConnectorError(NAME, f"the bridge makes no {step.thing}", retry=Retry.PERMANENT)
        found = next((one.id for one in self._api.custom_fields(step.where) if one.name == step.name), None)
        if found is None:
            found = self._api.create_field(step.where, step.name, int(step.kind), step.options)
        return str(found)

    def _templates(self, live: Sequence[Template]) -> Iterator[Step]:
        extra = [] if self._mapping.task_template is None else [self._mapping.task_template]
        for wanted in dict.fromkeys((*self._mapping.deal_templates, *extra)):
            known = [(one.id or 0, one.name or "") for one in live]
            why = _missing("template", wanted, known)
            if not why:
                yield Step(Does.USE, Thing.TEMPLATE, str(wanted))
                continue
            words = "{why}; make it in Planfix (Templates, of tasks), or name another one in bridge.yaml"
            others = _of_that_name(wanted, known) or tuple(name for _, name in known)
            yield Step(Does.BY_HAND, Thing.TEMPLATE, str(wanted), why=worded(words, why=why), others=others)

    def _statuses(self, wanted: Sequence[str], live: Sequence[Template]) -> Iterator[Step]:
        deals = {str(one) for one in self._mapping.deal_templates}
        for template in [one for one in live if deals & {one.name, str(one.id)}] if wanted else ():
            there = {one.name for one in self._api.statuses(template.processId)} if template.processId else set()
            for name in wanted:
                why = "" if name in there else worded("add it to the process of the template, or correct fields.yaml")
                yield Step(Does.BY_HAND if why else Does.USE, Thing.STATUS, name, template.name or "", why=why)

    def _fields(self, kind: str, wanted: Mapping[str, Holds]) -> Iterator[Step]:
        names = self._mapping.wanted(kind)
        if not names:
            return
        live = self._api.custom_fields(kind)
        known = [(one.id, one.name) for one in live]
        taken = {str(one) for one in names.values()}
        for short, title in names.items():
            key = f"button:{button_of(short)}" if button_of(short) else f"planfix.{kind}.{short}"
            known_as = Holds(FieldType.FLAG) if button_of(short) else wanted.get(key)
            holds = known_as or Holds(FieldType.TEXT)
            if not (why := _missing(kind, title, known)):
                found = next(one for one in live if str(title) in (str(one.id), one.name))
                yield from _found(key, kind, found, known_as)
                continue
            free = [one for one in live if not taken & {one.name, str(one.id)}]
            others = _of_that_name(title, known) or alike(
                str(title), (one.name for one in free if field_there(one).fits(holds))
            )
            type = kind_for(holds)
            if type is None or str(title).isdigit() or str(title) in {name for _, name in known}:
                yield Step(Does.BY_HAND, Thing.FIELD, str(title), kind, why=why, others=others, key=key)
                continue
            options = holds.options if type in (LIST, SET) else ()
            said = _KINDS[type]
            yield Step(Does.CREATE, Thing.FIELD, str(title), kind, str(type), said, options, "", others, key)


def _missing(kind: str, wanted: str | int, live: Iterable[tuple[int, str]]) -> str:
    """Why nothing there is meant by a name or a number; "" where something is."""
    known = list(live)
    if isinstance(wanted, int) or wanted.isdigit():
        if int(wanted) in {number for number, _ in known}:
            return ""
        return worded("there is none with the number {number}", number=wanted)
    try:
        find(kind, wanted, known)
    except ConnectorError as error:
        return error.what
    return ""


def _of_that_name(wanted: str | int, live: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """The numbers of things that share a name: only these tell them apart."""
    return tuple(str(number) for number, name in live if name == wanted)


def _found(key: str, kind: str, found: CustomField, holds: Holds | None) -> Iterator[Step]:
    there = field_there(found)
    if holds is not None and there.refuses(holds):
        why = worded("Planfix lets nobody write it: {why}; name another field", why=there.why_not)
        yield Step(Does.BY_HAND, Thing.FIELD, there.name, kind, why=why, key=key)
        return
    if holds is not None and not there.fits(holds):
        best = kind_for(holds)
        wanted = "—" if best is None else _KINDS[best]
        words = "its type is {kind}, and that of the fact `{type}`: make a field of type {wanted}"
        why = worded(words, kind=there.kind, type=holds.type.value, wanted=wanted)
        yield Step(Does.BY_HAND, Thing.FIELD, there.name, kind, why=why, key=key)
        return
    yield Step(Does.USE, Thing.FIELD, there.name, kind, key=key)
    for option in there.lacks(holds) if holds is not None else ():
        why = worded("add it to the field in Planfix, or correct fields.yaml")
        yield Step(Does.BY_HAND, Thing.OPTION, option, there.name, why=why, key=key)
