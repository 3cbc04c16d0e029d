"""A run in shadow over the story's people: everything is read, and provably nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from bridge.engine.engine import Engine
from bridge.engine.shadow_report import shadow_report
from bridge.model.decisions import CommentCard, MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.errors import StoreError
from bridge.store.rows import Row
from bridge.wiring.assemble import assemble
from bridge.wiring.shadow import assemble_shadow, shadow_settings
from connectors.planfix.api import PlanfixApi, PlanfixReading
from connectors.telegram import TelegramConnector, TelegramReader
from connectors.telegram.api import READS
from connectors.trello.api import TrelloApi, TrelloReading
from sandbox.journal import Exchange
from sandbox.server import Running
from sandbox.world import CLIENT
from tests.pace import FreePace
from tests.story.conftest import Play
from tests.story.harness import ANSWERS, NAME, Story, agency, moment

WRITING = {
    name
    for able, reading in ((TrelloApi, TrelloReading), (PlanfixApi, PlanfixReading), (TelegramConnector, TelegramReader))
    for name in set(dir(able)) - set(dir(reading))
    if not name.startswith("__")
} | {"push", "look", "acknowledge"}
"""What the writing halves have beyond the reading ones."""


class Shadow(Story):
    """The story's agency with the bridge in shadow."""

    def _assembled(self) -> Engine:
        return assemble_shadow(shadow_settings(self.settings), agency(), self.clock, FreePace())

    @property
    def asked(self) -> list[Exchange]:
        """What the bridge asked the services since the shadow began."""
        return self.sandbox.journal.since(self.begins_at)

    @property
    def messages_unsent(self) -> list[SendMessage]:
        """The messages nobody got, oldest first."""
        return [row.decision for row in self.deliveries(State.SHADOW) if isinstance(row.decision, SendMessage)]

    @property
    def unsent_link(self) -> str:
        """The one-time link of the message about the new lead."""
        found = [link for one in self.messages_unsent for link in re.findall(r"https://t\.me/[\w?=]+", one.text)]
        return str(found[0])

    @property
    def unsent_code(self) -> str:
        """The code in the link to the form."""
        found = [code for one in self.messages_unsent for code in re.findall(r"entry\.\d+=(\w+)", one.text)]
        return str(found[-1])

    def would(self, kind: type) -> list[Row]:
        """What would have been done, of one kind."""
        return [row for row in self.deliveries(State.SHADOW) if isinstance(row.decision, kind)]


@pytest.fixture
def shadow(play: Play, running: Running, tmp_path: Path) -> Iterator[Shadow]:
    """A Monday morning at the agency; the bridge has been read in shadow."""
    play("morning").close()
    folder = tmp_path / "in-shadow"
    folder.mkdir()
    shadow = Shadow(running, folder)
    shadow.tick()
    yield shadow
    shadow.close()


def the_whole_story(shadow: Shadow) -> None:
    """All that people do in the story, from the lead to the first day of work; what the bridge does, they do by hand.

    Nobody would have read the links that the bridge did not send: here the client knows them all the same.
    """
    shadow.contact = shadow.people.create_contact(NAME, phone="+380441234567")
    shadow.task = shadow.people.create_task("Сайт для Ромашки", shadow.contact)
    shadow.tick("2026-11-30 10:01")
    address = f"{shadow.base_url}/planfix/task/{shadow.task}"
    shadow.people.create_card(NAME, "Ліди", desc=f"Planfix: {address}")
    shadow.people.client_opens_link(CLIENT.id, shadow.unsent_link)
    shadow.people.client_types(CLIENT.id, "Добрий день!")
    shadow.tick("2026-11-30 10:02")
    shadow.people.drag_card(NAME, "Ініціалізація")
    shadow.tick("2026-11-30 10:04")
    shadow.fill_deal()
    shadow.people.label_card(NAME, "Надіслати бриф", by="andrii")
    shadow.tick("2026-11-30 10:20")
    shadow.people.staff_types(520_000_002, "/status")
    shadow.people.fill_form({"Код клієнта": shadow.unsent_code, **ANSWERS})
    shadow.tick("2026-12-01 10:00")
    shadow.set_deal(by=2, Доступи="received", Розмову_проведено=True)
    shadow.set_deal(by=5, Передоплата_отримана=True)
    shadow.people.drag_card(NAME, "Виробництво")
    for then in ("2026-12-01 15:00", "2026-12-02 18:01", "2026-12-07 12:00"):
        shadow.tick(then)


