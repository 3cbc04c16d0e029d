"""What the configured names mean in the live account: custom fields and templates, kept while the bridge runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from connectors.planfix.answers import CustomField
from connectors.planfix.api import NAME, PlanfixReading
from connectors.planfix.mapping import PlanfixMapping

_TITLES: Mapping[str, str] = {
    "task": worded("task field"),
    "contact": worded("contact field"),
    "template": worded("task template"),
    "tag": worded("data tag"),
    "tag field": worded("data tag field"),
}


def titled(kind: str) -> str:
    """What people call things of a kind that have a number and a name."""
    return _TITLES[kind]


class Account:
    """Names and their numbers. A name found once stays bound: a rename stops nothing that runs."""

    def __init__(self, api: PlanfixReading, mapping: PlanfixMapping) -> None:
        self._api = api
        self._mapping = mapping
        self._lock = threading.Lock()
        self._numbers: dict[str, dict[str, int]] = {kind: {} for kind in _TITLES}
        self._definitions: dict[str, dict[int, CustomField]] = {}
        self._statuses: dict[int, dict[str, int]] = {}

    def know(self, numbers: Mapping[str, Mapping[str, int]]) -> None:
        """Take over numbers found earlier."""
        with self._lock:
            for kind, known in numbers.items():
                self._numbers[kind].update(known)

    def known(self) -> dict[str, dict[str, int]]:
        """The numbers found so far, to be handed to `know` after a restart."""
        with self._lock:
            return {kind: dict(numbers) for kind, numbers in self._numbers.items()}

    def fields(self, kind: str) -> dict[str, int]:
        """The number of each configured custom field of `task` or `contact`, by our name."""
        return {key: self.number(kind, wanted) for key, wanted in self._mapping.wanted(kind).items()}

    def deal_templates(self) -> list[int]:
        """The templates whose tasks are deals."""
        return [self.number("template", wanted) for wanted in self._mapping.deal_templates]

    def number(self, kind: str, wanted: str | int) -> int:
        """The number of a custom field or template named or numbered in the configuration. Raises ConnectorError."""
        if isinstance(wanted, int) or wanted.isdigit():
            return int(wanted)
        with self._lock:
            found = self._numbers[kind].get(wanted)
        if found is None:
            found = self._found(kind, wanted)
            with self._lock:
                self._numbers[kind][wanted] = found
        return found

    def definition(self, kind: str, number: int, *, anew: bool = False) -> CustomField:
        """The definition of a custom field, as it is now with `anew`. Raises ConnectorError."""
        with self._lock:
            found = self._definitions.get(kind, {}).get(number)
        if found is None or anew:
            found = self._asked(kind).get(number)
        if found is None:
            what = worded("{kind} {number} is no more", kind=titled(kind), number=number)
            raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-field")
        return found

    def statuses(self, process: int, wanted: str) -> dict[str, int]:
        """The numbers of a process's statuses by name; asked anew where the wanted one is not among the known."""
        with self._lock:
            known = self._statuses.get(process, {})
        if wanted not in known:
            known = {one.name or "": one.id for one in self._api.statuses(process) if one.id is not None}
            with self._lock:
                self._statuses[process] = known
        return known

    def _found(self, kind: str, wanted: str) -> int:
        """Among the definitions that are known, and where it is not, among those of this moment."""
        if kind == "template":
            return find(kind, wanted, [(one.id or 0, one.name or "") for one in self._api.templates()])
        with self._lock:
            known = [one for one in self._definitions.get(kind, {}).values() if one.name == wanted]
        return known[0].id if len(known) == 1 else find(kind, wanted, _names(self._asked(kind)))

    def _asked(self, kind: str) -> dict[int, CustomField]:
        found = {one.id: one for one in self._api.custom_fields(kind)}
        with self._lock:
            self._definitions[kind] = found
        return found


def _names(fields: Mapping[int, CustomField]) -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in fields.values()]


def find(kind: str, wanted: str, live: Iterable[tuple[int, str]]) -> int:
    """The number of the thing of that name. Raises ConnectorError with what to do."""
    names = tuple(live)
    numbers = [number for number, name in names if name == wanted]
    if len(numbers) == 1:
        return numbers[0]
    if numbers:
        options = ", ".join(str(number) for number in numbers)
        several = {
            "task": '{count} task fields are called "{name}": write the number of one ({options})',
            "contact": '{count} contact fields are called "{name}": write the number of one ({options})',
            "tag": '{count} data tags are called "{name}": write the number of one ({options})',
            "tag field": '{count} data tag fields are called "{name}": write the number of one ({options})',
            "template": '{count} task templates are called "{name}": write the number of one ({options})',
        }
        what = worded(several[kind], count=len(numbers), name=wanted, options=options)
    else:
        near = did_you_mean(wanted, (name for _, name in names))
        what = worded('Planfix has no {kind} "{name}"; {near}', kind=titled(kind), name=wanted, near=near)
    raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="unknown-name")
