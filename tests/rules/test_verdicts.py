"""Verdicts as people read them: titles and names, the kind of no, and what would change the answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.events import Actor, Event
from bridge.model.planning import Outcome, Trace
from bridge.model.reasons import read
from bridge.model.values import NotKnown, Value
from rules.facts import Facts
from rules.plan import plan
from rules.ruleset import RuleSet
from rules.telling import Teller
from rules.verdict_words import VERDICTS
from rules.verdicts import Verdicts
from tests.rules.planned import AROUND, GATE, NOW, OFFICE, PEOPLE, SILENT, TASK, event, moved, ruleset, snapshot

TITLES = (
    AROUND.replace(
        "deal.prepaid: {type: flag,",
        "deal.prepaid: {type: flag, title: {uk: Передоплата, ru: Предоплата, en: Prepayment},",
    )
    .replace("client.manager: {type: person,", "client.manager: {type: person, title: {uk: Менеджер, ru: М, en: M},")
    .replace("brief.state: {type: choice,", "brief.state: {type: choice, title: {uk: Бриф, ru: Бриф, en: Brief},")
)
RULE = """\
  - id: begin
    name: Починаємо
    when: {card.moved: {to: Виробництво}}
    if: [{deal.prepaid: true}, {client.manager: olena}, {brief.state: {is_not: received}}]
    per: deal
    repeat: once
    then: [{label.add: VIP}]
"""
FACTS: dict[str, Value | NotKnown] = {"deal.prepaid": False, "client.manager": "petro", "brief.state": "asked"}


def told(trace: Trace, rules: RuleSet, language: str = "uk", facts: Facts | None = None) -> list[str]:
    rule = next((rule for rule in rules.rules if rule.id == trace.rule), None)
    return list(Verdicts(Teller(rules, language, PEOPLE), facts).told(trace, rule))


def traced(rules: RuleSet, **facts: Value) -> Trace:
    made = plan(snapshot(rules, {**FACTS, **facts}, [moved()]), rules, OFFICE, NOW)
    return made.traces[0]


def test_every_language_has_the_same_phrases_with_the_same_places_in_them() -> None:
    places = {
        language: {key: sorted(re.findall(r"{(\w+)}", phrase)) for key, phrase in phrases.items()}
        for language, phrases in VERDICTS.items()
    }
    assert places["uk"] == places["ru"] == places["en"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_kind_of_no_has_words(outcome: Outcome) -> None:
    assert outcome.value in VERDICTS["uk"]


def test_a_no_shows_the_values_seen_and_the_smallest_change() -> None:
    rules = ruleset(RULE, TITLES)
    assert told(traced(rules), rules) == [
        "23.11.2026 12:00  «Починаємо» (begin): не спрацювало: умова не виконана",
        "  ✘ усе з цього:",
        "    ✘ Передоплата — так   ← ні",
        "    ✘ Менеджер — «Олена»   ← «Петро»",
        "    ✔ Бриф — не «received»",
        "  щоб спрацювало: Передоплата — так; Менеджер — «Олена»",
    ]


def test_no_id_of_an_event_is_told() -> None:
    rules = ruleset(RULE, TITLES)
    trace = traced(rules)
    assert trace.event
    assert not any(trace.event in line for line in told(trace, rules))


def test_what_a_gate_lacks_is_told_with_who_owes_it() -> None:
    rules = ruleset(RULE.replace("{deal.prepaid: true}", "{gate.start: open}"), TITLES)
    before = snapshot(rules, {**FACTS, "deal.talk_done": True, "client.manager": "olena"})
    facts = Facts(before, rules, PEOPLE, NOW)
    given: dict[str, Value] = {"deal.talk_done": True, "client.manager": "olena"}
    trace = traced(rules, **given)
    assert told(trace, rules, facts=facts)[-1] == ("  щоб спрацювало: Початок — усе є (бракує: передоплата (клієнт))")


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        (Outcome.REFUSED, "refused by begin", "не побачило події: її не пропустив сторож («Починаємо»)"),
        (
            Outcome.REPEAT,
            "ran on 2026-11-20 10:00Z, once is enough",
            "не спрацювало знову: стримує повтор (уже спрацювало 20.11.2026 12:00, а досить одного разу)",
        ),
        (
            Outcome.REPEAT,
            "ran on 2026-11-23 09:30Z, not within 2h",
            "не спрацювало знову: стримує повтор (уже спрацювало 23.11.2026 11:30, "
            "а можна не частіше ніж раз на 2 години)",
        ),
        (
            Outcome.NOT_KNOWN,
            "waits for planfix.task, trello.card",
            "не спрацювало: ще не відомо, чи виконана умова (ще не прочитано: Planfix, Trello)",
        ),
        (
            Outcome.LOOP,
            "chain of 8",
            "зупинено: правила будять одне одного надто довго (кроків поспіль: 8)",
        ),
        (
            Outcome.LATER,
            "was due 2026-11-25 16:00Z, now 2026-11-26 16:00Z: Mon 23.11.2026 12:00 + 2wd = Thu 26.11.2026 18:00",
            "зробить пізніше (мало бути 25.11.2026 18:00, тепер 26.11.2026 18:00)",
        ),
    ],
)
def test_the_reason_is_told_in_words(outcome: Outcome, reason: str, words: str) -> None:
    rules = ruleset(RULE, TITLES)
    trace = Trace("begin", "deal", "e1", NOW, outcome, read(reason))
    assert told(trace, rules)[0] == f"23.11.2026 12:00  «Починаємо» (begin): {words}"


def test_a_condition_that_was_another_then_is_shown_as_it_was() -> None:
    rules = ruleset(RULE, TITLES)
    trace = traced(rules)
    changed = ruleset(RULE.replace("deal.prepaid: true", "deal.prepaid: false"), TITLES)
    lines = told(trace, changed, "en")
    assert lines[1] == "  The rule was changed since: this is the condition as it was then."
    assert "    ✘ deal.prepaid is true   ← false" in lines


def test_a_rule_that_nothing_woke_tells_what_it_waits_for_and_what_came_nearest() -> None:
    rules = ruleset(RULE, TITLES)
    elsewhere = Event("m", "card.moved", NOW - timedelta(days=1), NOW, Actor(), "trello", "deal", {"to": "Договір"})
    lines = list(Verdicts(Teller(rules, "uk")).never(rules.rules[0], [elsewhere]))
    assert lines == [
        "«Починаємо» (begin): ще не прокидалося",
        "  чекає на таке:",
        "  • картку перенесено до списку «Виробництво»",
        "  найближче, що було: 22.11.2026 12:00, картку перенесено до списку «Договір»",
    ]


def test_contradicting_conditions_say_that_no_change_would_do() -> None:
    impossible = RULE.replace("{deal.prepaid: true}", "{brief.state: asked}, {brief.state: none}")
    rules = ruleset(impossible, TITLES)
    assert told(traced(rules), rules, "en")[-1].startswith("  no change of these facts alone would do")


def test_a_verdict_keeps_the_values_it_was_made_of_though_another_rule_changes_them_at_once() -> None:
    rules = ruleset(
        """\
  - {id: set-it, when: {card.moved: {to: Виробництво}}, per: deal, then: [{set: {brief.state: received}}]}
