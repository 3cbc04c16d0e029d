"""The guards that all tests lean on are tested themselves, in a run of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.secrets import TRELLO_TOKEN

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.fixture
def guarded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project that uses our conftest."""
    monkeypatch.setenv("PYTHONPATH", str(CONFTEST.parent.parent))
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    return pytester


@pytest.mark.parametrize(
    "leak",
    ["print({0!r})", "sys.stderr.write({0!r})", "logging.warning('cannot open https://host/%s', {0!r})"],
    ids=["stdout", "stderr", "log"],
)
def test_a_test_that_shows_a_planted_secret_is_red(
    guarded: pytest.Pytester, capsys: pytest.CaptureFixture[str], leak: str
) -> None:
    guarded.makepyfile(f"import logging, sys\ndef test_careless():\n    {leak.format(TRELLO_TOKEN)}\n")
    guarded.runpytest_subprocess().assert_outcomes(failed=1)
    capsys.readouterr()  # the inner run's report, which names the secret


def test_a_test_that_keeps_a_planted_secret_to_itself_is_green(guarded: pytest.Pytester) -> None:
    guarded.makepyfile(f"def test_careful():\n    kept = {TRELLO_TOKEN!r}\n    print(len(kept))\n")
    guarded.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_golden_file_is_compared_and_rewritten_only_on_request(guarded: pytest.Pytester) -> None:
    guarded.makepyfile("def test_page(golden):\n    golden.check('page.txt', 'new\\n')\n")
    guarded.mkdir("golden").joinpath("page.txt").write_text("old\n", encoding="utf-8")
    guarded.runpytest_inprocess().assert_outcomes(failed=1)
    guarded.runpytest_inprocess("--golden").assert_outcomes(passed=1)
    guarded.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_missing_golden_file_is_a_failure(guarded: pytest.Pytester) -> None:
    guarded.makepyfile("def test_page(golden):\n    golden.check('page.txt', 'new')\n")
    guarded.runpytest_inprocess().assert_outcomes(failed=1)
