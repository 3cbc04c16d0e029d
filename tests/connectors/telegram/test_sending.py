"""Messages to clients and staff, over real HTTP, and what becomes of them when something breaks."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import EditMessage, MoveCard, SendMessage
from bridge.model.deliveries import Delivery, Receipt, StoredFile
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.findings import Level
from bridge.model.menus import Menu
from bridge.model.records import Ref
from connectors.telegram import TelegramConnector, TelegramMapping, TelegramSettings
from sandbox.faults import Fault
from sandbox.telegram import Message
from sandbox.world import CLIENT, OLENA, TEAM_CHAT
from tests.connectors.telegram.agency import MAPPING, Agency, message
from tests.secrets import TELEGRAM_TOKEN, planted_in


@pytest.fixture
def started(world: Agency) -> Agency:
    world.sandbox.people.client_types(CLIENT.id, "/start")
    return world


def failure(world: Agency, delivery: Delivery) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        world.connector.push(delivery)
    return caught.value


def refused(world: Agency, status: int, description: str, **parameters: object) -> ConnectorError:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    world.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=status, body=body))
    return failure(world, message("client"))


def test_a_client_is_written_to_in_the_chat_of_the_delivery(started: Agency) -> None:
    receipt = started.connector.push(message("client", "Бриф: <b>готово</b>"))
    assert started.shown(CLIENT.id)[-1] == "Бриф: готово"
    assert receipt.at == started.sandbox.clock.now()
    assert receipt.remote == Ref("telegram", "bot", "message", f"{CLIENT.id}:{receipt.details['message_id']}")


@pytest.mark.parametrize(("to", "chat"), [("person:olena", OLENA.id), ("staff-chat", TEAM_CHAT)])
def test_staff_are_written_to_where_the_mapping_says(world: Agency, to: str, chat: int) -> None:
    assert world.connector.push(message(to)).details["chat"] == str(chat)
    assert world.shown(chat)[-1] == "Добрий день!"


@pytest.mark.parametrize("to", ["person:nobody", "client"])
def test_without_a_chat_nothing_is_sent(world: Agency, to: str) -> None:
    error = failure(world, Delivery("0123456789", "key", message(to).decision, "deal", None))
    assert (error.retry, error.code, world.calls("sendMessage")) == (Retry.PERMANENT, "no-chat", 0)


def test_buttons_carry_the_delivery_and_links_stay_links(started: Agency) -> None:
    number = started.connector.push(
        message("client", "Звіт", ("approve", "Погоджую"), ("https://kava.example", "Звіт"))
    ).details["message_id"]
    chat = started.sandbox.telegram.chats.find(str(CLIENT.id))
    markup = chat.messages[number].markup  # type: ignore[index]
    assert markup == {
        "inline_keyboard": [
            [{"text": "Погоджую", "callback_data": "0123456789:approve"}],
            [{"text": "Звіт", "url": "https://kava.example"}],
        ]
    }


def test_a_button_with_too_long_a_name_is_never_sent(started: Agency) -> None:
    error = failure(started, message("client", "Звіт", ("ї" * 27, "Так")))
    assert (error.retry, error.code, started.calls("sendMessage")) == (Retry.PERMANENT, "button", 0)


def test_each_part_of_a_long_text_is_taken_by_telegram(started: Agency) -> None:
    whole = SendMessage("client", "<b>" + "🙂" * 2048 + "\n" + "🙂" * 2000 + "</b>")
    for part in started.connector.parts(whole):
        started.connector.push(message("client", part))
    assert started.shown(CLIENT.id)[-2:] == ["🙂" * 2048, "🙂" * 2000]


def test_a_text_that_nobody_took_apart_is_refused_before_it_is_sent(started: Agency) -> None:
    error = failure(started, message("client", "🙂" * 2049))
    assert (error.retry, error.code, started.calls("sendMessage")) == (Retry.PERMANENT, "too-large", 0)


PDF = StoredFile("Договір v1.pdf", "application/pdf", b"%PDF-1")


def with_file(text: str, file: StoredFile = PDF, **more: str) -> Delivery:
    decision = SendMessage("client", text, document="contract", document_key="k", buttons=(("approve", "Так"),))
    return replace(message("client"), decision=decision, file=file, **more)  # type: ignore[arg-type]


def last(world: Agency) -> Message:
    chat = world.sandbox.telegram.chats.find(str(CLIENT.id))
    return list(chat.messages.values())[-1]


def test_a_document_goes_with_its_words_as_caption_and_its_buttons(started: Agency) -> None:
    receipt = started.connector.push(with_file("Ваш <b>договір</b>"))
    shown = last(started).as_json()
    assert (shown["caption"], shown["document"]["file_name"]) == ("Ваш договір", "Договір v1.pdf")
    assert shown["reply_markup"]["inline_keyboard"][0][0]["text"] == "Так"
    assert started.sandbox.telegram.chats.files[str(receipt.details["file_id"])].content == b"%PDF-1"


@pytest.mark.parametrize(("length", "parts"), [(1024, 1), (1025, 2)])
def test_words_that_are_too_long_for_a_caption_go_before_the_document(started: Agency, length: int, parts: int) -> None:
    delivery = with_file("я" * length)
    assert isinstance(delivery.decision, SendMessage)
    texts = started.connector.parts(delivery.decision)
    assert texts == ("я" * length, "")[:parts]
    started.connector.push(replace(delivery, decision=replace(delivery.decision, text=texts[-1])))
    assert last(started).extra["document"]["file_name"] == "Договір v1.pdf"


def test_a_file_that_telegram_has_is_not_sent_anew(started: Agency) -> None:
    known = str(started.connector.push(with_file("раз")).details["file_id"])
    started.connector.push(with_file("два", known_as=known))
    assert (last(started).extra["document"]["file_id"], len(started.sandbox.telegram.chats.files)) == (known, 1)


def test_a_file_that_telegram_does_not_know_any_more_is_sent_anew(started: Agency) -> None:
    receipt = started.connector.push(with_file("раз", known_as="BQACforgotten"))
    assert receipt.details["file_id"] in started.sandbox.telegram.chats.files


def test_a_file_of_more_than_50_mb_is_refused_before_a_byte_is_sent(started: Agency) -> None:
    error = failure(started, with_file("раз", replace(PDF, content=b"x" * 50_000_001)))
    assert (error.retry, error.code, started.calls("sendDocument")) == (Retry.PERMANENT, "file-too-large", 0)


def test_sending_asks_the_limits_of_the_bot_the_chat_and_the_group(started: Agency) -> None:
    started.connector.push(message("client"))
    started.connector.push(message("staff-chat"))
    assert started.pace.taken == [
        ("telegram", f"telegram:chat:{CLIENT.id}"),
        ("telegram", f"telegram:chat:{TEAM_CHAT}", f"telegram:group:{TEAM_CHAT}"),
    ]


def test_a_client_who_blocked_the_bot_is_not_tried_again(started: Agency) -> None:
    started.sandbox.people.block_bot(CLIENT.id)
    error = failure(started, message("client"))
    assert (error.retry, error.code) == (Retry.PERMANENT, "blocked")


def test_a_client_who_never_pressed_start_cannot_be_written_to(world: Agency) -> None:
    error = failure(world, message("client"))
    assert (error.retry, error.code) == (Retry.PERMANENT, "cannot-initiate")


def test_an_unknown_chat_and_broken_html_are_final(started: Agency) -> None:
    missing = failure(started, message("client", chat=999))
    broken = failure(started, message("client", "<b>не закрито"))
    assert [(error.retry, error.code) for error in (missing, broken)] == [
        (Retry.PERMANENT, "chat-not-found"),
        (Retry.PERMANENT, "400"),
    ]


def test_flood_control_passes_with_its_wait(started: Agency) -> None:
    error = refused(started, 429, "Too Many Requests: retry after 17", retry_after=17)
    assert (error.retry, error.wait) == (Retry.PASSING, timedelta(seconds=17))
    assert started.pace.paused == [(timedelta(seconds=17), ("telegram", f"telegram:chat:{CLIENT.id}"))]


def test_a_flooded_group_silences_nobody_else(world: Agency) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 9}}
    world.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=429, body=body))
    failure(world, message("staff-chat"))
    assert [lane for _, lanes in world.pace.paused for lane in lanes] == [
        f"telegram:chat:{TEAM_CHAT}",
        f"telegram:group:{TEAM_CHAT}",
    ]


def test_a_group_that_moved_passes_and_is_found_at_its_new_id(world: Agency) -> None:
    new = world.sandbox.people.migrate_group(TEAM_CHAT, OLENA.id)
    error = failure(world, message("staff-chat"))
    assert (error.retry, error.moved_to) == (Retry.PASSING, str(new))
    assert world.connector.push(message("staff-chat")).details["chat"] == str(new)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_message_without_an_answer_is_unknown(started: Agency, kind: str) -> None:
    started.sandbox.faults.add(Fault("telegram", kind, path="sendMessage"))  # type: ignore[arg-type]
    assert failure(started, message("client")).retry is Retry.UNKNOWN


@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", {"ok": False, "description": "Internal"}])
def test_an_outage_while_sending_is_unknown(started: Agency, body: str | dict[str, object]) -> None:
    started.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=502, body=body))
    assert failure(started, message("client")).retry is Retry.UNKNOWN


def test_an_answer_in_another_shape_is_unknown_for_the_message_may_be_there(started: Agency) -> None:
    body = {"ok": True, "result": {"surprise": 1}}
    started.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=200, body=body))
    assert failure(started, message("client")).retry is Retry.UNKNOWN


def test_a_connection_that_never_opened_passes(started: Agency) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = TelegramSettings(TELEGRAM_TOKEN, f"http://127.0.0.1:{free.getsockname()[1]}")
    connector = TelegramConnector(settings, MAPPING, started.sandbox.clock, started.pace)
    with pytest.raises(ConnectorError) as caught:
        connector.push(message("client"))
    connector.close()
    assert caught.value.retry is Retry.PASSING


def test_what_was_sent_cannot_be_looked_for(started: Agency) -> None:
    with pytest.raises(CannotTell):
        started.connector.look(message("client"))


def test_another_decision_is_refused(world: Agency) -> None:
    error = failure(world, Delivery("0123456789", "key", MoveCard("Договір"), "deal", None))
    assert error.retry is Retry.PERMANENT


def test_the_token_reaches_no_log_and_no_error(
    started: Agency, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = started.connect(TELEGRAM_TOKEN)
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "disabled", True)  # the other side's own log
    for name in ("httpx", "httpcore", "telegram.Bot", ""):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectorError) as caught:
        connector.push(message("client"))
    connector.close()
    assert caught.value.retry is Retry.ASK_ADMIN
    assert planted_in(caplog.text + str(caught.value) + repr(TelegramSettings(TELEGRAM_TOKEN))) == []
    assert caught.value.__cause__ is None


def test_what_people_wrote_reaches_no_log_by_an_answer_that_is_cut_off(
    started: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    body = '{"ok":true,"result":{"text":"мій телефон 0671234567'
    started.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=200, body=body))
    assert failure(started, message("client")).retry is Retry.UNKNOWN
    assert "0671234567" not in caplog.text


def edited(world: Agency, sent: Receipt, text: str, *, under: bool = False) -> Receipt:
    """The message after its button was pressed."""
    number = sent.details["message_id"]
    assert isinstance(number, int)
    wanted = EditMessage("0123456789", chat=str(CLIENT.id), message=number, text=text, under=under)
    return world.connector.push(replace(message("client"), decision=wanted, background=True))


def shown(world: Agency) -> tuple[str, bool]:
    """The words of the client's last message, and whether it has buttons."""
    return last(world).body.text, bool((last(world).markup or {}).get("inline_keyboard"))


