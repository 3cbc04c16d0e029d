"""The daemon in a storm at Planfix's full limits, on a clock that needs no waiting: people go first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.structures import CaseInsensitiveDict
from structlog.testing import capture_logs

from bridge.daemon import Daemon
from bridge.engine.engine import Engine
from bridge.engine.routing import lane_of
from bridge.model.decisions import CommentTask, CreateTask, Decision, WriteFields
from bridge.model.deliveries import State
from bridge.model.events import Cause
from bridge.model.planning import Wanted
from bridge.model.records import Heard, Ref
from bridge.model.values import Plain
from bridge.testing import FakeClock, MemoryStore
from connectors.http import TokenBuckets, VendorSession
from connectors.planfix import LIMITS, PlanfixConnector, PlanfixMapping, PlanfixSettings
from sandbox.journal import Call
from sandbox.limits import PlanfixLimits
from sandbox.planfix import Planfix
from sandbox.planfix import calls as calls_of_planfix
from sandbox.planfix.errors import PlanfixError
from sandbox.planfix.model import Token
from sandbox.planfix_world import EMPLOYEES, ROBOT, seed_planfix
from tests.engine.office import agency
from tests.secrets import PLANFIX_TOKEN
from tests.virtual_time import VirtualPool, VirtualTime

DEALS, COMMENTS, PILES = 150, 30, 60
BEGIN = datetime(2026, 12, 1, 0, 55, tzinfo=UTC)  # five minutes before Planfix is listed whole
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

    def __init__(self, planfix: Planfix, time: VirtualTime, pace: TokenBuckets) -> None:
        reads = {"reads": lambda method, url: method.upper() == "GET" or url.endswith("/list")}
        super().__init__("planfix", pace, lanes=tuple(LIMITS), **reads)  # type: ignore[arg-type]
        self._planfix, self._time, self._on_the_way = planfix, time, Random(1)
        self._limits = PlanfixLimits(clock=time.now)
        self._routes = [(one, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one.path))) for one in planfix._table()]
        self.calls = self.rejected = 0
        self.answered: dict[str, float] = {}
        """When each address was last asked, in seconds."""

    def _straight(self, method: str, url: str, _args: Any, kwargs: Any) -> requests.Response:
        self._time.sleep(self._on_the_way.uniform(0.02, 0.15))
        path = urlsplit(url).path.removeprefix("/planfix/rest")
        status, body = 429, b"{}"
        self.calls += 1
        if self._limits.take(Call("planfix", method, path, {}, {}, {})) is not None:
            self.rejected += 1
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


class Moving(FakeClock):
    """The time of day that goes with a virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(BEGIN)
        self._time = time

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self._time.now())


