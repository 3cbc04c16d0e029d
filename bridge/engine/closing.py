"""What people read when their day closes (`day.*`): what happened with their clients, what is promised, what did not.

A day goes from that time of the working day before to the moment at which it closes, so that nothing falls between two.
Whoever heads everybody reads of all clients, and how the day of each manager was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from bridge.engine.context import Context
from bridge.engine.desk.commands import IN_CHARGE
from bridge.engine.desk.outstanding import put_off
from bridge.engine.desk.owing import asks_for
from bridge.engine.desk.talks import CHANNELS, TALKED
from bridge.engine.snapshots import LIST_FIELD, snapshot_of
from bridge.engine.week import is_late
from bridge.model.events import ActorKind, Event
from bridge.model.fields import FieldType
from bridge.model.planning import Outcome, Trace
from bridge.model.snoozes import SNOOZES, Snooze, read, running
from bridge.model.values import Plain
from bridge.model.wording import counted, worded
from bridge.store import Store
from bridge.words import said
from rules.facts import Facts
from rules.holders import own_holder
from rules.whose_time import office_calendar

DONE, PROMISED, SLIPPED, TEAM = "day.done", "day.promised", "day.slipped", "day.team"
_TEAM_OF = "manager"
_LONGEST_BREAK = 40
"""Days in a row for which an office may be closed."""
_EMPTY: tuple[Plain, ...] = (None, "", False, [], 0)


class Closing:
    """The days that close while one plan is made: what is read of a client is read once for all."""

    def __init__(self, store: Store, context: Context, now: datetime) -> None:
        self._store = store
        self._context = context
        self._now = now
        self._ruleset = context.ruleset
        self._rules = context.ruleset.waking.rules
        self.client = cache(self._client)
        self.news = cache(self._news)
        self.snoozes = cache(self._snoozes)

    def day(self, person: str, role: str, moment: datetime, language: str) -> Mapping[str, Plain]:
        """Rows for each value of `day.*`, a client (of `day.team` a manager) a row, in the order of their names."""
        found: dict[str, Plain] = {name: list(rows) for name, rows in self._rows(person, role, moment, language)}
        if role in IN_CHARGE:
            found[TEAM] = [self._of_team(one, moment, language) for one in self._team()]
        return found

    def _rows(self, person: str, role: str, moment: datetime, language: str) -> Iterator[tuple[str, Sequence[str]]]:
        since = self._begins(person, moment)
        events, traces = self.news(since, moment)
        told = sorted({*events, *traces, *self.snoozes()}, key=lambda client: self.client(client).name.casefold())
        days = [
            _Day(self.client(client), events.get(client, []), traces.get(client, []), since, moment, language)
            for client in told
            if role in IN_CHARGE or person in self.client(client).owners(role)
        ]
        for name, rows in (
            (DONE, [day.done() for day in days]),
            (PROMISED, [day.promised() for day in days]),
            (SLIPPED, [day.slipped() for day in days]),
        ):
            yield name, [row for row in rows if row]

    def _of_team(self, person: str, moment: datetime, language: str) -> str:
        counts = {name: len(rows) for name, rows in self._rows(person, _TEAM_OF, moment, language)}
        name = self._context.office.directory.name(person)
        if not any(counts.values()):
            return said(worded("{name}: nothing new", name=name), language)
        line = worded(
            "{name}: news {done}, promised {promised}, slipped {slipped}",
            name=name,
            done=counts[DONE],
            promised=counts[PROMISED],
            slipped=counts[SLIPPED],
        )
        return said(line, language)

    def _team(self) -> list[str]:
        return [one.key for one in self._context.office.directory.people.values() if _TEAM_OF in one.roles]

    def _begins(self, person: str, moment: datetime) -> datetime:
        """That time of the working day before, in the person's own calendar; days of leave count, somebody stood in."""
        known = self._context.office.directory.people.get(person)
        office = office_calendar(self._ruleset)
        calendar = self._ruleset.calendars.get(known.calendar, office) if known is not None else office
        local = calendar.local(moment)
        before = (local.date() - timedelta(days=back) for back in range(1, _LONGEST_BREAK))
        day = next((one for one in before if calendar.hours(one)), local.date() - timedelta(days=1))
        return calendar.instant(day, local.hour * 60 + local.minute)

    def _news(self, since: datetime, until: datetime) -> tuple[dict[str, list[Event]], dict[str, list[Trace]]]:
        """What happened between, and which steps were due then, by client."""
        events: dict[str, list[Event]] = {}
        for event, client in self._store.happened(since, until):
            events.setdefault(client, []).append(event)
        traces: dict[str, list[Trace]] = {}
        for trace, client in self._store.outcomes((Outcome.FIRED, Outcome.MISSED), since):
            if trace.at <= until and (is_late(trace) or self._asks(trace)):
                traces.setdefault(client, []).append(trace)
        return events, traces

    def _asks(self, trace: Trace) -> bool:
        """Whether it is a step that was taken because something had not come until then."""
        rule = self._rules.get(trace.rule)
        return trace.outcome is Outcome.FIRED and bool(trace.step) and rule is not None and rule.unless is not None

    def _snoozes(self) -> dict[str, tuple[Snooze, ...]]:
        return {client: read(kept) for client, kept in self._store.kept_as(SNOOZES).items()}

    def _client(self, client: str) -> _Client:
        return _Client(self, client, self._store, self._context, self._now)


