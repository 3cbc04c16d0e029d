"""Whether a delivery may go now, and as what: its reason, its truth, its hour, and whether it is too much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.engine.flooding import Room
from bridge.engine.marking import marked, may_come
from bridge.engine.mirroring import is_own
from bridge.engine.reaching import asked_for_silence, chat_to_write_to, letter_box, phone_of, purpose_of, way_to_client
from bridge.engine.renewing import renewed
from bridge.engine.routing import holder_of, target_of
from bridge.engine.snapshots import snapshot_of, snoozes_of
from bridge.model.decisions import (
    AttachDocument,
    Capability,
    CopyFile,
    Decision,
    EditMessage,
    MakeDocument,
    SendMessage,
    WriteFields,
)
from bridge.model.deliveries import State, StoredFile
from bridge.model.files import FILES
from bridge.model.floods import Flood, Limit, Limits, Whose, holding, limits_for, tripped
from bridge.model.merging import BLANKS, SYNC
from bridge.model.reasons import (
    BEING_MADE,
    BY_CHAT,
    BY_LETTER,
    BY_SMS,
    CLOSED_HOURS,
    MESSAGE_GONE,
    NO_CHAT,
    NO_CONNECTOR,
    NO_FIELD,
    NO_FILE,
    NO_REASON,
    NOBODY_DOES,
    NOT_THERE_YET,
    OVER_CAP,
    OWN_FILE,
    RULE_GONE,
    RULE_OFF,
    SILENCE,
    SNOOZED,
    TRIED_AGAIN,
    UNLESS,
    UPLOAD_OPEN,
    WAITS_FOR,
    Reason,
)
from bridge.model.records import Ref
from bridge.model.snoozes import Snooze, running
from bridge.store import Store
from bridge.store.rows import Row, fact_and_ref, parse_ref
from bridge.store.stops import Scope, Stop, stop_for
from rules.calendars import Calendar
from rules.facts import Facts
from rules.snoozing import reminds
from rules.speaking import Said, buttons_of, say
from rules.whose_time import CLIENT_CALENDAR, calendar_of_client, office_calendar

_SOURCE_WAIT = timedelta(seconds=20)
_LONGEST_WAIT = timedelta(minutes=15)
_MOST_BLANKS = Limit(10, timedelta(minutes=10))
"""So many values may be taken away because another place has none; more look like a field that is gone."""
_MOST_COPIES = Limit(100, timedelta(hours=1))
"""So many files may be copied; more look like years of them, where the map has just been told to copy any."""
_FRESH = timedelta(minutes=15)
"""What a text asserts, and that an answer has not come, must have been read within this time.

