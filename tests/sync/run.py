"""One sequence: steps of people, of the bridge and of trouble, and then a time in which the bridge is left alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from unittest import mock

import sqlalchemy as sa
import structlog
from urllib3 import HTTPResponse

from bridge.engine.engine import Engine
from bridge.engine.outbox import Outbox
from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.protocols import Connector
from bridge.model.records import Page, Ref
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.testing import FakeConnector, MemoryStore
from connectors.planfix import PlanfixConnector, PlanfixSettings
from connectors.planfix.api import planfix_session
from connectors.trello import TrelloConnector, TrelloSettings
from connectors.trello.session import trello_session
from sandbox.trello.model import Action, Board
from tests.secrets import PLANFIX_TOKEN, TRELLO_KEY, TRELLO_SECRET, TRELLO_TOKEN
from tests.simulation.shelf import Watched
from tests.simulation.trouble import Crash
from tests.sync import agency
from tests.sync.people import ACTS, People
from tests.sync.trouble import (
    ANYWHERE,
    AT_A_COMMIT,
    AT_A_LOOK,
    AT_A_REQUEST,
    AT_A_WRITE,
    IN_PLANFIX,
    KINDS,
    OF_CALLS,
    SERVICES,
    Trouble,
    Waiting,
)
from tests.sync.wire import HOST, Asked, NoPace, Wire, connected
from tests.sync.world import BRIDGE, World

LENGTH = 40
_QUIET_ROUNDS = 30
_STILL = 2
"""So many readings in a row that bring nothing more to do."""
_TRELLO = TrelloSettings(TRELLO_KEY, TRELLO_TOKEN, TRELLO_SECRET, f"{HOST}/trello")
_PLANFIX = PlanfixSettings(PLANFIX_TOKEN, f"{HOST}/planfix/rest")
_STEPS: dict[str, int] = {
    "edits_a_card": 10,
    "edits_planfix": 10,
    "edits_both": 5,
    "empties_a_card": 2,
    "empties_planfix": 2,
    "makes_a_deal": 1,
    "makes_a_card": 1,
    "copies_a_card": 1,
    "deletes_a_card": 1,
    "deletes_a_task": 1,
    "archives_or_restores": 3,
    "moves_a_card": 2,
    "moves_to_a_board": 1,
    "renames_a_field": 1,
    "renames_a_list": 1,
    "comments": 1,
    "bridge reads trello": 5,
    "bridge reads planfix": 5,
    "bridge plans": 3,
    "bridge delivers": 5,
    "bridge works": 6,
    "trello calls": 4,
    "planfix calls": 2,
    "trouble": 14,
    "restart": 1,
}
"""What a step may be, and how often."""


@dataclass(frozen=True)
class Step:
    """One step; what exactly is drawn from its own number, so that another one left out changes nothing of it."""

    number: int
    kind: str
    after: float
    """Seconds since the step before."""


def steps_of(seed: int, length: int = LENGTH) -> list[Step]:
    """The steps that a seed draws."""
    random = Random(f"{seed}:steps")
    kinds, weights = list(_STEPS), list(_STEPS.values())
    return [
        Step(number, random.choices(kinds, weights)[0], random.choice((1.0, 5.0, 30.0, 90.0, 400.0)))
        for number in range(length)
    ]


class Shelf(MemoryStore):
    """The store of one sequence, whose commits a process may not live to see."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._lines: Watched = self._engine.get_execution_options().get("lines") or Watched(self._engine)
        self._lines.begins, self._lines.commits = trouble.begins, trouble.commits_now
        self._engine.update_execution_options(lines=self._lines)

    def known_clients(self) -> list[str]:
        """Every client there is."""
        with reading(self._engine) as connection:
            return sorted(connection.execute(sa.select(t.clients.c.client)).scalars())

    def close(self) -> None:
        self._lines.begins = self._lines.commits = _nothing
        super().close()


