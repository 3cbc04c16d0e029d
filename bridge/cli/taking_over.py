"""`bridge plan`, `apply`, `rollback`, `history`: changes of the rules, seen before, put in force, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE, print_findings
from bridge.cli.looking import names_of, rule_called
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, print_table, say
from bridge.cli.room import loaded, speaks, store_to_read, time_there, told_here
from bridge.cli.rulebook import tell_red
from bridge.engine.snapshots import snapshot_of
from bridge.model.decision_words import in_words
from bridge.model.errors import ConfigError, StoreError
from bridge.model.people import Directory
from bridge.model.planning import NEVER
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rule_sets import TakenOver, last_rule_set
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.rule_history import agency_of, database_path, files_of, put_back, whoever
from bridge.wiring.settings import Settings
from bridge.wiring.workspaces import settings_here
from rules.differences import Changed, Difference, changed_rules, difference, stopped_otherwise
from rules.rule_tests import run_tests
from rules.ruleset import Rule


class NoHistory(StoreError):
    """No rules have been in force yet."""


By = Annotated[str, typer.Option("--by", help="Who does it; the user of this machine without.")]

_HOW = {"start": worded("a start"), "apply": worded("applied"), "rollback": worded("taken back")}


def plan(language: ToldIn = None, as_json: AsJson = False) -> None:
    """What the rules in the config folder would change: steps called off, moved and new, messages to clients."""
    with store_to_read(by_the_files=True) as (store, settings, agency):
        spoken = language or agency.language
        before = _in_force(store, settings)
        if before is None:
            say(worded("no rules have been in force yet: bridge apply, or the next start, takes these over"), spoken)
            raise typer.Exit(GOOD)
        changed = changed_rules(before.ruleset, agency.ruleset)
        found = _differences(store, settings, before, agency)
        names = names_of(store, found)
    if as_json:
        print_json(_plain(changed, found))
        return
    rules = {one.id: one for one in (*before.ruleset.rules, *agency.ruleset.rules)}
    for line in _told(changed, found, names, rules, agency):
        say(line, spoken)


def apply(by: By = "", language: ToldIn = None) -> None:
    """Check and test the rules in the config folder, and put them in force, also in a bridge that runs."""
    try:
        settings, agency = loaded()
    except ConfigError as error:
        _refuse(error, language or told_here())
        raise typer.Exit(FINDINGS) from error
    spoken = language or agency.language
    red = [result for result in run_tests(agency.ruleset, agency.tests) if not result.passed]
    tell_red(red, spoken)
    if red:
        failed = counted(len(red), "test")
        stay = worded("{tests} failed: the rules in force stay", tests=failed)
        none = worded("{tests} failed: these rules were not put in force, and none are yet", tests=failed)
        complain(none if last_rule_set(database_path(settings)) is None else stay, spoken)
        raise typer.Exit(FINDINGS)
    with store_to_read() as (store, _settings, _agency):
        files = files_of(settings.config_dir)
        known = store.in_force()
        if known is not None and known.hash == agency.ruleset.hash and dict(known.files) == files:
            say(worded("rule set {number} ({hash}) is in force already", number=known.number, hash=known.hash), spoken)
            return
        number = store.take_over(agency.ruleset.hash, files, how="apply", by=by or whoever(), at=time_there(store))
    first = "rule set {number} ({hash}) is in force"
    words = first if known is None else "rule set {number} ({hash}) is in force; to take it back: bridge rollback"
    say(worded(words, number=number, hash=agency.ruleset.hash), spoken)


def _refuse(error: ConfigError, language: str) -> None:
    """Prints what is wrong with the files, and what is in force all the same. Raises ConfigError for bad settings."""
    settings = settings_here()
    print_findings(error.findings, language=language)
    stay = worded("these rules were not put in force: the ones in force stay")
    none = worded("these rules were not put in force, and none are yet")
    complain(none if last_rule_set(database_path(settings)) is None else stay, language)


def rollback(
    to: Annotated[int, typer.Argument(help="The number in bridge history; the one before without.")] = 0,
    by: By = "",
    discard: Annotated[
        bool, typer.Option("--discard", help="Lose what was changed in the config folder and never put in force.")
    ] = False,
    language: ToldIn = None,
) -> None:
    """Put earlier rules in force again: their files come back into the config folder, their steps run on."""
    with _store_of_history() as (store, settings):
        spoken = language or speaks(_in_force(store, settings))
        history = store.rule_sets()
        target = _target(history, to)
        if target is None:
            complain(_no_such(to), spoken)
            raise typer.Exit(USAGE)
        if not discard and dict(history[0].files) != files_of(settings.config_dir):
            complain(
                worded("the config folder has changes that were never put in force: bridge apply, or --discard them"),
                spoken,
            )
            raise typer.Exit(FINDINGS)
        agency, findings = agency_of(target.files, settings.config_dir)
        if agency is None:
            print_findings(findings, language=spoken)
            gone = worded("rule set {number} cannot be read any more: the rules in force stay", number=target.number)
            complain(gone, spoken)
            raise typer.Exit(FINDINGS)
        put_back(target.files, settings.config_dir)
        taken_back = {entry.hash: entry for entry in history if entry.number > target.number}
        again = sum(_run_again(store, entry, agency, settings) for entry in taken_back.values())
        number = store.take_over(
            agency.ruleset.hash, target.files, how="rollback", by=by or whoever(), at=time_there(store)
        )
    same = worded(
        "rule set {number} ({hash}) is in force: the same as {target}",
        number=number,
        hash=agency.ruleset.hash,
        target=target.number,
    )
    say(same, spoken)
    if again:
        say(worded("{steps} that had been called off for want of a rule run on", steps=counted(again, "step")), spoken)


def _run_again(store: Store, taken_back: TakenOver, agency: Agency, settings: Settings) -> int:
    """How many steps run on that these rules called off and the agency's would not have."""
    other, _findings = agency_of(taken_back.files, settings.config_dir)
    otherwise = stopped_otherwise(other.ruleset, agency.ruleset) if other is not None else ()
    return store.run_again(taken_back.hash, otherwise)


