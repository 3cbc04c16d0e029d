"""A run in shadow: everything is read, nothing is written outside.

It is put together from readers, which have no call that writes, over sessions that refuse to send one. It works on a
database of its own, so that going live begins clean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bridge.documents import load_templates
from bridge.documents.connector import DocumentMaker
from bridge.engine.engine import Engine
from bridge.engine.shadow import ShadowOutbox
from bridge.model.protocols import Clock, Pace
from bridge.store.database import Lock
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_of, opened
from bridge.wiring.connect import build_readers
from bridge.wiring.settings import Settings

_MARK = "-shadow"
_SLOWEST_ANSWERED = 30.0
"""Seconds between two looks at a bot whose updates nobody confirms: each shows all that wait, as soon as asked."""


def assemble_shadow(
    settings: Settings, agency: Agency, clock: Clock, pace: Pace | None = None, lock: Lock | None = None
) -> Engine:
    """An engine that only reads, on the database of `shadow_settings`. For the rest as `assemble`."""
    readers = build_readers(settings, agency, clock, pace)
    maker = DocumentMaker(load_templates(agency.templates), agency.zone, clock)
    store = opened(settings, agency, clock, shadow=True, lock=lock)
    everything = {**readers, maker.name: maker}
    context = context_of(settings, agency, everything, maker, store)
    return Engine(store, everything, context, clock, ShadowOutbox(store, readers, {maker.name: maker}, clock))


def shadow_settings(settings: Settings) -> Settings:
    """The same settings with the shadow's own database: `bridge-shadow.db` beside `bridge.db`."""
    kind, separator, file = settings.database_url.partition(":///")
    path = Path(file)
    if not separator or path.stem.endswith(_MARK):
        return settings
    url = f"{kind}{separator}{path.with_name(path.stem + _MARK + path.suffix)}"
    return settings.model_copy(update={"database_url": url})


def shadow_polls(polls: Mapping[str, float]) -> dict[str, float]:
    """Seconds between two readings; a bot is asked less often than one that waits for an answer."""
    return {name: max(seconds, _SLOWEST_ANSWERED) if name == "telegram" else seconds for name, seconds in polls.items()}
