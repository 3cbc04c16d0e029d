"""What the bridge does in Trello, and how it knows afterwards that it did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
    CreateTask,
    Decision,
    LabelCard,
    MoveCard,
    WriteFields,
)
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.records import Ref
from connectors.trello.texts import part_in, without_mark
from sandbox.trello.model import Card
from tests.connectors.trello.board import Agency, delivery, happening, pdf, record_of

ATTACH = AttachDocument("trello", "brief", "key", "pdf", "Бриф v1.pdf")


def field_text(world: Agency, card: Card, field: str) -> object:
    item = world.card(card.id).fields.get(field)
    return item.value if item else None


def test_new_card_carries_the_mark_and_the_address_of_its_task(world: Agency) -> None:
    connector = world.connector(task_link="https://acme.planfix.com/task/{id}")
    related = {"planfix.task": Ref("planfix", "main", "task", "41")}
    receipt = connector.push(delivery(CreateCard("Ліди", "Пекарня", "Новий клієнт"), related=related))
    assert receipt.remote is not None
    card = world.card(receipt.remote.id)
    assert card.desc == "Новий клієнт\n\nPlanfix: https://acme.planfix.com/task/41\n\n‹міст a1b2c3d4e5›"
    record = record_of(connector.pull(None), card)
    assert (record.mark, record.names) == ("a1b2c3d4e5", (related["planfix.task"],))


def test_comment_goes_in_the_body_and_comes_back_as_the_bridges_own(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    first = connector.pull(None)
    connector.push(delivery(CommentCard("Не передано: немає суми"), card))
    asked = world.sandbox.journal.writes("trello")[-1]
    assert "text" not in asked.query
    said = happening(connector.pull(first.cursor), "comment.added")
    assert (said.mark, said.data["text"], said.actor.kind) == ("a1b2c3d4e5", "Не передано: немає суми", "bridge")


def test_move_tells_where_the_card_came_from(world: Agency) -> None:
    card = world.add_card("Пекарня")
    receipt = world.connector().push(delivery(MoveCard("Договір"), card))
    assert world.list_of(card) == "Договір"
    assert receipt.details == {"list": "Договір", "list_id": world.list_id("Договір"), "from": "Ліди"}


def test_card_already_there_is_not_moved(world: Agency) -> None:
    card = world.add_card("Пекарня")
    before = world.writes()
    assert world.connector().push(delivery(MoveCard("Ліди"), card)).already
    assert world.writes() == before


def test_card_can_go_to_another_board(world: Agency) -> None:
    card = world.add_card("Пекарня")
    world.add_board("Виробництво", ("В роботі",))
    connector = world.connector(boards=("Клієнти", "Виробництво"))
    connector.push(delivery(MoveCard("Виробництво / В роботі"), card))
    assert world.list_of(card) == "В роботі"


def test_label_is_put_on_and_taken_off(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.push(delivery(LabelCard("VIP"), card))
    on = list(world.card(card.id).label_ids)
    connector.push(delivery(LabelCard("VIP", present=False), card))
    assert (on, list(world.card(card.id).label_ids)) == ([world.label_id("VIP")], [])


@pytest.mark.parametrize(
    ("type", "value", "kept"),
    [
        ("text", "bakery.example", {"text": "bakery.example"}),
        ("number", "12.50", {"number": "12.50"}),
        ("number", {"amount": "100", "currency": "UAH"}, {"number": "100"}),
        ("checkbox", True, {"checked": "true"}),
        ("date", "2026-03-05T10:00:00+02:00", {"date": "2026-03-05T08:00:00.000Z"}),
        ("text", None, None),
    ],
)
def test_custom_field_gets_the_value_its_type_wants(world: Agency, type: str, value: object, kept: object) -> None:
    field = world.add_field("Сайт", type)
    card = world.add_card("Пекарня")
    connector = world.connector(fields={"site": "Сайт"})
    decision = WriteFields("trello.card", {"site": value})  # type: ignore[dict-item]
    connector.push(delivery(decision, card))
    assert field_text(world, card, field) == kept
    assert connector.push(delivery(decision, card)).already


def test_list_field_gets_its_option(world: Agency) -> None:
    world.add_field("Послуга", "list", ("SEO", "Сайт"))
    card = world.add_card("Пекарня")
    connector = world.connector(fields={"service": "Послуга"})
    connector.push(delivery(WriteFields("trello.card", {"service": "SEO"}), card))
    assert record_of(connector.pull(None), card).fields["service"] == "SEO"


def test_unknown_option_is_refused_and_the_nearest_one_told(world: Agency) -> None:
    world.add_field("Послуга", "list", ("SEO", "Сайт"))
    card = world.add_card("Пекарня")
    before = world.writes()
    wanted = WriteFields("trello.card", {"service": "SMM"})
    with pytest.raises(ConnectorError, match='has no option "SMM"') as raised:
        world.connector(fields={"service": "Послуга"}).push(delivery(wanted, card))
    assert (raised.value.retry, world.writes()) == (Retry.PERMANENT, before)


def test_document_hangs_on_the_card_under_its_name(world: Agency) -> None:
    card = world.add_card("Пекарня")
    world.connector().push(delivery(ATTACH, card, file=pdf()))
    (found,) = world.card(card.id).attachments.values()
    assert (found.name, found.mime_type, found.content) == ("Бриф v1.pdf", "application/pdf", b"%PDF")


def test_a_file_that_is_too_large_is_told_with_its_size(world: Agency) -> None:
    world.trello.cards.upload_limit_bytes = 1_000_000
    card = world.add_card("Пекарня")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(ATTACH, card, file=pdf(content=b"%" * 2_500_000)))
    assert raised.value.retry is Retry.PERMANENT
    assert "Бриф v1.pdf has 2.5 MB" in raised.value.what


@pytest.mark.parametrize(("limit", "setting", "asked"), [(1_000_000, 250, 2), (10_000_000, 2, 1)])
def test_a_file_that_a_card_does_not_take_is_linked_and_told(
    world: Agency, limit: int, setting: int, asked: int
) -> None:
    world.trello.cards.upload_limit_bytes = limit
    card = world.add_card("Пекарня")
    connector = world.connector(task_link="https://acme.planfix.com/task/{id}", largest_file=setting)
    related = {"planfix.task": Ref("planfix", "main", "task", "41")}
    tried_at = world.sandbox.clock.now()
    wanted = delivery(ATTACH, card, file=pdf(content=b"%" * 2_500_000), related=related, first_tried_at=tried_at)
    with world.requests() as made:
        receipt = connector.push(wanted)
    (hung,) = world.card(card.id).attachments.values()
    found = connector.look(wanted)
    assert (hung.name, hung.url, len(made)) == ("Бриф v1.pdf", "https://acme.planfix.com/task/41", asked)
    assert "Бриф v1.pdf has 2.5 MB" in str(receipt.details["not_set"])
    assert found is not None
    assert found.details == receipt.details


def test_an_attachment_that_is_told_in_a_list_is_one(world: Agency) -> None:
    body = [{"id": "a" * 24, "name": "Бриф v1.pdf", "url": "https://trello.example/1"}]
    world.fails("status", status=200, body=body, method="POST", path="/attachments")
    receipt = world.connector().push(delivery(ATTACH, world.add_card("Пекарня"), file=pdf()))
    assert receipt.remote == Ref("trello", "main", "attachment", "a" * 24)


EFFECTS = [CreateCard("Ліди", "Жито"), CommentCard("Готово"), MoveCard("Договір"), LabelCard("VIP"), ATTACH]


@pytest.mark.parametrize("decision", EFFECTS, ids=lambda decision: decision.kind)
def test_lost_receipt_is_unknown_and_then_found(world: Agency, decision: Decision) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.pull(None)
    tried_at = world.sandbox.clock.now()
    world.fails("drop_after", method=None, path="/cards", after=0 if decision.kind in FREE else 1)
    wanted = delivery(decision, card, file=pdf(), first_tried_at=tried_at)
    with pytest.raises(ConnectorError) as raised:
        connector.push(wanted)
    assert raised.value.retry is Retry.UNKNOWN
    before = world.writes()
    found = connector.look(wanted)
    assert found is not None
    assert found.already
    assert world.writes() == before


FREE = {"create_card", "comment_card", "attach_document"}
"""Effects whose first request is the write itself; the others read the card first."""


@pytest.mark.parametrize("decision", EFFECTS, ids=lambda decision: decision.kind)
def test_what_never_arrived_is_not_found(world: Agency, decision: Decision) -> None:
    card = world.add_card("Пекарня")
    wanted = delivery(decision, card, file=pdf(), first_tried_at=world.sandbox.clock.now())
    assert world.connector().look(wanted) is None


def test_created_card_is_found_after_it_was_moved_and_archived(world: Agency) -> None:
    connector = world.connector()
    wanted = delivery(CreateCard("Ліди", "Жито"))
    made = connector.push(wanted)
    assert made.remote is not None
    world.edit(world.card(made.remote.id), idList=world.list_id("Договір"), closed=True)
    found = connector.look(wanted)
    assert found is not None
    assert found.remote == made.remote


def test_a_card_that_may_be_on_a_board_out_of_sight_is_not_made_again(world: Agency) -> None:
    """A person moved it to the third board; that the second one is gone proves nothing about it."""
    away, third = world.add_board("Архів", ("Усе",)), world.add_board("Виробництво", ("В роботі",))
    connector = world.connector(boards=("Клієнти", "Архів", "Виробництво"))
    wanted = delivery(CreateCard("Ліди", "Жито"))
    made = connector.push(wanted)
    assert made.remote is not None
    card = world.card(made.remote.id)
    world.edit(card, idBoard=third.id, idList=world.list_id("В роботі", third))
    world.trello.boards.remove_member(away, world.robot, world.by_olena)
    found = connector.look(wanted)
    assert found is not None
    assert found.remote == made.remote
    world.delete(card)
    with pytest.raises(CannotTell, match="Архів"):
        connector.look(wanted)


def test_a_move_that_somebody_moved_on_since_is_found(world: Agency) -> None:
    """Only the card's history tells it from one that never took place: doing it again would override a person."""
    card = world.add_card("Пекарня")
    connector = world.connector()
    wanted = delivery(MoveCard("Договір", only_from="Ліди"), card, first_tried_at=world.sandbox.clock.now())
    connector.push(wanted)
    world.edit(card, idList=world.list_id("Ліди"))
    found = connector.look(wanted)
    assert found is not None
    assert (found.details["list"], found.details["from"]) == ("Ліди", "Ліди")


