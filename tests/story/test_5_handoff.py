"""Step 5: sales says "ready", and the gate of «Ініціалізація» lets only complete deals through."""

from __future__ import annotations

from datetime import timedelta

from tests.story.conftest import Play
from tests.story.harness import NAME

RETURNED = f"{NAME}: картку повернено. Для «Передача у виробництво» не вистачає:"


def test_a_complete_deal_gives_the_pm_a_task_and_a_message(play: Play) -> None:
    story = play("handed")
    assert story.list_of() == "Ініціалізація"
    assert story.moves == []
    assert story.tasks == [f"Комунікація: {NAME}, Сайт Ромашки → user:2"]
    assert story.pm == [
        f"{NAME} — передано з відділу продажу. Проєкт: Сайт Ромашки, вид роботи: сайт, сума: 30\xa0000,00\xa0₴.\n"
        "Далі: розмова, бриф, доступи."
    ]


def test_an_incomplete_deal_goes_back_and_is_told_what_is_missing_and_who_owes_it(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    missing = "\n".join(f"• {what} — Олена, менеджер з продажу" for what in ("назва проєкту", "вид роботи", "сума"))
    assert story.list_of() == "Ліди"
    assert story.tasks == []
    assert story.pm == []
    assert [text.replace("**", "") for text in story.comments] == [f"{RETURNED}\n{missing}"]
    assert story.manager == [f"{RETURNED}\n{missing}"]


def test_the_comment_names_only_what_is_missing(play: Play) -> None:
    story = play("bound")
    story.set_deal(Проєкт="Сайт", Вид_роботи="site")
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.manager == [f"{RETURNED}\n• сума — Олена, менеджер з продажу"]


def test_a_deal_without_chat_and_phone_has_no_channel(play: Play) -> None:
    story = play("morning")
    story.contact = story.people.create_contact(NAME)
    story.task = story.people.create_task("Сайт", story.contact)
    story.fill_deal()
    story.soon()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.manager == [f"{RETURNED}\n• зв’язок із клієнтом (чат або телефон) — Олена, менеджер з продажу"]


def test_two_drags_before_the_bridge_looks_are_one_return(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.later(seconds=5)
    story.people.drag_card(NAME, "Ліди")
    story.later(seconds=5)
    story.people.drag_card(NAME, "Ініціалізація")
    story.tick()
    story.soon()
    assert story.moves == ["Ліди"]
    assert len(story.comments) == 1
    assert len(story.manager) == 1
    assert story.list_of() == "Ліди"


def test_a_drag_after_the_return_is_a_new_attempt_and_goes_back_again(play: Play) -> None:
    story = play("bound")
    for _attempt in range(2):
        story.people.drag_card(NAME, "Ініціалізація")
        story.soon()
        story.soon()
    assert story.moves == ["Ліди", "Ліди"]
    assert story.list_of() == "Ліди"


def test_the_return_itself_wakes_nobody(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    before = story.effects()
    assert [(one.wanted, one.delivered) for one in (story.soon(), story.soon(), story.soon())] == [(0, 0)] * 3
    assert story.effects() == before


def test_the_card_goes_back_to_where_it_came_from(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Договір")
    story.soon()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.moves == ["Договір"]
    assert story.list_of() == "Договір"


def test_once_the_deal_is_filled_in_a_second_drag_passes(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    story.fill_deal()
    story.soon()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert len(story.pm) == 1
    assert len(story.tasks) == 1


def test_a_deal_dragged_out_and_in_again_is_handed_over_once(play: Play) -> None:
    story = play("handed")
    story.people.drag_card(NAME, "Договір")
    story.soon()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert len(story.pm) == 1
    assert len(story.tasks) == 1
    assert story.moves == []


def test_facts_filled_in_a_moment_before_the_drag_are_seen(play: Play) -> None:
    story = play("bound")
    story.fill_deal()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.moves == []
    assert len(story.pm) == 1


def test_while_planfix_is_out_of_reach_the_move_is_held_and_nobody_is_told_a_lie(play: Play) -> None:
    story = play("bound")
    story.goes_wrong("planfix", "status", status=503, times=0)
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert story.comments == []
    assert story.manager == []
    assert story.pm == []


def test_after_half_an_hour_the_pm_hears_once_that_the_card_waits_for_planfix(play: Play) -> None:
    story = play("bound")
    story.goes_wrong("planfix", "status", status=503, times=0)
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    for _ in range(4):
        story.later(minutes=20).tick()
    about_the_card = [text for text in story.pm if text.startswith(NAME)]
    assert len(about_the_card) == 1
    assert about_the_card[0].startswith(f"{NAME}: картка чекає рішення, бо Planfix не читається з 30 листопада")
    assert story.moves == []


def test_a_held_move_is_refused_once_planfix_is_read_and_the_facts_are_missing(play: Play) -> None:
    story = play("bound")
    story.goes_wrong("planfix", "status", status=503, times=0)
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    story.mended()
    story.soon()
    assert story.list_of() == "Ліди"
    assert len(story.comments) == 1
    assert len(story.manager) == 1


def test_a_held_move_passes_once_planfix_is_read_and_the_facts_are_there(play: Play) -> None:
    story = play("bound")
    story.goes_wrong("planfix", "status", status=503, times=0)
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    story.fill_deal()
    story.soon()
    story.mended()
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert story.comments == []
    assert story.manager == []
    assert len(story.tasks) == 1
    assert len(story.pm) == 1


def test_facts_filled_in_while_the_card_goes_back_let_the_next_drag_pass(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.later(minutes=1).decide()
    story.fill_deal()
    story.tick()
    story.soon()
    story.people.drag_card(NAME, "Ініціалізація")
    story.soon()
    assert story.list_of() == "Ініціалізація"
    assert len(story.pm) == 1


def test_a_card_that_somebody_drags_on_while_it_is_refused_stays_where_that_person_put_it(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.later(minutes=1).decide()
    story.people.drag_card(NAME, "Архів", by="andrii")
    story.tick()
    story.soon()
    assert story.list_of() == "Архів"
    assert story.moves == []
    assert len(story.comments) == 1


def test_a_card_dragged_on_before_the_bridge_looks_is_nobodys_business(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    story.later(seconds=5)
    story.people.drag_card(NAME, "Архів", by="andrii")
    story.soon()
    assert story.list_of() == "Архів"
    assert story.comments == []
    assert story.manager == []


def test_a_robots_or_bulk_move_passes_the_same_gate(play: Play) -> None:
    story = play("bound")
    other = story.people.create_task("Реклама", story.contact)
    story.soon()
    for card in [card.id for card in story.cards]:
        story.people.drag_card(card, "Ініціалізація", by="iryna")
    story.soon()
    assert other
    assert [story.list_of(card) for card in story.cards] == ["Ліди", "Ліди"]
    assert len(story.comments) == 2


def test_the_gate_answers_within_the_minute(play: Play) -> None:
    story = play("bound")
    story.people.drag_card(NAME, "Ініціалізація")
    dragged = story.clock.now()
    story.later(seconds=20).tick()
    story.work(minutes=5)
    assert story.list_of() == "Ліди"
    assert story.clock.now() - dragged <= timedelta(minutes=5)
