"""The stand-in of Planfix as one service: its tables, its changes and its routes."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.journal import mark
from sandbox.planfix.calls import Call, Handler, Operation, success
from sandbox.planfix.changes import Changes, Failure
from sandbox.planfix.comments import Comments
from sandbox.planfix.datatags import DataTags
from sandbox.planfix.directories import directory_table
from sandbox.planfix.errors import (
    BAD_TOKEN,
    FILE_FAILED,
    FILE_TOO_LARGE,
    INVALID_JSON,
    NO_ACCESS,
    NO_FILE,
    NO_USER,
    OUT_OF_SCOPE,
    TOKEN_INACTIVE,
    UNKNOWN,
    PlanfixError,
    invalid,
    missing,
)
from sandbox.planfix.filters import COMMENT_FILTERS, THING_FILTERS, Now, keep
from sandbox.planfix.model import CUSTOM_FIELD_TYPES, CustomField, File, Thing, Token
from sandbox.planfix.scenarios import Scenarios
from sandbox.planfix.store import Clock, Store
from sandbox.planfix.values import Values
from sandbox.planfix.views import Json, Views, picked


class Planfix:
    """Tasks, contacts, comments and files. People and requests change them through the same classes."""

    name = "planfix"
    prefix = "/planfix"

    def __init__(self, clock: Clock, lock: threading.RLock | None = None, upload_limit_bytes: int = 50_000_000) -> None:
        self.store = Store(clock, lock or threading.RLock())
        self.values = Values(self.store)
        self.views = Views(self.store, self.values)
        self.changes = Changes(self.store, self.values)
        self.comments = Comments(self.store, self.values)
        self.data_tags = DataTags(self.store, self.values, self.views, self.comments)
        self.scenarios = Scenarios(self.store)
        self.upload_limit_bytes = upload_limit_bytes
        self.lists_late_by = timedelta(0)
        """How old a task, contact or comment must be before lists show it."""

    def routes(self) -> list[Route]:
        """The routes under `/planfix`: the API under `rest`, and where files are downloaded from."""
        download = Route("/files/{key}/{name:path}", self._send_file, methods=["GET"])
        return [*(self._route(operation) for operation in self._table()), download]

    def error(self, status: int, message: str, **kw: Any) -> Response:
        """The vendor's error answer."""
        code = kw.get("code", BAD_TOKEN if status == 401 else UNKNOWN)
        return JSONResponse({"result": "fail", "code": code, "error": message}, status_code=status)

    def state(self) -> dict[str, Any]:
        """Tasks and contacts with all fields and comments, for a page."""
        return {
            "tasks": [self._whole(task) for task in self.store.things["task"].values()],
            "contacts": [self._whole(contact) for contact in self.store.things["contact"].values()],
            "customFields": [self.views.custom_field(one) for one in self.store.custom_fields.values()],
            "statuses": [self.views.status(one) for one in self.store.statuses.values()],
            "employees": [self.views.employee(one) for one in self.store.employees.values()],
            "buttons": sorted(self.scenarios.scenarios),
        }

    def _whole(self, thing: Thing) -> Json:
        zone = next(iter(self.store.employees.values())).zone
        names = [*thing.plain, *thing.dates, *thing.person, *thing.people, *thing.refs]
        names += ["status", "phones", "files", "dateOfLastUpdate"]
        names += [str(one.id) for one in self.store.custom_fields.values() if one.kind == thing.kind]
        comments = [self.views.comment(one, zone) for one in self.store.comments_of(thing)]
        return {**self.views.thing(thing, names, zone), "comments": comments}

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body, upload = await _read(request)
                with self.store.lock:
                    self.changes.tick()
                    self.scenarios.tick()
                    token = self._authorize(request, operation)
                    base_url = str(request.base_url).rstrip("/")
                    call = Call(token, request.path_params, request.query_params, body, upload, base_url)
                    answer = operation.handler(call)
                mark(request, write=operation.write)
                return answer if isinstance(answer, Response) else _json(answer)
            except PlanfixError as error:
                return self.error(error.status, error.message, code=error.code)

        return Route("/rest" + operation.path, endpoint, methods=[operation.method], name=operation.path)

    def _authorize(self, request: Request, operation: Operation) -> Token:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" and operation.method == "GET":
            text = request.query_params.get("access_token", "")
        token = self.store.tokens.get(text.strip())
        if token is None:
            raise PlanfixError(401, BAD_TOKEN, "Access denied, unknown token")
        if not token.is_active or not token.employee.is_active:
            raise PlanfixError(403, TOKEN_INACTIVE, "Token is not active")
        if token.scopes is not None and operation.scope and operation.scope not in token.scopes:
            raise PlanfixError(405, OUT_OF_SCOPE, "Scope denied, method not allowed")
        return token

    async def _send_file(self, request: Request) -> Response:
        with self.store.lock:
            for file in self.store.files.values():
                if secrets.compare_digest(file.key, request.path_params["key"]):
                    return Response(file.content, media_type="application/octet-stream")
        return self.error(404, "File not found", code=NO_FILE)

    def _table(self) -> list[Operation]:
        """All routes; a literal path stands before one with a placeholder in its place."""
        table = [
            Operation("GET", "/ping", "", lambda call: success()),
            Operation("GET", "/contact/groups", "contact_readonly", self._contact_groups),
        ]
        for kind in ("task", "contact"):
            table += self._thing_table(kind)
        return [
            *table,
            Operation("POST", "/comment/list", "comment_readonly", self._all_comments),
            Operation("GET", "/comment/{id}", "comment_readonly", self._one_comment),
            Operation("DELETE", "/comment/{id}", "comment_delete", self._delete_comment, "comment.delete"),
            Operation("POST", "/file/", "file_add", self._upload, "file.upload"),
            Operation("GET", "/file/{id}", "file_readonly", self._one_file),
            Operation("DELETE", "/file/{id}", "file_delete", self._delete_file, "file.delete"),
            Operation("GET", "/file/{id}/download", "file_readonly", self._download),
            Operation("POST", "/file/{id}/attach/{kind}", "file_add", self._attach, "file.attach"),
            Operation("GET", "/process/task", "task_readonly", self._processes),
            Operation("GET", "/process/task/{id}/statuses", "task_readonly", self._statuses),
            *directory_table(self.store, self.views),
            *self.data_tags.table(),
            Operation("POST", "/user/list", "user_readonly", self._users),
            Operation("GET", "/user/groups", "user_readonly", lambda _: success(groups=[{"id": 1, "name": "Команда"}])),
            Operation("GET", "/user/{id}", "user_readonly", self._user),
        ]

    def _thing_table(self, kind: str) -> list[Operation]:
        def bound(handler: Callable[[str, Call], Json | Response]) -> Handler:
            return lambda call: handler(kind, call)

        reads, adds, updates = f"{kind}_readonly", f"{kind}_add", f"{kind}_update"
        return [
            Operation("POST", f"/{kind}/list", reads, bound(self._list)),
            Operation("POST", f"/{kind}/filters", reads, lambda _: success(filters=[])),
            Operation("GET", f"/{kind}/templates", reads, bound(self._templates)),
            Operation("GET", f"/customfield/{kind}", "custom_field_readonly", bound(self._custom_fields)),
            Operation("GET", f"/customfield/{kind}/{{id}}", "custom_field_readonly", bound(self._custom_fields)),
            Operation(
                "POST", f"/customfield/{kind}/", "custom_field_add", bound(self._add_field), "custom_field.create"
            ),
            Operation("POST", f"/{kind}/", adds, bound(self._create), f"{kind}.create"),
            Operation("GET", f"/{kind}/{{id}}", reads, bound(self._one)),
            Operation("POST", f"/{kind}/{{id}}", updates, bound(self._update), f"{kind}.update"),
            Operation("GET", f"/{kind}/{{id}}/files", reads, bound(self._files)),
            Operation("POST", f"/{kind}/{{id}}/comments/list", "comment_readonly", bound(self._comments)),
            Operation("POST", f"/{kind}/{{id}}/comments/", "comment_add", bound(self._comment), f"{kind}.comment"),
            Operation(
                "POST",
                f"/{kind}/{{id}}/comments/{{commentId}}",
                "comment_update",
                bound(self._update_comment),
                f"{kind}.edit_comment",
            ),
        ]

    def _one(self, kind: str, call: Call) -> Json:
        thing = self.store.thing(kind, call.number("id"))
        return success(**{kind: self.views.thing(thing, call.fields, call.me.zone)})

    def _list(self, kind: str, call: Call) -> Json:
        told = self.store.clock.now() - self.lists_late_by
        things = [one for one in self.store.things[kind].values() if not one.plain["isDeleted"] and one.created <= told]
        things = keep(things, call.body.get("filters"), THING_FILTERS[kind], self._now(call))
        things = self._synced(kind, things, call)
        if kind == "contact" and "isCompany" in call.body:
            things = [one for one in things if one.plain["isCompany"] is bool(call.body["isCompany"])]
        things = _of_filter_id(things, call)
        prefixed = bool(call.body.get("prefixedId"))
        newest = sorted(things, key=lambda one: one.id, reverse=True)
        shown = [self.views.thing(one, call.fields, call.me.zone, prefixed=prefixed) for one in call.page(newest)]
        return success(**{f"{kind}s": shown})

    def _synced(self, kind: str, things: list[Thing], call: Call) -> list[Thing]:
        """`onlyChanged` leaves what changed since the application `sourceId` last read contacts."""
        source = call.body.get("sourceId")
        if kind != "contact" or not source:
            return things
        last = self.store.synced.get(source)
        self.store.synced[source] = self.store.clock.now()
        if not call.body.get("onlyChanged") or last is None:
            return things
        return [one for one in things if one.updated > last]

    def _create(self, kind: str, call: Call) -> Response:
        _check_uuid(call.body.get("sourceObjectId"))
        thing, failures = self.changes.create(kind, call.body, call.me)
        return _json(success(id=thing.id, **_failed(failures)), 201)

    def _update(self, kind: str, call: Call) -> Json | Response:
        _check_uuid(call.body.get("sourceObjectId"))
        thing = self.store.thing(kind, call.number("id"), purpose="for update ")
        failures = self.changes.update(thing, call.body, call.me, silent=call.silent)
        if failures is None:
            return Response(status_code=202)
        return success(**_failed(failures))

    def _templates(self, kind: str, call: Call) -> Json:
        templates = [self.views.template(one) for one in self.store.templates.values() if one.kind == kind]
        return success(templates=[picked(one, call.fields) for one in call.page(templates)])

    def _contact_groups(self, call: Call) -> Json:
        return success(groups=[{"id": number, "name": name} for number, name in self.store.groups.items()])

    def _custom_fields(self, kind: str, call: Call) -> Json:
        wanted = call.number("id") if "id" in call.path else None
        found = [one for one in self.store.custom_fields.values() if one.kind == kind and wanted in (None, one.id)]
        shown = [self.views.custom_field(one) for one in found]
        return success(customfields=[picked(one, call.fields) if call.fields else one for one in shown])

    def _add_field(self, kind: str, call: Call) -> Response:
        name, type_ = str(call.body.get("name") or ""), call.body.get("type")
        if not name:
            raise missing("name")
        if type_ not in CUSTOM_FIELD_TYPES:
            raise invalid(f"Custom field type {type_} is not valid")
        choices = tuple(str(one) for one in call.body.get("enumValues") or ())
        number = max(self.store.custom_fields, default=0) + 1
        self.store.custom_fields[number] = CustomField(number, name, int(type_), kind, choices)
        return _json(success(id=number), 201)

    def _files(self, kind: str, call: Call) -> Json:
        thing = self.store.thing(kind, call.number("id"))
        ids = list(thing.file_ids)
        if call.query.get("onlyFromDescription") != "true":
            ids += [one for comment in self.store.comments_of(thing) for one in comment.file_ids]
        return success(files=[self.views.file(self.store.files[one]) for one in dict.fromkeys(ids)])

    def _comments(self, kind: str, call: Call) -> Json:
        try:
            thing = self.store.thing(kind, call.number("id"))
        except PlanfixError as error:
            raise PlanfixError(500, error.code, error.message) from None
        return self._shown_comments(self.store.comments_of(thing), call)

    def _all_comments(self, call: Call) -> Json:
        told = self.store.clock.now() - self.lists_late_by
        comments = [one for one in self.store.comments.values() if one.date <= told]
        return self._shown_comments(keep(comments, call.body.get("filters"), COMMENT_FILTERS, self._now(call)), call)

    def _shown_comments(self, comments: list[Any], call: Call) -> Json:
        ordered = sorted(comments, key=lambda one: (one.date, one.id), reverse=_descending(call.body))
        shown = [self.views.comment(one, call.me.zone) for one in call.page(ordered)]
        return success(comments=[picked(one, call.fields) for one in shown])

    def _comment(self, kind: str, call: Call) -> Response:
        _check_uuid(call.body.get("sourceObjectId"))
        thing = self.store.thing(kind, call.number("id"))
        return _json(success(id=self.comments.add(thing, call.body, call.me).id), 201)

    def _update_comment(self, kind: str, call: Call) -> Json:
        self.store.thing(kind, call.number("id"))
        self.comments.update(self.store.comment(call.number("commentId")), call.body)
        return success()

    def _one_comment(self, call: Call) -> Json:
        shown = self.views.comment(self.store.comment(call.number("id")), call.me.zone)
        return success(comment=picked(shown, call.fields))

    def _delete_comment(self, call: Call) -> Json:
        self.comments.delete(self.store.comment(call.number("id")))
        return success()

    def _upload(self, call: Call) -> Json:
        if call.upload is None:
            raise PlanfixError(400, FILE_FAILED, "Rest API error upload file: no file")
        name, content = call.upload
        if len(content) > self.upload_limit_bytes:
            raise PlanfixError(400, FILE_TOO_LARGE, "File is larger than the subscription allows")
        return success(id=self.add_file(name, content).id)

    def add_file(self, name: str, content: bytes) -> File:
        """Keep a file that belongs to nothing yet."""
        file = File(self.store.number("file"), name, content, secrets.token_hex(16))
        self.store.files[file.id] = file
        return file

    def _one_file(self, call: Call) -> Json:
        shown = self.views.file(self.store.file(call.number("id")))
        return success(file=picked(shown, call.fields) if call.fields else shown)

    def _delete_file(self, call: Call) -> Json:
        number = self.store.file(call.number("id")).id
        for things in self.store.things.values():
            for thing in things.values():
                thing.file_ids = [one for one in thing.file_ids if one != number]
        for comment in self.store.comments.values():
            comment.file_ids = [one for one in comment.file_ids if one != number]
        del self.store.files[number]
        return success()

    def _download(self, call: Call) -> Response:
        file = self.store.file(call.number("id"))
        return RedirectResponse(f"{call.base_url}/files/{file.key}/{quote(file.name)}", status_code=302)

    def _attach(self, call: Call) -> Json:
        file, kind, text = self.store.file(call.number("id")), call.path["kind"], call.query.get("id", "")
        if kind not in self.store.things:
            raise invalid(f"Files cannot be attached to {kind}")
        thing = self.store.things[kind].get(int(text)) if text.isdigit() else None
        if thing is None:
            raise PlanfixError(400, NO_ACCESS, f"Access denied for {kind} by id - {text}")
        if file.id not in thing.file_ids:
            thing.file_ids.append(file.id)
            thing.updated = self.store.clock.now()
        return success()

    def _processes(self, call: Call) -> Json:
        return success(processes=[{"id": one.id, "name": one.name} for one in self.store.processes.values()])

    def _statuses(self, call: Call) -> Json:
        process = self.store.processes.get(call.number("id"))
        if process is None:
            raise invalid(f"Process not found by id {call.path['id']}")
        shown = [self.views.status(self.store.statuses[one]) for one in process.status_ids]
        return success(statuses=[picked(one, call.fields) if call.fields else one for one in shown])

    def _users(self, call: Call) -> Json:
        employees = [one for one in self.store.employees.values() if one.is_active or not call.body.get("onlyActive")]
        prefixed = bool(call.body.get("prefixedId"))
        shown = [self.views.employee(one, prefixed=prefixed) for one in call.page(employees)]
        return success(users=[picked(one, call.fields) for one in shown])

    def _user(self, call: Call) -> Json:
        employee = self.store.employees.get(call.number("id"))
        if employee is None:
            raise PlanfixError(400, NO_USER, f"User not found by id {call.path['id']}")
        return success(user=picked(self.views.employee(employee), call.fields))

    def _now(self, call: Call) -> Now:
        return Now(self.store.clock.now(), call.me.zone)


