"""How commands speak: answers on the output, complaints on the error stream, so that a program can read the first."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.model import wording
from bridge.words import said

_ENDLESS = 1000
_YES = frozenset({"y", "yes", "т", "так", "д", "да"})
_SHORT = 14
"""A word of so many letters, or a time, is not parted."""
_CALLED = {
    "access_links": wording.worded("links for accesses"),
    "accesses": wording.worded("accesses"),
    "alarms": wording.worded("alarms"),
    "deliveries": wording.worded("deliveries"),
    "documents": wording.worded("documents"),
    "edges": wording.worded("gates seen"),
    "events": wording.worded("events"),
    "expected": wording.worded("moves expected"),
    "facts": wording.worded("facts"),
    "floods": wording.worded("floods"),
    "inbox": wording.worded("inbox"),
    "journal": wording.worded("journal"),
    "lineage": wording.worded("earlier values"),
    "links": wording.worded("links"),
    "questions": wording.worded("questions"),
    "records": wording.worded("records"),
    "rule_sets": wording.worded("rule sets"),
    "runs": wording.worded("rules run"),
    "sources": wording.worded("sources"),
    "stops": wording.worded("stops"),
    "subjects": wording.worded("clients and deals"),
    "timers": wording.worded("timers"),
    "tokens": wording.worded("codes"),
    "traces": wording.worded("evaluations"),
    "waits": wording.worded("waits"),
}
"""What people call the rows of a table; those of others are called as their table is."""


def say(text: str, language: str = "en") -> None:
    """One line, in the reader's language where it is `worded`."""
    sys.stdout.write(spoken(text, language) + "\n")


def complain(text: str, language: str = "en") -> None:
    """One line about what could not be done, and what to do instead."""
    sys.stderr.write(spoken(text, language) + "\n")


def confirmed(question: str, language: str) -> bool:
    """A person's word on a question. Anything but a yes, in any language, is a no; so is no answer at all."""
    sys.stderr.write(spoken(wording.worded("{question} [yes/no]: ", question=question), language))
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in _YES


def spoken(text: str, language: str) -> str:
    """The text in that language where it is `worded`. Anything else is somebody's own words, and stays."""
    return said(text, language) if isinstance(text, wording.Worded) else text


def counted(count: int, thing: str) -> wording.Counted:
    """A number with its noun: "1 event", "2 events"; other languages have forms of their own for it."""
    return wording.counted(count, f"{{count}} {thing}|{{count}} {thing}s")


def things(counts: Mapping[str, int]) -> str:
    """Rows by table, counted in words for people; tables with none are left out."""
    told = [
        wording.worded("{what}: {named}", what=_CALLED.get(name, name), named=count)
        for name, count in sorted(counts.items())
        if count
    ]
    return wording.worded("{parts}", parts=told) if told else ""


def print_json(value: Any) -> None:
    """JSON that keeps Cyrillic letters readable."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], empty: str, language: str = "en") -> None:
    """A table, or a sentence when there is nothing to show. In a pipe or a file a row stays one line.

    A column in which no row says anything is left out. On a narrow screen long cells are folded, and short ones, such
    as names to be typed again, stay whole.
    """
    if not rows:
        say(empty, language)
        return
    from rich.console import Console  # only here: most commands, the daemon first of all, print no table
    from rich.table import Table
    from rich.text import Text

    columns = [[spoken(cell, language) for cell in column] for column in zip(*rows, strict=True)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    told = [(spoken(title, language), cells) for title, cells in zip(titles, columns, strict=True) if any(cells)]
    for title, cells in told:
        table.add_column(title, overflow="fold", no_wrap=all(map(_stays_whole, cells)))
    for row in zip(*(cells for _title, cells in told), strict=True):
        table.add_row(*map(Text, row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _ENDLESS
    console.print(table)


def _stays_whole(cell: str) -> bool:
    return len(cell) <= _SHORT and not (" " in cell and any(letter.isalpha() for letter in cell))
