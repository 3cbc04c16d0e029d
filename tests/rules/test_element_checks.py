"""What single elements ask of what is written in them, where faults put into the code were noticed by no other test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.findings import Finding
from bridge.model.planning import Outcome, Subject
from rules.actions.action import UNSURE
from rules.load import Loaded, load_rules
from tests.rules.planned import AROUND, CONTEXT, GATE, moved, outcomes, planned, ruleset, snapshot


def findings(entry: str) -> list[Finding]:
    """What is wrong with one rule of the small agency."""
    return load_rules([("around.yaml", AROUND.encode()), ("a.yaml", f"rules:\n  - {entry}".encode())], CONTEXT).findings


def codes(entry: str) -> list[str]:
    return [finding.code for finding in findings(entry)]


@pytest.mark.parametrize(("word", "found"), [("/", ["bad-value"]), ("/б", []), ("/x", []), ("x/", ["bad-value"])])
def test_a_command_is_a_slash_and_at_least_one_letter(word: str, found: list[str]) -> None:
    entry = "{id: a, when: {command: WORD}, per: deal, then: [{label.add: VIP}]}"
    assert codes(entry.replace("WORD", word)) == found


@pytest.mark.parametrize(
    "action",
    [
        "document: {template: brief, name: '{{ deal.project }}'}",
        "comment: '{{ deal.project }}'",
        "create: {card: {list: Договір, name: '{{ deal.project }}'}}",
        "task: {title: '{{ deal.project }}', for: pm}",
        "checklist: {template: launch, title: '{{ deal.project }}', for: pm}",
    ],
)
def test_words_in_an_action_may_name_no_fact_below_the_rule(action: str) -> None:
    assert codes(f"{{id: a, when: {{button: go}}, per: client, then: [{{{action}}}]}}") == ["fact-below"]


@pytest.mark.parametrize("wrong", ["send", "{}", "5", "null", "[{label.add: VIP}]"])
def test_what_stands_for_an_action_or_a_trigger_and_is_no_entry_is_told_as_such(wrong: str) -> None:
    assert codes(f"{{id: a, when: {{button: go}}, per: deal, then: [{wrong}]}}") == ["wrong-type"]
    expected = "unknown-trigger" if wrong == "send" else "wrong-type"
    assert codes(f"{{id: a, when: [{wrong}], per: deal, then: [{{label.add: VIP}}]}}") == [expected]


@pytest.mark.parametrize(
    ("length", "code"), [("2", ["bad-length"]), ("2wd", []), ("2.5", ["bad-length"]), ("3651d", ["bad-length"])]
)
def test_a_length_of_a_step_has_its_unit(length: str, code: list[str]) -> None:
    steps = f"steps: [{{after: {length}, then: [{{label.add: VIP}}]}}]"
    assert codes(f"{{id: a, when: {{button: go}}, per: deal, {steps}}}") == code


def test_a_document_may_go_without_a_name_of_its_own() -> None:
    assert codes("{id: a, when: {button: go}, per: deal, then: [{document: {template: brief}}]}") == []


@pytest.mark.parametrize(
    ("people", "person", "code", "unchecked"),
    [
        (frozenset({"olena"}), "olena", "", False),
        (frozenset({"olena"}), "olen", "unknown-person", False),
        (frozenset({"olena"}), "anna", "unknown-person", False),
        (frozenset({"olena"}), "fair-choice", "", False),
        (None, "fair-choice", "", False),
        (None, "olen", "", True),
    ],
)
def test_who_is_assigned_is_somebody_known_or_is_said_to_be_unchecked(
    people: frozenset[str] | None, person: str, code: str, unchecked: bool
) -> None:
    entry = f"rules: [{{id: a, when: {{button: go}}, per: deal, then: [{{assign: {{client.manager: {person}}}}}]}}]"
    files = [("around.yaml", AROUND.encode()), ("a.yaml", entry.encode())]
    read: Loaded = load_rules(files, replace(CONTEXT, people=people))
    assert [finding.code for finding in read.findings] == ([code] if code else [])
    assert any(person in note.what for note in read.unchecked) is unchecked


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("upper(1)", "upper takes nothing, got 1"),
        ("limit", "limit takes 1 value, got 0"),
        ("default", "default takes 1 value, got 0"),
    ],
)
def test_a_filter_says_how_many_values_it_takes(words: str, told: str) -> None:
    entry = f"{{id: a, when: {{button: go}}, per: deal, then: [{{comment: '{{{{ client.name|{words} }}}}'}}]}}"
    assert told in [finding.what for finding in findings(entry)]


def test_a_document_that_is_approved_is_offered_by_its_name() -> None:
    [found] = findings("{id: a, when: {approved: breif}, per: deal, then: [{label.add: VIP}]}")
    assert (found.code, found.advice) == ("unknown-template", 'did you mean "brief"?')


@pytest.mark.parametrize(
    ("more", "found"), [("to: head", False), ("to: client", True), ("to: head, approve: pm", True)]
)
def test_only_words_to_colleagues_change_an_earlier_message(more: str, found: bool) -> None:
    told = codes(f"{{id: a, when: {{button: go}}, per: deal, then: [{{send: hello, {more}, renews: true}}]}}")
    assert told == (["not-allowed"] if found else [])


def test_a_later_move_of_another_card_overtakes_nothing() -> None:
    rules = ruleset(GATE)
    events = [moved(ident="e1"), moved(ident="e2", subject="other", to="Договір", from_="Ініціалізація")]
    before = snapshot(rules, {"deal.prepaid": False}, events)
    made = planned(rules, replace(before, subjects={**before.subjects, "other": Subject("other", "deal", "client")}))
    assert outcomes(made, "gate") == [Outcome.FIRED]


def test_what_is_wrong_in_a_text_is_told_and_not_only_that_it_is() -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{comment: '{{ client.name'}]}"
    assert [finding.what for finding in findings(entry)] == ["a tag that opens here is never closed"]


@pytest.mark.parametrize("words", ["'{{ deal.sum|money }}'", "'{% if x %}'", "{uk: 'етап', ru: '{{ x }}', en: stage}"])
def test_what_is_handed_to_a_text_is_no_template_whose_braces_a_client_would_read(words: str) -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{send: stage, to: client, with: {stage.title: WORDS}}]}"
    assert codes(entry.replace("WORDS", "'перший {1}'")) == []
    assert codes(entry.replace("WORDS", words)) == ["not-allowed"]


def test_a_person_is_offered_by_key_when_the_name_was_written() -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{send: hello, to: Андрій}]}"
    around = replace(CONTEXT, people={"andrii": "Андрій Коваль", "olena": "Олена"})
    files = [("around.yaml", AROUND.encode()), ("a.yaml", f"rules:\n  - {entry}".encode())]
    [found] = load_rules(files, around).findings
    assert (found.code, found.advice) == ("unknown-recipient", 'did you mean "andrii"?')


def test_a_key_that_other_tools_call_otherwise_is_offered_as_it_is_called_here() -> None:
    found = findings("{id: a, on: {button: go}, per: deal, then: [{send: hello, to: client}]}")
    assert 'did you mean "when"?' in [one.advice for one in found]


def test_a_step_before_its_start_needs_a_date_to_count_from() -> None:
    entry = "{id: a, when: {label.added: VIP}, per: deal, FROMsteps: [{after: -2wd, then: [{label.remove: VIP}]}]}"
    [found] = findings(entry.replace("FROM", ""))
    assert (found.code, found.advice) == ("bad-length", "name the fact with the date under from:, or write 2wd")
    assert found.where.column == entry.replace("FROM", "").index("-2wd") + 5
    assert codes(entry.replace("FROM", "from: brief.sent_at, ")) == []


@pytest.mark.parametrize(("key", "meant"), [("якщо", "if"), ("если", "if"), ("ТОДІ", "then"), ("where", "if")])
def test_a_key_in_the_readers_own_language_gets_the_one_that_is_meant(key: str, meant: str) -> None:
    entry = "{id: a, when: {label.added: VIP}, KEY: 1, per: deal, then: [{label.remove: VIP}]}"
    assert ("unknown-key", f'did you mean "{meant}"?') in [
        (found.code, found.advice) for found in findings(entry.replace("KEY", key))
    ]


def test_a_role_by_the_title_that_people_know_gets_its_key() -> None:
    entry = "{id: a, when: {label.added: VIP}, per: deal, then: [{send: hello, to: РМ}]}"
    [found] = findings(entry)
    assert (found.code, found.advice) == ("unknown-recipient", "in rules this role is written pm")


@pytest.mark.parametrize(("length", "found"), [("75d", []), ("75", ["bad-length"]), ("5000d", ["bad-length"])])
def test_a_length_that_a_rule_sets_is_one(length: str, found: list[str]) -> None:
    around = AROUND.replace("  client.state:", "  client.rest: {type: length, from: bridge}\n  client.state:")
    entry = f"{{id: a, when: {{button: go}}, per: client, then: [{{set: {{client.rest: {length}}}}}]}}"
    files = [("around.yaml", around.encode()), ("a.yaml", f"rules:\n  - {entry}".encode())]
    assert [one.code for one in load_rules(files, CONTEXT).findings] == found


def test_a_fact_that_nobody_has_is_told_where_it_stands_under_assign() -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{assign: {client.manger: olena}}]}"
    [found] = findings(entry)
    assert (found.code, found.advice) == ("unknown-field", 'did you mean "client.manager"?')
    assert found.where.column == entry.index("client.manger") + 5


def test_a_person_who_is_assigned_is_offered_by_the_nearest_key() -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{assign: {client.manager: olna}}]}"
    files = [("around.yaml", AROUND.encode()), ("a.yaml", f"rules:\n  - {entry}".encode())]
    [found] = load_rules(files, replace(CONTEXT, people=frozenset({"olena", "petro"}))).findings
    assert (found.code, found.advice) == ("unknown-person", 'did you mean "olena"?')


def test_two_actions_in_one_entry_are_told_by_both_words_at_the_second() -> None:
    entry = "{id: a, when: {button: go}, per: deal, then: [{label.add: VIP, move: Договір}]}"
    [found] = findings(entry)
    assert (found.code, found.what) == ("two-actions", '"move" stands beside "label.add"')
    assert found.where.column == entry.index("move") + 5


@pytest.mark.parametrize(
    ("action", "writes", "emits", "content"),
    [
        (
            "create: {card: {list: Договір, name: Зерно}}",
            {"card.list": "Договір", "card.name": UNSURE},
            [("card.created", "Договір")],
            ("card", "Договір"),
        ),
        ("move: Договір", {"card.list": "Договір"}, [("card.moved", "Договір")], ("Договір",)),
        ("move: back", {"card.list": UNSURE}, [], ("back",)),
        ("comment: так", {}, [("comment.added", "")], ("так",)),
        ("comment: {template: hello}", {}, [("comment.added", "hello")], ("hello", "")),
        ("comment: {template: nearly, gate: start}", {}, [("comment.added", "nearly")], ("nearly", "start")),
        ("label.add: VIP", {"card.labels": UNSURE}, [("label.added", "VIP")], ("VIP",)),
        ("label.remove: VIP", {"card.labels": UNSURE}, [("label.removed", "VIP")], ("VIP",)),
        ("document: {template: brief}", {}, [], ("brief",)),
        ("attach: {document: brief, to: [trello, planfix]}", {}, [], ("brief", "planfix+trello")),
        ("send: hello, to: pm", {}, [], ("hello", "pm")),
        ("send: hello, to: client", {}, [("delivered", "hello"), ("undelivered", "hello")], ("hello", "client")),
        ("task: {title: Дзвінок, for: pm}", {}, [], ("pm", "Дзвінок")),
        (
            "propose: {to: head, template: hello, on_approve: [{move: Договір}, {label.add: VIP}]}",
            {"card.list": "Договір", "card.labels": UNSURE},
            [("approved", "hello"), ("card.moved", "Договір"), ("label.added", "VIP")],
            ("hello", "head"),
        ),
        (
            "set: {client.state: active, brief.state: asked}",
            {"client.state": "active", "brief.state": "asked"},
            [("field.changed", "client.state"), ("field.changed", "brief.state")],
            ("brief.state=asked", "client.state=active"),
        ),
        (
            "fill: {from: form, map: brief-map}",
            {"client.site": UNSURE, "client.phone": UNSURE},
            [("field.changed", "client.site"), ("field.changed", "client.phone")],
            ("brief-map",),
        ),
    ],
)
def test_what_an_action_changes_and_wakes_and_by_what_it_is_known(
    action: str, writes: dict[str, object], emits: list[tuple[str, str]], content: tuple[str, ...]
) -> None:
    rules = ruleset(f"  - {{id: a, when: {{form.answered: brief}}, per: deal, then: [{{{action}}}]}}\n")
    [made] = rules.rules[0].then
    assert (dict(made.footprint.writes), list(made.footprint.emits), made.content) == (writes, emits, content)


@pytest.mark.parametrize(
    ("handed_in", "found"),
    [
        ("gate: start", []),
        ("gate: strat", ["unknown-gate"]),
        ("gate: [start]", ["unknown-gate"]),
        ("client.name: Зерно", ["bad-value"]),
        ("stage.title: Запуск", []),
        ("stage.title: {uk: а, ru: б, en: c}", []),
        ("stage.title: {uk: а}", ["missing-language"] * 2),
        ("stage.title: {uk: '{{ why }}', ru: б, en: c}", ["not-allowed"]),
        ("stage.title: '{% if %}'", ["not-allowed"]),
        ("stage.title: 'а }} б'", ["not-allowed"]),
        ("stage.title: 'а { б'", []),
        ("stage.title: 5", ["wrong-type"]),
    ],
)
def test_what_a_rule_hands_to_a_text_is_a_gate_or_words(handed_in: str, found: list[str]) -> None:
    send = f"send: stage, to: pm, with: {{stage.title: а, {handed_in}}}"
    if handed_in.startswith("stage"):
        send = f"send: stage, to: pm, with: {{{handed_in}}}"
    assert codes(f"{{id: a, when: {{button: go}}, per: deal, then: [{{{send}}}]}}") == found


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ("[]", "empty-list"),
        ("{label.add: VIP}", "wrong-type"),
        ("[5]", "wrong-type"),
        ("[{}]", "wrong-type"),
        ("[{id: x}]", "unknown-action"),
        ("[{id: x, mov: Договір}]", "unknown-action"),
        ("[{assign: {}}]", "wrong-type"),
        ("[{assign: {client.manager: petro, deal.manager: petro}}]", "wrong-type"),
        ("[{assign: petro}]", "wrong-type"),
        ("[{set: {}}]", "wrong-type"),
        ("[{set: [client.state]}]", "wrong-type"),
        ("[{set: {client.name: Зерно}}]", "not-writable"),
        ("[{set: {client.state: actve}}]", "unknown-value"),
    ],
)
def test_what_is_no_list_of_actions_or_no_action_is_told(then: str, found: str) -> None:
    assert codes(f"{{id: a, when: {{button: go}}, per: deal, then: {then}}}") == [found]


def test_an_action_that_is_misspelt_is_named_and_corrected() -> None:
    [found] = findings("{id: a, when: {button: go}, per: deal, then: [{id: x, mov: Договір}]}")
    assert (found.what, found.advice) == ('unknown action "mov"', 'did you mean "move"?')
