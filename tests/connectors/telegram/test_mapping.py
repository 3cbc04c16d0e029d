"""Updates as Telegram describes them, the odd ones too; without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.model.events import ActorKind
from bridge.model.records import Happening
from connectors.telegram.mapping import Reader
from connectors.telegram.settings import TelegramMapping
from connectors.telegram.updates import Update

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOLOMIIA = {"id": 51, "is_bot": False, "first_name": "Соломія", "last_name": "Квітка"}
PRIVATE = {"id": 51, "type": "private", "first_name": "Соломія"}
GROUP = {"id": -7, "type": "group", "title": "Проєкт"}


READER = Reader(TelegramMapping(people={"77": "olena"}), lambda: "agency_bot", NOW)


def read(**update: Any) -> list[Happening]:
    return READER.happenings(Update.model_validate({"update_id": 9, **update}))


def said(**members: Any) -> dict[str, Any]:
    return {"message_id": 3, "date": 1_772_000_000, "chat": PRIVATE, "from": SOLOMIIA, **members}


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"poll": {"id": "1"}},
        {"a_kind_of_next_year": {"x": 1}},
        {"channel_post": said(text="новина")},
        {"message": said(text="я бот", **{"from": {"id": 5, "is_bot": True, "first_name": "Bot"}})},
        {"message": said(text="/start x", **{"from": {"id": 5, "is_bot": True, "first_name": "Bot"}})},
        {"message": said(chat={"id": -9, "type": "channel", "title": "Новини"}, text="новина")},
        {"message": said(new_chat_members=[SOLOMIIA])},
        {"message": said(pinned_message=said(text="x"))},
    ],
)
def test_what_no_person_said_is_no_event(update: dict[str, Any]) -> None:
    assert read(**update) == []


STAFF = {"id": 77, "is_bot": False, "first_name": "Олена"}
ANOTHER = {"type": "user", "date": 1, "sender_user": SOLOMIIA}
CHANNEL = {"id": -100_9, "type": "channel", "title": "Новини"}


@pytest.mark.parametrize("text", ["/stop all", "/start abc"])
@pytest.mark.parametrize("how", [{"forward_origin": ANOTHER}, {"sender_chat": CHANNEL}])
def test_what_somebody_passes_on_or_says_as_a_channel_is_no_command_of_theirs(text: str, how: dict[str, Any]) -> None:
    kinds = [one.kind for one in read(message=said(text=text, **{"from": STAFF, **how}))]
    assert kinds in ([], ["message"])


@pytest.mark.parametrize(
    ("chat", "moved"), [(PRIVATE, {"migrate_to_chat_id": -8}), (GROUP, {"migrate_from_chat_id": 51})]
)
def test_a_private_chat_becomes_no_group(chat: dict[str, Any], moved: dict[str, int]) -> None:
    assert [one.kind for one in read(message=said(chat=chat, text="привіт", **moved))] == ["message"]


def test_a_stop_that_a_client_passes_on_is_no_wish_of_theirs() -> None:
    [happening] = read(message=said(text="/stop", forward_origin=ANOTHER))
    assert happening.kind == "message"


@pytest.mark.parametrize("date", [0, -1, 10**18, -(10**18), 253_402_300_799])
def test_a_moment_that_cannot_be_is_the_one_of_reading(date: int) -> None:
    [happening] = read(message=said(date=date, text="привіт"))
    assert happening.at == NOW


@pytest.mark.parametrize("content", ["photo", "voice", "video_note", "sticker", "contact", "location", "poll"])
def test_whatever_a_client_sends_is_an_answer(content: str) -> None:
    [happening] = read(message=said(**{content: {"file_id": "x"}}))
    assert (happening.kind, happening.data["content"], happening.data["text"]) == ("message", content, "")


def test_an_admin_who_hides_behind_the_group_is_nobody_known() -> None:
    anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    [happening] = read(message=said(chat=GROUP, text="/paid 100", sender_chat=GROUP, **{"from": anonymous}))
    assert (happening.kind, happening.actor.kind) == ("message", ActorKind.UNKNOWN)


def test_a_message_without_a_sender_is_read() -> None:
    update = said(chat=GROUP, text="привіт")
    del update["from"]
    [happening] = read(message=update)
    assert (happening.data["user"], happening.actor.kind) == ("", ActorKind.UNKNOWN)


def test_a_press_on_a_message_too_old_to_be_shown_is_read() -> None:
    old = {"chat": GROUP, "message_id": 4, "date": 0}
    [press] = read(callback_query={"id": "5", "from": SOLOMIIA, "message": old, "data": "ab:ok"})
    assert (press.kind, press.about.id, press.at) == ("press", "-7", NOW)


def test_a_press_without_a_message_belongs_to_the_person() -> None:
    [press] = read(callback_query={"id": "5", "from": SOLOMIIA, "inline_message_id": "1", "game_short_name": "g"})
    assert (press.about.id, press.data["data"]) == ("51", "")


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ({"status": "left"}, {"status": "member"}, ["chat.open"]),
        ({"status": "member"}, {"status": "kicked", "until_date": 0}, ["chat.blocked"]),
        ({"status": "member"}, {"status": "left"}, ["chat.blocked"]),
        ({"status": "member"}, {"status": "administrator"}, []),
        ({"status": "member"}, {"status": "restricted", "is_member": False}, ["chat.blocked"]),
        ({"status": "restricted", "is_member": True}, {"status": "member"}, []),
        ({"status": "member"}, {"status": "restricted", "can_send_messages": False}, ["chat.blocked"]),
    ],
)
def test_a_chat_is_open_while_the_bot_is_in(old: dict[str, Any], new: dict[str, Any], kinds: list[str]) -> None:
    change = {"chat": GROUP, "from": SOLOMIIA, "date": 5, "old_chat_member": old, "new_chat_member": new}
    assert [happening.kind for happening in read(my_chat_member=change)] == kinds


def test_a_text_that_no_database_takes_is_made_fit() -> None:
    [happening] = read(message=said(text="a\x00b\ud83dc"))
    assert happening.data["text"] == "a\ufffdb\ufffdc"


def test_updates_have_names_of_their_own() -> None:
    [happening] = read(message=said(text="привіт"))
    assert happening.ref.id == "update:9"
    assert happening.at == datetime(2026, 2, 25, 6, 13, 20, tzinfo=UTC)


def test_what_is_said_in_a_topic_tells_which_one() -> None:
    said = {"message_id": 3, "date": 5, "chat": GROUP, "from": SOLOMIIA, "text": "/start k7"}
    [start] = read(message={**said, "message_thread_id": 12, "is_topic_message": True})
    [reply] = read(message={**said, "message_thread_id": 12})  # the thread of a reply is no topic
    assert (start.data["thread"], "thread" in reply.data) == ("12", False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/stop", "stop"),
        ("/STOP@agency_bot", "stop"),
        ("/стоп", "stop"),
        ("Стоп.", "stop"),
        ("stop", "stop"),
        ("/мова", "language"),
        ("/язык", "language"),
        ("/language", "language"),
        ("/help", "help"),
        ("/settings", "help"),
        ("/допомога", "help"),
        ("/помощь", "help"),
        ("/стоп@other_bot", "message"),
        ("Стоп, давайте інакше", "message"),
        ("стоп-слова", "message"),
        ("мова", "message"),
    ],
)
def test_a_client_asks_for_silence_help_or_another_language_by_one_word_alone(text: str, kind: str) -> None:
    said = {"message_id": 3, "date": 5, "chat": {"id": 51, "type": "private"}, "from": SOLOMIIA, "text": text}
    assert [one.kind for one in read(message=said)] == [kind]


def test_in_a_group_only_a_command_asks_for_silence() -> None:
    said = {"message_id": 3, "date": 5, "chat": GROUP, "from": SOLOMIIA}
    texts = ("стоп", "/стоп", "/stop@other_bot", "/stop@agency_bot")
    kinds = [[one.kind for one in read(message={**said, "text": text})] for text in texts]
    assert kinds == [["message"], ["stop"], ["message"], ["stop"]]


def test_the_language_of_their_telegram_goes_along_where_it_is_told() -> None:
    said = {"message_id": 3, "date": 5, "chat": GROUP, "text": "Добрий день"}
    [silent] = read(message={**said, "from": {**SOLOMIIA, "language_code": ""}})
    [spoken] = read(message={**said, "from": {**SOLOMIIA, "language_code": "pl"}})
    assert ("language" in silent.data, spoken.data["language"]) == (False, "pl")


@pytest.mark.parametrize("kind", ["message", "edited_message"])
@pytest.mark.parametrize("where", ["text", "caption"])
def test_a_password_that_is_written_never_leaves_the_connector(kind: str, where: str) -> None:
    said = {"message_id": 3, "date": 5, "chat": GROUP, "from": SOLOMIIA, where: "Пароль: Kava#77", "photo": [{}]}
    [happening] = read(**{kind: said})
    assert "Kava#77" not in repr(happening)
    assert (happening.data["text"], happening.data["password"]) == ("Пароль: •••", True)


def album(*captions: str, begins: int = 1) -> list[Update]:
    """The pictures of one album as Telegram sends them: a message each."""
    said = {"date": 5, "chat": GROUP, "from": SOLOMIIA, "photo": [{}], "media_group_id": "a7"}
    return [
        Update.model_validate({"update_id": number, "message": {**said, "message_id": number, "caption": caption}})
        for number, caption in enumerate(captions, begins)
    ]


def test_an_album_is_one_message_with_all_its_words() -> None:
    [told] = READER.all_happenings(album("Наші роботи", "", "і логотип"))
    assert (told.kind, told.data["content"], told.data["text"]) == ("message", "album", "Наші роботи\nі логотип")


def test_the_rest_of_an_album_on_a_later_page_is_the_same_event_unless_it_says_something() -> None:
    [first], [rest] = (READER.all_happenings(album("", begins=number)) for number in (1, 2))
    [words] = READER.all_happenings(album("Ось", begins=3))
    assert first.ref == rest.ref != words.ref
