"""What a command needs before it can do anything: settings, the agency's files, the engine or only its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from zoneinfo import reset_tzpath

from bridge.engine.engine import Engine
from bridge.model.errors import ConfigError
from bridge.model.findings import Level
from bridge.model.protocols import Clock
from bridge.store import Store
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import assemble
from bridge.wiring.settings import Settings, load_settings

CLOCK_KEY = "clock"


def pin_time_zones() -> None:
    """Zones come from the pinned tzdata package, never from the machine: the same deadline everywhere."""
    import_module("tzdata")
    reset_tzpath(to=[])


def loaded() -> tuple[Settings, Agency]:
    """Settings and agency. Raises ConfigError with every finding when something is wrong."""
    settings = load_settings()
    agency, findings = load_agency(settings.config_dir)
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if agency is None or errors:
        raise ConfigError(errors or findings)
    return settings, agency


@contextmanager
def engine_at_work(clock: Clock) -> Iterator[tuple[Engine, Settings, Agency]]:
    """An engine that holds the database alone, closed at the end whatever happens."""
    settings, agency = loaded()
    engine = assemble(settings, agency, clock)
    try:
        engine.store.lock()
        engine.store.end_claims(clock.now())
        yield engine, settings, agency
    finally:
        for connector in engine.connectors.values():
            connector.close()
        engine.store.close()


@contextmanager
def store_to_read() -> Iterator[tuple[Store, Settings, Agency]]:
    """The store beside a daemon that may be running."""
    settings, agency = loaded()
    store = Store(settings.database_url, agency.workspace)
    store.upgrade()
    try:
        yield store, settings, agency
    finally:
        store.close()
