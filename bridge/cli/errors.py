"""Errors become advice and an exit code here, and nowhere else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bridge.cli.room import reader, whose
from bridge.model.errors import BridgeError, ConfigError, DatabaseHeld, StoreError
from bridge.model.findings import Finding, Level
from bridge.model.follow_ups import told_together
from bridge.model.wording import Worded, as_it_says, worded
from bridge.words import lines_of, said, spoken

GOOD, FINDINGS, USAGE = 0, 1, 2


def plain_finding(finding: Finding) -> dict[str, object]:
    """A finding for programs."""
    return {
        "file": finding.where.file,
        "line": finding.where.line or None,
        "column": finding.where.column or None,
        "level": finding.level.value,
        "code": finding.code,
        "what": finding.what,
        "advice": finding.advice,
        "see": finding.see,
    }


def print_findings(findings: Sequence[Finding], *, as_json: bool = False, language: str = "en") -> None:
    """All findings: JSON to the output; text to the error stream, what follows from one mistake as one.

    The last line counts mistakes, errors before warnings before notes.
    """
    if as_json:
        told = [spoken(finding, language) for finding in findings]
        sys.stdout.write(json.dumps([plain_finding(finding) for finding in told], ensure_ascii=False) + "\n")
        return
    for line in lines_of(findings, language):
        sys.stderr.write(f"{line}\n")
    if findings:
        sys.stderr.write(said(in_numbers(findings), language) + "\n")


def in_numbers(findings: Sequence[Finding]) -> str:
    """How many mistakes there are, errors before warnings before notes."""
    mistakes = [told.finding for told in told_together(findings)]
    counts = {level: sum(finding.level is level for finding in mistakes) for level in Level}
    return worded("{parts}", parts=[_counted(level, count) for level, count in counts.items() if count])


def _counted(level: Level, count: int) -> str:
    return worded(f"1 {level.value}") if count == 1 else worded(f"{{count}} {level.value}s", count=count)


def _held(error: DatabaseHeld, zone: ZoneInfo) -> str:
    either = "stop it first, or use another BRIDGE_DATABASE_URL"
    advice = worded("stop it first") if error.replaces else worded(either)
    if error.since is None:
        return worded(
            "another bridge works on this database (process {process}); {advice}",
            process=error.process or "?",
            advice=advice,
        )
    return worded(
        "another bridge works on this database (process {process} on {machine}, since {since}); {advice}",
        process=error.process,
        machine=error.machine,
        since=f"{error.since.astimezone(zone):%d.%m.%Y %H:%M:%S}",
        advice=advice,
    )


def exit_code_for(error: BridgeError) -> int:
    """Prints what went wrong and what to do next; gives the exit code."""
    if isinstance(error, ConfigError):
        language = reader()
        print_findings(error.findings, language=language)
        sys.stderr.write(said(worded("nothing was started"), language) + "\n")
    elif isinstance(error, DatabaseHeld):
        zone, language = whose()
        sys.stderr.write(f"{said(_held(error, zone), language)}\n")
    elif isinstance(error, StoreError):
        what = error.args[0] if error.args else ""
        told = what if isinstance(what, Worded) else worded("database: {what}", what=as_it_says(what))
        sys.stderr.write(said(told, reader()) + "\n")
    else:
        what = error.args[0] if error.args else ""
        sys.stderr.write((said(what, reader()) if isinstance(what, Worded) else str(error)) + "\n")
    return FINDINGS
