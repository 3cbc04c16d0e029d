"""Which tests run which line of rules/, measured once: for a fault only those are run that can notice it."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

TESTS = "tests/rules"
"""The tests that have to notice the faults."""
EXAMPLES = (TESTS, "-m", "not hypothesis")
"""The tests of which is measured where they come: quick, and the same each time."""
PROPERTIES = [TESTS, "-m", "hypothesis"]
"""The tests that come to most lines, and take long: they are asked last."""


@dataclass(frozen=True)
class Reached:
    """The tests by line. `lines` gives, for a module, the tests of each line; "" stands for what runs at an import."""

    lines: dict[str, dict[int, set[str]]]

    def stages(self, module: str, line: int, source: str) -> list[list[str]]:
        """The tests to run for a fault on that line, in turn.

        First those of the module's own file, which fail soonest; then all others that come there, or, where none does
        by itself, as for what runs at an import, all there are; and the properties.
        """
        tests = {test for one in statement(source, line) for test in self.lines.get(module, {}).get(one, ())} - {""}
        own = sorted(
            test for test in tests if Path(test.partition("::")[0]).stem.startswith(f"test_{Path(module).stem}")
        )
        others = sorted(tests - set(own))
        return [stage for stage in (own, others) if stage] + ([] if tests else [[*EXAMPLES]]) + [PROPERTIES]


def measured(file: Path, root: Path) -> Reached:
    """What was measured into a file by coverage with a context for each test."""
    data = CoverageData(str(file))
    data.read()
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in data.measured_files():
        module = Path(name).relative_to(root).as_posix()
        for line, contexts in data.contexts_by_lineno(name).items():
            lines[module][line] |= {node_of(context) for context in contexts}
    return Reached({module: dict(found) for module, found in lines.items()})


def node_of(context: str) -> str:
    """A test as pytest names it: tests.rules.test_plan.test_it is tests/rules/test_plan.py::test_it."""
    module, _, test = context.rpartition(".")
    return f"{module.replace('.', '/')}.py::{test}" if module else ""


def statement(source: str, line: int) -> range:
    """The lines of the innermost statement that a line belongs to, without the statements inside it."""
    best = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            inside = getattr(node, "body", None)
            end = inside[0].lineno - 1 if inside else node.end_lineno or node.lineno
            found = range(min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))]), end + 1)
            if line in found:
                best = found
    return best
