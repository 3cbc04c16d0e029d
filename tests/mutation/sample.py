"""Which faults are tried: places of the code drawn from a seed, and at each of them one fault."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec, WorkItem

EVALUATION = (
    *("conditions", "comparisons", "facts", "nearest", "gates_apart", "kinds", "field_types", "names", "whose_time"),
    "waking",
)
PLANNING = (
    *("plan", "deciding", "clocks", "pauses", "schedules", "overrides", "questions", "fair_choice"),
    *("triggers", "blueprints", "ruleset", "ids"),
    *("actions/action", "actions/cards", "actions/documents", "actions/facts", "actions/people"),
)
CALENDAR = ("calendars", "calendar_entries", "calendar_trail", "lengths")
TEXT = ("texts", "text_syntax", "text_compiler", "filtering", "filters", "plurals", "markups", "speaking")
MODULES = tuple(f"rules/{name}.py" for name in (*EVALUATION, *PLANNING, *CALENDAR, *TEXT))

Spot = tuple[int, int]
"""A line, from 1, and a column, from 0, as characters count."""


def drawn(mutants: list[MutationSpec], count: int, seed: int) -> list[MutationSpec]:
    """So many of the faults, no two at one place, in an order that is random too: any beginning is a sample as well.

    By places and not by faults: an operator has eleven faults of which most end in a TypeError, a number has two.
    """
    places: dict[tuple[str, Spot], list[MutationSpec]] = defaultdict(list)
    for mutant in mutants:
        places[str(mutant.module_path), mutant.start_pos].append(mutant)
    dice = random.Random(seed)
    chosen = dice.sample(sorted(places), min(count, len(places)))
    return [dice.choice(sorted(places[place], key=lambda one: (one.operator_name, one.occurrence))) for place in chosen]


def mutants_of(folder: Path, modules: tuple[str, ...] = MODULES) -> list[MutationSpec]:
    """Every fault that can be put into these modules where it could be noticed. Works in the current folder."""
    with use_db(str(folder / "all.sqlite")) as everything:
        init([Path(module) for module in modules], everything, {})
        found = [mutant for item in everything.work_items for mutant in item.mutations]
    idle = {module: list(never_run(Path(module).read_text(encoding="utf-8"))) for module in modules}
    return [
        mutant
        for mutant in found
        if not any(first <= mutant.start_pos < last for first, last in idle[str(mutant.module_path)])
    ]


def items(mutants: list[MutationSpec]) -> list[WorkItem]:
    """The faults as work under numbers, in their order."""
    return [WorkItem.single(f"{number:04}", mutant) for number, mutant in enumerate(mutants, 1)]


def never_run(source: str) -> Iterator[tuple[Spot, Spot]]:
    """Where the annotations of a module stand: they are never run, so nobody could notice a fault there."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation, lines)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield _span(node.returns, lines)


def _span(node: ast.expr, lines: list[str]) -> tuple[Spot, Spot]:
    end = node.end_lineno or node.lineno
    return (
        (node.lineno, _characters(lines[node.lineno - 1], node.col_offset)),
        (end, _characters(lines[end - 1], node.end_col_offset or 0)),
    )


def _characters(line: str, offset: int) -> int:
    """A column in bytes, as Python's own parser counts, in characters."""
    return len(line.encode()[:offset].decode())
