"""One seed from its first step to its last: the clock jumps to whatever is due next, for people and for the bridge."""

from __future__ import annotations

import hashlib
import heapq
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from unittest import mock

import structlog

from bridge.engine.clock import SetClock
from bridge.engine.engine import Engine
from bridge.engine.inviting import new_code
from bridge.engine.outbox import Outbox
from bridge.model.correspondents import Role
from bridge.model.deliveries import State
from bridge.model.errors import ConnectorError, Retry, SourceEmptied, StoreError
from bridge.model.records import Page
from bridge.store.stops import Scope
from tests.simulation.bureau import VERSIONS, context
from tests.simulation.drawing import DAY, Scale, Step, draw
from tests.simulation.people import People
from tests.simulation.shelf import Shelf
from tests.simulation.trouble import LOOKS, Crash, Trouble, openers
from tests.simulation.twins import twins
from tests.simulation.world import Thing, World

START = datetime(2026, 11, 30, 7, tzinfo=UTC)  # a Monday, 09:00 in Kyiv
SYSTEMS = ("email", "google_forms", "planfix", "telegram", "trello")
_QUIET = 5 * DAY
_RHYTHM = (6 * 3600.0, 14 * 3600.0)
"""How often what nobody told of is read: between two such readings a source's state is hours old."""
_AHEAD = timedelta(seconds=45)
_ROUNDS = 60
_PARTS = 3
"""A long text goes out in so many messages: each of them may meet what waits for it."""
_TOLERANCE = 0.001


@dataclass
class Spells:
    """Until when whole systems are out of order, in seconds; and what of them happens once."""

    until: dict[tuple[str, str], float] = field(default_factory=dict)
    once: list[str] = field(default_factory=list)

    def holds(self, what: str, system: str, now: float) -> bool:
        return now < self.until.get((what, system), 0.0)

    def takes(self, what: str) -> bool:
        """Whether it is to happen now; it happens once."""
        if what in self.once:
            self.once.remove(what)
            return True
        return False


@dataclass
class Held:
    """What staff stopped: everything, a client or a rule, since when and until when."""

    scope: str
    about: str
    since: datetime
    until: datetime | None = None

    def covers(self, client: str, rule: str) -> bool:
        """Whether an effect of that rule for that client is meant."""
        return self.scope == "all" or self.about == {"client": client, "rule": rule}[self.scope]


