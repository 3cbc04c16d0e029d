"""How commands speak: answers on the output, complaints on the error stream, so that a program can read the first."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_ENDLESS = 1000
_CALLED = {
    "edges": "gates seen",
    "expected": "moves expected",
    "lineage": "earlier values",
    "runs": "rules run",
    "subjects": "clients and deals",
    "tokens": "codes",
    "traces": "evaluations",
}
"""What people call the rows of a table, where they do not call them as the table is called."""


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """One line about what could not be done, and what to do instead."""
    sys.stderr.write(text + "\n")


def counted(count: int, thing: str) -> str:
    """A number with its noun: "1 event", "2 events"."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def things(counts: Mapping[str, int]) -> str:
    """Rows by table, counted in words for people; tables with none are left out."""
    return ", ".join(f"{_CALLED.get(name, name)}: {count}" for name, count in sorted(counts.items()) if count)


def print_json(value: Any) -> None:
    """JSON that keeps Cyrillic letters readable."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table, or a sentence when there is nothing to show. In a pipe or a file a row stays one line."""
    if not rows:
        say(empty)
        return
    from rich.console import Console  # only here: most commands, the daemon first of all, print no table
    from rich.table import Table
    from rich.text import Text

    table = Table(*titles, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _ENDLESS
    console.print(table)
