"""Some weeks of one agency: clients who are asked and answer or do not, and a bridge that reads late or cannot send.

What a message says is held against what is so outside, at the moment at which it leaves. What the bridge believes
counts for nothing: an answer is what a client gave, and when.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

from bridge.engine.clock import SetClock
from bridge.engine.engine import Engine
from bridge.engine.outbox import Outbox
from bridge.model.decisions import Capability, MakeDocument, SendMessage
from bridge.model.deliveries import Delivery, Receipt, State, StoredFile
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text
from bridge.store.rows import Row
from bridge.testing import FakeConnector, MemoryStore
from tests.timelines.agency import ASKED_BY, COMMAND_OF, LAG, REMINDS_OF, context

MONDAYS = (
    datetime(2026, 11, 30, 7, tzinfo=UTC),
    datetime(2026, 12, 14, 7, tzinfo=UTC),  # a working Saturday on the 19th, holidays in the week after
    datetime(2026, 12, 21, 7, tzinfo=UTC),
    datetime(2027, 3, 22, 7, tzinfo=UTC),  # the clocks change on the 28th
)
DAYS = 12
_ASKING_DAYS = 4
_QUIET = timedelta(days=9)
FRESH = timedelta(minutes=15)
"""What is said was so within this time of its being said, however long nothing could be read."""
_WEEKEND = timedelta(days=4)
"""Longer than anything may wait for office hours and a reading."""
_SOON = 20.0
_BUSY, _IDLE = timedelta(seconds=1), timedelta(minutes=5)
_KINDS = tuple(ASKED_BY)
_NEAR = (-5400, -120, -61, -30, -1, 0, 1, 30, 61, 120, 1800, 5400)
"""Seconds around the moment of a reminder at which answers come."""
_PAUSES = (timedelta(minutes=10), timedelta(hours=3), timedelta(hours=16), timedelta(days=2, hours=15))


@dataclass
class Answer:
    """One answer of a client: when it was given, when it can be seen, whose it is known to be, and when it was read."""

    at: datetime
    visible: datetime
    content: str
    token: str = ""
    named: datetime | None = None
    """From when on the bridge can know whose it is: at once, or when staff said so."""
    gone: datetime | None = None
    """When its row was deleted."""
    read: datetime | None = None


@dataclass
class Ask:
    """What one client was asked for, and what came of it."""

    kind: str
    asked: datetime | None = None
    delivery: str = ""
    answers: list[Answer] = field(default_factory=list)
    reminded: list[tuple[datetime, str, str]] = field(default_factory=list)
    taken_back: datetime | None = None


@dataclass
class Client:
    """One client with a contact, a deal, a card and a chat."""

    number: int
    asks: dict[str, Ask] = field(default_factory=lambda: {kind: Ask(kind) for kind in _KINDS})
    deal: str = ""

    @property
    def contact(self) -> Ref:
        return Ref("planfix", "main", "contact", f"c{self.number}")

    @property
    def task(self) -> Ref:
        return Ref("planfix", "main", "task", f"t{self.number}")

    @property
    def card(self) -> Ref:
        return Ref("trello", "main", "card", f"k{self.number}")

    @property
    def chat(self) -> Ref:
        return Ref("telegram", "bot", "chat", str(500 + self.number))


@dataclass
class Service(FakeConnector):
    """A system that shows what there is, and may be out of reach."""

    show: Callable[[], Page] = lambda: Page(None)
    out: Callable[[], bool] = lambda: False

    def pull(self, cursor: Cursor | None) -> Page:
        """What there is to read now."""
        self._reached()
        return self.show()

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """These records as they are now."""
        self._reached()
        return super().refresh(refs, background=background)

    def look(self, delivery: Delivery) -> Receipt | None:
        """A bot cannot read what it sent; of anything else nothing is found."""
        self._reached()
        if isinstance(delivery.decision, SendMessage):
            raise CannotTell(self.name, "a bot cannot read what it sent")
        return None

    def _reached(self) -> None:
        if self.out():
            raise ConnectorError(self.name, "out of reach", retry=Retry.PASSING)


class World:
    """One drawn world. `run` gives it; `broken` says what should not have been."""

    def __init__(self, seed: int, clients: int = 20) -> None:
        self.random = Random(f"timelines:{seed}")
        self.start = self.random.choice(MONDAYS)
        self.end = self.start + timedelta(days=DAYS)
        self.clock = SetClock(self.start)
        self.store = MemoryStore()
        self.clients = [Client(number) for number in range(clients)]
        self.broken: list[str] = []
        self.said: Counter[tuple[int, date]] = Counter()
        self.counts: Counter[str] = Counter()
        self._order = 0
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._polls: dict[str, datetime] = {}
        self._out: dict[str, list[tuple[datetime, datetime]]] = {}
        self._asleep: list[tuple[datetime, datetime]] = []
        self._updates: list[Happening] = []
        self._comments: list[Happening] = []
        self._deals: dict[Ref, tuple[datetime, Record]] = {}
        self._page = 0
        self._troubles = self.random.random() < 0.6
        self._rest = _BUSY
        self._engine = self._process()

    # -- what is outside ------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def _process(self) -> Engine:
        def service(name: str, capability: Capability, show: Callable[[], Page], *sources: str) -> Service:
            made = Service(name, frozenset({capability}), self.clock, frozenset(sources), show=show)
            made.out = partial(self._is_out, name)
            return made

        chat = service("telegram", Capability.CHAT, self._chat, "telegram.chat")
        chat.before = self._leaves
        planfix = service("planfix", Capability.TASKS, self._tasks, "planfix.task", "planfix.contact")
        planfix.living = {ref: record for ref, (_at, record) in self._deals.items()}
        trello = service("trello", Capability.CARDS, self._cards, "trello.card")
        forms = service("google_forms", Capability.FORMS, self._sheet, "google_forms.brief")
        connectors: dict[str, FakeConnector] = {one.name: one for one in (chat, planfix, trello, forms)}
        connectors["documents"] = _Documents("documents", frozenset({Capability.DOCUMENTS}), self.clock)
        engine = Engine(self.store, connectors, context(), self.clock)
        engine.outbox = Outbox(self.store, connectors, self.clock, Random(1))
        self._planfix = planfix
        return engine

    def _is_out(self, name: str) -> bool:
        return any(since <= self.now < until for since, until in self._out.get(name, ()))

    def _next_page(self) -> Cursor:
        self._page += 1
        return Cursor(str(self._page))

    def _cards(self) -> Page:
        happened, self._comments = self._comments, []
        return Page(self._next_page(), happenings=happened, seen_up_to={"trello.card": self.now})

    def _chat(self) -> Page:
        happened, self._updates = self._updates, []
        for update in happened:
            self._read(update.ref.id)
        return Page(self._next_page(), happenings=happened, seen_up_to={"telegram.chat": self.now})

    def _tasks(self) -> Page:
        shown = [record for at, record in self._deals.values() if at <= self.now]
        for record in shown:
            if record.fields["prepaid"]:
                self._read(str(record.ref))
        seen = dict.fromkeys(("planfix.task", "planfix.contact"), self.now - LAG)
        return Page(self._next_page(), [replace(one, read_at=self.now) for one in shown], seen_up_to=seen)

    def _sheet(self) -> Page:
        records = []
        for client in self.clients:
            visible = [one for one in client.asks["brief"].answers if one.visible <= self.now]
            living = [one for one in visible if one.gone is None or one.gone > self.now]
            for answer in living[-1:]:
                records.append(self._response(client, answer, visible.index(answer) + 1))
                for one in visible:
                    one.read = one.read or self.now
        return Page(self._next_page(), records, seen_up_to={"google_forms.brief": self.now - LAG})

    def _response(self, client: Client, answer: Answer, revision: int) -> Record:
        fields: dict[str, Plain] = {
            "form": "brief",
            "revision": revision,
            "answered_at": moment_text(answer.at),
            "answers": {"Сайт": answer.content},
            "values": {"client.site": answer.content},
            "token": answer.token,
        }
        ref = Ref("google_forms", "main", "response", f"brief:{client.number}")
        return Record(ref, fields, self.now, changed_at=answer.at, token=answer.token)

    def _read(self, what: str) -> None:
        for client in self.clients:
            for ask in client.asks.values():
                for answer in ask.answers:
                    if answer.content == what and answer.visible <= self.now:
                        answer.read = answer.read or self.now

    # -- people -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        contacts = [Record(one.contact, {"name": f"Клієнт {one.number}"}, self.now) for one in self.clients]
        for one in self.clients:
            fields: dict[str, Plain] = {"name": f"Сайт {one.number}", "prepaid": False, "work_type": "seo"}
            self._deals[one.task] = (self.now, Record(one.task, fields, self.now, names=(one.contact,)))
        self._planfix.living = {ref: record for ref, (_at, record) in self._deals.items()}
        self._planfix.living.update({record.ref: record for record in contacts})
        tasks = [record for _at, record in self._deals.values()]
        self._engine.take_in("planfix", Page(Cursor("0"), [*contacts, *tasks]))
        cards = [
            Record(one.card, {"name": f"Клієнт {one.number}", "list": "Лід", "labels": []}, self.now, names=(one.task,))
            for one in self.clients
        ]
        self._engine.take_in("trello", Page(Cursor("0"), cards))
        state: dict[str, Plain] = {"title": "", "type": "private", "state": "open", "username": ""}
        chats = [Record(one.chat, state, self.now) for one in self.clients]
        self._engine.take_in("telegram", Page(Cursor("0"), chats))
        with self.store.intake(self.now) as intake:
            for one in self.clients:
                one.deal = intake.local(one.task)
                intake.bind(one.chat, intake.client_of(one.deal), "test")
        self.clock.advance(timedelta(seconds=1))
        self._engine.plan_due()

    def _draw(self) -> None:
        draw = self.random
        for client in self.clients:
            for kind in draw.sample(_KINDS, draw.choice((1, 2, 3))):
                at = self.start + timedelta(seconds=draw.uniform(60, _ASKING_DAYS * 86400))
                self._at(at, partial(self._command, client, kind))
        for name in ("google_forms", "planfix", "telegram"):
            for _time in range(draw.choice((0, 0, 1, 2))):
                since = self._moment_of_a_deadline() - timedelta(seconds=draw.choice((1, 30, 900, 7200)))
                self._out.setdefault(name, []).append((since, since + draw.choice(_PAUSES) * draw.uniform(0.3, 1.0)))
        for _time in range(draw.choice((0, 0, 1, 2))):
            since = self._moment_of_a_deadline() - timedelta(seconds=draw.choice((-30, 1, 30, 900, 7200)))
            self._asleep.append((since, since + draw.choice(_PAUSES) * draw.uniform(0.3, 1.0)))

    def _moment_of_a_deadline(self) -> datetime:
        day = self.start.date() + timedelta(days=self.random.randrange(1, DAYS - 1))
        calendar = self._engine.context.ruleset.calendars["office"]
        return calendar.instant(day, self.random.choice((9 * 60, 9 * 60 + 30, 10 * 60, 18 * 60, 19 * 60)))

    def _at(self, moment: datetime, what: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (max(moment, self.now), self._order, what))

    def _command(self, client: Client, kind: str) -> None:
        ref = Ref("trello", "main", "action", f"a{client.number}:{kind}")
        by = Actor(ActorKind.PERSON, "olena", "Олена")
        data: dict[str, Plain] = {"text": COMMAND_OF[kind]}
        self._comments.append(Happening(ref, "comment.added", self.now, client.card, by, data))
        self._soon("trello")

    def _asked(self, client: Client, kind: str, delivery: Delivery) -> None:
        """The client reads the question, and answers when chance says: mostly about when they would be reminded."""
        ask = client.asks[kind]
        if ask.asked is not None:
            return
        ask.asked, ask.delivery = self.now, delivery.id
        self.counts["timelines"] += 1
        draw = self.random
        how = draw.random()
        if how < 0.2:
            return
        at = self.now + timedelta(seconds=draw.uniform(1, 8 * 86400))
        if how > 0.45:
            reminder = draw.choice(self._reminders(kind))
            at = max(reminder + timedelta(seconds=draw.choice(_NEAR)), self.now + timedelta(seconds=1))
        for number in range(draw.choice((1, 1, 1, 2, 3)) if kind == "brief" else 1):
            later = timedelta(seconds=draw.uniform(1, 2 * 86400)) * number
            self._at(at + later, partial(self._answer, client, ask, number))
        if kind == "brief" and draw.random() < 0.15:
            self._at(at + timedelta(seconds=draw.uniform(30, 3 * 86400)), partial(self._delete, ask))
        if kind == "payment" and draw.random() < 0.15:
            self._at(at + timedelta(seconds=draw.uniform(30, 3 * 86400)), partial(self._take_back, client, ask))

    def _reminders(self, kind: str) -> list[datetime]:
        """When somebody who is asked now would be reminded, as the pack's lengths say."""
        ruleset = self._engine.context.ruleset
        calendar = ruleset.calendars["office"]
        rule = next(one for one in ruleset.rules if one.id == {"payment": "pay"}.get(kind, kind) + "-silent")
        return [calendar.add(self.now, step.after) for step in rule.steps]

    def _answer(self, client: Client, ask: Ask, number: int) -> None:
        late = timedelta(seconds=self.random.uniform(0, LAG.total_seconds()))
        match ask.kind:
            case "brief":
                token = self._token(client) if number or self.random.random() < 0.9 else ""
                token = ask.answers[0].token if ask.answers else token
                answer = Answer(self.now, self.now + late, f"https://{client.number}-{number}.test", token, self.now)
                if not token:
                    answer.named = ask.answers[0].named if ask.answers else None
                    if not ask.answers:
                        wait = timedelta(seconds=self.random.uniform(60, 4 * 86400))
                        self._at(self.now + wait, partial(self._name, client, ask))
                source = "google_forms"
            case "payment":
                answer = Answer(self.now, self.now + late, str(client.task), named=self.now)
                self._pay(client, paid=True, shown=self.now + late)
                source = "planfix"
            case _:
                update = f"u{client.number}"
                answer = Answer(self.now, self.now, update, named=self.now)
                data: dict[str, Plain] = {"data": f"{ask.delivery}:approve", "query": update, "chat": client.chat.id}
                by = Actor(ActorKind.CLIENT, client.chat.id, "Клієнт")
                ref = Ref("telegram", "bot", "update", update)
                self._updates.append(Happening(ref, "press", self.now, client.chat, by, data))
                source = "telegram"
        ask.answers.append(answer)
        self.counts["answers"] += 1
        self._at(answer.visible, partial(self._soon, source))

    def _token(self, client: Client) -> str:
        with self.store.intake(self.now) as intake:
            return intake.client_state(intake.client_of(client.deal)).tokens[(client.deal, "brief")]

    def _pay(self, client: Client, *, paid: bool, shown: datetime) -> None:
        record = self._deals[client.task][1]
        made = replace(record, fields={**record.fields, "prepaid": paid}, changed_at=self.now)
        self._deals[client.task] = (shown, made)
        self._planfix.living[client.task] = made

    def _take_back(self, client: Client, ask: Ask) -> None:
        ask.taken_back = self.now
        shown = self.now + timedelta(seconds=self.random.uniform(0, LAG.total_seconds()))
        self._pay(client, paid=False, shown=shown)
        self._at(shown, partial(self._soon, "planfix"))

    def _delete(self, ask: Ask) -> None:
        for answer in ask.answers:
            answer.gone = self.now

    def _name(self, client: Client, ask: Ask) -> None:
        """Staff say whose an answer without a code is, as `bridge inbox bind` does; nothing while it was not read."""
        if ask.answers[0].read is None or self._sleeps():
            self._at(self.now + timedelta(hours=1), partial(self._name, client, ask)) if self.now < self.end else None
            return
        ref = Ref("google_forms", "main", "response", f"brief:{client.number}")
        with self.store.intake(self.now) as intake:
            intake.bind(ref, client.deal, "bound by hand")
            intake.settle_inbox(str(ref), f"belongs to {client.deal}")
        for answer in ask.answers:
            answer.named = self.now
        self.counts["named by staff"] += 1

    # -- what leaves ------------------------------------------------------------------------------------------------

    def _leaves(self, delivery: Delivery) -> None:
        decision = delivery.decision
        if self._is_out("telegram"):
            raise ConnectorError("telegram", "no way there", retry=Retry.PASSING)
        fate = self.random.random() if self._troubles else 1.0
        if fate < 0.08:
            wait = timedelta(seconds=self.random.choice((5, 60, 3600, 4 * 3600)))
            raise ConnectorError("telegram", "slow down", retry=Retry.PASSING, code="429", wait=wait)
        if fate < 0.1:
            raise ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN)
        if isinstance(decision, SendMessage):
            self._hears(delivery, decision)
        if fate < 0.12:
            raise ConnectorError("telegram", "no answer", retry=Retry.UNKNOWN)

    def _hears(self, delivery: Delivery, decision: SendMessage) -> None:
        self.counts["messages"] += 1
        client = next((one for one in self.clients if one.deal == delivery.subject), None)
        if client is None:
            return
        if decision.to_client:
            self._look_at_the_hour(client, decision)
        for row in self.store.deliveries(client=self._client_of(client), limit=500):
            words = row.decision
            if not isinstance(words, SendMessage) or delivery.id not in (row.id, row.together):
                continue
            if row.id != delivery.id and words.text not in decision.text:
                continue  # it went with that one in an earlier attempt, which failed
            kind = next((kind for kind, template in ASKED_BY.items() if template == words.template), "")
            if kind:
                self._asked(client, kind, delivery)
            if words.template in REMINDS_OF:
                self._reminded(client, client.asks[REMINDS_OF[words.template]], words.template, row)

    def _client_of(self, client: Client) -> str:
        with self.store.intake(self.now) as intake:
            return intake.client_of(client.deal)

    def _reminded(self, client: Client, ask: Ask, template: str, row: Row) -> None:
        self.counts["reminders"] += 1
        again = any(key == row.key for _at, _template, key in ask.reminded)
        ask.reminded.append((self.now, template, row.key))
        if again and isinstance(row.decision, SendMessage) and row.decision.to_client:
            self._break(client, ask, template, "went twice")
        for answer in ask.answers:
            if ask.taken_back is not None and ask.taken_back <= self.now:
                continue
            known_from = answer.named
            if known_from is None or known_from > self.now:
                continue
            if answer.read is not None and max(answer.read, known_from) < self.now:
                self._break(client, ask, template, f"its answer of {answer.at} had been read at {answer.read}")
            unseen = answer.gone is not None and answer.read is None
            if not unseen and max(answer.visible, known_from) < self.now - FRESH - LAG:
                self._break(client, ask, template, f"its answer of {answer.at} could have been read")
            told_in_time = ask.kind != "plan" and known_from <= answer.at <= self._deadline(ask, row)
            if not unseen and told_in_time:
                self._break(client, ask, template, f"it was answered in time, at {answer.at}")

    def _deadline(self, ask: Ask, row: Row) -> datetime:
        """The latest moment by which an answer is in time for this reminder."""
        rule = next(one for one in self._engine.context.ruleset.rules if one.id == row.cause.rule)
        after = next(one.after for one in rule.steps if one.id == row.cause.step)
        assert ask.asked is not None
        return self._engine.context.ruleset.calendars["office"].add(ask.asked, after)

    def _break(self, client: Client, ask: Ask, template: str, why: str) -> None:
        self.broken.append(f"client {client.number}: {template} at {self.now} (asked {ask.asked}): {why}")

    def _look_at_the_hour(self, client: Client, decision: SendMessage) -> None:
        ruleset = self._engine.context.ruleset
        text = ruleset.texts.get(decision.template)
        if decision.template.startswith(("client.", "system.")) or text is None:
            return
        calendar = ruleset.calendars["office"]
        if calendar.next_contact(self.now, ruleset.defaults.window) != self.now:
            self.broken.append(f"client {client.number}: {decision.template} at {self.now}, out of contact hours")
        if text.buttons or "commercial" in text.allows:
            return
        self.said[client.number, calendar.local(self.now).date()] += 1
        if self.said[client.number, calendar.local(self.now).date()] > ruleset.defaults.at_most:
            self.broken.append(f"client {client.number}: {decision.template} at {self.now} is one more than the cap")

    # -- time -------------------------------------------------------------------------------------------------------

    def run(self) -> World:
        """All of it, and then a quiet time in which nothing is out of order."""
        self._begin()
        self._draw()
        for name in ("google_forms", "planfix", "telegram", "trello"):
            self._polls[name] = self.now
        until = self.end + _QUIET
        awake = True
        while (at := self._next()) is not None and at <= until:
            if at > self.now:
                self.clock.set(at)
            if self._calm() and self._out:
                self._out.clear()
                self._troubles = False
            while self._due and self._due[0][0] <= self.now:
                heapq.heappop(self._due)[2]()
            if self._sleeps():
                awake = False
                continue
            if not awake:
                awake = True
                self._wake()
            self._work()
        self.broken += self._left_unsaid()
        return self

    def _calm(self) -> bool:
        return self.now > self.end

    def _sleeps(self) -> bool:
        return any(since <= self.now < until for since, until in self._asleep)

    def _wake(self) -> None:
        """The process begins anew, and reads everything once a poll's time has passed."""
        self._engine = self._process()
        self._planfix.living = {ref: record for ref, (_at, record) in self._deals.items()}
        self.store.end_claims(self.now)
        self._engine.take_up()
        self._polls = {name: self.now + timedelta(seconds=self.random.uniform(0, _SOON)) for name in self._polls}

    def _next(self) -> datetime | None:
        moments = [self._due[0][0]] if self._due else []
        asleep = [until for since, until in self._asleep if since <= self.now < until]
        if asleep:
            return min([*moments, max(asleep)])
        moments += self._polls.values()
        moments += [since for since, _until in self._asleep if since > self.now]
        due = self.store.next_moment()
        if due is not None:
            moments.append(max(due, self.now + self._rest))
        return min(moments, default=None)

    def _soon(self, name: str) -> None:
        """What has changed is read by the next poll of that system."""
        at = self.now + timedelta(seconds=self.random.uniform(0.1, _SOON))
        self._polls[name] = min(self._polls.get(name, at), at)

    def _work(self) -> None:
        for name in [name for name, at in sorted(self._polls.items()) if at <= self.now]:
            wait = timedelta(hours=self.random.uniform(2, 9))
            try:
                self._engine.pull(name)
            except ConnectorError:
                wait = timedelta(minutes=10)
            self._polls[name] = self.now + wait
        self._rest = _IDLE  # what is due and cannot go, because what is ahead of it waits, needs no look every second
        for _round in range(30):
            due = self.store.due(self.now)
            delivered = self._engine.deliver_due() if due.deliveries else 0
            if due.waits:
                self._engine.refresh(set())
            plans = self._engine.plan_due()[0] if due.plans or due.waits else 0
            if not (delivered or plans):
                break
            self._rest = _BUSY
        for one in self.store.waits():
            names = {source.partition(".")[0] for source in one.sources} & self._polls.keys()
            shut = [until for name in names for since, until in self._out.get(name, ()) if since <= self.now < until]
            for name in sorted(names):
                self._soon(name) if not shut else self._poll_by(name, max(shut))

    def _poll_by(self, name: str, moment: datetime) -> None:
        self._polls[name] = min(self._polls[name], max(moment, self.now + _BUSY))

    # -- afterwards -------------------------------------------------------------------------------------------------

    def _left_unsaid(self) -> Iterator[str]:
        """Who never answered was reminded: silence would keep every other promise."""
        for row in self.store.deliveries(limit=100000):
            if row.state in (State.WAITING, State.CLAIMED) and self.now - row.created_at > _WEEKEND:
                yield f"{row.key} is {row.state} for ever: {row.reason}"
        for client in self.clients:
            for ask in client.asks.values():
                if ask.asked is None or ask.answers:
                    continue
                gone = {template for _at, template, _key in ask.reminded}
                first = next(template for template, kind in REMINDS_OF.items() if kind == ask.kind)
                if first not in gone and not self._is_open(client, first):
                    yield f"client {client.number} was asked for {ask.kind} at {ask.asked} and never reminded"

    def _is_open(self, client: Client, template: str) -> bool:
        """Whether it, or what it follows, is for staff to see to: nobody can tell if it arrived, or it was given up."""
        asked = ASKED_BY[REMINDS_OF[template]]
        return any(
            row.state in (State.UNKNOWN, State.DEAD) and getattr(row.decision, "template", "") in (template, asked)
            for row in self.store.deliveries(client=self._client_of(client), limit=500)
        )


@dataclass
class _Documents(FakeConnector):
    """Makes the file that is wanted, at once."""

    def push(self, delivery: Delivery) -> Receipt:
        """One small file."""
        wanted = delivery.decision
        assert isinstance(wanted, MakeDocument)
        return Receipt(
            self.clock.now(), files=tuple(StoredFile(f"{wanted.name}.{one}", "x", b"x") for one in wanted.formats)
        )
