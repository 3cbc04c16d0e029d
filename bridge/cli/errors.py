"""Errors become advice and an exit code here, and nowhere else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from bridge.model.errors import BridgeError, ConfigError, StoreError
from bridge.model.findings import Finding, Level

GOOD, FINDINGS, USAGE = 0, 1, 2


def plain_finding(finding: Finding) -> dict[str, object]:
    """A finding for programs."""
    return {
        "file": finding.where.file,
        "line": finding.where.line,
        "column": finding.where.column,
        "level": finding.level.value,
        "code": finding.code,
        "what": finding.what,
        "advice": finding.advice,
        "see": finding.see,
    }


def print_findings(findings: Sequence[Finding], *, as_json: bool = False) -> None:
    """All findings: JSON to the output, text to the error stream, errors before warnings before notes in the count."""
    if as_json:
        sys.stdout.write(json.dumps([plain_finding(finding) for finding in findings], ensure_ascii=False) + "\n")
        return
    for finding in findings:
        sys.stderr.write(f"{finding}\n")
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    said = [f"{count} {level.value}{'s' if count != 1 else ''}" for level, count in counts.items() if count]
    if said:
        sys.stderr.write(", ".join(said) + "\n")


def exit_code_for(error: BridgeError) -> int:
    """Prints what went wrong and what to do next; gives the exit code."""
    if isinstance(error, ConfigError):
        print_findings(error.findings)
        sys.stderr.write("nothing was started\n")
    elif isinstance(error, StoreError):
        sys.stderr.write(f"database: {error}\n")
    else:
        sys.stderr.write(f"{error}\n")
    return FINDINGS
