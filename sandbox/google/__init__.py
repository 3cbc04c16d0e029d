"""The Google stand-ins: Sheets and Forms APIs with their token endpoint, and the public page of forms."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.google.account import GrantError, ServiceAccount
from sandbox.google.drive import DriveFile, refusal
from sandbox.google.errors import ApiError, error_body, invalid, no_permission, not_found
from sandbox.google.fields import select
from sandbox.google.forms import AnswersMissing, Form, FormClosed, FormResponse, Question
from sandbox.google.page import TEXTS, closed_page, form_page, recorded_page
from sandbox.google.sheets import Moment, Row, Sheet, Spreadsheet
from sandbox.journal import mark

__all__ = ["DriveFile", "Form", "Forms", "Google", "Moment", "Question", "Row", "Sheet", "Spreadsheet"]

_SHEETS_SCOPES = ("spreadsheets", "spreadsheets.readonly", "drive", "drive.readonly", "drive.file")
_FORMS_SCOPES = ("forms.body", "forms.body.readonly", "drive", "drive.readonly", "drive.file")
_RESPONSES_SCOPES = ("forms.responses.readonly", "drive", "drive.file")
_DRIVE_SCOPES = ("drive", "drive.readonly", "drive.file")
_FILE_FIELDS = "kind,id,name,mimeType"
_RENDER = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
_DATES = ("SERIAL_NUMBER", "FORMATTED_STRING")
_DIMENSIONS = ("ROWS", "COLUMNS")

Endpoint = Callable[[Request], Awaitable[Response]]


class Google:
    """The service `{prefix}`: `/token`, `/v4/spreadsheets/...`, `/v1/forms/...`, `/drive/v3/files/...`, read only."""

    name = "google"
    prefix = "/google"

    def __init__(self, clock: SandboxClock, lock: threading.RLock) -> None:
        self.clock = clock
        self.lock = lock
        self.account = ServiceAccount()
        self.books: dict[str, Spreadsheet] = {}
        self.forms: dict[str, Form] = {}
        self.files: dict[str, DriveFile] = {}

    def routes(self) -> list[Route]:
        book = "/v4/spreadsheets/{spreadsheetId}"
        return [
            Route("/token", self._token, methods=["POST"]),
            Route(f"{book}/values:batchGet", self._answering(self._batch_get), methods=["GET"]),
            Route(f"{book}/values/{{range:path}}", self._answering(self._get_values), methods=["GET"]),
            Route(f"{book}/values/{{range:path}}", self._answering(self._refuse_write), methods=["PUT", "POST"]),
            Route(f"{book}:batchUpdate", self._answering(self._refuse_write), methods=["POST"]),
            Route(f"{book}/values:batchUpdate", self._answering(self._refuse_write), methods=["POST"]),
            Route(book, self._answering(self._get_book), methods=["GET"]),
            Route("/drive/v3/files/{fileId}", self._get_file, methods=["GET"]),
            Route("/v1/forms/{formId}/responses/{responseId}", self._answering(self._get_response), methods=["GET"]),
            Route("/v1/forms/{formId}/responses", self._answering(self._list_responses), methods=["GET"]),
            Route("/v1/forms/{formId}", self._answering(self._get_form), methods=["GET"]),
        ]

    def error(self, status: int, message: str, **kw: Any) -> Response:
        """Google's error object with the status name that belongs to the code."""
        return JSONResponse(error_body(status, message), status_code=status)

    def state(self) -> dict[str, Any]:
        """The sheets as they look on screen and the forms, for a page."""
        return {
            "account": self.account.email,
            "spreadsheets": [
                {
                    "id": book.id,
                    "title": book.title,
                    "readers": sorted(book.readers),
                    "sheets": [
                        {
                            "title": sheet.title,
                            "rows": [[book.shown(cell) for cell in row.cells] for row in sheet.rows],
                        }
                        for sheet in book.sheets
                    ],
                }
                for book in self.books.values()
            ],
            "forms": [
                {
                    "id": form.id,
                    "title": form.title,
                    "path": form.address(""),
                    "open": form.open,
                    "published": form.published,
                    "questions": [{"entry": q.entry, "title": q.title} for q in form.questions],
                    "responses": [{"id": r.id, "edit_key": r.edit_key} for r in form.responses],
                }
                for form in self.forms.values()
            ],
        }

    async def _token(self, request: Request) -> Response:
        async with request.form() as given:
            try:
                token = self.account.grant(str(given.get("grant_type", "")), str(given.get("assertion", "")))
            except GrantError as error:
                return JSONResponse({"error": error.code, "error_description": error.description}, status_code=400)
        return JSONResponse(token)

    def _answering(self, ask: Callable[[Request], Any]) -> Endpoint:
        """The endpoint that answers with what `ask` gives, cut down to the `fields` asked for."""

        @wraps(ask)
        async def endpoint(request: Request) -> Response:
            try:
                with self.lock:
                    answer = select(ask(request), request.query_params.get("fields", ""))
            except ApiError as error:
                return self.error(error.status, error.message)
            return JSONResponse(answer)

        return endpoint

    def _get_book(self, request: Request) -> dict[str, Any]:
        if request.query_params.get("includeGridData", "false").lower() == "true":
            raise invalid("includeGridData is not offered here: read the values")
        return self._book(request).metadata()

    async def _get_file(self, request: Request) -> Response:
        """What Drive knows of a file, or its content: the same path answers both."""
        try:
            with self.lock:
                self.account.authorize(request.headers.get("authorization", ""), *_DRIVE_SCOPES)
                file = self.files.get(request.path_params["fileId"])
                if file is None or self.account.email not in file.readers:
                    return JSONResponse(
                        refusal(404, "notFound", "File not found: " + request.path_params["fileId"]), 404
                    )
                if request.query_params.get("alt") != "media":
                    return JSONResponse(select(file.as_json(), request.query_params.get("fields", _FILE_FIELDS)))
                if file.is_native:
                    said = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
                    return JSONResponse(refusal(403, "fileNotDownloadable", said), 403)
                return Response(file.content, media_type=file.mime_type)
        except ApiError as error:
            return self.error(error.status, error.message)

    def _get_values(self, request: Request) -> dict[str, Any]:
        return self._values(request, self._book(request), request.path_params["range"])

    def _batch_get(self, request: Request) -> dict[str, Any]:
        book = self._book(request)
        ranges = request.query_params.getlist("ranges")
        return {"spreadsheetId": book.id, "valueRanges": [self._values(request, book, a1) for a1 in ranges]}

    def _values(self, request: Request, book: Spreadsheet, a1: str) -> dict[str, Any]:
        return book.values(
            a1,
            render=_choice(request, "valueRenderOption", _RENDER),
            dates=_choice(request, "dateTimeRenderOption", _DATES),
            dimension=_choice(request, "majorDimension", _DIMENSIONS),
        )

    def _refuse_write(self, request: Request) -> dict[str, Any]:
        self._book(request)
        raise no_permission()

    def _book(self, request: Request) -> Spreadsheet:
        self.account.authorize(request.headers.get("authorization", ""), *_SHEETS_SCOPES)
        book = self.books.get(request.path_params["spreadsheetId"])
        if book is None:
            raise not_found()
        if self.account.email not in book.readers:
            raise no_permission()
        return book

    def _get_form(self, request: Request) -> dict[str, Any]:
        return self._form(request, _FORMS_SCOPES).as_json(str(request.base_url).partition("/google")[0].rstrip("/"))

    def _list_responses(self, request: Request) -> dict[str, Any]:
        given = request.query_params
        size = given.get("pageSize", "0")
        if not size.isdigit():
            raise invalid(f"Invalid value at 'page_size' (TYPE_INT32), \"{size}\"")
        form = self._form(request, _RESPONSES_SCOPES)
        return form.page_of_responses(given.get("filter", ""), int(size), given.get("pageToken", ""))

    def _get_response(self, request: Request) -> dict[str, Any]:
        form = self._form(request, _RESPONSES_SCOPES)
        return form.response_json(form.response(request.path_params["responseId"]))

    def _form(self, request: Request, scopes: tuple[str, ...]) -> Form:
        self.account.authorize(request.headers.get("authorization", ""), *scopes)
        form = self.forms.get(request.path_params["formId"])
        if form is None:
            raise not_found()
        if self.account.email not in form.book.readers:
            raise no_permission()
        return form


