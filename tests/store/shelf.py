"""What store tests put in: records, events, wanted effects and plans, with only what matters to be said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.model.decisions import Decision, SendMessage
from bridge.model.events import Actor, Cause, Event
from bridge.model.planning import Plan, Timer, Wanted
from bridge.model.records import Record, Ref
from bridge.store import Store
from bridge.store.rows import Row

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
CARD = Ref("trello", "main", "card", "c1")
CHAT = Ref("telegram", "bot", "chat", "501")


def later(**length: float) -> datetime:
    return NOW + timedelta(**length)


def event(id: str, subject: str = "", kind: str = "label.added", **more: Any) -> Event:
    return Event(id, kind, more.pop("at", NOW), NOW, Actor(), "trello", subject, more)


def card(**fields: Any) -> Record:
    return Record(CARD, fields, NOW, url=fields.pop("url", ""))


def wanted(key: str, subject: str = "", decision: Decision | None = None, **more: Any) -> Wanted:
    return Wanted(key, decision or SendMessage("staff-chat", "text"), subject, Cause("rule"), **more)


def timer(key: str, due: datetime, subject: str) -> Timer:
    return Timer(key, "rule", subject, "step", NOW, due, "1d", "once")


class Shelf:
    """A store with the shortest way to put things in."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def client(self) -> str:
        """A new client with nothing to plan."""
        with self.store.intake(NOW) as intake:
            client = intake.new_subject("client", "", "test")
        self.commit(client)
        return client

    def deal(self, client: str) -> str:
        with self.store.intake(NOW) as intake:
            return intake.new_subject("deal", client, "test")

    def add(self, *events: Event) -> list[bool]:
        with self.store.intake(NOW) as intake:
            return [intake.add_event(item) for item in events]

    def want(self, key: str, lane: str = "lane", client: str = "", **more: Any) -> bool:
        item = wanted(key, **more)
        with self.store.intake(NOW) as intake:
            return intake.want(item, client=client, connector="telegram", lane=lane)

    def claim(self, at: datetime = NOW, **more: Any) -> list[Row]:
        return self.store.claim(at, LEASE, **more)

    def intend(self, row: Row, at: datetime = NOW) -> bool:
        return self.store.intend(row, now=at, lease=LEASE, expect={}) is not None

    def commit(self, client: str, version: int | None = None, at: datetime = NOW, **parts: Any) -> int:
        """Commits a plan made from that version, the present one unless told otherwise."""
        made_from = self.store.load_client(client).version if version is None else version
        connector_of: Callable[[Wanted], str] = lambda _wanted: "telegram"  # noqa: E731 - one value for all
        return self.store.commit_plan(
            Plan(client, made_from, **parts),
            now=at,
            ruleset="",
            connector_of=connector_of,
            lane_of=lambda item: f"chat:{item.subject}",
        )
