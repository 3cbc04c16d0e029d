"""Reminders about a client that people put off by hand until a day, and let go on."""

from __future__ import annotations

import getpass
from typing import Annotated
from uuid import uuid4

import typer

from bridge.cli.errors import FINDINGS, USAGE
from bridge.cli.looking import name_of, one_client
from bridge.cli.options import ToldIn
from bridge.cli.output import complain, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.desk.looks import put_off_line
from bridge.engine.desk.snoozing import Said, end, keep, snooze_of
from bridge.model.events import Actor, ActorKind
from bridge.model.wording import worded
from bridge.wiring.assemble import context_to_leave_work

Who = Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")]


def snooze(
    who: Who,
    until: Annotated[str, typer.Argument(help="2wd (working days), 3d, 25.11 or 2026-11-25.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who ask later.")] = "",
    language: ToldIn = None,
) -> None:
    """Put the reminders about a client off until a day."""
    with store_to_read() as (store, settings, agency):
        spoken = language or agency.language
        word = _said(one_client(store, who, spoken))
        context = context_to_leave_work(settings, agency)
        with store.intake(time_there(store)) as intake:
            try:
                wanted = snooze_of(f"{until} {reason}", agency.ruleset, word, intake)
            except ValueError as error:
                complain(error.args[0], spoken)
                raise typer.Exit(USAGE) from None
            keep(intake, context, word, wanted)
        name = name_of(store, word.client)
    say(worded("{name}: {what}", name=name, what=put_off_line(wanted, agency.zone)), spoken)
    say(worded("to go on: {command}", command=f'bridge unsnooze "{name}"'), spoken)


def unsnooze(who: Who, language: ToldIn = None) -> None:
    """Let the reminders about a client go on that were put off."""
    with store_to_read() as (store, settings, agency):
        spoken = language or agency.language
        word = _said(one_client(store, who, spoken))
        context = context_to_leave_work(settings, agency)
        with store.intake(time_there(store)) as intake:
            ended = end(intake, context, word)
        name = name_of(store, word.client)
    if ended is None:
        complain(worded("{name}: no reminders were put off.", name=name), spoken)
        raise typer.Exit(FINDINGS)
    say(worded("{name}: reminders go on", name=name), spoken)


def _said(client: str) -> Said:
    return Said(client, Actor(ActorKind.PERSON), getpass.getuser(), f"cli:{uuid4().hex}")
