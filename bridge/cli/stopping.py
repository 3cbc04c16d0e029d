"""What people hold back or let go on by hand: everything, a client, a rule, a source that is empty on purpose."""

from __future__ import annotations

import getpass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.looking import any_of, called, find_subjects, name_of, names_of, nobody, which_of
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, print_table, say
from bridge.cli.reasons import reason_in_words
from bridge.cli.room import store_to_read, time_there
from bridge.model.files import FILES
from bridge.model.findings import did_you_mean
from bridge.model.merging import SYNC
from bridge.model.reason_words import told
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.stops import Scope, Stop
from bridge.wiring.agency import Agency
from bridge.wiring.rule_history import agency_of

HowMuch = Annotated[str, typer.Argument(metavar="scope", help="all, client or rule.")]
Which = Annotated[str, typer.Argument(help="The client's name, card or local id; or the rule's id.")]


def stop(
    how_much: HowMuch,
    about: Which = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who ask later.")] = "",
    language: ToldIn = None,
) -> None:
    """Stop everything, one client or one rule, within a second. Reading goes on."""
    scope = which_of(how_much, Scope)
    with store_to_read() as (store, _settings, agency):
        spoken = language or agency.language
        meant = _meant(store, agency, scope, about, spoken)
        fresh = store.stop(scope, meant, now=time_there(store), by=getpass.getuser(), reason=reason)
        what, command = _named(store, scope, meant)
    if not fresh:
        complain(worded("{what} is stopped already; see: bridge stops", what=what), spoken)
        raise typer.Exit(FINDINGS)
    if scope is Scope.ALL:
        say(worded("everything is stopped: nothing goes out, all of it waits"), spoken)
    elif meant in (SYNC, FILES):
        say(worded("{what} is stopped: all of it waits", what=what), spoken)
    else:
        say(worded("{what} is stopped: what has not begun is called off", what=what), spoken)
    say(worded("to go on: {command}", command=command), spoken)


def go(how_much: HowMuch, about: Which = "", language: ToldIn = None) -> None:
    """Let go on what was stopped. What waited goes now; what was called off stays so."""
    scope = which_of(how_much, Scope)
    with store_to_read() as (store, _settings, agency):
        spoken = language or agency.language
        meant = _meant(store, agency, scope, about, spoken, known=[stop.about for stop in store.stops()])
        ended = store.go(scope, meant)
        what, _command = _named(store, scope, meant)
    if not ended:
        complain(worded("{what} is not stopped; see: bridge stops", what=what), spoken)
        raise typer.Exit(FINDINGS)
    say(worded("{what} goes on", what=what), spoken)


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
            reason_in_words(stop.reason, language or agency.language),
        ]
        for stop in found
    ]
    titles = [worded("what"), worded("which"), worded("since"), worded("by"), worded("reason")]
    print_table(titles, cells, worded("nothing is stopped"), language or agency.language)


def accept(
    source: Annotated[str, typer.Argument(help="The source, as `bridge status` names it: trello.card.")],
    language: ToldIn = None,
) -> None:
    """Say that a source is empty on purpose: its next whole reading may delete what it had. Holds for an hour."""
    with store_to_read() as (store, _settings, agency):
        spoken = language or agency.language
        known = store.emptied()
        taken = store.accept_empty(source, time_there(store))
        names = set(store.sources())
    if not taken:
        if source not in names:
            advice = did_you_mean(source, names)
            complain(worded('no source is called "{source}"; {advice}', source=source, advice=advice), spoken)
            raise typer.Exit(USAGE)
        words = "{source} has not emptied: there is nothing to accept; see: bridge status"
        complain(worded(words, source=source), spoken)
        raise typer.Exit(FINDINGS)
    words = "{source} may be empty: the {count} records it had are taken as gone at the next reading"
    say(worded(words, source=source, count=known[source].before), spoken)
    raise typer.Exit(GOOD)


def plain_stop(stop: Stop) -> dict[str, str]:
    """A stop for programs."""
    return {
        "scope": stop.scope.value,
        "about": stop.about,
        "since": moment_text(stop.since),
        "by": stop.by,
        "reason": told(stop.reason, "en"),
    }


def _named(store: Store, scope: Scope, about: str) -> tuple[str, str]:
    """What is meant, as people call it, and the whole command that lets it go on."""
    if scope is Scope.ALL:
        return called(scope.value), "bridge go all"
    name = name_of(store, about)
    what = worded("{what} {name}", what=called(scope.value), name=name)
    return what, f"bridge go {scope.value} " + (f'"{name}"' if scope is Scope.CLIENT else name)


def _meant(
    store: Store, agency: Agency, scope: Scope, about: str, language: str, known: list[str] | None = None
) -> str:
    """The id that a stop is kept under. Ends the command when nothing, or more than one thing, is meant."""
    if scope is Scope.ALL:
        if not about:
            return ""
        words = 'everything has no name: say "all" alone, or "client {about}"'
        raise _unclear(worded(words, about=about), language)
    if not about:
        verb = "stop" if known is None else "go"
        words = "which {what}? write: bridge {verb} {scope} NAME"
        raise _unclear(worded(words, what=called(scope.value), verb=verb, scope=scope.value), language)
    if about in (known or []):
        return about  # stopped once, and perhaps gone from the rules since
    if scope is Scope.RULE:
        if about not in {SYNC, FILES, *(rule.id for rule in agency.ruleset.rules)}:
            advice = did_you_mean(about, {SYNC, FILES, *_at_work(store, agency)})
            raise _unclear(worded('unknown rule "{rule}"; {advice}', rule=about, advice=advice), language)
        return about
    subjects = set(find_subjects(store, about))
    clients = sorted({subject.client for subject in store.subjects() if subject.id in subjects})
    if len(clients) != 1:
        raise _unclear(any_of(store, about, clients) if clients else nobody(store, about, of_clients=True), language)
    return clients[0]


def _at_work(store: Store, agency: Agency) -> list[str]:
    """The ids of the rules that are in force and not switched off: only these have anything to stop."""
    taken = store.in_force()
    ruleset = agency.ruleset
    if taken is not None and taken.hash != ruleset.hash:
        before, _findings = agency_of(taken.files, agency.folder)
        ruleset = before.ruleset if before is not None else ruleset
    return [rule.id for rule in ruleset.rules if rule.enabled != "false"]


def _unclear(what: str, language: str) -> typer.Exit:
    complain(what, language)
    return typer.Exit(USAGE)
