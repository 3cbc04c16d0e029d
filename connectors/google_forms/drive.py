"""Files that respondents uploaded: a form keeps them in its owner's Drive, and the sheet holds their links.

The one other file that knows Google's addresses. Everything here reads.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.model.errors import ConnectorError, FileKept, FileTooLarge, Retry
from bridge.model.files import Fetched
from bridge.model.protocols import Pace
from bridge.model.wording import worded
from connectors.fetching import fetched
from connectors.google_forms.api import NAME, Access, sign_in
from connectors.google_forms.settings import GoogleSettings
from connectors.http import VendorSession

# https://developers.google.com/workspace/drive/api/guides/api-specific-auth
_SCOPES = ("https://www.googleapis.com/auth/drive.readonly",)
_HOSTS = frozenset({"drive.google.com", "docs.google.com"})
_IN_PATH = re.compile(r"/d/([\w-]+)")
_ID = re.compile(r"[\w-]{5,200}")
_NATIVE = "application/vnd.google-apps."
_LONGEST_ENDING = 10


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str = ""
    mime_type: str = Field("", alias="mimeType")
    size: int | None = None


def file_ids(text: str) -> list[str]:
    """The ids of the files that an answer links to, each once, in their order; a cell holds several links."""
    links = (part for part in re.split(r"[\s,]+", text) if part.startswith(("https://", "http://")))
    return list(dict.fromkeys(id for link in links if (id := _id_in(link))))


def file_page(id: str) -> str:
    """Where people who may see a file open it."""
    return f"https://drive.google.com/open?id={id}"


def _id_in(link: str) -> str:
    try:
        parts = urlsplit(link)
        named = parse_qs(parts.query).get("id") or _IN_PATH.findall(parts.path)
    except ValueError:
        return ""
    return named[0] if parts.hostname in _HOSTS and named and _ID.fullmatch(named[0]) else ""


class Drive:
    """Fetches uploaded files. Signs in at the first one: nothing is asked of Drive where nobody uploads anything."""

    def __init__(self, settings: GoogleSettings, pace: Pace) -> None:
        self._settings = settings
        self._session = VendorSession(NAME, pace, lanes=(NAME,), only_reads=True)
        self._access: Access | None = None

    @contextmanager
    def fetch(self, id: str, most: int) -> Iterator[Fetched]:
        """An uploaded file: two requests. Raises ConnectorError; FileKept for one that is not given out.

        https://developers.google.com/workspace/drive/api/reference/rest/v3/files/get
        """
        with self._ask(id, {"fields": "name,mimeType,size"}) as answer:
            try:
                file = _File.model_validate_json(answer.content)
            except ValidationError as error:
                raise self._session.unreadable(answer, f"file {id} is described otherwise than Google says") from error
        if file.mime_type.startswith(_NATIVE):
            raise FileKept(NAME, f"{file.name} is a document of Google's own, which has no file")
        if file.size is not None and file.size > most:
            raise FileTooLarge(NAME, f"{file.name}: {file.size} bytes")
        with (
            self._ask(id, {"alt": "media"}, stream=True) as answer,
            fetched(NAME, self._session, answer, most, "files") as found,
        ):
            yield replace(found, ending=_ending(file))

    def close(self) -> None:
        """Lets go of the connections."""
        self._session.close()
        if self._access is not None:
            self._access.close()

    @contextmanager
    def _ask(self, id: str, params: dict[str, str], *, stream: bool = False) -> Iterator[requests.Response]:
        url = f"{self._settings.drive_base_url.rstrip('/')}/drive/v3/files/{id}"
        params = {**params, "supportsAllDrives": "true"}
        if self._access is None:
            self._access = sign_in(self._settings, _SCOPES)
        for again in (True, False):
            headers = {"Authorization": f"Bearer {self._access.token()}"}
            response = self._session.request("GET", url, params=params, headers=headers, stream=stream)
            if response.status_code != HTTPStatus.UNAUTHORIZED or not again:
                break
            response.close()
            self._access.forget()  # a token can end before its time: sign in anew, once
        with response:
            if response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                raise self._refused(response, id)
            if not response.ok:
                raise self._session.refused(response, f"file {id} is not given out")
            yield response

    def _refused(self, response: requests.Response, id: str) -> ConnectorError:
        """Why a file is not to be had. What is not shared is told as if it were not there."""
        reasons = response.text[:5000]
        if "imitExceeded" in reasons:
            return ConnectorError(NAME, worded("the reading quota is used up"), retry=Retry.PASSING, code="403")
        if "accessNotConfigured" in reasons or "SERVICE_DISABLED" in reasons:
            what = worded("the Google Drive API is not switched on in the project of the service account")
            return ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code="SERVICE_DISABLED")
        if "cannotDownload" in reasons:
            return FileKept(NAME, f"file {id} may be looked at, and not be downloaded")
        return FileKept(NAME, f"file {id} is not shared", share_with=str(self._settings.credentials["client_email"]))


def _ending(file: _File) -> str:
    """The ending of the file's own name, else the usual one of its kind."""
    _stem, dot, ending = file.name.rpartition(".")
    if dot and ending.isalnum() and len(ending) <= _LONGEST_ENDING:
        return f".{ending}"
    return mimetypes.guess_extension(file.mime_type) or ""
