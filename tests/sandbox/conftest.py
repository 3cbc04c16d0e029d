"""One server a file, and whichever fresh sandbox a test puts behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import Running, Sandbox, serve_in_thread


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serve_in_thread(Sandbox()) as running:
        yield running


@pytest.fixture
def sandbox(running: Running) -> Sandbox:
    return running.sandbox
