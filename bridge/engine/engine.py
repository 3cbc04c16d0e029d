"""The parts of the loop, each safe to repeat. The daemon runs them in threads, a tick one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from time import perf_counter

import structlog
from structlog.contextvars import bound_contextvars

from bridge.engine.accounts import failure_of, own_source, page_of, source_of
from bridge.engine.alarms import Alarm
from bridge.engine.clock import is_real
from bridge.engine.closing import Closing
from bridge.engine.comparing import compare
from bridge.engine.context import Context
from bridge.engine.creating import with_clients
from bridge.engine.desk.menus import keep_menus
from bridge.engine.desk.outcomes import with_answers
from bridge.engine.earlier import weigh_earlier
from bridge.engine.faults import fault_of
from bridge.engine.flooding import over
from bridge.engine.marking import note_on, with_marks
from bridge.engine.mirroring import with_files
from bridge.engine.observe import Taken, take_in
from bridge.engine.outbox import Outbox, Troubled
from bridge.engine.routing import connector_of, lane_of
from bridge.engine.snapshots import snapshot_of
from bridge.engine.syncing import with_sync
from bridge.engine.telling import TROUBLES, Teller
from bridge.engine.watching import Watcher
from bridge.engine.week import with_week
from bridge.model.decisions import Capability
from bridge.model.deliveries import State, delivery_id
from bridge.model.errors import Conflict, ConnectorError, SourceEmptied, StoreError
from bridge.model.events import Event
from bridge.model.merging import BLANKS, SYNC
from bridge.model.planning import Outcome, Plan, Wanted
from bridge.model.protocols import Answering, Clock, Connector, Counting, Forgetful, Measured, Offering, Reader
from bridge.model.reasons import TOLD_AT_ONCE
from bridge.model.records import Happening, Page, Record, Ref
from bridge.store import Store
from bridge.store.empties import Emptied
from bridge.store.intake import Intake
from bridge.store.rows import ClientState, Row
from rules.facts import Facts
from rules.plan import plan
from rules.schedules import WORKSPACE, needs_workspace

log = structlog.get_logger(__name__)

_TRIES = 5
_ABSENT_AT_ONCE = 20
_PAGES = 1000
_ROUNDS = 200
_AILING = timedelta(minutes=1)
_RULES_KEY = "rules"
"""Under this name the store remembers by which rules it was last planned."""


@dataclass
class Done:
    """What one tick did, in counts."""

    events: int = 0
    plans: int = 0
    wanted: int = 0
    delivered: int = 0
    failed_sources: tuple[str, ...] = ()


class Engine:
    """One workspace at work. `context` may be replaced between two calls (a newer rule set).

    Connectors that can only read need an `outbox` that carries nothing out there.
    """

    def __init__(
        self,
        store: Store,
        connectors: Mapping[str, Reader],
        context: Context,
        clock: Clock,
        outbox: Outbox | None = None,
    ) -> None:
        self.store = store
        self.connectors = connectors
        self.context = context
        self.clock = clock
        able = {name: one for name, one in connectors.items() if isinstance(one, Connector)}
        self.outbox = outbox or Outbox(store, able, clock)
        self.faults, self.tally = self.outbox.faults, self.outbox.tally
        self.watcher = Watcher(store, connectors, clock, self.faults)
        self.pace: Measured | None = None
        """What the vendors' limits cost so far, where somebody counts it."""
        self._ailing: dict[str, datetime] = {}
        self._asked: set[str] = set()
        self._planned_by = ""

    def sources_of(self, name: str) -> frozenset[str]:
        """The sources whose freshness a connector reports, named after its account."""
        return frozenset(source_of(name, source) for source in self.connectors[name].sources)

    # -- taking in ----------------------------------------------------------------------------------------------

    def pull(self, name: str) -> Taken:
        """Reads what changed in one system, page by page, each stored whole with its checkpoint.

        A part of it that cannot be read is noted as blind, and the rest counts. Raises ConnectorError or SourceEmptied
        when nothing can, after noting the same of all of it.
        """
        connector = self.connectors[name]
        events = 0
        answers: list[Happening] = []
        whole: set[str] = set()
        failed: dict[str, ConnectorError | SourceEmptied] = {}
        since = self._unheard_since(name)
        sources = self.sources_of(name)
        emptied = {source: one for source, one in self.store.emptied().items() if source in sources}
        accepted = self._accepted(name, emptied)
        try:
            for _page in range(_PAGES):
                cursor = self.store.cursor(name)
                page = page_of(name, connector.pull(cursor))
                taken = self.take_in(name, page, first=cursor is None, accepted=accepted, unheard=since)
                whole |= {f"{name}.{kind}" for _system, kind in (*page.whole, *page.listed)}
                self._look_for_absent(name, page)
                events += taken.events
                answers += taken.answers
                failed.update(page.failed)
                for source, titles in page.lacking.items():
                    self.faults.lacking(source, titles, self.clock.now())
                self._acknowledge(connector, taken)
                if not page.more:
                    break
        except (ConnectorError, SourceEmptied) as error:
            failure = failure_of(name, error)
            self._not_read(sources, failure)
            if failure is error:
                raise
            raise failure from error
        for source, reason in sorted(failed.items()):
            log.warning("part not read", connector=name, source=source, error=str(reason))
            self._not_read([source], reason)
        # A person's word holds until a whole reading has deleted what is gone, where there are such readings.
        for source in emptied.keys() - (accepted - whole) - failed.keys():
            self.store.forget_emptied(source)
        if events:
            log.info("read", connector=name, events=events)
            self.faults.found(name, events, self.clock.now())
        return Taken(events, tuple(answers), tuple(sorted(failed)))

    def _look_for_absent(self, name: str, page: Page) -> None:
        """Reads one by one what a list did not show: it may be gone, or only have moved while the list was read."""
        if not page.listed:
            return
        with self.store.intake(self.clock.now()) as intake:
            account = self.context.accounts.account(name)
            living = {ref for system, kind in sorted(page.listed) for ref in intake.living(system, kind, account)}
        absent = sorted(living - {record.ref for record in page.records})
        try:
            for start in range(0, len(absent), _ABSENT_AT_ONCE):
                self.read_again(name, dict.fromkeys(absent[start : start + _ABSENT_AT_ONCE], ()))
        except ConnectorError as error:
            log.warning("absent records not read", connector=name, count=len(absent), error=str(error))

    def _not_read(self, sources: Iterable[str], error: ConnectorError | SourceEmptied) -> None:
        """Notes since when sources are blind, and what was lost from sight."""
        now = self.clock.now()
        self.store.source_failed(sorted(sources), str(error), now, fault_of(error))
        if isinstance(error, SourceEmptied):
            self.store.note_emptied(error.source, error.before, now)

    def _accepted(self, name: str, emptied: Mapping[str, Emptied]) -> frozenset[str]:
        """The sources that a person said are empty on purpose; the connector hears of them before it reads."""
        now, connector = self.clock.now(), self.connectors[name]
        accepted = frozenset(source for source, one in emptied.items() if one.is_accepted(now))
        if isinstance(connector, Counting):
            for source in sorted(accepted):
                connector.accept_empty(own_source(name, source))
        return accepted

    def _acknowledge(self, connector: Reader, taken: Taken) -> None:
        """Tells those who pressed a button what came of it, now that their press is stored and planned on."""
        presses = [happening for happening in taken.answers if happening.kind == "press"]
        if not presses or not isinstance(connector, Answering):
            return
        self._plan_pressed(presses)
        for press in presses:
            now, language = self.clock.now(), self.context.ruleset.defaults.language
            with self.store.intake(now) as intake:
                note = note_on(intake, press, language)
            try:
                read = connector.acknowledge(press, note.text)
            except ConnectorError as error:
                log.info("press not acknowledged", error=str(error))
                continue
            if read and note.instead:
                self.store.decide(note.instead, State.CANCELLED, now=now, reason=TOLD_AT_ONCE)

    def _plan_pressed(self, presses: Sequence[Happening]) -> None:
        """Plans the clients about whom a button was pressed: people wait for what comes of it."""
        with self.store.intake(self.clock.now()) as intake:
            marks = {str(press.data.get("data", "")).partition(":")[0] for press in presses}
            rows = [intake.delivery(mark) for mark in sorted(marks)]
            clients = {intake.client_of(row.subject) for row in rows if row is not None and row.subject}
        for client in sorted(clients - self._ailing.keys() - {""}):
            try:
                self.plan_client(client)
            except StoreError:
                raise
            except Exception:
                log.exception("client cannot be planned", client=client)  # told when it is planned like any other

    def _unheard_since(self, name: str) -> datetime | None:
        """From when on a service may have forgotten what nobody fetched; None when the bridge comes in time.

        A clock that is set by hand leaps, and nothing was forgotten on the way.
        """
        connector = self.connectors[name]
        if not isinstance(connector, Forgetful) or not is_real(self.clock):
            return None
        states = self.store.sources()
        sources = self.sources_of(name)
        read = [state.seen_up_to for source in sources if (state := states.get(source)) and state.seen_up_to]
        since = min(read, default=None)
        return since if since is not None and self.clock.now() - since > connector.keeps else None

    def take_in(
        self,
        name: str,
        page: Page,
        *,
        first: bool = False,
        accepted: frozenset[str] = frozenset(),
        unheard: datetime | None = None,
        history: bool = False,
    ) -> Taken:
        """Stores one page, whoever brought it: a poll, a refresh, a webhook.

        `unheard` is from when on its service may have forgotten what nobody fetched. That is told with the page:
        once it is stored, nobody could tell any more that it came late. With `history` all of it is of the past.
        """
        compared = compare(self.store, page) if page.cursor is not None else None
        weigh_earlier(self.store, page, self.context, self.clock.now(), compared)
        with self.store.intake(self.clock.now()) as intake:
            taken = take_in(
                intake, page, name, self.context, first=first, accepted=accepted, compared=compared, history=history
            )
            if unheard is not None:
                Teller(intake, self.context).unheard(name, unheard)
        self._tell_events(name, intake.added)
        return taken

    def take_in_all(self, arrived: Sequence[tuple[str, Page]]) -> list[frozenset[str]]:
        """Stores pages of several calls in one transaction, all or none; gives the clients that each is about."""
        marks = [0]
        with self.store.intake(self.clock.now()) as intake:
            for name, page in arrived:
                take_in(intake, page, name, self.context, first=False)
                marks.append(len(intake.added))
        brought = [intake.added[begins:ends] for begins, ends in pairwise(marks)]
        for (name, _page), added in zip(arrived, brought, strict=True):
            self._tell_events(name, added)
        return [frozenset(client for _event, client in added if client) for added in brought]

    def _tell_events(self, name: str, added: Sequence[tuple[Event, str]]) -> None:
        """Counts and logs what is new."""
        self.tally.events(name, len(added))
        for event, client in added:
            log.info("taken in", trace=event.trace, client=client, connector=name, kind=event.kind, event_id=event.id)

    def heard(self, name: str) -> None:
        """A webhook of that system came, whatever it brought."""
        self.watcher.heard(name)

    def refresh(self, but: set[str] | None = None) -> int:
        """Reads again, right now, the records that something waits for. Gives how many were read.

        Waits named in `but` are left out, and those read for are added to it.
        """
        read = 0
        for name, refs in sorted(self.awaited(but).items()):
            try:
                read += self.read_again(name, refs)
            except ConnectorError as error:
                log.warning("refresh failed", connector=name, error=str(error))
        return read

    def awaited(self, but: set[str] | None = None, *, by_rules: bool | None = None) -> dict[str, dict[Ref, set[str]]]:
        """The records that something waits for: by connector, each with the clients that wait for it.

        Waits named in `but` are left out, and those found are added to it. With `by_rules` only what a rule waits for,
        such as one that a press woke, or only what keeps facts in step.
        """
        found: dict[str, dict[Ref, set[str]]] = {}
        for wait in self.store.waits():
            if by_rules is not None and by_rules is (wait.rule in (SYNC, BLANKS)):
                continue
            if but is not None:
                if wait.what in but:
                    continue
                but.add(wait.what)
            for key, ref in self.store.refs_of(wait.subject).items():
                holder = self.context.accounts.holder(ref)
                if {key, f"{holder}.{ref.kind}"} & {*wait.sources} and holder in self.connectors:
                    found.setdefault(holder, {}).setdefault(ref, set()).update({wait.client} - {""})
        return found

    def read_again(self, name: str, refs: Mapping[Ref, Iterable[str]], *, background: bool = False) -> int:
        """Reads these records now; the clients named with each are planned again, changed or not.

        In the `background` people's actions go first. Gives how many were read. Raises ConnectorError.
        """
        page = self.connectors[name].refresh(sorted(refs), background=background)
        weigh_earlier(self.store, page, self.context, self.clock.now())
        with self.store.intake(self.clock.now()) as intake:
            take_in(intake, page, name, self.context, first=False)
            for client in sorted({client for clients in refs.values() for client in clients}):
                intake.dirty(client)  # an unchanged record is news to those who waited for a fresh look at it
        self._tell_events(name, intake.added)
        return len(page.records)

    # -- planning -----------------------------------------------------------------------------------------------

    def plan_due(self, but: Collection[str] = ()) -> tuple[int, int]:
        """Plans every client that changed or has something due. Gives (plans made, effects newly wanted).

        Clients in `but` are left for later: what they are about to be planned on is being read.

        A client that cannot be planned holds up nobody else: it is logged, and tried again a minute later.
        """
        now = self.clock.now()
        self.context.make_ready()
        self._have_workspace(now)
        self._ailing = {client: until for client, until in self._ailing.items() if until > now}
        plans = wanted = 0
        for client in self.store.clients_to_plan(now):
            if client in self._ailing or client in but:
                continue
            try:
                wanted += self.plan_client(client)
                plans += 1
                self.faults.planned(client)
            except StoreError:
                raise
            except Exception as error:
                log.exception("client cannot be planned", client=client)
                self.faults.unplanned(client, type(error).__name__, now)
                self._ailing[client] = now + _AILING
        return plans, wanted

    def _have_workspace(self, now: datetime) -> None:
        """What is nobody's is planned on a subject of its own, anew whenever the rules are others."""
        ruleset = self.context.ruleset
        if self._planned_by != ruleset.hash and needs_workspace(ruleset):
            with self.store.intake(now) as intake:
                intake.dirty(intake.workspace_subject(WORKSPACE))
        self._planned_by = ruleset.hash

    def plan_client(self, client: str) -> int:
        """Plans one client and commits the whole plan; plans again when the client moved meanwhile."""
        context = self.context
        for _try in range(_TRIES):
            now, begun = self.clock.now(), perf_counter()
            office = replace(context.office, load=self._load, day=Closing(self.store, context, now).day)
            state = self.store.load_client(client)
            snapshot = with_week(snapshot_of(state, context), self.store, context, now)
            made = plan(snapshot, context.ruleset, office, now)
            facts = partial(Facts, snapshot, context.ruleset, context.office.directory, now)
            made = context.accounts.with_sources(
                with_sync(made, state, context, now, facts, self.store.events_about), state
            )
            made = with_files(with_clients(made, state, self.store), state, context, self.store, facts)
            made = with_answers(with_marks(made), state, context, facts, self.store)
            try:
                new = self.store.commit_plan(
                    made,
                    now=now,
                    ruleset=context.ruleset.hash,
                    connector_of=partial(_connector_of, context, state),
                    lane_of=lambda wanted: lane_of(wanted, client),
                )
            except Conflict:
                continue
            self._tell_plan(made, perf_counter() - begun)
            return new
        log.info("client keeps moving, planned next time", client=client)
        return 0

    def _load(self, field: str) -> Mapping[str, int]:
        """How many open deals everybody has whom that fact may name."""
        return self.store.open_deals(field, self.context.ruleset.fields[field].source)

    def _tell_plan(self, made: Plan, seconds: float) -> None:
        """Counts and logs what a committed plan wants."""
        self.tally.took("planning", seconds)
        for trace in made.traces:
            near = trace.outcome is Outcome.CONDITION_FALSE and len(trace.change) == 1
            self.tally.rule(trace.rule, trace.outcome.value, near=near)
        for wanted in made.wanted:
            names = {"trace": wanted.cause.trace, "client": made.client, "delivery": delivery_id(wanted.key)}
            log.info("wanted", **names, kind=wanted.decision.kind, rule=wanted.cause.rule, step=wanted.cause.step)

    # -- delivering ---------------------------------------------------------------------------------------------

    def deliver_due(self, connector: str | None = None, limit: int = 20) -> int:
        """Claims what is due and carries it out, one after the other. Gives how many attempts were made."""
        rows = self.outbox.claim(self.context, limit, connector)
        for row in rows:
            self.carry_out(row)
        return len(rows)

    def carry_out(self, row: Row) -> None:
        """One attempt at a claimed delivery. Every line that is logged meanwhile says which one it is about."""
        names = {"trace": row.trace, "client": row.client, "delivery": row.id, "connector": row.connector}
        with bound_contextvars(**names):
            for trouble in self.outbox.deliver(row, self.context):
                log.warning("delivery", id=trouble.row.id, state=trouble.state.value, reason=str(trouble.reason))

    @property
    def outbox(self) -> Outbox:
        """What carries deliveries out; what goes wrong with one is told in words of the context."""
        return self._outbox

    @outbox.setter
    def outbox(self, outbox: Outbox) -> None:
        outbox.tell = lambda intake, trouble: Teller(intake, self.context).troubled(trouble)
        outbox.ask = lambda intake, row, flood: Teller(intake, self.context).flooded(row, flood)
        outbox.kept = lambda intake, row, share_with: Teller(intake, self.context).file_kept(row, share_with)
        outbox.shut = self._shut
        self._outbox = outbox

    def _shut(self, intake: Intake, chat: Ref) -> None:
        """A chat of a client in which nobody is any more, as the service has just said: staff hear of it once."""
        kept = intake.stored([chat]).get(chat)
        record = Record(chat, {**(kept.fields if kept is not None else {}), "state": "blocked"}, intake.now)
        page = Page(cursor=None, records=[record])
        take_in(intake, page, self.context.in_charge.get(Capability.CHAT, chat.system), self.context, first=False)

    def take_up(self) -> None:
        """Goes on where the process before this one ended: tells what it could not, and plans by the rules of now.

        Nothing is told twice. When the rules or calendars are not those that it worked with, timers are counted anew.
        """
        self.store.forget_sources(self.connectors)
        untold = self.store.untold(TROUBLES)
        if untold:
            with self.store.intake(self.clock.now()) as intake:
                teller = Teller(intake, self.context)
                for row in untold:
                    teller.troubled(Troubled(row, row.state, row.reason))
        self._plan_by_new_rules()
        self.end_floods()

    def use(self, context: Context) -> None:
        """Goes on by other rules from this moment on. No timer is lost; those that count otherwise are counted anew."""
        self.context = context
        self._plan_by_new_rules()
        self.end_floods()

    def end_floods(self) -> None:
        """What is held because of a flood and has lost its reason is called off, and nobody is asked about it."""
        for flood in [one for one in self.store.floods() if one.open]:
            because = over(flood, self.store.held_by(flood), self.context.ruleset, self.store.stops())
            if because:
                with self.store.intake(self.clock.now()) as intake:
                    intake.end_flood(flood, because)

    def _plan_by_new_rules(self) -> None:
        if self.store.recall(_RULES_KEY) != self.context.ruleset.hash:
            self.store.plan_again()
            self.store.remember(_RULES_KEY, self.context.ruleset.hash)

    def tell_missed(self) -> None:
        """Asks staff about steps that came late and whose rule wants a person's word. Each is asked about once."""
        unasked = [timer for timer in self.store.asked() if timer.key not in self._asked]
        if unasked:
            with self.store.intake(self.clock.now()) as intake:
                teller = Teller(intake, self.context)
                for timer in unasked:
                    teller.missed(timer)
            self._asked |= {timer.key for timer in unasked}

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

    def keep_menus(self) -> None:
        """Has chat programs offer the commands that people may give; asks nothing of them while all is offered."""
        for name, connector in sorted(self.connectors.items()):
            if isinstance(connector, Offering):
                keep_menus(self.store, self.context, name, connector)

    # -- a tick -------------------------------------------------------------------------------------------------

    def tick(self) -> Done:
        """Pulls everything once, then plans and delivers until nothing is due at this moment of the clock."""
        done = Done()
        self.take_up()
        done.failed_sources = tuple(self._pull_all(done))
        read_for: set[str] = set()
        for _round in range(_ROUNDS):
            refreshed = self.refresh(read_for)
            plans, wanted = self.plan_due()
            self.tell_waits()
            self.tell_missed()
            delivered = self.deliver_due()
            done.plans += plans
            done.wanted += wanted
            done.delivered += delivered
            if not (plans or delivered or refreshed):
                break
        self.watch()
        done.delivered += self.deliver_due()
        self.let_go()
        return done

    def watch(self, steady: float | None = None) -> tuple[Alarm, ...]:
        """What is wrong with the bridge itself now; people are told of what is new. See Watcher.watch."""
        self.end_floods()
        return self.watcher.watch(self.context, steady=steady)

    def _pull_all(self, done: Done) -> Iterable[str]:
        for name in sorted(self.connectors):
            try:
                taken = self.pull(name)
                done.events += taken.events
                yield from taken.failed
            except (ConnectorError, SourceEmptied) as error:
                log.warning("source not read", connector=name, error=str(error))
                yield name

    def let_go(self) -> None:
        """Once a day: lets go of what has been kept long enough."""
        gone = self.store.let_go(self.context.keep, self.clock.now())
        if gone:
            log.info("let go", **gone)

    def next_moment(self) -> datetime | None:
        """When something is due next; None when nothing is planned."""
        return self.store.next_moment()


def _connector_of(context: Context, state: ClientState, wanted: Wanted) -> str:
    """The connector in charge of what a plan wants, as far as the client's things tell which account it is."""
    parents = {subject.id: subject.parent for subject in state.subjects}
    refs: dict[str, Ref] = {}
    subject = wanted.subject
    while subject:
        for record in reversed(state.records.get(subject, ())):
            if not record.deleted:
                refs.setdefault(f"{record.ref.system}.{record.ref.kind}", record.ref)
        subject = parents.get(subject, "")
    return connector_of(wanted, context, refs)
