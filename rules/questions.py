"""Questions with buttons in one plan: who is asked what, whose answer counts, and what follows from it. Pure.

The message that asks is the question: a press names it by its delivery. The first answer counts. Whoever presses
afterwards is told so, and so is who answers a question that a newer one replaced or whose reason is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import delivery_id
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.planning import Outcome, Timer, Wanted
from bridge.model.questions import (
    APPROVE,
    BY_HAND,
    COMMENT,
    NOTE_FIRST,
    POSTPONE,
    READY,
    REFUSE,
    SEND,
    Asked,
    Kind,
    Question,
)
from bridge.model.reason_words import told
from bridge.model.reasons import (
    ANSWERED,
    ASKED_AGAIN,
    NEWER_DOCUMENT,
    NEWER_MESSAGE,
    NEWER_QUESTION,
    NO_REASON,
    RULE_ASKS_NO_MORE,
    UNLESS,
    WRITTEN_BY_HAND,
    Reason,
)
from bridge.model.values import Plain, moment_text
from rules.actions.action import Action
from rules.actions.documents import Attach, Document
from rules.actions.people import Propose, Send
from rules.deciding import CLIENT, STAFF_CHAT, document_kind, language_of, plain_values, recipient_of
from rules.holders import holder_of
from rules.lengths import Length
from rules.ruleset import Rule, RuleSet
from rules.speaking import Said, Unsaid, bare, buttons_of, say
from rules.triggers import DocumentReady

if TYPE_CHECKING:
    from rules.firing import Firing
    from rules.plan import Planning

POSTPONED = Length(5, "wd")
"""How long a proposal rests that was put off, when it says nothing else: it comes again at the same hour."""
_PROPOSAL_BUTTONS = (APPROVE, POSTPONE, REFUSE)
_REMARK_COMES_WITHIN = timedelta(days=3)
_NO_STEP = ""
_WORDS = 300
"""So many letters of a question are kept, to say later what it was."""


class Asking:
    """The questions of one client in one plan. `made` is what has to be written down."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._ruleset: RuleSet = planning.ruleset
        self._known: dict[str, Question] = dict(planning.snapshot.questions)
        self.made: dict[str, Question] = {}
        self.released: dict[str, str] = {}
        """Held deliveries that may go, each with who said so."""
        self.called_off: dict[str, Reason] = {}

    # -- asking ---------------------------------------------------------------------------------------------------

    def propose(self, action: Propose, firing: Firing, round: int = 0) -> None:
        """Asks staff (or the client) whether an action may be taken."""
        asked = action.propose
        to = recipient_of(asked.to, firing)
        language = language_of(to, firing.subject, firing.planning)
        extra = {**firing.extra}
        said = say(self._ruleset, firing.facts, firing.subject, asked.template, language, extra=extra)
        if isinstance(said, Unsaid):
            firing.trace(Outcome.SILENT, said.reason)
            return
        buttons = asked.buttons or _PROPOSAL_BUTTONS
        titles = tuple((name, self._ruleset.buttons.get(name, {}).get(language, name)) for name in buttons)
        decision = SendMessage(to, said.text, asked.template, language, values=plain_values(extra), buttons=titles)
        key = f"{firing.key(action)}>{to}" + (f"/again{round}" if round else "")
        calls_off = firing.rule.id if firing.rule.unless is not None else ""
        firing.want(Wanted(key, decision, firing.subject, firing.cause, calls_off=calls_off))
        self._ask(
            key, Kind.PROPOSAL, firing, to, asked.template, said.text, buttons, action, round=round, role=asked.to
        )

    def approval(self, key: str, action: Send, said: str, text: str, firing: Firing) -> None:
        """The text that goes to the client has buttons of its own: it asks whether all is well."""
        buttons = self._ruleset.texts[said].buttons
        if not buttons:
            return
        document = action.document or _document_beside(firing)
        made = self._planning.documents.get((firing.subject, document_kind(document))) if document else None
        self._ask(
            key,
            Kind.APPROVAL,
            firing,
            CLIENT,
            action.template,
            text,
            buttons,
            action,
            document=document if made else "",
            document_key=made.key if made else "",
        )

    def sending(self, key: str, action: Send, text: str, firing: Firing) -> None:
        """A text to the client is held until a person has read it and said yes."""
        template = "system.approve_text"
        to = recipient_of(action.approve or "", firing)
        language = language_of(to, firing.subject, firing.planning)
        names = {"question.text": bare(text) or action.template}
        shown = text
        if template in self._ruleset.texts:
            said = say(self._ruleset, firing.facts, firing.subject, template, language, extra=names)
            shown = said.text if isinstance(said, Said) else text
        buttons = (SEND, BY_HAND)
        titles = tuple((name, self._ruleset.buttons.get(name, {}).get(language, name)) for name in buttons)
        document = document_kind(action.document)
        made = self._planning.documents.get((firing.subject, document))
        decision = SendMessage(
            to, shown, action.template, language, values=plain_values(names), buttons=titles,
            document=document, document_key=made.key if made is not None else "",
        )  # fmt: skip
        asks = f"{key}?{to}"
        calls_off = firing.rule.id if firing.rule.unless is not None else ""
        firing.want(Wanted(asks, decision, firing.subject, firing.cause, calls_off=calls_off))
        self._ask(
            asks, Kind.SENDING, firing, to, action.template, text, buttons, action,
            role=action.approve or "", holds=delivery_id(key),
        )  # fmt: skip

    def document(self, template: str, name: str, key: str, firing: Firing) -> None:
        """A document is made that rules wait for: whoever looks after the client says when it is ready."""
        waited_for = [
            trigger.document
            for rule in self._ruleset.rules
            for trigger in rule.when
            if isinstance(trigger, DocumentReady) and document_kind(trigger.document) == template
        ]
        text = "system.document_made"
        if not waited_for or text not in self._ruleset.texts or firing.in_shadow:
            return
        to = self._manager(firing.subject)
        names = {"question.text": name}
        asks = f"document:{firing.subject}:{template}:{key}:ready>{to}"
        buttons = (READY,)
        if self.tell(text, to, firing.subject, names, asks, firing.event):
            self._ask(
                asks, Kind.DOCUMENT, firing, to, waited_for[0], name, buttons, None,
                document=waited_for[0], document_key=key,
            )  # fmt: skip

    def nobody(self, field: str, firing: Firing) -> None:
        """Nobody can take the work over: it stays where it is, and people are told."""
        if firing.in_shadow:
            return
        to = self._manager(firing.subject)
        names = {"question.text": self._planning.facts.title(field, language_of(to, firing.subject, self._planning))}
        self.tell("system.nobody_fair", to, firing.subject, names, f"{firing.occurrence}:{field}:nobody", firing.event)

    def _ask(
        self,
        key: str,
        kind: Kind,
        firing: Firing,
        to: str,
        about: str,
        text: str,
        buttons: Sequence[str],
        action: Action | None,
        *,
        round: int = 0,
        role: str = "",
        holds: str = "",
        document: str = "",
        document_key: str = "",
    ) -> None:
        ident = delivery_id(key)
        if ident in self._known or firing.in_shadow:
            return  # planned again: its message went out, or will; or nobody was asked, who could answer
        question = Question(
            id=ident,
            kind=kind,
            subject=firing.subject,
            rule=firing.rule.id,
            about=about,
            text=bare(text)[:_WORDS],
            to=to,
            asked_at=self._planning.now,
            buttons=tuple(buttons),
            step=firing.step.id if firing.step else "",
            action=action.id if action is not None else "",
            occurrence=firing.occurrence,
            event=firing.event.id,
            round=round,
            role=role,
            holds=holds,
            document=document,
            document_key=document_key,
        )
        for other in list(self._known.values()):
            if other.state is not Asked.VOID and _is_same(other, question):
                self._replaced(other)
        self._keep(question)

    def _replaced(self, question: Question) -> None:
        """What was answered stays answered; what was not, or was put off, is asked by the newer one."""
        if question.state is Asked.OPEN or question.answer == POSTPONE:
            self._void(question, NEWER_QUESTION)
        if question.holds and question.state is Asked.OPEN:
            self.called_off[question.holds] = NEWER_MESSAGE

    # -- answering ------------------------------------------------------------------------------------------------

    def hear(self, event: Event) -> Iterator[Event]:
        """What an answer leads to. Its effects are wanted at once; what it means for rules comes back as events."""
        if event.kind == "message" and event.actor.kind is ActorKind.CLIENT:
            self._remark(event)
            return
        question = self._known.get(str(event.data.get("delivery") or ""))
        if question is None or event.kind not in ("button", "answer"):
            return
        button = str(event.data.get("button"))
        void = self._void_now(question)
        if question.state is Asked.ANSWERED:
            self._tell_presser("decided_already", question, event)
        elif void:
            self._void(question, void)
            self._tell_presser("question_void", replace(question, because=void), event)
        elif button in question.buttons:
            yield from self._answered(question, button, event)

    def _answered(self, question: Question, button: str, event: Event) -> Iterator[Event]:
        by = event.actor.name or event.actor.id
        answered = replace(question, state=Asked.ANSWERED, answer=button, by=by, answered_at=event.at)
        if question.kind is Kind.PROPOSAL and button == POSTPONE:
            answered = replace(answered, again_at=self._again_at(question, event.at))
        self._keep(answered)
        self._trace(answered, event, ANSWERED.of(button=button, who=by))
        match question.kind:
            case Kind.PROPOSAL if button == APPROVE:
                self._carry_out(answered, event)
            case Kind.SENDING if button == SEND:
                self.released[question.holds] = by
            case Kind.SENDING:
                self.called_off[question.holds] = WRITTEN_BY_HAND.of(who=by)
            case Kind.DOCUMENT:
                yield self._said(answered, event, "document.ready", {"document": question.document})
            case Kind.APPROVAL if button == APPROVE:
                yield self._said(answered, event, "approved", {"what": question.about})
                if question.document:
                    yield self._said(answered, event, "approved", {"what": question.document})
            case Kind.APPROVAL if button in (COMMENT, REFUSE):
                names = {"question.text": self._told(question)}
                self.tell("client.remark_please", CLIENT, question.subject, names, f"remark:{question.id}", event)
                to = self._manager(question.subject)
                self.tell("system.rejected", to, question.subject, names, f"rejected:{question.id}", event)
                yield self._said(answered, event, "rejected", {"what": question.about})

    def _carry_out(self, question: Question, event: Event) -> None:
        """What a proposal wanted, under keys of its own: approved once, done once."""
        rule, action = self._rule(question), self._action(question)
        if rule is None or not isinstance(action, Propose):
            return
        firing = self._firing(rule, question, event)
        self._planning.carry_out(action.propose.on_approve, firing)

    def _firing(self, rule: Rule, question: Question, event: Event) -> Firing:
        step = next((step for step in rule.steps if step.id == question.step), None)
        return self._planning.firing(rule, question.subject, event, question.occurrence, step)

    def _remark(self, event: Event) -> None:
        """What the client writes after a "no" is its reason: it reaches the manager, once."""
        for question in reversed(list(self._known.values())):
            refused = question.kind is Kind.APPROVAL and question.answer in (COMMENT, REFUSE)
            if not refused or question.remark or question.answered_at is None:
                continue
            if timedelta(0) <= event.at - question.answered_at <= _REMARK_COMES_WITHIN and self._is_kin(
                event, question
            ):
                text = str(event.data.get("text") or "")
                self._keep(replace(question, remark=text))
                names = {"question.text": self._told(question), "question.remark": text}
                to = self._manager(question.subject)
                self.tell("system.remark", to, question.subject, names, f"remarked:{question.id}", event)
                return

    def _is_kin(self, event: Event, question: Question) -> bool:
        return self._planning.facts.is_kin(event.subject, question.subject)

    def _said(self, question: Question, event: Event, kind: str, data: Mapping[str, Plain]) -> Event:
        """The answer as rules hear it."""
        depth = event.cause.depth if event.cause else 0
        return Event(
            id=f"{kind}:{question.id}:{data.get('what') or data.get('document')}",
            kind=kind,
            at=event.at,
            seen_at=self._planning.now,
            actor=event.actor,
            source="bridge",
            subject=question.subject,
            data={**data, "delivery": question.id, "content": question.content, **_who_and_when(event)},
            cause=Cause("", "", event.id, depth, event.trace),
        )

    def _again_at(self, question: Question, now: datetime) -> datetime:
        """When a proposal that was put off is asked again: so many days later, at the hour at which it was asked."""
        action = self._action(question)
        wanted = action.propose.postpone if isinstance(action, Propose) else None
        length = wanted or POSTPONED
        calendar = self._planning.calendar
        if length.at is None and length.unit in ("wd", "d", "w"):
            asked = calendar.local(question.asked_at)
            length = replace(length, at=asked.hour * 60 + asked.minute)
        return calendar.add(now, length)

    # -- what time and facts do to questions ----------------------------------------------------------------------

    def settle(self) -> None:
        """Questions whose reason is gone are void; those that were put off are asked again when their time has come."""
        for question in list(self._known.values()):
            if question.state is Asked.OPEN and (because := self._void_now(question)):
                self._void(question, because)
                if question.holds:
                    self.called_off[question.holds] = because
            elif question.again_at is not None:
                self._again(question)

    def _again(self, question: Question) -> None:
        rule, action = self._rule(question), self._action(question)
        if rule is None or not isinstance(action, Propose) or self._void_now(question):
            self._keep(replace(question, again_at=None))
        elif question.again_at is not None and question.again_at <= self._planning.now:
            event = Event(
                id=f"again:{question.id}",
                kind="timer",
                at=question.again_at,
                seen_at=self._planning.now,
                actor=Actor(ActorKind.BRIDGE),
                source="bridge",
                subject=question.subject,
                cause=Cause(question.rule, question.step, question.event, 0),
            )
            self._keep(replace(question, state=Asked.VOID, because=ASKED_AGAIN, again_at=None))
            self.propose(action, self._firing(rule, question, event), question.round + 1)

    def wakes(self) -> Iterator[Timer]:
        """When a question that was put off is asked again."""
        for question in self._known.values():
            if question.again_at is not None:
                yield Timer(
                    key=f"{question.rule}:{question.subject}:again:{question.id}",
                    rule=question.rule,
                    subject=question.subject,
                    step=_NO_STEP,
                    start=question.answered_at or question.asked_at,
                    due=question.again_at,
                    formula="",
                    occurrence="again",
                )

    def _void_now(self, question: Question) -> Reason:
        """Why a question is not asked any more, no reason while it is."""
        if question.state is Asked.VOID:
            return question.because
        if question.kind in (Kind.PROPOSAL, Kind.SENDING):
            rule = self._rule(question)
            asks = Propose if question.kind is Kind.PROPOSAL else Send
            if rule is None or rule.enabled != "true" or not isinstance(self._action(question), asks):
                return RULE_ASKS_NO_MORE.of(rule=question.rule)
            lookup = self._planning.facts.lookup(question.subject)
            if rule.unless is not None and rule.unless.evaluate(lookup, self._planning.now).answer:
                return UNLESS.of(rule=rule.id)
        if question.document:
            newest = self._planning.documents.get((question.subject, document_kind(question.document)))
            if newest is not None and newest.key != question.document_key:
                return NEWER_DOCUMENT
        return NO_REASON

    def _void(self, question: Question, because: Reason) -> None:
        if question.state is not Asked.VOID:
            self._keep(replace(question, state=Asked.VOID, because=because, again_at=None))

    # -- what is needed for that ----------------------------------------------------------------------------------

    def _keep(self, question: Question) -> None:
        if self._known.get(question.id) != question:
            self._known[question.id] = self.made[question.id] = question

    def _rule(self, question: Question) -> Rule | None:
        return self._planning.rules.get(question.rule)

    def _action(self, question: Question) -> Action | None:
        rule = self._rule(question)
        if rule is None:
            return None
        steps = (action for step in rule.steps for action in step.then)
        return next((one for one in (*rule.then, *rule.otherwise, *steps) if one.id == question.action), None)

    def _manager(self, subject: str) -> str:
        planning = self._planning
        found = holder_of("manager", subject, planning.facts, self._ruleset, planning.office.directory)
        found = found or holder_of(
            self._ruleset.defaults.tell, subject, planning.facts, self._ruleset, planning.office.directory
        )
        return f"person:{found}" if found else STAFF_CHAT

    def _told(self, question: Question) -> str:
        """What a question was about, for people."""
        return question.text or question.document or question.about

    def _tell_presser(self, what: str, question: Question, event: Event) -> None:
        """Says to whoever pressed too late how things stand, in the chat in which it was asked."""
        template = f"client.{what}" if question.to == CLIENT else f"system.{what}"
        names = {
            "message.text": self._told(question),
            "question.text": self._told(question),
            "question.by": question.by,
            "question.because": told(question.because, language_of(question.to, question.subject, self._planning)),
        }
        key = f"{event.id}:{what}"
        self.tell(template, question.to, question.subject, names, key, event, wait=NOTE_FIRST)

    def tell(
        self,
        template: str,
        to: str,
        subject: str,
        names: Mapping[str, str],
        key: str,
        event: Event,
        *,
        wait: timedelta = timedelta(0),
    ) -> bool:
        """The bridge's own word; False where the agency has no such text."""
        if template not in self._ruleset.texts:
            return False
        planning = self._planning
        language = language_of(to, subject, planning)
        said = say(self._ruleset, planning.facts, subject, template, language, extra=names)
        if not isinstance(said, Said):
            return False
        decision = SendMessage(
            to,
            said.text,
            template,
            language,
            values=plain_values(names),
            buttons=buttons_of(self._ruleset, said.template, language),
        )
        cause = Cause(template, "", event.id, 0, event.trace)
        planning.wanted.append(Wanted(key, decision, subject, cause, planning.now + wait if wait else None))
        return True

    def _trace(self, question: Question, event: Event, reason: Reason) -> None:
        outcome = Outcome.FIRED if question.accepted else Outcome.ANSWERED
        self._planning.trace(question.rule, question.subject, event.id, outcome, reason, question.step)


def _is_same(one: Question, other: Question) -> bool:
    """Whether two questions are about the same thing, so that the newer takes the place of the older."""
    if (one.kind, one.subject, one.about) != (other.kind, other.subject, other.about):
        return False
    return one.kind not in (Kind.PROPOSAL, Kind.SENDING) or (one.rule, one.action) == (other.rule, other.action)


def _who_and_when(event: Event) -> dict[str, Plain]:
    """Who pressed, as their chat program calls them ("" where it does not tell), and when."""
    return {"answered_by": event.actor.name, "answered_at": moment_text(event.at)}


def _document_beside(firing: Firing) -> str:
    """The document that goes with a text: the one its rule attaches beside, or waited for."""
    actions = firing.step.then if firing.step else firing.rule.then
    for action in actions:
        if isinstance(action, Attach):
            return action.attach.document
        if isinstance(action, Document):
            return action.document.template
    return ""