class Storm:
    """A daemon with a backfill of several hundred writes, an import, a night's comparison, and people who act."""

    def __init__(self, time: VirtualTime, lasts: float) -> None:
        self.time, self.lasts = time, lasts
        self.clock = Moving(self.time)
        self.store = MemoryStore()  # good enough: of those who live by a virtual time one is awake
        self.planfix = Planfix(self.clock)
        seed_planfix(self.planfix)
        self.planfix.store.tokens[PLANFIX_TOKEN] = Token(PLANFIX_TOKEN, ROBOT)
        self._fill()
        pace = TokenBuckets(LIMITS, now=self.time.now, sleep=self.time.sleep)
        self.wire = Wire(self.planfix, self.time, pace)
        settings = PlanfixSettings(PLANFIX_TOKEN, "https://account.test/planfix/rest")
        mapping = PlanfixMapping(("Продаж",), FIELDS, people={"user:2": "andrii"}, comments=True)
        self.connector = PlanfixConnector(settings, mapping, self.clock, pace, self.wire)
        self.engine = Engine(self.store, {"planfix": self.connector}, agency(), self.clock)
        self.daemon = Daemon(self.engine, {})
        self.wanted = self.acts = 0
        self.pressed: list[float] = []

    def _fill(self) -> None:
        deals = [
            self.planfix.changes.create("task", {"name": f"Сайт {n}", "template": {"id": 11}}, EMPLOYEES[0])[0]
            for n in range(DEALS + PILES)
        ]
        self.refs = [Ref("planfix", "main", "task", str(deal.id)) for deal in deals]
        for number in range(COMMENTS):
            self.planfix.comments.add(deals[number % DEALS], {"description": "Слово"}, EMPLOYEES[0])

    def blow(self) -> None:
        self.time.live(self._first_reading)
        people = [partial(self._person, Random(seed)) for seed in range(3)]
        self.time.live(
            self._rounds,
            self._polls,
            self._import,
            self._rereading,
            self._backfill,
            self._piles,
            self._presses,
            *people,
        )

    @property
    def over(self) -> bool:
        return self.time.now() >= self.lasts

    def _first_reading(self) -> None:
        self.engine.pull("planfix")

    def _backfill(self) -> None:
        """More writes that nobody waits for than can be made, from deal to deal."""
        for number in count():
            if self.over:
                return
            values: dict[str, Plain] = {"site": f"{number}.test"}
            self._want(WriteFields("planfix.task", values), number % DEALS, background=True)
            self.time.sleep(3)

    def _piles(self) -> None:
        """Deals that are first seen, and somebody who acts on each while its first values wait."""
        random = Random(5)
        for deal in range(DEALS, DEALS + PILES):
            self.time.sleep(random.uniform(30, 60))
            if self.time.now() >= self.lasts - 60:
                return
            for name, value in FIRST.items():
                self._want(WriteFields("planfix.task", {name: value}, base={name: None}), deal, background=True)
            self.time.sleep(random.uniform(0, 12))
            self._want(WriteFields("planfix.task", {"card": "https://trello.test/c/1"}, base={"card": None}), deal)
            self.acts += 1

    def _rounds(self) -> None:
        """As the daemon's own loop: whenever something happened, and once a second."""
        worked = 0.0
        while not self.over:
            if self.daemon._wake.is_set() or self.time.now() >= worked + 1:
                self.daemon._wake.clear()
                worked = self.time.now()
                self.daemon.work()
            self.time.sleep(0.25)

    def _polls(self) -> None:
        while not self.over:
            self.daemon.read("planfix")
            self.time.sleep(60)

    def _import(self) -> None:
        """The past, from the beginning again and again."""
        cursor, pulled = None, self.store.cursor("planfix")
        assert pulled is not None
        while not self.over:
            page = self.connector.past(cursor, pulled, None)
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
            self._want(random.choice(acts), random.randrange(DEALS))
            self.acts += 1

    def _want(self, decision: Decision, deal: int, *, background: bool = False) -> None:
        self.wanted += 1
        with self.store.intake(self.clock.now()) as intake:
            subject = intake.local(self.refs[deal])
            wanted = Wanted(f"k{self.wanted}", decision, subject, Cause(""), background=background)
            intake.want(wanted, client="", connector="planfix", lane=lane_of(wanted, ""))
        self.daemon.wake()

    def waited(self, *, background: bool) -> list[float]:
        """How long each took that is done, in seconds."""
        rows = [
            row for row in self.store.deliveries(states=[State.CONFIRMED], limit=5000) if row.background is background
        ]
        return [(row.ended_at - row.created_at).total_seconds() for row in rows if row.ended_at is not None]


@pytest.fixture
def storm(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Storm]:
    time = VirtualTime()
    for place in ("bridge.daemon", "bridge.engine.rereading"):
        monkeypatch.setattr(f"{place}.ThreadPoolExecutor", partial(VirtualPool, time))
        monkeypatch.setattr(f"{place}.time", SimpleNamespace(monotonic=time.now))
    storm = Storm(time, request.param)
    yield storm
    storm.store.close()


@pytest.mark.parametrize("storm", [600.0, pytest.param(3600.0, marks=[pytest.mark.slow])], indirect=True)
def test_storm_provokes_no_refusal_and_people_wait_less_than_15_seconds(storm: Storm) -> None:
    with capture_logs():
        storm.blow()
    people, others = storm.waited(background=False), storm.waited(background=True)
    print(f"{storm.wire.calls} requests, {len(people)} acts of people, the longest wait {max(people):.1f} s")
    print(f"{len(storm.pressed)} presses, the longest wait for a fresh reading {max(storm.pressed):.1f} s")
    assert storm.wire.rejected == 0
    assert storm.wire.calls > 0.84 * storm.lasts
    assert len(people) == storm.acts > storm.lasts / 30
    assert len(others) > storm.lasts / 6
    assert max(people) < 15
    assert len(storm.pressed) > storm.lasts / 70
    assert max(storm.pressed) < 15
