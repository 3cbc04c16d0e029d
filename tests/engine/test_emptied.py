"""A source that shows nothing where records were: nobody takes that for deletions, until a person says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bridge.model.decisions import SendMessage
from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.records import Cursor, Page
from tests.engine.office import OLENA, Desk

CARDS = frozenset({("trello", "card")})


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Two cards were known, and the board shows none."""
    desk = Desk()
    desk.take(desk.card("c1"), desk.card("c2"))
    show_nothing(desk)
    with pytest.raises(SourceEmptied):
        desk.engine.pull("trello")
    desk.wait(minutes=1)
    yield desk
    desk.store.close()


def show_nothing(desk: Desk, **more: object) -> None:
    desk.trello.pages.append(Page(Cursor("2"), whole=CARDS, seen_up_to={"trello.card": desk.now}))


def deleted(desk: Desk) -> int:
    return len(desk.kinds("card.deleted"))


def test_the_error_names_the_command_that_accepts_it(desk: Desk) -> None:
    assert desk.store.sources()["trello.card"].error.endswith("if that is right: bridge accept trello.card")


def test_a_part_that_emptied_takes_nothing_from_what_was_read_beside_it(desk: Desk) -> None:
    """One form of two shows nothing any more: the other one's answers count, and only the empty one is blind."""
    emptied = SourceEmptied("google_forms.survey", 3)
    seen = {"google_forms.brief": desk.now}
    desk.forms.pages.append(Page(Cursor("1"), [desk.response()], seen_up_to=seen, failed={emptied.source: emptied}))
    assert desk.engine.pull("google_forms").failed == ("google_forms.survey",)
    sources = desk.store.sources()
    assert sources["google_forms.brief"].failing_since is None
    assert sources["google_forms.survey"].failing_since == desk.now
    assert desk.store.emptied()["google_forms.survey"].before == 3
    assert len(desk.kinds("form.answered")) == 1


def test_old_answers_of_a_form_that_is_read_late_are_history(desk: Desk) -> None:
    """It could not be read while the others were read first: its old answers wake nobody."""
    lost = ConnectorError("google_forms", "not shared", retry=Retry.ASK_ADMIN)
    desk.forms.pages.append(
        Page(Cursor("1"), seen_up_to={"google_forms.survey": desk.now}, failed={"google_forms.brief": lost})
    )
    desk.engine.pull("google_forms")
    old = desk.response()
    desk.wait(days=30)
    desk.forms.pages.append(Page(Cursor("2"), [old], seen_up_to={"google_forms.brief": desk.now}))
    desk.engine.pull("google_forms")
    assert desk.store.inbox() != []
    assert desk.told() == []


def test_it_stays_so_until_somebody_accepts_it(desk: Desk) -> None:
    show_nothing(desk)
    with pytest.raises(SourceEmptied):
        desk.engine.pull("trello")
    assert deleted(desk) == 0
    assert desk.store.emptied()["trello.card"].before == 2


def test_accepted_it_is_read_and_what_it_had_is_deleted(desk: Desk) -> None:
    assert desk.store.accept_empty("trello.card", desk.now)
    show_nothing(desk)
    desk.engine.pull("trello")
    assert deleted(desk) == 2
    assert desk.store.emptied() == {}
    assert desk.store.sources()["trello.card"].failing_since is None


def test_a_failure_meanwhile_is_no_deletion_and_uses_nothing_up(desk: Desk) -> None:
    desk.store.accept_empty("trello.card", desk.now)
    desk.trello.pages.append(ConnectorError("trello", "a board is out of sight", retry=Retry.ASK_ADMIN))
    with pytest.raises(ConnectorError):
        desk.engine.pull("trello")
    assert deleted(desk) == 0
    assert desk.store.emptied()["trello.card"].is_accepted(desk.now)


def test_a_button_takes_a_persons_word_as_the_command_does(desk: Desk) -> None:
    told = SendMessage(
        "person:andrii",
        "empty",
        "system.alarm.source_emptied",
        values={"alarm.source": "trello.card"},
        buttons=(("really-gone", "Так"),),
    )
    notice = desk.want(told, "")
    press = desk.update("press", "p1", chat="77", actor=OLENA, data=f"{notice}:really-gone", query="1")
    desk.take(press)
    assert desk.store.emptied()["trello.card"].is_accepted(desk.now)
    show_nothing(desk)
    desk.engine.pull("trello")
    assert deleted(desk) == 2


def test_the_word_waits_for_a_whole_reading(desk: Desk) -> None:
    desk.store.accept_empty("trello.card", desk.now)
    desk.trello.pages.append(Page(Cursor("2")))
    desk.engine.pull("trello")
    assert deleted(desk) == 0
    show_nothing(desk)
    desk.engine.pull("trello")
    assert deleted(desk) == 2


def test_the_word_holds_for_an_hour(desk: Desk) -> None:
    desk.store.accept_empty("trello.card", desk.now)
    desk.wait(hours=1, minutes=1)
    show_nothing(desk)
    with pytest.raises(SourceEmptied):
        desk.engine.pull("trello")
    assert deleted(desk) == 0


def test_records_that_come_back_end_it(desk: Desk) -> None:
    desk.trello.pages.append(Page(Cursor("2"), records=[desk.card("c1"), desk.card("c2")], whole=CARDS))
    desk.engine.pull("trello")
    assert desk.store.emptied() == {}


def test_another_source_cannot_be_accepted(desk: Desk) -> None:
    assert not desk.store.accept_empty("planfix.task", desk.now + timedelta(minutes=1))


def test_what_a_list_does_not_show_is_read_alone_before_it_counts_as_gone() -> None:
    desk = Desk()
    cards = [desk.card("c1"), desk.card("c2"), desk.card("c3")]
    desk.take(*cards)
    desk.trello.living[cards[1].ref] = cards[1]
    desk.wait(minutes=1).trello.pages.append(Page(Cursor("2"), [desk.card("c1")], listed=CARDS))
    desk.engine.pull("trello")
    assert sorted(ref.id for ref in desk.trello.refreshed) == ["c2", "c3"]
    assert [event.id.split(":")[3] for event in desk.events if event.kind == "card.deleted"] == ["c3"]
    desk.store.close()
