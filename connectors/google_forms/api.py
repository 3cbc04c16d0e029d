"""Google Sheets through gspread: signing in, the calls a form needs, and what their failures mean.

The one file that knows Google's addresses. Every call reads, so every failure that may pass is PASSING.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import gspread
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from gspread.exceptions import APIError, SpreadsheetNotFound
from gspread.utils import absolute_range_name
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from requests.auth import AuthBase

from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Pace
from bridge.model.wording import worded
from connectors.google_forms.settings import GoogleSettings
from connectors.google_forms.sheet import Cell
from connectors.http import writes_refused

NAME = "google_forms"
LIMITS: Mapping[str, tuple[int, float]] = {NAME: (60, 60)}
"""Reads in so many seconds, for a service account. https://developers.google.com/workspace/sheets/api/limits"""

# https://developers.google.com/workspace/sheets/api/scopes
_SCOPES = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
_TIMEOUT = (5.0, 30.0)
# The quota is refilled every minute.
_QUOTA_WAIT = timedelta(seconds=60)


class Properties(BaseModel):
    """What a spreadsheet says of itself: the zone its times are kept in."""

    model_config = ConfigDict(extra="ignore")
    time_zone: str = Field(alias="timeZone")


class _Spreadsheet(BaseModel):
    model_config = ConfigDict(extra="ignore")
    properties: Properties


class _ValueRange(BaseModel):
    model_config = ConfigDict(extra="ignore")
    values: list[list[Cell]] = Field(default_factory=list)


class _Values(BaseModel):
    model_config = ConfigDict(extra="ignore")
    value_ranges: list[_ValueRange] = Field(default_factory=list, alias="valueRanges")


