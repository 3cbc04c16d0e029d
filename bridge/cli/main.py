"""`bridge`: the commands. Exit codes: 0 good, 1 findings or failures, 2 usage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from typer.main import get_command

from bridge.cli import (
    backtesting,
    calendars,
    chats,
    checking,
    conflicts,
    desk,
    explaining,
    flooding,
    importing,
    keeping,
    previewing,
    rulebook,
    running,
    setting_up,
    shadowing,
    snoozing,
    standing,
    stopping,
    taking_over,
    trail,
    trying,
    vault,
)
from bridge.cli.errors import FINDINGS, GOOD, USAGE, exit_code_for
from bridge.cli.frame import Commands, without_workspace, wrong_usage
from bridge.cli.moments import parse_time
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, counted, print_json, say
from bridge.cli.room import (
    engine_at_work,
    loaded_or_last_good,
    pin_time_zones,
)
from bridge.cli.rulebook import Form
from bridge.cli.several import of_each_workspace
from bridge.cli.why import why as tell_why
from bridge.engine.clock import CLOCK_KEY, SetClock
from bridge.logs import set_up_logs
from bridge.model.errors import BridgeError
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import worded
from bridge.wiring.rule_files import spoken_at
from bridge.wiring.workspaces import choose, settings_here

app = Commands("Keeps Trello, Planfix, Google Forms and Telegram telling one truth about every client.", name="bridge")
_program = cache(get_command)
app.add_typer(desk.outbox, name="outbox")
app.add_typer(desk.inbox, name="inbox")
app.add_typer(desk.missed, name="missed")
app.add_typer(chats.chat, name="chat")
app.add_typer(flooding.flood, name="flood")
app.add_typer(previewing.message, name="message")
app.add_typer(shadowing.shadow, name="shadow")
app.command()(stopping.stop)
app.command()(stopping.go)
app.command()(stopping.stops)
app.command()(stopping.accept)
app.command()(snoozing.snooze)
app.command()(snoozing.unsnooze)
app.command()(conflicts.conflicts)
app.command()(taking_over.plan)
app.command()(taking_over.apply)
app.command()(taking_over.rollback)
app.command()(taking_over.history)
app.add_typer(vault.vault, name="vault")
app.add_typer(keeping.db, name="db")
app.add_typer(calendars.calendar, name="calendar")
app.command()(keeping.backup)
app.command("restore")(keeping.put_back)
app.command()(keeping.export)
app.command()(keeping.erase)
app.command("import")(importing.import_)

At = Annotated[
    str, typer.Option("--at", help="As it was then: 2026-12-03T16:30 in the agency's zone; without it, now.")
]
InShadow = Annotated[
    bool, typer.Option("--shadow", help="Only read: write nothing outside, and note what would have been done.")
]


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the story by itself and end.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the play page.")] = 8090,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Play an agency's days on local stand-ins of all four services. Needs no account."""
    from bridge.cli.demo import run_demo  # the story and its stand-ins: nothing that a daemon should carry

    raise typer.Exit(run_demo(once=once, port=port, language=language or "", as_json=as_json))


