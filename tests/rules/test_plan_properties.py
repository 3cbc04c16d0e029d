"""What holds for every plan, whatever happened: equal for equal clients, in any order of dicts, and never twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.model.decisions import SendMessage
from bridge.model.events import ActorKind, Event
from bridge.model.planning import Plan, Snapshot, Subject
from bridge.model.values import NotKnown, Value
from rules.ruleset import RuleSet
from tests.rules.planned import FORM, GATE, NOW, SILENT, TASK, after, event, moved, planned, ruleset, snapshot

RULES = """\
  - id: start
    when: {becomes: {gate.start: open, card.list: Ініціалізація}}
    per: deal
    repeat: once
    then: [{move: Виробництво}]
  - id: work
    when: {card.moved: {to: Виробництво}}
    if: {client.state: lead}
    per: deal
    then: [{set: {client.state: active}}, {send: ready, to: client, with: {gate: start}}]
  - id: press
    when: [{button: go}, {label.added: Бриф}]
    if: [{client.chat: {filled: true}}, {brief.state: {is_not: received}}]
    per: deal
    repeat: {not_within: 1h}
    then: [{set: {brief.state: asked}}, {send: hello, to: client}, {label.remove: Бриф}]
    else: [{comment: {template: because}}]
  - id: talk
    when: {message: {}}
    per: deal
    then: [{task: {title: "Відповісти: {{ client.name }}", for: manager, due: 1wd}}, {label.add: VIP}]
