"""Planning: what one event brings about, whom it reaches, and in which order effects stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.decisions import CreateTask
from bridge.model.events import ActorKind, Cause
from bridge.model.planning import MadeDocument, Outcome, Subject
from rules.plan import hearing
from tests.rules.planned import (
    AROUND,
    CARD,
    DONE,
    EDGE,
    GATE,
    PRESSED,
    SILENT,
    TASK,
    TOLD,
    after,
    decisions,
    event,
    moved,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
)

# -- one event ---------------------------------------------------------------------------------------------------------


def test_conditions_are_asked_as_things_stood_when_the_event_was_reached() -> None:
    first = "  - {id: first, when: {button: go}, per: deal, then: [{set: {brief.state: received}}]}\n"
    rules = ruleset(first + PRESSED.format("if: {brief.state: received}, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert outcomes(made, "pressed") == [Outcome.CONDITION_FALSE]


def test_the_next_event_sees_what_rules_set_on_the_one_before() -> None:
    first = "  - {id: first, when: {button: prepare}, per: deal, then: [{set: {brief.state: received}}]}\n"
    rules = ruleset(first + PRESSED.format("if: {brief.state: received}, "))
    events = [event("button", ident="one", button="prepare"), event("button", ident="two", button="go")]
    assert outcomes(planned(rules, snapshot(rules, {}, events)), "pressed") == [Outcome.FIRED]


def test_a_condition_that_is_not_known_never_acts_and_says_what_was_not_read() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: false}, else: [{send: hello, to: head}], "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")], {TASK: None}))
    assert made.wanted == ()
    assert [(trace.outcome, str(trace.reason)) for trace in made.traces] == [(Outcome.NOT_KNOWN, f"not read: {TASK}")]


def test_else_runs_only_when_the_condition_said_no() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true}, else: [{send: because, to: pm}], "))
    press = event("button", button="go")
    assert sent(planned(rules, snapshot(rules, {"deal.prepaid": True}, [press])))[0][1] == "Вітаю, Зерно"
    assert sent(planned(rules, snapshot(rules, {"deal.prepaid": False}, [press])))[0][1].startswith("не вийшло")


def test_else_tells_the_fact_that_kept_the_rule_back_and_no_other() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true, deal.talk_done: true}, else: [{send: because, to: pm}], "))
    press = event("button", button="go")
    [(_to, text)] = sent(planned(rules, snapshot(rules, {"deal.prepaid": True, "deal.talk_done": False}, [press])))
    assert ("deal.talk_done" in text, "deal.prepaid" in text) == (True, False)


def test_else_of_a_condition_that_can_never_be_tells_all_that_it_asks_for() -> None:
    never = "if: [{deal.prepaid: true}, {deal.prepaid: false}], else: [{send: because, to: pm}], "
    rules = ruleset(PRESSED.format(never))
    [(_to, text)] = sent(planned(rules, snapshot(rules, {"deal.prepaid": True}, [event("button", button="go")])))
    assert text == "не вийшло: deal.prepaid — так"


def test_a_rule_that_is_off_is_silent_and_one_in_shadow_explains_only() -> None:
    off = ruleset(PRESSED.format("enabled: false, "))
    shadow = ruleset(PRESSED.format("enabled: shadow, "))
    press = [event("button", button="go")]
    assert planned(off, snapshot(off, {}, press)).traces == ()
    made = planned(shadow, snapshot(shadow, {}, press))
    assert (outcomes(made, "pressed"), made.wanted, list(made.runs)) == (
        [Outcome.SHADOW],
        (),
        [("pressed/shadow", "deal")],
    )


def test_every_no_has_its_reason_and_the_smallest_change() -> None:
    rules = ruleset(PRESSED.format("if: {deal.prepaid: true}, "))
    [trace] = planned(rules, snapshot(rules, {"deal.prepaid": False}, [event("button", button="go")])).traces
    assert (trace.tree, trace.change) == (((0, "✘", "deal.prepaid is true", "false"),), ("deal.prepaid = true",))


def test_an_event_of_nobody_is_planned_and_explained() -> None:
    rules = ruleset(PRESSED.format(""))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go", subject="")]))
    assert (made.planned, outcomes(made, "pressed")) == (("e:button",), [Outcome.NO_SUBJECT])


# -- whose event it is -------------------------------------------------------------------------------------------------


def test_an_event_of_the_client_reaches_the_rules_of_all_his_deals() -> None:
    rules = ruleset("  - {id: talk, when: {message: {}}, per: deal, then: [{send: hello, to: pm}]}\n")
    before = snapshot(rules, {}, [event("message", subject="client", text="так")])
    two = {**before.subjects, "deal2": Subject("deal2", "deal", "client")}
    made = planned(rules, replace(before, subjects=two))
    assert [wanted.subject for wanted in made.wanted] == ["deal", "deal2"]


def test_an_event_of_a_deal_reaches_its_client_once() -> None:
    rules = ruleset("  - {id: press, when: {button: go}, per: client, then: [{send: hello, to: pm}]}\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [wanted.subject for wanted in made.wanted] == ["client"]


@pytest.mark.parametrize(
    ("per", "on", "hears"),
    [
        ("deal", "ads", []),
        ("task", "ads", ["ads"]),
        ("task", "deal", []),
        ("client", "deal", ["client"]),
        ("client", "ads", ["client"]),
    ],
)
def test_a_campaigns_card_and_the_deals_card_are_told_apart(per: str, on: str, hears: list[str]) -> None:
    rules = ruleset(TOLD.replace("per: deal", f"per: {per}"))
    before = snapshot(rules, {}, [moved(subject=on)])
    with_campaign = {**before.subjects, "ads": Subject("ads", "task", "deal")}
    made = planned(rules, replace(before, subjects=with_campaign))
    assert [wanted.subject for wanted in made.wanted] == hears


def test_a_deal_without_campaigns_counts_as_one_task() -> None:
    rules = ruleset(TOLD.replace("per: deal", "per: task"))
    made = planned(rules, snapshot(rules, {}, [moved()]))
    assert [wanted.subject for wanted in made.wanted] == ["deal"]


def test_the_campaigns_of_one_deal_leave_another_deal_the_task_that_it_is() -> None:
    rules = ruleset(TOLD.replace("per: deal", "per: task"))
    before = snapshot(rules, {}, [moved()])
    others = {"two": Subject("two", "deal", "client"), "ads": Subject("ads", "task", "two")}
    made = planned(rules, replace(before, subjects={**before.subjects, **others}))
    assert [wanted.subject for wanted in made.wanted] == ["deal"]


def test_an_event_wakes_the_rules_that_stand_behind_one_that_is_off() -> None:
    rules = ruleset(TOLD.replace("id: told", "id: off\n    enabled: false") + TOLD).rules
    assert [rule.id for rule in hearing(rules, moved())] == ["told"]


def test_an_answer_to_one_form_wakes_no_rule_of_another() -> None:
    rules = ruleset("  - {id: brief-in, when: {form.answered: brief}, per: deal, then: [{label.add: VIP}]}\n").rules
    heard = [[rule.id for rule in hearing(rules, event("form.answered", form=form))] for form in ("brief", "access")]
    assert heard == [["brief-in"], []]


def test_own_events_are_heard_only_where_a_rule_or_its_trigger_says_so() -> None:
    label = "  - {{id: {0}, when: {{label.added: VIP}}, {1}per: deal, then: [{{send: hello, to: pm}}]}}\n"
    rules = ruleset(TOLD + label.format("deaf", "") + label.format("hears", "also_own: true, "))
    own = [moved(by=ActorKind.BRIDGE), event("label.added", label="VIP", by=ActorKind.BRIDGE)]
    made = planned(rules, snapshot(rules, DONE, own))
    assert {trace.rule for trace in made.traces} == {"told", "hears"}


def test_a_fact_that_a_rule_set_is_told_to_rules_that_hear_own_changes() -> None:
    setter = "  - {id: setter, when: {button: go}, per: deal, then: [{set: {client.state: active}}]}\n"
    heard = "  - {{id: {0}, when: {{field.changed: client.state}}, {1}per: client, then: [{{send: hello, to: pm}}]}}\n"
    rules = ruleset(setter + heard.format("deaf", "") + heard.format("hears", "also_own: true, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [wanted.cause.rule for wanted in made.wanted] == ["hears"]
    again = planned(rules, snapshot(rules, {"client.state": "active"}, [event("button", button="go")]))
    assert again.wanted == ()


def test_a_change_that_a_rule_made_tells_what_the_fact_was_before() -> None:
    said = '  was: {uk: "OLD → NEW", ru: "-", en: "-"}\n'.replace("OLD", "{{ event.old }}").replace(
        "NEW", "{{ event.new }}"
    )
    facts = (
        "  event.text:",
        "  event.old: {type: text, from: event}\n  event.new: {type: text, from: event}\n  event.text:",
    )
    setter = "  - {id: setter, when: {button: go}, per: deal, then: [{set: {client.state: active}}]}\n"
    heard = (
        "  - {id: a, when: {field.changed: client.state}, also_own: true, per: client, then: [{send: was, to: pm}]}\n"
    )
    rules = ruleset(setter + heard, AROUND.replace(*facts) + said)
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert sent(made) == [("person:petro", "lead → active")]


def test_a_chain_of_causes_is_cut_at_the_limit() -> None:
    rules = ruleset(TOLD)
    chain = [moved(by=ActorKind.BRIDGE, cause=Cause("told", depth=depth), ident=str(depth)) for depth in (3, 4)]
    made = planned(rules, snapshot(rules, {}, chain))
    assert outcomes(made, "told") == [Outcome.FIRED, Outcome.LOOP]
    assert made.wanted[0].cause.depth == 4
    assert made.planned == ("3", "4")


# -- the order of effects ----------------------------------------------------------------------------------------------


def test_effects_stand_in_the_order_of_the_rule() -> None:
    then = 'then: [{label.add: VIP}, {task: {title: "Дзвінок", for: pm}}, {send: hello, to: pm}]'
    rules = ruleset(f"  - {{id: many, when: {{button: go}}, per: deal, {then}}}\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [decision.kind for decision in decisions(made)] == ["label_card", "create_task", "send_message"]
    assert isinstance(decisions(made)[1], CreateTask)


def test_a_plan_of_nothing_wants_nothing() -> None:
    rules = ruleset(GATE + SILENT + EDGE)
    state = snapshot(rules, documents={("deal", "brief"): MadeDocument(1, "key")}, seen={CARD: None})
    state = after(state, planned(rules, state), rules)
    made = planned(rules, state)
    assert (made.wanted, made.sets, made.edges, made.runs, made.traces) == ((), (), {}, {}, ())
