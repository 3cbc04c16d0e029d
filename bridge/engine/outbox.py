"""Carrying out deliveries: claim, make sure it is still true, commit the intent, call, write down what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import structlog

from bridge.engine.accesses import with_links
from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.engine.creating import bind_contact
from bridge.engine.faults import Faults
from bridge.engine.inviting import move
from bridge.engine.joining import Joining, asks, is_in_part, part_of, together
from bridge.engine.marking import DOUBTS
from bridge.engine.mirroring import keep_files, put_where_linked, source_of
from bridge.engine.parting import in_parts, next_part, rest_of
from bridge.engine.reaching import (
    NO_MAILBOX,
    NOBODY_THERE,
    REFUSED,
    keep_box,
    pass_on,
    purpose_of,
    sms_way,
    way_to_client,
)
from bridge.engine.readiness import NotNow, Readiness, Ready
from bridge.engine.routing import along_of, echo_of, patch_of
from bridge.engine.tally import Tally
from bridge.engine.written import brought_by, changes_told, withdrawn_by
from bridge.model.correspondents import written_to
from bridge.model.decisions import (
    CallWebhook,
    Capability,
    CommentCard,
    CommentTask,
    CopyFile,
    CreateCard,
    CreateContact,
    CreateDeal,
    CreateTask,
    EditMessage,
    LabelCard,
    MoveCard,
    NoteTime,
    SendMessage,
    WriteFields,
    plain_decision,
)
from bridge.model.deliveries import Delivery, Receipt, State
from bridge.model.errors import BridgeError, CannotTell, ConnectorError, Retry, StoreError
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.floods import Flood
from bridge.model.protocols import Clock, Connector
from bridge.model.reasons import NO_REASON, OUTCOME_OPEN, SAID, Reason
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.store import Store
from bridge.store.intake import Intake
from bridge.store.rows import Row, Wait
from rules.plan import hearing

log = structlog.get_logger(__name__)

_BOUND_AT_BIRTH = (CreateCard, CreateTask, CreateDeal)
_BRIDGE = Actor(ActorKind.BRIDGE)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=15)
_ADMIN_WAIT = timedelta(minutes=5)
_JUST_NOW = timedelta(hours=1)
"""A system with which something went well so lately is there, whatever became of one delivery."""
_COPY_LEASE = timedelta(hours=1)
"""A large file takes its time on a slow line: nobody else may begin with it meanwhile."""
ASKED_ABOUT = (*DOUBTS, "system.dead_delivery")
"""The bridge's own words under which a person sends a message again."""


@dataclass(frozen=True, slots=True)
class Troubled:
    """A delivery that people must hear about: dead, called off, or nobody can tell whether it arrived."""

    row: Row
    state: State
    reason: Reason
    untrue: bool = False
    """Whether what it says has become untrue, and there is nothing else to say."""
    outdated: bool = False
    """Whether a person sent it again, and its reason is gone."""
    mailbox: str = ""
    """The address that turned out to be nobody's; "" for any other trouble."""