class Sheets:
    """The calls a form needs, by spreadsheet id and sheet title. Raises ConnectorError only."""

    def __init__(self, settings: GoogleSettings, pace: Pace, client: gspread.Client | None = None) -> None:
        self._settings = settings
        self._pace = pace
        self._client = client
        self._building = threading.Lock()

    @property
    def email(self) -> str:
        """The service account's address: whom a sheet is shared with."""
        return str(self._settings.credentials.get("client_email", "the service account"))

    def properties(self, spreadsheet: str) -> Properties:
        """The spreadsheet's zone.

        https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get
        """
        with self._reading(spreadsheet) as client:
            answer = client.http_client.fetch_sheet_metadata(spreadsheet, {"fields": "properties"})
            return _Spreadsheet.model_validate(answer).properties

    def values(self, spreadsheet: str, ranges: Sequence[str]) -> list[list[list[Cell]]]:
        """The cells of several ranges in one call: numbers as numbers, times as serial numbers of the sheet's zone.

        https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/batchGet
        """
        return self._values(
            spreadsheet, ranges, valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="SERIAL_NUMBER"
        )

    def texts(self, spreadsheet: str, ranges: Sequence[str]) -> list[list[list[Cell]]]:
        """The cells of several ranges in one call, as people see them: "007" keeps its zeros."""
        return self._values(spreadsheet, ranges, valueRenderOption="FORMATTED_VALUE")

    def sheet_titles(self, spreadsheet: str) -> list[str]:
        """The titles of all sheets of a spreadsheet."""
        with self._reading(spreadsheet) as client:
            return [sheet.title for sheet in client.open_by_key(spreadsheet).worksheets()]

    def close(self) -> None:
        """Lets go of the connections."""
        with self._building:
            if self._client is None:
                return
            session = self._client.http_client.session
            session.close()
            if isinstance(session.auth, Access):
                session.auth.close()

    def _values(self, spreadsheet: str, ranges: Sequence[str], **params: str) -> list[list[list[Cell]]]:
        with self._reading(spreadsheet) as client:
            answer = client.http_client.values_batch_get(
                spreadsheet, list(ranges), {"majorDimension": "ROWS", **params}
            )
            found = _Values.model_validate(answer).value_ranges
            if len(found) != len(ranges):
                raise _passing(f"asked for {len(ranges)} ranges of spreadsheet {spreadsheet}, got {len(found)}")
            return [value_range.values for value_range in found]

    @contextmanager
    def _reading(self, spreadsheet: str) -> Iterator[gspread.Client]:
        try:
            yield self._connected()
        except ConnectorError:
            raise
        except Exception as error:
            failure = self._classified(error, spreadsheet)
            if failure.wait is not None:
                self._pace.pause(failure.wait, NAME)
            raise failure from error

    def _connected(self) -> gspread.Client:
        with self._building:
            if self._client is None:
                self._client = _build_client(self._settings, self._pace)
            return self._client

    def _classified(self, error: Exception, spreadsheet: str) -> ConnectorError:
        """What a failed reading means. Texts of the libraries are left out but for Google's own message."""
        where = worded("spreadsheet {id}", id=spreadsheet)
        match error:
            case SpreadsheetNotFound():
                return self._not_found(where)
            case PermissionError():
                return self._not_shared(where)
            case APIError():
                return self._refused(error, where)
            case RefreshError():
                return _sign_in_refused(error)
            case TransportError():
                return _passing(worded("Google's sign-in cannot be reached"))
            case requests.exceptions.JSONDecodeError() | ValidationError() | KeyError() | TypeError():
                # The last two are how gspread meets an error that is not in Google's form.
                return _passing(worded("the answer about {where} is not in the shape Google describes", where=where))
            case requests.RequestException():
                return _passing(worded("Google Sheets cannot be reached ({why})", why=type(error).__name__))
            case _:
                raise error

    def _refused(self, error: APIError, where: str) -> ConnectorError:
        status = error.response.status_code
        message = str(error.error.get("message", ""))[:300] if error.code != -1 else ""
        code = str(error.error.get("status") or status) if error.code != -1 else str(status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and _is_quota(error)):
            return _passing(worded("the reading quota is used up"), code, _retry_after(error.response) or _QUOTA_WAIT)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return _passing(worded("Google Sheets is out of order for {where}", where=where), code)
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found(where)
        if status == HTTPStatus.UNAUTHORIZED:
            return _ask_admin(worded("Google does not take the service account's access; check its key"), code)
        if status == HTTPStatus.FORBIDDEN:
            return _ask_admin(message, "SERVICE_DISABLED") if "Sheets API" in message else self._not_shared(where)
        if "Unable to parse range" in message:
            words = "{where} has no such sheet: {message}; a sheet was renamed or deleted"
            return _ask_admin(worded(words, where=where, message=message), code)
        return ConnectorError(
            NAME, worded("{what}: {named}", what=where, named=message), retry=Retry.PERMANENT, code=code
        )

    def _not_shared(self, where: str) -> ConnectorError:
        words = "{where} is not shared: share the sheet with {email} as reader"
        return _ask_admin(worded(words, where=where, email=self.email), "403")

    def _not_found(self, where: str) -> ConnectorError:
        words = "there is no {where}: compare the id with the sheet's address in a browser"
        return _ask_admin(worded(words, where=where), "404")


def whole_sheet(title: str) -> str:
    """The range of a whole sheet, in A1 notation: ZZZ is the last column a sheet can have."""
    return absolute_range_name(title, "A:ZZZ")


def sheet_rows(title: str, first: int, last: int) -> str:
    """The range of whole rows of a sheet, both ends included, in A1 notation."""
    return absolute_range_name(title, f"{first}:{last}")


