"""The Telegram stand-in, asked by the real python-telegram-bot over HTTP."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import requests
import telegram
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter

from sandbox import Running, Sandbox, serve_in_thread
from sandbox.journal import Exchange
from sandbox.telegram import TOKEN
from sandbox.telegram.formatting import parse_html
from sandbox.world import CLIENT, MARIIA, OLENA, TEAM_CHAT
from tests.contract import descriptions
from tests.contract.telegram_api import validate

T = TypeVar("T")
Ask = Callable[[Callable[[Bot], Awaitable[Any]]], Any]
YES_NO = InlineKeyboardMarkup([[InlineKeyboardButton("Так", callback_data="yes")]])


@pytest.fixture
def running(server: Running) -> Iterator[Running]:
    """A fresh sandbox behind the one server; in the end every exchange is held against the official description."""
    fresh = Sandbox()
    server.serve(fresh)
    yield server
    assert [fault for exchange in fresh.journal.since() for fault in validate(exchange)] == []


@pytest.fixture
def ask(running: Running) -> Ask:
    """Let the real client ask, as the stand-in's bot."""
    return lambda question: asyncio.run(_ask(running.base_url, TOKEN, question))


async def _ask(base_url: str, token: str, question: Callable[[Bot], Awaitable[T]]) -> T:
    base = f"{base_url}/telegram"
    async with Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot") as bot:
        return await question(bot)


def start(sandbox: Sandbox) -> None:
    sandbox.people.client_types(CLIENT.id, "/start")


def test_the_bot_knows_itself(ask: Ask) -> None:
    me = ask(lambda bot: bot.get_me())
    assert (me.username, me.is_bot) == ("agency_bridge_bot", True)


def test_a_wrong_token_is_refused(running: Running) -> None:
    with pytest.raises(InvalidToken):
        asyncio.run(_ask(running.base_url, "1:wrong-token", lambda bot: bot.get_me()))
    assert requests.get(f"{running.base_url}/telegram/bot1:wrong/getMe", timeout=5).status_code == 401


def test_an_unknown_method_is_not_found(running: Running) -> None:
    answer = requests.post(f"{running.base_url}/telegram/bot{TOKEN}/sendRain", timeout=5)
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


