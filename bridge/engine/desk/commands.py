"""The commands that staff give in Telegram: each once, with its words, who may give it, and what it does. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.model.events import ActorKind, Event
from bridge.model.people import Person
from bridge.model.wording import Worded, worded
from rules.ruleset import Rule, RuleSet
from rules.triggers import CommandWord

ASKED = "desk.asked"
"""The kind of an event by which somebody of the staff asks the desk. It wakes no rule and is nobody's activity."""
IN_CHARGE = ("head", "admin")
"""The roles that head everybody: they read of all clients, and may stop the bridge and let it go on."""
MAY_BIND = ("pm", "manager", *IN_CHARGE)
"""The roles that may say whose something is."""
_ADDRESSED = re.compile(r"@\w+$")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` is English and what menus show; `words` are all by which it is known, without the slash:
    the Ukrainian one first, the English one last, a Russian one after the first where it has its own.

    `about` says what may follow it, `does` what it is for. `roles` may give it, everybody of the staff where it names
    none. `names_client`: it is followed by a client. One that is `of_rules` is carried out by the agency's own rules.
    """

    name: str
    words: tuple[str, ...]
    about: str
    does: Worded
    roles: tuple[str, ...] = ()
    names_client: bool = True
    of_rules: bool = False

    def word_in(self, language: str) -> str:
        """The word that a reader of that language types, with its slash."""
        russian = self.words[1] if len(self.words) > 2 else self.words[0]
        return f"/{({'uk': self.words[0], 'ru': russian}).get(language, self.words[-1])}"

    def is_for(self, person: Person | None) -> bool:
        """Whether that person may give it."""
        return person is not None and (not self.roles or any(role in self.roles for role in person.roles))


COMMANDS: tuple[Command, ...] = (
    Command("help", ("допомога", "помощь", "help"), "", worded("what you can ask here"), names_client=False),
    Command(
        "client",
        ("клієнт", "клиент", "знайти", "найти", "find", "client"),
        worded("NAME, phone or e-mail"),
        worded("who it is, how to reach them, where they are kept"),
    ),
    Command(
        "status",
        ("стан", "статус", "состояние", "status"),
        worded("NAME"),
        worded("the stage, what is missing and who owes it, what comes next, what the client was sent"),
    ),
    Command("why", ("чому", "почему", "why"), worded("NAME [RULE]"), worded("why a rule did or did not act")),
    Command("brief", ("бриф", "brief"), worded("NAME"), worded("send the brief"), of_rules=True),
    Command(
        "talked",
        ("говорили", "поговорили", "talked"),
        worded("NAME [whatsapp|viber|phone] [what about]"),
        worded("note a talk elsewhere; it stands on the card"),
    ),
    Command(
        "time",
        ("час", "время", "time"),
        worded("40m talk|work NAME"),
        worded("note time on a client's deal in Planfix"),
    ),
    Command(
        "snooze",
        ("відкласти", "отложить", "snooze"),
        worded("NAME 2wd|3d|25.11 [why]"),
        worded("reminders about a client wait until then"),
    ),
    Command(
        "unsnooze",
        ("нагадувати", "напоминать", "unsnooze"),
        worded("NAME"),
        worded("reminders that were put off go on"),
    ),
    Command(
        "day",
        ("день", "day"),
        "",
        worded("your clients' steps that come due today, and what waits for a word"),
        names_client=False,
    ),
    Command(
        "inbox",
        ("вхідні", "входящие", "inbox"),
        "",
        worded("answers and cards of which nobody has said whose they are"),
        names_client=False,
    ),
    Command(
        "bind",
        ("закріпити", "закрепить", "bind"),
        worded("NUMBER NAME"),
        worded("say whose something in the inbox is"),
        MAY_BIND,
        names_client=False,
    ),
    Command(
        "unbind",
        ("відкріпити", "открепить", "unbind"),
        worded("CARD"),
        worded("take a card out of the deal that it was joined to by mistake"),
        MAY_BIND,
        names_client=False,
    ),
    Command(
        "unknown",
        ("невідомі", "неизвестные", "unknown"),
        "",
        worded("messages of which nobody knows whether they arrived"),
        names_client=False,
    ),
    Command(
        "stop",
        ("стоп", "останови", "зупини", "stop"),
        worded("[all | NAME | rule RULE]"),
        worded("hold everything back, one client or one rule; alone: what is held"),
        IN_CHARGE,
        names_client=False,
    ),
    Command(
        "go",
        ("далі", "дальше", "go"),
        worded("all | NAME | rule RULE"),
        worded("let it go on"),
        IN_CHARGE,
        names_client=False,
    ),
)
"""All commands of the desk, in the order in which help lists them."""

_BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}
_BY_WORD: Mapping[str, Command] = {word: command for command in COMMANDS for word in command.words}


def named(name: str) -> Command:
    """The command of that name. Raises KeyError."""
    return _BY_NAME[name]


def word_of(event: Event) -> str:
    """The word of a command as it was given, without slash, capitals and the bot that it names."""
    word = str(event.data.get("command", "")).casefold()
    return _ADDRESSED.sub("", word.removeprefix("/"))


def meant_by(event: Event, ruleset: RuleSet) -> Command | None:
    """The command that somebody of the staff gives in a chat; None for what is none, and for words of the rules.

    A client gives none, whatever they write; on a card there are other ways to ask.
    """
    if event.kind != "command" or event.actor.kind is not ActorKind.PERSON or not event.data.get("chat"):
        return None
    word = word_of(event)
    found = _BY_WORD.get(word)
    return found if found is not None and not found.of_rules and word not in words_of_rules(ruleset) else None


def as_rules_call_it(event: Event, ruleset: RuleSet) -> str:
    """The word that the rules listen to where somebody used another one for the same: `/brief` for `/бриф`."""
    word, known = word_of(event), words_of_rules(ruleset)
    same = _BY_WORD.get(word)
    if word in known or same is None or not same.of_rules:
        return word
    return next((other for other in same.words if other in known), word)


def words_of_rules(ruleset: RuleSet) -> Mapping[str, str]:
    """The commands that the agency's own rules listen to, each with the name of the first rule; without the slash."""
    found: dict[str, str] = {}
    for rule in ruleset.rules:
        if rule.enabled == "false":
            continue
        given = [*listened_to(rule), *([rule.override.command] if rule.override is not None else [])]
        for word in given:
            found.setdefault(word.casefold().removeprefix("/"), rule.name)
    return found


def listened_to(rule: Rule) -> list[str]:
    """The commands that wake a rule, without the slash."""
    given = (trigger.command for trigger in rule.when if isinstance(trigger, CommandWord))
    return [word.casefold().removeprefix("/") for word in given]


def offered(person: Person | None, ruleset: RuleSet) -> Iterator[Command]:
    """The commands that a person may give here."""
    known = words_of_rules(ruleset)
    for command in COMMANDS:
        if command.is_for(person) and (not command.of_rules or any(word in known for word in command.words)):
            yield command
