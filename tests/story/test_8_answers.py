"""Step 8a: the client has answered. Each fact has its place, each reader the text that is true."""

from __future__ import annotations

import pytest

from bridge.store.rows import parse_ref
from sandbox.world import CLIENT
from tests.documents.reading import word_text
from tests.story.conftest import Play
from tests.story.harness import ANSWERS, NAME, REMINDER, THE_PROMISE, Story, moment

NOBODYS = {"Код клієнта": "", "Телефон": ""}
DOCUMENT = [f"Бриф {NAME} v1.docx", f"Бриф {NAME} v1.pdf"]


def test_the_team_is_told_that_the_form_is_filled_in(play: Play) -> None:
    story = play("answered")
    told = f"Клієнт {NAME} заповнив Google-анкету. Відповіді переносимо в контакт, бриф додаємо до картки."
    assert story.team[1:] == [told]


def test_the_answers_fill_the_contact_and_the_card_by_themselves(play: Play) -> None:
    story = play("answered")
    assert story.contact_fields == {
        "Сайт": "romashka.example",
        "Послуга": "Створення сайту",
        "Цільова аудиторія": "Ті, хто п’є каву",
        "Побажання": "Якнайшвидше",
        "Телефон": ["+380441234567"],
    }
    assert story.card_fields == {"Сайт": "romashka.example", "Послуга": "Створення сайту"}


def test_the_brief_hangs_on_the_card_once_as_docx_and_pdf(play: Play) -> None:
    story = play("answered")
    story.soon()
    assert story.attached == DOCUMENT
    contents = [one.content or b"" for one in story.card.attachments.values()]
    assert contents[0].startswith(b"PK")
    assert contents[1].startswith(b"%PDF")


def test_while_prepayment_and_accesses_are_missing_the_client_is_told_what_remains(play: Play) -> None:
    story = play("answered")
    assert story.client[2:] == ["Бриф отримали, дякуємо.\nЗалишилось:\n• передоплата\n• доступи до облікових записів"]


def test_only_what_the_client_owes_is_named(play: Play) -> None:
    story = play("asked")
    story.set_deal(by=2, Доступи="received")
    story.at("2026-12-01 12:00").answer()
    story.tick()
    assert story.client[2:] == ["Бриф отримали, дякуємо.\nЗалишилось:\n• передоплата"]


def test_a_talk_that_is_missing_on_our_side_is_not_the_clients_worry(play: Play) -> None:
    story = play("asked")
    story.set_deal(by=2, Доступи="received")
    story.set_deal(by=5, Передоплата_отримана=True)
    story.at("2026-12-01 12:00").answer()
    story.tick()
    assert story.client[2:] == ["Бриф отримали, дякуємо.\nЗ Вашого боку все є. Ще кілька кроків з нашого — і почнемо."]


def test_the_brief_as_last_fact_gets_the_full_promise_and_work_begins(play: Play) -> None:
    story = play("only_brief")
    story.at("2026-12-01 12:00").answer()
    story.tick()
    story.soon()
    assert story.client[2:] == [
        THE_PROMISE,
        "Передоплату й доступи отримано. Ми почали роботу над проєктом Сайт Ромашки. Про кожен етап напишемо сюди.",
    ]
    assert story.list_of() == "Виробництво"
    assert story.tasks[1:] == ["Почати роботу: Сайт Ромашки → user:3"]


def test_a_payment_withdrawn_before_the_thanks_makes_the_promise_untrue(play: Play) -> None:
    story = play("only_brief")
    story.at("2026-12-01 12:00").answer()
    story.set_deal(by=5, Передоплата_отримана=False)
    story.tick()
    assert story.client[2:] == ["Бриф отримали, дякуємо.\nЗалишилось:\n• передоплата"]


def test_an_answer_ends_the_ladder(play: Play) -> None:
    story = play("answered")
    assert story.timers == []
    story.tick("2026-12-02 18:00")
    story.tick("2026-12-07 10:00")
    assert REMINDER not in story.client
    assert story.head == []
    assert len(story.pm) == 2  # the deal that was handed over, and the answers to look through


def test_changed_answers_are_a_new_version_of_everything_but_the_thanks(play: Play) -> None:
    story = play("answered")
    story.later(hours=1)
    story.people.edit_response(2, {"Побажання": "Спокійно, до весни"})
    story.tick()
    story.soon()
    assert story.attached == [*DOCUMENT, f"Бриф {NAME} v2.docx", f"Бриф {NAME} v2.pdf"]
    assert story.contact_fields["Побажання"] == "Спокійно, до весни"
    assert len(story.client) == 3
    assert "змінив відповіді" in story.team[-1]
    assert len(story.team) == 3


def test_the_same_answers_sent_again_change_nothing(play: Play) -> None:
    story = play("answered")
    before = story.effects()
    story.later(hours=1)
    story.people.edit_response(2, {})
    story.tick()
    story.soon()
    assert story.effects() == before


def test_the_same_form_sent_a_second_time_makes_no_new_document_and_no_second_thanks(play: Play) -> None:
    story = play("asked")
    code = story.code
    for hour in (12, 13):
        story.at(f"2026-12-01 {hour}:00")
        story.people.fill_form({"Код клієнта": code, **ANSWERS})
        story.tick()
    story.soon()
    assert story.attached == DOCUMENT
    assert len(story.client) == 3


def test_what_a_person_wrote_in_planfix_stays_and_the_difference_is_told_on_the_card(play: Play) -> None:
    story = play("asked")
    story.people.set_contact_field(story.contact, "Сайт", "romashka-kyiv.example", by=1)
    story.at("2026-12-01 12:00").answer()
    story.tick()
    story.soon()
    assert story.contact_fields["Сайт"] == "romashka-kyiv.example"
    assert story.contact_fields["Послуга"] == "Створення сайту"
    (conflict,) = story.comments
    assert "записано «romashka-kyiv.example», відповідь — «romashka.example»" in conflict