"""
        + RULE.replace("brief.state: {is_not: received}", "brief.state: received"),
        TITLES,
    )
    made = plan(snapshot(rules, FACTS, [moved()]), rules, OFFICE, NOW)
    lines = told(next(trace for trace in made.traces if trace.rule == "begin"), rules)
    assert "    ✘ Бриф — «received»   ← «asked»" in lines


def test_what_a_guard_waits_for_is_told_as_not_read_and_since_when() -> None:
    rules = ruleset(GATE, TITLES)
    before = snapshot(rules, {"deal.talk_done": True, "deal.prepaid": True}, [moved()])
    before = replace(before, seen_up_to={**before.seen_up_to, TASK: NOW - timedelta(hours=2)})
    made = plan(before, rules, OFFICE, NOW)
    assert told(made.traces[0], rules, facts=Facts(before, rules, PEOPLE, NOW)) == [
        "23.11.2026 12:00  gate: не спрацювало: ще не відомо, чи виконана умова (ще не прочитано: Planfix)",
        "  ? Початок — чогось бракує   ← ще не прочитано",
        "  спершу треба прочитати: Planfix (прочитано по 23.11.2026 10:00)",
    ]


def test_of_a_gate_that_stayed_shut_it_is_told_what_it_lacks_and_who_owes_it() -> None:
    rules = ruleset(GATE, TITLES)
    before = snapshot(rules, {"deal.talk_done": False, "deal.prepaid": False}, [moved()])
    made = plan(before, rules, OFFICE, NOW)
    assert told(made.traces[0], rules, facts=Facts(before, rules, PEOPLE, NOW)) == [
        "23.11.2026 12:00  gate: спрацювало",
        "  ○ Початок — чогось бракує   ← так і є",
        "  Початок: бракує: розмова (РМ: Петро), передоплата (клієнт)",
    ]


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        ("{client.phone: {filled: false}}", "Телефон — порожньо"),
        ("{deal.prepaid: false}", "Передоплата — ні"),
        ("{deal.prepaid: {is_not: true}}", "Передоплата — ні або порожньо"),
        ("{card.labels: {lacks: VIP}}", "card.labels: немає «VIP»"),
    ],
)
def test_a_lack_that_a_rule_asks_for_is_never_ticked(lack: str, said: str) -> None:
    phone = "client.phone: {type: text,"
    titles = TITLES.replace(phone, f"{phone} title: {{uk: Телефон, ru: Телефон, en: Phone}},")
    asked = "[{deal.prepaid: true}, {client.manager: olena}, {brief.state: {is_not: received}}]"
    rules = ruleset(RULE.replace(asked, lack), titles)
    lines = told(traced(rules, **{"client.phone": None, "card.labels": ()}), rules)
    assert lines[1:] == [f"  ○ {said}   ← так і є"]


def test_a_condition_that_never_turned_true_is_told_as_it_stands() -> None:
    rules = ruleset("  - {id: start, when: {becomes: {gate.start: open}}, per: deal, then: [{label.add: VIP}]}", TITLES)
    before = snapshot(rules, {"deal.talk_done": True, "deal.prepaid": False})
    lines = list(
        Verdicts(Teller(rules, "uk", PEOPLE), Facts(before, rules, PEOPLE, NOW)).never(rules.rules[0], (), "deal")
    )
    assert lines[-3:] == [
        "  а зараз:",
        "  ✘ Початок — усе є   ← чогось бракує",
        "  щоб спрацювало: Початок — усе є (бракує: передоплата (клієнт))",
    ]


def test_the_steps_that_run_are_told_with_what_they_will_do() -> None:
    rules = ruleset(SILENT, TITLES)
    made = plan(snapshot(rules, FACTS, [event("delivered", template="hello")]), rules, OFFICE, NOW)
    assert list(Verdicts(Teller(rules, "uk", PEOPLE)).steps(made.timers, rules.rules[-1])) == [
        "Що буде далі:",
        "  • 25.11.2026 18:00  крок «remind»",
        "      • надіслати повідомлення «Вітаю, …», кому: клієнт",
        "  • 26.11.2026 10:00  крок «call»",
        "      • надіслати повідомлення «днів: …», кому: РМ",
    ]