def test_a_deep_link_brings_its_payload(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.people.client_opens_link(CLIENT.id, "https://t.me/agency_bridge_bot?start=Xy_7-q")
    (update,) = ask(lambda bot: bot.get_updates(timeout=0))
    assert update.message.text == "/start Xy_7-q"
    assert update.message.chat.id == update.effective_user.id == CLIENT.id
    assert update.message.entities[0].type == "bot_command"


def test_updates_wait_until_a_higher_offset_confirms_them(sandbox: Sandbox, ask: Ask) -> None:
    for text in ("/start", "раз", "два"):
        sandbox.people.client_types(CLIENT.id, text)
    first = ask(lambda bot: bot.get_updates(limit=2, timeout=0))
    again = ask(lambda bot: bot.get_updates(limit=2, timeout=0))
    rest = ask(lambda bot: bot.get_updates(offset=first[-1].update_id + 1, timeout=0))
    assert first == again
    assert [update.message.text for update in rest] == ["два"]


def test_a_negative_offset_forgets_all_but_the_last(sandbox: Sandbox, ask: Ask) -> None:
    for text in ("/start", "раз", "два"):
        sandbox.people.client_types(CLIENT.id, text)
    assert [u.message.text for u in ask(lambda bot: bot.get_updates(offset=-1, timeout=0))] == ["два"]
    assert len(ask(lambda bot: bot.get_updates(timeout=0))) == 1


def test_updates_are_kept_for_a_day(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sandbox.clock.advance(timedelta(hours=25))
    assert ask(lambda bot: bot.get_updates(timeout=0)) == ()


def test_allowed_updates_stay_until_they_are_changed(sandbox: Sandbox, ask: Ask) -> None:
    ask(lambda bot: bot.get_updates(timeout=0, allowed_updates=["callback_query"]))
    ask(lambda bot: bot.get_updates(timeout=0))
    start(sandbox)
    assert ask(lambda bot: bot.get_updates(timeout=0)) == ()
    ask(lambda bot: bot.get_updates(timeout=0, allowed_updates=[]))
    sandbox.people.client_types(CLIENT.id, "Добрий день")
    assert len(ask(lambda bot: bot.get_updates(timeout=0))) == 1


def test_a_long_poll_ends_as_soon_as_somebody_writes(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.telegram.chats.updates.longest_poll = 60
    threading.Timer(0.05, start, [sandbox]).start()
    began = time.monotonic()
    assert len(ask(lambda bot: bot.get_updates(timeout=60))) == 1
    assert time.monotonic() - began < 50


def test_a_second_poller_ends_the_first_with_a_conflict(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.telegram.chats.updates.longest_poll = 60
    with ThreadPoolExecutor() as pool:
        polls = {pool.submit(ask, lambda bot: bot.get_updates(timeout=60)) for _poller in range(2)}
        [ended], [other] = wait(polls, return_when=FIRST_COMPLETED)
        sandbox.people.client_types(CLIENT.id, "Добрий день")
        with pytest.raises(Conflict, match="terminated by other"):
            ended.result()
        assert len(other.result()) == 1


def test_the_bot_cannot_write_first(ask: Ask) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        ask(lambda bot: bot.send_message(CLIENT.id, "Добрий день"))


def test_an_unknown_chat_is_not_found(ask: Ask) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        ask(lambda bot: bot.send_message(999, "Добрий день"))


def test_a_block_is_announced_and_then_felt(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sandbox.people.block_bot(CLIENT.id)
    change = ask(lambda bot: bot.get_updates(timeout=0))[-1].my_chat_member
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    with pytest.raises(Forbidden, match="blocked by the user"):
        ask(lambda bot: bot.send_message(CLIENT.id, "Добрий день"))


def test_a_migrated_group_tells_its_new_id(sandbox: Sandbox, ask: Ask) -> None:
    new_id = sandbox.people.migrate_group(TEAM_CHAT, MARIIA.id)
    with pytest.raises(ChatMigrated) as caught:
        ask(lambda bot: bot.send_message(TEAM_CHAT, "Зведення"))
    assert caught.value.new_chat_id == new_id
    assert ask(lambda bot: bot.send_message(new_id, "Зведення")).chat.type == "supergroup"
    assert [u.message.migrate_to_chat_id for u in ask(lambda bot: bot.get_updates(timeout=0))] == [new_id, None]


def test_html_becomes_text_and_entities(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    source = '<b>Бриф</b> 😀 <a href="https://example.com/?a=1&amp;b=2">тут</a> &lt;3'
    message = ask(lambda bot: bot.send_message(CLIENT.id, source, parse_mode="HTML"))
    assert message.text == "Бриф 😀 тут <3"
    assert message.parse_entities() == {message.entities[0]: "Бриф", message.entities[1]: "тут"}
    assert message.entities[1].url == "https://example.com/?a=1&b=2"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<b>Бриф", "Can't find end tag corresponding to start tag"),
        ("<b><i>Бриф</b></i>", "Unmatched end tag at byte offset 14"),
        ("Бриф</b>", "Unexpected end tag"),
        ("<h1>Бриф</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("1 < 2", "can't parse entities"),
    ],
)
def test_faulty_html_is_refused(sandbox: Sandbox, ask: Ask, source: str, complaint: str) -> None:
    start(sandbox)
    with pytest.raises(BadRequest, match=f"(?i){complaint}"):
        ask(lambda bot: bot.send_message(CLIENT.id, source, parse_mode="HTML"))


def test_entities_move_when_white_space_at_the_ends_is_cut() -> None:
    formatted = parse_html("\n <b> Бриф </b> ")
    assert formatted.text == "Бриф"
    assert formatted.entities == [{"type": "bold", "offset": 0, "length": 4}]


def test_the_limit_counts_the_text_after_parsing(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    assert ask(lambda bot: bot.send_message(CLIENT.id, f"<b>{'я' * 4096}</b>", parse_mode="HTML")).text == "я" * 4096
    with pytest.raises(BadRequest, match="too long"):
        ask(lambda bot: bot.send_message(CLIENT.id, "я" * 4097))
    with pytest.raises(BadRequest, match="text is empty"):
        ask(lambda bot: bot.send_message(CLIENT.id, "  "))


def test_a_pressed_button_comes_as_a_query_that_is_answered_once(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sent = ask(lambda bot: bot.send_message(CLIENT.id, "Отримали бриф?", reply_markup=YES_NO))
    sandbox.people.client_presses(CLIENT.id, sent.message_id, "Так")
    query = ask(lambda bot: bot.get_updates(timeout=0))[-1].callback_query
    assert (query.data, query.message.message_id, query.from_user.id) == ("yes", sent.message_id, CLIENT.id)
    assert ask(lambda bot: bot.answer_callback_query(query.id, "Дякуємо!")) is True
    with pytest.raises(BadRequest, match="Query is too old"):
        ask(lambda bot: bot.answer_callback_query(query.id))


def test_an_old_press_cannot_be_answered_any_more(sandbox: Sandbox, ask: Ask) -> None:
    sent = ask(lambda bot: bot.send_message(TEAM_CHAT, "Хто?", reply_markup=YES_NO))
    query_id = sandbox.people.staff_presses(OLENA.id, sent.message_id, "yes", TEAM_CHAT)
    sandbox.clock.advance(timedelta(hours=1))
    with pytest.raises(BadRequest, match="Query is too old"):
        ask(lambda bot: bot.answer_callback_query(query_id))


def test_callback_data_is_measured_in_bytes(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)

    def send(data: str) -> Any:
        markup = {"inline_keyboard": [[{"text": "Так", "callback_data": data}]]}
        return ask(lambda bot: bot.send_message(CLIENT.id, "?", api_kwargs={"reply_markup": markup}))

    assert send("я" * 32)
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        send("я" * 33)


def test_an_edit_changes_the_message_and_drops_its_buttons(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sent = ask(lambda bot: bot.send_message(CLIENT.id, "Бриф?", reply_markup=YES_NO))
    sandbox.clock.advance(timedelta(minutes=1))
    edited = ask(lambda bot: bot.edit_message_text("Є!", CLIENT.id, sent.message_id))
    assert (edited.text, edited.reply_markup) == ("Є!", None)
    assert edited.edit_date - edited.date == timedelta(minutes=1)
    with pytest.raises(BadRequest, match="not modified"):
        ask(lambda bot: bot.edit_message_text("Є!", CLIENT.id, sent.message_id))


def test_buttons_can_be_taken_away_alone(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sent = ask(lambda bot: bot.send_message(CLIENT.id, "Бриф?", reply_markup=YES_NO))
    edited = ask(lambda bot: bot.edit_message_reply_markup(CLIENT.id, sent.message_id))
    assert (edited.text, edited.reply_markup) == ("Бриф?", None)


def test_only_the_bots_own_messages_can_be_edited(sandbox: Sandbox, ask: Ask) -> None:
    number = sandbox.people.client_types(CLIENT.id, "/start")
    with pytest.raises(BadRequest, match="can't be edited"):
        ask(lambda bot: bot.edit_message_text("Є!", CLIENT.id, number))
    with pytest.raises(BadRequest, match="to edit not found"):
        ask(lambda bot: bot.edit_message_text("Є!", CLIENT.id, number + 1))


def test_a_deleted_message_is_gone(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sent = ask(lambda bot: bot.send_message(CLIENT.id, "Помилка"))
    assert ask(lambda bot: bot.delete_message(CLIENT.id, sent.message_id)) is True
    with pytest.raises(BadRequest, match="to delete not found"):
        ask(lambda bot: bot.delete_message(CLIENT.id, sent.message_id))


def test_a_message_can_be_deleted_for_two_days(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)
    sent = ask(lambda bot: bot.send_message(CLIENT.id, "Помилка"))
    sandbox.clock.advance(timedelta(hours=49))
    with pytest.raises(BadRequest, match="can't be deleted"):
        ask(lambda bot: bot.delete_message(CLIENT.id, sent.message_id))


def test_a_clients_edit_comes_as_an_edited_message(sandbox: Sandbox, ask: Ask) -> None:
    number = sandbox.people.client_types(CLIENT.id, "Сайт: а.ua")
    sandbox.people.client_edits(CLIENT.id, number, "Сайт: б.ua")
    update = ask(lambda bot: bot.get_updates(timeout=0))[-1]
    assert (update.edited_message.message_id, update.edited_message.text) == (number, "Сайт: б.ua")


def test_a_document_goes_up_and_comes_down_again(sandbox: Sandbox, ask: Ask) -> None:
    start(sandbox)

    async def there_and_back(bot: Bot) -> tuple[telegram.Message, bytes]:
        sent = await bot.send_document(
            CLIENT.id, b"%PDF-1.7 test", filename="договір.pdf", caption="<b>Договір</b>", parse_mode="HTML"
        )
        assert sent.document is not None
        return sent, bytes(await (await bot.get_file(sent.document.file_id)).download_as_bytearray())

    sent, content = ask(there_and_back)
    assert (sent.document.file_name, sent.caption, content) == ("договір.pdf", "Договір", b"%PDF-1.7 test")


def test_a_known_file_is_sent_again_by_its_id(sandbox: Sandbox, ask: Ask) -> None:
    number = sandbox.people.client_sends_file(CLIENT.id, "лого.txt", "лого", "Ось лого")
    document = ask(lambda bot: bot.get_updates(timeout=0))[-1].message.document
    assert number
    assert ask(lambda bot: bot.send_document(TEAM_CHAT, document.file_id)).document.file_name == "лого.txt"


def test_chats_and_members_are_shown(sandbox: Sandbox, ask: Ask) -> None:
    assert ask(lambda bot: bot.get_chat(TEAM_CHAT)).title == "Команда"
    assert ask(lambda bot: bot.get_chat_member(TEAM_CHAT, MARIIA.id)).status == "creator"
    assert ask(lambda bot: bot.get_chat_member(TEAM_CHAT, CLIENT.id)).status == "left"
    with pytest.raises(BadRequest, match=r"(?i)member not found"):
        ask(lambda bot: bot.get_chat_member(TEAM_CHAT, 12345))


def test_a_bot_that_left_cannot_write_any_more(ask: Ask) -> None:
    assert ask(lambda bot: bot.leave_chat(TEAM_CHAT)) is True
    with pytest.raises(Forbidden, match="not a member"):
        ask(lambda bot: bot.send_message(TEAM_CHAT, "Зведення"))


def test_commands_are_kept_and_checked(ask: Ask) -> None:
    assert ask(lambda bot: bot.set_my_commands([("status", "Що зараз")])) is True
    assert [command.command for command in ask(lambda bot: bot.get_my_commands())] == ["status"]
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        ask(lambda bot: bot.set_my_commands([("Статус", "Що зараз")]))


def test_the_limits_answer_with_the_seconds_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    with serve_in_thread(Sandbox(limits="vendor", monotonic=lambda: 0.0)) as running:
        asyncio.run(_ask(running.base_url, TOKEN, lambda bot: bot.send_message(TEAM_CHAT, "раз")))
        with pytest.raises(RetryAfter) as caught:
            asyncio.run(_ask(running.base_url, TOKEN, lambda bot: bot.send_message(TEAM_CHAT, "два")))
    assert caught.value.retry_after == timedelta(seconds=1)


def test_a_webhook_gets_the_updates_in_order_with_its_secret(sandbox: Sandbox, ask: Ask) -> None:
    with Listener() as listener:
        ask(lambda bot: bot.set_webhook(listener.url, secret_token="sandbox-secret"))
        for text in ("/start", "раз", "два"):
            sandbox.people.client_types(CLIENT.id, text)
        listener.wait_for(3)
        with pytest.raises(Conflict, match="webhook is active"):
            ask(lambda bot: bot.get_updates(timeout=0))
        ask(lambda bot: bot.delete_webhook())
    assert [body["message"]["text"] for _, body in listener.got] == ["/start", "раз", "два"]
    assert {secret for secret, _ in listener.got} == {"sandbox-secret"}


def test_a_webhook_must_be_https_unless_it_is_on_this_machine(ask: Ask) -> None:
    with pytest.raises(BadRequest, match="https url must be provided"):
        ask(lambda bot: bot.set_webhook("http://example.com/telegram"))
    assert ask(lambda bot: bot.get_webhook_info()).url == ""


@pytest.mark.skipif(descriptions() is None, reason="BRIDGE_API_DESCRIPTIONS is not set")
def test_the_contract_finds_a_wrong_parameter_and_a_wrong_answer(sandbox: Sandbox) -> None:
    entry = Exchange(
        1, sandbox.clock.now(), "telegram", "POST", "", {}, {}, {"chat_id": "x", "txt": "?"}, "sendMessage"
    )
    answer = {"ok": True, "result": {"message_id": "7"}}
    entry.answer_type, entry.answer_bytes, entry.status = "application/json", json.dumps(answer).encode(), 200
    faults = validate(entry)
    assert "sendMessage: unknown parameter txt" in faults
    assert "sendMessage: required parameter text is missing" in faults
    assert "sendMessage: result.message_id: '7' is no Integer" in faults


class Listener:
    """A webhook's receiver on loopback; keeps the secret header and the body of every post."""

    def __init__(self) -> None:
        self.got: list[tuple[str | None, dict[str, Any]]] = []
        self._posts = threading.Semaphore(0)
        got, posts = self.got, self._posts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], json.loads(body)))
                posts.release()
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/telegram"

    def wait_for(self, count: int) -> None:
        for _post in range(count):
            assert self._posts.acquire(timeout=60)

    def __enter__(self) -> Listener:
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
