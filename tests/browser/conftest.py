"""A Chromium for the tests of pages; without one on the machine they are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from docs.pictures import NAMES, browser_at, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file: Playwright's event loop must not outlive it."""
    path = chromium()
    if path is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(NAMES)})")
    with browser_at(path) as started:
        yield started