After a stop, an outage or a long row of messages nothing is said on what was so before it.
"""
READABLE = ("pdf", "docx")
"""In which formats a document goes to people, the first that was made."""
_OWN_LIMITS = {BLANKS: _MOST_BLANKS, FILES: _MOST_COPIES}


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery that may go now, as it will be said, and by which connector."""

    decision: Decision
    target: Ref | None
    related: Mapping[str, Ref]
    file: StoredFile | None = None
    connector: str = ""
    known_as: str = ""
    """What the service called the file when it was sent before."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """A delivery that may not go now: later, or never."""

    state: State
    reason: Reason
    next_at: datetime | None = None
    sources: tuple[str, ...] = ()
    past: datetime | None = None
    called_off: bool = False
    """Whether people took its reason away: by a stop, or by taking its rule away."""
    untrue: bool = False
    """Whether what it says has become untrue, and there is nothing else to say."""
    flood: Flood | None = None
    """What is too much at once."""
    connector: str = ""
    """Who does it instead."""


class Readiness:
    """Asks of one delivery at a time; several threads may ask at once.

    `served` names the connectors by which something can be carried out here.
    """

    def __init__(self, store: Store, served: Collection[str]) -> None:
        self._store = store
        self._served = served
        self._stops: Sequence[Stop] = ()
        self._floods: Sequence[Flood] = ()
        self._room = Room()

    def all_stopped(self) -> bool:
        """Whether people have stopped everything. Other stops, and floods, are remembered for what is claimed."""
        self._stops = self._store.stops()
        self._floods = self._store.floods()
        return stop_for(self._stops, "", "") is not None

    def of(self, row: Row, context: Context, now: datetime) -> Ready | NotNow:
        """The delivery as it goes out now, or why it does not."""
        gone = self._resting(row, now) or self._reason_gone(row, context)
        if gone is not None:
            return gone
        related = self.related(row, context)
        if self._wants_silence(row, context):
            return NotNow(State.CANCELLED, SILENCE)
        connector = holder_of(row.decision, row.connector, context, related)
        way = way_to_client(row.decision, related, context, self._served, self._store)
        letters = context.in_charge.get(Capability.LETTERS, "")
        if way in self._served and way != connector and not row.doubt:
            return NotNow(State.WAITING, self._because_of(way, context), next_at=now, connector=way)
        if connector not in self._served:
            named = NO_CONNECTOR.of(connector=connector) if connector else NOBODY_DOES.of(kind=row.decision.kind)
            return NotNow(State.DEAD, named)
        decision = row.decision
        # What may have gone out already is looked for first, whatever has become of its reason.
        if row.client and not row.doubt and (row.calls_off or isinstance(decision, SendMessage)):
            checked = self._still_true(self._spoken(row, related), context, now)
            if isinstance(checked, NotNow):
                return checked
            decision = checked
            if isinstance(decision, SendMessage) and (until := self._capped_until(row, decision, context, now)):
                return NotNow(State.WAITING, OVER_CAP, next_at=until)
        target, missing = target_of(decision, connector, related)
        if row.cause.rule in (SYNC, BLANKS) and isinstance(decision, WriteFields):
            target, missing = parse_ref(fact_and_ref(row.key)[1]), NO_REASON  # the very thing that was weighed
            if not row.doubt and not self._can_be_written(row, decision, target, now):
                return NotNow(State.CANCELLED, NO_FIELD)
        if letters and connector == letters:
            target = letter_box(related, letters, self._store)
            missing = NO_CHAT if target is None else NO_REASON
        if connector == context.in_charge.get(Capability.SMS) and isinstance(decision, SendMessage):
            target = phone_of(related, connector, self._store)
            missing = NO_CHAT if target is None else NO_REASON
        if missing:
            return NotNow(State.DEAD, missing)
        file, known_as = None, ""
        if isinstance(decision, AttachDocument):
            file = self._store.file(row.subject, decision.template, decision.key, decision.format)
            if file is None:
                return NotNow(State.DEAD, NO_FILE.of(file=f"{decision.template}.{decision.format}"))
            decision = replace(decision, file_name=file.name)
        if isinstance(decision, SendMessage) and decision.document:
            file = self._sent_along(row, decision)
            if file is None:
                wanted = decision.document
                if self._store.is_being_made(row.client, row.subject, decision.document, decision.document_key):
                    return NotNow(State.WAITING, BEING_MADE.of(file=wanted), next_at=now + _SOURCE_WAIT)
                return NotNow(State.DEAD, NO_FILE.of(file=wanted))
            known_as = self._store.known_as(row.client, connector, decision)
        if isinstance(decision, EditMessage):
            notice = self._store.delivery(decision.delivery)
            if may_come(notice):
                return NotNow(State.WAITING, NOT_THERE_YET, next_at=now + _SOURCE_WAIT)
            before = self._store.said_before(notice) if notice is not None else ()
            edited = marked(decision, notice, context.ruleset.zone, before)
            if edited is None:
                return NotNow(State.CANCELLED, MESSAGE_GONE)
            decision = edited
        if isinstance(decision, SendMessage) and decision.renews:
            newest = self._store.newest_said(row)
            decision = renewed(decision, row.subject, newest, now, context.ruleset.zone)
        if isinstance(decision, CopyFile) and not row.doubt:
            if self._store.upload_open(row.client, row.id):
                return NotNow(State.WAITING, UPLOAD_OPEN, next_at=now + _SOURCE_WAIT)
            if is_own(decision, self._store):
                return NotNow(State.CANCELLED, OWN_FILE)
        flood = self._too_much(row, decision, context, now)
        if flood is not None:
            return NotNow(State.HELD, flood.because, flood=flood)
        return Ready(decision, target, related, file, connector, known_as)

    def _because_of(self, way: str, context: Context) -> Reason:
        """Why a message goes another way than it was to."""
        by = {context.in_charge.get(Capability.LETTERS): BY_LETTER, context.in_charge.get(Capability.SMS): BY_SMS}
        return by.get(way, BY_CHAT)

    def _sent_along(self, row: Row, decision: SendMessage) -> StoredFile | None:
        """The document as people open it on a telephone: the PDF, where one could be made."""
        kinds = (self._store.file(row.subject, decision.document, decision.document_key, one) for one in READABLE)
        return next((file for file in kinds if file is not None), None)

    def related(self, row: Row, context: Context) -> dict[str, Ref]:
        """The things of a delivery's subject; of a client's chats the one into which this very message goes."""
        related = self._store.refs_of(row.subject) if row.subject else {}
        decision = row.decision
        system = system_of(context.in_charge.get(Capability.CHAT, ""))
        if not isinstance(decision, SendMessage) or not decision.to_client or not row.client or not system:
            return related
        name = f"{system}.chat"
        theirs = self._store.correspondents(row.client)
        others = {key: ref for key, ref in related.items() if key != name}
        if decision.chat:
            chat: Ref | None = Ref(system, "bot", "chat", decision.chat)
            chat = next((one.chat for one in theirs if one.is_in(decision.chat)), chat)
        elif not theirs:
            return related
        else:
            chat = chat_to_write_to(purpose_of(decision, context.ruleset), theirs)
        thread = next((one.thread for one in theirs if one.chat == chat and one.thread), "")
        topic = {f"{system}.thread": Ref(system, "bot", "thread", thread)} if thread else {}
        return {**others, name: chat, **topic} if chat is not None else others

    def _wants_silence(self, row: Row, context: Context) -> bool:
        """Whether whoever would read a message asked for no automatic ones. What they ask is answered all the same."""
        decision = row.decision
        if row.doubt or not isinstance(decision, SendMessage) or not decision.to_client or not row.client:
            return False
        theirs = self._store.correspondents(row.client)
        if decision.chat:
            own = row.cause.rule in context.ruleset.texts and row.cause.rule == decision.template
            return not own and all(not one.is_in(decision.chat) or one.stopped_at is not None for one in theirs)
        return asked_for_silence(purpose_of(decision, context.ruleset), theirs)

    def _spoken(self, row: Row, related: Mapping[str, Ref]) -> Row:
        """A message in the language of whoever reads it, where they have said one."""
        decision = row.decision
        if not isinstance(decision, SendMessage) or not decision.to_client:
            return row
        theirs = self._store.correspondents(row.client)
        own = next((one.language for one in theirs if one.chat in related.values() and one.language), "")
        return replace(row, decision=replace(decision, language=own)) if own else row

    def _resting(self, row: Row, now: datetime) -> NotNow | None:
        """Whether people have stopped what keeps facts in step: it waits, as nothing else would bring it up again."""
        if row.doubt or row.cause.rule not in (SYNC, BLANKS, FILES):
            return None
        named = (SYNC, row.cause.rule) if row.cause.rule == BLANKS else (row.cause.rule,)
        stop = next((one for one in self._stops if one.scope is Scope.RULE and one.about in named), None)
        return NotNow(State.WAITING, stop.because, next_at=now + _LONGEST_WAIT) if stop is not None else None

    def _can_be_written(self, row: Row, decision: WriteFields, target: Ref, now: datetime) -> bool:
        """Whether what keeps a fact in step has its place still, in a thing that is there and belongs to the same.

        Waiting would hold up all else about that thing. Once the place can be read it is weighed anew.
        """
        kept = self._store.bound(target, row.subject, now)
        return kept is not None and not kept.deleted and not kept.unknown & decision.values.keys()

    def _reason_gone(self, row: Row, context: Context) -> NotNow | None:
        """Whether people stopped it meanwhile, or its rule is there no more. What may have gone out is looked for.

        A stopped client hears nothing, and no clock works for them; what people did or wrote still reaches the staff.
        """
        if row.doubt or row.cause.rule in ("", SYNC, BLANKS, FILES) or row.cause.rule in context.ruleset.texts:
            return None  # under way already, or the bridge's own word
        to_client = isinstance(row.decision, SendMessage) and row.decision.to_client
        meant = to_client or row.background
        stop = stop_for(
            [one for one in self._stops if meant or one.scope is not Scope.CLIENT], row.client, row.cause.rule
        )
        if stop is not None:
            return NotNow(State.CANCELLED, stop.because, called_off=True)
        rule = next((rule for rule in context.ruleset.rules if rule.id == row.cause.rule), None)
        if rule is None or rule.enabled != "true":
            gone = RULE_OFF if rule else RULE_GONE
            return NotNow(State.CANCELLED, gone.of(rule=row.cause.rule), called_off=True)
        return None

    def _too_much(self, row: Row, decision: Decision, context: Context, now: datetime) -> Flood | None:
        """The breaker that holds this: one that tripped before, or trips now. What stays inside is never too much.

        Neither is an answer of the bridge's own, what may have gone out already, what a person has picked out by hand,
        and what was wanted before a person last answered. Some workers at once may go past the limit by as many.
        """
        rule = row.cause.rule
        own = not rule or rule in context.ruleset.texts
        if own or row.doubt or _begun(row) or row.reason == TRIED_AGAIN or isinstance(decision, MakeDocument):
            return None
        flood = holding(self._floods, rule, row.client, row.created_at)
        if flood is not None:
            return flood
        usual = context.ruleset.defaults.flood
        usual = replace(usual, rule=_OWN_LIMITS[rule]) if rule in _OWN_LIMITS else usual
        limits = limits_for(usual, self._floods, rule, row.client, row.created_at)
        to_client = isinstance(decision, SendMessage) and decision.to_client
        full = self._room.take(limits, rule, row.client, to_client=to_client)
        if full == Limits(None, None, None):
            return None
        sent = self._store.sent_within(full, row, now, self._floods)
        found = tripped(full, sent, to_client=to_client)
        if found is None:
            self._room.counted(limits, full, rule, row.client, sent, to_client=to_client)
            return None
        whose, limit = found
        return Flood(whose, rule if whose is Whose.RULE else row.client, str(limit), now)

    def _still_true(self, row: Row, context: Context, now: datetime) -> Decision | NotNow:
        """Asks once more, on facts as they are now: does the reason stand, is the text true, may the client be told."""
        ruleset = context.ruleset
        decision = row.decision
        to_client = isinstance(decision, SendMessage) and decision.to_client
        answers = isinstance(decision, SendMessage) and decision.chat and row.cause.rule == decision.template
        window = self._contact(row, context, now) if to_client and not answers else now
        if window > now:
            past = window if row.fresh_past is not None else None
            return NotNow(State.WAITING, CLOSED_HOURS, next_at=window, past=past)
        if isinstance(decision, SendMessage) and decision.said:
            return decision  # begun: half a message, or words that do not go together, would be worse than late ones
        if to_client and (snooze := self._put_off(row, context, now)) is not None:
            reason = SNOOZED.of(until=snooze.until, who=snooze.by)
            then = min(snooze.until, now + _LONGEST_WAIT)
            return NotNow(State.WAITING, reason, next_at=then, past=then if row.fresh_past is not None else None)
        rule = next((rule for rule in ruleset.rules if rule.id == row.calls_off), None)
        said_anew = isinstance(decision, SendMessage) and to_client and decision.template in ruleset.texts
        if not said_anew and (rule is None or rule.unless is None):
            return decision
        facts = self._facts(row, context, now)
        if rule is not None and rule.unless is not None:
            past = max(row.fresh_past, now - _FRESH) if row.fresh_past is not None else None
            verdict = rule.unless.evaluate(facts.lookup(row.subject, past=past), now)
            if verdict.answer:
                return NotNow(State.CANCELLED, UNLESS.of(rule=rule.id))
            if verdict.answer is None:
                sources = facts.blind(rule.unless, row.subject, past)
                return self._wait(row, WAITS_FOR.of(sources=sources), now, sources, past)
        if not isinstance(decision, SendMessage) or not said_anew:
            return decision
        said = say(
            ruleset,
            facts,
            row.subject,
            decision.template,
            decision.language,
            gate=decision.gate,
            extra=decision.values,
            past=now - _FRESH,
        )
        if isinstance(said, Said):
            buttons = buttons_of(ruleset, said.template, decision.language)
            return replace(decision, text=said.text, buttons=buttons)
        if said.sources:
            return self._wait(row, said.reason, now, said.sources, now)
        return NotNow(State.CANCELLED, said.reason, untrue=True)

    def _put_off(self, row: Row, context: Context, now: datetime) -> Snooze | None:
        """Whether people have put off what reminds the client, and this is such a reminder."""
        rule = next((rule for rule in context.ruleset.rules if rule.id == row.cause.rule), None)
        step = next((step for step in rule.steps if step.id == row.cause.step), None) if rule else None
        if rule is None or step is None or not reminds(rule, step):
            return None
        return running(snoozes_of(self._store.load_client(row.client)), now)

    def _facts(self, row: Row, context: Context, now: datetime) -> Facts:
        snapshot = snapshot_of(self._store.load_client(row.client), context)
        return Facts(snapshot, context.ruleset, context.office.directory, now)

    def _capped_until(self, row: Row, decision: SendMessage, context: Context, now: datetime) -> datetime | None:
        """Until when the client has read enough; None when this may go. Money and approvals do not wait.

        An answer of the bridge's own to what the client just did is not held up either. These pass what waits for
        tomorrow in the same chat. The rest does not: it waits as long as what stands before it, or order were lost as
        soon as one message fewer counts today.
        """
        ruleset = context.ruleset
        text = ruleset.texts.get(decision.template)
        own = row.cause.rule in ruleset.texts or decision.said or decision.chat
        if not decision.to_client or own or text is None or text.buttons or "commercial" in text.allows:
            return None
        calendar = self._calendar(row, context, now)
        today = calendar.instant(calendar.local(now).date())
        if self._store.sent_since(row.client, today) >= ruleset.defaults.at_most:
            return self._tomorrow(row, context, now)
        return self._store.capped_ahead(row, now)

    def _tomorrow(self, row: Row, context: Context, now: datetime) -> datetime:
        calendar = self._calendar(row, context, now)
        midnight = calendar.instant(calendar.local(now).date() + timedelta(days=1))
        return calendar.next_contact(midnight, context.ruleset.defaults.window)

    def _contact(self, row: Row, context: Context, now: datetime) -> datetime:
        """When the client may be written to."""
        return self._calendar(row, context, now).next_contact(now, context.ruleset.defaults.window)

    def _calendar(self, row: Row, context: Context, now: datetime) -> Calendar:
        """The calendar in which the client is written to; whose it is, is read only where clients have their own."""
        ruleset = context.ruleset
        if CLIENT_CALENDAR in ruleset.fields:
            return calendar_of_client(row.subject, self._facts(row, context, now), ruleset)
        return office_calendar(ruleset)

    def _wait(self, row: Row, reason: Reason, now: datetime, sources: tuple[str, ...], past: datetime | None) -> NotNow:
        """Soon again at first, then ever more rarely: an outage of a day must not cost a try every few seconds."""
        waited = now - (row.fresh_past or row.created_at)
        rest = min(max(_SOURCE_WAIT, waited / 10), _LONGEST_WAIT)
        return NotNow(State.WAITING, reason, now + rest, sources, past or now)


def _begun(row: Row) -> bool:
    """Whether it was tried before, or a part of it is out."""
    return row.attempts > 0 or (isinstance(row.decision, SendMessage) and row.decision.said > 0)