class Simulation:
    """A world, a bridge over it, and what the seed has drawn for both. `without` are steps that are left out."""

    def __init__(self, seed: int, scale: Scale | None = None, without: frozenset[int] = frozenset()) -> None:
        self.seed = seed
        self.scale = scale or Scale()
        self.without = without
        self.clock = SetClock(START)
        self.world = World(self.clock.now, lambda: self._lags.uniform(0, 59), Random(f"{seed}:owner").random() < 0.5)
        self.trouble = Trouble()
        self.spells = Spells()
        self.crashes = 0
        self.happened: list[str] = []
        self.held: list[Held] = []
        self.called_inside: list[str] = []
        self.forgotten: dict[str, float] = {}
        self.down_until = 0.0
        self.suspended_until = 0.0
        self.version = 0
        self._lags = Random(f"{seed}:lags")
        self._due: list[tuple[float, str, int, Callable[[], object]]] = []
        self._order = 0
        self._polls: dict[str, float] = {}
        self._reading: set[str] = set()
        self._depth = 0
        self._again: dict[str, float] = {}
        self._wakes = Random(f"{seed}:wakes")
        self._rested = -1
        self.people = People(self)
        self.store = Shelf(self.trouble, lambda: self.seconds)
        self.store.between = self._between
        self.engine = self._started()

    # -- time ---------------------------------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return (self.clock.now() - START).total_seconds()

    @property
    def working(self) -> bool:
        """Whether the bridge's process runs."""
        return self.seconds + _TOLERANCE >= max(self.down_until, self.suspended_until)

    def run(self) -> Simulation:
        """All steps, then a quiet time in which nothing new happens and nothing goes wrong."""
        with _chance(self.seed), _silence():
            for step in draw(self.seed, self.scale):
                if step.number not in self.without:
                    self.later(step.at, f"step {step.number:05}", partial(self._step, step))
            for name in SYSTEMS:
                self._poll_at(name, 1.0)
            length = self.scale.days * DAY
            self._until(length)
            self._calm()
            self._until(length + _QUIET, quiet=True)
        return self

    def later(self, at: float, key: str, what: Callable[[], object]) -> None:
        """Something happens outside at that second. Keys order what happens at once."""
        self._order += 1
        heapq.heappush(self._due, (max(at, self.seconds), key, self._order, what))

    def _until(self, end: float, *, quiet: bool = False) -> None:
        while True:
            at = self._next()
            if at is None or at > end or (quiet and self._settled()):
                self.clock.set(max(self.clock.now(), START + timedelta(seconds=min(end, at or end))))
                return
            self._go_to(at)
            self._outside()
            if self.working and self._has_work():
                self._guarded(self._work)

    def _go_to(self, at: float) -> None:
        moment = START + timedelta(seconds=at)
        if moment > self.clock.now():
            self.clock.set(moment)

    def _has_work(self) -> bool:
        """Whether a round would find anything: something was stored since the last one, or something is due."""
        due = self.store.next_moment()
        return self._fresh or self.store.commits != self._rested or (due is not None and due <= self.clock.now())

    def _next(self) -> float | None:
        moments = [self._due[0][0]] if self._due else []
        asleep = max(self.down_until, self.suspended_until)
        if asleep > self.seconds + _TOLERANCE:
            return min([*moments, asleep])
        moments += self._polls.values()
        due = self.store.next_moment()
        if due is not None:
            # What is due and could not go, because all is stopped or something ahead of it waits, need not be looked at
            # every second until something has happened.
            rest = 60.0 if self.store.commits == self._rested else 1.0
            moments.append(max((due - START).total_seconds(), self.seconds + rest))
        return min(moments, default=None)

    def _settled(self) -> bool:
        """Whether nothing is left to be done, and everything that happened has been read."""
        counts = self.store.counts()
        open_ = counts.get(State.WAITING.value, 0) + counts.get(State.CLAIMED.value, 0)
        long_ago = max(self.people.told_at + 300, self.scale.days * DAY + 6 * 3600)
        return not self._due and not open_ and self.seconds > long_ago and not self.store.waits()

    def _outside(self) -> None:
        """What people do now, and readings that are due."""
        while self._due and self._due[0][0] <= self.seconds + _TOLERANCE:
            _at, _key, _order, what = heapq.heappop(self._due)
            self._guarded(what)
        if not self.working:
            return
        for name in [name for name, at in sorted(self._polls.items()) if at <= self.seconds + _TOLERANCE]:
            if self.working:
                self._guarded(partial(self._poll, name))

    def _guarded(self, what: Callable[[], object]) -> None:
        """Runs it; the process may die of it, and the database may refuse it."""
        try:
            what()
        except Crash as crash:
            if self._depth:
                raise
            drawn = Random(f"{self.seed}:crash:{self.crashes}").choice((2.0, 30.0, 400.0))
            self._crash(str(crash), drawn if crash.down is None else crash.down)
        except StoreError as error:
            self.note(f"database: {error}")
            self.later(self.seconds + 7, f"wake {self.seconds}", lambda: None)

    def note(self, what: str) -> None:
        """A line of the replay."""
        self.happened.append(f"{timedelta(seconds=int(self.seconds))} {what}")

    # -- the process --------------------------------------------------------------------------------------------

    def _started(self) -> Engine:
        """A process begins, as the assembly and the daemon begin it."""
        connectors = twins(self)
        engine = Engine(self.store, connectors, context(self.version), self.clock)
        jitter = Random(f"{self.seed}:jitter:{self.crashes}")
        engine.outbox = Outbox(self.store, connectors, self.clock, jitter)
        self._fresh = True
        return engine

    def _crash(self, where: str, for_seconds: float) -> None:
        """The process is gone, with everything it had in memory; another one begins later."""
        self.note(f"CRASH {where}")
        self.crashes += 1
        self._reading.clear()
        self.down_until = self.seconds + for_seconds
        self.engine = self._started()

    def _begin(self) -> None:
        """What a new process does first."""
        self._fresh = False
        self._again.clear()
        self.store.end_claims(self.clock.now())
        self.engine.take_up()
        for name in SYSTEMS:
            self._poll_at(name, self.seconds + 1)

    def _work(self) -> None:
        """One round of the daemon, and again while anything was done."""
        if self._fresh:
            self._begin()
        for _round in range(_ROUNDS):
            due = self.store.due(self.clock.now())
            delivered = self._deliver(3) if due.deliveries else 0
            plans = 0
            if due.waits:
                self._refresh()
                self.engine.tell_waits()
            if due.plans or due.waits:
                plans, _wanted = self.engine.plan_due()
                if plans:  # looked at here: what is delivered next may have the client planned again, and hide it
                    self.forgotten.update(dict.fromkeys(self.store.forgotten(), self.seconds))
            if due.asked:
                self.engine.tell_missed()
            if not (delivered or plans):
                break
        self._rested = self.store.commits
        for wait in self.store.waits():
            for source in wait.sources:
                self.poll_soon(source.partition(".")[0], 60.0)

    def _refresh(self) -> None:
        now = self.seconds
        self._again = {what: at for what, at in self._again.items() if now - at < 20}
        resting = set(self._again)
        self.engine.refresh(resting)
        self._again = {what: self._again.get(what, now) for what in sorted(resting)}

    def _deliver(self, limit: int) -> int:
        room = dict.fromkeys(sorted(self.engine.connectors), limit)
        rows = self.engine.outbox.claim_each(self.engine.context, room)
        for row in rows:
            self.engine.carry_out(row)
        return len(rows)

    # -- readings -----------------------------------------------------------------------------------------------------

    def _poll_at(self, name: str, at: float) -> None:
        self._polls[name] = at

    def poll_soon(self, name: str, within: float) -> None:
        """Polls run every few seconds to a minute; those that would find nothing are left out here."""
        if name in SYSTEMS:
            blind = self.spells.holds("blind", name, self.seconds) or self.spells.holds("no rights", name, self.seconds)
            at = self.seconds + (900.0 if blind else within)
            self._polls[name] = min(self._polls.get(name, at), at) if self._polls.get(name, 0) > self.seconds else at

    def _poll(self, name: str) -> None:
        if name in self._reading:
            return
        self._polls[name] = self.seconds + self._wakes.uniform(*_RHYTHM)
        self._reading.add(name)
        try:
            self.engine.pull(name)
        except (ConnectorError, SourceEmptied):
            self.poll_soon(name, 60.0)
        except StoreError:
            self._polls[name] = self.seconds + 30
            raise
        finally:
            self.store.reading = ""
            self._reading.discard(name)

    def invite(self, deal: Thing, role: Role) -> str:
        """Staff make a link for one more person at a client. "" where the client is not known yet."""
        local = next((one for one, (_kind, remote) in self.store.things().items() if remote == deal.id), "")
        if not local or not self.working:
            return ""
        with self.store.intake(self.clock.now()) as intake:
            return new_code(intake, intake.client_of(local), role)

    def receive(self, name: str, page: Page) -> bool:
        """A call that the web app stores before it answers. False: the bridge was not there, or could not store it."""
        if not self.working or self._fresh:
            return False
        self.store.reading = name
        try:
            self.engine.take_in("planfix" if name == "press" else name, page)
        except StoreError:
            return False
        finally:
            self.store.reading = ""
        return True

    # -- what the twins ask -------------------------------------------------------------------------------------------

    def trouble_at(self, effect: str, columns: Sequence[str]) -> str:
        """The trouble that waits for a call of that kind; "" for none."""
        if columns == ("actions come late",):
            if not self.spells.takes("late actions"):
                return ""
            self.later(self.seconds + 30, f"wake trello {self.seconds}", partial(self.poll_soon, "trello", 0.5))
            return "actions come late"
        if columns == ("a person at the same moment",):
            return "a person at the same moment" if self.spells.takes("same moment") else ""
        met = self.trouble.meet(effect, columns)
        if met:
            self.note(f"TROUBLE {met} at {effect}")
        return met

    def weather(self, connector: str, *, reads: bool) -> ConnectorError | SourceEmptied | None:
        """What a whole system answers with just now; None when it works."""
        now = self.seconds
        if self.spells.holds("no rights", connector, now):
            return ConnectorError(connector, "401", retry=Retry.ASK_ADMIN, code="401")
        if reads and self.spells.holds("blind", connector, now):
            return ConnectorError(connector, "out of reach", retry=Retry.PASSING)
        if reads and self.spells.holds("emptied", connector, now):
            return SourceEmptied(connector, 3)
        if not reads and self.spells.holds("storm", connector, now):
            return ConnectorError(connector, "429", retry=Retry.PASSING, code="429", wait=timedelta(seconds=60))
        return None

    def called(self, connector: str) -> None:
        """A call goes out: no transaction may be open meanwhile."""
        if self.store.busy:
            self.called_inside.append(f"{connector} was called inside a transaction at {self.clock.now()}")

    def brings(self, connector: str, *, news: bool) -> None:
        """What is stored next is a page of that source: troubles wait for one with something in it."""
        self.store.reading = connector if news else ""

    def slow_reading(self, connector: str) -> bool:
        """Whether the answer that was just read stays under way for a while."""
        return self.spells.takes("slow reading")

    def meanwhile(self, length: timedelta) -> None:
        """A call takes long: people go on, other workers go on."""
        until = self.seconds + length.total_seconds()
        if self._depth < 2:
            self._depth += 1
            try:
                middle = self.seconds + length.total_seconds() * 0.8
                while self._due and self._due[0][0] <= middle:
                    self._go_to(self._due[0][0])
                    _at, _key, _order, what = heapq.heappop(self._due)
                    self._others(what)
                self._go_to(middle)
                self._others(self._work)
            finally:
                self._depth -= 1
        self._go_to(until)

    def _others(self, what: Callable[[], object]) -> None:
        """Another thread: what the database refuses it does not harm the first."""
        try:
            what()
        except StoreError as error:
            self.note(f"database: {error}")

    def _between(self, point: str, effects: Sequence[str], about: str) -> None:
        """Where another thread could come first: somebody acts, his system is read, and another worker is at work."""
        if self._depth >= 2:
            return
        if point == "plan" and self.spells.takes("race"):
            self._others_come_first("plan", "anything", about)
        for effect in effects:
            if self.trouble.meet(effect, (f"others at work at {point}",)):
                self._others_come_first(point, effect, about)

    def _others_come_first(self, point: str, effect: str, about: str) -> None:
        self.note(f"OTHERS at {point} of {effect}")
        self._depth += 1
        try:
            self._others(partial(self.people.somebody_acts, f"{point}:{effect}", self._number(about)))
            for name in SYSTEMS:
                self._others(partial(self._poll, name))
            self._others(lambda: self._deliver(1))
            if point != "plan":
                self._others(lambda: self.engine.plan_due())
        finally:
            self._depth -= 1

    def beside(self, what: str) -> None:
        """A person changes the same card or task at this very moment."""
        self.people.change_beside(what)

    def _number(self, local: str) -> int | None:
        """Which of the simulated clients a local one is."""
        _kind, contact = self.store.things().get(local, ("", ""))
        return next((number for number, (known, _deal) in self.people.clients.items() if known.id == contact), None)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        random = step.random
        self.note(f"[{step.number}] {step}")
        match step.kind:
            case "trouble":
                if step.where in LOOKS:
                    self.trouble.lay(step.what, random.choice(openers(step.what)))
                spared = random.randrange(_PARTS) if step.what == "send_long" else 0
                self.trouble.lay(step.what, step.where, spared)
            case "storm":
                system = random.choice(("trello", "planfix", "telegram", "email"))
                self.spells.until["storm", system] = self.seconds + random.uniform(60, 1500)
            case "blind":
                system = random.choice(SYSTEMS)
                self.spells.until["blind", system] = self.seconds + random.uniform(600, 20 * 3600)
            case "no rights":
                system = random.choice(SYSTEMS)
                self.spells.until["no rights", system] = self.seconds + random.uniform(600, 5 * 3600)
            case "emptied":
                system = random.choice(("google_forms", "trello"))
                self.spells.until["emptied", system] = self.seconds + random.uniform(600, 5 * 3600)
            case "disk full":
                self.trouble.full_until = self.seconds + random.uniform(5, 900)
            case "locked":
                self.trouble.locked_until = self.seconds + random.uniform(5, 300)
            case "crash":
                raise Crash("by itself")
            case "stop":
                self.version = random.randrange(len(VERSIONS))
                raise Crash(f"for rules {self.version}", random.choice((60.0, 3600.0, 14 * 3600.0, 2.2 * DAY)))
            case "newer rules":
                self.version ^= 1
                raise Crash(f"for rules {self.version}", 60.0)
            case "hold all" | "hold client" | "hold rule":
                self._hold(step.kind.removeprefix("hold "), random)
            case "suspend":
                self.suspended_until = self.seconds + random.uniform(600, 15 * 3600)
            case "slow reading" | "late actions" | "same moment" | "race":
                self.spells.once.append(step.kind)
            case "lead":
                self.people.lead(step.client)
            case kind:
                self.people.act(kind, step.client, random, step.what)

    def _hold(self, scope: str, random: Random) -> None:
        """Staff stop everything, a client or a rule for some hours."""
        rules = sorted(rule.id for rule in self.engine.context.ruleset.rules)
        clients = sorted(local for local, (kind, _id) in self.store.things().items() if kind == "contact")
        about = {"all": "", "rule": random.choice(rules), "client": random.choice(clients or [""])}[scope]
        if scope == "client" and not about:
            return
        if self.store.stop(Scope(scope), about, now=self.clock.now(), by="olena"):
            self.note(f"STOPPED {scope} {about}")
            held = Held(scope, about, self.clock.now())
            self.held.append(held)
            at = self.seconds + random.choice((900.0, 5 * 3600.0, 20 * 3600.0))
            self.later(at, f"go {len(self.held)}", partial(self._go_on, held))

    def _go_on(self, held: Held) -> None:
        """What was stopped goes on. Tried again when the database refuses."""
        if held.until is None:
            try:
                self.store.go(Scope(held.scope), held.about)
            except StoreError:
                self.later(self.seconds + 60, f"go {held.since}", partial(self._go_on, held))
                return
            held.until = self.clock.now()
            self.note(f"GOES ON {held.scope} {held.about}")

    # -- the end ------------------------------------------------------------------------------------------------

    def _calm(self) -> None:
        """From here on nobody starts anything new, everything works, and staff answer what they are asked."""
        self.note("QUIET")
        self.people.calm = True
        self.trouble.sleep()
        self.spells = Spells()
        self.suspended_until = 0.0
        self.down_until = min(self.down_until, self.seconds)
        for name in SYSTEMS:
            self._poll_at(name, self.seconds + 1)
        for held in self.held:
            self._go_on(held)
        for hours in (0.1, 1.0, 4.0):
            self.later(self.seconds + hours * 3600, f"poll all {hours}", self._poll_all)

    def _poll_all(self) -> None:
        for name in SYSTEMS:
            self.poll_soon(name, 1.0)

    def close(self) -> None:
        """Lets go of the store: the next simulation has it."""
        self.store.close()

    def digest(self) -> str:
        """A short name of everything that happened, outside and inside."""
        events = [(event.id, event.kind, event.subject, str(event.at)) for event in self.store.events_since(0, 10**6)]
        rows = [
            (row.n, row.key, row.state, row.attempts, str(row.next_at), str(row.reason)) for row in self.store.rows()
        ]
        text = json.dumps([events, rows, self.world.log], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def _chance(seed: int) -> Iterator[None]:
    """The codes that the store makes are drawn by the seed, too."""
    random = Random(f"{seed}:codes")
    with mock.patch.object(secrets, "choice", random.choice):
        yield


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing is logged: a simulation is read by its replay."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
