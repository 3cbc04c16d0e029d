"""What all tests share: the option `--golden`, golden files, and the watch over planted secrets."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.contract import report
from tests.secrets import planted_in

settings.register_profile("house", deadline=None)  # a busy machine is no fault of the code
settings.register_profile("long", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
zoneinfo.reset_tzpath(to=[])  # before any test reads a zone: the machine's own data may be of another year


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`."""
    parser.addoption("--golden", action="store_true", help="rewrite the golden files instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    """Have what connectors ask in any test held against the vendors' descriptions."""
    report.register(config)


class Golden:
    """Compares what a test made with a file beside the test, or rewrites that file under `--golden`."""

    def __init__(self, folder: Path, rewrite: bool) -> None:
        self._folder = folder
        self._rewrite = rewrite

    def check(self, name: str, made: str | bytes) -> None:
        """Fail unless `made` equals the golden file `name` (a path under `golden/` beside the test)."""
        file = self._folder / name
        content = made.encode() if isinstance(made, str) else made
        if self._rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            return
        if not file.exists():
            pytest.fail(f"there is no golden file {file}; look at what is made, then run: make golden", pytrace=False)
        if file.read_bytes() != content:
            pytest.fail(_difference(file, made), pytrace=False)


def _difference(file: Path, made: str | bytes) -> str:
    if isinstance(made, bytes):
        return f"{file} differs ({file.stat().st_size} bytes before, {len(made)} now); rewrite it with: make golden"
    lines = difflib.unified_diff(
        file.read_text(encoding="utf-8").splitlines(), made.splitlines(), str(file), "made by this test", lineterm=""
    )
    return "\n".join([*lines, "", "If the change is wanted: make golden"])


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden files of the folder `golden` beside the test's own file."""
    return Golden(request.path.parent / "golden", request.config.getoption("--golden"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that prints or logs a planted secret is red, whatever else it proves.

    Looked at are the captured stdout, stderr and log records of set-up, call and tear-down. What a test takes away
    with `capsys.readouterr()` is its own to look at.
    """
    report = yield
    shown = [(place, text) for place, text in report.sections if place.endswith(call.when)]
    leaks = [(place, secret) for place, text in shown for secret in planted_in(text)]
    if leaks and report.passed:
        report.outcome = "failed"
        report.longrepr = "\n".join(f"{place}: the planted secret {secret!r} stands there" for place, secret in leaks)
    return report
