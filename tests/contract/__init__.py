"""Checks of exchanges against the vendors' own descriptions, which stand outside the repository."""

from __future__ import annotations

import os
from pathlib import Path


def descriptions() -> Path | None:
    """The folder of the official descriptions, named by `BRIDGE_API_DESCRIPTIONS`; None when it is not set."""
    folder = os.environ.get("BRIDGE_API_DESCRIPTIONS")
    return Path(folder) if folder else None