def test_a_pressed_message_shows_its_new_words_without_buttons_and_twice_is_no_error(started: Agency) -> None:
    sent = started.connector.push(message("client", "Погоджуєте?", ("approve", "Так")))
    receipts = [edited(started, sent, "Погоджуєте?\n\n✓ Так") for _time in range(2)]
    assert shown(started) == ("Погоджуєте?\n\n✓ Так", False)
    assert [receipt.already for receipt in receipts] == [False, True]


@pytest.mark.parametrize("text", ["", "я" * 4097])
def test_words_that_do_not_fit_stay_and_the_buttons_go(started: Agency, text: str) -> None:
    edited(started, started.connector.push(message("client", "Погоджуєте?", ("approve", "Так"))), text)
    assert shown(started) == ("Погоджуєте?", False)


def test_the_words_under_a_document_are_changed_too(started: Agency) -> None:
    edited(started, started.connector.push(with_file("Ваш договір")), "Ваш договір\n\n✓ Так", under=True)
    assert shown(started) == ("Ваш договір\n\n✓ Так", False)


def test_a_message_that_the_client_deleted_cannot_be_changed(started: Agency) -> None:
    sent = started.connector.push(message("client", "Погоджуєте?", ("approve", "Так")))
    del started.sandbox.telegram.chats.find(str(CLIENT.id)).messages[int(str(sent.details["message_id"]))]
    with pytest.raises(ConnectorError) as caught:
        edited(started, sent, "Так")
    assert caught.value.retry is Retry.PERMANENT