class _Client:
    """One client as things stand now."""

    def __init__(self, closing: Closing, client: str, store: Store, context: Context, now: datetime) -> None:
        self.context = context
        self.ruleset = context.ruleset
        self.rules = context.ruleset.waking.rules
        self.snoozes = closing.snoozes().get(client, ())
        state = store.load_client(client)
        self.facts = Facts(snapshot_of(state, context), self.ruleset, context.office.directory, now)
        self.now = now
        self._client = client
        self._store = store
        self._deals = [one.id for one in state.subjects if one.kind == "deal"] or [client]
        name = self.facts.value("client.name", client) if "client.name" in self.ruleset.fields else None
        self.name = name if isinstance(name, str) and name else client

    def owners(self, role: str) -> set[str]:
        """Who has the role for any of the client's deals, whether they are there or not."""
        directory = self.context.office.directory
        return {own_holder(role, deal, self.facts, self.ruleset, directory) for deal in self._deals}

    def stands_in(self, deal: str) -> str:
        """The list in which the card of a deal stands now; "" where that is not known."""
        found = self.facts.value(LIST_FIELD, deal) if LIST_FIELD in self.ruleset.fields else None
        return found if isinstance(found, str) else ""

    def heard(self, since: datetime, until: datetime) -> bool:
        """Whether the client did something between these moments, or somebody talked with them elsewhere."""
        events = self._store.happened(since, until, self._client)
        return any(event.actor.kind is ActorKind.CLIENT or event.kind == TALKED for event, _client in events)

    def awaited(self, trace: Trace, language: str) -> list[str]:
        """What is not there yet that a step asked for; the rule's name where no gate names it."""
        rule = self.rules.get(trace.rule)
        if rule is None or rule.unless is None or rule.unless.holds(self.facts.lookup(trace.subject), self.now):
            return []
        lacking = [
            answered.need
            for gate in self.ruleset.gates
            for answered in self.facts.gate(gate, trace.subject)
            if answered.answer is False and asks_for(rule, answered.need)
        ]
        return [need.say.get(language, "") for need in lacking] or [rule.name or rule.id]


