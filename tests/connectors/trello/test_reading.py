"""What reading boards tells, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bridge.model.errors import ConnectorError, Retry, SourceEmptied
from bridge.model.events import ActorKind
from connectors.trello.foreign import Action
from tests.connectors.trello.board import Agency, happening, kinds, record_of


def test_first_read_gives_every_card_with_its_names(world: Agency) -> None:
    world.add_field("Сайт")
    card = world.add_card("Пекарня", idLabels=[world.label_id("VIP")], idMembers=[world.olena.id])
    page = world.connector(fields={"site": "Сайт"}).pull(None)
    fields = record_of(page, card).fields
    assert (fields["name"], fields["list"], fields["board"]) == ("Пекарня", "Ліди", "Клієнти")
    assert (fields["labels"], fields["members"], fields["site"]) == (["VIP"], ["olena"], None)
    assert page.whole == {("trello", "card")}
    assert page.happenings == ()


def test_idle_cycle_costs_one_request_and_tells_nothing(world: Agency) -> None:
    world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    assert asked == ["GET /1/boards/{id}"]
    assert (page.records, page.happenings, page.whole) == ((), (), frozenset())
    assert page.seen_up_to == {"trello.card": world.sandbox.clock.now()}


def test_idle_cycle_after_a_restart_costs_one_request(world: Agency) -> None:
    world.add_card("Пекарня")
    first = world.connector().pull(None)
    with world.requests() as asked:
        world.connector().pull(first.cursor)
    assert asked == ["GET /1/boards/{id}"]


def test_move_comes_with_its_mover_in_the_page_that_shows_the_new_list(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.drag(card, "Договір")
    with world.requests() as asked:
        page = connector.pull(first.cursor)
    moved = happening(page, "card.moved")
    assert (moved.data["from"], moved.data["to"]) == ("Ліди", "Договір")
    assert (moved.actor.kind, moved.actor.id) == (ActorKind.PERSON, "olena")
    assert record_of(page, card).fields["list"] == "Договір"
    assert len(asked) == 2


def test_two_moves_between_two_reads_are_both_told(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.drag(card, "Договір")
    world.drag(card, "Ініціалізація")
    page = connector.pull(first.cursor)
    assert [one.data["to"] for one in page.happenings] == ["Договір", "Ініціалізація"]


def test_comment_is_told_once_with_its_author(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.comment(card, "Передзвонила, чекають")
    page = connector.pull(first.cursor)
    said = happening(page, "comment.added")
    assert (said.data["text"], said.actor.id, said.about.id) == ("Передзвонила, чекають", "olena", card.id)
    assert kinds(connector.pull(page.cursor)) == []


def test_label_that_no_action_list_shows_is_seen_at_once(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.trello.cards.add_label(card, world.label_id("Терміново"), world.by_olena)
    assert record_of(connector.pull(first.cursor), card).fields["labels"] == ["Терміново"]


def test_archived_card_stays_a_living_record(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.edit(card, closed=True)
    record = record_of(connector.pull(first.cursor), card)
    assert (record.fields["closed"], record.deleted) == (True, False)


def test_deleted_card_comes_deleted(world: Agency) -> None:
    world.add_card("Кав'ярня")
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.delete(card)
    page = connector.pull(first.cursor)
    assert record_of(page, card).deleted
    assert page.whole == {("trello", "card")}


def test_board_that_lost_all_its_cards_stops_the_reading(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.delete(card)
    with pytest.raises(SourceEmptied) as raised:
        connector.pull(first.cursor)
    assert (raised.value.source, raised.value.before) == ("trello.card", 1)


def test_board_that_is_empty_on_purpose_is_read_once_it_was_said(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.delete(card)
    connector.accept_empty("trello.card")
    page = connector.pull(first.cursor)
    assert page.whole == {("trello", "card")}
    assert connector.pull(page.cursor).cursor


def test_word_about_one_emptiness_is_used_up_by_the_next_reading(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.accept_empty("trello.card")
    first = connector.pull(None)
    world.delete(card)
    with pytest.raises(SourceEmptied):
        connector.pull(first.cursor)


def test_renamed_list_keeps_its_name_while_the_bridge_runs(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    lists = world.trello.store.lists
    world.trello.boards.update_list(lists[card.list_id], {"name": "Нові"}, world.by_olena)
    world.edit(card, name="Пекарня «Жито»")
    page = connector.pull(first.cursor)
    assert record_of(page, card).fields["list"] == "Ліди"
    assert record_of(world.connector().pull(first.cursor), card).fields["list"] == "Нові"


def test_renamed_label_shows_on_a_card_that_is_otherwise_the_same(world: Agency) -> None:
    card = world.add_card("Пекарня", idLabels=[world.label_id("VIP")])
    connector = world.connector()
    first = connector.pull(None)
    label = next(one for one in world.board.labels.values() if one.name == "VIP")
    world.trello.boards.update_label(label, {"name": "Важливі"}, world.by_olena)
    assert record_of(connector.pull(first.cursor), card).fields["labels"] == ["Важливі"]


def test_card_that_is_the_same_was_read_when_the_board_was(world: Agency) -> None:
    same, other = world.add_card("Пекарня"), world.add_card("Кав’ярня")
    connector = world.connector()
    first = connector.pull(None)
    world.sandbox.clock.advance(timedelta(minutes=1))
    world.edit(other, name="Кав’ярня «Зерно»")
    assert record_of(connector.pull(first.cursor), same).read_at == world.sandbox.clock.now()


def test_lists_that_share_a_name_are_told_apart_by_their_boards(world: Agency) -> None:
    world.add_board("Виробництво", ("Ліди",))
    card = world.add_card("Пекарня")
    page = world.connector(boards=("Клієнти", "Виробництво")).pull(None)
    assert record_of(page, card).fields["list"] == "Клієнти / Ліди"


def test_unknown_board_says_which_one_was_meant(world: Agency) -> None:
    with pytest.raises(ConnectorError) as raised:
        world.connector(boards=("Кліенти",)).pull(None)
    assert raised.value.retry is Retry.ASK_ADMIN
    assert 'did you mean "Клієнти"?' in raised.value.what


def test_board_out_of_sight_is_a_matter_for_the_admin(world: Agency) -> None:
    world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.trello.boards.remove_member(world.board, world.robot, world.by_olena)
    with pytest.raises(ConnectorError) as raised:
        connector.pull(first.cursor)
    assert raised.value.retry is Retry.ASK_ADMIN
    assert "«" not in raised.value.what
    assert "Клієнти" in raised.value.what


def test_phone_address_and_task_in_the_description_are_found(world: Agency) -> None:
    text = "Тел. 067 123 45 67, Info@Bakery.example\nhttps://acme.planfix.com/task/41\n\n‹міст a1b2c3d4e5›"
    card = world.add_card("Пекарня", desc=text)
    record = record_of(world.connector().pull(None), card)
    assert (record.phones, record.emails) == (("+380671234567",), ("info@bakery.example",))
    assert [str(name) for name in record.names] == ["planfix:main:task:41"]
    assert record.mark == "a1b2c3d4e5"
    assert "міст" not in str(record.fields["description"])


def test_card_tells_when_it_was_made(world: Agency) -> None:
    card = world.add_card("Пекарня")
    assert record_of(world.connector().pull(None), card).fields["created_at"] == "2026-03-02T07:00:01.000000Z"


def test_task_named_by_an_attachment_is_found_however_the_card_is_read(world: Agency) -> None:
    card = world.add_card("Пекарня")
    world.trello.cards.attach_link(card, "https://acme.planfix.com/task/41", "Угода", world.by_olena)
    connector = world.connector()
    record = record_of(connector.pull(None), card)
    assert [str(name) for name in record.names] == ["planfix:main:task:41"]
    assert connector.refresh([record.ref]).records[0].content_hash == record.content_hash


def test_page_is_as_fresh_as_its_request_less_the_lag(world: Agency) -> None:
    connector = world.connector()
    connector._lag = timedelta(seconds=5)
    assert connector.pull(None).seen_up_to["trello.card"] == world.sandbox.clock.now() - timedelta(seconds=5)


def test_card_moved_while_the_board_is_being_read_comes_with_its_new_list(world: Agency) -> None:
    """The answer with all cards is older than the list of actions: the card is read again, and both agree."""
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    world.comment(card, "Домовились")
    read = connector._api.actions

    def late(*asked: Any) -> list[Action]:
        world.drag(card, "Договір")
        return read(*asked)

    connector._api.actions = late  # type: ignore[method-assign, assignment]
    page = connector.pull(first.cursor)
    assert happening(page, "card.moved").data["to"] == "Договір"
    assert record_of(page, card).fields["list"] == "Договір"


def test_card_crossing_boards_is_one_living_record(world: Agency) -> None:
    other = world.add_board("Виробництво", ("В роботі",))
    card = world.add_card("Пекарня")
    world.add_card("Кав'ярня")
    connector = world.connector(boards=("Клієнти", "Виробництво"))
    first = connector.pull(None)
    world.edit(card, idBoard=other.id, idList=world.list_id("В роботі", other))
    page = connector.pull(first.cursor)
    assert [record.fields["list"] for record in page.records if record.ref.id == card.id] == ["В роботі"]
    assert page.whole == frozenset()
    assert connector.pull(page.cursor).whole == {("trello", "card")}


def test_the_account_of_a_card_does_not_change_with_its_board(world: Agency) -> None:
    card = world.add_card("Пекарня")
    ref = record_of(world.connector(account="agency").pull(None), card).ref
    assert str(ref) == f"trello:agency:card:{card.id}"


def test_a_template_card_is_nobodys(world: Agency) -> None:
    card, template = world.add_card("Пекарня"), world.add_card("Зразок")
    template.is_template = True
    connector = world.connector()
    first = connector.pull(None)
    world.comment(template, "Додала пункт")
    world.edit(card, name="Жито")
    page = connector.pull(first.cursor)
    assert [record.ref.id for record in page.records if not record.deleted] == [card.id]
    assert {told.about.id for told in page.happenings} == {card.id}


def test_a_card_that_becomes_a_template_is_no_clients_any_more(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    card.is_template = True
    world.edit(card, name="Зразок")
    assert record_of(connector.pull(first.cursor), card).deleted
    assert connector.refresh([record_of(first, card).ref]).records[0].deleted


def test_refresh_reads_just_the_cards_named(world: Agency) -> None:
    card, gone = world.add_card("Пекарня"), world.add_card("Кав'ярня")
    connector = world.connector()
    refs = [record_of(connector.pull(None), one).ref for one in (card, gone)]
    world.edit(card, name="Жито")
    world.delete(gone)
    page = connector.refresh(refs)
    assert record_of(page, card).fields["name"] == "Жито"
    assert record_of(page, gone).deleted
    assert (page.cursor, page.seen_up_to) == (None, {})


def test_lost_access_is_not_taken_for_deleted_cards(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    ref = record_of(connector.pull(None), card).ref
    world.trello.boards.remove_member(world.board, world.robot, world.by_olena)
    with pytest.raises(ConnectorError):
        connector.refresh([ref])


def test_comments_of_one_second_are_all_told_whatever_their_ids(world: Agency) -> None:
    """Two people write at once: the second comment is listed after a reading, with the lower id."""
    card = world.add_card("Пекарня")
    connector = world.connector()
    page = connector.pull(None)
    said = [world.trello.cards.comment(card, text, world.by_olena) for text in ("Перший", "Другий")]
    said[0].id, said[1].id = said[1].id, said[0].id
    late = world.board.actions.pop()
    first = connector.pull(page.cursor)
    world.board.actions.append(late)
    card.comments += 1
    later = connector.pull(first.cursor)
    told = [[one.data["text"] for one in page.happenings] for page in (first, later, connector.pull(later.cursor))]
    assert told == [["Перший"], ["Другий"], []]


def test_actions_in_smaller_pages_than_asked_for_are_all_told(world: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    page = connector.pull(None)
    monkeypatch.setattr("sandbox.trello.reading.islice", lambda chosen, start, end: list(chosen)[start : start + 60])
    for number in range(130):
        world.trello.cards.comment(card, f"Коментар {number}", world.by_olena)
    told = [str(one.data["text"]) for one in connector.pull(page.cursor).happenings]
    assert sorted(told) == sorted(f"Коментар {number}" for number in range(130))
