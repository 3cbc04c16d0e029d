"""A storm at Planfix's full limits: a request a second."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from bridge.model.decisions import CommentTask, CreateTask, Decision, WriteFields
from bridge.model.protocols import Connector
from bridge.model.records import Heard, Ref
from bridge.model.values import Plain
from connectors.http import TokenBuckets, VendorSession
from connectors.planfix import LIMITS, PlanfixConnector, PlanfixMapping, PlanfixSettings
from sandbox.journal import Call
from sandbox.limits import PlanfixLimits
from sandbox.planfix import Planfix
from sandbox.planfix import calls as calls_of_planfix
from sandbox.planfix.errors import PlanfixError
from sandbox.planfix.model import Token
from sandbox.planfix_world import EMPLOYEES, ROBOT, seed_planfix
from tests.daemon.storms import Storm
from tests.secrets import PLANFIX_TOKEN
from tests.virtual_time import VirtualTime

DEALS, COMMENTS, PILES = 150, 30, 60
ANSWERED_IN = 0.3
FIELDS: dict[str, str | int] = {
    "planfix.task.site": "Проєкт",
    "planfix.task.work": "Вид роботи",
    "planfix.task.sum": "Сума",
    "planfix.task.paid": "Передоплата отримана",
    "planfix.task.talked": "Розмову проведено",
    "planfix.task.card": "Картка Trello",
}
FIRST: dict[str, Plain] = {"site": "kava.test", "work": "seo", "sum": 100, "paid": True, "talked": True}
"""What a deal gets in the background when it is first seen: a write for each fact."""


class Wire(VendorSession):
    """A session whose other end is the stand-in: it counts requests when they arrive, a moment after they are sent."""

    def __init__(self, planfix: Planfix, time: VirtualTime, pace: TokenBuckets, storm: Storm) -> None:
        reads = {"reads": lambda method, url: method.upper() == "GET" or url.endswith("/list")}
        super().__init__("planfix", pace, lanes=tuple(LIMITS), **reads)  # type: ignore[arg-type]
        self._planfix, self._time, self._on_the_way = planfix, time, Random(1)
        self._storm = storm
        self._limits = PlanfixLimits(clock=time.now)
        self._routes = [(one, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one.path))) for one in planfix._table()]
        self.answered: dict[str, float] = {}
        """When each address was last asked, in seconds."""

    def _straight(self, method: str, url: str, _args: Any, kwargs: Any) -> requests.Response:
        self._time.sleep(self._on_the_way.uniform(0.02, 0.15))
        path = urlsplit(url).path.removeprefix("/planfix/rest")
        status, body = 429, b"{}"
        self._storm.calls += 1
        if self._limits.take(Call("planfix", method, path, {}, {}, {})) is not None:
            self._storm.rejected += 1
        else:
            status, body = self._answer(method, path, kwargs)
        self._time.sleep(ANSWERED_IN)
        self.answered[f"{method} {path}"] = self._time.now()
        response = requests.Response()
        response.status_code, response._content, response.headers = status, body, CaseInsensitiveDict()
        response.request = requests.Request(method, url).prepare()
        return response

    def _answer(self, method: str, path: str, kwargs: Any) -> tuple[int, bytes]:
        token = self._planfix.store.tokens[PLANFIX_TOKEN]
        for operation, pattern in self._routes:
            if operation.method == method and (found := pattern.fullmatch(path)):
                asked = kwargs.get("params") or {}, kwargs.get("json") or {}
                try:
                    answer = operation.handler(calls_of_planfix.Call(token, found.groupdict(), *asked, None, ""))
                except PlanfixError as error:
                    return error.status, json.dumps({"result": "fail", "code": error.code}).encode()
                body = json.dumps(answer).encode() if isinstance(answer, dict) else bytes(answer.body)
                return (200, body) if isinstance(answer, dict) else (answer.status_code, body)
        raise AssertionError(f"nobody answers {method} {path}")


class PlanfixStorm(Storm):
    """A backfill of several hundred writes, an import, a night's comparison, and people who act."""

    name = "planfix"

    def connected(self) -> Connector:
        self.pressed: list[float] = []
        self.planfix = Planfix(self.clock)
        seed_planfix(self.planfix)
        self.planfix.store.tokens[PLANFIX_TOKEN] = Token(PLANFIX_TOKEN, ROBOT)
        self._fill()
        pace = TokenBuckets(LIMITS, now=self.time.now, sleep=self.time.sleep)
        self.wire = Wire(self.planfix, self.time, pace, self)
        settings = PlanfixSettings(PLANFIX_TOKEN, "https://account.test/planfix/rest")
        mapping = PlanfixMapping(("Продаж",), FIELDS, people={"user:2": "andrii"}, comments=True)
        self.office = PlanfixConnector(settings, mapping, self.clock, pace, self.wire)
        return self.office

    def lives(self) -> list[Callable[[], None]]:
        people = [partial(self._person, Random(seed)) for seed in range(3)]
        return [self._import, self._rereading, self._backfill, self._piles, self._presses, *people]

    def _fill(self) -> None:
        deals = [
            self.planfix.changes.create("task", {"name": f"Сайт {n}", "template": {"id": 11}}, EMPLOYEES[0])[0]
            for n in range(DEALS + PILES)
        ]
        self.refs = [Ref("planfix", "main", "task", str(deal.id)) for deal in deals]
        for number in range(COMMENTS):
            self.planfix.comments.add(deals[number % DEALS], {"description": "Слово"}, EMPLOYEES[0])

    def _backfill(self) -> None:
        """More writes that nobody waits for than can be made, from deal to deal."""
        for number in count():
            if self.over:
                return
            values: dict[str, Plain] = {"site": f"{number}.test"}
            self.want(WriteFields("planfix.task", values), number % DEALS, background=True)
            self.time.sleep(3)

    def _piles(self) -> None:
        """Deals that are first seen, and somebody who acts on each while its first values wait."""
        random = Random(5)
        for deal in range(DEALS, DEALS + PILES):
            self.time.sleep(random.uniform(30, 60))
            if self.time.now() >= self.lasts - 60:
                return
            for name, value in FIRST.items():
                self.want(WriteFields("planfix.task", {name: value}, base={name: None}), deal, background=True)
            self.time.sleep(random.uniform(0, 12))
            self.act(WriteFields("planfix.task", {"card": "https://trello.test/c/1"}, base={"card": None}), deal)

    def _import(self) -> None:
        """The past, from the beginning again and again."""
        cursor, pulled = None, self.store.cursor("planfix")
        assert pulled is not None
        while not self.over:
            page = self.office.past(cursor, pulled, None)
            cursor = page.cursor if page.more else None

    def _rereading(self) -> None:
        """What something waits for, or a webhook named: a few records every quarter of a minute."""
        random = Random(9)
        while not self.over:
            self.daemon._rereaders["planfix"].ask(
                dict.fromkeys(random.sample(self.refs[:DEALS], 5), ()), background=True
            )
            self.time.sleep(15)

    def _presses(self) -> None:
        """Whoever presses a button on a deal has it read again, behind a backlog of what keeps facts in step."""
        random = Random(3)
        while self.time.now() < self.lasts - 60:
            self.time.sleep(random.uniform(20, 60))
            backlog = dict.fromkeys(random.sample(self.refs[:DEALS], 40), ())
            self.daemon._rereaders["planfix"].ask(backlog, background=True)
            self.time.sleep(random.uniform(0, 5))
            pressed, deal = self.time.now(), random.choice(self.refs[DEALS:])
            self.daemon.heard("planfix", Heard(touched=[deal]), ())
            while self.wire.answered.get(f"GET /task/{deal.id}", 0.0) <= pressed + ANSWERED_IN:
                self.time.sleep(0.25)
            self.pressed.append(self.time.now() - pressed)

    def _person(self, random: Random) -> None:
        """Somebody whose act writes fields, gives a task to a colleague, or says something on a deal."""
        while self.time.now() < self.lasts - 60:
            self.time.sleep(min(random.expovariate(1 / 60), 60))
            acts: tuple[Decision, ...] = (
                WriteFields("planfix.task", {"status": "В роботі", "site": f"{random.random()}.test"}),
                CreateTask("Подзвонити", "pm", "andrii"),
                CommentTask("Слово", "said"),
            )
            self.act(random.choice(acts), random.randrange(DEALS))

    def told(self) -> str:
        return f"{super().told()}; {len(self.pressed)} presses, the longest read after {max(self.pressed):.1f} s"
