"""How Trello is reached: settings, limits, and what becomes of answers that are refusals, no JSON, or very large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from bridge.model.errors import ConnectorError, Retry
from bridge.model.protocols import Pace
from connectors.http import VendorSession

NAME = "trello"
TOKEN_LANE, KEY_LANE, MEMBER_LANE, ROLLING_LANE = "trello.token", "trello.key", "trello.member", "trello.rolling"
LIMITS: Mapping[str, tuple[int, float]] = {
    TOKEN_LANE: (100, 10),
    KEY_LANE: (300, 10),
    MEMBER_LANE: (100, 900),
    ROLLING_LANE: (10, 10),
}
"""https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/; the rolling read may use a tenth."""

BRIDGE = "agency-bridge"
"""Begins what every bridge calls itself."""
_LARGE_BYTES = 50_000
_PY_TRELLO = "https://api.trello.com/"


@dataclass(frozen=True, slots=True)
class TrelloSettings:
    """How to reach Trello. `base_url` has no `/1`; `secret` is the application's, used for webhooks only.

    `client_identifier` is what Trello calls this bridge as the cause of a change: another one for each installation.
    `callback_url` is where Trello is to call when a board changes, "" when it cannot reach the bridge. `renewed_in`
    is where an admin puts a new token.
    """

    key: str = field(repr=False)
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    base_url: str = "https://api.trello.com"
    client_identifier: str = BRIDGE
    callback_url: str = ""
    renewed_in: str = "BRIDGE_TRELLO__TOKEN"

    @property
    def installation(self) -> str:
        """What tells this bridge from others: the end of its client identifier, "" when it has none."""
        return self.client_identifier.removeprefix(BRIDGE).removeprefix("-")


class TooManyCards(ConnectorError):
    """The board is too big for one answer: its cards have to be read in pages."""


def trello_session(settings: TrelloSettings, pace: Pace, *, only_reads: bool) -> VendorSession:
    """The session for these settings: paced by token and key, and named to Trello."""
    return VendorSession(
        NAME,
        pace,
        lanes=(TOKEN_LANE, KEY_LANE),
        swap=(_PY_TRELLO, settings.base_url.rstrip("/") + "/"),
        secrets=(settings.key, settings.token, settings.secret),
        headers={"X-Trello-Client-Identifier": settings.client_identifier},
        only_reads=only_reads,
    )


@dataclass(frozen=True, slots=True)
class LargeAnswer:
    """The body of a large answer, not read yet: reading it costs more than all else, and mostly it is the last one."""

    body: bytes


class CheckedService:
    """What py-trello asks through: turns refusals into our errors before it can put key and token into its own."""

    def __init__(self, session: VendorSession, renewed_in: str) -> None:
        self._session = session
        self._advice = {
            401: f"; make a new token and put it into {renewed_in}",
            403: "; ask an admin of the board to let the token's member in",
        }

    def request(self, method: str, url: str, **asked: Any) -> requests.Response:
        response = self._session.request(method, url, **asked)
        path = url.removeprefix(f"{_PY_TRELLO}1/")
        if not 200 <= response.status_code < 300:
            text = response.text.strip()
            if response.status_code == 403 and "API_TOO_MANY_CARDS_REQUESTED" in text:
                raise TooManyCards(NAME, f"{path} has too many cards for one answer", retry=Retry.PASSING, code="403")
            advice = self._advice.get(response.status_code, "")
            raise self._session.refused(response, f"{method} {path}: {text[:120]}{advice}")
        response.status_code = 200  # py-trello takes any other for a refusal
        if method == "GET" and _is_whole_board(path) and len(response.content) >= _LARGE_BYTES:
            response.json = lambda: LargeAnswer(response.content)  # type: ignore[method-assign, assignment, misc]
            return response
        try:
            answer = response.json()
        except ValueError:
            pass
        else:
            response.json = lambda: answer  # type: ignore[misc, assignment]  # py-trello asks again
            return response
        raise self._session.unreadable(response, f"{method} {path}: an answer that is not JSON")


def _is_whole_board(path: str) -> bool:
    """Whether a path is asked again and again for the same: `boards/ID`."""
    return path.startswith("boards/") and path.count("/") == 1


def is_not_found(error: ConnectorError) -> bool:
    """Whether Trello said 404: gone, or out of the token's sight."""
    return error.code == "404"
