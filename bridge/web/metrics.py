"""Prometheus metrics, computed when they are asked for: from the store, and from what this process counted.

No label names a client. What each one means stands in docs/reference/metrics.md, and in its own help.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bridge.engine.engine import Engine
from bridge.engine.tally import BUCKETS, Durations
from bridge.model.deliveries import State


def exposition(engine: Engine) -> tuple[bytes, str]:
    """The text and its media type. Raises StoreError."""
    registry = CollectorRegistry()
    registry.register(Measures(engine))
    return generate_latest(registry), CONTENT_TYPE_LATEST


def exposition_of(engines: Mapping[str, Engine], broken: Collection[str]) -> tuple[bytes, str]:
    """The same of several workspaces, each with its name as a label, and whether each is at work."""
    registry = CollectorRegistry()
    registry.register(_Several(engines, broken))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Several(Collector):
    """The metrics of several engines, each family once."""

    def __init__(self, engines: Mapping[str, Engine], broken: Collection[str]) -> None:
        self._engines = engines
        self._broken = broken

    def describe(self) -> list[Metric]:
        """Nothing: see Measures."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics, freshly read."""
        up = GaugeMetricFamily("bridge_workspace_up", "1 while a workspace is at work.", labels=["workspace"])
        for name in sorted({*self._engines, *self._broken}):
            up.add_metric([name], 0 if name in self._broken else 1)
        yield up
        families: dict[str, Metric] = {}
        for name, engine in sorted(self._engines.items()):
            for metric in Measures(engine).collect():
                labelled = [one._replace(labels={**one.labels, "workspace": name}) for one in metric.samples]
                families.setdefault(metric.name, metric).samples += labelled
        for metric in families.values():
            metric.samples = [one for one in metric.samples if "workspace" in one.labels]
            yield metric


class Measures(Collector):
    """Everything that can be measured of one engine, read once a scrape."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Nothing: what there is to see is read when it is asked for, not when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics, freshly read."""
        yield from self._sources()
        yield from self._deliveries()
        yield from self._waiting()
        yield from self._alarms()
        yield from self._counted()
        yield from self._limits()

    def _sources(self) -> Iterator[Metric]:
        now = self._engine.clock.now()
        age = _gauge("bridge_source_age_seconds", "Seconds since a source was read.", "source")
        failing = _gauge("bridge_source_failing", "1 while a source cannot be read.", "source")
        for name, source in sorted(self._engine.store.sources().items()):
            failing.add_metric([name], 1 if source.failing_since else 0)
            if source.seen_up_to is not None:
                age.add_metric([name], max(0.0, (now - source.seen_up_to).total_seconds()))
        yield from (age, failing)

    def _deliveries(self) -> Iterator[Metric]:
        now = self._engine.clock.now()
        counts = self._engine.store.counts()
        states = _gauge("bridge_deliveries", "Deliveries kept, by state.", "state")
        for state in State:
            states.add_metric([state.value], counts.get(state.value, 0))
        age = _gauge("bridge_queue_age_seconds", "For how long the oldest delivery has been due.", "connector")
        queues = self._engine.store.queues(now)
        for name in sorted({*self._engine.connectors, *queues} - {""}):
            since = queues[name].due_since if name in queues else now
            age.add_metric([name], max(0.0, (now - since).total_seconds()))
        yield from (states, age)

    def _waiting(self) -> Iterator[Metric]:
        store = self._engine.store
        yield GaugeMetricFamily("bridge_waits", "What waits for a source.", len(store.waits()))
        yield GaugeMetricFamily("bridge_inbox", "What waits for a person to say whose it is.", len(store.inbox()))
        yield GaugeMetricFamily("bridge_missed_steps", "Steps that came late and wait for a word.", len(store.asked()))
        yield GaugeMetricFamily("bridge_stops", "Stops that people set.", len(store.stops()))
        yield GaugeMetricFamily("bridge_database_bytes", "How much the database takes.", store.size_bytes())

    def _alarms(self) -> Iterator[Metric]:
        alarms = GaugeMetricFamily("bridge_alarms", "Alarms that hold.", labels=["kind", "about", "urgent"])
        for alarm in self._engine.watcher.holding:
            # What is about a client or a moment has no name here: labels must stay few, and say nobody's id.
            about = alarm.about if alarm.details.keys() & {"connector", "rule"} else ""
            alarms.add_metric([alarm.kind.value, about, "true" if alarm.urgent else "false"], 1)
        yield alarms

    def _counted(self) -> Iterator[Metric]:
        counts = self._engine.tally.counts()
        events = CounterMetricFamily("bridge_events", "Events taken in since the start.", labels=["source"])
        for source, count in sorted(counts.events.items()):
            events.add_metric([source], count)
        attempts = CounterMetricFamily(
            "bridge_attempts", "Attempts at deliveries since the start.", labels=["connector", "kind", "outcome"]
        )
        for key, count in sorted(counts.attempts.items()):
            attempts.add_metric(list(key), count)
        rules = CounterMetricFamily(
            "bridge_rule_runs", "Evaluations of rules since the start.", labels=["rule", "outcome"]
        )
        for run, count in sorted(counts.rules.items()):
            rules.add_metric(list(run), count)
        near = CounterMetricFamily(
            "bridge_rule_near_misses", "Evaluations that one condition kept from firing.", labels=["rule"]
        )
        for rule, count in sorted(counts.near_misses.items()):
            near.add_metric([rule], count)
        yield from (events, attempts, rules, near)
        yield _histogram("bridge_planning_seconds", "How long it takes to plan a client.", counts.durations, "planning")
        yield _histogram("bridge_round_seconds", "How long a round of the daemon takes.", counts.durations, "round")

    def _limits(self) -> Iterator[Metric]:
        waited = CounterMetricFamily(
            "bridge_limiter_wait_seconds", "Seconds that calls waited for a vendor's limit.", labels=["lane"]
        )
        pauses = CounterMetricFamily(
            "bridge_limiter_pauses", "How often a vendor said to slow down (429).", labels=["lane"]
        )
        pace = self._engine.pace
        for lane, seconds in sorted(pace.waited().items() if pace else ()):
            waited.add_metric([lane], seconds)
        for lane, count in sorted(pace.pauses().items() if pace else ()):
            pauses.add_metric([lane], count)
        yield from (waited, pauses)


def _gauge(name: str, said: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, labels=[label])


def _histogram(name: str, said: str, durations: Mapping[str, Durations], what: str) -> HistogramMetricFamily:
    found = durations.get(what, Durations())
    below, buckets = 0, []
    for end, count in zip([*map(str, BUCKETS), "+Inf"], found.counts, strict=True):
        below += count
        buckets.append((end, float(below)))
    return HistogramMetricFamily(name, said, buckets=buckets, sum_value=found.total)
