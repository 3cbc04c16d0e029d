"""What was too much at once: what is held because of it, and a person's word on it."""

from __future__ import annotations

import getpass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import called, names_of
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, print_table, say
from bridge.cli.room import store_to_read, time_there
from bridge.model.floods import Answer, Flood, Whose
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.words import Language

flood = Commands("What was too much at once, and is held until somebody answers.")

Which = Annotated[str, typer.Argument(help="The rule's id, or the client's name, as `bridge flood list` shows it.")]

_DONE = {
    Answer.SEND: "{effects} of {which}: goes now, as far as it is still so",
    Answer.DROP: "{effects} of {which}: is left out",
    Answer.STOP: "{effects} of {which}: is left out, and nothing more of it is done until bridge go",
}


@flood.command("list")
def list_floods(language: ToldIn = None, as_json: AsJson = False) -> None:
    """What is held because it was too much at once, since when, and how much."""
    with store_to_read() as (store, _settings, agency):
        rows = [(one, name, store.held_by(one)) for one, name in _open(store)]
    if as_json:
        print_json([_plain(one, name, held) for one, name, held in rows])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            called(one.whose.value),
            name,
            f"{one.since.astimezone(zone):%d.%m %H:%M}",
            _limit(one.limit),
            str(held),
        ]
        for one, name, held in rows
    ]
    titles = [worded("what"), worded("which"), worded("since"), worded("limit"), worded("held")]
    print_table(titles, cells, worded("nothing is held"), language or agency.language)


@flood.command()
def send(which: Which, language: ToldIn = None) -> None:
    """Let all of it go. What is not so any more stays out."""
    _answer(which, Answer.SEND, language)


@flood.command()
def drop(which: Which, language: ToldIn = None) -> None:
    """Leave all of it out. It is kept, and never sent."""
    _answer(which, Answer.DROP, language)


@flood.command("stop")
def stop_it(which: Which, language: ToldIn = None) -> None:
    """Leave all of it out, and stop the rule or the client it is about."""
    _answer(which, Answer.STOP, language)


def held_lines(store: Store) -> list[str]:
    """What is too much at once, a line each, with the command that helps."""
    return [
        worded(
            "too much at once: {what} {name}, {effects} held; bridge flood list",
            what=called(one.whose.value),
            name=name,
            effects=counted(store.held_by(one), "effect"),
        )
        for one, name in _open(store)
    ]


def _open(store: Store) -> list[tuple[Flood, str]]:
    """The floods that nobody has answered, each with what people call it."""
    found = [one for one in store.floods() if one.open]
    names = names_of(store, [one.about for one in found if one.whose is Whose.CLIENT])
    return [(one, names.get(one.about, one.about)) for one in found]


def _limit(limit: str) -> str:
    """How much in how long, as rules write it ("100 in 10m"), in words."""
    count, _, minutes = limit.removesuffix("m").partition(" in ")
    return worded("over {count} in {minutes}", count=count, minutes=counted(int(minutes), "minute"))


def _answer(which: str, answer: Answer, language: Language | None) -> None:
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        words = which.casefold()
        meant = [one for one, name in _open(store) if words in (one.about.casefold(), name.casefold())]
        if len(meant) != 1:
            words = "{which}: several floods are called so" if meant else "{which}: nothing of it is held"
            complain(worded(words, which=which), told_in)
            complain(worded("see: bridge flood list"), told_in)
            raise typer.Exit(USAGE)
        with store.intake(time_there(store)) as intake:
            held = intake.answer_flood(meant[0], answer, getpass.getuser())
    if held is None:
        complain(worded("{which}: somebody has answered already", which=which), told_in)
        raise typer.Exit(FINDINGS)
    say(worded(_DONE[answer], effects=counted(held, "effect"), which=which), told_in)


def _plain(one: Flood, name: str, held: int) -> dict[str, object]:
    return {
        "whose": one.whose.value,
        "about": one.about,
        "name": name,
        "since": moment_text(one.since),
        "limit": one.limit,
        "held": held,
    }
