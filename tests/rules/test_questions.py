"""Questions with buttons: the first answer counts, a newer question voids the older, and yes is carried out once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.model.decisions import CommentCard, LabelCard, SendMessage
from bridge.model.deliveries import delivery_id
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.planning import MadeDocument, Outcome, Plan, Snapshot, Subject
from bridge.model.questions import Asked, Question
from bridge.model.reasons import UNLESS
from bridge.model.values import NotKnown
from rules.ruleset import RuleSet
from tests.rules.planned import AROUND, NOW, decisions, event, later, outcomes, planned, ruleset, sent, snapshot

TEXTS = """\
  offer: {uk: "Віддаємо?", ru: "Отдаём?", en: "Release?"}
  result: {buttons: [approve, comment], uk: "Приймаєте?", ru: "Принимаете?", en: "Accept?"}
  system.approve_text:
    uk: "надіслати: {{ question.text }}"
    ru: "отправить: {{ question.text }}"
    en: "send: {{ question.text }}"
  system.decided_already: {uk: "вирішено", ru: "решено", en: "settled"}
  system.question_void: {uk: "не діє", ru: "не действует", en: "void"}
  system.rejected: {uk: "зауваження", ru: "замечания", en: "remarks"}
  system.remark:
    uk: "пише: {{ question.remark }}"
    ru: "пишет: {{ question.remark }}"
    en: "writes: {{ question.remark }}"
  client.remark_please: {uk: "напишіть", ru: "напишите", en: "please write"}
  client.decided_already: {uk: "уже записано", ru: "уже записано", en: "noted already"}
  client.question_void: {uk: "є новіше", ru: "есть новее", en: "there is a newer one"}
"""
PROPOSAL = """\
  - id: release
    when: {button: go}
    per: deal
    unless: {deal.prepaid: true}
    then:
      - propose: {to: head, template: offer, on_approve: [{label.add: VIP}]}
"""
RESULT = """\
  - {id: ask, when: {button: go}, per: deal, then: [{send: result, to: client}]}
  - {id: yes, when: {approved: result}, per: deal, then: [{set: {report.state: accepted}}]}
  - {id: no, when: {rejected: result}, per: deal, then: [{label.add: VIP}]}