def test_people_live_their_days_and_the_journal_counts_no_write(shadow: Shadow) -> None:
    the_whole_story(shadow)
    assert [one.write for one in shadow.asked if one.write] == []
    assert len(shadow.messages_unsent) > 5


def test_every_request_is_one_that_reads(shadow: Shadow) -> None:
    the_whole_story(shadow)
    assert {one.service for one in shadow.asked} == {"trello", "planfix", "google", "telegram"}
    assert [f"{one.method} {one.path}" for one in shadow.asked if not _reads(one)] == []


def _reads(one: Exchange) -> bool:
    if one.service == "telegram":
        given = {**one.query, **(one.body if isinstance(one.body, dict) else {})}
        return one.operation in READS and not given.keys() & {"offset", "allowed_updates"}
    return one.method == "GET" or one.path.endswith(("/list", "/token"))


def test_nothing_that_can_write_is_within_reach_of_the_engine(shadow: Shadow) -> None:
    outside = {name: one for name, one in shadow.engine.connectors.items() if name != "documents"}
    found = {
        f"{type(part).__name__}.{name}" for part in _within(list(outside.values())) for name in WRITING & set(dir(part))
    }
    assert found == set()


def test_the_same_look_finds_the_writing_halves_of_a_bridge_at_work(play: Play) -> None:
    story = play("morning")
    able = {type(part).__name__ for part in _within(list(story.engine.connectors.values())) if WRITING & set(dir(part))}
    assert able >= {"TrelloConnector", "TrelloApi", "PlanfixConnector", "PlanfixApi", "TelegramConnector"}


def _within(start: list[Any]) -> list[Any]:
    """Every object of the connectors' own classes that can be reached from these."""
    found: dict[int, Any] = {}
    waiting: list[Any] = list(start)
    while waiting:
        part = waiting.pop()
        if id(part) in found or isinstance(part, (type, ModuleType, FunctionType)):
            continue
        if isinstance(part, (list, tuple, set, frozenset)):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
        elif type(part).__module__.split(".")[0] in ("bridge", "connectors"):
            found[id(part)] = part
            names = [*getattr(part, "__dict__", {}), *getattr(type(part), "__slots__", ())]
            waiting += [getattr(part, name) for name in names if hasattr(part, name)]
    return list(found.values())


def test_a_client_who_wrote_is_heard_once_and_stays_unconfirmed(shadow: Shadow) -> None:
    shadow.people.client_types(CLIENT.id, "Добрий день!")
    counts = [shadow.soon().events for _ in range(3)]
    assert counts[1:] == [0, 0]
    assert len(shadow.sandbox.telegram.chats.updates.pending()) == 1


def test_a_message_is_kept_as_the_client_would_have_read_it(shadow: Shadow) -> None:
    the_whole_story(shadow)
    texts = [one.text for one in shadow.messages_unsent if one.to_client]
    assert texts[0].startswith(f"Добрий день, <b>{NAME}</b>!")
    assert "Ми почали роботу над проєктом <b>Сайт Ромашки</b>" in texts[-1]


