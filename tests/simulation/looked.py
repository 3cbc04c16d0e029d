"""What is looked at when a seed has come to its end: the tables as they are, and the world outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.model.questions import Asked
from bridge.model.reasons import ARRIVED_SAYS, LEFT_OUT, LET_GO, SENT_AGAIN, WRITTEN_BY_HAND
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.rows import Row
from tests.simulation.run import Simulation
from tests.simulation.world import Effect, Said

_BY_A_PERSON = frozenset(one.code for one in (ARRIVED_SAYS, LEFT_OUT, LET_GO, SENT_AGAIN, WRITTEN_BY_HAND))


@dataclass(frozen=True)
class Broken:
    """One invariant that did not hold, and what shows it."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass(frozen=True)
class Told:
    """An event as the tables keep it."""

    id: str
    kind: str
    state: str
    source: str
    about: str
    subject: str
    data: Mapping[str, object]


class Looked:
    """Everything the checks look at, read once."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.world = simulation.world
        self.rows = simulation.store.rows()
        self.by_id = {row.id: row for row in self.rows}
        with reading(simulation.store._engine) as connection:
            columns = (t.events.c.id, t.events.c.kind, t.events.c.state, t.events.c.source, t.events.c.about)
            query = sa.select(*columns, t.events.c.subject, t.events.c.data).order_by(t.events.c.sequence)
            self.events = [Told(*row) for row in connection.execute(query)]
            self.links = {
                (row.system, row.kind, row.remote_id): row.local_id for row in connection.execute(sa.select(t.links))
            }
            self.records = {
                (row.system, row.kind, row.remote_id): row
                for row in connection.execute(sa.select(t.records).where(t.records.c.deleted.is_(False)))
            }
            self.traces = connection.execute(
                sa.select(t.traces.c.rule, t.traces.c.event, t.traces.c.outcome, t.traces.c.at, t.traces.c.subject)
            ).all()
            self.timers = {row.key: row for row in connection.execute(sa.select(t.timers))}
            self.floods = connection.execute(sa.select(t.floods)).all()
        self.effects: dict[str, list[Effect]] = defaultdict(list)
        for effect in self.world.effects:
            self.effects[effect.delivery].append(effect)
        self.said: dict[str, list[Said]] = defaultdict(list)
        """The messages of each delivery."""
        for said in self.world.said:
            self.said[said.delivery].append(said)
        self.carried: dict[str, list[Row]] = defaultdict(list)
        """What went in the messages of each delivery: itself, and what was said together with it."""
        for row in self.rows:
            self.carried[row.together or row.id].append(row)
        for row in self.rows:
            self.carried[row.id] = self.carried[row.together or row.id]
        self.questions = [
            question
            for client in {row.client for row in self.rows} - {""}
            for question in simulation.store.load_client(client).questions.values()
        ]

    def messages(self, row: Row) -> list[Said]:
        """The messages in which a delivery was said: one that asks gives its name to what it was said together with."""
        return [said for delivery in {one.id for one in self.carried[row.id]} for said in self.said[delivery]]

    def decided(self, row: Row) -> bool:
        """Whether a person has decided on a delivery: by itself, or with all that was held because of a flood."""
        let_go = any(
            flood.answer == "send"
            and flood.about in (row.cause.rule, row.client)
            and row.created_at <= flood.answered_at <= (row.first_tried_at or row.created_at)
            for flood in self.floods
        )
        released = any(one.holds == row.id and one.state is Asked.ANSWERED for one in self.questions)
        return let_go or released or row.id in self.world.again or row.reason.code in _BY_A_PERSON