def to_colleagues(world: Agency, text: str, instead_of: str = "") -> tuple[Receipt, list[str]]:
    """What came of a message to the staff chat, and what is read there by then."""
    decision = SendMessage("staff-chat", text, renews=True, instead_of=instead_of)
    receipt = world.connector.push(replace(message("staff-chat"), decision=decision))
    return receipt, [one.body.text for one in world.sandbox.telegram.chats.find(str(TEAM_CHAT)).messages.values()]


def test_colleagues_read_an_earlier_message_changed_and_the_place_of_it_is_known(world: Agency) -> None:
    first, _read = to_colleagues(world, "• сума\n• бриф")
    place = f"{first.details['chat']}:{first.details['message_id']}"
    for _time in range(2):  # an answer may have been lost
        second, read = to_colleagues(world, "• бриф", place)
        assert (second.details, second.remote, read[-1]) == (first.details, first.remote, "• бриф")
    assert "• сума\n• бриф" not in read


@pytest.mark.parametrize("elsewhere", [False, True])
def test_where_the_earlier_message_is_gone_colleagues_read_a_new_one(world: Agency, elsewhere: bool) -> None:
    first, _read = to_colleagues(world, "• сума\n• бриф")
    number = int(str(first.details["message_id"]))
    if not elsewhere:
        del world.sandbox.telegram.chats.find(str(TEAM_CHAT)).messages[number]
    second, read = to_colleagues(world, "• бриф", f"{'1' if elsewhere else TEAM_CHAT}:{number}")
    assert (read[-1], second.details["message_id"] == number) == ("• бриф", False)


