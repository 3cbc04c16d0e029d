"""`bridge check`: everything that is wrong with the files and, asked live, with the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.cli import room, rulebook
from bridge.cli.errors import FINDINGS, GOOD, in_numbers, print_findings
from bridge.cli.output import say
from bridge.engine.clock import SystemClock
from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Level, fails, stops
from bridge.model.protocols import Reader, Recalling
from bridge.model.wording import worded
from bridge.wiring.agency import Agency, load_agency, spoken_in
from bridge.wiring.connect import build_connectors, build_readers, findings_of, live_names
from bridge.wiring.credentials import missing_credentials
from bridge.wiring.setting_up import out_of_reach, vault_reach
from bridge.wiring.settings import Settings, load_settings
from bridge.wiring.shadow import shadow_settings
from bridge.wiring.workspaces import misnamed, nobodys, settings_here, shared_by_two
from rules.rule_tests import TestResult, run_tests


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: what is wrong, what is only for reading, and the agency, None while its files are wrong."""

    findings: Sequence[Finding]
    notes: Sequence[Finding]
    agency: Agency | None
    tested: Sequence[TestResult]


def check(offline: bool, shadow: bool, language: str, as_json: bool) -> int:
    """Tells everything that is wrong; gives the exit code."""
    try:
        settings = settings_here()
    except ConfigError as error:
        print_findings(error.findings, as_json=as_json, language=language or room.told_here())
        return FINDINGS
    told_in = language or spoken_in(settings.config_dir)
    return tell(everything(settings, offline=offline, shadow=shadow), told_in, offline=offline, as_json=as_json)


def everything(settings: Settings, *, offline: bool = False, shadow: bool = False) -> Checked:
    """What is wrong with the files; and with the services, unless `offline` or the files keep from asking."""
    agency, findings = load_agency(settings.config_dir, today=room.today())
    findings = [*room.unusable_database(settings), *findings, *misnamed(settings, agency.workspace if agency else "")]
    common = load_settings()
    findings += [*nobodys(common), *shared_by_two(common)]
    missing = missing_credentials(settings, agency) if agency is not None else []
    unset = [one for one in missing if offline and one.code == "missing-credential"]
    findings += [one for one in missing if one not in unset]
    findings += [] if offline or agency is None else vault_reach(settings, agency)
    if agency is not None and not stops(findings) and not offline:
        findings += _asked_live(settings, agency, findings, shadow)
    tested = run_tests(agency.ruleset, agency.tests) if agency is not None else []
    notes = [replace(one, level=Level.NOTE) for one in unset]
    notes += [finding for finding in findings if finding.level is Level.NOTE]
    notes += [] if offline or agency is None else out_of_reach(settings, agency)
    notes += agency.notes if agency is not None else ()
    wrong = [finding for finding in findings if finding.level is not Level.NOTE]
    return Checked([*wrong, *rulebook.red(tested)], notes, agency, tested)


def tell(checked: Checked, language: str, *, offline: bool = False, as_json: bool = False) -> int:
    """Prints it all; gives the exit code."""
    files = "all is well in the files; credentials and services were not asked: bridge check asks them"
    well = worded(files) if offline else worded("all is well")
    if not as_json:
        first = in_numbers(checked.findings) if checked.findings else well
        rulebook.tell_first(first, checked.findings, checked.notes, language)
    rulebook.tell_notes(checked.notes, language)
    if checked.agency is not None and not as_json:
        rulebook.tell_coverage(checked.agency.ruleset, checked.tested, language)
    print_findings(checked.findings, as_json=as_json, language=language)
    if not checked.findings and not as_json:
        say(well, language)
    return exit_code(checked)


def _placed(finding: Finding, connector: str, agency: Agency) -> Finding:
    """What a connector found, at the line where the files name its account: it knows the file only."""
    at = agency.places.get(connector)
    known = finding.where.line or at is None or finding.where.file not in ("bridge.yaml", connector)
    return finding if known or at is None else replace(finding, where=at)


def exit_code(checked: Checked) -> int:
    """Whether anything is wrong, as the exit code."""
    return FINDINGS if fails(checked.findings) else GOOD


def _asked_live(settings: Settings, agency: Agency, known: Sequence[Finding], shadow: bool) -> list[Finding]:
    connectors = (build_readers if shadow else build_connectors)(settings, agency, SystemClock())
    found: list[Finding] = []
    try:
        _recall(connectors, shadow_settings(settings) if shadow else settings, agency)
        for name, connector in connectors.items():
            found += [_placed(one, name, agency) for one in findings_of(name, connector)]
        if not stops(found):
            live = load_agency(settings.config_dir, live_names(connectors))[1]
            found += [finding for finding in live if finding not in (*known, *found)]
    finally:
        for connector in connectors.values():
            connector.close()
    return found


def _recall(connectors: Mapping[str, Reader], settings: Settings, agency: Agency) -> None:
    """Lets connectors know what the bridge here knows by id: what people rename is not gone."""
    recalling = {name: one for name, one in connectors.items() if isinstance(one, Recalling)}
    for name, cursor in room.read_so_far(settings, agency, recalling).items():
        recalling[name].recall(cursor)
