"""Prometheus metrics, computed from the store when they are asked for."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bridge.engine.engine import Engine
from bridge.model.deliveries import State


def exposition(engine: Engine) -> tuple[bytes, str]:
    """The text and its media type."""
    registry = CollectorRegistry()
    now = engine.clock.now()
    deliveries = Gauge("bridge_deliveries", "Deliveries by state.", ["state"], registry=registry)
    counts = engine.store.counts()
    for state in State:
        deliveries.labels(state.value).set(counts.get(state.value, 0))
    age = Gauge("bridge_source_age_seconds", "Seconds since a source was read.", ["source"], registry=registry)
    failing = Gauge("bridge_source_failing", "1 while a source cannot be read.", ["source"], registry=registry)
    for name, source in engine.store.sources().items():
        failing.labels(name).set(1 if source.failing_since else 0)
        if source.seen_up_to is not None:
            age.labels(name).set(max(0.0, (now - source.seen_up_to).total_seconds()))
    Gauge("bridge_waits", "What waits for a source.", registry=registry).set(len(engine.store.waits()))
    Gauge("bridge_inbox", "What waits for a person.", registry=registry).set(len(engine.store.inbox()))
    return generate_latest(registry), CONTENT_TYPE_LATEST
