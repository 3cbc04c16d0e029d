"""`bridge init`: shows what the configuration wants of Trello and Planfix, asks, makes what is missing, and checks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridge.cli import checking, room
from bridge.cli.errors import FINDINGS, plain_finding
from bridge.cli.output import complain, confirmed, counted, print_json, say, spoken
from bridge.engine.accounts import account_in, system_of
from bridge.engine.clock import SystemClock
from bridge.model.errors import ConfigError, ConnectorError
from bridge.model.findings import Finding, stops
from bridge.model.protocols import Connector, Preparing
from bridge.model.setting_up import Does, Step, Thing, in_words
from bridge.model.wording import worded
from bridge.wiring.agency import Agency, load_agency, spoken_in
from bridge.wiring.connect import build_connectors
from bridge.wiring.setting_up import (
    can_be_chosen,
    can_be_renamed,
    carry_out,
    choice_written,
    connectors_of,
    locked_out,
    only,
    scopes_in_words,
    wishes_for,
    wishes_of,
)
from bridge.wiring.settings import Settings
from bridge.wiring.workspaces import settings_here
from bridge.wiring.writing import write_files
from bridge.words import spoken as spoken_finding

_TITLES: Mapping[str, str] = {"trello": "Trello", "planfix": "Planfix"}


_SEVERAL: Mapping[Thing, str] = {
    Thing.BOARD: worded("boards"),
    Thing.LIST: worded("lists"),
    Thing.LABEL: worded("labels"),
    Thing.FIELD: worded("fields"),
    Thing.OPTION: worded("values"),
    Thing.PEOPLE: worded("people"),
    Thing.WEBHOOK: worded("webhooks of boards"),
    Thing.TEMPLATE: worded("task templates"),
    Thing.STATUS: worded("statuses"),
    Thing.SCENARIO: worded("scenarios"),
}


def _title(connector: str) -> str:
    system, account = _TITLES[system_of(connector)], account_in(connector)
    return worded("{system} ({account})", system=system, account=account) if account else system


@dataclass
class _System:
    """One system: what keeps it from being set up, what is wanted of it, and how far the making came."""

    name: str
    locked: Sequence[Finding] = ()
    access: Sequence[Finding] = ()
    steps: Sequence[Step] = ()
    made: list[Step] = field(default_factory=list)
    failed: Step | None = None
    error: ConnectorError | None = None

    @property
    def wanted(self) -> list[Step]:
        """What the bridge can make."""
        return [step for step in self.steps if step.does is Does.CREATE]

    @property
    def left(self) -> list[Step]:
        """What the bridge could make, and has not."""
        return [step for step in self.wanted if step not in self.made]


def init(yes: bool, language: str, as_json: bool) -> int:
    """Sets both systems up; gives the exit code. With `as_json` and without `yes` it only tells."""
    settings = settings_here()
    spoken_here = language or spoken_in(settings.config_dir)
    agency = _agency(settings)
    systems = _looked_at(settings, agency)
    if not as_json:
        _tell(systems, settings, spoken_here)
        if not yes:
            agency, systems = _with_choices(settings, agency, systems, spoken_here)
    ready = [system for system in systems if not system.locked]
    wanted = [step for system in ready for step in system.wanted]
    if wanted and (yes or (not as_json and _agreed(len(wanted), spoken_here))):
        _make(settings, agency, ready, None if as_json else spoken_here)
    elif wanted and not as_json:
        say(worded("nothing was created"), spoken_here)
    left = any(system.left or system.error for system in ready)
    if as_json:
        return _as_json(settings, systems, left, spoken_here)
    if systems and not ready:
        return FINDINGS
    if left:
        _tell_left(ready, spoken_here)
        return FINDINGS
    say("", spoken_here)
    return checking.tell(checking.everything(settings), spoken_here)


def _agency(settings: Settings) -> Agency:
    agency, findings = load_agency(settings.config_dir, today=room.today())
    if agency is None:
        raise ConfigError(findings)
    return agency


# -- looking -----------------------------------------------------------------------------------------------------------


@contextmanager
def _connected(settings: Settings, agency: Agency, systems: Sequence[str]) -> Iterator[dict[str, Connector]]:
    made = build_connectors(settings, only(agency, systems), SystemClock())
    try:
        yield made
    finally:
        for connector in made.values():
            connector.close()


def _looked_at(settings: Settings, agency: Agency) -> list[_System]:
    """What is wanted of every system in use, beside what is there."""
    locked = locked_out(settings, agency)
    used = [name for name in connectors_of(agency) if name not in locked]
    found = [_System(name, locked=findings) for name, findings in locked.items()]
    wishes = wishes_of(agency)
    with _connected(settings, agency, used) as connectors:
        for name, connector in connectors.items():
            if isinstance(connector, Preparing):
                system = _System(name, access=connector.access())
                found.append(system)
                try:
                    system.steps = [] if stops(system.access) else connector.lacking(wishes_for(name, wishes))
                except ConnectorError as error:
                    system.error = error
    return found


# -- telling -----------------------------------------------------------------------------------------------------------


def _tell(systems: Sequence[_System], settings: Settings, language: str) -> None:
    if not systems:
        say(worded("neither Trello nor Planfix is used: there is nothing to set up"), language)
    for system in systems:
        say(_title(system.name), language)
        for line in _lines(system, settings):
            say(f"  {spoken(line, language)}")


def _lines(system: _System, settings: Settings) -> Iterator[str]:
    if system.locked:
        yield worded("is not connected yet:")
        for finding in system.locked:
            yield worded("  {what}: {advice}", what=finding.what, advice=finding.advice)
        for line in scopes_in_words(system.name):
            yield worded("  {what}", what=line)
        words = "  write each into {file} as a line NAME=value, then run: bridge init"
        home = settings.config_dir if settings.workspace else Path()  # one agency of several keeps its own secrets
        yield worded(words, file=(home / ".env").absolute())
        return
    for finding in system.access:
        level = worded(finding.level.value)
        words = "{level}: {what}; {advice}" if finding.advice else "{level}: {what}"
        yield worded(words, level=level, what=finding.what, advice=finding.advice)
    if system.error is not None:
        yield worded("cannot be asked: {why}", why=system.error.what)
    used = [step for step in system.steps if step.does is Does.USE]
    if used:
        yield worded("would use:")
    for thing, several in _SEVERAL.items():
        names = [step.name for step in used if step.thing is thing]
        if names:
            yield worded("  {things}: {names}", things=several, names=list(dict.fromkeys(names)))
    for title, does in (
        (worded("would create:"), Does.CREATE),
        (worded("only you can:"), Does.BY_HAND),
        (worded("later:"), Does.LATER),
    ):
        steps = [step for step in system.steps if step.does is does]
        if steps:
            yield title
        for step in steps:
            yield _line(step)
    if system.steps and not system.wanted:
        yield worded("nothing has to be created")


def _line(step: Step) -> str:
    if step.why:
        return worded("  {what}: {why}", what=in_words(step), why=step.why)
    return worded("  {what}", what=in_words(step))


def _agreed(count: int, language: str) -> bool:
    return confirmed(worded("Create {things}?", things=counted(count, "thing")), language)


# -- choosing ----------------------------------------------------------------------------------------------------------


def _with_choices(
    settings: Settings, agency: Agency, systems: list[_System], language: str
) -> tuple[Agency, list[_System]]:
    """Asks which of the things that are there are meant, writes the choices down, and looks again.

    Lists and labels are named by many rules: such a one is not made a second time, and a person renames it.
    """
    files: list[str] = []
    renamed: dict[tuple[str, Thing, str], str] = {}
    for name, step in [(system.name, step) for system in systems for step in system.steps]:
        if not (can_be_chosen(agency, name, step) or can_be_renamed(step)):
            continue
        chosen = _chosen(step, language)
        if chosen and can_be_renamed(step):
            renamed[name, step.thing, step.name] = chosen
        elif chosen:
            made = choice_written(agency, name, step, chosen)
            write_files(made)
            files += [path.as_posix() for path in made]
    if files:
        say(worded("written down in {file}", file=files[0]), language)
        agency = _agency(settings)
        systems = _looked_at(settings, agency)
    for system in systems:
        system.steps = [_by_hand(step, renamed.get((system.name, step.thing, step.name), "")) for step in system.steps]
    if files or renamed:
        _tell(systems, settings, language)
    return agency, systems


def _by_hand(step: Step, chosen: str) -> Step:
    """What a person does where another list or label is meant, instead of the bridge making one more."""
    if not chosen:
        return step
    words = 'rename "{chosen}" in Trello to "{name}", or write "{chosen}" into fields.yaml and the rules'
    return replace(step, does=Does.BY_HAND, why=worded(words, chosen=chosen, name=step.name))


def _chosen(step: Step, language: str) -> str:
    """The one of those things that a person names by its number; "" for none of them."""
    asked = worded("{what} is not there. Is it one of these?", what=in_words(step))
    complain(asked, language)
    for number, name in enumerate(step.others, 1):
        complain(f"  {number}  {name}")
    made = worded("create it") if step.does is Does.CREATE else worded("leave it as it is")
    sys.stderr.write(spoken(worded("A number, or Enter to {otherwise}: ", otherwise=made), language))
    sys.stderr.flush()
    given = sys.stdin.readline().strip()
    return step.others[int(given) - 1] if given.isdigit() and 0 < int(given) <= len(step.others) else ""


# -- making ------------------------------------------------------------------------------------------------------------


def _make(settings: Settings, agency: Agency, systems: Sequence[_System], language: str | None) -> None:
    """Makes what is wanted, system by system: where one thing cannot be made, the other system is still set up."""
    with _connected(settings, agency, [system.name for system in systems]) as connectors:
        for system in systems:
            connector = connectors[system.name]
            if not isinstance(connector, Preparing):
                continue
            try:
                for step in carry_out(connector, system.wanted):
                    system.made.append(step)
                    if language is not None:
                        say(worded("created: {what}", what=in_words(step)), language)
            except ConnectorError as error:
                system.failed, system.error = system.left[0], error


def _tell_left(systems: Sequence[_System], language: str) -> None:
    """What was not made, why, and how to go on."""
    for system in systems:
        step = system.failed
        if step is not None and system.error is not None:
            complain(worded("not created: {what}: {why}", what=in_words(step), why=system.error.what), language)
            if step.thing is Thing.FIELD and system_of(system.name) == "trello":
                words = "without custom fields (free plan) set keep_facts: checklist, see {page}"
                complain(worded(words, page="docs/reference/configuration.md"), language)
        if system.made or step is not None:
            words = "{system}: {made} created, {left} left; run `bridge init` again: what is there by then is used"
            told = worded(words, system=_title(system.name), made=len(system.made), left=len(system.left))
            complain(told, language)


def _as_json(settings: Settings, systems: Sequence[_System], left: bool, language: str) -> int:
    ready = [system for system in systems if not system.locked]
    checked = checking.everything(settings) if ready and not left else None
    print_json(
        {
            "systems": [_plain(system, language) for system in systems],
            "check": None if checked is None else _findings(checked.findings, language),
        }
    )
    return FINDINGS if checked is None else checking.exit_code(checked)


def _plain(system: _System, language: str) -> dict[str, Any]:
    return {
        "system": system.name,
        "not_connected": _findings(system.locked, language),
        "access": _findings(system.access, language),
        "steps": [_plain_step(step, language) for step in system.steps],
        "created": [_plain_step(step, language) for step in system.made],
        "left": [_plain_step(step, language) for step in system.left],
        "failed": None if system.failed is None else _plain_step(system.failed, language),
        "error": None if system.error is None else spoken(system.error.what, language),
    }


def _plain_step(step: Step, language: str) -> dict[str, Any]:
    return {
        "does": step.does.value,
        "thing": step.thing.value,
        "name": step.name,
        "where": step.where,
        "options": list(step.options),
        "said": spoken(in_words(step), language),
        "why": spoken(step.why, language),
        "others": list(step.others),
    }


def _findings(findings: Sequence[Finding], language: str) -> list[dict[str, object]]:
    return [plain_finding(spoken_finding(finding, language)) for finding in findings]