"""
SENDING = "  - {id: ask, when: {button: go}, per: deal, then: [{send: hello, to: client, approve: pm}]}\n"
GO = {"button": "go"}


def agency(rules: str) -> RuleSet:
    return ruleset(rules, AROUND + TEXTS)


class Room:
    """One client from plan to plan, with what was asked so far."""

    def __init__(self, rules: str) -> None:
        self.rules = agency(rules)
        self.questions: dict[str, Question] = {}
        self.timers: dict[str, Any] = {}
        self.count = 0

    def plan(self, *events: Event, at: datetime = NOW, **facts: Any) -> Plan:
        known = {key.replace("_", ".", 1): value for key, value in facts.items()}
        seen = dict.fromkeys(("planfix.task",), at)
        before: Snapshot = snapshot(
            self.rules, known, events, seen, questions=dict(self.questions), timers=tuple(self.timers.values())
        )
        made = planned(self.rules, before, at)
        self.questions |= {question.id: question for question in made.questions}
        self.timers |= {timer.key: timer for timer in made.timers}
        for key in made.timers_ended:
            self.timers.pop(key, None)
        return made

    def go(self, at: datetime = NOW) -> Plan:
        self.count += 1
        return self.plan(event("button", ident=f"go{self.count}", at=at, button="go"), at=at)

    def press(
        self, button: str, at: datetime = NOW, place: int = -1, by: ActorKind = ActorKind.PERSON, **facts: Any
    ) -> Plan:
        self.count += 1
        kind = "answer" if by is ActorKind.CLIENT else "button"
        asked = list(self.questions.values())[place].id
        pressed = event(kind, ident=f"press{self.count}", at=at, by=by, button=button, delivery=asked)
        return self.plan(pressed, at=at, **facts)


# -- proposals -------------------------------------------------------------------------------------------------------


def test_a_proposal_asks_and_does_nothing_yet() -> None:
    room = Room(PROPOSAL)
    made = room.go()
    assert sent(made) == [("person:helen", "Release?")]
    [message] = decisions(made)
    assert isinstance(message, SendMessage)
    assert [name for name, _title in message.buttons] == ["approve", "postpone", "refuse"]
    [question] = made.questions
    assert (question.id, question.state) == (delivery_id(made.wanted[0].key), Asked.OPEN)


def test_yes_is_carried_out_once_with_a_key_of_its_own() -> None:
    room = Room(PROPOSAL)
    asked = room.go().wanted[0].key
    [done] = room.press("approve").wanted
    assert (done.decision, done.key != asked) == (LabelCard("VIP", True), True)
    assert sent(room.press("approve")) == [("person:helen", "settled")]


def test_rules_and_texts_are_told_who_approved_and_when() -> None:
    says = "{{ event.answered_by }} {{ event.answered_at|time }}"
    told = RESULT.replace("set: {report.state: accepted}", f"comment: '{says}'")
    fields = "  event.answered_by: {type: text, from: event}\n  event.answered_at: {type: moment, from: event}\n"
    room = Room(told)
    room.rules = ruleset(told, AROUND.replace("\nfields:\n", f"\nfields:\n{fields}") + TEXTS)
    [asked] = room.go().questions
    pressed = event("answer", at=later(hours=1), button="approve", delivery=asked.id)
    made = room.plan(replace(pressed, actor=Actor(ActorKind.CLIENT, "501", "Петро")), at=later(hours=1))
    assert [one.text for one in decisions(made) if isinstance(one, CommentCard)] == ["Петро 13:00"]


def test_who_answered_what_and_when_is_kept() -> None:
    room = Room(PROPOSAL)
    room.go()
    [question] = room.press("refuse", at=later(hours=1)).questions
    assert (question.answer, question.answered_at, question.accepted) == ("refuse", later(hours=1), False)


def test_a_no_changes_nothing_and_the_first_answer_stays() -> None:
    room = Room(PROPOSAL)
    room.go()
    made = room.press("refuse")
    assert (made.wanted, outcomes(made, "release")) == ((), [Outcome.ANSWERED])
    assert sent(room.press("approve")) == [("person:helen", "settled")]


def test_a_reason_that_is_gone_voids_the_question() -> None:
    room = Room(PROPOSAL)
    room.go()
    assert room.plan(deal_prepaid=True).called_off == {}  # nothing was held
    made = room.press("approve")
    assert sent(made) == [("person:helen", "void")]


def test_silence_changes_nothing() -> None:
    room = Room(PROPOSAL)
    room.go()
    assert room.plan(at=later(days=90)).wanted == ()


def test_what_was_put_off_is_asked_again_five_working_days_later_at_the_same_hour() -> None:
    room = Room(PROPOSAL)
    room.go()
    made = room.press("postpone", at=later(hours=4))
    [timer] = made.timers
    assert timer.due == datetime(2026, 11, 30, 10, 0, tzinfo=UTC)  # the next Monday, noon in Kyiv
    assert room.plan(at=timer.due - timedelta(minutes=1)).wanted == ()
    assert sent(room.plan(at=timer.due)) == [("person:helen", "Release?")]
    assert room.timers == {}


def test_what_is_asked_again_begins_a_chain_of_causes_anew() -> None:
    room = Room(PROPOSAL)
    room.go()
    [timer] = room.press("postpone").timers
    assert [wanted.cause.depth for wanted in room.plan(at=timer.due).wanted] == [1]


def test_how_long_it_rests_may_be_set_in_the_action() -> None:
    room = Room(PROPOSAL.replace("template: offer", "template: offer, postpone: 1wd at 09:30"))
    room.go()
    [timer] = room.press("postpone").timers
    assert timer.due == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def test_an_answer_to_a_question_that_was_asked_again_is_void_and_says_so() -> None:
    room = Room(PROPOSAL)
    room.go()
    [timer] = room.press("postpone").timers
    room.plan(at=timer.due)
    assert sent(room.press("approve", at=timer.due, place=0)) == [("person:helen", "void")]
    assert decisions(room.press("approve", at=timer.due, place=1)) == [LabelCard("VIP", True)]


def test_a_question_of_a_rule_that_is_gone_is_void() -> None:
    room = Room(PROPOSAL)
    room.go()
    room.rules = agency(PROPOSAL.replace("id: release", "id: other"))
    assert decisions(room.press("approve"))[0] != LabelCard("VIP", True)


def test_a_question_whose_action_has_become_another_one_is_void() -> None:
    named = PROPOSAL.replace("- propose:", "- id: ask\n        propose:")
    room = Room(named)
    room.go()
    room.rules = agency(named[: named.index("        propose:")] + "        label.add: VIP\n")
    made = room.press("approve")
    assert ([one.because.code for one in made.questions], sent(made)) == (
        ["rule-asks-no-more"],
        [("person:helen", "void")],
    )


@pytest.mark.parametrize(("rule", "yes"), [(PROPOSAL, "approve"), (SENDING, "send")])
def test_an_answer_for_one_deal_leaves_the_question_about_another_open(rule: str, yes: str) -> None:
    rules = agency(rule.replace("{button: go}", "{message: {}}"))
    before = snapshot(rules, {}, [event("message", subject="client", text="так")])
    both = replace(before, subjects={**before.subjects, "deal2": Subject("deal2", "deal", "client")})
    asked = {one.id: one for one in planned(rules, both).questions}
    assert [one.subject for one in asked.values()] == ["deal", "deal2"]
    pressed = event("button", button=yes, delivery=next(iter(asked)))
    made = planned(rules, replace(both, events=(pressed,), questions=asked))
    assert [(one.subject, one.state) for one in made.questions] == [("deal", Asked.ANSWERED)]


def test_the_same_event_planned_twice_asks_once() -> None:
    room = Room(PROPOSAL)
    first = room.go()
    room.count = 0
    again = room.go()
    assert (again.questions, [wanted.key for wanted in again.wanted]) == ((), [wanted.key for wanted in first.wanted])


# -- the client accepts ----------------------------------------------------------------------------------------------


def test_the_clients_yes_is_heard_by_rules() -> None:
    room = Room(RESULT)
    room.go()
    made = room.press("approve", by=ActorKind.CLIENT)
    assert [(one.field, one.value) for one in made.sets] == [("report.state", "accepted")]


def test_a_no_asks_for_a_remark_and_reaches_the_manager_with_it() -> None:
    room = Room(RESULT)
    room.go()
    made = room.press("comment", by=ActorKind.CLIENT)
    assert sorted(sent(made)) == [("client", "напишіть"), ("person:olena", "замечания")]
    assert LabelCard("VIP", True) in decisions(made)
    wrote = event("message", by=ActorKind.CLIENT, text="змініть колір", ident="m1", at=later(minutes=5))
    assert sent(room.plan(wrote, at=later(minutes=5))) == [("person:olena", "пишет: змініть колір")]
    more = event("message", by=ActorKind.CLIENT, text="і ще", ident="m2", at=later(minutes=6))
    assert sent(room.plan(more, at=later(minutes=6))) == []


def test_a_remark_is_heard_though_something_else_was_asked_since() -> None:
    room = Room(RESULT + PROPOSAL.replace("button: go", "button: other"))
    room.go()
    room.press("comment", by=ActorKind.CLIENT)
    assert len(room.plan(event("button", ident="other", button="other")).questions) == 1
    wrote = event("message", by=ActorKind.CLIENT, text="змініть колір", at=later(minutes=5))
    assert sent(room.plan(wrote, at=later(minutes=5))) == [("person:olena", "пишет: змініть колір")]


@pytest.mark.parametrize(
    "beside",
    [
        "[{attach: {document: brief, to: [trello]}}, {send: result, to: client}]",
        "[{send: result, to: client, with: {document: brief}}]",
    ],
)
def test_a_yes_to_a_text_is_one_to_the_document_beside_it_too(beside: str) -> None:
    ask = f"{{id: ask, when: {{button: go}}, per: deal, then: {beside}}}"
    yes = "{id: yes, when: {approved: brief}, per: deal, then: [{label.add: VIP}]}"
    rules = agency(f"  - {ask}\n  - {yes}\n")
    made = {("deal", "brief"): MadeDocument(1, "key")}
    [question] = planned(rules, snapshot(rules, {}, [event("button", button="go")], documents=made)).questions
    pressed = event("answer", by=ActorKind.CLIENT, button="approve", delivery=question.id)
    before = snapshot(rules, {}, [pressed], questions={question.id: question}, documents=made)
    assert decisions(planned(rules, before)) == [LabelCard("VIP", True)]


def test_the_clients_second_answer_is_told_that_the_first_counts() -> None:
    room = Room(RESULT)
    room.go()
    room.press("approve", by=ActorKind.CLIENT)
    made = room.press("comment", by=ActorKind.CLIENT)
    assert (sent(made), made.sets) == ([("client", "уже записано")], ())


def test_an_approval_after_a_newer_version_is_void() -> None:
    room = Room(RESULT)
    room.go()
    room.go(later(hours=1))
    assert sent(room.press("approve", later(hours=2), 0, ActorKind.CLIENT)) == [("client", "є новіше")]
    assert room.press("approve", later(hours=2), 1, ActorKind.CLIENT).sets[0].value == "accepted"


@pytest.mark.parametrize("button", ["postpone", "nonsense"])
def test_a_button_that_the_question_does_not_have_says_nothing(button: str) -> None:
    room = Room(RESULT)
    room.go()
    made = room.press(button, by=ActorKind.CLIENT)
    assert (made.wanted, made.sets, made.questions) == ((), (), ())


# -- a person reads it first -----------------------------------------------------------------------------------------


def test_a_text_is_held_until_a_person_lets_it_go() -> None:
    room = Room(SENDING)
    made = room.go()
    assert [(one.decision.to, one.held) for one in made.wanted if isinstance(one.decision, SendMessage)] == [
        ("client", True),
        ("person:petro", False),
    ]
    assert sent(made)[1] == ("person:petro", "надіслати: Вітаю, Зерно")


def test_yes_releases_exactly_the_message_that_was_held() -> None:
    room = Room(SENDING)
    held = delivery_id(room.go().wanted[0].key)
    assert list(room.press("send").released) == [held]
    assert room.press("by-hand").called_off == {}


def test_edited_by_hand_the_message_is_called_off() -> None:
    room = Room(SENDING)
    held = delivery_id(room.go().wanted[0].key)
    made = room.press("by-hand")
    assert (made.released, list(made.called_off)) == ({}, [held])


def test_a_held_message_is_called_off_with_its_question_when_their_reason_is_gone() -> None:
    room = Room(SENDING.replace("per: deal,", "per: deal, unless: {deal.prepaid: true},"))
    held = delivery_id(room.go().wanted[0].key)
    made = room.plan(deal_prepaid=True)
    assert ([one.state for one in made.questions], made.called_off) == ([Asked.VOID], {held: UNLESS.of(rule="ask")})


def test_a_newer_message_takes_the_place_of_one_that_nobody_let_go() -> None:
    room = Room(SENDING)
    held = delivery_id(room.go().wanted[0].key)
    assert list(room.go(later(hours=1)).called_off) == [held]


def test_a_press_too_late_is_told_by_name_what_it_was_about_where_no_words_were_known() -> None:
    unsaid = "{id: ask, when: {button: go}, per: deal, then: [{send: begun, to: client, approve: pm}]}"
    room = Room(f"  - {unsaid}\n")
    room.plan(event("button", button="go"), deal_talk_done=True, deal_prepaid=NotKnown("planfix.task"))
    room.press("send")
    [told] = decisions(room.press("send"))
    assert isinstance(told, SendMessage)
    assert (told.template, told.values["question.text"]) == ("system.decided_already", "begun")


def test_a_text_with_buttons_asks_nobody_but_the_client() -> None:
    room = Room(RESULT.replace("to: client", "to: pm"))
    made = room.go()
    assert (len(made.wanted), made.questions) == (1, ())


@pytest.mark.parametrize(("newer", "outcome"), [(False, "system.ready_heard"), (True, "system.question_void")])
def test_a_document_is_ready_only_in_its_newest_version(newer: bool, outcome: str) -> None:
    made = "  system.document_made: {uk: готово?, ru: готово?, en: ready?}\n"
    heard = "  system.ready_heard: {uk: добре, ru: хорошо, en: good}\n"
    make = "{id: make, when: {form.answered: brief}, per: deal, then: [{document: {template: brief, name: Бриф}}]}"
    tell = "{id: tell, when: {document.ready: brief}, per: deal, then: [{send: system.ready_heard, to: head}]}"
    rules = ruleset(f"  - {make}\n  - {tell}\n", AROUND + TEXTS + made + heard)
    first = planned(rules, snapshot(rules, {}, [event("form.answered", form="brief", answers=["a"])]))
    [question] = first.questions
    key = "another" if newer else question.document_key
    documents = {("deal", "brief"): MadeDocument(1, key)}
    pressed = event("button", ident="press", button="ready", delivery=question.id)
    before = snapshot(rules, {}, [pressed], questions={question.id: question}, documents=documents)
    told = [one for one in decisions(planned(rules, before)) if isinstance(one, SendMessage)]
    assert [one.template for one in told] == [outcome]


def test_a_text_that_is_held_is_asked_of_the_role_that_approves() -> None:
    [question] = Room(SENDING).go().questions
    assert question.role == "pm"