def test_the_bridges_own_older_answer_is_no_conflict(play: Play) -> None:
    story = play("answered")
    story.later(hours=1)
    story.people.edit_response(2, {"Сайт": "new-romashka.example"})
    story.tick()
    story.soon()
    assert story.contact_fields["Сайт"] == "new-romashka.example"
    assert story.comments == []


def test_a_correction_by_hand_after_the_answer_is_kept_when_the_client_changes_something_else(play: Play) -> None:
    story = play("answered")
    story.people.set_contact_field(story.contact, "Сайт", "romashka-kyiv.example", by=1)
    story.soon()
    story.later(hours=1)
    story.people.edit_response(2, {"Побажання": "Без поспіху"})
    story.tick()
    story.soon()
    assert story.contact_fields["Сайт"] == "romashka-kyiv.example"
    assert story.contact_fields["Побажання"] == "Без поспіху"


def test_a_site_corrected_on_either_side_is_the_same_on_both_and_nothing_is_sent_twice(play: Play) -> None:
    story = play("answered")
    story.people.set_custom_field(story.card.id, "Сайт", "on-the-card.example")
    story.soon()
    story.soon()
    assert story.contact_fields["Сайт"] == story.card_fields["Сайт"] == "on-the-card.example"
    story.people.set_contact_field(story.contact, "Сайт", "in-planfix.example", by=1)
    story.soon()
    story.soon()
    assert story.contact_fields["Сайт"] == story.card_fields["Сайт"] == "in-planfix.example"
    assert story.comments == []


def test_an_answer_with_an_unknown_code_goes_to_the_inbox_and_the_pm_is_told_once(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-01 12:00").answer(**{"Код клієнта": "ZZZZZZZZZZZZ"})
    story.tick()
    story.soon()
    assert len(story.engine.store.inbox()) == 1
    assert len(story.pm) == 2
    assert "за кодом не видно, хто це" in story.pm[1]
    assert "ZZZZZZZZZZZZ" in story.pm[1]
    assert len(story.client) == 2
    assert story.attached == []


def test_the_contacts_own_phone_written_otherwise_is_no_other_answer(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:50").answer(Телефон="044 123-45-67")
    story.tick()
    assert story.comments == []
    assert story.contact_fields["Телефон"] == ["+380441234567"]
    assert story.attached == DOCUMENT


def test_an_answer_without_a_code_is_known_by_its_phone(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:50").answer(**{"Код клієнта": ""})
    story.tick()
    assert story.engine.store.inbox() == []
    assert story.attached == DOCUMENT
    assert story.pm[-2].startswith(f"«Бриф» тепер у клієнта {NAME}: той самий телефон.")


def test_binding_an_answer_by_hand_counts_from_when_it_was_given(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:50").answer(**NOBODYS)
    story.tick()
    story.at("2026-12-02 17:59")
    bind_first(story)
    story.tick("2026-12-02 18:10")
    story.tick("2026-12-03 10:00")
    assert REMINDER not in story.client
    assert story.timers == []
    assert story.attached == DOCUMENT
    assert "Бриф отримали, дякуємо." in story.client[-1]


def test_an_answer_bound_after_the_reminder_ends_the_ladder(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:50").answer(**NOBODYS)
    story.tick("2026-12-02 18:00")
    story.at("2026-12-02 18:30")
    bind_first(story)
    story.tick()
    story.tick("2026-12-07 10:00")
    assert story.head == []
    assert story.timers == []
    assert story.attached == DOCUMENT


def bind_first(story: Story) -> None:
    """`bridge inbox bind` of the first item, to the story's deal."""
    item = story.engine.store.inbox()[0]
    with story.engine.store.intake(story.clock.now()) as intake:
        intake.bind(parse_ref(item.about), "deal-2", "bound by hand")
        intake.settle_inbox(item.about, "belongs to deal-2")


LANGUAGES = {
    "ru": ("Добрый день", "Чтобы мы могли начать, заполните, пожалуйста, бриф", "Бриф получили, спасибо.\nОсталось:"),
    "en": (
        "Hello",
        "Before we start, please tell us about your project",
        "Thank you, we have your brief.\nWe still need from you:",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_reads_everything_in_the_language_of_the_contact(play: Play, language: str) -> None:
    story = play("lead")
    story.people.set_contact_field(story.contact, "Мова", language)
    story.soon()
    story.people.client_opens_link(CLIENT.id, story.chat_link)
    story.soon()
    story.people.label_card(NAME, "Надіслати бриф")
    story.soon()
    story.at("2026-12-01 12:00").answer()
    story.tick()
    assert [words in text for words, text in zip(LANGUAGES[language], story.client, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("language", "heading"),
    [("ru", "Вопросы и ответы"), ("en", "Questions and answers"), ("uk", "Питання та відповіді")],
)
def test_the_document_is_in_the_language_of_the_client(play: Play, language: str, heading: str) -> None:
    story = play("asked")
    story.people.set_contact_field(story.contact, "Мова", language)
    story.soon()
    story.at("2026-12-01 12:00").answer()
    story.tick()
    content = next(one.content for one in story.card.attachments.values() if one.name.endswith(".docx"))
    assert content is not None
    assert heading in word_text(content)


def test_answered_at_means_the_moment_of_the_answer_in_the_sheets_own_zone(play: Play) -> None:
    story = play("asked")
    story.at("2026-12-02 17:59").answer()
    story.tick("2026-12-02 18:10")
    answered = next(one for one in story.engine.store.events_since(0) if one.kind == "form.answered")
    assert answered.at == moment("2026-12-02 17:59")
