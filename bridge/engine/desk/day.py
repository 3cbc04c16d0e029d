"""What a member of staff reads of today: which steps come due about their clients, what these have
promised and owe, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from bridge.engine.context import Context
from bridge.engine.desk.commands import IN_CHARGE
from bridge.engine.desk.finding import names
from bridge.engine.desk.outstanding import debts, promises
from bridge.engine.snapshots import snapshot_of, snoozes_of
from bridge.model.people import Person
from bridge.model.planning import NEVER, Timer
from bridge.model.snoozes import running
from bridge.model.wording import Worded, worded
from bridge.store.intake import Intake
from bridge.store.rows import ClientState
from bridge.words import said
from rules.facts import Facts
from rules.holders import holder_of
from rules.telling import Teller
from rules.whose_time import office_calendar

_MOST = 15


def day_of(intake: Intake, context: Context, person: Person | None, language: str) -> Iterator[str]:
    """The lines of the answer. Heads read of everybody's clients, others of those whose role they hold."""
    calendar = office_calendar(context.ruleset)
    today = calendar.local(intake.now).date()
    ends = calendar.instant(today + timedelta(days=1))
    yield f"<b>{_say(worded('Your day: {day}', day=f'{today:%d.%m}'), language)}</b>"
    reminded = intake.due_until(NEVER)
    states = {client: intake.client_state(client) for client in dict.fromkeys(client for client, _timer in reminded)}
    mine = {client: state for client, state in states.items() if _is_mine(state, intake, context, person)}
    due = [(client, timer) for client, timer in reminded if timer.due < ends and client in mine]
    due = [(client, timer) for client, timer in due if running(snoozes_of(mine[client]), intake.now) is None]
    called = names(intake, context) if mine else {}
    for client, timer in due[:_MOST]:
        yield escape(f"• {_at(timer, context)} {called.get(client, client)}: {_does(timer, context, language)}")
    if len(due) > _MOST:
        yield _say(worded("And {count} more.", count=len(due) - _MOST), language)
    if not due:
        yield _say(worded("No reminder or step of your clients is due today."), language)
    theirs = [(called.get(client, client), state) for client, state in mine.items()]
    yield from _listed(worded("Promised:"), promises(theirs, context, intake.now, language), language)
    yield from _listed(worded("Owed by clients:"), debts(theirs, context, intake.now, language), language)
    yield from _waiting(intake, language)


def _listed(title: Worded, lines: Sequence[str], language: str) -> Iterator[str]:
    """The first of these lines under their title; nothing where there are none."""
    if lines:
        yield f"<b>{_say(title, language)}</b>"
    yield from (escape(f"• {line}") for line in lines[:_MOST])
    if len(lines) > _MOST:
        yield _say(worded("And {count} more.", count=len(lines) - _MOST), language)


def _is_mine(state: ClientState, intake: Intake, context: Context, person: Person | None) -> bool:
    """Whether a client is that person's."""
    if person is None:
        return False
    if any(role in IN_CHARGE for role in person.roles):
        return True
    ruleset, directory = context.ruleset, context.office.directory
    facts = Facts(snapshot_of(state, context), ruleset, directory, intake.now)
    deals = [one.id for one in state.subjects if one.kind == "deal"] or [state.client]
    held = {holder_of(role, deal, facts, ruleset, directory) for role in person.roles for deal in deals}
    return person.key in held


def _at(timer: Timer, context: Context) -> str:
    return f"{office_calendar(context.ruleset).local(timer.due):%H:%M}"


def _does(timer: Timer, context: Context, language: str) -> str:
    rule = next((one for one in context.ruleset.rules if one.id == timer.rule), None)
    step = next((one for one in rule.steps if one.id == timer.step), None) if rule is not None else None
    teller = Teller(context.ruleset, language, context.office.directory)
    return "; ".join(teller.action(action)[0] for action in step.then) if step is not None else timer.rule


def _waiting(intake: Intake, language: str) -> Iterator[str]:
    """What waits for somebody's word, with the command that shows it."""
    doubtful, desk = len(intake.doubtful()), len(intake.desk())
    if doubtful:
        yield _say(worded("Messages that may have arrived: {count}, see /unknown", count=doubtful), language)
    if desk:
        yield _say(worded("In the inbox: {count}, see /inbox", count=desk), language)


def _say(words: Worded | str, language: str) -> str:
    return escape(said(words, language))
