"""Entries of data tags (time spent, calls, payments) as values of the task that they stand on."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridge.model.values import Plain
from connectors.planfix.account import find
from connectors.planfix.answers import Comment, DataTag, TagEntry
from connectors.planfix.api import PlanfixReading
from connectors.planfix.tag_fields import TagField, taken
from connectors.planfix.values import Names

_BY_ITSELF = ("key", "dataTag", "task", "commentId")


@dataclass(frozen=True)
class _Bound:
    """A data tag of the account, and the numbers of the fields that are looked at, as they are named in bridge.yaml."""

    tag: int
    numbers: Mapping[str | int, int]


class Tags:
    """Reads entries. Names are found once and kept while the bridge runs. Raises ConnectorError."""

    def __init__(self, api: PlanfixReading, wanted: Mapping[str, TagField], names: Names) -> None:
        self._api = api
        self._wanted = {name.removeprefix("planfix.task."): one for name, one in wanted.items()}
        self._names = names
        self._lock = threading.Lock()
        self._bound: dict[str | int, _Bound] = {}

    @property
    def keys(self) -> frozenset[str]:
        """The names that the values have in records; none where no data tag is read."""
        return frozenset(self._wanted)

    def of_all(self) -> dict[int, dict[str, Plain]]:
        """The values of every task that has an entry: a request for each hundred entries of a tag."""
        found: dict[int, list[tuple[_Bound, TagEntry]]] = {}
        for bound in self._all_bound():
            for entry in self._entries(bound, None):
                if entry.task is not None and entry.task.id is not None:
                    found.setdefault(entry.task.id, []).append((bound, entry))
        return {task: self._values(entries) for task, entries in found.items()}

    def of_one(self, task: int, there: Iterable[TagEntry] | None = None) -> dict[str, Plain]:
        """The values of one task, a request for each tag; none where `there` is told to be no entry of these."""
        bound = self._all_bound()
        if there is not None and {one.dataTag.id for one in there if one.dataTag}.isdisjoint(one.tag for one in bound):
            return self.none()
        return self._values([(one, entry) for one in bound for entry in self._entries(one, task)])

    def noted(self, comments: Iterable[Comment]) -> set[int]:
        """The tasks on which these comments noted something."""
        return {one.task.id for one in comments if one.dataTags and one.task is not None and one.task.id is not None}

    def none(self) -> dict[str, Plain]:
        """The values of a task without any entry."""
        return self._values([])

    def _entries(self, bound: _Bound, task: int | None) -> list[TagEntry]:
        fields = (*_BY_ITSELF, *(str(number) for number in sorted(set(bound.numbers.values()))))
        return self._api.tag_entries(bound.tag, fields, task)

    def _all_bound(self) -> list[_Bound]:
        with self._lock:
            if not self._bound and self._wanted:
                live = self._api.data_tags()
                self._bound = {name: _bind(name, self._wanted.values(), live) for name in self._tags()}
            return list(self._bound.values())

    def _tags(self) -> list[str | int]:
        return list(dict.fromkeys(one.tag for one in self._wanted.values()))

    def _values(self, entries: Sequence[tuple[_Bound, TagEntry]]) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for key, wanted in self._wanted.items():
            bound = self._bound.get(wanted.tag)
            own = sorted((entry for one, entry in entries if one is bound), key=lambda entry: entry.key)
            found[key] = taken(wanted, own, bound.numbers if bound else {}, self._names)
        return found


def numbers_in(tag: DataTag, fields: Collection[str | int]) -> dict[str | int, int]:
    """The numbers of a data tag's fields. Raises ConnectorError for one that it has not."""
    live = [(one.id, one.name) for one in tag.fields]
    return {name: _number("tag field", name, live) for name in fields}


def tag_called(name: str | int, live: Iterable[DataTag]) -> DataTag:
    """The data tag of that name or number. Raises ConnectorError."""
    known = {one.id: one for one in live if one.id is not None}
    return known[_number("tag", name, [(id, one.name or "") for id, one in known.items()])]


def _bind(name: str | int, wanted: Iterable[TagField], live: Sequence[DataTag]) -> _Bound:
    tag = tag_called(name, live)
    fields = {one for field in wanted if field.tag == name for one in field.fields}
    return _Bound(tag.id or 0, numbers_in(tag, fields))


def _number(kind: str, wanted: str | int, live: list[tuple[int, str]]) -> int:
    if str(wanted).isdigit() and int(wanted) in {number for number, _ in live}:
        return int(wanted)
    return find(kind, str(wanted), live)