def test_a_link_with_an_impossible_code_is_refused(world: Agency) -> None:
    assert world.connector.deep_link("k7", group=True) == "https://t.me/agency_bridge_bot?startgroup=k7"
    with pytest.raises(ValueError, match="characters"):
        world.connector.deep_link("код")


def test_the_bots_name_is_asked_once(world: Agency) -> None:
    assert [world.connector.bot_username() for _ in range(2)] == ["agency_bridge_bot"] * 2
    assert world.calls("getMe") == 1


def test_a_good_bot_passes_the_check(world: Agency) -> None:
    assert [finding for finding in world.connector.check() if finding.level is Level.ERROR] == []


def test_the_check_finds_a_webhook_a_wrong_bot_and_a_lost_staff_chat(world: Agency) -> None:
    webhook = {"url": "https://other.example/hook", "has_custom_certificate": False, "pending_update_count": 0}
    body = {"ok": True, "result": webhook}
    world.sandbox.faults.add(Fault("telegram", "status", path="getWebhookInfo", status=200, body=body))
    connector = world.connect(mapping=TelegramMapping(staff_chat=-1, bot_username="@another_bot"))
    findings = [finding for finding in connector.check() if finding.level is Level.ERROR]
    connector.close()
    assert [finding.code for finding in findings] == ["wrong-bot", "webhook-set", "staff-chat"]
    assert "deleteWebhook" in findings[1].advice


def test_the_check_finds_a_wrong_token(world: Agency) -> None:
    connector = world.connect("1:sandbox-wrong")
    [finding] = connector.check()
    connector.close()
    assert (finding.code, "@BotFather" in finding.what) == ("no-access", True)


def test_a_closed_connector_refuses(world: Agency) -> None:
    world.connector.close()
    assert failure(world, message("staff-chat")).retry is Retry.PASSING


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: the group chat was deleted"),
        (403, "Forbidden: the group chat was deleted"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
    ],
)
def test_a_chat_in_which_the_bot_is_not_heard_any_more_is_shut(started: Agency, status: int, words: str) -> None:
    error = refused(started, status, words)
    assert (error.retry, error.code) == (Retry.PERMANENT, "blocked")


def in_topic() -> Delivery:
    return replace(message("client"), related={"telegram.thread": Ref("telegram", "bot", "thread", "12")})


def test_a_forum_group_is_written_to_in_its_topic(started: Agency) -> None:
    started.connector.push(in_topic())
    asked = [one.body for one in started.sandbox.journal.since() if one.operation == "sendMessage"]
    assert [str(body["message_thread_id"]) for body in asked] == ["12"]


def test_a_topic_that_is_gone_leaves_the_group(started: Agency) -> None:
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: message thread not found"}
    started.sandbox.faults.add(Fault("telegram", "status", path="sendMessage", status=400, body=refusal))
    started.connector.push(in_topic())
    assert started.shown(CLIENT.id)[-1:] == ["Добрий день!"]


def test_a_menu_is_shown_in_its_chat_and_taken_away_again(started: Agency) -> None:
    menu = Menu(str(CLIENT.id), "", (("status", "Як справи"),))
    started.connector.offer(menu)
    shown = dict(started.sandbox.telegram.chats.commands)
    started.connector.offer(replace(menu, commands=()))
    assert shown == {(f"chat {CLIENT.id}", ""): [{"command": "status", "description": "Як справи"}]}
    assert started.sandbox.telegram.chats.commands == {}


def test_a_menu_for_somebody_who_never_wrote_is_refused_for_good(world: Agency) -> None:
    with pytest.raises(ConnectorError) as caught:
        world.connector.offer(Menu("77", "", (("status", "Як справи"),)))
    assert (caught.value.retry, caught.value.code) == (Retry.PERMANENT, "chat-not-found")
