"""Step 1, the lead, and step 2, the client's chat."""

from __future__ import annotations

import pytest

from sandbox.telegram import Chat, User
from sandbox.world import CLIENT
from tests.story.conftest import Play
from tests.story.harness import NAME, Story

STRANGER = User(510_000_009, "Остап", "ostap_stranger", "uk")


def test_a_new_deal_gets_its_card_and_the_team_a_message_with_the_link(play: Play) -> None:
    story = play("lead")
    assert story.list_of() == "Ліди"
    assert story.card.name == NAME
    assert story.team == [f"Новий лід: {NAME}. Відповідальний: Олена.\nПосилання на чат для клієнта: {story.chat_link}"]


def test_no_sum_reaches_the_card(play: Play) -> None:
    story = play("morning")
    contact = story.people.create_contact(NAME)
    story.people.create_task("Сайт", contact, fields={"Сума": 123456})
    story.tick("2026-11-30 10:01")
    assert "123456" not in story.card.name + story.card.desc


def test_deals_of_before_the_first_reading_are_history(play: Play) -> None:
    story = play("morning")
    assert story.cards == []
    assert story.team == []


def test_a_card_made_by_hand_first_is_the_deals_card_once_the_task_names_it(play: Play) -> None:
    story = play("morning")
    card = story.people.create_card("Ромашка, сайт", "Ліди")
    story.tick("2026-11-30 10:01")
    url = f"https://trello.com/c/{story.card.short_link}"
    contact = story.people.create_contact(NAME)
    story.people.create_task("Сайт", contact, fields={"Картка Trello": url})
    story.tick("2026-11-30 10:02")
    story.soon()
    assert [one.id for one in story.cards] == [card]


def test_a_deal_and_the_card_it_names_may_be_read_together(play: Play) -> None:
    story = play("morning")
    story.people.create_card("Ромашка, сайт", "Ліди")
    contact = story.people.create_contact(NAME)
    url = f"https://trello.com/c/{story.card.short_link}"
    story.people.create_task("Сайт", contact, fields={"Картка Trello": url})
    story.tick("2026-11-30 10:02")
    story.soon()
    assert len(story.cards) == 1


def test_two_deals_of_one_client_have_two_cards_and_one_chat(play: Play) -> None:
    story = play("bound")
    story.people.create_task("Реклама для Ромашки", story.contact)
    story.soon()
    assert len(story.cards) == 2
    assert len([text for text in story.client if "Добрий день" in text]) == 1


def test_a_deleted_card_is_not_made_again(play: Play) -> None:
    story = play("bound")
    story.people.delete_card(NAME)
    story.soon()
    story.soon()
    assert story.cards == []


def test_the_client_is_greeted_once(play: Play) -> None:
    story = play("bound")
    assert len(story.client) == 1
    assert story.client[0].startswith(f"Добрий день, {NAME}!\nРаді знайомству.")


def test_the_same_client_may_open_the_link_again(play: Play) -> None:
    story = play("bound")
    story.people.client_opens_link(CLIENT.id, story.chat_link)
    story.soon()
    assert story.client[1:] == ["Цей чат уже під’єднано, дякуємо. Пишіть сюди, коли Вам зручно."]
    assert story.manager == []


def test_a_link_used_by_another_person_changes_nothing_and_staff_are_asked_who_it_is(play: Play) -> None:
    story = play("bound")
    story.sandbox.telegram.chats.add_user(STRANGER)
    story.people.client_opens_link(STRANGER.id, story.chat_link)
    story.soon()
    (question,) = story.manager
    assert question.startswith(f"{NAME}: за посиланням, яке вже використали, прийшла ще одна людина — Остап.")
    (answer,) = story.says(STRANGER.id)
    assert "щойно він підтвердить, писатимемо сюди" in answer
    assert NAME not in answer