def test_a_card_that_a_person_drew_through_the_list_just_before_was_not_moved_by_us(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    for name in ("Договір", "Ініціалізація"):
        world.edit(card, idList=world.list_id(name))
    wanted = delivery(MoveCard("Договір", only_from="Ініціалізація"), card, first_tried_at=world.sandbox.clock.now())
    assert connector.look(wanted) is None


def test_a_move_to_the_same_list_long_before_is_not_taken_for_ours(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    for name in ("Договір", "Ліди"):
        world.edit(card, idList=world.list_id(name))
    world.sandbox.clock.advance(timedelta(minutes=5))
    wanted = delivery(MoveCard("Договір", only_from="Ліди"), card, first_tried_at=world.sandbox.clock.now())
    assert connector.look(wanted) is None


def test_same_file_of_last_week_is_not_taken_for_ours(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.push(delivery(ATTACH, card, file=pdf()))
    world.sandbox.clock.advance(timedelta(days=7))
    wanted = delivery(ATTACH, card, file=pdf(), first_tried_at=world.sandbox.clock.now())
    assert connector.look(wanted) is None


def test_card_that_is_gone_can_take_nothing(world: Agency) -> None:
    card = world.add_card("Пекарня")
    world.delete(card)
    connector = world.connector()
    assert connector.look(delivery(MoveCard("Договір"), card)) is None
    with pytest.raises(ConnectorError) as raised:
        connector.push(delivery(MoveCard("Договір"), card))
    assert raised.value.retry is Retry.PERMANENT


def test_unknown_list_names_the_nearest_one(world: Agency) -> None:
    card = world.add_card("Пекарня")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(MoveCard("Договiр"), card))
    assert raised.value.retry is Retry.ASK_ADMIN
    assert 'did you mean "Договір"?' in raised.value.what


def test_list_made_after_the_last_read_is_found(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    connector.pull(None)
    world.trello.boards.create_list(world.board, {"name": "Архів", "pos": "bottom"}, world.by_olena)
    connector.push(delivery(MoveCard("Архів"), card))
    assert world.list_of(card) == "Архів"


def comments_on(world: Agency, card: Card) -> list[str]:
    said = [one for one in world.trello.store.boards[card.board_id].actions if one.type == "commentCard"]
    return [str(one.data["text"]) for one in said if one.data["card"]["id"] == card.id]


def test_a_comment_that_is_too_long_goes_on_in_a_second_one(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    wanted = delivery(CommentCard("ї" * 20_000), card)
    connector.push(wanted)
    assert "".join(without_mark(text) for text in comments_on(world, card)) == "ї" * 20_000
    assert connector.look(wanted) is not None


def test_a_long_comment_of_which_a_part_is_there_gets_only_the_others(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector()
    wanted = delivery(CommentCard("ї" * 40_000), card, first_tried_at=world.sandbox.clock.now())
    world.fails("status", status=503, path="/comments", after=1)
    with pytest.raises(ConnectorError):
        connector.push(wanted)
    assert connector.look(wanted) is None
    connector.push(wanted)
    assert [part_in(text, wanted.id) for text in comments_on(world, card)] == [1, 2, 3]


def test_a_description_that_is_too_long_goes_on_in_comments(world: Agency) -> None:
    connector = world.connector(task_link="https://acme.planfix.com/task/{id}")
    related = {"planfix.task": Ref("planfix", "main", "task", "41")}
    tried_at = world.sandbox.clock.now()
    wanted = delivery(CreateCard("Ліди", "Жито", "ї" * 20_000), related=related, first_tried_at=tried_at)
    world.fails("status", status=503, path="/comments")
    with pytest.raises(ConnectorError):
        connector.push(wanted)
    assert connector.look(wanted) is None
    receipt = connector.push(wanted)
    assert receipt.remote is not None
    card = world.card(receipt.remote.id)
    assert (len(world.board.cards), len(comments_on(world, card))) == (1, 1)
    assert card.desc.startswith("Planfix: https://acme.planfix.com/task/41\n\n")
    assert connector.look(wanted) is not None


def test_a_text_that_does_not_fit_into_a_card_says_where_all_of_it_is(world: Agency) -> None:
    card = world.add_card("Пекарня")
    connector = world.connector(task_link="https://acme.planfix.com/task/{id}")
    text = "Речення про хліб. " * 1_000
    related = {"planfix.task": Ref("planfix", "main", "task", "41")}
    wanted = delivery(WriteFields("trello.card", {"description": text}), card, related=related)
    assert connector.push(wanted).details["holds"] == {"description": text}
    assert world.card(card.id).desc.endswith("хліб.\n\n‹міст: далі https://acme.planfix.com/task/41›")
    assert connector.push(wanted).already
    record = record_of(connector.pull(None), card)
    assert "description" not in record.fields
    assert record.unknown == {"description"}


def test_writes_name_the_bridge_to_trello(world: Agency) -> None:
    world.connector().push(delivery(CommentCard("Готово"), world.add_card("Пекарня")))
    assert world.sandbox.journal.writes("trello")[-1].headers["x-trello-client-identifier"] == "agency-bridge"


def test_too_many_requests_pause_the_token(world: Agency) -> None:
    card = world.add_card("Пекарня")
    body = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
    world.fails("status", status=429, body=body, path="/comments")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(CommentCard("Готово"), card))
    assert (raised.value.retry, raised.value.wait) == (Retry.PASSING, timedelta(seconds=10))
    assert [wait for wait, _lanes in world.pace.paused] == [timedelta(seconds=10)]


@pytest.mark.parametrize(("status", "retry"), [(500, Retry.UNKNOWN), (401, Retry.ASK_ADMIN), (400, Retry.PERMANENT)])
def test_refused_write_says_what_may_be_done(world: Agency, status: int, retry: Retry) -> None:
    card = world.add_card("Пекарня")
    world.fails("status", status=status, path="/comments", message="no")
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(CommentCard("Готово"), card))
    assert raised.value.retry is retry


def test_tasks_are_not_trellos_business(world: Agency) -> None:
    with pytest.raises(ConnectorError) as raised:
        world.connector().push(delivery(CreateTask("Подзвонити", "pm", "andrii"), world.add_card("Пекарня")))
    assert raised.value.retry is Retry.PERMANENT
