"""Has the statements of a usual day compiled before the day begins."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from bridge.model.decisions import CommentCard, MoveCard, plain_decision
from bridge.model.deliveries import Receipt, State
from bridge.model.events import Actor, Cause, Event
from bridge.model.planning import Edge, Outcome, Plan, Ran, Trace, Wanted
from bridge.model.records import Record, Ref
from bridge.store import tables as t
from bridge.store.store import Store

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LEASE = timedelta(minutes=2)
_CARD, _CHAT = Ref("trello", "", "card", "1"), Ref("telegram", "", "chat", "2")


def rehearse() -> None:
    """Takes one card through all that usually comes to pass, in a database in memory that nobody keeps.

    Compiling takes a tenth of a second of work in all: without this, it is the first client of a day who waits for it.
    """
    with closing(Store("sqlite://")) as store:
        t.metadata.create_all(store._engine)
        client, deal = _taken_in(store)
        for number, decision in enumerate((MoveCard("Done"), CommentCard("text"))):
            wanted = Wanted(str(number), decision, deal, Cause("rule", event="moved"))
            _planned(store, client, deal, wanted)
            _carried_out(store, deal)
            _taken_in_again(store, deal)
        store.remember("clock", "")
        store.source_failed(["trello.card"], "", _NOW)


def _taken_in(store: Store) -> tuple[str, str]:
    with store.intake(_NOW) as intake:
        intake.stored([_CARD])
        intake.put(Record(_CARD, {"list": "To do"}, _NOW), None)
        client = intake.new_subject("client", "", "trello")
        deal = intake.new_subject("deal", client, "trello")
        intake.bind(_CARD, deal, "")
        intake.bind(_CHAT, client, "")
        intake.new_token("start", client)
        intake.erased()
        intake.seen({"trello.card": _NOW})
        intake.checkpoint("trello", None)
    return client, deal


def _taken_in_again(store: Store, deal: str) -> None:
    """A webhook, and the card it is about, read again."""
    with store.intake(_NOW) as intake:
        kept = intake.stored([_CARD])[_CARD]
        intake.put(Record(_CARD, kept.fields, _NOW), kept)
        intake.touch(_CARD, _NOW)
        intake.hashes([_CARD])
        intake.dirty(intake.client_of(intake.local(_CARD)))
        intake.has_event("moved")
        intake.delivery_subject("mark")
        intake.add_event(Event("moved", "card.moved", _NOW, _NOW, Actor(), "trello", deal), str(_CARD))
        intake.expect(_CARD, "moved to", "Done", "")
        intake.seen_expected(_CARD, "moved to")
        intake.sources("trello")


def _planned(store: Store, client: str, deal: str, wanted: Wanted) -> None:
    store.due(_NOW)
    store.clients_to_plan(_NOW)
    plan = Plan(
        client,
        store.load_client(client).version,
        planned=("moved",),
        wanted=(wanted,),
        edges={("rule", deal): Edge(True, 1)},
        runs={("rule", deal): Ran(1, _NOW)},
        traces=(Trace("rule", deal, "moved", _NOW, Outcome.FIRED),),
    )
    store.commit_plan(plan, now=_NOW, ruleset="", connector_of=lambda _: "trello", lane_of=lambda _: "card")
    store.load_client(client)


def _carried_out(store: Store, deal: str) -> None:
    store.stops()
    for row in store.claim_each(_NOW, _LEASE, {"trello": 1}):
        store.behind(row, _NOW)
        store.refs_of(row.subject)
        moves = isinstance(row.decision, MoveCard)
        expect = {(str(_CARD), "list"): "Done"} if moves else {}
        store.intend(row, now=_NOW, lease=_LEASE, decision=plain_decision(row.decision), expect=expect)
        born = [Event(row.id, "comment.added", _NOW, _NOW, Actor(), "bridge", deal, cause=row.cause)]
        patch = {"list": "Done"} if moves else None
        receipt = Receipt(_NOW, _CARD)
        store.settle(row, State.CONFIRMED, now=_NOW, receipt=receipt, born=born, patch=patch)
        store.settle(row, State.WAITING, now=_NOW, next_at=_NOW + _LEASE)
