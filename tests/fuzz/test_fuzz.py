"""A few seconds of the ten minutes, and that what goes wrong would be told with the command that replays it."""

from __future__ import annotations

import pytest

from tests.fuzz.__main__ import main, run
from tests.fuzz.cases import Case, case

CASES = 100


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_written_is_read_or_refused_at_once(seed: int) -> None:
    for number in range(1, CASES + 1):
        found = case(seed, number)
        wrong, _took = run(found)
        assert not wrong, f"{found.shown}\n{wrong}\npython -m tests.fuzz --seed {seed} --case {number}"


def test_a_case_is_the_same_each_time() -> None:
    assert [case(3, number).shown for number in range(40)] == [case(3, number).shown for number in range(40)]


def test_a_case_that_raises_and_one_that_takes_long_are_both_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ZeroDivisionError" in run(Case("file", "", lambda: print(1 // 0)))[0]
    monkeypatch.setattr("tests.fuzz.__main__.AT_ONCE", 0.0)
    assert "took" in run(Case("file", "", lambda: None))[0]


def test_a_case_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.__main__.NEVER", 1)

    def never() -> None:
        while True:
            pass

    assert "did not end" in run(Case("file", "", never))[0]


def test_what_fails_is_printed_with_its_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.fuzz.__main__.case", lambda _seed, _number: Case("file", "shown", lambda: print(1 // 0)))
    assert main(["--minutes", "0.0005", "--seed", "5"]) == 1
    assert "again: python -m tests.fuzz --seed 5 --case 1" in capsys.readouterr().out