@app.command()
def init(
    yes: Annotated[bool, typer.Option("--yes", help="Create what is missing without asking.")] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Set Trello and Planfix up: show what the configuration wants and what is there, ask, create the rest, check."""
    raise typer.Exit(setting_up.init(yes, language or "", as_json))


@app.command()
def run(shadow: InShadow = False) -> None:
    """Run the daemon until it is stopped."""
    running.run(shadow)


@app.command()
def tick(
    at: Annotated[
        str, typer.Option("--at", help="The time of this run, as 2026-12-03T16:30 in the agency's zone.")
    ] = "",
    shadow: InShadow = False,
    as_json: AsJson = False,
) -> None:
    """Read everything once, plan, and deliver until nothing is due. The clock of this run never goes back."""
    settings, agency, _refused = loaded_or_last_good(shadow, aloud=False)
    set_up_logs(settings)
    moment = parse_time(at, agency.zone) if at else datetime.now(UTC)
    clock = SetClock(moment, real=not at)
    with engine_at_work(clock, shadow=shadow) as (engine, _settings, _agency):
        before = engine.store.recall(CLOCK_KEY)
        if before is not None and moment < parse_moment(before):
            last = parse_moment(before).astimezone(ZoneInfo(agency.zone))
            words = "the last run was at {last}; time never goes backwards"
            complain(worded(words, last=f"{last:%d.%m.%Y %H:%M:%S}"), agency.language)
            raise typer.Exit(USAGE)
        engine.store.remember(CLOCK_KEY, moment_text(moment))
        done = engine.tick()
        following = engine.next_moment()
    if as_json:
        print_json(
            {
                "at": moment_text(moment),
                "events": done.events,
                "plans": done.plans,
                "wanted": done.wanted,
                "attempts": done.delivered,
                "not_read": list(done.failed_sources),
                "next": moment_text(following) if following else None,
            }
        )
    else:
        did = [counted(done.events, "event"), counted(done.wanted, "new effect"), counted(done.delivered, "attempt")]
        say(worded("{parts}", parts=did), agency.language)
        for name in done.failed_sources:
            say(worded("not read: {name}; see: bridge status", name=name), agency.language)
        if following:
            at = f"{following.astimezone(ZoneInfo(agency.zone)):%d.%m.%Y %H:%M}"
            say(worded("next: {at}", at=at), agency.language)
    raise typer.Exit(FINDINGS if done.failed_sources else GOOD)


@app.command()
def check(
    offline: Annotated[bool, typer.Option("--offline", help="Only the files: ask no service.")] = False,
    shadow: Annotated[bool, typer.Option("--shadow", help="Ask for no right to write.")] = False,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="Only the rules in this file or folder: no settings and no account are needed."),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="With --rules, for whom: people, programs (json) or editors (lsp-json).")
    ] = Form.TEXT,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Check the configuration, and ask every connected service whether it will play along. Changes nothing."""
    if rules is not None:
        told_in = language or spoken_at(rules)
        raise typer.Exit(rulebook.check_rules(rules, Form.JSON if as_json else form, told_in))
    raise typer.Exit(of_each_workspace(lambda: checking.check(offline, shadow, language or "", as_json), as_json))


@app.command("test")
def run_rule_tests(
    rules: Annotated[
        Path | None, typer.Option("--rules", help="The tests in this file or folder; all of the config folder without.")
    ] = None,
    covered: Annotated[
        bool, typer.Option("--coverage", help="Name the parts of rules never exercised, in tests or in life.")
    ] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Run the tests that stand beside the rules, and name the rules that none of them runs. Needs no account."""
    path = rules if rules is not None else settings_here().config_dir
    raise typer.Exit(rulebook.test_rules(path, as_json, covered, language or spoken_at(path)))


@app.command()
def explain(
    word: Annotated[
        str, typer.Argument(help="A rule's id, or a word of the rule language: send, becomes, older_than.")
    ],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="The rules in this file or folder; else the config folder's.")
    ] = None,
    language: ToldIn = None,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the rule as it was understood, also when a blueprint made it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a rule in plain sentences; or the manual page of an element of rules. Needs no account."""
    raise typer.Exit(explaining.explain(word, rules, language or "", as_json, as_yaml))


@app.command()
def schema(
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="The rules whose names it offers; without, the config folder."),
    ] = None,
) -> None:
    """Print the JSON Schema of rule files, with your own lists, texts and fields, for an editor to read."""
    raise typer.Exit(rulebook.write_schema(rules if rules is not None else settings_here().config_dir))


@app.command()
def why(
    who: Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")],
    rule: Annotated[str | None, typer.Argument(help="A rule's id or name; all rules without it.")] = None,
    at: At = "",
    limit: Annotated[int, typer.Option(min=1, help="How many evaluations to show.")] = 10,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Why a rule fired or did not, and the smallest change that would have made it fire."""
    raise typer.Exit(tell_why(who, rule, at, limit, language or "", as_json))


@app.command()
def simulate(
    who: Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")],
    at: At = "",
    event: Annotated[
        list[str] | None, typer.Option("--event", help='What happens, as a rule names it: "card.moved: {to: Архів}".')
    ] = None,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """What would happen for a card: effects with their texts, steps for later, verdicts. Does nothing."""
    raise typer.Exit(trying.simulate(who, at, event or [], language or "", as_json))


@app.command()
def backtest(
    rule: Annotated[str, typer.Argument(help="A rule's id.")],
    since: Annotated[str, typer.Option("--since", help="From when on: 2026-09-01, in the agency's zone.")],
    until: Annotated[str, typer.Option("--until", help="Up to when; up to now without.")] = "",
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="By the rules in this file or folder; by those of the config folder without."),
    ] = None,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Try a rule on what really happened: how often it would have fired, for whom, which messages. Does nothing."""
    raise typer.Exit(backtesting.run(rule, since, until, rules, language or "", as_json))


@app.command()
def status(language: ToldIn = None, as_json: AsJson = False) -> None:
    """How the bridge stands: sources, alarms, queues, what waits, what is doubtful. Fails when it needs a person."""
    raise typer.Exit(of_each_workspace(lambda: standing.status(language or "", as_json), as_json))


@app.command()
def logs(
    what: Annotated[
        str, typer.Argument(help="A client's name or card, a rule's id, a delivery's id, or a trace; all without it.")
    ] = "",
    trace: Annotated[str, typer.Option("--trace", help="The correlation id of one chain: every line shows it.")] = "",
    since: Annotated[str, typer.Option("--since", help="From 2d or 3h ago, or from 2026-12-03T16:30 on.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many lines, the newest last.")] = 50,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """What happened, what the rules said to it, and what became of it: from an event to its last effect."""
    raise typer.Exit(trail.logs(what, trace, since, limit, language or "", as_json))


def main() -> None:
    """The program: every known error and every wrong word becomes advice and an exit code."""
    pin_time_zones()
    choose("")
    try:
        ended = _program(app).main(without_workspace(sys.argv[1:]), standalone_mode=False)
    except BridgeError as error:
        ended = exit_code_for(error)
    except typer.TyperException as wrong:
        ended = wrong_usage(wrong)
    sys.exit(ended or GOOD)
