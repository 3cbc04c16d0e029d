"""How commands speak: lines, tables and JSON on the output, nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")


def print_json(value: Any) -> None:
    """JSON that keeps Cyrillic letters readable."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table, or a sentence when there is nothing to show."""
    if not rows:
        say(empty)
        return
    table = Table(*titles, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