class Outbox:
    """Works off deliveries, one at a time; several threads may call `deliver` with rows they claimed."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[str, Connector],
        clock: Clock,
        jitter: random.Random | None = None,
        readiness: Readiness | None = None,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._clock = clock
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._readiness = readiness or Readiness(store, connectors)
        self._joining = Joining(store, self._made_ready)
        self.tell: Callable[[Intake, Troubled], None] = lambda _intake, _trouble: None
        """Tells people about a delivery, inside the transaction that ends it: a crash loses both or none."""
        self.ask: Callable[[Intake, Row, Flood], None] = lambda _intake, _row, _flood: None
        """Holds what is too much at once, and asks a person about it, inside the transaction that holds the row."""
        self.kept: Callable[[Intake, Row, str], None] = lambda _intake, _row, _share_with: None
        """Tells staff that a file could only be linked until it is shared, and with whom, along with the receipt."""
        self.shut: Callable[[Intake, Ref], None] = lambda _intake, _chat: None
        """Writes down that nobody is in a chat any more, inside the transaction that ends the attempt."""
        self.faults = Faults()
        self.tally = Tally()

    def claim(self, context: Context, limit: int = 20, connector: str | None = None) -> list[Row]:
        """Deliveries that are due now, claimed for this worker; none while people have stopped everything."""
        if self._readiness.all_stopped():
            return []
        return self._store.claim(self._clock.now(), context.lease, limit, connector)

    def claim_each(
        self, context: Context, room: Mapping[str, int], behind: Mapping[str, int] | None = None
    ) -> list[Row]:
        """The same for several connectors: so many deliveries for each, by its name; see the store's."""
        if self._readiness.all_stopped():
            return []
        return self._store.claim_each(self._clock.now(), context.lease, room, behind)

    def deliver(self, row: Row, context: Context) -> tuple[Troubled, ...]:
        """One attempt at a claimed delivery. Gives what people were told of, nothing when all is well."""
        now = self._clock.now()
        ready = self._made_ready(row, context, now)
        if isinstance(ready, NotNow):
            return self._put_off(row, ready, now)
        if not row.doubt:
            return self._send(row, ready, context, now)
        if self._intend(row, ready, (), context, now, looks=True) is None:
            return ()  # another worker has it
        tried = replace(row, decision=ready.decision, attempts=row.attempts + 1)
        try:
            found = self._connectors[ready.connector].look(self._sought(tried, ready, context))
        except CannotTell:
            return self._cannot_tell(tried, ready, context)
        except BridgeError as error:
            return self._failed(tried, error, context)
        except Exception as error:
            return self._failed(tried, _broken(tried, error), context)
        if found is None:
            return self._again(row, context)
        # What an earlier attempt of ours did is our effect, though nothing is left to do.
        self._confirm(tried, ready, replace(found, already=False), context)
        return ()

    def _again(self, row: Row, context: Context) -> tuple[Troubled, ...]:
        """An earlier attempt surely did not arrive: whether it should still go is asked as for a first one."""
        now = self._clock.now()
        sure = replace(row, doubt=False)
        ready = self._made_ready(sure, context, now)
        return self._put_off(sure, ready, now) if isinstance(ready, NotNow) else self._send(row, ready, context, now)

    def _send(self, row: Row, ready: Ready, context: Context, now: datetime) -> tuple[Troubled, ...]:
        """The intent, then the call. What goes in the same one goes along, each with an intent of its own."""
        ready = replace(ready, decision=in_parts(ready.decision, self._connectors[ready.connector]))
        along = self._joining.along(row, ready, context, now)
        taken = self._intend(row, ready, along, context, now)
        if taken is None:
            return ()  # another worker has it
        said = {other.id: other_ready for other, other_ready in along}
        sent = [(replace(row, decision=ready.decision, attempts=row.attempts + 1), ready)]
        sent += [(replace(other, decision=said[other.id].decision), said[other.id]) for other in taken]
        return self._push(sent, context)

    def _push(self, sent: Sequence[tuple[Row, Ready]], context: Context) -> tuple[Troubled, ...]:
        """One call for the first of these, with all that is said in it; its outcome is that of each."""
        row, ready = sent[0]
        connector = self._connectors[ready.connector]
        whole = replace(ready, decision=next_part(together([one.decision for _row, one in sent])))
        named = next((one for one, said in sent if asks(said.decision)), row)
        try:
            receipt = connector.push(self._handed(named, whole, context))
        except BridgeError as error:
            if len(sent) > 1 and isinstance(ready.decision, WriteFields) and not _may_pass(error):
                return self._each_alone(sent, context)
            return self._all_failed([one for one, _ready in sent], error, context, ready.target)
        except Exception as error:
            return self._all_failed([one for one, _ready in sent], _broken(row, error), context, ready.target)
        if len(sent) > 1 and is_in_part(whole.decision, receipt):
            return self._each_alone(sent, context)
        rest = rest_of(ready.decision)
        if rest is not None:
            return self._go_on(row, replace(ready, decision=rest), receipt, context)
        for one, one_ready in sent:
            self._confirm(one, one_ready, part_of(receipt, whole.decision, one_ready.decision), context)
        return ()

    def _go_on(self, row: Row, ready: Ready, receipt: Receipt, context: Context) -> tuple[Troubled, ...]:
        """A part of a message is out, and that is written down; the next one gets an intent of its own."""
        now = self._clock.now()
        if not self._store.keep_part(row, ready.decision, receipt):
            return ()
        further = replace(row, decision=ready.decision, doubt=False)
        if self._intend(further, ready, (), context, now) is None:
            return ()
        return self._push([(replace(further, attempts=row.attempts + 1), ready)], context)

    def _each_alone(self, sent: Sequence[tuple[Row, Ready]], context: Context) -> tuple[Troubled, ...]:
        """One of the fields is not taken: it stops no other. What was written by now is found when it is looked for."""
        for other, _ready in sent[1:]:
            self._store.settle(other, State.WAITING, now=self._clock.now(), next_at=self._clock.now())
        return self._push(sent[:1], context)

    def _linked(self, row: Row, decision: SendMessage, context: Context) -> SendMessage:
        return with_links(decision, row.subject, context, self._store, self._clock.now())

    def _sought(self, row: Row, ready: Ready, context: Context) -> Delivery:
        """The delivery as its connector looks for it. A message is not read back, and needs no links for that."""
        made = _as_delivery(row, ready)
        return made if isinstance(ready.decision, SendMessage) else self._handed(row, ready, context)

    def _handed(self, row: Row, ready: Ready, context: Context) -> Delivery:
        """The delivery as its connector gets it: with the file that it is to copy, with the links that open once.

        Raises ConnectorError.
        """
        made = _as_delivery(row, ready)
        if isinstance(ready.decision, SendMessage):
            return replace(made, decision=self._linked(row, ready.decision, context))
        if not isinstance(ready.decision, CopyFile) or ready.target is None:
            return made
        return replace(made, source=source_of(ready.decision, ready.target, self._connectors, context, self._store))

    def _all_failed(
        self, rows: Sequence[Row], error: BridgeError, context: Context, target: Ref | None
    ) -> tuple[Troubled, ...]:
        """What went in one call failed together. The first waits for its next attempt, and the others behind it."""
        first, *others = rows
        troubles = [self._failed(first, error, context, target=target)]
        troubles += [self._failed(other, error, context, wait=timedelta(0)) for other in others]
        return tuple(chain.from_iterable(troubles))

    # -- before the call ------------------------------------------------------------------------------------------

    def _intend(
        self,
        row: Row,
        ready: Ready,
        along: Sequence[tuple[Row, Ready]],
        context: Context,
        now: datetime,
        *,
        looks: bool = False,
    ) -> tuple[Row, ...] | None:
        return self._store.intend(
            row,
            now=now,
            lease=_COPY_LEASE if isinstance(ready.decision, CopyFile) else context.lease,
            decision=plain_decision(ready.decision),
            expect=echo_of(ready.decision, ready.target),
            along=[
                (other, plain_decision(said.decision), echo_of(said.decision, said.target)) for other, said in along
            ],
            looks=looks,
        )

    def _made_ready(self, row: Row, context: Context, now: datetime) -> Ready | NotNow:
        """Whether it may go now. Mistakes in finding out end it at once, or they would come up with every claim."""
        try:
            return self._readiness.of(row, context, now)
        except BridgeError:
            raise
        except Exception as error:
            return NotNow(State.UNKNOWN if row.doubt else State.DEAD, _words_of(_broken(row, error)))

    def _put_off(self, row: Row, not_now: NotNow, now: datetime) -> tuple[Troubled, ...]:
        born = self._undelivered(row, not_now.reason, now) if not_now.state is State.DEAD else ()
        wait = None
        if not_now.sources and not_now.past is not None:
            wait = Wait(row.id, "", row.subject, row.cause.rule, not_now.sources, not_now.past, now)
        known = not_now.state in (State.DEAD, State.UNKNOWN) or not_now.called_off or not_now.untrue
        said = isinstance(row.decision, SendMessage) and row.decision.to_client
        called_off = said and not known and not_now.state is State.CANCELLED
        outdated = called_off and self._store.was_asked_about(row, ASKED_ABOUT)
        troubled = known or outdated
        trouble = Troubled(row, not_now.state, not_now.reason, not_now.untrue, outdated) if troubled else None
        written = self._store.settle(
            row,
            not_now.state,
            now=now,
            reason=not_now.reason,
            next_at=not_now.next_at,
            born=born,
            no_effect=not row.doubt,
            wait=wait,
            fresh_past=not_now.past if wait is None else None,
            brought=withdrawn_by(row) if not_now.state is State.CANCELLED else (),
            undone=not_now.called_off,
            connector=not_now.connector,
            tells=self._asking(row, not_now.flood) if not_now.flood is not None else self._telling(trouble),
        )
        return (trouble,) if trouble is not None and written else ()

    def _telling(self, trouble: Troubled | None) -> Callable[[Intake], None] | None:
        return (lambda intake: self.tell(intake, trouble)) if trouble is not None else None

    def _asking(self, row: Row, flood: Flood) -> Callable[[Intake], None]:
        return lambda intake: self.ask(intake, row, flood)

    def _telling_of_a_closed_file(self, row: Row, receipt: Receipt) -> Callable[[Intake], None] | None:
        share_with = str(receipt.details.get("share_with") or "")
        return (lambda intake: self.kept(intake, row, share_with)) if share_with else None

    # -- after the call -------------------------------------------------------------------------------------------

    def _confirm(self, row: Row, ready: Ready, receipt: Receipt, context: Context) -> None:
        now = self._clock.now()
        made = receipt.remote if row.subject and isinstance(ready.decision, _BOUND_AT_BIRTH) else None
        bind = (made, row.subject) if made is not None else None
        if receipt.remote is None and ready.target is not None:
            receipt = replace(receipt, remote=ready.target)
        born = (*_born(row, receipt, now), *changes_told(row, receipt, context, now))
        # Words change no fact: unless a rule wants to hear that they were said, there is nothing to plan.
        words = isinstance(ready.decision, (CallWebhook, CommentCard, CommentTask, NoteTime, SendMessage))
        wakes = not words or any(any(hearing(context.ruleset.rules, event)) for event in born)
        not_set = str(receipt.details.get("not_set") or "")
        in_part = Troubled(row, State.CONFIRMED, SAID.of(words=not_set)) if not_set else None
        self._store.settle(
            row,
            State.CONFIRMED,
            now=now,
            receipt=receipt,
            born=born,
            bind=bind,
            patch=patch_of(ready.decision, receipt.details),
            along=along_of(ready.decision, receipt.details),
            wakes=wakes,
            brought=brought_by(row, receipt, context),
            tells=_then(
                self._birth(row, receipt, self._telling(in_part)),
                lambda intake: keep_files(intake, row, ready.target, receipt, ready.file),
                lambda intake: put_where_linked(intake, row, receipt, context),
                self._telling_of_a_closed_file(row, receipt),
                lambda intake: pass_on(intake, row, ready, context),
            ),
        )
        self.faults.wrote(row.connector)
        self._note(row, "already there" if receipt.already else "done")

    def _birth(
        self, row: Row, receipt: Receipt, tells: Callable[[Intake], None] | None
    ) -> Callable[[Intake], None] | None:
        """What goes with the receipt of a contact: one that is known by then is a client, and both are one."""
        contact = receipt.remote
        if contact is None or not isinstance(row.decision, CreateContact):
            return tells

        def bound(intake: Intake) -> None:
            bind_contact(intake, row.client, contact, row.id)
            if tells is not None:
                tells(intake)

        return bound

    def _cannot_tell(self, row: Row, ready: Ready, context: Context) -> tuple[Troubled, ...]:
        """Nobody can read back whether it arrived: a client never reads it twice, staff rather twice than never.

        What staff would read again is asked about like a first attempt: it may have become untrue meanwhile.
        """
        if isinstance(row.decision, SendMessage) and row.decision.to_client:
            return self._unknown(row, OUTCOME_OPEN)
        now = self._clock.now()
        anew = self._made_ready(replace(row, doubt=False), context, now)
        if isinstance(anew, NotNow):
            return self._put_off(row, anew, now)
        return self._push([(row, ready)], context)

    def _failed(
        self,
        row: Row,
        error: BridgeError,
        context: Context,
        *,
        wait: timedelta | None = None,
        target: Ref | None = None,
    ) -> tuple[Troubled, ...]:
        if isinstance(error, StoreError):
            raise error
        now = self._clock.now()
        reason = _words_of(error)
        retry = error.retry if isinstance(error, ConnectorError) else Retry.PERMANENT
        given_up = row.attempts >= context.give_up_after and not self._is_outage(row, context, now)
        # Of an attempt whose outcome is open, or was before this one, a next attempt has to look for the effect first.
        no_effect = retry is not Retry.UNKNOWN and not row.doubt
        if isinstance(error, ConnectorError) and error.moved_to and not given_up:
            self._moved(row, error, context, now, no_effect)
            return ()
        if retry is Retry.UNKNOWN and isinstance(row.decision, SendMessage) and row.decision.to_client:
            return self._unknown(row, reason)
        closes = self._closing(row, error, context, target)
        if closes is not None and self._goes_elsewhere(row, context):
            self._store.settle(
                row, State.WAITING, now=now, reason=reason, next_at=now, no_effect=no_effect, tells=closes
            )
            self._note(row, "failed", reason)
            return ()
        if isinstance(row.decision, EditMessage) and (retry is Retry.PERMANENT or given_up):
            # The words of a message that is gone: nobody misses them.
            self._store.settle(row, State.CANCELLED, now=now, reason=reason, no_effect=no_effect)
            self._note(row, "given up", reason)
            return ()
        if retry is Retry.PERMANENT or (given_up and retry is not Retry.ASK_ADMIN):
            born = self._undelivered(row, reason, now)
            nobodys = self._refused_box(row, error, target)
            trouble = Troubled(row, State.DEAD, reason, mailbox=nobodys.id if nobodys is not None else "")
            tells = _then(closes, self._telling(trouble))
            dead = self._store.settle(
                row, State.DEAD, now=now, reason=reason, born=born, no_effect=no_effect, tells=tells
            )
            self._note(row, "given up", reason)
            return (trouble,) if dead else ()
        if retry is Retry.ASK_ADMIN:
            self.faults.refused(_of(row, error), str(error), now)
        if wait is None:
            wait = self._wait_after(row, error, retry)
        self._store.settle(row, State.WAITING, now=now, reason=reason, next_at=now + wait, no_effect=no_effect)
        self._note(row, "failed", reason)
        return ()

    def _is_outage(self, row: Row, context: Context, now: datetime) -> bool:
        """Whether nothing goes well with its whole system: a delivery waits for that to end, though not for ever."""
        first = row.first_tried_at or now
        if now - first >= context.outage:
            return False
        return not self._store.went_well_since(
            row.connector, max(first, now - _JUST_NOW), apart=context.watch.read_apart
        )

    def _wait_after(self, row: Row, error: BridgeError, retry: Retry) -> timedelta:
        if retry is Retry.ASK_ADMIN:
            return _ADMIN_WAIT
        wished = error.wait if isinstance(error, ConnectorError) else None
        return wished if wished is not None else self._backoff(row.attempts)

    def _moved(self, row: Row, error: ConnectorError, context: Context, now: datetime, no_effect: bool) -> None:
        """The chat has another id now: a client's is bound to the new one, and the message goes there at once."""
        tells = None
        if isinstance(row.decision, SendMessage) and row.decision.to_client:
            old = self._chat_of(row, context)
            if old is not None and error.moved_to:
                tells = partial(move, old=old, new=replace(old, id=error.moved_to))
        why = _words_of(error)
        self._store.settle(row, State.WAITING, now=now, reason=why, next_at=now, tells=tells, no_effect=no_effect)

    def _chat_of(self, row: Row, context: Context) -> Ref | None:
        """The chat into which a message to a client goes."""
        return self._readiness.related(row, context).get(f"{system_of(row.connector)}.chat")

    def _closing(
        self, row: Row, error: BridgeError, context: Context, target: Ref | None
    ) -> Callable[[Intake], None] | None:
        """Writes down that nobody reads the client's chat or mailbox, where that is what the service says."""
        box = self._refused_box(row, error, target)
        if box is not None:
            return partial(keep_box, client=row.client, box=box, state=REFUSED, words=str(error))
        if not isinstance(error, ConnectorError) or error.code not in NOBODY_THERE or not row.subject:
            return None
        if not isinstance(row.decision, SendMessage) or not row.decision.to_client:
            return None
        chat = self._chat_of(row, context)
        return (lambda intake: self.shut(intake, chat)) if chat is not None else None

    @staticmethod
    def _refused_box(row: Row, error: BridgeError, target: Ref | None) -> Ref | None:
        """The client's mailbox, where its server has just said that there is none: the one that was written to."""
        if not isinstance(error, ConnectorError) or error.code != NO_MAILBOX or not row.client:
            return None
        return target

    def _goes_elsewhere(self, row: Row, context: Context) -> bool:
        """Whether a message could go to somebody else at the client, or by letter, if where it went were shut."""
        if not isinstance(row.decision, SendMessage) or row.decision.chat:
            return False
        related, chat = self._store.refs_of(row.subject), self._chat_of(row, context)
        others = [one for one in self._store.correspondents(row.client) if one.chat != chat]
        if written_to(purpose_of(row.decision, context.ruleset), others) is not None:
            return not row.decision.said  # nobody else has read its beginning; a letter has all of it
        without = {name: ref for name, ref in related.items() if ref.kind != "chat"}
        letters = context.in_charge.get(Capability.LETTERS)
        if row.connector == letters:  # that was the letter
            return bool(sms_way(row.decision, related, context, self._connectors, self._store))
        way = way_to_client(row.decision, without, context, self._connectors, self._store)
        return way in (letters, context.in_charge.get(Capability.SMS)) and way != row.connector

    def _unknown(self, row: Row, reason: Reason) -> tuple[Troubled, ...]:
        trouble = Troubled(row, State.UNKNOWN, reason)
        written = self._store.settle(
            row, State.UNKNOWN, now=self._clock.now(), reason=reason, tells=self._telling(trouble)
        )
        self._note(row, "unknown", reason)
        return (trouble,) if written else ()

    def _note(self, row: Row, outcome: str, reason: Reason = NO_REASON) -> None:
        """One line and one count for each attempt."""
        self.tally.attempt(row.connector, row.decision.kind, outcome.replace(" ", "_"))
        names = {"trace": row.trace, "client": row.client, "delivery": row.id, "connector": row.connector}
        why = {"reason": str(reason)} if reason else {}
        what = {"kind": row.decision.kind, "rule": row.cause.rule, "n": row.attempts}
        log.info("attempt", **names, **what, outcome=outcome, **why)

    def _undelivered(self, row: Row, reason: Reason, now: datetime) -> Sequence[Event]:
        if not isinstance(row.decision, SendMessage) or not row.decision.to_client or not row.subject:
            return ()
        if row.decision.chat:
            return ()  # somebody else at the client has it
        return (_receipt_event(row, "undelivered", now, {"template": row.decision.template, "reason": str(reason)}),)

    def _backoff(self, attempts: int) -> timedelta:
        """5 s, 10 s, 20 s ... up to a quarter of an hour, each spread by up to a quarter."""
        wait = min(_FIRST_WAIT * int(2 ** min(attempts - 1, 10)), _LONGEST_WAIT)
        return wait * (1 + self._jitter.random() / 4)


