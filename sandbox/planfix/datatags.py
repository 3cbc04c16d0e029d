"""Data tags and their entries. An entry stands in a comment: a new one, or one that was there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.planfix.calls import Call, Operation, success
from sandbox.planfix.comments import Comments
from sandbox.planfix.errors import NO_TAG, NO_TAG_ENTRY, TAG_FAILED, PlanfixError
from sandbox.planfix.model import Comment, DataTag, Employee, TagEntry, Thing
from sandbox.planfix.store import Store
from sandbox.planfix.values import Values
from sandbox.planfix.views import Json, Views, picked


class DataTags:
    """What people and requests note on tasks and contacts."""

    def __init__(self, store: Store, values: Values, views: Views, comments: Comments) -> None:
        self._store = store
        self._values = values
        self._views = views
        self._comments = comments

    def table(self) -> list[Operation]:
        """The routes of data tags."""
        table = [
            Operation("POST", "/datatag/list", "datatag_readonly", self._all),
            Operation("GET", "/datatag/entry/{key}", "datatag_readonly", self._entry),
            Operation("GET", "/datatag/{id}", "datatag_readonly", self._one),
            Operation("POST", "/datatag/{id}/entry/list", "datatag_readonly", self._entries),
        ]
        for kind in ("task", "contact"):
            add, path = partial(self._add, kind), f"/{kind}/{{id}}/datatags/"
            table.append(Operation("POST", path, "datatag_add", add, f"{kind}.note"))
            table.append(Operation("POST", f"{path}{{commentId}}", "datatag_add", add, f"{kind}.note"))
        return table

    def note(
        self, about: Thing, tag: DataTag, items: list[Mapping[str, Any]], by: Employee, comment: Comment | None = None
    ) -> list[TagEntry]:
        """Note something, in a new comment unless one is given. Raises PlanfixError."""
        try:
            read = [self._read(tag, item.get("customFieldData") or [], by) for item in items]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PlanfixError(400, TAG_FAILED, f"Error add entry: {error}") from None
        comment = comment or self._comments.add(about, {}, by)
        made = [TagEntry(self._store.number("tag entry"), tag, comment, values) for values in read]
        self._store.tag_entries |= {one.key: one for one in made}
        return made

    def _read(self, tag: DataTag, data: list[Mapping[str, Any]], by: Employee) -> dict[int, Any]:
        values = {}
        for item in data:
            number = int(item["field"]["id"])
            if number not in tag.field_ids:
                raise ValueError(f"Custom field not found by id {number}")
            values[number] = self._values.read(self._store.custom_fields[number], item.get("value"), by.zone)
        return values

    def _add(self, kind: str, call: Call) -> Response:
        thing = self._store.thing(kind, call.number("id"))
        comment = self._store.comment(call.number("commentId")) if "commentId" in call.path else None
        if comment is not None and comment.about is not thing:
            raise PlanfixError(400, TAG_FAILED, "Error add entry: the comment is of another object")
        tag = self._found((call.body.get("dataTag") or {}).get("id"))
        made = self.note(thing, tag, list(call.body.get("items") or []), call.me, comment)
        told = {} if comment is not None or not made else {"commentId": made[0].comment.id}
        return JSONResponse(success(keys=[one.key for one in made], **told), 201)

    def _all(self, call: Call) -> Json:
        shown = [self._tag(one) for one in call.page(list(self._store.data_tags.values()))]
        return success(dataTags=[picked(one, call.fields) for one in shown])

    def _one(self, call: Call) -> Json:
        return success(dataTag=picked(self._tag(self._found(call.number("id"))), call.fields))

    def _entry(self, call: Call) -> Json:
        found = self._store.tag_entries.get(call.number("key"))
        if found is None:
            raise PlanfixError(400, NO_TAG_ENTRY, f"Entry not found by key - {call.path['key']}")
        return success(entry=self._shown(found, call))

    def _entries(self, call: Call) -> Json:
        tag, task = self._found(call.number("id")), call.body.get("taskId")
        contact = str(call.body.get("contactId") or "").rpartition(":")[2]
        found = [
            one
            for one in self._store.tag_entries.values()
            if one.tag is tag
            and (not task or _is_of(one, "task", str(task)))
            and (not contact or _is_of(one, "contact", contact))
        ]
        return success(dataTagEntries=[self._shown(one, call) for one in call.page(found)])

    def _found(self, number: Any) -> DataTag:
        tag = self._store.data_tags.get(number)
        if tag is None:
            raise PlanfixError(404, NO_TAG, f"Data tag not found by id {number}")
        return tag

    def _tag(self, tag: DataTag) -> Json:
        fields = [self._views.custom_field(self._store.custom_fields[number]) for number in tag.field_ids]
        return {"id": tag.id, "name": tag.name, "group": {"id": 1, "name": "Аналітики"}, "fields": fields}

    def _shown(self, entry: TagEntry, call: Call) -> Json:
        about = entry.comment.about
        shown: Json = {
            "dataTag": {"id": entry.tag.id, "name": entry.tag.name},
            "key": entry.key,
            "commentId": entry.comment.id,
            about.kind: {"id": about.id, "name": about.plain["name"]},
        }
        asked = {name: value for name, value in shown.items() if name in call.fields}
        numbers = [number for number in entry.tag.field_ids if str(number) in call.fields]
        fields = [(self._store.custom_fields[number], entry.values.get(number)) for number in numbers]
        return {**asked, "customFieldData": [self._views.value(one, value, call.me.zone) for one, value in fields]}


def _is_of(entry: TagEntry, kind: str, number: str) -> bool:
    return entry.comment.about.kind == kind and str(entry.comment.about.id) == number
