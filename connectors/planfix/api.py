"""Planfix's REST API, as far as the bridge uses it: requests out, typed values in. The only file that knows its URLs.

https://planfix.com/ru/help/REST_API, https://help.planfix.com/restapidocs/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, BinaryIO, ClassVar, TypeVar

import requests
from pydantic import ValidationError

from bridge.model.errors import ConnectorError, Retry
from bridge.model.files import Fetched
from bridge.model.protocols import Pace
from connectors.fetching import Upload, fetched
from connectors.http import BACKGROUND, VendorSession
from connectors.planfix.answers import (
    Answer,
    Comment,
    Contact,
    CustomField,
    DataTag,
    Directory,
    Entity,
    Entry,
    File,
    TagEntry,
    Task,
    Template,
)

NAME = "planfix"
SECOND_LANE, DAY_LANE = "planfix.second", "planfix.day"
LIMITS: Mapping[str, tuple[int, float]] = {SECOND_LANE: (1, 1), DAY_LANE: (20_000, 86_400)}
"""One request a second; 20, 50 or 100 thousand a day by plan (vendor's page of 2025-11)."""

PAGE = 100
NO_ACCESS = "6"
"""The code of a refusal because the token's employee may not see or change this one."""
NO_FILE = "7000"
"""The code of a refusal because there is no such file."""
NO_SCOPE = "5"
"""The code of a refusal because the token lacks a scope."""
OVERLAP_ROWS = 5
"""Rows of the page before that are asked for again: a list may move while it is being read."""

_DAY_USED_UP = 22
_UNTIL_THE_REST_IS_TOLD_AGAIN = timedelta(minutes=10)
_GONE = frozenset({1000, 2000})
_RETRY: Mapping[int, Retry] = {
    **dict.fromkeys((1, 2, 5, 6, 10, 11, 16, 20, 21, 23), Retry.ASK_ADMIN),
    **dict.fromkeys((30, 40, 41, 1000, 1001, 1002, 2000, 2001, 2002, 2004, 2006, 4000, 7000, 7002), Retry.PERMANENT),
    _DAY_USED_UP: Retry.PASSING,
}
_ADVICE: Mapping[int, str] = {
    1: "; put a token of Account management - API access into {token}",
    2: "; switch the token on in Account management - API access",
    5: "; give the token the scopes that connectors/planfix/README.md lists",
    6: "; give the token's employee access to this object",
}


@dataclass(frozen=True, slots=True)
class PlanfixSettings:
    """How to reach one account. `base_url` ends with `/rest`; `account` is its name inside the bridge.

    `renewed_in` is where an admin puts a new token; `scenarios` is where scenarios of the
    account call, "" when they cannot reach the bridge.
    """

    token: str = field(repr=False)
    base_url: str
    account: str = "main"
    scenarios: str = ""
    renewed_in: str = "BRIDGE_PLANFIX__TOKEN"

    @property
    def site(self) -> str:
        """Where people open tasks and contacts."""
        return self.base_url.rstrip("/").removesuffix("/rest")


_Told = TypeVar("_Told")
_T = TypeVar("_T", Task, Contact, Comment, Entry, DataTag, TagEntry)


class PlanfixReading:
    """The calls that read. Each costs one request; lists cost one a page. Raises ConnectorError.

    Its session sends nothing but reads; asking for a list is a POST that reads.
    """

    _only_reads: ClassVar[bool] = True

    def __init__(
        self, settings: PlanfixSettings, pace: Pace, source_id: str, session: VendorSession | None = None
    ) -> None:
        self._base = settings.base_url.rstrip("/")
        self._renewed_in = settings.renewed_in
        self._source_id = source_id
        self._session = session or planfix_session(settings, pace, only_reads=self._only_reads)

    def in_background(self) -> Any:
        """Inside, this thread's requests let people's actions go first."""
        return self._session.also(BACKGROUND)

    def tasks(self, fields: Sequence[str], filters: Sequence[Mapping[str, Any]]) -> list[Task]:
        """All tasks that the filters let through. Found twice, kept once.

        https://help.planfix.com/restapidocs/#/Task/post_task_list
        """
        return self._all("/task/list", self._wanted(fields, filters), lambda answer: answer.tasks)

    def contacts(
        self, fields: Sequence[str], filters: Sequence[Mapping[str, Any]], *, companies: bool | None = None
    ) -> list[Contact]:
        """All contacts that the filters let through; `companies` asks for those only.

        https://help.planfix.com/restapidocs/#/Contact/post_contact_list
        """
        asked = self._wanted(fields, filters) | ({} if companies is None else {"isCompany": companies})
        return self._all("/contact/list", asked, lambda answer: answer.contacts)

    def task(self, id: str, fields: Sequence[str]) -> Task | None:
        """One task, None when there is none. https://help.planfix.com/restapidocs/#/Task/get_task__id_"""
        answer = self._unless_gone("GET", f"/task/{id}", params=self._asked(fields))
        return _there(answer.task, f"/task/{id}") if answer else None

    def contact(self, id: str, fields: Sequence[str]) -> Contact | None:
        """One contact, None when there is none. https://help.planfix.com/restapidocs/#/Contact/get_contact__id_"""
        answer = self._unless_gone("GET", f"/contact/{id}", params=self._asked(fields))
        return _there(answer.contact, f"/contact/{id}") if answer else None

    def comments(self, fields: Sequence[str], filters: Sequence[Mapping[str, Any]]) -> list[Comment]:
        """All comments of tasks and contacts that the filters let through.

        https://help.planfix.com/restapidocs/#/Comment/post_comment_list
        """
        asked = {**self._wanted(fields, filters), "typeList": "Comments"}
        return self._all("/comment/list", asked, lambda answer: answer.comments)

    def oldest_comments(
        self, fields: Sequence[str], filters: Sequence[Mapping[str, Any]], offset: int
    ) -> Sequence[Comment]:
        """One page of the comments that the filters let through, the oldest first.

        https://help.planfix.com/restapidocs/#/Comment/post_comment_list
        """
        page = {"offset": offset, "pageSize": PAGE, **self._wanted(fields, filters)}
        order = {"typeList": "Comments", "resultOrder": [{"field": "dateTime", "direction": "Asc"}]}
        return self._ask("POST", "/comment/list", json={**page, **order}).comments

    def templates(self) -> tuple[Template, ...]:
        """Task templates. https://help.planfix.com/restapidocs/#/Task/get_task_templates"""
        return self._ask("GET", "/task/templates", params={"fields": "id,name,processId"}).templates

    def custom_fields(self, kind: str) -> tuple[CustomField, ...]:
        """The custom fields of tasks or contacts. https://help.planfix.com/restapidocs/#/Custom%20fields"""
        fields = "id,name,type,enumValues,directoryId,directoryFields"
        return self._ask("GET", f"/customfield/{kind}", params={"fields": fields}).customfields

    def directory(self, number: int) -> Directory:
        """What entries of a directory are made of. https://help.planfix.com/restapidocs/#/Directory/get_directory__id_"""
        answer = self._ask("GET", f"/directory/{number}", params={"fields": "id,name,fields"})
        return _there(answer.directory, f"/directory/{number}")

    def entries(self, directory: int, fields: Sequence[str]) -> list[Entry]:
        """All entries of a directory, without its groups.

        https://help.planfix.com/restapidocs/#/Directory/post_directory__id__entry_list
        """
        asked = {"fields": ",".join(fields), "entriesOnly": True}
        return self._all(f"/directory/{directory}/entry/list", asked, lambda answer: answer.directoryEntries)

    def statuses(self, process: int) -> tuple[Entity, ...]:
        """The statuses of a process. https://help.planfix.com/restapidocs/#/Process"""
        return self._ask("GET", f"/process/task/{process}/statuses", params={"fields": "id,name"}).statuses

    def files(self, id: str, kind: str = "task") -> tuple[File, ...]:
        """The files of a task or contact, and of its comments.

        https://help.planfix.com/restapidocs/#/Task/get_task__id__files
        """
        answer = self._unless_gone("GET", f"/{kind}/{id}/files")
        return answer.files if answer else ()

    @contextmanager
    def download(self, file: str, most: int) -> Iterator[Fetched]:
        """A file. https://help.planfix.com/restapidocs/#/File/get_file__id__download"""
        path = f"/file/{file}/download"
        response = self._session.request(
            "GET", self._base + path, headers={"Accept": "*/*", "Accept-Encoding": "identity"}, stream=True
        )
        if response.status_code >= 400:
            raise self._refusal("GET", path, response)
        with fetched(NAME, self._session, response, most, path) as found:
            yield found

    def data_tags(self) -> list[DataTag]:
        """What can be noted on tasks. https://help.planfix.com/restapidocs/#/Data%20tags/get_data_tags"""
        return self._all("/datatag/list", {"fields": "id,name,fields"}, lambda answer: answer.dataTags)

    def tag_entries(self, tag: int, fields: Sequence[str], task: int | None = None) -> list[TagEntry]:
        """The entries of a data tag, of one task or of all things.

        https://help.planfix.com/restapidocs/#/Data%20tags/post_list_data_tag_entries
        """
        asked = {"fields": ",".join(fields)} | ({} if task is None else {"taskId": task})
        return self._all(f"/datatag/{tag}/entry/list", asked, lambda answer: answer.dataTagEntries)

    def reads(self, kind: str) -> None:
        """Whether tasks, contacts or comments may be listed: asks for one. Raises ConnectorError."""
        self._ask("POST", f"/{kind}/list", json={"offset": 0, "pageSize": 1, "fields": "id"})

    def reads_files(self) -> None:
        """The same of files: asks for one that need not be there. https://help.planfix.com/restapidocs/#/File/get_file__id_"""
        try:
            self._ask("GET", "/file/1", params={"fields": "id"})
        except ConnectorError as error:
            if error.code not in (NO_FILE, NO_ACCESS):
                raise

    def ping(self) -> None:
        """Whether the token is good. https://help.planfix.com/restapidocs/#/System/get_ping"""
        self._ask("GET", "/ping")

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def _asked(self, fields: Sequence[str]) -> dict[str, str]:
        return {"fields": ",".join(fields), "sourceId": self._source_id}

    def _wanted(self, fields: Sequence[str], filters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {"filters": list(filters), **self._asked(fields)}

    def _all(self, path: str, asked: Mapping[str, Any], rows: Callable[[Answer], Sequence[_T]]) -> list[_T]:
        """Found twice, kept once, as it was seen last.

        There is no total and no promised order: pages until one is not full, each overlapping the one before.
        """
        found: dict[int | None, _T] = {}
        offset = 0
        while True:
            body = {"offset": offset, "pageSize": PAGE, **asked}
            page, had = rows(self._ask("POST", path, json=body)), len(found)
            found |= {one.id: one for one in page}
            if len(page) < PAGE:
                return list(found.values())
            if len(found) == had:
                what = f"POST {path}: the same full page again and again"
                raise ConnectorError(NAME, what, retry=Retry.PASSING, code="unreadable")
            offset += PAGE - OVERLAP_ROWS

    def _unless_gone(self, method: str, path: str, **asked: Any) -> Answer | None:
        try:
            return self._ask(method, path, **asked)
        except ConnectorError as error:
            if error.code in {str(code) for code in _GONE}:
                return None
            raise

    def _ask(self, method: str, path: str, **asked: Any) -> Answer:
        return self._read(method, path, self._request(method, path, **asked))

    def _request(self, method: str, path: str, **asked: Any) -> requests.Response:
        response = self._session.request(method, self._base + path, **asked)
        if response.status_code >= 300:
            raise self._refusal(method, path, response)
        return response

    def _read(self, method: str, path: str, response: requests.Response, *, bare: bool = False) -> Answer:
        """The answer of a good status. `bare`: it need not say that it is a success."""
        try:
            answer = Answer.model_validate(response.json())
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors()[0]["loc"])
            failure = self._session.unreadable(response, f"{method} {path}: an unexpected shape at {where!r}")
        except ValueError:
            failure = self._session.unreadable(response, f"{method} {path}: an answer that is not JSON")
        else:
            if answer.result == "fail":
                raise self._refusal(method, path, response)
            if bare or answer.result:
                return answer
            failure = self._session.unreadable(response, f"{method} {path}: an answer that tells nothing")
        raise failure

    def _refusal(self, method: str, path: str, response: requests.Response) -> ConnectorError:
        """The vendor mixes statuses: its own code decides where it has one, the status where it has not."""
        code, text = _refused(response)
        what = f"{method} {path}: {text[:200]}{_ADVICE.get(code, '').format(token=self._renewed_in)}"
        if code == _DAY_USED_UP:
            failure = self._session.refused(response, what, code=str(code), wait=_UNTIL_THE_REST_IS_TOLD_AGAIN)
        else:
            failure = self._session.refused(response, what, code=str(code) if code else "")
        failure.retry = _RETRY.get(code, failure.retry)
        return failure


class PlanfixApi(PlanfixReading):
    """All calls: those that write as well."""

    _only_reads = False

    def create_task(self, body: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
        """The new task's number, and why which of its fields could not be set. https://help.planfix.com/restapidocs/#/Task/post_task_"""
        answer = self._ask("POST", "/task/", json=body)
        if answer.id is None:
            raise ConnectorError(NAME, "POST /task/: no number in the answer", retry=Retry.UNKNOWN, code="unreadable")
        return answer.id, self._failed(answer)

    def create_contact(self, body: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
        """As `create_task`. https://help.planfix.com/restapidocs/#/Contact/post_contact_"""
        answer = self._ask("POST", "/contact/", json=body)
        if answer.id is None:
            raise ConnectorError(
                NAME, "POST /contact/: no number in the answer", retry=Retry.UNKNOWN, code="unreadable"
            )
        return answer.id, self._failed(answer)

    def update(self, kind: str, id: str, body: Mapping[str, Any], *, silent: bool) -> dict[str, str] | None:
        """Change a task or contact; gives why which fields were not, None when it is queued because the task is busy.

        https://help.planfix.com/restapidocs/#/Task/post_task__id_
        """
        response = self._request("POST", f"/{kind}/{id}", json=body, params={"silent": "true"} if silent else {})
        if response.status_code == 202:
            return None
        return self._failed(self._read("POST", f"/{kind}/{id}", response, bare=True))

    def create_field(self, kind: str, name: str, type: int, options: Sequence[str]) -> int:
        """A custom field of tasks or contacts; gives its number. https://help.planfix.com/restapidocs/#/Custom%20fields"""
        body = {"name": name, "type": type, **({"enumValues": list(options)} if options else {})}
        answer = self._ask("POST", f"/customfield/{kind}/", json=body)
        if answer.id is None:
            what = f"POST /customfield/{kind}/: no number in the answer"
            raise ConnectorError(NAME, what, retry=Retry.UNKNOWN, code="unreadable")
        return answer.id

    def upload(self, name: str, media_type: str, content: BinaryIO, size: int) -> int:
        """A file that hangs nowhere yet, sent as it is read. https://help.planfix.com/restapidocs/#/File/post_file_"""
        body = Upload(name, media_type, content, size)
        answer = self._ask("POST", "/file/", data=body, headers=body.headers)
        if answer.id is None:
            raise ConnectorError(NAME, "POST /file/: no number in the answer", retry=Retry.UNKNOWN, code="unreadable")
        return answer.id

    def comment(self, id: str, body: Mapping[str, Any], kind: str = "task") -> int:
        """A comment on a task or contact. https://help.planfix.com/restapidocs/#/Comment/post_task__id__comments_"""
        answer = self._ask("POST", f"/{kind}/{id}/comments/", json=body)
        if answer.id is None:
            what = f"POST /{kind}/{id}/comments/: no number in the answer"
            raise ConnectorError(NAME, what, retry=Retry.UNKNOWN, code="unreadable")
        return answer.id

    def add_tag_entry(self, task: str, comment: str, tag: int, data: Sequence[Mapping[str, Any]]) -> None:
        """An entry of a data tag in a comment that is there.

        https://help.planfix.com/restapidocs/#/Task/post_task_add_data_tag_entry_existing_comment
        """
        body = {"dataTag": {"id": tag}, "items": [{"customFieldData": list(data)}]}
        self._ask("POST", f"/task/{task}/datatags/{comment}", json=body)

    def attach(self, file: int, id: str, kind: str = "task") -> None:
        """Hang a file on a task or contact. https://help.planfix.com/restapidocs/#/File/post_file__id__attach_task"""
        self._ask("POST", f"/file/{file}/attach/{kind}", params={"id": id})

    def _failed(self, answer: Answer) -> dict[str, str]:
        return {failure.field: self._session.scrub(failure.error) for failure in answer.failures}


def planfix_session(settings: PlanfixSettings, pace: Pace, *, only_reads: bool) -> VendorSession:
    """The session for these settings: paced by second and day."""
    return VendorSession(
        NAME,
        pace,
        lanes=(SECOND_LANE, DAY_LANE),
        secrets=(settings.token,),
        headers={"Authorization": f"Bearer {settings.token}", "Accept": "application/json"},
        reads=lambda method, url: method.upper() == "GET" or url.partition("?")[0].endswith("/list"),
        only_reads=only_reads,
    )


def _there(thing: _Told | None, path: str) -> _Told:
    """What a success must carry: without it nobody knows whether it is no more."""
    if thing is None:
        raise ConnectorError(NAME, f"GET {path}: a success without it", retry=Retry.PASSING, code="unreadable")
    return thing


def _refused(response: requests.Response) -> tuple[int, str]:
    try:
        answer = Answer.model_validate(response.json())
    except ValueError:
        return 0, f"HTTP {response.status_code}"
    return answer.code, answer.error or f"HTTP {response.status_code}"
