"""What staff may ask the bot: told to who presses START, and where a command is none or does not say whom it means."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bridge.engine.context import Context
from bridge.engine.desk.commands import COMMANDS, as_rules_call_it, offered, word_of, words_of_rules
from bridge.engine.desk.finding import FEW, find, names
from bridge.engine.desk.replying import Replier
from bridge.model.events import ActorKind, Event
from bridge.model.findings import did_you_mean
from bridge.model.people import Person
from bridge.model.wording import Worded, worded
from bridge.store.intake import Intake
from bridge.words import said
from rules.ruleset import RuleSet

_ALIKE = 0.78
"""How near a word must come to a command to be taken for a slip of the pen."""


def help_lines(person: Person | None, ruleset: RuleSet, language: str) -> Iterator[str]:
    """The commands that a person may give, each with what it does."""
    yield f"<b>{_say(worded('What you can ask here'), language)}</b>"
    for command in offered(person, ruleset):
        about = f" {_say(command.about, language)}" if command.about else ""
        yield f"{escape(command.word_in(language))}{about} — {_say(command.does, language)}"
    mine = {word for command in COMMANDS if command.of_rules for word in command.words}
    own = {word: name for word, name in words_of_rules(ruleset).items() if word not in mine}
    if own:
        yield f"<b>{_say(worded('Commands of your rules, each with a client behind it'), language)}</b>"
        yield from (escape(f"/{word} — {name}") for word, name in own.items())


def is_staff_starting(event: Event, context: Context) -> bool:
    """Whether somebody of the staff pressed START in their own chat with the bot, and by no client's link."""
    known = event.actor.kind is ActorKind.PERSON and event.actor.id in context.office.directory.people
    return known and event.kind == "start.unknown" and not event.data.get("payload")


def welcome(intake: Intake, context: Context, event: Event) -> None:
    """Somebody of the staff pressed START: what comes here, and what they can ask."""
    desk = Replier(intake, context, event)
    here = desk.say(worded("Hello! Messages about your clients come here."))
    desk.reply([here, *help_lines(desk.person, context.ruleset, desk.language)])


def ask_back(intake: Intake, context: Context, event: Event) -> None:
    """A command that is none, or does not say which client is meant: what to write instead, to whoever gave it."""
    desk = Replier(intake, context, event)
    if as_rules_call_it(event, context.ruleset) in words_of_rules(context.ruleset):
        desk.reply([desk.say(_which(intake, context, event))])
        return
    word = word_of(event)
    known = [each for command in offered(desk.person, context.ruleset) for each in command.words]
    near = did_you_mean(f"/{word}", [f"/{each}" for each in (*known, *words_of_rules(context.ruleset))], _ALIKE)
    none = worded("There is no command /{word}.", word=word)
    if isinstance(near, Worded) and "names" not in near.values:  # the nearest one, and no list of all
        none = worded("There is no command /{word}; {advice}", word=word, advice=near)
    desk.reply([desk.say(none), desk.say(worded("What you can ask: /help"))])


def _which(intake: Intake, context: Context, event: Event) -> Worded:
    """What is lacking behind a command of the rules."""
    word, asked = word_of(event), str(event.data.get("text", "")).strip()
    known, found = names(intake, context), find(intake, context, asked)
    called = [known.get(client, client) for client in found.clients]
    if not asked:
        return worded("Write: /{word} {about}", word=word, about=worded("NAME"))
    if not called:
        near = did_you_mean(asked, known.values()) or worded("no client is known yet")
        return worded('nobody is called "{who}"; {advice}', who=asked, advice=near)
    if len(called) > 1:
        few = [*called[:FEW], "…"] if len(called) > FEW else called
        return worded("Several clients are called so: {names}. Write more of the name.", names=few)
    if found.rest and not _takes_a_reason(event, context.ruleset):
        return worded("Write: /{word} {about}", word=word, about=called[0])
    deals = intake.children(found.clients[0], "deal")
    if not deals:
        return worded("{name} has no deal yet.", name=called[0])
    several = "{name} has several deals: write /{word} as a comment on the card of the one that is meant."
    return worded(several, name=called[0], word=word)


def _takes_a_reason(event: Event, ruleset: RuleSet) -> bool:
    """Whether more than the client's name may follow a command of the rules."""
    given = f"/{as_rules_call_it(event, ruleset)}"
    return any(rule.override is not None and rule.override.command.casefold() == given for rule in ruleset.rules)


def _say(words: Worded | str, language: str) -> str:
    return escape(said(words, language))
