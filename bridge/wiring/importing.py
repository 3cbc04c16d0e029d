"""An engine that imports: it reads what is outside, and has nobody who could write there."""

from __future__ import annotations

from bridge.documents import load_templates
from bridge.documents.connector import DocumentMaker
from bridge.engine.engine import Engine
from bridge.model.protocols import Clock, Pace
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_of, opened
from bridge.wiring.connect import build_readers
from bridge.wiring.setting_up import reachable
from bridge.wiring.settings import Settings


def assemble_import(settings: Settings, agency: Agency, clock: Clock, pace: Pace | None = None) -> Engine:
    """An engine made of readers, on the real database; systems without credentials are left out.

    For the rest as `assemble`.
    """
    readers = build_readers(settings, reachable(settings, agency), clock, pace)
    maker = DocumentMaker(load_templates(agency.templates), agency.zone, clock)
    store = opened(settings, agency, clock)
    return Engine(store, readers, context_of(settings, agency, readers, maker, store), clock)