"""
ALL = ruleset(GATE + SILENT + RULES)
FLAG = st.sampled_from([True, False, None, NotKnown(TASK)])
LISTS = ("Договір", "Ініціалізація", "Виробництво")
T = TypeVar("T")


@st.composite
def happened(draw: st.DrawFn) -> list[Event]:
    """Some events of the deal and the client, in order of intake."""
    kinds = st.sampled_from(["move", "press", "label", "form", "delivered", "message", "other"])
    made: list[Event] = []
    for number, kind in enumerate(draw(st.lists(kinds, max_size=6))):
        at = NOW - timedelta(minutes=draw(st.integers(0, 90)))
        more: dict[str, Any] = {"ident": f"e{number}", "at": at}
        match kind:
            case "move":
                by = draw(st.sampled_from([ActorKind.PERSON, ActorKind.BRIDGE]))
                made.append(moved(draw(st.sampled_from(LISTS)), draw(st.sampled_from(LISTS)), by=by, **more))
            case "press":
                made.append(event("button", button="go", **more))
            case "label":
                made.append(event("label.added", label="Бриф", **more))
            case "form":
                made.append(event("form.answered", form="brief", **more))
            case "delivered":
                made.append(event("delivered", template="hello", by=ActorKind.BRIDGE, **more))
            case "message":
                made.append(event("message", subject="client", text="?", **more))
            case _:
                made.append(event("button", button="go", subject="other", **more))
    return made


@st.composite
def clients(draw: st.DrawFn) -> Snapshot:
    """A client as he may stand before a plan: two deals, some of it not read."""
    known: dict[str, Value | NotKnown] = {
        "deal.talk_done": draw(FLAG),
        "deal.prepaid": draw(FLAG),
        "card.list": draw(st.sampled_from(LISTS)),
        "card.labels": draw(st.sampled_from([None, ("Бриф",), ("VIP", "Бриф")])),
        "brief.state": draw(st.sampled_from([None, "asked", "delivered", "received"])),
        "client.chat": draw(st.sampled_from([None, "-100"])),
        "client.language": draw(st.sampled_from([None, "ru"])),
    }
    seen = {name: draw(st.sampled_from([None, NOW - timedelta(hours=1), NOW])) for name in (TASK, FORM)}
    made = snapshot(ALL, known, draw(happened()), seen)
    return replace(made, subjects={**made.subjects, "other": Subject("other", "deal", "client")})


def turned(given: Mapping[str, T]) -> dict[str, T]:
    return dict(reversed(list(given.items())))


def shuffled(client: Snapshot) -> Snapshot:
    """An equal client whose dicts have another order."""
    subjects = {name: replace(one, facts=turned(one.facts)) for name, one in client.subjects.items()}
    return replace(client, subjects=turned(subjects), seen_up_to=turned(client.seen_up_to))


def written(made: Plan) -> str:
    """A plan as text: order counts."""
    return repr(asdict(made))


SOME = settings(suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(clients())
def test_equal_clients_have_equal_plans_in_any_order_of_dicts(client: Snapshot) -> None:
    assert shuffled(client) == client
    made = planned(ALL, client)
    assert planned(ALL, client) == made
    assert written(planned(ALL, shuffled(client))) == written(made)


@SOME
@given(clients())
def test_a_plan_that_was_stored_wants_nothing_more(client: Snapshot) -> None:
    made = planned(ALL, client)
    again = planned(ALL, after(client, made, ALL))
    assert not {wanted.key for wanted in again.wanted} & {wanted.key for wanted in made.wanted}
    last = planned(ALL, after(after(client, made, ALL), again, ALL))
    assert (last.wanted, last.sets) == ((), ())


@SOME
@given(clients())
def test_no_event_is_lost_each_is_planned_parked_or_waits_behind_one(client: Snapshot) -> None:
    made = planned(ALL, client)
    left = [one for one in client.events if one.id not in made.planned]
    blocked = {one.subject for one in client.events if one.id in made.parked}
    assert len(made.planned) == len(set(made.planned))
    assert all(one.subject in blocked for one in left)
    assert {wait.what for wait in made.blind} >= set(made.parked)


@SOME
@given(clients())
def test_nothing_is_wanted_of_an_event_that_was_refused_or_parked(client: Snapshot) -> None:
    made = planned(ALL, client)
    refused = {one.event for one in made.traces if one.outcome == "refused_by_guard"}
    for wanted in made.wanted:
        assert wanted.cause.event not in made.parked
        assert wanted.cause.rule == "gate" or wanted.cause.event not in refused


@SOME
@given(clients())
def test_keys_are_unique_and_texts_to_the_client_say_only_what_is_known(client: Snapshot) -> None:
    made = planned(ALL, client)
    keys = [wanted.key for wanted in made.wanted]
    assert len(keys) == len(set(keys))
    facts = client.subjects["deal"].facts
    open_ = all(facts[name].value is True for name in ("deal.talk_done", "deal.prepaid"))
    for decision in (wanted.decision for wanted in made.wanted):
        if isinstance(decision, SendMessage) and decision.text == "усе є":
            assert open_


@SOME
@given(clients(), st.integers(0, 10 * 24))
def test_no_step_speaks_before_it_is_due_or_on_an_old_reading(client: Snapshot, hours: int) -> None:
    started = after(client, planned(ALL, client), ALL)
    moment = NOW + timedelta(hours=hours)
    made = planned(ALL, started, moment)
    for wanted in made.wanted:
        timer = next((one for one in started.timers if one.step == wanted.cause.step), None)
        if timer is not None:
            assert timer.due <= moment
            assert started.seen_up_to.get(FORM, timer.start) >= timer.due


def test_a_plan_does_not_hang_on_the_seed_of_hashes() -> None:
    seeds = [_digest_under(seed) for seed in ("0", "1", "4242")]
    assert len(set(seeds)) == 1


def _digest_under(seed: str) -> str:
    code = "from tests.rules.test_plan_properties import digest; print(digest())"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, check=True)
    return done.stdout.decode().strip()


def busy() -> Snapshot:
    """A client to whom everything happens at once."""
    facts: dict[str, Value | NotKnown] = {"deal.talk_done": NotKnown(TASK), "deal.prepaid": NotKnown(TASK)}
    events = [
        event("label.added", label="Бриф", ident="e1"),
        event("delivered", template="hello", by=ActorKind.BRIDGE, ident="e2"),
        event("message", subject="client", ident="e3"),
        moved(ident="e4"),
    ]
    made = snapshot(ALL, {**facts, "card.labels": ("Бриф", "VIP")}, events, {FORM: None})
    return replace(made, subjects={**made.subjects, "other": Subject("other", "deal", "client")})


def digest() -> str:
    """One number for a plan with everything in it."""
    return hashlib.sha256(written(planned(ALL, busy())).encode()).hexdigest()


# -- how long it takes -----------------------------------------------------------------------------------------------


def many() -> RuleSet:
    """Some 25 rules."""
    entries = "".join(f"{RULES}".replace("- id: ", f"- id: n{number}-") for number in range(5))
    return ruleset(GATE + SILENT + RULES + entries)


@pytest.mark.timeout(60)
def test_one_event_with_25_rules_takes_less_than_3_ms() -> None:
    rules = many()
    assert len(rules.rules) >= 25
    client = snapshot(rules, {"deal.talk_done": True, "deal.prepaid": True}, [moved()])
    planned(rules, client)
    best = min(_seconds(rules, client) for _ in range(30))
    assert best < 0.003, f"{best * 1000:.2f} ms"


def _seconds(rules: RuleSet, client: Snapshot) -> float:
    start = time.process_time()
    planned(rules, client)
    return time.process_time() - start