def _nothing() -> None:
    return


class _Trello(TrelloConnector):
    """The real one; the world knows what it is about to write."""

    world: World

    def push(self, delivery: Delivery) -> Receipt:
        with _under_way(self.world, delivery):
            return super().push(delivery)


class _Planfix(PlanfixConnector):
    """The real one; the world knows what it is about to write."""

    world: World

    def push(self, delivery: Delivery) -> Receipt:
        with _under_way(self.world, delivery):
            return super().push(delivery)


@contextmanager
def _under_way(world: World, delivery: Delivery) -> Iterator[None]:
    world.under_way = delivery
    try:
        yield
    finally:
        world.under_way = None


class Run:
    """A world, a bridge over it, and the steps of a seed. `without` are steps that are left out."""

    def __init__(self, seed: int, length: int = LENGTH, without: frozenset[int] = frozenset()) -> None:
        self.seed = seed
        self.steps = [step for step in steps_of(seed, length) if step.number not in without]
        self.world = World(Random(f"{seed}:lists"))
        self.people = People(self.world)
        self.trouble = Trouble(writing=lambda: self.world.under_way is not None)
        self.wire = Wire(self.world.sandbox)
        self.wire.before, self.wire.after = self._before, self._after
        self.clock = self.world.clock
        self.store = Shelf(self.trouble)
        self.crashes = 0
        self.requests = 0
        self.raised: list[str] = []
        self.restless = False
        self.rounds = 0
        self._calls: list[tuple[bytes, str]] = []
        self._disturbed = ""
        self.world.trello.store.listeners.append(self._happened)
        self.engine = self._started()

    # -- the whole --------------------------------------------------------------------------------------------------

    def run(self) -> Run:
        """All steps, then the time in which nothing new happens and nothing goes wrong."""
        with _chance(self.seed), _listened(self.raised):
            self._begin()
            for step in self.steps:
                self._wait(step.after)
                self._guarded(partial(self._step, step))
            self.trouble.waiting.clear()
            self.trouble.commits.clear()
            self.world.finish_queued()
            self.world.note("-- left alone")
            self._leave_alone()
        return self

    def _begin(self) -> None:
        """Two deals of one client and one of another, in step."""
        content = Random(f"{self.seed}:beginning")
        self.people.new_deal(content)
        self.people.new_deal(content, self.world.contacts[0])
        self.people.new_deal(content)
        for _round in range(2):
            self._wait(90)
            self._work()

    def _leave_alone(self) -> None:
        still = 0
        for self.rounds in range(1, _QUIET_ROUNDS + 1):
            due = self.engine.next_moment()
            soon = self.clock.now() + timedelta(minutes=3)
            self._to(max(soon, due) if due is not None and due < soon + timedelta(minutes=15) else soon)
            before = self._writes()
            self._guarded(self._work)
            wrote = self._writes() - before
            open_ = self._open()
            still = still + 1 if not wrote and not open_ else 0
            if still == _STILL:
                return
        self.restless = True

    def _open(self) -> int:
        counts = self.store.counts()
        return counts.get(State.WAITING.value, 0) + counts.get(State.CLAIMED.value, 0)

    def _writes(self) -> int:
        return len(self.world.sandbox.journal.writes())

    def close(self) -> None:
        """Lets go of everything."""
        for connector in self.engine.connectors.values():
            connector.close()
        self.store.close()

    # -- time --------------------------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        self._to(self.clock.now() + timedelta(seconds=seconds))

    def _to(self, moment: Any) -> None:
        self.clock.set(moment)
        self.world.sandbox.clock.set(moment)

    # -- steps -------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        what, content = Random(f"{self.seed}:{step.number}:what"), Random(f"{self.seed}:{step.number}:content")
        if step.kind in ACTS:
            self.people.act(step.kind, what, content)
            return
        match step.kind:
            case "bridge reads trello":
                self._pull("trello")
            case "bridge reads planfix":
                self._pull("planfix")
            case "bridge plans":
                self.engine.plan_due()
            case "bridge delivers":
                self.engine.deliver_due(limit=what.choice((1, 3, 20)))
            case "bridge works":
                self._work()
            case "trello calls":
                self._trello_calls(what)
            case "planfix calls":
                self._planfix_calls(what)
            case "restart":
                raise Crash("stopped by hand")
            case _:
                self._trouble(what, content)

    def _guarded(self, what: Callable[[], object]) -> None:
        """Runs it; the process may end meanwhile, and another one begins."""
        try:
            what()
            self.trouble.still_there()
        except Crash as crash:
            self.world.look(BRIDGE)
            self.world.under_way = None
            self.world.note(f"the process ends: {crash}")
            self.crashes += 1
            self.trouble.restart()
            self._guarded(self._start)

    def _start(self) -> None:
        self.engine = self._started()

    def _work(self) -> None:
        """One round of the daemon, and again while anything was done."""
        for name in SERVICES:
            self._pull(name)
        for _round in range(12):
            self.engine.refresh(set())
            plans, _wanted = self.engine.plan_due()
            if not (self.engine.deliver_due() or plans):
                return

    def _pull(self, name: str) -> None:
        begun = (self.world.n, self.clock.now())
        try:
            self.engine.pull(name)
            self.world.reads.setdefault(name, []).append(begun)
        except (ConnectorError, SourceEmptied) as error:
            self.world.note(f"{name} cannot be read: {error}")
        for source in self.store.emptied():
            self.store.accept_empty(source, self.clock.now())  # people see that cards have only gone to another board

    def _trouble(self, what: Random, content: Random) -> None:
        kind, service = what.choice(KINDS), what.choice(SERVICES)
        if kind in OF_CALLS:
            self._disturbed = kind
        elif kind in AT_A_COMMIT:
            self.trouble.commits.append((kind, what.randrange(8)))
        elif kind in IN_PLANFIX:
            self._in_planfix(kind, what)
        else:
            assert kind in AT_A_REQUEST
            where = what.choice((ANYWHERE, AT_A_LOOK, AT_A_WRITE))
            passes = what.randrange(6 if where == ANYWHERE else 2)
            act = partial(self.people.act, "edits_what_is_written", what, content)
            self.trouble.waiting.append(Waiting(kind, service, passes, where, act))
        self.world.note(f"trouble ahead: {kind} at {service}")

    def _in_planfix(self, kind: str, what: Random) -> None:
        tasks = self.world.tasks
        if not tasks:
            return
        self.trouble.met[kind] += 1
        task = what.choice(tasks)
        if kind == "queued":
            self.world.planfix.changes.make_busy(task.id, 1, what.randrange(4))
        else:
            number = self.world.numbers[
                what.choice(sorted(key for key in self.world.numbers if key.startswith("deal")))
            ]
            self.world.planfix.changes.refuse("task", task.id, str(number), times=what.choice((1, 2)))

    # -- calls -------------------------------------------------------------------------------------------------------

    def _happened(self, action: Action, board: Board, _models: frozenset[str]) -> None:
        if board.name in agency.BOARDS:
            body = {"action": self.world.trello.views.action(action)}
            self._calls.append((json.dumps(body).encode(), action.actor.client_identifier or ""))

    def _trello_calls(self, what: Random) -> None:
        """Trello tells of what happened since it last called; some of it gets lost, comes twice or in disorder."""
        calls, self._calls = self._calls[-8:], []
        match self._disturbed:
            case "calls lost":
                calls = [call for call in calls if what.random() < 0.5]
            case "calls twice":
                calls = [*calls, *calls]
            case "calls in the wrong order":
                calls = calls[::-1]
        if self._disturbed:
            self.trouble.met[self._disturbed] += 1
        self._disturbed = ""
        connector = self.engine.connectors["trello"]
        assert isinstance(connector, TrelloConnector)
        touched: dict[Ref, set[str]] = {}
        for body, sender in calls:
            try:
                heard = connector.hear(body, sender)
            except ConnectorError:
                return  # nothing was read yet: Trello calls again, or the next reading tells
            if heard.happenings:
                self.engine.take_in("trello", Page(cursor=None, happenings=heard.happenings))
            touched.update({ref: set() for ref in heard.touched})
        if touched:
            self._again("trello", touched)

    def _planfix_calls(self, what: Random) -> None:
        """A scenario of the account tells that a task was changed."""
        tasks = self.world.tasks
        if tasks:
            self._again("planfix", {Ref("planfix", "main", "task", str(what.choice(tasks).id)): set()})

    def _again(self, name: str, refs: dict[Ref, set[str]]) -> None:
        try:
            self.engine.read_again(name, refs)
        except ConnectorError as error:
            self.world.note(f"{name} cannot be read again: {error}")

    # -- the process -------------------------------------------------------------------------------------------------

    def _started(self) -> Engine:
        """A process begins on the same database, as the assembly and the daemon begin it."""
        pace = NoPace()
        trello = _Trello(
            _TRELLO,
            agency.TRELLO,
            self.clock,
            pace,
            connected(trello_session(_TRELLO, pace, only_reads=False), self.wire),
        )
        planfix = _Planfix(
            _PLANFIX,
            agency.PLANFIX,
            self.clock,
            pace,
            connected(planfix_session(_PLANFIX, pace, only_reads=False), self.wire),
        )
        trello.world = planfix.world = self.world
        chat = FakeConnector("telegram", frozenset({Capability.CHAT}), self.clock)
        connectors: dict[str, Connector] = {"trello": trello, "planfix": planfix, "telegram": chat}
        self.store.end_claims(self.clock.now())
        engine = Engine(self.store, connectors, agency.context(), self.clock)
        engine.outbox = Outbox(self.store, connectors, self.clock, Random(f"{self.seed}:jitter:{self.crashes}"))
        engine.take_up()
        return engine

    def _before(self, asked: Asked) -> Any:
        """A request leaves: time passes, and trouble may lie in wait."""
        self.requests += 1
        self._wait(0.2)
        answer = self.trouble.before(asked)
        if answer is None:
            if asked.writes and asked.service == "planfix":
                self._before_planfix(asked)
            self._true = self.world.show_late(asked)
        return answer

    def _before_planfix(self, asked: Asked) -> None:
        kind, _, number = asked.path.removeprefix("/planfix/rest/").partition("/")
        if kind in ("task", "contact") and number.isdigit():
            thing = self.world.planfix.store.things[kind].get(int(number))
            if thing is not None:
                self.world.before_change(thing, kind, thing.id)

    def _after(self, asked: Asked, answer: HTTPResponse) -> None:
        """The request was carried out."""
        if answer.status == 202 and self.world.under_way is not None:
            self.world.queued.append((self.world.under_way, self.world.looked))
        if self._true is not None:
            self.world.put_back(asked, self._true)
        if asked.writes:
            self.world.look(BRIDGE, asked.service)
        else:
            self.world.looked = self.world.n
        self.trouble.after(asked)


@contextmanager
def _chance(seed: int) -> Iterator[None]:
    """The codes that the store makes are drawn by the seed, too."""
    random = Random(f"{seed}:codes")
    with mock.patch.object(secrets, "choice", random.choice):
        yield


@contextmanager
def _listened(raised: list[str]) -> Iterator[None]:
    """Nothing is logged but what nobody foresaw, and that is kept."""

    def keep(_logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        if name in ("error", "exception", "critical"):
            raised.append(f"{event.get('event')}: {event.get('exc_info')!r} {event.get('reason', '')}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[keep],
        wrapper_class=structlog.make_filtering_bound_logger(40),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)