def history(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """The rule sets that were in force: number, when, by whom, how. The first one is in force now."""
    try:
        with _store_of_history() as (store, settings):
            entries = store.rule_sets(limit)
            agency = _in_force(store, settings)
    except NoHistory:
        if as_json:
            print_json([])
        else:
            say(worded("no rules have been in force yet"), language or told_here())
        return
    if as_json:
        print_json([_plain_entry(entry) for entry in entries])
        return
    zone = ZoneInfo(agency.zone if agency is not None else "UTC")
    rows = [
        (str(one.number), f"{one.at.astimezone(zone):%d.%m.%Y %H:%M}", _HOW.get(one.how, one.how), one.by, one.hash)
        for one in entries
    ]
    titles = (worded("no."), worded("when"), worded("how it came"), worded("by"), worded("hash"))
    print_table(titles, rows, worded("no rules have been in force yet"), language or speaks(agency))


@contextmanager
def _store_of_history() -> Iterator[tuple[Store, Settings]]:
    """The store and the settings, also while the config folder cannot be read. Raises NoHistory without one."""
    settings = settings_here()
    last = last_rule_set(database_path(settings))
    if last is None:
        raise NoHistory(worded("no rules have been in force yet: there is nothing to take back"))
    store = Store(settings.database_url, last.workspace)
    try:
        yield store, settings
    finally:
        store.close()


def _target(history: Sequence[TakenOver], number: int) -> TakenOver | None:
    """The entry of that number; the newest that says something else than the one in force for 0."""
    if number:
        return next((entry for entry in history if entry.number == number), None)
    return next((entry for entry in history[1:] if dict(entry.files) != dict(history[0].files)), None)


def _no_such(number: int) -> str:
    if number:
        return worded("there is no rule set {number}; see: bridge history", number=number)
    return worded("there is no rule set before this one; see: bridge history")


def _in_force(store: Store, settings: Settings) -> Agency | None:
    taken = store.in_force()
    return agency_of(taken.files, settings.config_dir)[0] if taken is not None else None


def _differences(store: Store, settings: Settings, before: Agency, after: Agency) -> dict[str, Difference]:
    """By client: what would change. Clients for whom nothing would are left out."""
    now, found = time_there(store), dict[str, Difference]()
    old, new = context_to_look(settings, before), context_to_look(settings, after)
    for client in sorted({subject.client for subject in store.subjects()}):
        snapshot = snapshot_of(store.load_client(client), new)
        made = difference(snapshot, old.ruleset, new.ruleset, new.office, now)
        if made:
            found[client] = made
    return found


def _told(
    changed: Changed,
    found: Mapping[str, Difference],
    names: Mapping[str, str],
    rules: Mapping[str, Rule],
    agency: Agency,
) -> Iterator[str]:
    titles = {name: rule_called(rule, to_type=True) for name, rule in rules.items()}
    if changed.added:
        yield worded("new rules: {rules}", rules=[titles[name] for name in changed.added])
    if changed.removed:
        yield worded("rules that go: {rules}", rules=[titles[name] for name in changed.removed])
    if changed.altered:
        yield worded("changed rules: {rules}", rules=[titles[name] for name in changed.altered])
    for name in changed.woken:
        words = "{rule} leaves the shadow: what it noted there is never done, only what happens from now on"
        yield worded(words, rule=rule_called(rules[name]))
    if not changed and not found:
        yield worded("nothing would change")
    for client, made in found.items():
        yield names.get(client, client)
        yield from _told_of(made, rules, agency.people, ZoneInfo(agency.zone))
    clients = sum(1 for made in found.values() if made.messages)
    if clients:
        yield worded("who would get a message: {clients}", clients=counted(clients, "client"))


def _told_of(made: Difference, rules: Mapping[str, Rule], people: Directory, zone: ZoneInfo) -> Iterator[str]:
    def title(name: str) -> str:
        return rule_called(rules[name]) if name in rules else name

    for timer in made.cancelled:
        was = _moment(timer.due, zone)
        yield worded("  called off: {rule}, {step} (was due {was})", rule=title(timer.rule), step=timer.step, was=was)
    for one in made.moved:
        was, will = _moment(one.timer.due, zone), _moment(one.due, zone)
        rule, step = title(one.timer.rule), one.timer.step
        yield worded("  moved: {rule}, {step}: {was} -> {will}", rule=rule, step=step, was=was, will=will)
    for timer in made.born:
        due = _moment(timer.due, zone)
        yield worded("  new: {rule}, {step} (due {due})", rule=title(timer.rule), step=timer.step, due=due)
    for wanted in made.messages:
        message = in_words(wanted.decision, people)
        yield worded("  would get a message: {message} ({rule})", message=message, rule=title(wanted.cause.rule))


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return "?" if moment == NEVER else f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"


def _plain(changed: Changed, found: Mapping[str, Difference]) -> dict[str, object]:
    return {
        "rules": {"new": changed.added, "gone": changed.removed, "changed": changed.altered, "woken": changed.woken},
        "clients": {
            client: {
                "cancelled": [timer.key for timer in made.cancelled],
                "moved": [
                    {"key": one.timer.key, "from": moment_text(one.timer.due), "to": moment_text(one.due)}
                    for one in made.moved
                ],
                "new": [{"key": timer.key, "due": moment_text(timer.due)} for timer in made.born],
                "messages": [{"rule": one.cause.rule, "key": one.key} for one in made.messages],
            }
            for client, made in found.items()
        },
    }


def _plain_entry(entry: TakenOver) -> dict[str, object]:
    return {
        "number": entry.number,
        "hash": entry.hash,
        "how": entry.how,
        "by": entry.by,
        "at": moment_text(entry.at),
        "files": sorted(entry.files),
    }
