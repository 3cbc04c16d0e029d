"""What is kept of a question and told of it, what calls it off, and who hears of it when nobody is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.model.decisions import LabelCard, SendMessage
from bridge.model.events import ActorKind, Cause
from bridge.model.people import Directory
from bridge.model.planning import MadeDocument, Outcome
from bridge.model.questions import Asked
from rules.plan import Office, plan
from tests.rules.planned import AROUND, NOW, PEOPLE, decisions, event, later, outcomes, planned, ruleset, sent
from tests.rules.planned import snapshot as before
from tests.rules.test_questions import PROPOSAL, RESULT, SENDING, TEXTS, Room, agency

ASK = "propose: {to: head, template: offer, on_approve: [{label.add: VIP}]}"
WHEN = "id: r, when: {button: go}, per: deal"
IN_ELSE = f"  - {{{WHEN}, if: {{deal.prepaid: true}}, then: [{{move: Договір}}], else: [{{{ASK}}}]}}\n"
IN_STEP = f"  - {{{WHEN}, steps: [{{id: wait, after: 1d, then: [{{{ASK}}}]}}]}}\n"


def with_(more: str, rule: str) -> str:
    """The rule with one line more, however it is written."""
    return rule.replace("per: deal", f"{more}, per: deal" if "per: deal," in rule else f"{more}\n    per: deal", 1)


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [PROPOSAL.replace("    unless: {deal.prepaid: true}\n", ""), SENDING])
@pytest.mark.parametrize("unless", [True, False])
def test_what_asks_is_called_off_by_the_unless_of_its_rule_and_else_by_nothing(rule: str, unless: bool) -> None:
    more = "unless: {deal.prepaid: true}" if unless else "enabled: true"
    room = Room(with_(more, rule))
    staff = [one for one in room.go().wanted if isinstance(one.decision, SendMessage) and one.decision.to != "client"]
    assert [bool(one.calls_off) for one in staff] == [unless]


def test_buttons_are_titled_as_the_agency_calls_them_in_the_readers_language() -> None:
    named = "buttons: {go: Далі, comment: Ні, postpone: Пізніше, refuse: Ні, approve: {uk: так, ru: да, en: 'yes'}}\n"
    room = Room(PROPOSAL)
    room.rules = ruleset(PROPOSAL, AROUND + TEXTS + named)
    [message] = [one for one in decisions(room.go()) if isinstance(one, SendMessage)]
    assert message.buttons == (("approve", "yes"), ("postpone", "Пізніше"), ("refuse", "Ні"))


def test_a_proposal_that_would_be_untrue_is_not_made_and_says_why() -> None:
    room = Room(PROPOSAL.replace("template: offer", "template: begun"))
    made = room.go()
    assert (made.wanted, made.questions, outcomes(made, "release")) == ((), (), [Outcome.FIRED, Outcome.SILENT])


@pytest.mark.parametrize("rule", [PROPOSAL, SENDING, RESULT])
def test_a_rule_in_shadow_asks_nobody_who_could_answer(rule: str) -> None:
    made = Room(with_("enabled: shadow", rule)).go()
    assert (made.wanted, made.questions, len(made.would) > 0) == ((), (), True)


def test_so_much_of_a_question_is_kept_that_people_know_it_again() -> None:
    texts = TEXTS.replace('en: "Release?"', 'en: "' + "{{ client.name|bold }}" + "х" * 400 + '"')
    room = Room(PROPOSAL)
    room.rules = ruleset(PROPOSAL, AROUND + texts)
    [question] = room.go().questions
    assert question.text == "Зерно" + "х" * 295


@pytest.mark.parametrize("rule", [IN_ELSE, IN_STEP])
def test_a_question_in_else_or_in_a_step_is_carried_out_as_well(rule: str) -> None:
    room = Room(rule)
    room.go()
    room.plan(at=later(days=1, seconds=1))
    made = room.press("approve", at=later(days=1, minutes=5))
    assert decisions(made) == [LabelCard("VIP", True)]
    assert made.wanted[0].cause.step == ("wait" if rule is IN_STEP else "")


def test_two_rules_that_ask_the_same_words_ask_two_questions() -> None:
    room = Room(PROPOSAL + PROPOSAL.replace("id: release", "id: other"))
    assert [one.state for one in room.go().questions] == [Asked.OPEN, Asked.OPEN]


@pytest.mark.parametrize(
    ("answer", "state"), [("refuse", Asked.ANSWERED), ("postpone", Asked.VOID), ("approve", Asked.ANSWERED)]
)
def test_asked_anew_what_was_answered_stays_and_what_was_put_off_is_asked_by_the_newer_one(
    answer: str, state: Asked
) -> None:
    room = Room(PROPOSAL)
    room.go()
    room.press(answer)
    room.go(later(hours=1))
    assert [one.state for one in room.questions.values()] == [state, Asked.OPEN]


def test_a_message_that_was_let_go_is_not_called_off_by_a_newer_one() -> None:
    room = Room(SENDING)
    room.go()
    room.press("send")
    assert room.go(later(hours=1)).called_off == {}


@pytest.mark.parametrize(
    ("beside", "kept"), [("attach: {document: brief, to: [trello]}", "brief"), ("label.add: VIP", "")]
)
@pytest.mark.parametrize("exists", [True, False])
def test_only_a_document_that_was_made_goes_with_a_text_that_is_approved(beside: str, kept: str, exists: bool) -> None:
    rules = agency(
        f"  - {{id: ask, when: {{button: go}}, per: deal, then: [{{{beside}}}, {{send: result, to: client}}]}}\n"
    )
    made = {("deal", "brief"): MadeDocument(1, "key")} if exists else {}
    [question] = planned(rules, before(rules, {}, [event("button", button="go")], documents=made)).questions
    assert (question.document, question.document_key) == ((kept, "key") if kept and exists else ("", ""))


# -- answering -------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_under_the_name_of_whoever_gave_it() -> None:
    room = Room(PROPOSAL)
    [asked] = room.go().questions
    pressed = event("button", button="approve", delivery=asked.id)
    for name, kept in (("Helen", "Helen"), ("", "helen")):
        made = room.plan(replace(pressed, actor=replace(pressed.actor, id="helen", name=name)))
        assert [one.by for one in made.questions] == [kept]
        room.questions[asked.id] = asked


@pytest.mark.parametrize(
    ("rule", "button", "outcome"),
    [
        (PROPOSAL, "approve", Outcome.FIRED),
        (PROPOSAL, "postpone", Outcome.ANSWERED),
        (SENDING, "send", Outcome.FIRED),
        (SENDING, "by-hand", Outcome.ANSWERED),
    ],
)
def test_a_yes_is_traced_as_one(rule: str, button: str, outcome: Outcome) -> None:
    room = Room(rule)
    room.go()
    assert outcomes(room.press(button), "release" if rule is PROPOSAL else "ask") == [outcome]


def test_only_a_press_or_an_answer_settles_a_question() -> None:
    room = Room(PROPOSAL)
    [asked] = room.go().questions
    made = room.plan(event("delivered", button="approve", delivery=asked.id, by=ActorKind.BRIDGE))
    assert (made.questions, made.wanted) == ((), ())


def test_who_presses_too_late_reads_who_was_first_or_why_it_is_void() -> None:
    words = TEXTS.replace('en: "settled"', 'en: "{{ question.by }}: {{ question.text }}"')
    room = Room(PROPOSAL)
    room.rules = ruleset(PROPOSAL, AROUND + words.replace('en: "void"', 'en: "{{ question.because }}"'))
    [asked] = room.go().questions
    answered = replace(asked, state=Asked.ANSWERED, answer="refuse", by="Helen", answered_at=NOW)
    room.questions[asked.id] = answered
    assert sent(room.press("approve")) == [("person:helen", "Helen: Release?")]
    room.questions[asked.id] = asked
    [(_to, told)] = sent(room.press("approve", deal_prepaid=True))
    assert "release" in told


@pytest.mark.parametrize(("depth", "then"), [(None, 1), (2, 3)])
def test_what_an_answer_leads_to_hangs_on_its_press_and_comes_once(depth: int | None, then: int) -> None:
    room = Room(RESULT)
    [asked] = room.go().questions
    cause = Cause("x", "", "e", depth, "trace") if depth is not None else None
    made = room.plan(event("answer", button="approve", delivery=asked.id, by=ActorKind.CLIENT, cause=cause))
    assert [(one.value, one.cause.depth) for one in made.sets] == [("accepted", then)]


@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_a_question_that_was_answered_waits_for_nothing(answer: str) -> None:
    room = Room(PROPOSAL)
    room.go()
    assert room.press(answer).timers == room.plan(at=later(days=1)).timers == ()


def test_a_document_of_a_rule_in_shadow_is_no_question_to_anybody() -> None:
    text = "  system.document_made: {uk: готово?, ru: готово?, en: ready?}\n"
    make = (
        "{id: make, SHADOWwhen: {form.answered: brief}, per: deal, then: [{document: {template: brief, name: Бриф}}]}"
    )
    tell = "{id: tell, when: {document.ready: brief}, per: deal, then: [{send: hello, to: head}]}"
    for shadow, asked in (("", 1), ("enabled: shadow, ", 0)):
        rules = ruleset(f"  - {make.replace('SHADOW', shadow)}\n  - {tell}\n", AROUND + TEXTS + text)
        made = planned(rules, before(rules, {}, [event("form.answered", form="brief", answers=["a"])]))
        assert (len(made.questions), len(sent(made))) == (asked, asked)


@pytest.mark.parametrize(
    ("wrote_at", "text", "heard"),
    [
        (timedelta(0), "колір", True),
        (timedelta(days=3), "колір", True),
        (timedelta(days=3, seconds=1), "колір", False),
        (timedelta(seconds=-1), "колір", False),
    ],
)
def test_a_remark_is_what_the_client_writes_within_three_days_after_the_no(
    wrote_at: timedelta, text: str, heard: bool
) -> None:
    room = Room(RESULT)
    room.go()
    room.press("comment", by=ActorKind.CLIENT, at=later(hours=1))
    wrote = event("message", by=ActorKind.CLIENT, text=text, at=later(hours=1) + wrote_at)
    made = room.plan(wrote, at=later(days=4))
    assert (len(sent(made)), [one.remark for one in made.questions]) == ((1, [text]) if heard else (0, []))


def test_what_staff_write_in_the_chat_is_no_remark_of_the_client() -> None:
    room = Room(RESULT)
    room.go()
    room.press("comment", by=ActorKind.CLIENT)
    assert sent(room.plan(event("message", by=ActorKind.PERSON, text="дивлюся", at=later(minutes=5)))) == []


@pytest.mark.parametrize(
    ("postpone", "again"),
    [
        ("2d", "2026-11-25T10:17"),
        ("1w", "2026-11-30T10:17"),
        ("1wd", "2026-11-24T10:17"),
        ("36h", "2026-11-25T02:00"),
        ("90m", "2026-11-23T15:30"),
    ],
)
def test_days_rest_until_the_hour_of_the_question_and_hours_from_the_answer_on(postpone: str, again: str) -> None:
    room = Room(PROPOSAL.replace("template: offer", f"template: offer, postpone: {postpone}"))
    room.go(at=later(minutes=17))
    [timer] = room.press("postpone", at=later(hours=4)).timers
    assert (f"{timer.due:%Y-%m-%dT%H:%M}", timer.start) == (again, later(hours=4))


# -- what becomes of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [("id: release", "id: other"), ("    per: deal", "    enabled: false\n    per: deal")]
)
def test_what_was_put_off_is_asked_no_more_when_its_rule_is_gone(change: tuple[str, str]) -> None:
    room = Room(PROPOSAL)
    room.go()
    [timer] = room.press("postpone").timers
    room.rules = agency(PROPOSAL.replace(*change))
    made = room.plan(at=timer.due)
    assert (made.wanted, [one.again_at for one in made.questions], list(made.timers_ended)) == ((), [None], [timer.key])


@pytest.mark.parametrize("prepaid", [True, False])
def test_a_message_that_waits_for_a_yes_is_called_off_when_its_unless_comes_true(prepaid: bool) -> None:
    room = Room(with_("unless: {deal.prepaid: true}", SENDING))
    [question] = room.go().questions
    made = room.plan(at=later(hours=1), deal_prepaid=prepaid)
    assert (list(made.called_off), [one.state for one in made.questions]) == (
        ([question.holds], [Asked.VOID]) if prepaid else ([], [])
    )


@pytest.mark.parametrize("enabled", ["shadow", "false"])
def test_a_rule_that_is_off_or_in_shadow_asks_no_more(enabled: str) -> None:
    room = Room(SENDING)
    room.go()
    room.rules = agency(with_(f"enabled: {enabled}", SENDING))
    assert [(one.state, one.because.code) for one in room.plan().questions] == [(Asked.VOID, "rule-asks-no-more")]


@pytest.mark.parametrize(
    ("gone", "to"), [([], "person:olena"), (["olena"], "person:petro"), (["olena", "petro"], "staff-chat")]
)
def test_a_no_reaches_the_manager_else_who_is_told_of_trouble_else_the_staff_chat(gone: list[str], to: str) -> None:
    room = Room(RESULT)
    [question] = room.go().questions
    answer = event("answer", button="comment", delivery=question.id, by=ActorKind.CLIENT)
    people = Directory({key: person for key, person in PEOPLE.people.items() if key not in gone})
    made = plan(before(room.rules, {}, [answer], questions=room.questions), room.rules, Office(people), NOW)
    assert [one for one, _text in sent(made)] == ["client", to]