def _of_filter_id(things: list[Thing], call: Call) -> list[Thing]:
    """`in` and `out` are the saved filters of incoming and outgoing tasks."""
    wanted, me = call.body.get("filterId"), call.me.person_id
    if wanted is None or wanted == "all":
        return things
    if wanted == "in":
        return [one for one in things if me in one.people.get("assignees", [])]
    if wanted == "out":
        return [one for one in things if me == one.person.get("assigner")]
    raise invalid(f"Filter not found by id {wanted}")


def _descending(body: Mapping[str, Any]) -> bool:
    order = body.get("resultOrder") or [{}]
    return bool(isinstance(order, list) and order and order[0].get("direction", "Asc") == "Desc")


def _check_uuid(value: Any) -> None:
    if value is None:
        return
    try:
        UUID(str(value))
    except ValueError:
        raise invalid("sourceObjectId is not a UUID") from None


def _failed(failures: list[Failure]) -> Json:
    return {"failures": failures} if failures else {}


def _json(value: Json, status: int = 200) -> Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json; charset=utf-8")


async def _read(request: Request) -> tuple[dict[str, Any], tuple[str, bytes] | None]:
    """The JSON body, or the uploaded file. Raises PlanfixError 30 for what is neither."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            file = form.get("file")
            return {}, (file.filename or "file", await file.read()) if isinstance(file, UploadFile) else None
    raw = await request.body()
    if not raw.strip() or request.method == "GET":
        return {}, None
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise PlanfixError(500, INVALID_JSON, f"Rest API error, not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise PlanfixError(500, INVALID_JSON, "Rest API error, not valid JSON: an object is needed")
    return body, None
