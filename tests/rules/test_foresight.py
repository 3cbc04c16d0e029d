"""What is told about a rule set without running it: each finding planted, and beside it the case that is in order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.model.findings import Finding, Level
from bridge.wiring.agency import load_agency
from rules.foresight import unused_documents
from rules.load import Context, load_rules

EXAMPLE = os.environ.get("BRIDGE_RULES_EXAMPLE", "")
PACK = Path(__file__).parents[2] / "config"
AROUND = """\
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
roles: {client: клієнт, pm: РМ, head: керівник}
buttons: {go: Далі, approve: Так, comment: Зауваження}
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.state: {type: choice, of: [lead, active, lost], from: bridge, default: lead}
  client.last: {type: moment, from: bridge}
  deal.sum: {type: money, from: planfix.task.sum}
  deal.prepaid: {type: flag, from: planfix.task.prepaid}
  deal.kind: {type: choice, of: [seo, ads], from: bridge}
  brief.state: {type: choice, of: [none, asked, received], from: bridge}
  brief.sent_at: {type: moment, from: bridge}
  card.list: {type: choice, of: [Договір, Запуск, Архів], from: trello.card.list}
  card.labels: {type: set, of: [VIP, Старий], from: trello.card.labels}
gates:
  start:
    name: Початок
    needs:
      - {if: {deal.prepaid: true}, say: передоплата, owed_by: client}
      - {if: {brief.state: received}, say: бриф, owed_by: client}
templates:
  hello: {uk: Вітаю, ru: Здравствуйте, en: Hello}
  bye: {uk: Бувайте, ru: Пока, en: Bye}
  asks: {buttons: [approve, comment], uk: Гаразд?, ru: Хорошо?, en: Is it well?}
