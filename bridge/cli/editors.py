"""Findings for editors: diagnostics as the Language Server Protocol has them, one entry a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bridge.model.findings import Finding, Level
from bridge.model.values import utf16_units

_SEVERITY = {Level.ERROR: 1, Level.WARNING: 2, Level.NOTE: 3}
_WORD = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|[^\s,\[\]{}]+")
_SOURCE = "bridge"


def diagnostics(findings: Iterable[Finding], texts: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """What a server would publish: each file that was read, one without a finding too, so that old marks go.

    `texts` are the files by the names that findings give them. Lines count from 0, columns in UTF-16 units.
    https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#diagnostic
    """
    by_file: dict[str, list[dict[str, Any]]] = {name: [] for name in texts}
    for finding in findings:
        lines = texts.get(finding.where.file, b"").decode("utf-8-sig", "replace").split("\n")
        by_file.setdefault(finding.where.file, []).append(_diagnostic(finding, lines))
    return [{"uri": Path(name).absolute().as_uri(), "diagnostics": found} for name, found in sorted(by_file.items())]


def _diagnostic(finding: Finding, lines: list[str]) -> dict[str, Any]:
    number, column = max(finding.where.line - 1, 0), max(finding.where.column - 1, 0)
    line = lines[number] if number < len(lines) else ""
    word = _WORD.match(line, column)
    end = word.end() if word else column + 1
    return {
        "range": {
            "start": {"line": number, "character": utf16_units(line[:column])},
            "end": {"line": number, "character": utf16_units(line[:end])},
        },
        "severity": _SEVERITY[finding.level],
        "code": finding.code,
        "source": _SOURCE,
        "message": finding.what + (f"; {finding.advice}" if finding.advice else ""),
    }
