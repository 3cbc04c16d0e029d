"""Reminders about a client that staff put off until a day: kept, shown on the card, and told when they go on."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from bridge.engine.answering import as_it_stands
from bridge.engine.context import Context
from bridge.engine.desk.cards import comment_cards
from bridge.engine.desk.looks import put_off_line
from bridge.engine.routing import connector_of
from bridge.engine.snapshots import snoozes_of
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State, delivery_id
from bridge.model.events import Actor, Cause, Event
from bridge.model.planning import Wanted
from bridge.model.reasons import NEWER_MESSAGE
from bridge.model.snoozes import SNOOZES, Snooze, ended, put_off, running, written
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.words import said
from rules.snoozing import until_of
from rules.whose_time import office_calendar

if TYPE_CHECKING:
    from bridge.store.intake import Intake
    from rules.ruleset import RuleSet

PUT_OFF, GOES_ON = "reminders.put-off", "reminders.go-on"
"""The kinds of the events; they wake no rule, and are nobody's activity."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word on the reminders of a client: by whom, called what, and under which key it is kept once."""

    client: str
    by: Actor
    name: str
    key: str


def snooze_of(text: str, ruleset: RuleSet, word: Said, intake: Intake) -> Snooze:
    """What somebody asks for: "2wd", a date, and the reason behind it. Raises ValueError with what may be said."""
    until, why = until_of(text, office_calendar(ruleset), intake.now)
    return Snooze(intake.now, until, word.name, why)


def keep(intake: Intake, context: Context, word: Said, snooze: Snooze) -> bool:
    """From now on reminders about the client wait until the snooze is over, and no more until an earlier one is.

    It is shown on the client's cards. False: a word with that key is kept already, and this one changes nothing.
    """
    data = {"until": moment_text(snooze.until), "text": snooze.why, "by": word.name}
    if not _note(intake, word, PUT_OFF, data):
        return False
    known = snoozes_of(intake.client_state(word.client))
    _told_no_more(intake, word.client, running(known, intake.now))
    intake.set_fact(word.client, SNOOZES, written(put_off(known, snooze)), f"person:{word.by.id}")
    line = said(put_off_line(snooze, context.ruleset.zone), context.ruleset.defaults.language)
    text = f"{line}\n{as_it_stands(snooze.why)}" if snooze.why else line
    comment_cards(intake, context, word.client, text, word.key)
    return True


def end(intake: Intake, context: Context, word: Said) -> Snooze | None:
    """Reminders go on, as if nobody had put them off any longer; the cards show it. None: nobody had."""
    known = snoozes_of(intake.client_state(word.client))
    snooze = running(known, intake.now)
    if snooze is not None:
        _told_no_more(intake, word.client, snooze)
        intake.set_fact(word.client, SNOOZES, written(ended(known, intake.now)), f"person:{word.by.id}")
        _note(intake, word, GOES_ON, {"by": word.name})
        line = said(worded("⏰ Reminders go on: {by}", by=word.name), context.ruleset.defaults.language)
        comment_cards(intake, context, word.client, line, f"{word.key}:{GOES_ON}")
    return snooze


def tell(intake: Intake, context: Context, word: Said, snooze: Snooze, to: str, language: str, name: str) -> None:
    """`to` hears in their language when it is over. `name` is what the client is called."""
    over = [f"⏰ <b>{escape(name)}</b>: {escape(said(worded('reminders go on'), language))}"]
    over += [f"«{escape(snooze.why)}»"] if snooze.why else []
    decision = SendMessage(to=to, text="\n".join(over), language=language)
    cause = Cause("", "", word.key)
    wanted = Wanted(_over(word.client, snooze), decision, word.client, cause, not_before=snooze.until)
    lane = f"snooze:{word.client}"  # of its own: nothing else that this person is told waits for days behind it
    intake.want(wanted, client=word.client, connector=connector_of(wanted, context), lane=lane)


def _told_no_more(intake: Intake, client: str, snooze: Snooze | None) -> None:
    """Nobody need hear that it is over: it was ended, or another one took its place."""
    if snooze is not None:
        intake.decide(delivery_id(_over(client, snooze)), State.CANCELLED, reason=NEWER_MESSAGE)


def _over(client: str, snooze: Snooze) -> str:
    return f"snooze-over:{client}:{moment_text(snooze.since)}:{moment_text(snooze.until)}"


def _note(intake: Intake, word: Said, kind: str, data: dict[str, str]) -> bool:
    event = Event(f"{word.key}:{kind}", kind, intake.now, intake.now, word.by, "bridge", word.client, dict(data))
    return intake.add_event(event, wakes=False)
