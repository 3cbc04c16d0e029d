"""What has been kept long enough goes, a piece at a time; what truth rests on stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bridge.model.decisions import CommentCard, MakeDocument, SendMessage
from bridge.model.deliveries import Receipt, State
from bridge.model.merging import Agreed, Kept, Why
from bridge.model.planning import Outcome, Trace
from bridge.model.reasons import DONE
from bridge.store import retention
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.retention import Keep
from tests.store.shelf import CARD, NOW, Shelf, event, later, timer

SOON = later(days=29)
YEARS = later(days=3650)


@pytest.fixture
def client(shelf: Shelf) -> str:
    return shelf.client()


def count(shelf: Shelf, table: sa.Table) -> int:
    with reading(shelf.store._engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def let_go(shelf: Shelf, now: datetime = YEARS, **kept: timedelta | None) -> dict[str, int]:
    return shelf.store.let_go(replace(Keep(), **kept), now)


def done(shelf: Shelf, key: str, decision: SendMessage | CommentCard | MakeDocument, state: State) -> None:
    shelf.want(key, lane=key, decision=decision)
    [row] = shelf.claim()
    shelf.store.settle(row, state, now=NOW, receipt=Receipt(NOW, CARD, details={"message": "said"}))


def test_nothing_goes_before_its_time(shelf: Shelf, client: str) -> None:
    fill(shelf, client)
    assert let_go(shelf, SOON) == {}


def fill(shelf: Shelf, client: str) -> None:
    trace = Trace("rule", client, "e1", NOW, Outcome.FIRED)
    shelf.add(event("e1", client))
    shelf.commit(
        client, traces=(trace,), planned=("e1",), timers=(timer("t1", NOW, client),), timers_ended={"t1": DONE}
    )
    with shelf.store.intake(NOW) as intake:
        intake.add_inbox("answer", "a", {})
        intake.settle_inbox("a", "bound")
        intake.set_fact(client, "client.note", "first", "by hand")
        intake.set_fact(client, "client.note", "second", "by hand")


def test_what_ended_long_ago_goes(shelf: Shelf, client: str) -> None:
    fill(shelf, client)
    assert let_go(shelf) == {"traces": 1, "timers": 1, "inbox": 1, "events": 1, "lineage": 1, "journal": 4}


def test_a_conflict_goes_long_after_all_agreed_again_and_an_open_one_never(shelf: Shelf, client: str) -> None:
    kept = [Kept(field, client, field, Why.OWNER, ()) for field in ("client.site", "client.name")]
    shelf.commit(client, conflicts=tuple(kept))
    shelf.commit(client, agreed=(Agreed(str(CARD), "client.site", client, ("a",), NOW),))
    assert let_go(shelf, later(days=399)).get("conflicts") is None
    assert let_go(shelf)["conflicts"] == 1
    assert [one.conflict.field for one in shelf.store.conflicts()] == ["client.name"]


def test_what_is_kept_for_ever_stays(shelf: Shelf, client: str) -> None:
    fill(shelf, client)
    assert let_go(shelf, traces=None, timers=None, inbox=None, events=None, lineage=None, journal=None) == {}


def test_where_the_newest_value_came_from_stays(shelf: Shelf, client: str) -> None:
    fill(shelf, client)
    let_go(shelf)
    with reading(shelf.store._engine) as connection:
        assert connection.execute(sa.select(t.lineage.c.value)).scalars().all() == ["second"]


def test_what_waits_stays_however_old_it_is(shelf: Shelf, client: str) -> None:
    shelf.add(event("unplanned", client), event("nobody's"))
    shelf.commit(client, timers=(timer("t1", NOW, client),))
    shelf.want("k1")
    with shelf.store.intake(NOW) as intake:
        intake.add_inbox("answer", "open", {})
    assert let_go(shelf, journal=None) == {}


@pytest.mark.parametrize("state", [State.CONFIRMED, State.CANCELLED])
def test_an_ended_message_loses_its_words_and_keeps_its_row(shelf: Shelf, state: State) -> None:
    done(shelf, "k1", SendMessage("client", "Вітаємо", "hello", values={"a": "b"}, buttons=(("x", "y"),)), state)
    assert let_go(shelf) == {"deliveries": 1}
    [row] = shelf.store.deliveries()
    assert (row.key, row.state, row.decision) == ("k1", state, SendMessage("client", "", "hello"))
    assert row.receipt is not None
    assert row.receipt["details"] == {}


def test_the_same_effect_is_still_wanted_only_once(shelf: Shelf) -> None:
    done(shelf, "k1", CommentCard("…"), State.CONFIRMED)
    let_go(shelf)
    assert shelf.want("k1") is False


@pytest.mark.parametrize("state", [State.DEAD, State.UNKNOWN])
def test_what_a_person_may_still_send_keeps_its_words(shelf: Shelf, state: State) -> None:
    done(shelf, "k1", SendMessage("client", "Вітаємо"), state)
    assert let_go(shelf) == {}
    assert shelf.store.deliveries()[0].decision == SendMessage("client", "Вітаємо")


def test_a_made_document_is_still_known_by_its_key_and_version(shelf: Shelf) -> None:
    done(shelf, "k1", MakeDocument("brief", "Бриф", "uk", "key", 3, {"a": "b"}), State.CONFIRMED)
    let_go(shelf)
    assert shelf.store.deliveries()[0].decision == MakeDocument("brief", "", "uk", "key", 3)


def test_messages_and_other_effects_have_lengths_of_their_own(shelf: Shelf) -> None:
    done(shelf, "message", SendMessage("client", "Вітаємо"), State.CONFIRMED)
    done(shelf, "comment", CommentCard("…"), State.CONFIRMED)
    assert let_go(shelf, later(days=100), messages=timedelta(days=90)) == {"deliveries": 1}
    assert {row.key for row in shelf.store.deliveries() if row.decision == SendMessage("client", "")} == {"message"}


def test_it_happens_once_a_day(shelf: Shelf, client: str) -> None:
    let_go(shelf, SOON)
    fill(shelf, client)
    assert let_go(shelf, SOON + timedelta(hours=23), traces=timedelta(0)) == {}
    assert let_go(shelf, SOON + timedelta(hours=25), traces=timedelta(0)) == {"traces": 1}


def test_what_was_emptied_is_not_gone_through_again(shelf: Shelf) -> None:
    done(shelf, "k1", CommentCard("…"), State.CONFIRMED)
    assert let_go(shelf) == {"deliveries": 1}
    assert let_go(shelf, YEARS + timedelta(days=2)) == {}


@pytest.fixture
def transactions(shelf: Shelf) -> Iterator[list[int]]:
    """How many rows each writing transaction deleted."""
    counts: list[int] = []

    def on_execute(_connection: object, cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("DELETE FROM traces"):
            counts.append(cursor.rowcount)  # type: ignore[attr-defined]

    sa.event.listen(shelf.store._engine, "after_cursor_execute", on_execute)
    yield counts
    sa.event.remove(shelf.store._engine, "after_cursor_execute", on_execute)


def test_much_goes_in_small_pieces(shelf: Shelf, client: str, transactions: list[int]) -> None:
    shelf.commit(client, traces=tuple(Trace("rule", client, f"e{n}", NOW, Outcome.FIRED) for n in range(450)))
    assert let_go(shelf)["traces"] == 450
    assert transactions == [retention._PIECE, retention._PIECE, 50]
