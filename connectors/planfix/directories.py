"""Entries of directories by their names: a field shows a name, and is written by a key."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from bridge.model.protocols import Clock
from bridge.model.values import Plain
from connectors.planfix.answers import CustomField, Entry
from connectors.planfix.api import PlanfixReading
from connectors.planfix.values import OF_DIRECTORY, several

KEPT = timedelta(hours=1)
"""How long entries are taken for what a directory has, unless somebody names one that is not among them."""


class Directories:
    """Reads entries, each directory once and then for a while. Raises ConnectorError."""

    def __init__(self, api: PlanfixReading, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, tuple[datetime, Mapping[str, tuple[int, ...]]]] = {}

    def entries(self, definition: CustomField, value: Plain = None) -> Mapping[str, tuple[int, ...]]:
        """The keys of the entries that a custom field may hold, by name; nothing for a field of another type.

        Asked anew where `value` names one that was not there before: somebody may just have added it.
        """
        if definition.type not in OF_DIRECTORY or definition.directoryId is None:
            return {}
        with self._lock:
            read_at, known = self._known.get(definition.id, (None, {}))
        if read_at is None or self._clock.now() - read_at >= KEPT or not known.keys() >= set(several(value)):
            known = entries_of(self._api, definition)
            with self._lock:
                self._known[definition.id] = (self._clock.now(), known)
        return known


def entries_of(api: PlanfixReading, definition: CustomField) -> Mapping[str, tuple[int, ...]]:
    """The keys of the entries that a custom field may hold, by name, as they are now. Raises ConnectorError.

    The name is the first of the directory's fields that the custom field shows, else the directory's own first.
    """
    if definition.type not in OF_DIRECTORY or definition.directoryId is None:
        return {}
    shown = definition.directoryFields or tuple(one.id for one in api.directory(definition.directoryId).fields)
    asked = ("key", "name", "archived", "isGroup", *(str(one) for one in shown[:1]))
    found: dict[str, tuple[int, ...]] = {}
    for entry in api.entries(definition.directoryId, asked):
        name = _name(entry)
        if name and not entry.archived and not entry.isGroup:
            found[name] = (*found.get(name, ()), entry.key)
    return found


def _name(entry: Entry) -> str:
    texts = [str(one.value) for one in entry.customFieldData if one.value not in (None, "")]
    return next(iter(texts), "") or entry.name or ""