def test_after_a_stranger_the_brief_still_goes_to_the_clients_own_chat(play: Play) -> None:
    story = play("handed")
    story.sandbox.telegram.chats.add_user(STRANGER)
    story.people.client_opens_link(STRANGER.id, story.chat_link)
    story.soon()
    story.people.label_card(NAME, "Надіслати бриф")
    story.soon()
    assert len(story.says(STRANGER.id)) == 1
    assert "заповніть, будь ласка, бриф" in story.client[-1]


@pytest.mark.parametrize(("payload", "says"), [("NOSUCHCODE", "посилання вже не діє"), ("", "не знаю, хто Ви")])
def test_a_start_without_a_valid_code_is_answered_and_binds_nobody(play: Play, payload: str, says: str) -> None:
    story = play("lead")
    story.people.client_types(CLIENT.id, f"/start {payload}".strip())
    story.soon()
    assert len(story.client) == 1
    assert says in story.client[0]


def test_a_client_who_blocks_the_bot_is_told_to_the_manager(play: Play) -> None:
    story = play("bound")
    story.people.block_bot(CLIENT.id)
    story.soon()
    story.soon()
    assert len(story.manager) == 1
    assert "бота в чаті заблоковано" in story.manager[0]


def test_a_client_can_give_no_command_of_the_staff(play: Play) -> None:
    story = play("handed")
    story.people.client_types(CLIENT.id, "/бриф")
    story.people.client_types(CLIENT.id, f"/бриф {NAME}")
    story.soon()
    assert len(story.client) == 1
    assert story.labels == []


def test_a_group_in_place_of_a_private_chat_is_bound_the_same_way(play: Play) -> None:
    story = play("lead")
    group = bound_group(story)
    assert len(story.says(group)) == 1
    assert story.says(group)[0].startswith(f"Добрий день, {NAME}!")


def test_a_group_that_becomes_a_supergroup_loses_no_message(play: Play) -> None:
    story = play("lead")
    group = bound_group(story)
    bigger = story.people.migrate_group(group, CLIENT.id)
    story.people.label_card(NAME, "Надіслати бриф")
    story.soon()
    assert len(story.says(bigger)) == 1
    assert "заповніть, будь ласка, бриф" in story.says(bigger)[0]


def test_a_migration_nobody_announced_is_learnt_from_the_refusal(play: Play) -> None:
    story = play("lead")
    group = bound_group(story)
    story.people.label_card(NAME, "Надіслати бриф")
    chats = story.sandbox.telegram.chats
    announce, chats.announce = chats.announce, lambda kind, content: None  # type: ignore[method-assign]
    bigger = story.people.migrate_group(group, CLIENT.id)
    chats.announce = announce  # type: ignore[method-assign]
    story.soon()
    assert len(story.says(bigger)) == 1
    assert [timer.step for timer in story.timers] == ["remind", "call", "head"]


def bound_group(story: Story) -> int:
    """The client adds the bot to a group with the one-time link; gives the group's id."""
    group = -4_001_000_077
    chats = story.sandbox.telegram.chats
    chats.add_group(Chat(group, "group", title="Ромашка і агенція"), {CLIENT.id: "member"})
    chats.person_sends(CLIENT.id, f"/start {story.chat_link.partition('start=')[2]}", group)
    story.soon()
    return group


def test_the_manager_reads_of_a_file_what_it_is_and_of_a_changed_message_that_it_was_changed(play: Play) -> None:
    story = play("bound")
    story.people.client_sends_file(CLIENT.id, "logo.pdf", "%PDF", "Наш логотип")
    written = story.people.client_types(CLIENT.id, "Чекаємо")
    story.soon()
    story.sandbox.telegram.chats.person_edits(CLIENT.id, written, "Чекаємо до п’ятниці")
    story.soon()
    assert story.manager == [
        f"{NAME} (Соломія) пише: [файл] Наш логотип",
        f"{NAME} (Соломія) пише: Чекаємо",
        f"{NAME} (Соломія) пише (виправлено): Чекаємо до п’ятниці",
    ]
