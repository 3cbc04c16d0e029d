"""The parts of the loop, each safe to repeat. The daemon runs them in threads, a tick one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.engine.context import Context
from bridge.engine.observe import Taken, take_in
from bridge.engine.outbox import Outbox, Troubled
from bridge.engine.routing import connector_of, lane_of
from bridge.engine.snapshots import snapshot_of
from bridge.engine.telling import Teller
from bridge.model.deliveries import State
from bridge.model.errors import Conflict, ConnectorError, SourceEmptied, StoreError
from bridge.model.protocols import Answering, Clock, Connector
from bridge.model.records import Happening, Page, Ref
from bridge.store import Store
from rules.plan import plan

log = structlog.get_logger(__name__)

_TRIES = 5
_PAGES = 1000
_ROUNDS = 200
_AILING = timedelta(minutes=1)


@dataclass
class Done:
    """What one tick did, in counts."""

    events: int = 0
    plans: int = 0
    wanted: int = 0
    delivered: int = 0
    failed_sources: tuple[str, ...] = ()


class Engine:
    """One workspace at work. `context` may be replaced between two calls (a newer rule set)."""

    def __init__(self, store: Store, connectors: Mapping[str, Connector], context: Context, clock: Clock) -> None:
        self.store = store
        self.connectors = connectors
        self.context = context
        self.clock = clock
        self.outbox = Outbox(store, connectors, clock)
        self._ailing: dict[str, datetime] = {}

    # -- taking in ----------------------------------------------------------------------------------------------

    def pull(self, name: str) -> Taken:
        """Reads what changed in one system, page by page, each stored whole with its checkpoint.

        Raises ConnectorError or SourceEmptied, after noting since when which sources are blind.
        """
        connector = self.connectors[name]
        events = 0
        answers: list[Happening] = []
        try:
            for _page in range(_PAGES):
                cursor = self.store.cursor(name)
                page = connector.pull(cursor)
                taken = self.take_in(name, page, first=cursor is None)
                events += taken.events
                answers += taken.answers
                self._acknowledge(connector, taken)
                if not page.more:
                    break
        except (ConnectorError, SourceEmptied) as error:
            self.store.source_failed(sorted(connector.sources), str(error), self.clock.now())
            raise
        return Taken(events, tuple(answers))

    def _acknowledge(self, connector: Connector, taken: Taken) -> None:
        """Ends the waiting of those who pressed a button, now that their press is stored."""
        for happening in taken.answers:
            if happening.kind == "press" and isinstance(connector, Answering):
                try:
                    connector.acknowledge(happening)
                except ConnectorError as error:
                    log.info("press not acknowledged", error=str(error))

    def take_in(self, name: str, page: Page, *, first: bool = False) -> Taken:
        """Stores one page, whoever brought it: a poll, a refresh, a webhook."""
        with self.store.intake(self.clock.now()) as intake:
            return take_in(intake, page, name, self.context, first=first)

    def refresh(self, but: set[str] | None = None) -> int:
        """Reads again, right now, the records that something waits for. Gives how many were read.

        Waits named in `but` are left out, and those read for are added to it.
        """
        wanted: dict[str, set[Ref]] = {}
        waiting: dict[str, set[str]] = {}
        for wait in self.store.waits():
            if but is not None:
                if wait.what in but:
                    continue
                but.add(wait.what)
            for key, ref in self.store.refs_of(wait.subject).items():
                if key in wait.sources and ref.system in self.connectors:
                    wanted.setdefault(ref.system, set()).add(ref)
                    waiting.setdefault(ref.system, set()).update({wait.client} - {""})
        read = 0
        for name, refs in sorted(wanted.items()):
            try:
                page = self.connectors[name].refresh(sorted(refs))
            except ConnectorError as error:
                log.warning("refresh failed", connector=name, error=str(error))
                continue
            with self.store.intake(self.clock.now()) as intake:
                take_in(intake, page, name, self.context, first=False)
                for client in sorted(waiting[name]):
                    intake.dirty(client)  # an unchanged record is news to those who waited for a fresh look at it
            read += len(page.records)
        return read

    # -- planning -----------------------------------------------------------------------------------------------

    def plan_due(self) -> tuple[int, int]:
        """Plans every client that changed or has something due. Gives (plans made, effects newly wanted).

        A client that cannot be planned holds up nobody else: it is logged, and tried again a minute later.
        """
        now = self.clock.now()
        self._ailing = {client: until for client, until in self._ailing.items() if until > now}
        plans = wanted = 0
        for client in self.store.clients_to_plan(now):
            if client in self._ailing:
                continue
            try:
                wanted += self.plan_client(client)
                plans += 1
            except StoreError:
                raise
            except Exception:
                log.exception("client cannot be planned", client=client)
                self._ailing[client] = now + _AILING
        return plans, wanted

    def plan_client(self, client: str) -> int:
        """Plans one client and commits the whole plan; plans again when the client moved meanwhile."""
        context = self.context
        for _try in range(_TRIES):
            now = self.clock.now()
            made = plan(snapshot_of(self.store.load_client(client), context), context.ruleset, context.office, now)
            try:
                return self.store.commit_plan(
                    made,
                    now=now,
                    ruleset=context.ruleset.hash,
                    connector_of=lambda wanted: connector_of(wanted, context),
                    lane_of=lambda wanted: lane_of(wanted, client),
                )
            except Conflict:
                continue
        log.info("client keeps moving, planned next time", client=client)
        return 0

    # -- delivering ---------------------------------------------------------------------------------------------

    def deliver_due(self, connector: str | None = None, limit: int = 20) -> int:
        """Claims what is due and carries it out, one after the other. Gives how many attempts were made."""
        rows = self.outbox.claim(self.context, limit, connector)
        for row in rows:
            self.tell_trouble(self.outbox.deliver(row, self.context))
        return len(rows)

    def tell_trouble(self, trouble: Troubled | None) -> None:
        """Tells staff about a delivery that is dead or doubtful."""
        if trouble is None:
            return
        log.warning("delivery", id=trouble.row.id, state=trouble.state.value, reason=trouble.reason)
        with self.store.intake(self.clock.now()) as intake:
            Teller(intake, self.context).troubled(trouble)

    def tell_untold(self) -> None:
        """Tells staff about dead and doubtful deliveries whose process died before it could. Nothing is told twice."""
        for row in reversed(self.store.deliveries(states=(State.UNKNOWN, State.DEAD))):
            with self.store.intake(self.clock.now()) as intake:
                Teller(intake, self.context).troubled(Troubled(row, row.state, row.reason))

    def tell_waits(self) -> None:
        """Tells staff which source keeps something waiting for longer than `defaults.not_known` allows."""
        now = self.clock.now()
        overdue = [
            wait
            for wait in self.store.waits()
            if wait.told_at is None and now - wait.since >= self.context.ruleset.defaults.tell_after
        ]
        if not overdue:
            return
        seen = {name: state.seen_up_to for name, state in self.store.sources().items()}
        for wait in overdue:
            moments = [moment for source in wait.sources if (moment := seen.get(source))]
            with self.store.intake(now) as intake:
                Teller(intake, self.context).blind(wait, min(moments, default=None))
            self.store.told(wait.what, now)

    # -- a tick -------------------------------------------------------------------------------------------------

    def tick(self) -> Done:
        """Pulls everything once, then plans and delivers until nothing is due at this moment of the clock."""
        done = Done()
        self.tell_untold()
        done.failed_sources = tuple(self._pull_all(done))
        read_for: set[str] = set()
        for _round in range(_ROUNDS):
            refreshed = self.refresh(read_for)
            plans, wanted = self.plan_due()
            self.tell_waits()
            delivered = self.deliver_due()
            done.plans += plans
            done.wanted += wanted
            done.delivered += delivered
            if not (plans or delivered or refreshed):
                break
        return done

    def _pull_all(self, done: Done) -> Iterable[str]:
        for name in sorted(self.connectors):
            try:
                done.events += self.pull(name).events
            except (ConnectorError, SourceEmptied) as error:
                log.warning("source not read", connector=name, error=str(error))
                yield name

    def next_moment(self) -> datetime | None:
        """When something is due next; None when nothing is planned."""
        return self.store.next_moment()
