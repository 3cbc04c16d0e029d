"""What `bridge check` asks Planfix: the token, the templates, and every configured field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from bridge.model.errors import ConnectorError
from bridge.model.findings import Finding, Level, Position
from bridge.model.wording import worded
from connectors.planfix.account import find, titled
from connectors.planfix.answers import CustomField, DataTag, Template
from connectors.planfix.api import NO_SCOPE, PlanfixReading
from connectors.planfix.directories import entries_of
from connectors.planfix.mapping import PlanfixMapping
from connectors.planfix.tag_fields import SUMMED
from connectors.planfix.tags import numbers_in, tag_called
from connectors.planfix.values import CHECKBOX, OF_DIRECTORY

READING = (
    *("task_readonly", "contact_readonly", "custom_field_readonly", "comment_readonly", "file_readonly"),
    *("directory_readonly", "datatag_readonly"),
)
WRITING = ("task_add", "task_update", "contact_add", "contact_update", "comment_add", "file_add")
"""What the token must be allowed. Of writing Planfix tells it of a token only by refusing."""
_WHERE = Position("bridge.yaml")


class Overview:
    """What an account has, each part asked for once: at a request a second a check takes long enough."""

    def __init__(self, api: PlanfixReading) -> None:
        self.api = api
        self._fields: dict[str, tuple[CustomField, ...]] = {}
        self._templates: tuple[Template, ...] | None = None
        self._tags: tuple[DataTag, ...] | None = None
        self._entries: dict[int, tuple[str, ...] | None] = {}

    def fields(self, kind: str) -> tuple[CustomField, ...]:
        """The custom fields of tasks or contacts."""
        if kind not in self._fields:
            self._fields[kind] = self.api.custom_fields(kind)
        return self._fields[kind]

    def entries(self, field: CustomField) -> tuple[str, ...] | None:
        """The names that a custom field takes from its directory; None where the token may not read it."""
        if field.id not in self._entries:
            try:
                self._entries[field.id] = tuple(entries_of(self.api, field))
            except ConnectorError as error:
                if error.code != NO_SCOPE:
                    raise
                self._entries[field.id] = None
        return self._entries[field.id]

    def mapped(self, kind: str, mapping: PlanfixMapping) -> list[tuple[str, CustomField]]:
        """The custom fields that the configuration names, each under our name."""
        names = mapping.wanted(kind)
        return [
            (key, one)
            for one in self.fields(kind)
            for key, name in names.items()
            if str(name) in (one.name, str(one.id))
        ]

    def data_tags(self) -> tuple[DataTag, ...]:
        """The data tags."""
        if self._tags is None:
            self._tags = tuple(self.api.data_tags())
        return self._tags

    def templates(self) -> tuple[Template, ...]:
        """The templates of tasks."""
        if self._templates is None:
            self._templates = self.api.templates()
        return self._templates


class Checker:
    """Asks live and changes nothing. `writes`: whether the token must be good for writing as well."""

    def __init__(self, there: Overview, mapping: PlanfixMapping, *, writes: bool) -> None:
        self._writes = writes
        self._there = there
        self._api = there.api
        self._mapping = mapping

    def access(self) -> list[Finding]:
        """What is wrong with the token itself, and a note of what only writing could show."""
        try:
            self._api.ping()
            return sorted([*map(_without, self._refused()), *self._unproved()])
        except ConnectorError as error:
            return [_unreachable(error)]

    def findings(self) -> list[Finding]:
        """Every problem found; an unusable token hides all others."""
        try:
            self._api.ping()
            lacking = self._refused()
            found = [*map(_without, lacking), *self._unproved()]
            if "task_readonly" not in lacking:
                found += self._templates()
            if "datatag_readonly" not in lacking:
                found += self._data_tags()
            if "custom_field_readonly" not in lacking:
                found += [*self._fields("task"), *self._fields("contact"), *self._directories()]
            return sorted(found)
        except ConnectorError as error:
            return [_unreachable(error)]

    def _refused(self) -> list[str]:
        return [scope for scope, asks in self._needed().items() if _is_refused(asks)]

    def _unproved(self) -> Iterable[Finding]:
        if self._writes:
            what = worded("whether Planfix's token may write shows only when it does")
            advice = worded("see that it has the scopes {scopes}", scopes=list(WRITING))
            yield _finding("unproved-scope", what, advice, Level.NOTE)

    def _needed(self) -> dict[str, Callable[[], object]]:
        """A question for each scope that reading needs. What may be written shows only when it is."""
        said = self._mapping.comments or self._mapping.tags
        lists = ("task", "contact", *(("comment",) if said else ()))
        asks: dict[str, Callable[[], object]] = {f"{kind}_readonly": partial(self._api.reads, kind) for kind in lists}
        if self._mapping.tags or self._mapping.time is not None:
            asks["datatag_readonly"] = self._there.data_tags
        files = {"file_readonly": self._api.reads_files} if self._mapping.files else {}
        return {**asks, **files, "custom_field_readonly": partial(self._there.fields, "task")}

    def _templates(self) -> Iterable[Finding]:
        live = [(one.id or 0, one.name or "") for one in self._there.templates()]
        extra = [] if self._mapping.task_template is None else [self._mapping.task_template]
        for wanted in (*self._mapping.deal_templates, *extra):
            yield from _named("template", wanted, live)

    def _fields(self, kind: str) -> Iterable[Finding]:
        live = {one.id: one for one in self._there.fields(kind)}
        names = [(one.id, one.name) for one in live.values()]
        for wanted in self._mapping.wanted(kind).values():
            yield from _named(kind, wanted, names)
        if kind == "task":
            yield from self._buttons(live)

    def _directories(self) -> Iterable[Finding]:
        mapped = [one for kind in ("task", "contact") for _key, one in self._there.mapped(kind, self._mapping)]
        of_entries = [one for one in mapped if one.type in OF_DIRECTORY] if self._writes else []
        if any(self._there.entries(one) is None for one in of_entries):
            yield _without("directory_readonly")

    def _data_tags(self) -> Iterable[Finding]:
        if (time := self._mapping.time) is not None:
            try:
                tag = tag_called(time.tag, self._there.data_tags())
                numbers_in(tag, [one for one in (time.spent, time.kind, time.day, time.person) if one is not None])
            except ConnectorError as error:
                yield _finding("unknown-name", error.what)
        for name, wanted in self._mapping.tags.items():
            try:
                tag = tag_called(wanted.tag, self._there.data_tags())
                number = numbers_in(tag, wanted.fields).get(wanted.field or "")
            except ConnectorError as error:
                yield _finding("unknown-name", error.what)
                continue
            field = next((one for one in tag.fields if one.id == number), None)
            if wanted.take == "sum" and field is not None and field.type not in SUMMED:
                what = worded('{name}: "{field}" holds nothing that can be summed', name=name, field=field.name)
                advice = worded("name a number or a period, or write take: last or take: count")
                yield _finding("unfit-field", what, advice)

    def _buttons(self, live: dict[int, CustomField]) -> Iterable[Finding]:
        for button, wanted in self._mapping.buttons.items():
            for one in live.values():
                if str(wanted) in (one.name, str(one.id)) and one.type != CHECKBOX:
                    what = worded('button "{button}": "{name}" is not a checkbox', button=button, name=one.name)
                    yield _finding("button-type", what, worded("make it a checkbox, or name another field"))


def _is_refused(asks: Callable[[], object]) -> bool:
    try:
        asks()
    except ConnectorError as error:
        if error.code != NO_SCOPE:
            raise
        return True
    return False


def _unreachable(error: ConnectorError) -> Finding:
    advice = worded("see BRIDGE_PLANFIX__TOKEN and BRIDGE_PLANFIX__BASE_URL")
    if error.code in _REFUSED_TOKEN:
        return _finding("planfix-refused", worded("Planfix does not accept the token, or it is switched off"), advice)
    return _finding("planfix-unreachable", error.what, advice)


_REFUSED_TOKEN = frozenset({"1", "2", "401"})


_CANNOT: Mapping[str, str] = {
    "task_readonly": worded("deals and tasks cannot be read"),
    "contact_readonly": worded("contacts cannot be read"),
    "comment_readonly": worded("comments cannot be read"),
    "directory_readonly": worded("entries of directories cannot be found by their names"),
    "datatag_readonly": worded("entries of data tags cannot be read"),
    "custom_field_readonly": worded("custom fields cannot be found by their names"),
    "file_readonly": worded("files cannot be read"),
}


def _without(scope: str) -> Finding:
    words = "Planfix's token lacks the scope {scope}: {what}"
    what = worded(words, scope=scope, what=_CANNOT[scope])
    return _finding("missing-scope", what, worded("add it there: Account management - API access - REST API"))


def _named(kind: str, wanted: str | int, live: list[tuple[int, str]]) -> Iterable[Finding]:
    if isinstance(wanted, int) or wanted.isdigit():
        if int(wanted) not in {number for number, _ in live}:
            what = worded("Planfix has no {kind} with the number {number}", kind=titled(kind), number=wanted)
            yield _finding("unknown-name", what)
        return
    try:
        find(kind, wanted, live)
    except ConnectorError as error:
        yield _finding("unknown-name", error.what)


def _finding(code: str, what: str, advice: str = "", level: Level = Level.ERROR) -> Finding:
    return Finding(_WHERE, code, what, advice, level=level)
