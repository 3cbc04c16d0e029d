"""How a client stands, as staff read it on a phone: lines of Telegram HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from bridge.engine.desk.owing import owed_for, owed_since
from bridge.engine.snapshots import snoozes_of
from bridge.model.decisions import SendMessage
from bridge.model.opening import opening
from bridge.model.people import Directory
from bridge.model.planning import NEVER
from bridge.model.reason_words import told
from bridge.model.snoozes import Snooze, running
from bridge.model.values import NotKnown
from bridge.model.wording import Worded, counted, worded
from bridge.store.rows import ClientState, Row, StoredRecord
from bridge.store.stops import Scope, Stop
from bridge.words import said
from rules.facts import Facts
from rules.holders import holder_of
from rules.ruleset import Need, RuleSet
from rules.telling import Teller, system_name
from rules.verdicts import Verdicts
from rules.whose_time import office_calendar

_NEXT = 4
"""So many of the next steps are told."""
_APART = frozenset({"client.name", "client.chat", "client.chat_link"})
"""What is told otherwise, or is of no use to a reader."""
_PLACES = ("contact", "task", "card")


@dataclass(frozen=True)
class Look:
    """One client at one moment, for one reader. `messages` are the newest to the client, newest first.

    `keys` are phones and e-mails, `stops` all that people hold back. `heard_at` is when the client last did something,
    or somebody last talked with them; None where nothing is known of that.
    """

    state: ClientState
    facts: Facts
    ruleset: RuleSet
    directory: Directory
    language: str
    messages: Sequence[Row] = ()
    stops: Sequence[Stop] = ()
    keys: Sequence[str] = ()
    heard_at: datetime | None = None

    def status(self) -> Iterator[str]:
        """Stage, gates with how much is there and who owes the rest, silence, next steps, messages, channel, links."""
        yield self._title()
        yield from self._stopped()
        deals = [one for one in self.state.subjects if one.kind == "deal"]
        for deal in deals:
            if len(deals) > 1:
                yield f"<b>{escape(self.deal_name(deal.id))}</b>"
            yield from self._told(deal.id, "card.list")
            yield from (self._gate(gate, deal.id) for gate in self.ruleset.gates)
        yield from self._told(self.state.client, "client.channel")
        yield from self._silence()
        yield from self._steps()
        yield from self._messages()
        yield from self._links()

    def card(self) -> Iterator[str]:
        """Who it is: what is known of the client, phones and e-mails, links."""
        yield self._title()
        shown = "\n".join(self._known())
        if shown:
            yield shown
        spare = [key for key in self.keys if key not in shown]
        if spare:
            yield escape(", ".join(spare))
        yield from self._links()

    def name(self) -> str:
        """What people call the client; the local id where nothing tells."""
        spec = self.ruleset.fields.get("client.name")
        value = self.facts.value(spec.key, self.state.client) if spec is not None else None
        return value if isinstance(value, str) and value else self._any_name()

    def _any_name(self) -> str:
        own = (str(one.fields.get("name") or "") for records in self.state.records.values() for one in records)
        return next(filter(None, own), self.state.client)

    def _title(self) -> str:
        return f"<b>{escape(self.name())}</b>"

    def deal_name(self, deal: str) -> str:
        """What people call a deal; the local id where nothing tells."""
        own = (str(one.fields.get("name") or "") for one in self.state.records.get(deal, ()))
        return next(filter(None, own), deal)

    def _known(self) -> Iterator[str]:
        for key, spec in self.ruleset.fields.items():
            if spec.subject == "client" and not spec.commercial and key not in _APART:
                value = self.facts.value(key, self.state.client)
                if value not in (None, "", ()) and not isinstance(value, NotKnown):
                    yield escape(self.facts.told(key, self.state.client, self.language))

    def _told(self, subject: str, field: str) -> Iterator[str]:
        if field in self.ruleset.fields:
            yield escape(self.facts.told(field, subject, self.language))

    def _gate(self, gate: str, subject: str) -> str:
        answered = self.facts.gate(gate, subject)
        have = sum(one.answer is True for one in answered)
        meter = f"{self.facts.title(f'gate.{gate}', self.language)}: {have}/{len(answered)}"
        meter += f", {100 * have // len(answered)} %" if answered else ""
        owed = [self._owed(one.need, subject) for one in answered if one.answer is False]
        unread = [one.need.say.get(self.language, "") for one in answered if one.answer is None]
        parts = [meter]
        parts += [said(worded("waiting for: {what}", what=", ".join(owed)), self.language)] if owed else []
        parts += [said(worded("not read yet: {what}", what=", ".join(unread)), self.language)] if unread else []
        return escape(" · ".join(parts))

    def _owed(self, need: Need, subject: str) -> str:
        held = holder_of(need.owed_by, subject, self.facts, self.ruleset, self.directory)
        title = self.ruleset.roles.get(need.owed_by, {}).get(self.language, need.owed_by)
        who = self.directory.name(held) if held else title
        return f"{need.say.get(self.language, '')} ({who}{self._since(need, subject)})"

    def _since(self, need: Need, subject: str) -> str:
        """Since when it is asked for, and how long that is."""
        owners = self.facts.line(subject)
        since = owed_since(need, owners, self.ruleset, self.state.timers, self.state.runs)
        if since is None:
            return ""
        return ", " + owed_for(since, self.facts.now, office_calendar(self.ruleset), self.language)

    def _silence(self) -> Iterator[str]:
        if self.heard_at is None:
            return
        days = office_calendar(self.ruleset).working_days_between(self.heard_at, self.facts.now)
        if days > 0:
            since = counted(days, "{count} working day|{count} working days")
            words = worded(
                "Nothing heard from the client for {days}, since {at}", days=since, at=self._moment(self.heard_at)
            )
            yield escape(said(words, self.language))

    def _steps(self) -> Iterator[str]:
        rules = {rule.id: rule for rule in self.ruleset.rules}
        running = sorted(
            (one for one in self.state.timers if one.step and one.rule in rules and one.due != NEVER),
            key=lambda one: (one.due, one.key),
        )
        if running:
            yield f"<b>{self._say('What comes next:')}</b>"
        teller = Teller(self.ruleset, self.language, self.directory)
        for timer in running[:_NEXT]:
            step = next((one for one in rules[timer.rule].steps if one.id == timer.step), None)
            does = "; ".join(teller.action(action)[0] for action in step.then) if step is not None else timer.step
            yield escape(f"• {self._moment(timer.due)} {rules[timer.rule].name}: {does}")

    def _messages(self) -> Iterator[str]:
        verdicts = Verdicts(Teller(self.ruleset, self.language, self.directory))
        if self.messages:
            yield f"<b>{self._say('The client was written to:')}</b>"
        for row in self.messages:
            words = opening(row.decision.text) if isinstance(row.decision, SendMessage) else ""
            state = verdicts.say(f"state {row.state.value}")
            at = self._moment(row.ended_at or row.next_at)
            yield escape(f"• {at} «{words}»: {state}")

    def _links(self) -> Iterator[str]:
        records = [one for found in self.state.records.values() for one in found if one.url and not one.deleted]
        records = [one for one in records if one.ref.kind in _PLACES]
        if records:
            yield " · ".join(map(self._link, sorted(records, key=lambda one: (_PLACES.index(one.ref.kind), one.url))))

    def _link(self, record: StoredRecord) -> str:
        kinds = {"contact": worded("contact"), "task": worded("task"), "card": worded("card")}
        what = said(kinds[record.ref.kind], self.language)
        return f'<a href="{escape(record.url)}">{escape(f"{system_name(record.ref.system)}: {what}")}</a>'

    def _stopped(self) -> Iterator[str]:
        for stop in self.stops:
            if stop.scope is Scope.ALL or (stop.scope is Scope.CLIENT and stop.about == self.state.client):
                yield stopped_line(stop, self.name(), self.ruleset.zone, self.language)
        snooze = running(snoozes_of(self.state), self.facts.now)
        if snooze is not None:
            yield escape(said(put_off_line(snooze, self.ruleset.zone), self.language)) + _because(snooze.why)

    def _moment(self, moment: datetime) -> str:
        return shown_moment(moment, self.ruleset.zone)

    def _say(self, sentence: str) -> str:
        return escape(said(worded(sentence), self.language))


def put_off_line(snooze: Snooze, zone: str) -> Worded:
    """Until when reminders wait, with the year where it is another one, and who said so."""
    since, until = (one.astimezone(ZoneInfo(zone)) for one in (snooze.since, snooze.until))
    at = shown_moment(snooze.until, zone) if since.year == until.year else f"{until:%d.%m.%Y %H:%M}"
    return worded("⏰ Reminders wait until {at}: {by}", at=at, by=snooze.by)


def _because(why: str) -> str:
    return f" ({escape(why)})" if why else ""


def stopped_line(stop: Stop, name: str, zone: str, language: str) -> str:
    """What is held back, by whom, since when and why, as one line of HTML."""
    patterns = {
        Scope.ALL: worded("⏸ Everything is held back since {at}: {by}", at=shown_moment(stop.since, zone), by=stop.by),
        Scope.CLIENT: worded(
            "⏸ {name} is held back since {at}: {by}", name=name, at=shown_moment(stop.since, zone), by=stop.by
        ),
        Scope.RULE: worded(
            "⏸ The rule “{name}” is held back since {at}: {by}",
            name=name,
            at=shown_moment(stop.since, zone),
            by=stop.by,
        ),
    }
    why = told(stop.reason, language, {}) if stop.reason else ""
    return escape(said(patterns[stop.scope], language) + (f" ({why})" if why else ""))


def shown_moment(moment: datetime, zone: str) -> str:
    """A moment on the agency's wall clock, without the year."""
    return f"{moment.astimezone(ZoneInfo(zone)):%d.%m %H:%M}"