class Forms:
    """The public pages: `{prefix}/d/e/<public id>/viewform`. Anybody may open them."""

    name = "forms"
    prefix = "/forms"

    def __init__(self, google: Google) -> None:
        self._google = google

    def routes(self) -> list[Route]:
        return [
            Route("/d/e/{publicId}/viewform", self._view, methods=["GET"]),
            Route("/d/e/{publicId}/formResponse", self._submit, methods=["POST"]),
        ]

    def error(self, status: int, message: str, **kw: Any) -> Response:
        """Plain words; people read them."""
        return PlainTextResponse(message, status_code=status)

    async def _view(self, request: Request) -> Response:
        form = self._form(request)
        language = _language(request, form)
        if form is None or not form.published:
            return self.error(404, TEXTS[language]["missing"])
        if not form.open:
            return HTMLResponse(closed_page(form, language))
        edit_key = request.query_params.get("edit2", "")
        response = form.by_edit_key(edit_key) if form.editable else None
        values = response.answers if response else _answers(request.query_params)
        return HTMLResponse(form_page(form, language, values, edit_key=edit_key if response else ""))

    async def _submit(self, request: Request) -> Response:
        form = self._form(request)
        language = _language(request, form)
        if form is None or not form.published:
            return self.error(404, TEXTS[language]["missing"])
        async with request.form() as given:
            answers, edit_key = _answers(given), str(given.get("edit2", ""))
        try:
            response = self._take(form, answers, edit_key, request)
        except FormClosed:
            return HTMLResponse(closed_page(form, language))
        except AnswersMissing as missing:
            page = form_page(form, language, answers, missing.entries, edit_key)
            return HTMLResponse(page, status_code=400)
        return HTMLResponse(recorded_page(form, language, response.edit_key))

    def _take(self, form: Form, answers: dict[int, str], edit_key: str, request: Request) -> FormResponse:
        with self._google.lock:
            earlier = form.by_edit_key(edit_key) if edit_key else None
            now = self._google.clock.now()
            response = form.edit(earlier, answers, now) if earlier else form.submit(answers, now)
        mark(request, write="response.edit" if earlier else "response.submit")
        return response

    def _form(self, request: Request) -> Form | None:
        wanted = request.path_params["publicId"]
        return next((form for form in self._google.forms.values() if form.public_id == wanted), None)


def _choice(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    given = request.query_params.get(name, "")
    if given and given not in allowed:
        raise invalid(f"Invalid value at '{name}', \"{given}\"")
    return given or allowed[0]


def _answers(given: Any) -> dict[int, str]:
    """The `entry.N` parameters of a link or of a sent form."""
    return {
        int(number): str(value)
        for name, value in given.items()
        if (number := name.removeprefix("entry.")) != name and number.isdigit()
    }


def _language(request: Request, form: Form | None) -> str:
    wanted = request.query_params.get("hl", "")[:2]
    return wanted if wanted in TEXTS else (form.language if form else "en")
