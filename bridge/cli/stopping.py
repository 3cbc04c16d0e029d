"""What people hold back or let go on by hand: everything, a client, a rule, a source that is empty on purpose."""

from __future__ import annotations

import getpass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.looking import called, find_subjects, names_of, nobody
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, print_table, say
from bridge.cli.room import store_to_read, time_there
from bridge.model.findings import did_you_mean
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.stops import Scope, Stop
from bridge.wiring.agency import Agency

HowMuch = Annotated[Scope, typer.Argument(help="all, client or rule.")]
Which = Annotated[str, typer.Argument(help="The client's name, card or local id; or the rule's id.")]

_HELD = {
    Scope.ALL: "everything is stopped: nothing goes out, all of it waits",
    Scope.CLIENT: "is stopped: what has not begun is called off",
    Scope.RULE: "is stopped: what has not begun is called off",
}


def stop(
    scope: HowMuch,
    about: Which = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who ask later.")] = "",
) -> None:
    """Stop everything, one client or one rule, within a second. Reading goes on."""
    with store_to_read() as (store, _settings, agency):
        meant = _meant(store, agency, scope, about)
        fresh = store.stop(scope, meant, now=time_there(store), by=getpass.getuser(), reason=reason)
    name = f"{scope.value} {meant}".strip()
    if not fresh:
        complain(f"{name} is stopped already; see: bridge stops")
        raise typer.Exit(FINDINGS)
    say(_HELD[scope] if scope is Scope.ALL else f"{name} {_HELD[scope]}")
    say(f"to go on: bridge go {name}")


def go(scope: HowMuch, about: Which = "") -> None:
    """Let go on what was stopped. What waited goes now; what was called off stays so."""
    with store_to_read() as (store, _settings, agency):
        meant = _meant(store, agency, scope, about, known=[stop.about for stop in store.stops()])
        ended = store.go(scope, meant)
    name = f"{scope.value} {meant}".strip()
    if not ended:
        complain(f"{name} is not stopped; see: bridge stops")
        raise typer.Exit(FINDINGS)
    say(f"{name} goes on")


def stops(language: ToldIn = None, as_json: AsJson = False) -> None:
    """What is stopped, since when, by whom and why."""
    with store_to_read() as (store, _settings, agency):
        found = store.stops()
        names = names_of(store, [stop.about for stop in found if stop.scope is Scope.CLIENT])
    if as_json:
        print_json([{**plain_stop(stop), "name": names.get(stop.about, "")} for stop in found])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            called(stop.scope.value),
            names.get(stop.about, stop.about),
            f"{stop.since.astimezone(zone):%d.%m %H:%M}",
            stop.by,
            stop.reason,
        ]
        for stop in found
    ]
    titles = [worded("what"), worded("which"), worded("since"), worded("by"), worded("reason")]
    print_table(titles, cells, worded("nothing is stopped"), language or agency.language)


def accept(
    source: Annotated[str, typer.Argument(help="The source, as `bridge status` names it: trello.card.")],
) -> None:
    """Say that a source is empty on purpose: its next whole reading may delete what it had. Holds for an hour."""
    with store_to_read() as (store, _settings, _agency):
        known = store.emptied()
        taken = store.accept_empty(source, time_there(store))
        names = set(store.sources())
    if not taken:
        if source not in names:
            complain(f'no source is called "{source}"; {did_you_mean(source, names)}')
            raise typer.Exit(USAGE)
        complain(f"{source} has not emptied: there is nothing to accept; see: bridge status")
        raise typer.Exit(FINDINGS)
    say(f"{source} may be empty: the {known[source].before} records it had are taken as gone at the next reading")
    raise typer.Exit(GOOD)


def plain_stop(stop: Stop) -> dict[str, str]:
    """A stop for programs."""
    return {
        "scope": stop.scope.value,
        "about": stop.about,
        "since": moment_text(stop.since),
        "by": stop.by,
        "reason": stop.reason,
    }


def _meant(store: Store, agency: Agency, scope: Scope, about: str, known: list[str] | None = None) -> str:
    """The id that a stop is kept under. Ends the command when nothing, or more than one thing, is meant."""
    if scope is Scope.ALL:
        if not about:
            return ""
        raise _unclear(f'everything has no name: say "all" alone, or "client {about}"')
    if not about:
        raise _unclear(f"which {scope.value}? write: bridge stop {scope.value} NAME")
    if about in (known or []):
        return about  # stopped once, and perhaps gone from the rules since
    if scope is Scope.RULE:
        rules = {rule.id for rule in agency.ruleset.rules}
        if about not in rules:
            raise _unclear(f'unknown rule "{about}"; {did_you_mean(about, rules)}')
        return about
    subjects = set(find_subjects(store, about))
    clients = sorted({subject.client for subject in store.subjects() if subject.id in subjects})
    if len(clients) != 1:
        several = f'"{about}" may be {", ".join(clients)}; name one of them'
        raise _unclear(several if clients else nobody(store, about))
    return clients[0]


def _unclear(what: str) -> typer.Exit:
    complain(what)
    return typer.Exit(USAGE)