def _then(*parts: Callable[[Intake], None] | None) -> Callable[[Intake], None]:
    """All of them, one after the other."""

    def each(intake: Intake) -> None:
        for part in parts:
            if part is not None:
                part(intake)

    return each


def _broken(row: Row, error: Exception) -> ConnectorError:
    """An error nobody foresaw, in the bridge itself: what came of the call is open, and the log tells the rest."""
    log.error("delivery broke", id=row.id, connector=row.connector, exc_info=error)
    return ConnectorError(row.connector, f"unforeseen {type(error).__name__}, see the log", retry=Retry.UNKNOWN)


def _of(row: Row, error: BridgeError) -> str:
    """Whose fault an error is: one of another system is not that of the row's."""
    named = error.connector if isinstance(error, ConnectorError) else row.connector
    return named if named and system_of(named) != system_of(row.connector) else row.connector


def _may_pass(error: BridgeError) -> bool:
    return isinstance(error, ConnectorError) and error.retry is not Retry.PERMANENT


def _words_of(error: BridgeError) -> Reason:
    return SAID.of(words=str(error))


def arrived(row: Row, at: datetime) -> Sequence[Event]:
    """What follows when a person says that a doubtful delivery arrived: the same event as from a receipt."""
    return _born(row, Receipt(at=row.first_tried_at or at), at)