class Access(AuthBase):
    """Signs requests with the service account's token, and gets a new one when it has run out.

    Not google-auth's own session: that one starts a thread which asks iamcredentials.googleapis.com for "allowed
    locations", a call to a host nobody configured, and it retries inside, sleeping.
    """

    def __init__(self, credentials: service_account.Credentials) -> None:
        self.credentials = credentials
        self._session = requests.Session()
        self._request = _sign_in_request(self._session)
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._valid_token()}"
        return request

    def token(self) -> str:
        """A token that is good now. Raises ConnectorError."""
        try:
            return self._valid_token()
        except RefreshError as error:
            raise _sign_in_refused(error) from error
        except (TransportError, requests.RequestException) as error:
            raise _passing(worded("Google's sign-in cannot be reached")) from error

    def _valid_token(self) -> str:
        with self._lock:
            if not self.credentials.valid:
                self.credentials.refresh(self._request)  # type: ignore[no-untyped-call]  # google-auth has few types
            return str(self.credentials.token)

    def forget(self) -> None:
        """Sign in anew at the next request: Google did not take the token."""
        with self._lock:
            self.credentials.token = None

    def close(self) -> None:
        """Lets go of the connection to the sign-in."""
        self._session.close()


def _sign_in_request(session: requests.Session) -> Callable[..., Any]:
    transport = Request(session)

    def send(*args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = _TIMEOUT
        response = transport(*args, **kwargs)
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            # Otherwise google-auth sleeps and asks again by itself.
            raise TransportError(f"status {response.status}")  # type: ignore[no-untyped-call]
        return response

    return send


def sign_in(settings: GoogleSettings, scopes: Sequence[str]) -> Access:
    """Access with the service account's key. Asks nothing yet. Raises ConnectorError for a damaged key."""
    try:
        credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            dict(settings.credentials), scopes=list(scopes)
        )
    except (ValueError, TypeError, AttributeError) as error:  # a damaged key fails deep inside, in several ways
        raise _ask_admin(
            "the credentials are no service account's JSON key; make a new key and put its file in place"
        ) from error
    return Access(credentials)


def _build_client(settings: GoogleSettings, pace: Pace) -> gspread.Client:
    access = sign_in(settings, _SCOPES)
    session = requests.Session()
    session.auth = access
    hosts = {
        "https://sheets.googleapis.com": settings.sheets_base_url.rstrip("/"),
        "https://www.googleapis.com": settings.drive_base_url.rstrip("/"),
        "https://forms.googleapis.com": settings.forms_base_url.rstrip("/"),
    }

    class PacedClient(gspread.HTTPClient):
        """gspread's requests to the configured hosts, with timeouts, each within the quota, and without retries.

        Nothing but reads is sent: gspread itself could write.
        """

        def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> requests.Response:
            if method.upper() != "GET":
                raise writes_refused(NAME, method)
            url = _at_host(endpoint, hosts)
            pace.take(NAME)
            try:
                return super().request(method, url, *args, **kwargs)
            except APIError as error:
                if error.response.status_code != HTTPStatus.UNAUTHORIZED:
                    raise
            access.forget()  # a token can end before its time: sign in anew, once
            pace.take(NAME)
            return super().request(method, url, *args, **kwargs)

    client = gspread.Client(auth=access.credentials, session=session, http_client=PacedClient)
    client.set_timeout(_TIMEOUT)
    return client


def _at_host(endpoint: str, hosts: dict[str, str]) -> str:
    for original, configured in hosts.items():
        if endpoint.startswith(original + "/"):
            return configured + endpoint.removeprefix(original)
    return endpoint


def _is_quota(error: APIError) -> bool:
    return "RESOURCE_EXHAUSTED" in str(error.error.get("status")) or "rateLimitExceeded" in str(error.error)


def _retry_after(response: requests.Response) -> timedelta | None:
    seconds = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() else None


def _sign_in_refused(error: RefreshError) -> ConnectorError:
    reason = str(error.args[0]) if error.args else ""
    code = reason.split(":", 1)[0].strip()[:60]
    return _ask_admin(
        worded(
            "Google refuses the service account's sign-in: its key was deleted, the account is disabled, or this "
            "machine's clock is wrong"
        ),
        code if code.isidentifier() else "",
    )


def _passing(what: str, code: str = "", wait: timedelta | None = None) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PASSING, code=code, wait=wait)


def _ask_admin(what: str, code: str = "") -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.ASK_ADMIN, code=code)