def test_a_message_of_the_night_waits_for_contact_hours_in_shadow_too(shadow: Shadow) -> None:
    shadow.contact = shadow.people.create_contact(NAME, phone="+380441234567")
    shadow.task = shadow.people.create_task("Сайт для Ромашки", shadow.contact)
    shadow.tick("2026-11-30 22:01")
    shadow.people.client_opens_link(CLIENT.id, shadow.unsent_link)
    shadow.tick("2026-11-30 22:02")
    [greeting] = shadow.deliveries(State.WAITING)
    assert greeting.next_at == moment("2026-12-01 09:00")
    shadow.tick("2026-12-01 09:00")
    assert [row.id for row in shadow.would(SendMessage)][-1] == greeting.id


def test_a_card_that_lacks_facts_would_be_moved_back_and_stays_where_people_put_it(shadow: Shadow) -> None:
    shadow.people.create_card(NAME, "Ліди")
    shadow.tick("2026-11-30 10:02")
    shadow.people.drag_card(NAME, "Ініціалізація")
    shadow.tick("2026-11-30 10:04")
    assert [row.decision for row in shadow.would(MoveCard)] == [MoveCard("Ліди", back=True, only_from="Ініціалізація")]
    assert shadow.would(CommentCard)
    assert shadow.list_of() == "Ініціалізація"


def test_what_a_person_changes_afterwards_as_the_bridge_would_have_is_no_echo(shadow: Shadow) -> None:
    shadow.people.create_card(NAME, "Ліди")
    shadow.tick("2026-11-30 10:02")
    shadow.people.drag_card(NAME, "Ініціалізація")
    shadow.tick("2026-11-30 10:04")
    shadow.people.drag_card(NAME, "Ліди")
    assert shadow.tick("2026-11-30 10:06").events == 1


def test_a_shadow_that_died_between_intent_and_note_ends_the_same(shadow: Shadow) -> None:
    shadow.people.create_task("Сайт для Ромашки", shadow.people.create_contact(NAME, phone="+380441234567"))
    shadow.later(minutes=1).decide()
    [row, *_] = shadow.engine.outbox.claim(shadow.engine.context)
    lease = shadow.engine.context.lease
    shadow.engine.store.intend(row, now=shadow.clock.now(), lease=lease, expect={})
    shadow.restart().soon()
    assert {one.state for one in shadow.deliveries()} == {State.SHADOW}


def test_a_restart_repeats_nothing(shadow: Shadow) -> None:
    the_whole_story(shadow)
    before = [row.id for row in shadow.deliveries()]
    shadow.restart().soon()
    assert [row.id for row in shadow.deliveries()] == before


def test_the_real_database_stays_as_it_was(shadow: Shadow) -> None:
    the_whole_story(shadow)
    assert [file.name for file in shadow.folder.glob("*.db")] == ["bridge-shadow.db"]


def test_a_bridge_at_work_and_its_shadow_refuse_each_others_database(shadow: Shadow) -> None:
    shadow.close()
    with pytest.raises(StoreError, match="was filled by runs in shadow"):
        assemble(shadow_settings(shadow.settings), agency(), shadow.clock, FreePace())
    assemble(shadow.settings, agency(), shadow.clock, FreePace()).store.close()
    with pytest.raises(StoreError, match="belongs to a bridge at work"):
        assemble_shadow(shadow.settings, agency(), shadow.clock, FreePace())
    shadow.engine = shadow._assembled()


def test_the_report_says_what_would_have_been_done_and_what_is_missing(shadow: Shadow) -> None:
    the_whole_story(shadow)
    now = shadow.clock.now()
    store, context = shadow.engine.store, shadow.engine.context
    found = shadow_report(store, context, since=now - timedelta(days=14), now=now, silent=timedelta(days=3))
    did = {one.rule: one.did for one in found.rules}
    # Moved on, too: what was missing came within the guard's grace.
    assert did["gate-handoff"] == {"card moved back": 1, "card moved": 1, "comment": 1, "message to staff": 1}
    assert (found.clients, found.lists) == (1, {"Виробництво": 1})
    assert found.silent == [(NAME, 6)]
