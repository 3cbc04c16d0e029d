"""Who comes by a chat link: it is good once and for a while, and staff say who came by one that was spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.engine.arriving import NOT_THEIRS
from bridge.engine.inviting import STARTS, good_code, new_code, withdraw
from bridge.model.correspondents import EVERY_ROLE, Role
from bridge.model.decisions import SendMessage
from bridge.model.records import Ref
from bridge.model.values import Plain
from tests.engine.office import OLENA, REMIND, Desk, agency, loaded_rules

CONTACT = Ref("planfix", "main", "contact", "7")
SECOND = Ref("telegram", "bot", "chat", "666")


def roles(desk: Desk, chat: str = "666") -> list[Role]:
    client = desk.local(CONTACT)
    return sorted(role for one in desk.store.correspondents(client) if one.chat.id == chat for role in one.roles)


@pytest.fixture
def visited(desk: Desk) -> Desk:
    """A client whose used link a second person has opened: staff are asked."""
    desk.take(desk.contact())
    payload = desk.token(desk.local(CONTACT), "start")
    desk.take(desk.update("start", "u1", payload=payload))
    desk.take(desk.update("start", "u2", chat="666", payload=payload))
    return desk


def answer(desk: Desk, button: str, id: str = "u9") -> int:
    question = next(row for row in desk.store.deliveries() if row.cause.rule == "system.start_visit")
    return desk.take(desk.update("press", id, chat="9", actor=OLENA, data=f"{question.id}:{button}"))


def start_by(desk: Desk, code: str, chat: str = "666") -> None:
    desk.take(desk.update("start", f"by {code} {chat}", chat=chat, payload=code))


@pytest.mark.parametrize("role", list(Role))
def test_staff_say_what_a_visitor_is_at_the_client(visited: Desk, role: Role) -> None:
    answer(visited, f"theirs-{role}")
    assert visited.local(SECOND) == visited.local(CONTACT)
    assert roles(visited) == sorted({role, Role.READS})
    assert visited.told()[-1] == "client: joined"


def test_whoever_is_not_theirs_gets_nothing_and_is_not_asked_about_again(visited: Desk) -> None:
    answer(visited, NOT_THEIRS)
    start_by(visited, visited.token(visited.local(CONTACT), "start"))
    assert (visited.local(SECOND), visited.store.inbox()) == ("", [])
    assert sum("who is" in line for line in visited.told()) == 1


def test_the_first_word_about_a_visitor_counts(visited: Desk) -> None:
    answer(visited, "theirs-pays")
    answer(visited, "theirs-decides", "u10")
    assert roles(visited) == [Role.PAYS, Role.READS]
    assert visited.told()[-1].startswith("person:olena: settled")


def test_until_staff_answer_nothing_of_the_client_goes_to_a_visitor(visited: Desk) -> None:
    visited.want(SendMessage("client", "", "hello"), visited.local(CONTACT))
    visited.deliver()
    told = [one.decision for one in visited.telegram.pushed if isinstance(one.decision, SendMessage)]
    assert [one.template for one in told if one.chat == "666"] == ["client.link_waits"]


def test_what_a_visitor_writes_is_shown_at_once_and_is_the_clients_later(visited: Desk) -> None:
    visited.take(visited.update("message", "u3", chat="666", text="Коли зустріч?", content="text"))
    assert visited.told()[-1] == "person:olena: Гість wrote Коли зустріч?"
    visited.planned()
    answer(visited, "theirs-answers")
    assert "message" in visited.woken()


def test_what_a_visitor_sends_without_words_is_told_by_what_it_is() -> None:
    content = "{type: choice, of: [text, photo], words: {photo: {uk: фото, ru: фото, en: photo}}, from: event}"
    desk = Desk(context=agency(loaded_rules(f"{REMIND}fields: {{event.content: {content}}}\n")))
    desk.take(desk.contact())
    payload = desk.token(desk.local(CONTACT), "start")
    desk.take(desk.update("start", "u1", payload=payload), desk.update("start", "u2", chat="666", payload=payload))
    desk.take(desk.update("message", "u3", chat="666", text="", content="photo"))
    assert desk.told()[-1] == "person:olena: Гість wrote [фото]"


def test_what_strangers_write_is_told_to_nobody(desk: Desk) -> None:
    desk.take(desk.update("message", "u3", chat="777", text="Реклама", content="text"))
    assert desk.told() == []


def test_a_link_that_is_too_old_binds_nobody_and_staff_get_a_new_one(desk: Desk) -> None:
    desk.take(desk.contact())
    old = desk.token(desk.local(CONTACT), "start")
    desk.wait(days=30)
    start_by(desk, old)
    new = desk.token(desk.local(CONTACT), "start")
    assert (desk.local(SECOND), new != old) == ("", True)
    assert desk.told() == [f"person:olena: expired for Гість, now https://t.test/{new}", "client: expired link"]


def test_a_link_is_good_until_its_last_moment(desk: Desk) -> None:
    desk.take(desk.contact())
    code = desk.token(desk.local(CONTACT), "start")
    desk.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    start_by(desk, code)
    assert desk.local(SECOND) == desk.local(CONTACT)


def test_a_link_that_was_taken_back_does_nothing(desk: Desk) -> None:
    desk.take(desk.contact())
    code = desk.token(desk.local(CONTACT), "start")
    with desk.store.intake(desk.now) as intake:
        assert withdraw(intake, code) is not None
    start_by(desk, code)
    assert (desk.local(SECOND), desk.told()) == ("", ["client: unknown link"])


def test_a_link_for_one_role_brings_somebody_with_that_role(desk: Desk) -> None:
    client, _deal = desk.client()
    with desk.store.intake(desk.now) as intake:
        code = new_code(intake, client, Role.PAYS)
    start_by(desk, code)
    assert (roles(desk), roles(desk, "501")) == ([Role.PAYS, Role.READS], sorted(EVERY_ROLE))
    assert desk.told() == ["client: joined"]


def test_a_link_to_pass_on_is_never_a_spent_one(desk: Desk) -> None:
    desk.take(desk.contact())
    client = desk.local(CONTACT)
    start_by(desk, first := desk.token(client, "start"))
    with desk.store.intake(desk.now) as intake:
        fresh = good_code(intake, client, desk.context)
        assert (fresh != first, good_code(intake, client, desk.context), len(intake.codes(client, STARTS))) == (
            True,
            fresh,
            2,
        )


def test_start_without_a_code_in_a_clients_chat_is_no_unknown_link(desk: Desk) -> None:
    desk.client()
    desk.take(desk.update("start", "u1", payload=""))
    assert desk.told() == ["client: already bound"]


def write(desk: Desk, id: str, place: str = "private", **said: Plain) -> None:
    happening = desk.update("message", id, chat="777", text="Ви тут?", content="text", chat_type=place)
    desk.take(replace(happening, data={**happening.data, **said}))


def test_a_stranger_learns_once_a_day_that_nobody_reads_them(desk: Desk) -> None:
    desk.take(desk.update("start", "u1", chat="777", payload="", chat_type="private"))
    write(desk, "u2")
    desk.wait(hours=30)
    write(desk, "u3")
    assert desk.told() == ["client: who are you", "client: who are you"]


def test_strangers_in_a_group_are_left_to_talk(desk: Desk) -> None:
    write(desk, "u1", "supergroup")
    assert desk.told() == []


def test_a_stranger_is_spoken_to_in_the_language_of_their_telegram(desk: Desk) -> None:
    write(desk, "u1", language="en-GB")
    write(desk, "u2", language="pl")
    [row] = [row for row in desk.store.deliveries() if row.cause.rule == "client.stranger"]
    assert isinstance(row.decision, SendMessage)
    assert row.decision.language == "en"


def test_whoever_is_nobodys_is_asked_to_delete_a_password_too(desk: Desk) -> None:
    write(desk, "u1", password=True)
    assert desk.told() == ["client: delete it, whoever you are"]


def test_a_visitor_who_waits_is_no_stranger(visited: Desk) -> None:
    visited.take(visited.update("message", "u3", chat="666", text="Є?", content="text", chat_type="private"))
    assert "client: who are you" not in visited.told()
