"""What is never done twice: rules that say how often, and the keys of effects."""

from __future__ import annotations

from bridge.model.planning import Outcome, Ran
from tests.rules.planned import PRESSED, SILENT, event, later, outcomes, planned, ruleset, snapshot, started

# -- repeat ------------------------------------------------------------------------------------------------------------


def test_once_survives_everything_that_was_before() -> None:
    rules = ruleset(PRESSED.format("repeat: once, "))
    ran = {("pressed", "deal"): Ran(1, later(days=-400))}
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")], runs=ran))
    assert (outcomes(made, "pressed"), made.wanted) == ([Outcome.REPEAT], ())


def test_two_presses_within_the_hour_send_one_message() -> None:
    rules = ruleset(PRESSED.format("repeat: {not_within: 1h}, "))
    presses = [
        event("button", ident=str(minutes), button="go", at=later(minutes=minutes)) for minutes in (-90, -40, -30)
    ]
    made = planned(rules, snapshot(rules, {}, presses))
    assert outcomes(made, "pressed") == [Outcome.FIRED, Outcome.REPEAT, Outcome.FIRED]
    assert made.runs == {("pressed", "deal"): Ran(2, later(minutes=-30))}


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_names_rule_subject_event_and_action_and_never_a_place() -> None:
    rules = ruleset(PRESSED.format(""))
    [wanted] = planned(rules, snapshot(rules, {}, [event("button", ident="e1", button="go")])).wanted
    assert wanted.key == "pressed:deal:e1:send/hello/pm>person:petro"


def test_the_key_of_a_rule_that_runs_once_does_not_hang_on_the_event() -> None:
    rules = ruleset(PRESSED.format("repeat: once, "))
    keys = {
        planned(rules, snapshot(rules, {}, [event("button", ident=ident, button="go")])).wanted[0].key
        for ident in ("one", "two")
    }
    assert keys == {"pressed:deal:once:send/hello/pm>person:petro"}


def test_an_action_put_above_changes_no_other_key() -> None:
    one = "  - {id: one, when: {button: go}, per: deal, then: [{send: hello, to: client}]}\n"
    two = one.replace("then: [", "then: [{send: hello, to: pm}, ")
    keys = []
    for text in (one, two):
        rules = ruleset(text)
        keys.append(
            {wanted.key for wanted in planned(rules, snapshot(rules, {}, [event("button", button="go")])).wanted}
        )
    assert keys[0] < keys[1]


def test_a_step_deleted_above_does_not_hand_its_key_on() -> None:
    unnamed = SILENT.replace("id: remind, ", "").replace("id: call, ", "")
    shorter = unnamed.replace("      - {after: 2wd, then: [{send: hello, to: client}]}\n", "")
    keys = [{timer.key for timer in started(text)[1].timers} for text in (unnamed, shorter)]
    assert len(keys[0]) == 2
    assert keys[1] < keys[0]


def test_twins_in_one_rule_have_keys_of_their_own() -> None:
    rules = ruleset(PRESSED.format("").replace("then: [", "then: [{send: hello, to: pm}, "))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert len({wanted.key for wanted in made.wanted}) == 2
