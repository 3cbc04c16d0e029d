"""The sample of faults: the same for the same seed, one at a place, and none where nothing is ever run."""

from __future__ import annotations

from pathlib import Path

from cosmic_ray.work_item import MutationSpec

from tests.mutation.reached import EXAMPLES, PROPERTIES, Reached, node_of, statement
from tests.mutation.sample import MODULES, drawn, never_run

MUTANTS = [
    MutationSpec(Path("rules/a.py"), f"core/{name}", number, (line, 4), (line, 5))
    for line in range(1, 30)
    for number, name in enumerate(("One", "Two"))
]


def test_the_same_seed_draws_the_same_faults_and_one_at_a_place() -> None:
    found = drawn(MUTANTS, 20, 7)
    assert found == drawn(list(reversed(MUTANTS)), 20, 7)
    assert len({mutant.start_pos for mutant in found}) == 20
    assert drawn(MUTANTS, 20, 8) != found


def test_a_sample_is_never_larger_than_there_are_places() -> None:
    assert len(drawn(MUTANTS, 100, 1)) == 29


def test_faults_are_put_into_modules_that_are_there() -> None:
    root = Path(__file__).parents[2]
    assert [module for module in MODULES if not (root / module).is_file()] == []


def test_annotations_are_no_places_for_faults() -> None:
    source = "def f(слово: int | None) -> str | None:\n    x: int | None = 1 | 2\n    return x\n"
    assert sorted(never_run(source)) == [((1, 13), (1, 23)), ((1, 28), (1, 38)), ((2, 7), (2, 17))]


def test_a_fault_is_shown_to_the_tests_that_come_to_its_statement() -> None:
    source = "def f():\n    return g(\n        1,\n        2,\n    )\n"
    assert statement(source, 4) == range(2, 6)
    there = node_of("tests.rules.test_a.test_it")
    reached = Reached({"rules/a.py": {2: {there, ""}, 1: {""}}})
    assert reached.stages("rules/a.py", 4, source) == [["tests/rules/test_a.py::test_it"], PROPERTIES]
    assert reached.stages("rules/a.py", 1, source) == [[*EXAMPLES], PROPERTIES]
