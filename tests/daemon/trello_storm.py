"""A storm at Trello's full limits: 100 requests in ten seconds for a token, 300 for a key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random

from urllib3 import HTTPResponse

from bridge.model.decisions import CommentCard, Decision, MoveCard, WriteFields
from bridge.model.protocols import Connector
from bridge.model.records import Ref
from bridge.model.values import Plain
from connectors.http import TokenBuckets
from connectors.trello import LIMITS, TrelloConnector, TrelloMapping, TrelloSettings
from connectors.trello.session import trello_session
from sandbox import Sandbox
from sandbox.journal import Call
from sandbox.limits import TrelloLimits
from sandbox.trello import Actor
from sandbox.trello_world import KEY, SECRET, TOKEN, seed_trello
from tests.daemon.storms import BEGIN, Storm
from tests.sync.wire import HOST, Asked, Wire, connected, reply

CARDS, PILES = 200, 60
ANSWERED_IN = 0.2
FIRST: dict[str, Plain] = {"site": "kava.test", "due": "2026-12-24T12:00:00Z", "description": "Кав'ярня"}
"""What a card gets in the background when it is first seen: a write for each fact."""


class TrelloStorm(Storm):
    """More writes than can be made, records to be read again, and people who act."""

    name = "trello"
    polled_every = 30.0

    def connected(self) -> Connector:
        sandbox = Sandbox(world="empty", start=BEGIN)
        sandbox.journal.keep_answers = 0
        board = seed_trello(sandbox.trello)
        actor = Actor(next(iter(sandbox.trello.store.members.values())))
        lists = [one for one in sandbox.trello.store.lists.values() if one.board_id == board.id]
        self.lists = [one.name for one in lists]
        cards = [
            sandbox.trello.cards.create({"name": f"Сайт {number}", "idList": lists[0].id}, actor)
            for number in range(CARDS + PILES)
        ]
        self.refs = [Ref("trello", "main", "card", card.id) for card in cards]
        pace = TokenBuckets(LIMITS, now=self.time.now, sleep=self.time.sleep)
        self._limits, self._on_the_way = TrelloLimits(clock=self.time.now), Random(1)
        wire = Wire(sandbox)
        wire.before, wire.after = self._arrives, lambda *_both: self.time.sleep(ANSWERED_IN)
        settings = TrelloSettings(KEY, TOKEN, SECRET, f"{HOST}/trello")
        session = connected(trello_session(settings, pace, only_reads=False), wire)
        mapping = TrelloMapping((board.name,), {"site": "Сайт"})
        return TrelloConnector(settings, mapping, self.clock, pace, session)

    def lives(self) -> list[Callable[[], None]]:
        people = [partial(self._person, Random(seed)) for seed in range(6)]
        return [self._rereading, self._backfill, self._piles, *people]

    def _arrives(self, asked: Asked) -> HTTPResponse | None:
        """Requests count when they arrive, a moment after they are sent."""
        self.time.sleep(self._on_the_way.uniform(0.02, 0.15))
        self.calls += 1
        if self._limits.take(Call("trello", asked.method, asked.path, {}, {}, None)) is None:
            return None
        self.rejected += 1
        return reply(429, b"{}")

    def _rereading(self) -> None:
        random = Random(9)
        while not self.over:
            asked = dict.fromkeys(random.sample(self.refs, 40), ())
            self.daemon._rereaders["trello"].ask(asked, background=True)
            self.time.sleep(5)

    def _backfill(self) -> None:
        """More writes that nobody waits for than can be made, from card to card.

        As where a fact is kept in step: a card has one such write of it at a time.
        """
        last: dict[int, str] = {}
        for number in count():
            if self.over:
                return
            card = number % CARDS
            if card not in last or not self.is_open(last[card]):
                wanted = WriteFields("trello.card", {"site": f"{number}.test"})
                last[card] = self.want(wanted, card, background=True)
            self.time.sleep(0.2)

    def _piles(self) -> None:
        """Cards that are first seen, and somebody who moves each while its first values wait."""
        random = Random(5)
        for card in range(CARDS, CARDS + PILES):
            self.time.sleep(random.uniform(5, 60))
            if self.time.now() >= self.lasts - 30:
                return
            for name, value in FIRST.items():
                self.want(WriteFields("trello.card", {name: value}), card, background=True)
            self.act(MoveCard(self.lists[1]), card)

    def _person(self, random: Random) -> None:
        """Somebody whose act moves a card, writes into it, or says something on it."""
        while self.time.now() < self.lasts - 30:
            self.time.sleep(min(random.expovariate(1 / 20), 20))
            name = WriteFields("trello.card", {"name": "Сайт"})
            acts: tuple[Decision, ...] = (MoveCard(random.choice(self.lists)), name, CommentCard("Слово"))
            self.act(random.choice(acts), random.randrange(CARDS))
