"""What clients and staff do in Telegram, read over real HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.events import Actor, ActorKind
from bridge.model.records import Cursor, Ref
from sandbox.faults import Fault
from sandbox.world import ANDRII, BORYS, CLIENT, OLENA, TEAM_CHAT
from tests.connectors.telegram.agency import Agency, message


def test_a_client_who_opens_the_link_starts_the_chat_with_its_code(world: Agency) -> None:
    world.sandbox.people.client_opens_link(CLIENT.id, world.connector.deep_link("k7m2-x"))
    [happening] = world.connector.pull(None).happenings
    assert happening.kind == "start"
    assert happening.data["payload"] == "k7m2-x"
    assert happening.about == Ref("telegram", "bot", "chat", str(CLIENT.id))
    assert happening.actor == Actor(ActorKind.CLIENT, str(CLIENT.id), "Соломія")


def test_a_bot_taken_into_a_group_by_link_starts_there(world: Agency) -> None:
    world.sandbox.people.staff_types(BORYS.id, "/start@agency_bridge_bot k7m2", TEAM_CHAT)
    [happening] = world.connector.pull(None).happenings
    assert (happening.kind, happening.data["payload"], happening.data["chat_type"]) == ("start", "k7m2", "group")


def test_a_command_to_another_bot_is_only_a_message(world: Agency) -> None:
    world.sandbox.people.staff_types(OLENA.id, "/start@other_bot k7m2", TEAM_CHAT)
    [happening] = world.connector.pull(None).happenings
    assert happening.kind == "message"


def test_a_clients_words_are_a_message_of_their_own_time(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "Вітаю! <b>Коли</b> почнемо?")
    sent_at = world.sandbox.clock.now()
    world.sandbox.clock.advance(timedelta(hours=2))
    [happening] = world.connector.pull(None).happenings
    assert (happening.kind, happening.at) == ("message", sent_at)
    assert happening.data["text"] == "Вітаю! <b>Коли</b> почнемо?"


def test_a_file_is_a_message_too(world: Agency) -> None:
    world.sandbox.people.client_sends_file(CLIENT.id, "доступи.txt", "login", "Ось доступи")
    [happening] = world.connector.pull(None).happenings
    assert (happening.data["text"], happening.data["content"]) == ("Ось доступи", "document")


def test_a_client_can_give_no_command(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "/paid 1000")
    [happening] = world.connector.pull(None).happenings
    assert (happening.kind, happening.data["text"]) == ("message", "/paid 1000")


@pytest.mark.parametrize(("text", "rest"), [("/paid  1000 UAH", "1000 UAH"), ("/Paid@agency_bridge_bot", "")])
def test_staff_give_commands(world: Agency, text: str, rest: str) -> None:
    world.sandbox.people.staff_types(ANDRII.id, text)
    [happening] = world.connector.pull(None).happenings
    assert (happening.kind, happening.data["command"], happening.data["text"]) == ("command", "paid", rest)
    assert happening.actor == Actor(ActorKind.PERSON, "andrii", "Андрій")


def test_an_edited_command_is_not_given_again(world: Agency) -> None:
    number = world.sandbox.people.staff_types(OLENA.id, "/paid 100")
    world.sandbox.telegram.chats.person_edits(OLENA.id, number, "/paid 1000")
    first, second = world.connector.pull(None).happenings
    assert (first.kind, second.kind, second.data["edited"]) == ("command", "message", True)


def test_a_press_tells_which_button_of_which_message(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "/start")
    receipt = world.connector.push(message("client", "Погоджуєте?", ("approve", "Так")))
    number = receipt.details["message_id"]
    assert isinstance(number, int)
    world.sandbox.people.client_presses(CLIENT.id, number, "Так")
    press = world.connector.pull(None).happenings[-1]
    assert (press.kind, press.data["data"], press.data["message"]) == ("press", "0123456789:approve", number)


def test_a_press_is_acknowledged_and_a_stale_one_is_no_error(world: Agency) -> None:
    test_a_press_tells_which_button_of_which_message(world)
    press = world.connector.pull(None).happenings[-1]
    assert world.connector.acknowledge(press, "Дякуємо!")
    world.sandbox.clock.advance(timedelta(hours=1))
    assert not world.connector.acknowledge(press)
    assert world.calls("answerCallbackQuery") == 2


def test_blocking_and_letting_in_again_are_told_with_the_state_of_the_chat(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "/start")
    page = world.connector.pull(None)
    world.sandbox.people.block_bot(CLIENT.id)
    blocked = world.connector.pull(page.cursor)
    world.sandbox.people.unblock_bot(CLIENT.id)
    opened = world.connector.pull(blocked.cursor)
    assert [item.kind for item in (*blocked.happenings, *opened.happenings)] == ["chat.blocked", "chat.open"]
    assert [record.fields["state"] for record in (*blocked.records, *opened.records)] == ["blocked", "open"]


def test_a_group_that_became_a_supergroup_is_told_once(world: Agency) -> None:
    new = world.sandbox.people.migrate_group(TEAM_CHAT, OLENA.id)
    page = world.connector.pull(None)
    assert {item.ref for item in page.happenings if item.kind == "chat.migrated"} == {
        Ref("telegram", "bot", "update", f"migrated:{TEAM_CHAT}:{new}")
    }
    assert page.happenings[0].data == {"from": str(TEAM_CHAT), "to": str(new), "name": "Команда"}
    assert [record.ref.id for record in page.records] == [str(new)]


def test_updates_are_confirmed_only_by_the_next_reading(world: Agency) -> None:
    world.sandbox.people.client_types(CLIENT.id, "раз")
    lost = world.connector.pull(None)
    again = world.connector.pull(None)
    assert [item.ref for item in again.happenings] == [item.ref for item in lost.happenings]
    assert list(world.connector.pull(again.cursor).happenings) == []
    assert world.sandbox.telegram.chats.updates.pending() == []


def test_an_update_in_an_unknown_shape_stops_nothing(world: Agency, caplog: pytest.LogCaptureFixture) -> None:
    odd = {"update_id": 500, "message": {"message_id": "three", "chat": None}}
    fine = {
        "update_id": 501,
        "message": {"message_id": 4, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "🙂" * 4096},
    }
    body = {"ok": True, "result": [odd, fine, {"update_id": 502}]}
    world.sandbox.faults.add(Fault("telegram", "status", path="getUpdates", status=200, body=body))
    page = world.connector.pull(None)
    assert ([item.ref.id for item in page.happenings], page.cursor) == (["update:501"], "503")
    assert "update 500 is skipped, its shape is unknown at message.message_id" in caplog.text


def test_a_quiet_reading_keeps_the_position(world: Agency) -> None:
    assert world.connector.pull(Cursor("77")).cursor == "77"
    assert world.connector.pull(None).cursor == "0"


def test_only_the_last_page_has_seen_everything(world: Agency) -> None:
    for number in range(101):
        world.sandbox.people.client_types(CLIENT.id, str(number))
    first = world.connector.pull(None)
    last = world.connector.pull(first.cursor)
    assert (first.more, first.seen_up_to, len(first.happenings)) == (True, {}, 100)
    assert (last.more, last.seen_up_to) == (False, {"telegram.chat": world.sandbox.clock.now()})


def test_every_kind_of_update_that_is_read_is_asked_for(world: Agency) -> None:
    world.connector.pull(None)
    assert set(world.sandbox.telegram.chats.updates.allowed) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "chat_member",
    }


@pytest.mark.parametrize(
    ("status", "description", "says"),
    [
        (409, "Conflict: terminated by other getUpdates request", "two bridges"),
        (409, "Conflict: can't use getUpdates method while webhook is active", "deleteWebhook"),
        (401, "Unauthorized", "@BotFather"),
    ],
)
def test_a_bot_that_cannot_be_read_asks_the_admin(world: Agency, status: int, description: str, says: str) -> None:
    body = {"ok": False, "error_code": status, "description": description}
    world.sandbox.faults.add(Fault("telegram", "status", path="getUpdates", status=status, body=body))
    with pytest.raises(ConnectorError, match=says) as caught:
        world.connector.pull(None)
    assert caught.value.retry is Retry.ASK_ADMIN


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_reading_without_an_answer_passes(world: Agency, kind: str) -> None:
    world.sandbox.faults.add(Fault("telegram", kind, path="getUpdates"))  # type: ignore[arg-type]
    with pytest.raises(ConnectorError) as caught:
        world.connector.pull(None)
    assert caught.value.retry is Retry.PASSING


def test_a_group_is_read_again_and_a_lost_one_is_blocked(world: Agency) -> None:
    ref = Ref("telegram", "bot", "chat", str(TEAM_CHAT))
    [there] = world.connector.refresh([ref, Ref("telegram", "bot", "chat", str(CLIENT.id))]).records
    body = {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked from the group chat"}
    world.sandbox.faults.add(Fault("telegram", "status", path="getChat", status=403, body=body))
    [lost] = world.connector.refresh([ref]).records
    assert (there.fields["state"], there.fields["title"], lost.fields["state"]) == ("open", "Команда", "blocked")
