"""Loading rule files: what they come to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model.fields import FieldSpec, FieldType
from rules.conditions import Condition
from rules.lengths import parse_length
from rules.load import Context, load_rules
from tests.rules.loaded import AROUND, RULE, THEN, load, rule, ruleset


def test_several_files_make_one_set() -> None:
    made = ruleset(RULE, RULE.replace("one", "two"))
    assert [one.id for one in made.rules] == ["one", "two"]
    assert made.texts["hello"].by_language["ru"].render({"client": {"name": "Олена"}}) == "Добрый день, Олена"


def test_every_key_of_a_rule_arrives() -> None:
    made = rule(
        "    name: Назва\n    enabled: shadow\n    when: [{button: go}, {label.added: VIP}]\n    also_own: true\n"
        "    if: {deal.prepaid: true}\n    per: deal\n    repeat: {not_within: 1h}\n    if_running: restart\n"
        "    from: brief.sent_at\n    unless: {brief.state: received}\n    pause_while: {brief.sent_at: {after: now}}\n"
        "    guard: true\n    override: {role: head, command: /далі}\n"
        "    steps: [{id: s, after: 2wd, then: [{move: back}]}]\n"
        "    then: [{label.add: VIP}]\n    else: [{move: Запуск}]\n"
    )
    assert (made.name, made.enabled, made.per, made.if_running, made.starts_from) == (
        "Назва",
        "shadow",
        "deal",
        "restart",
        "brief.sent_at",
    )
    assert (made.repeat, made.steps[0].id, made.steps[0].after) == (parse_length("1h"), "s", parse_length("2wd"))
    assert all(isinstance(one, Condition) for one in (made.condition, made.unless, made.pause_while))
    assert (made.guard, made.also_own, made.override.command) == (True, True, "/далі")
    assert ([one.verb for one in made.then], [one.verb for one in made.otherwise]) == (["label.add"], ["move"])


def test_guards_come_first_and_the_rest_keep_their_order() -> None:
    guard = f"rules:\n  - id: guard\n    guard: true\n    when: {{button: go}}\n    per: deal\n{THEN}"
    assert [one.id for one in ruleset(RULE, RULE.replace("one", "two"), guard).rules] == ["guard", "one", "two"]


def test_a_gate_has_the_needs_of_those_it_includes_first() -> None:
    more = (
        "gates:\n  launch:\n    name: Запуск\n    includes: [start]\n    needs:\n"
        "      - {if: {client.name: {filled: true}}, say: {uk: ім’я, ru: имя, en: name}, owed_by: pm}\n"
    )
    gate = ruleset(more).gates["launch"]
    assert [need.say["uk"] for need in gate.needs] == ["передоплата", "ім’я"]
    assert gate.name == {"uk": "Запуск", "ru": "Запуск", "en": "Запуск"}


def test_defaults_arrive() -> None:
    text = AROUND.replace(
        "calendar: office}\n",
        'calendar: office, client_messages: {window: "10:00-17:00", at_most: 2 per day},'
        " not_known: {tell: head, after: 2h}, loop_limit: 5}\n",
    )
    made = load_rules([("a.yaml", text.encode())]).ruleset
    assert made is not None
    said = made.defaults
    assert (said.window, said.at_most, said.tell, said.loop_limit) == ((600, 1020), 2, "head", 5)
    assert said.tell_after == timedelta(hours=2)


def test_fields_declared_elsewhere_may_be_named() -> None:
    declared = {"client.wishes": FieldSpec("client.wishes", FieldType.TEXT, "bridge")}
    made = rule(f"    when: {{field.changed: client.wishes}}\n    per: client\n{THEN}", Context(fields=declared))
    assert made.when[0].watches == {"client.wishes"}


def test_tests_are_handed_on_with_their_places() -> None:
    loaded = load(RULE, "tests:\n  - name: перший\n    steps: []\n")
    [test] = loaded.tests
    assert test.data["name"] == "перший"
    assert str(test.places.position((*test.path, "steps"))) == "b.yaml:3:12"


# -- what depends on what --------------------------------------------------------------------------------------------


def set_by(when: str) -> dict[str, frozenset[str]]:
    body = f"    when: {when}\n    per: deal\n    then: [{{set: {{brief.state: received}}}}]\n"
    return dict(ruleset(f"rules:\n  - id: one\n{body}").set_by)


@pytest.mark.parametrize(
    ("when", "sources"),
    [
        ("{form.answered: brief}", {"google_forms.brief"}),
        ("{becomes: {deal.prepaid: true}}", {"planfix.task"}),
        ("{becomes: {gate.start: open}}", {"planfix.task"}),
        ("{field.changed: card.list}", {"trello.card"}),
        ("{message: {contains: так}}", {"telegram.chat"}),
        ("[{form.answered: brief}, {field.changed: card.list}]", {"google_forms.brief", "trello.card"}),
    ],
)
def test_a_fact_that_rules_set_hangs_on_the_sources_of_their_triggers(when: str, sources: set[str]) -> None:
    assert set_by(when) == {"brief.state": sources}


@pytest.mark.parametrize("when", ["{button: go}", "{delivered: hello}", "{becomes: {brief.state: asked}}"])
def test_presses_of_staff_and_receipts_hang_on_no_source(when: str) -> None:
    assert set_by(when) == {}


def test_sources_are_found_through_facts_that_other_rules_set() -> None:
    chain = (
        "rules:\n"
        "  - {id: a, when: {form.answered: brief}, per: deal, then: [{set: {brief.state: received}}]}\n"
        "  - {id: b, when: {becomes: {brief.state: received}}, per: deal, then: [{set: {brief.sent_at: now}}]}\n"
    )
    assert ruleset(chain).set_by["brief.sent_at"] == {"google_forms.brief"}


FILES = [("a.yaml", (AROUND + RULE).encode())]


def test_files_that_were_read_lately_are_not_read_again() -> None:
    first, again = load_rules(FILES, Context(tzdata="1")), load_rules(FILES, Context(tzdata="1"))
    assert first.ruleset is not None
    assert first.ruleset is again.ruleset


def test_what_one_reader_does_with_the_findings_is_nothing_to_the_next() -> None:
    first = load_rules([("a.yaml", b"version: 2")])
    first.findings.clear()
    assert load_rules([("a.yaml", b"version: 2")]).findings


@pytest.mark.parametrize("context", [Context(tzdata="2"), Context(people=("olena",))])
def test_the_same_files_are_read_anew_where_something_else_is_known_around_them(context: Context) -> None:
    assert load_rules(FILES, Context(tzdata="1")).ruleset is not load_rules(FILES, context).ruleset
