"""What a plain py-trello loop spends on the same work: as its README shows it, counted at the same sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import requests
from trello import Board, Card, TrelloClient

from sandbox import Sandbox
from sandbox.trello import model as sandbox_model
from sandbox.trello_world import KEY, TOKEN

_WRITTEN, _TRELLO = "https://api.trello.com/", "/trello/"


class PlainLoop:
    """A client before a sandbox, with the first board of its token."""

    def __init__(self, base_url: str, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._http = _Redirected(base_url)
        client = TrelloClient(api_key=KEY, token=TOKEN, http_service=self._http)
        self._board: Board = client.list_boards()[0]
        self._seen: dict[str, datetime] = {}

    def read(self) -> Sequence[Card]:
        """Every card of the board with its fields, checklists, comments and attachments."""
        return self._fetched(self._board.all_cards())

    def read_changed(self) -> Sequence[Card]:
        """The kinder loop: all cards again, and the whole of those whose last activity is another."""
        return self._fetched(
            [one for one in self._board.all_cards() if self._seen.get(one.id) != one.date_last_activity]
        )

    def know(self, cards: Sequence[sandbox_model.Card]) -> None:
        """Take these as read, without asking."""
        self._seen = {card.id: card.last_activity for card in cards}

    def add_checklist(self, card: str, title: str, lines: Sequence[str]) -> None:
        """A checklist with so many lines on a card."""
        self._board.client.get_card(card).add_checklist(title, lines)

    def asked(self) -> int:
        """How many requests it has made so far."""
        return self._http.asked

    def _fetched(self, cards: Sequence[Card]) -> Sequence[Card]:
        for card in cards:
            card.fetch(eager=True)
            self._seen[card.id] = card.date_last_activity
        return cards


class _Redirected:
    """py-trello's `requests`, with the sandbox in Trello's place."""

    def __init__(self, base_url: str) -> None:
        self._session = requests.Session()
        self._trello = base_url + _TRELLO
        self.asked = 0

    def request(self, method: str, url: str, **asked: object) -> requests.Response:
        """Ask, and count."""
        self.asked += 1
        return self._session.request(method, url.replace(_WRITTEN, self._trello, 1), **asked)  # type: ignore[arg-type]
