"""Loading quickly: the program, the rules and the connectors stay, so nobody has to look for garbage among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """A block that looks for no garbage, because it makes none. The search takes a sixth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