"""
CONTEXT = Context(documents=["report"], people=[], forms=["brief"])


def rule(name: str, when: str, then: str, **more: str) -> str:
    """One entry of `rules:` per deal."""
    keys = {"when": when, "per": "deal", "then": f"[{then}]"} | {key.rstrip("_"): value for key, value in more.items()}
    return f"  - id: {name}\n" + "".join(f"    {key}: {value}\n" for key, value in keys.items())


def told(*rules: str) -> list[Finding]:
    """Everything that is found and noted in these rules; nothing of it about what they do not use."""
    loaded = load_rules([("around.yaml", AROUND.encode()), ("a.yaml", ("rules:\n" + "".join(rules)).encode())], CONTEXT)
    return [one for one in (*loaded.findings, *loaded.notes) if not one.code.startswith("unused-")]


def codes(*rules: str) -> list[str]:
    return [one.code for one in told(*rules)]


def only(*rules: str) -> Finding:
    found = told(*rules)
    assert len(found) == 1, "\n".join(map(str, found)) or "nothing was found"
    return found[0]


# -- circles ----------------------------------------------------------------------------------------------------------

PING = rule("ping", "{card.moved: {to: Договір}}", "move: Запуск")
PONG = rule("pong", "{card.moved: {to: Запуск}}", "move: Договір")


def test_two_rules_that_throw_a_card_to_and_fro_are_an_error() -> None:
    found = only(PING, PONG)
    assert (found.code, found.level, str(found.where)) == ("endless-loop", Level.ERROR, "a.yaml:2:5")
    assert found.what.endswith("for ever: ping -> pong -> ping")


def test_a_circle_is_no_circle_where_a_value_that_nobody_writes_parts_the_two() -> None:
    ping = PING + "    if: {deal.prepaid: true}\n"
    assert codes(ping, PONG + "    if: {deal.prepaid: false}\n") == []
    assert codes(ping, PONG + "    if: {deal.prepaid: true}\n") == ["endless-loop"]


@pytest.mark.parametrize("slow", ["    repeat: once\n", "    repeat: {not_within: 1h}\n"])
def test_a_circle_with_repeat_in_it_is_a_note(slow: str) -> None:
    found = only(PING + slow, PONG)
    assert (found.code, found.level) == ("slowed-loop", Level.NOTE)


def test_a_circle_through_a_step_is_a_note() -> None:
    slow = rule("slow", "{card.moved: {to: Запуск}}", "", steps="[{after: 2wd, then: [{move: Договір}]}]")
    assert only(PING, slow.replace("    then: []\n", "")).code == "slowed-loop"


def test_a_circle_through_a_persons_answer_is_a_note() -> None:
    asks = "propose: {to: pm, template: hello, on_approve: [{move: Договір}]}"
    assert only(PING, rule("ask", "{card.moved: {to: Запуск}}", asks)).code == "slowed-loop"


def test_a_circle_goes_through_a_gate_that_becomes_open() -> None:
    opens = rule("opens", "{becomes: {gate.start: open}}", "set: {brief.state: asked}")
    again = rule("again", "{becomes: {brief.state: asked}}", "set: {brief.state: received}")
    assert [one.what.rpartition(": ")[2] for one in told(opens, again)] == ["again -> opens -> again"]


def test_a_rule_that_sets_what_it_waits_for_wakes_itself_only_when_it_hears_its_own() -> None:
    counts = rule("counts", "{field.changed: brief.sent_at}", "set: {brief.sent_at: now}")
    assert codes(counts) == []
    assert only(counts + "    also_own: true\n").what.endswith(": counts -> counts")


def test_setting_a_fact_to_what_it_is_changes_nothing() -> None:
    once = rule("once", "{field.changed: brief.state}", "set: {brief.state: received}", if_="{brief.state: received}")
    assert codes(once + "    also_own: true\n") == []


def test_a_card_that_a_guard_puts_back_wakes_nobody() -> None:
    guard = "guard: true\n    if: {deal.prepaid: false}\n"
    here = rule("here", "{card.moved: {to: Договір}}", "move: back") + "    " + guard
    there = rule("there", "{card.moved: {to: Запуск}}", "move: back") + "    " + guard
    assert codes(here, there) == []


def test_messages_that_answer_each_others_receipts_go_round_for_ever() -> None:
    first = rule("first", "{delivered: bye}", "{send: hello, to: client}")
    second = rule("second", "{delivered: hello}", "{send: bye, to: client}")
    assert "endless-loop" in codes(first, second)


def test_a_message_to_staff_has_no_receipt_that_rules_hear() -> None:
    first = rule("first", "{button: go}", "{send: hello, to: pm}")
    assert codes(first, rule("second", "{delivered: hello}", "move: Запуск")) == ["never-true"]


def test_rules_that_are_off_or_in_shadow_make_no_circle() -> None:
    assert codes(PING + "    enabled: false\n", PONG) == []
    assert codes(PING + "    enabled: shadow\n", PONG) == []


def test_the_fact_of_a_client_wakes_the_rules_of_his_other_deals_too() -> None:
    """What held for the deal that set it need not hold for theirs: two deals of one client can go on for ever."""
    large = rule("large", "{field.changed: client.state}", "set: {client.state: active}", if_="{deal.sum: {over: 100}}")
    small = rule("small", "{field.changed: client.state}", "set: {client.state: lost}", if_="{deal.sum: {under: 50}}")
    own = "    also_own: true\n"
    assert only(large + own, small + own).code == "endless-loop"


def test_a_long_circle_is_found_though_short_ones_are_looked_for() -> None:
    states = ["a", "b", "c", "d", "e", "f"]
    fields = f"fields:\n  deal.stage: {{type: choice, of: [{', '.join(states)}], from: bridge}}\n"
    rules = "rules:\n" + "".join(
        rule(f"to-{there}", f"{{becomes: {{deal.stage: {here}}}}}", f"set: {{deal.stage: {there}}}")
        for here, there in zip(states, states[1:] + states[:1], strict=True)
    )
    text = AROUND.replace("fields:\n", fields) + rules
    [found] = load_rules([("a.yaml", text.encode())], CONTEXT).findings
    assert (found.code, found.what.count(" -> ")) == ("endless-loop", 6)


# -- rules and triggers that never act --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("never", "may"),
    [
        ("{deal.sum: {over: 100, under: 50}}", "{deal.sum: {over: 50, under: 100}}"),
        ("{deal.sum: {at_least: 5, at_most: 5, over: 5}}", "{deal.sum: {at_least: 5, at_most: 5}}"),
        ("[{brief.state: asked}, {brief.state: received}]", "[{brief.state: [asked, none]}, {brief.state: asked}]"),
        ("[{card.labels: VIP}, {card.labels: {lacks: VIP}}]", "[{card.labels: VIP}, {card.labels: {lacks: Старий}}]"),
        ("[{brief.sent_at: {filled: false}}, {brief.sent_at: {before: now}}]", "{brief.sent_at: {before: now}}"),
        ("{brief.sent_at: {before: 2026-01-05, after: 2026-01-05}}", "{brief.sent_at: {after: 2026-01-04}}"),
        ("{brief.sent_at: {after: 2026-01-04, before: 2026-01-05}}", "{brief.sent_at: {before: 2026-01-05}}"),
        ("[{brief.sent_at: {after: now}}, {brief.sent_at: {older_than: 3d}}]", "[{brief.sent_at: {older_than: 3d}}]"),
        ("[{client.name: {starts_with: А}}, {client.name: Борис}]", "{client.name: {starts_with: А, contains: р}}"),
        ("[{client.name: {contains: а}}, {client.name: [Борис, Ігор]}]", "{client.name: {like: б*с, is: Борис}}"),
        ("[{gate.start: open}, {deal.prepaid: false}]", "[{gate.start: closed}, {deal.prepaid: true}]"),
        ("{none: [{deal.prepaid: true}, {deal.prepaid: {is_not: true}}]}", "{none: [{deal.prepaid: true}]}"),
        ("{client.state: {none_of: [lead, active, lost]}}", "{card.list: {none_of: [Договір, Запуск, Архів]}}"),
        ("{client.state: {filled: false}}", "{brief.state: {filled: false}}"),
    ],
)  # fmt: skip
def test_a_condition_that_excludes_itself_is_a_dead_rule(never: str, may: str) -> None:
    found = only(rule("dead", "{button: go}", "move: Запуск", if_=never))
    assert (found.code, found.level) == ("dead-rule", Level.WARNING)
    assert codes(rule("alive", "{button: go}", "move: Запуск", if_=may)) == []


@pytest.mark.parametrize(
    ("when", "never", "may"),
    [
        ("{card.moved: {to: Запуск}}", "{card.list: Архів}", "{card.list: [Архів, Запуск]}"),
        ("{label.added: VIP}", "{card.labels: {lacks: VIP}}", "{card.labels: {lacks: Старий}}"),
        ("{label.removed: VIP}", "{card.labels: VIP}", "{card.labels: Старий}"),
        ("{becomes: {gate.start: open}}", "{brief.state: asked}", "{brief.state: received}"),
    ],
)
def test_a_condition_that_cannot_hold_when_the_rule_wakes_is_a_dead_rule(when: str, never: str, may: str) -> None:
    found = only(rule("dead", when, "label.add: Старий", if_=never))
    assert (found.code, found.where.line) == ("dead-rule", 6)
    assert codes(rule("alive", when, "label.add: Старий", if_=may)) == []


def test_the_card_of_another_subject_may_stand_anywhere() -> None:
    moved = rule("moved", "{card.moved: {to: Запуск}}", "set: {client.state: lost}", if_="{card.list: Архів}")
    assert codes(moved.replace("per: deal", "per: client")) == []


def test_more_worlds_than_are_told_apart_are_all_possible() -> None:
    many = ", ".join(f"{{any: [{{deal.sum: {{over: {n}}}}}, {{client.name: {{contains: Н{n}}}}}]}}" for n in range(8))
    assert codes(rule("many", "{button: go}", "move: Запуск", if_=f"[{many}]")) == []


def test_one_of_several_triggers_that_wakes_in_vain_is_named() -> None:
    found = only(rule("half", "[{card.moved: {to: Запуск}}, {button: go}]", "label.add: VIP", if_="{card.list: Архів}"))
    assert (found.code, found.where.line, found.where.column) == ("never-true", 3, 12)
    assert "card.moved wakes this rule in vain" in found.what


@pytest.mark.parametrize(
    ("never", "may"),
    [
        ("{becomes: {deal.sum: {over: 100, under: 50}}}", "{becomes: {deal.sum: {over: 50, under: 100}}}"),
        ("{card.moved: {from: Запуск, to: Запуск}}", "{card.moved: {from: Договір, to: Запуск}}"),
        ("{delivered: bye}", "{delivered: hello}"),
        ("{undelivered: bye}", "{undelivered: hello}"),
    ],
)
def test_a_trigger_that_never_comes_is_named(never: str, may: str) -> None:
    sends = rule("sends", "{button: go}", "{send: hello, to: client}")
    found = only(sends, rule("waits", never, "label.add: VIP"))
    assert (found.code, found.level) == ("never-true", Level.WARNING)
    assert codes(sends, rule("waits", may, "label.add: VIP")) == []


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_a_text_without_buttons_is_never_answered(answer: str) -> None:
    sends = rule("sends", "{button: go}", "{send: hello, to: client}")
    found = only(sends, rule("waits", f"{{{answer}: hello}}", "label.add: VIP"))
    assert (found.code, found.level) == ("no-button", Level.ERROR)
    asks = rule("sends", "{button: go}", "{send: asks, to: client}")
    assert codes(asks, rule("waits", f"{{{answer}: asks}}", "label.add: VIP")) == []


def test_an_approval_of_a_document_needs_no_text() -> None:
    assert codes(rule("waits", "{approved: report}", "label.add: VIP")) == []


# -- quarrels ---------------------------------------------------------------------------------------------------------


def test_two_rules_that_want_one_fact_to_be_two_things_are_named() -> None:
    one = rule("one", "{card.moved: {to: Договір}}", "set: {client.state: active}")
    two = rule("two", "{card.moved: {}}", "set: {client.state: lost}")
    found = only(one, two)
    assert (found.code, found.level, found.where.line) == ("rule-conflict", Level.WARNING, 6)
    assert "one and two act on the same event and want client.state to be active and lost" in found.what


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("if: {deal.sum: {over: 100}}", "if: {deal.sum: {at_most: 100}}"),
        ("guard: true", "if: {deal.prepaid: true}"),
        ("enabled: false", "if: {deal.prepaid: true}"),
        ("if: {gate.start: closed}", "if: {deal.prepaid: true, brief.state: received}"),
    ],
)
def test_rules_that_never_act_together_do_not_quarrel(first: str, second: str) -> None:
    one = rule("one", "{button: go}", "set: {client.state: active}") + f"    {first}\n"
    two = rule("two", "{button: go}", "set: {client.state: lost}") + f"    {second}\n"
    assert codes(one, two) == []


def test_a_label_put_on_and_taken_off_at_once_is_a_quarrel() -> None:
    one = rule("one", "{button: go}", "label.add: VIP")
    assert only(one, rule("two", "{button: go}", "label.remove: VIP")).code == "rule-conflict"
    assert codes(one, rule("two", "{button: go}", "label.remove: Старий")) == []


def test_rules_that_agree_do_not_quarrel() -> None:
    assert codes(*(rule(name, "{button: go}", "set: {client.state: active}") for name in ("one", "two"))) == []


# -- messages ---------------------------------------------------------------------------------------------------------


def test_two_messages_to_the_client_in_one_chain_are_noted_with_the_way() -> None:
    first = rule("first", "{button: go}", "{send: hello, to: client}, {set: {brief.state: asked}}")
    middle = rule("middle", "{becomes: {brief.state: asked}}", "move: Запуск")
    last = rule("last", "{card.moved: {to: Запуск}}", "{send: bye, to: client}", repeat="once")
    found = only(first, middle, last)
    assert (found.code, found.level) == ("two-messages", Level.NOTE)
    assert found.what.endswith(": first (hello) -> middle -> last (bye)")


def test_one_message_to_the_client_and_one_to_staff_are_not_two() -> None:
    first = rule("first", "{button: go}", "{send: hello, to: client}, {move: Запуск}")
    assert codes(first, rule("last", "{card.moved: {to: Запуск}}", "{send: bye, to: pm}")) == []


def test_two_messages_of_one_rule_are_noted() -> None:
    found = only(rule("both", "{button: go}", "{send: hello, to: client}, {send: bye, to: client}"))
    assert found.what.endswith(": both (hello, bye)")


@pytest.mark.parametrize(
    "when", ["{card.moved: {to: Запуск}}", "message", "comment.added", "{field.changed: deal.sum}"]
)
def test_a_message_to_the_client_at_every_touch_is_warned_of(when: str) -> None:
    found = only(rule("often", when, "{send: hello, to: client}"))
    assert (found.code, found.level) == ("unlimited-send", Level.WARNING)


@pytest.mark.parametrize(
    "limited",
    [
        rule("limited", "{card.moved: {to: Запуск}}", "{send: hello, to: client}", repeat="{not_within: 2h}"),
        rule("limited", "{card.moved: {to: Запуск}}", "{send: hello, to: pm}"),
        rule("limited", "{card.moved: {to: Запуск}}", "{send: hello, to: client, approve: pm}"),
        rule("limited", "{form.answered: brief}", "{send: hello, to: client}"),
        rule("limited", "{button: go}", "{send: hello, to: client}"),
        rule("limited", "message", "{send: hello, to: client}, {set: {brief.state: asked}}", if_="{brief.state: none}"),
    ],
)
def test_a_message_that_something_limits_is_not_warned_of(limited: str) -> None:
    assert codes(limited) == []


# -- what nobody uses -------------------------------------------------------------------------------------------------


def notes(text: str, *said: str) -> list[tuple[str, int]]:
    loaded = load_rules([("a.yaml", text.encode())], Context(people=[], texts=said))
    assert loaded.findings == []
    return [(one.code, one.where.line) for one in loaded.notes if one.code.startswith("unused-")]


def test_texts_and_gates_that_nobody_names_are_noted_at_their_place() -> None:
    lines = AROUND.splitlines()
    found = notes(AROUND + "rules:\n" + rule("says", "{button: go}", "{send: hello, to: client}"))
    places = [
        lines.index(next(one for one in lines if one.startswith(f"  {name}:"))) + 1 for name in ("start", "bye", "asks")
    ]
    assert found == list(zip(["unused-gate", "unused-text", "unused-text"], places, strict=True))


def test_what_stands_in_for_a_text_or_in_another_gate_is_used() -> None:
    text = AROUND.replace("  hello: {", "  hello: {asserts: {gate.whole: open}, otherwise: bye, ")
    text = text.replace("gates:\n", "gates:\n  whole: {name: Усе, includes: [start], needs: []}\n")
    assert notes(text + "rules:\n" + rule("says", "{button: go}", "{send: hello, to: client}"), "asks") == []


def test_nothing_is_called_unused_while_a_rule_cannot_be_read() -> None:
    text = AROUND + "rules:\n" + rule("broken", "{button: go}", "{send: hello, to: client, tu: x}")
    assert load_rules([("a.yaml", text.encode())], Context(people=[])).notes == ()


def test_a_document_that_no_rule_names_is_found() -> None:
    text = AROUND + "rules:\n" + rule("waits", "{document.ready: report.docx}", "label.add: VIP")
    ruleset = load_rules([("a.yaml", text.encode())], Context(documents=["report.docx"], people=[])).ruleset
    assert ruleset is not None
    assert unused_documents(ruleset, ["report", "brief"]) == ["brief"]


# -- whole sets -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not EXAMPLE, reason="BRIDGE_RULES_EXAMPLE names no file")
def test_the_example_has_two_notes_and_no_finding() -> None:
    loaded = load_rules([("rules-example.yaml", Path(EXAMPLE).read_bytes())])
    assert loaded.findings == []
    ways = [(one.code, one.what.rpartition(": ")[2]) for one in loaded.notes]
    assert ways == [
        ("two-messages", "brief-send (brief.ask) -> brief-silent (brief.remind)"),
        ("two-messages", "brief-received (brief.thanks) -> production-start -> stage-production (work.started)"),
    ]


def test_the_pack_has_nothing_unused_and_nothing_from_a_warning_upwards() -> None:
    agency, findings = load_agency(PACK)
    assert agency is not None
    assert findings == []
    assert {one.code for one in agency.notes} <= {"two-messages"}


def test_rules_of_which_very_many_wake_each_other_are_not_looked_at_pair_by_pair() -> None:
    states = ("lead", "active")
    there = "{{id: r{}, when: {{becomes: {{client.state: {}}}}}, per: deal, then: [{{set: {{client.state: {}}}}}]}}"
    rules = "rules:\n" + "".join(f"  - {there.format(n, states[n % 2], states[1 - n % 2])}\n" for n in range(160))
    loaded = load_rules([("around.yaml", AROUND.encode()), ("a.yaml", rules.encode())], CONTEXT)
    assert "too-dense" in {note.code for note in loaded.notes}
    assert "endless-loop" not in {finding.code for finding in loaded.findings}


def test_a_step_that_comes_before_the_one_above_it_is_warned_of() -> None:
    steps = "[{after: 4wd, then: [{move: Запуск}]}, {after: 2wd, then: [{move: Архів}]}]"
    entry = f"  - {{id: a, when: {{button: go}}, per: deal, steps: {steps}}}\n"
    assert [(one.code, one.level) for one in told(entry)] == [("step-order", Level.WARNING)]
    assert codes(entry.replace("4wd", '"4wd at 10:00"')) == ["step-order"]
    assert codes(entry.replace("4wd", "1wd")) == []
    assert codes(entry.replace("4wd", "3w")) == []


def test_an_unless_that_is_true_whenever_the_rule_begins_is_noted() -> None:
    keys = "if: {brief.state: asked}, unless: {brief.state: STATE}, steps: [{after: 2wd, then: [{move: Запуск}]}]"
    entry = f"  - {{id: a, when: {{button: go}}, per: deal, {keys}}}\n"
    assert codes(entry.replace("STATE", "asked")) == ["vain-unless"]
    assert codes(entry.replace("STATE", "received")) == []
