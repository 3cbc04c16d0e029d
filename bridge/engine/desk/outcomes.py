"""What came of a command that the agency's own rules listen to: told to whoever gave it in a chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape

from bridge.engine.context import Context
from bridge.engine.desk.commands import listened_to, word_of
from bridge.engine.desk.looks import Look, shown_moment, stopped_line
from bridge.engine.desk.replying import answered_in
from bridge.model.decisions import SendMessage
from bridge.model.events import ActorKind, Cause, Event
from bridge.model.planning import Outcome, Plan, Trace, Wanted
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rows import ClientState
from bridge.store.stops import Scope
from bridge.words import said
from rules.facts import Facts
from rules.ruleset import Rule
from rules.telling import Teller
from rules.verdicts import Verdicts

_DONE = (Outcome.FIRED, Outcome.OVERRIDDEN, Outcome.LET_THROUGH)


def with_answers(plan: Plan, state: ClientState, context: Context, facts: Callable[[], Facts], store: Store) -> Plan:
    """The plan with an answer to everybody whose command it carries out, or does not.

    Who is written to by the rule itself, in the same place, gets no second message.
    """
    heard = {trace.event for trace in plan.traces}
    given = [event for event in state.events if event.id in heard and _by_staff(event)]
    if not given:
        return plan
    look = Look(state, facts(), context.ruleset, context.office.directory, "", stops=store.stops())
    answers = [_answer(event, plan, look, context) for event in given]
    return replace(plan, wanted=(*plan.wanted, *filter(None, answers)))


def _by_staff(event: Event) -> bool:
    return event.kind == "command" and event.actor.kind is ActorKind.PERSON and bool(event.data.get("chat"))


def _answer(event: Event, plan: Plan, look: Look, context: Context) -> Wanted | None:
    to, of_it = answered_in(context, event), [one for one in plan.wanted if one.cause.event == event.id]
    if any(isinstance(one.decision, SendMessage) and one.decision.to == to for one in of_it):
        return None
    ruleset, directory = context.ruleset, context.office.directory
    known = {rule.id: rule for rule in ruleset.rules}
    traces = [one for one in plan.traces if one.event == event.id and one.rule in known and not one.step]
    asked = [one for one in traces if word_of(event) in listened_to(known[one.rule])]
    if not asked:
        return None
    person = directory.people.get(event.actor.id)
    language = person.language if person is not None else ruleset.defaults.language
    verdicts = Verdicts(Teller(ruleset, language, directory), look.facts)
    name = look.name()
    lines = [f"<b>{escape(name)}</b>"]
    for trace in asked:
        rule = known[trace.rule]
        lines += _what_came(trace, rule, of_it, verdicts)
        here = {(Scope.ALL, ""): "", (Scope.CLIENT, plan.client): name, (Scope.RULE, rule.id): rule.name}
        held = [one for one in look.stops if (one.scope, one.about) in here]
        lines += [stopped_line(one, here[one.scope, one.about], ruleset.zone, language) for one in held]
    decision = SendMessage(to=to, text="\n".join(dict.fromkeys(filter(None, lines))), language=language)
    waits = ":waits" if event.id in plan.parked else ""
    return Wanted(f"desk:{event.id}{waits}", decision, plan.client, Cause("", "", event.id))


def _what_came(trace: Trace, rule: Rule, of_it: Sequence[Wanted], verdicts: Verdicts) -> Iterator[str]:
    if trace.outcome not in _DONE:
        yield from map(escape, verdicts.in_short(trace, rule))
        return
    teller = verdicts.teller
    later = [one.not_before for one in of_it if one.cause.rule == rule.id and one.not_before is not None]
    yield escape(f"✓ {verdicts.title(rule.id)}")
    if later:
        at = shown_moment(min(later), teller.ruleset.zone)
        yield escape(said(worded("The client reads it at {at}, in working hours.", at=at), teller.language))