class _Day:
    """One client's day, in one language."""

    def __init__(
        self,
        client: _Client,
        events: Sequence[Event],
        traces: Sequence[Trace],
        since: datetime,
        until: datetime,
        language: str,
    ) -> None:
        self._client = client
        self._events = events
        self._traces = traces
        self._since = since
        self._until = until
        self._language = language

    def done(self) -> str:
        """What happened: messages of both sides, answers, stages, talks, what came in; "" for nothing."""
        return self._row([*self._messages(), *self._answers(), *self._stages(), *self._facts(), *self._talks()])

    def promised(self) -> str:
        """Until when reminders were put off, why and by whom."""
        snooze = running(self._client.snoozes, self._until)
        if snooze is None:
            return ""
        return self._row([put_off(snooze, office_calendar(self._client.ruleset), self._language)])

    def slipped(self) -> str:
        """What was due and did not happen: promises, what is asked for, steps that came too late, lost messages."""
        lost = sum(event.kind == "undelivered" for event in self._events)
        broken = [one for one in self._client.snoozes if self._since < one.until <= self._until]
        parts = [
            self._say(worded("put off until {day}, nothing heard since", day=self._day(one.until)))
            for one in broken
            if not self._client.heard(one.since, self._until)
        ]
        awaited = [what for trace in self._traces for what in self._client.awaited(trace, self._language)]
        if awaited:
            parts.append(self._say(worded("still missing: {what}", what=", ".join(dict.fromkeys(awaited)))))
        late = [self._late(trace) for trace in self._traces if trace.outcome is Outcome.MISSED]
        forms = "{count} message did not arrive|{count} messages did not arrive"
        return self._row([*parts, *late, *([self._say(counted(lost, forms))] if lost else [])])

    def _messages(self) -> Iterator[str]:
        theirs = sum(one.kind == "message" and one.actor.kind is ActorKind.CLIENT for one in self._events)
        ours = sum(one.kind == "delivered" for one in self._events)
        if theirs:
            yield self._say(counted(theirs, "{count} message from the client|{count} messages from the client"))
        if ours:
            yield self._say(counted(ours, "{count} message to the client|{count} messages to the client"))

    def _answers(self) -> Iterator[str]:
        forms = self._client.context.forms
        for form in dict.fromkeys(str(one.data.get("form")) for one in self._events if one.kind == "form.answered"):
            title = forms[form].titles.get(self._language, form) if form in forms else form
            yield self._say(worded("answers: {form}", form=title))

    def _stages(self) -> Iterator[str]:
        """Where cards stand now that stood elsewhere; a move that was taken back, by whomever, is none."""
        moved = [event for event in self._events if event.kind == "card.moved"]
        for card in dict.fromkeys(event.subject for event in moved):
            own = [event.data for event in moved if event.subject == card]
            stands = self._client.stands_in(card) or own[-1].get("to")
            if stands != own[0].get("from"):
                yield f"→ {stands}"

    def _facts(self) -> Iterator[str]:
        """What came in that gates wait for, and ticks such as a payment."""
        fields, over = self._client.ruleset.fields, self._client.ruleset.waking.gates_over
        changed = {
            str(one.data.get("field")): one for one in self._events if one.kind == "field.changed"
        }  # the last change of each
        for name, event in changed.items():
            spec = fields.get(name)
            if spec is None or name == LIST_FIELD or event.data.get("new") in _EMPTY:
                continue
            title = spec.titles.get(self._language, name)
            if spec.type is FieldType.FLAG:
                yield title
            elif name in over and spec.words:
                yield f"{title}: {spec.called(str(event.data.get('new')), self._language)}"
            elif name in over:
                yield title

    def _talks(self) -> Iterator[str]:
        ways = Counter(str(one.data.get("by")) for one in self._events if one.kind == TALKED)
        for way in ways:
            yield self._say(worded("talked: {way}", way=worded(CHANNELS.get(way, way))))

    def _late(self, trace: Trace) -> str:
        rule = self._client.rules.get(trace.rule)
        name = rule.name or rule.id if rule is not None else trace.rule
        return self._say(worded("not done in time: {rule}", rule=name))

    def _day(self, moment: datetime) -> str:
        return f"{office_calendar(self._client.ruleset).local(moment):%d.%m}"

    def _row(self, parts: Sequence[str]) -> str:
        return f"{self._client.name}: {'; '.join(parts)}" if parts else ""

    def _say(self, words: str) -> str:
        return said(words, self._language)