def _born(row: Row, receipt: Receipt, now: datetime) -> tuple[Event, ...]:
    """The event "this effect happened", born once, from the receipt. A move back wakes nobody."""
    if not row.subject:
        return ()
    match row.decision:
        case SendMessage(to="client", template=template, chat=""):
            data: dict[str, Plain] = {"template": template, "delivery": row.id}
            return (_receipt_event(row, "delivered", receipt.at, data),)
        case MoveCard(list=name, back=False) if not receipt.already:
            moved: dict[str, Plain] = {"to": name, "from": receipt.details.get("from")}
            return (_receipt_event(row, "card.moved", receipt.at, moved),)
        case LabelCard(label=label, present=present) if not receipt.already:
            kind = "label.added" if present else "label.removed"
            return (_receipt_event(row, kind, receipt.at, {"label": label}),)
        case CommentCard(text=text):
            return (_receipt_event(row, "comment.added", receipt.at, {"text": text}),)
        case CreateCard(list=name):
            return (_receipt_event(row, "card.created", receipt.at, {"list": name, "origin": "bridge"}),)
        case _:
            return ()


def _receipt_event(row: Row, kind: str, at: datetime, data: Mapping[str, Plain]) -> Event:
    again = f":{row.returned}" if row.returned else ""  # it came back: what it is told for once, is told anew
    return Event(f"receipt:{row.id}:{kind}{again}", kind, at, at, _BRIDGE, "bridge", row.subject, data, row.cause)


def _as_delivery(row: Row, ready: Ready) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        decision=ready.decision,
        subject=row.subject,
        target=ready.target,
        related=ready.related,
        attempt=row.attempts,
        first_tried_at=row.first_tried_at,
        file=ready.file,
        known_as=ready.known_as,
        background=row.unhurried,
        cause=row.cause,
    )
