"""Trying rules at the command line: nothing is stored, nothing is sent."""

from __future__ import annotations

from bridge.cli.trying import WORDS, told
from rules.rehearsal import imagined, rehearse
from rules.telling import Teller
from rules.verdicts import Verdicts
from tests.cli.conftest import Day
from tests.rules.planned import NOW, OFFICE, PEOPLE, event, ruleset, snapshot


def test_an_event_that_never_was_shows_its_effects_with_their_texts(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moved: {to: Ініціалізація}", "--language", "en")
    assert said.code == 0, said.err
    assert "This would be done:" in said.out
    assert "move the card back: Ліди" in said.out
    assert "не вистачає" in said.out  # the words of the text that goes with the card


def test_what_is_missing_is_said_once_and_who_owes_it_by_name(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moved: {to: Виробництво}", "--language", "uk").out
    assert said.count("заповнений бриф") == 1
    assert "  • повідомлення → Андрій\n      (ті самі слова, що й вище)\n" in said
    assert "    ○ Початок роботи — чогось бракує   ← так і є\n" in said
    assert "    Початок роботи: відповідають: менеджер з продажу (Олена), РМ (Андрій), клієнт\n" in said


def test_simulating_stores_nothing_and_sends_nothing(day: Day) -> None:
    day.lead()
    before = day.bridge("export", "--help").code, day.bridge("outbox", "list", "--json").out
    day.bridge("simulate", "Ромашка", "--event", "label.added: Надіслати бриф")
    assert (0, day.bridge("outbox", "list", "--json").out) == before
    assert day.bridge("why", "Ромашка", "brief-send", "--json").json == []


def test_a_client_can_be_tried_as_of_an_earlier_moment(day: Day) -> None:
    day.lead()
    day.people.label_card("ТОВ «Ромашка»", "Надіслати бриф", by="andrii")
    day.tick("2026-11-30T10:10")
    said = day.bridge("simulate", "Ромашка", "--at", "2026-11-30T10:07", "--language", "en")
    assert said.code == 0, said.err
    assert "Nothing would be done." in said.out
    assert "Not stored of that time" not in said.out


def test_of_the_time_before_the_journal_it_is_said_what_is_not_stored(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--at", "2026-11-29T10:07", "--language", "en")
    assert "Not stored of that time" in said.out


def test_a_misspelt_event_is_named(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moevd: Архів", "--language", "en")
    assert said.code == 2
    assert "card.moved" in said.err


def test_a_list_that_is_not_there_is_no_event_without_effects(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "card.moved: {to: Виробництва}")
    assert (said.code, said.out) == (2, "")
    assert "може, «Виробництво»?" in said.err


def test_what_cannot_be_read_as_an_event_is_shown_with_an_example(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "{")
    assert said.code == 2
    assert said.err == 'подію { не зрозуміло; запишіть її так, як у правилі: "card.moved: {to: …}"\n'


def test_what_waits_already_is_not_shown_as_the_effect_of_the_event() -> None:
    rules = ruleset("""\
  - {id: old, when: {label.added: VIP}, per: deal, then: [{move: Ініціалізація}]}
  - {id: new, when: {label.added: Бриф}, per: deal, then: [{comment: прийнято}]}
""")
    before = snapshot(rules, {"card.list": "Договір"}, [event("label.added", label="VIP")])
    with_it = imagined({"label.added": "Бриф"}, "deal", before, rules, NOW)
    made, anyway = (rehearse(one, rules, OFFICE, NOW) for one in (with_it, before))
    lines = list(told(made, anyway, before, Verdicts(Teller(rules, "en")), PEOPLE, WORDS["en"]))
    assert lines[:5] == [
        "This would be done:",
        "  • comment on the card",
        "      прийнято",
        "Waits to be done without that event too:",
        "  • move the card: Ініціалізація",
    ]


def test_a_link_that_only_the_bot_can_make_stands_in_the_text_all_the_same(day: Day) -> None:
    day.lead()
    said = day.bridge("simulate", "Ромашка", "--event", "label.added: Надіслати бриф")
    assert "https://t.me/…?start=…" in said.out
