"""Directories and their entries. An entry's name stands in its custom field; only a group has a name of its own."""

from __future__ import annotations

from sandbox.planfix.calls import Call, Operation, success
from sandbox.planfix.errors import NO_DIRECTORY, PlanfixError
from sandbox.planfix.model import Directory, Entry
from sandbox.planfix.store import Store
from sandbox.planfix.views import Json, Views, picked


def directory_table(store: Store, views: Views) -> list[Operation]:
    """The routes of directories that only read."""
    directories = _Directories(store, views)
    return [
        Operation("POST", "/directory/list", "directory_readonly", directories.all),
        Operation("GET", "/directory/{id}", "directory_readonly", directories.one),
        Operation("POST", "/directory/{id}/entry/list", "directory_readonly", directories.entries),
    ]


class _Directories:
    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views

    def all(self, call: Call) -> Json:
        shown = [self._directory(one) for one in call.page(list(self._store.directories.values()))]
        return success(directories=[picked(one, call.fields) for one in shown])

    def one(self, call: Call) -> Json:
        return success(directory=picked(self._directory(self._found(call)), call.fields))

    def entries(self, call: Call) -> Json:
        directory = self._found(call)
        wanted = [
            one
            for one in directory.entries.values()
            if not (call.body.get("entriesOnly") and one.is_group)
            and not (call.body.get("groupsOnly") and not one.is_group)
        ]
        return success(directoryEntries=[self._entry(directory, one, call) for one in call.page(wanted)])

    def _found(self, call: Call) -> Directory:
        found = self._store.directories.get(call.number("id"))
        if found is None:
            raise PlanfixError(404, NO_DIRECTORY, f"Directory not found by id -  {call.path['id']}")
        return found

    def _directory(self, directory: Directory) -> Json:
        fields = [self._views.custom_field(self._store.custom_fields[directory.name_field])]
        return {"id": directory.id, "name": directory.name, "group": {"id": 1, "name": "Довідники"}, "fields": fields}

    def _entry(self, directory: Directory, entry: Entry, call: Call) -> Json:
        shown: Json = {
            "directory": {"id": directory.id, "name": directory.name},
            "key": entry.key,
            "parentKey": 0,
            "archived": entry.archived,
            "isGroup": entry.is_group,
        }
        if entry.is_group:
            shown["name"] = entry.name
        asked = {name: value for name, value in shown.items() if name in call.fields}
        if str(directory.name_field) in call.fields and not entry.is_group:
            field = self._store.custom_fields[directory.name_field]
            definition = {"id": field.id, "name": field.name, "type": field.type, "objectType": 2}
            asked["customFieldData"] = [{"field": definition, "value": entry.name}]
        return asked
