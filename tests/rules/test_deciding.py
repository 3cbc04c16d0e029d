"""From actions to effects: who is told, when a message may go, what is written, and what a person has written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest

from bridge.model.decisions import (
    AttachDocument,
    CallWebhook,
    CommentCard,
    CreateCard,
    CreateTask,
    LabelCard,
    MakeDocument,
    MoveCard,
    SendMessage,
    WriteFields,
)
from bridge.model.people import Directory
from bridge.model.planning import FactSet, MadeDocument, Outcome, Plan, Ran, Snapshot
from bridge.model.values import Money, NotKnown, Plain, Value
from rules.actions.action import Action, Footprint
from rules.deciding import document_kind
from rules.maps import FormMap
from rules.plan import Office, plan
from tests.rules.planned import (
    AROUND,
    NOW,
    OFFICE,
    TASK,
    decisions,
    event,
    later,
    outcomes,
    planned,
    ruleset,
    sent,
    snapshot,
)

FILL = "fill: {from: form, map: brief-map}"
FORM_RULE = "  - {{id: in, when: {{form.answered: brief}}, per: deal, then: [{{{0}}}]}}\n"
NIGHT = later(hours=12)  # Tuesday, 00:00 in Kyiv


def pressed(*actions: str, **facts: Value | NotKnown) -> Plan:
    """What comes of these actions at the press of a button."""
    then = ", ".join(f"{{{action}}}" for action in actions)
    rules = ruleset(f"  - {{id: act, when: {{button: go}}, per: deal, then: [{then}]}}\n")
    known = {key.replace("_", ".", 1): value for key, value in facts.items()}
    return planned(rules, snapshot(rules, known, [event("button", button="go")]))


def answered(before: dict[str, Value | NotKnown], values: dict[str, Plain], **more: object) -> Plan:
    """What comes of filling in a form."""
    rules = ruleset(FORM_RULE.format(FILL))
    answer = event("form.answered", form="brief", values=values)
    return planned(rules, snapshot(rules, before, [answer], **more))  # type: ignore[arg-type]


# -- send ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "facts", "who", "words"),
    [
        ("client", {"client_language": "ru"}, "client", "Здравствуйте, Зерно"),
        ("client", {}, "client", "Вітаю, Зерно"),
        ("head", {}, "person:helen", "Hello, Зерно"),
        ("manager", {}, "person:olena", "Здравствуйте, Зерно"),
        ("manager", {"client_manager": "petro"}, "person:petro", "Вітаю, Зерно"),
        ("staff-chat", {}, "staff-chat", "Вітаю, Зерно"),
    ],
)
def test_everybody_is_told_in_his_own_language(to: str, facts: dict[str, Value], who: str, words: str) -> None:
    assert sent(pressed(f"send: hello, to: {to}", **facts)) == [(who, words)]


def test_a_role_that_nobody_holds_falls_to_the_staff_chat() -> None:
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{send: hello, to: head}]}\n")
    nobody = replace(OFFICE, directory=Directory())
    made = plan(snapshot(rules, {}, [event("button", button="go")]), rules, nobody, NOW)
    assert [to for to, _text in sent(made)] == ["staff-chat"]


@pytest.mark.parametrize(("to", "waits"), [("client", datetime(2026, 11, 24, 7, tzinfo=NOW.tzinfo)), ("pm", None)])
def test_only_a_message_to_the_client_waits_for_contact_hours(to: str, waits: datetime | None) -> None:
    rules = ruleset(f"  - {{id: act, when: {{button: go}}, per: deal, then: [{{send: hello, to: {to}}}]}}\n")
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]), NIGHT)
    assert [wanted.not_before for wanted in made.wanted] == [waits]


def test_in_contact_hours_nothing_waits() -> None:
    assert pressed("send: hello, to: client").wanted[0].not_before is None


def test_a_message_of_a_step_is_called_off_by_fresh_facts_of_the_hour_it_goes() -> None:
    rules = ruleset("""\
  - id: act
    when: {button: go}
    per: deal
    unless: {brief.state: received}
    then: [{send: hello, to: client}]
    steps: [{id: late, after: 8h, then: [{send: hello, to: client}, {send: hello, to: pm}]}]
""")
    first = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [(wanted.calls_off, wanted.fresh_past) for wanted in first.wanted] == [("act", None)]
    due = later(hours=8)  # 20:00 in Kyiv: it waits for nine in the morning
    made = planned(rules, replace(snapshot(rules, timers=first.timers), seen_up_to={}), due)
    morning = datetime(2026, 11, 24, 7, tzinfo=NOW.tzinfo)
    asked = [(wanted.calls_off, wanted.not_before, wanted.fresh_past) for wanted in made.wanted]
    assert asked == [("act", morning, morning), ("act", None, due)]


READY = "send: ready, to: client, with: {gate: start}"


def test_a_text_is_said_only_while_what_it_asserts_is_true() -> None:
    assert sent(pressed(READY, deal_talk_done=True, deal_prepaid=True)) == [("client", "усе є")]
    assert sent(pressed(READY, deal_talk_done=True)) == [("client", "бракує: передоплата (клієнт);")]


def test_while_it_is_not_known_neither_text_is_said_and_the_message_waits() -> None:
    made = pressed(READY, deal_talk_done=True, deal_prepaid=NotKnown(TASK))
    assert sent(made) == [("client", "")]
    assert decisions(made)[0].template == "ready"  # type: ignore[attr-defined]


@pytest.mark.parametrize("prepaid", [False, NotKnown(TASK)])
def test_staff_is_never_sent_a_text_that_is_not_known_to_be_true(prepaid: Value | NotKnown) -> None:
    made = pressed("send: begun, to: pm", deal_talk_done=True, deal_prepaid=prepaid)
    assert (made.wanted, outcomes(made, "act")) == ((), [Outcome.FIRED, Outcome.SILENT])


def test_a_text_without_otherwise_is_not_sent_while_it_is_not_true() -> None:
    made = pressed("send: begun, to: client", deal_talk_done=True, deal_prepaid=False)
    assert (made.wanted, str(made.traces[-1].reason)) == ((), "begun is not true now")


UNTRUE = """\
  system.untrue:
    uk: "{{ client.name }}: неправда «{{ delivery.text }}»"
    ru: "{{ client.name }}: неправда «{{ delivery.text }}»"
    en: "{{ client.name }}: not true “{{ delivery.text }}”"
"""


@pytest.mark.parametrize(("to", "told"), [("client", [("person:olena", "Зерно: неправда «почали»")]), ("pm", [])])
def test_the_manager_is_told_of_what_the_client_was_not(to: str, told: list[tuple[str, str]]) -> None:
    around = AROUND.replace("templates:\n", f"templates:\n{UNTRUE}", 1)
    rules = ruleset(f"  - {{id: act, when: {{button: go}}, per: deal, then: [{{send: begun, to: {to}}}]}}\n", around)
    before = snapshot(rules, {"deal.talk_done": True, "deal.prepaid": False}, [event("button", button="go")])
    assert sent(planned(rules, before)) == told


def test_what_a_rule_hands_to_a_text_is_said_in_the_readers_language() -> None:
    stage = "send: stage, to: {0}, with: {{stage.title: {{uk: Запуск, ru: Пуск, en: Launch}}}}"
    made = pressed(stage.format("client"), stage.format("head"))
    assert [text for _to, text in sent(made)] == ["етап Запуск", "stage Launch"]


def test_a_text_may_say_what_the_event_said_and_still_knows_it_at_sending() -> None:
    rules = ruleset("  - {id: act, when: {message: {}}, per: client, then: [{send: heard, to: staff-chat}]}\n")
    made = planned(rules, snapshot(rules, {}, [event("message", subject="client", text="дякую")]))
    assert sent(made) == [("staff-chat", "сказано: дякую")]
    message = made.wanted[0].decision
    assert isinstance(message, SendMessage)
    assert message.values == {"event.text": "дякую"}


def test_why_is_said_in_the_readers_language() -> None:
    rules = ruleset("""\
  - id: act
    when: {button: go}
    if: {client.chat: {filled: true}}
    per: deal
    then: [{label.add: VIP}]
    else: [{send: because, to: pm}, {send: because, to: head}, {comment: {template: because}}]
""")
    made = planned(rules, snapshot(rules, {"client.chat": None}, [event("button", button="go")]))
    assert [text for _to, text in sent(made)] == [
        "не вийшло: client.chat — порожньо",
        "it failed: client.chat — empty",
    ]
    assert "порожньо" in decisions(made)[2].text  # type: ignore[attr-defined]


# -- facts -----------------------------------------------------------------------------------------------------------


def test_a_fact_of_our_own_is_set_at_once_with_its_cause() -> None:
    made = pressed("set: {brief.state: asked, brief.sent_at: now}")
    assert made.wanted == ()
    written = [(one.subject, one.field, one.value) for one in made.sets]
    assert written == [("deal", "brief.state", "asked"), ("deal", "brief.sent_at", "2026-11-23T10:00:00.000000Z")]
    assert all(isinstance(one, FactSet) and one.cause.rule == "act" for one in made.sets)


@pytest.mark.parametrize("fact", ["brief.sent_at", "brief.state", "client.state"])
def test_null_empties_a_fact_of_any_kind(fact: str) -> None:
    made = pressed(f"set: {{{fact}: null}}")
    assert [(one.field, one.value) for one in made.sets] == [(fact, None)]


def test_a_fact_of_another_system_is_written_to_every_record_that_carries_it() -> None:
    made = pressed('set: {client.site: "a.example", client.phone: "1"}')
    assert made.sets == ()
    assert decisions(made) == [
        WriteFields(
            "planfix.contact",
            {"site": "a.example", "phone": "1"},
            {"site": "rule:act", "phone": "rule:act"},
        ),
        WriteFields("trello.card", {"site": "a.example"}, {"site": "rule:act"}),
    ]
    assert len({wanted.key for wanted in made.wanted}) == 2


@pytest.mark.parametrize(("at", "day"), [(NOW, "2026-11-23"), (NIGHT, "2026-11-24")])
def test_now_is_the_offices_date_for_a_fact_that_is_a_day(at: datetime, day: str) -> None:
    around = AROUND.replace("  brief.sent_at:", "  brief.day: {type: date, from: bridge}\n  brief.sent_at:")
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{set: {brief.day: now}}]}\n", around)
    made = planned(rules, snapshot(rules, {}, [event("button", at=at, button="go")]), at)
    assert [(one.field, one.value) for one in made.sets] == [("brief.day", day)]


def test_now_is_a_word_like_any_other_for_a_text() -> None:
    [write] = decisions(pressed("set: {client.phone: now}"))
    assert isinstance(write, WriteFields)
    assert write.values == {"phone": "now"}


def test_a_moment_that_a_rule_writes_is_one_of_the_offices_clock() -> None:
    made = pressed('set: {brief.sent_at: "2026-11-24 10:00"}')
    assert [one.value for one in made.sets] == ["2026-11-24T08:00:00.000000Z"]


@pytest.mark.parametrize(
    "action",
    [
        'comment: "{{ brief.sent_at|time }}"',
        'create: {card: {list: Договір, name: "{{ brief.sent_at|time }}"}}',
        'task: {title: "{{ brief.sent_at|time }}", for: pm}',
        'document: {template: brief, name: "{{ brief.sent_at|time }}"}',
    ],
)
def test_a_moment_in_what_an_action_says_is_told_by_the_offices_clock(action: str) -> None:
    [decision] = decisions(pressed(action, brief_sent_at=NOW))
    assert "12:00" in str(decision)


# -- fill ------------------------------------------------------------------------------------------------------------


def writes(made: Plan) -> dict[str, Plain]:
    """What goes into the contact."""
    found = [one for one in decisions(made) if isinstance(one, WriteFields) and one.record == "planfix.contact"]
    return dict(found[0].values) if found else {}


def comments(made: Plan) -> list[str]:
    return [one.text for one in decisions(made) if isinstance(one, CommentCard)]


def test_answers_fill_what_is_empty_and_say_where_they_come_from() -> None:
    made = answered({}, {"client.site": "a.example", "client.phone": ""})
    assert writes(made) == {"site": "a.example"}
    write = decisions(made)[0]
    assert isinstance(write, WriteFields)
    assert write.because == {"site": "form:brief «Сайт» e:form.answered"}


def test_answers_never_overwrite_what_a_person_wrote_and_tell_the_difference() -> None:
    made = answered({"client.site": "old.example"}, {"client.site": "new.example", "client.phone": "+380441234567"})
    assert writes(made) == {"phone": "+380441234567"}
    assert comments(made) == ["client.site: old.example / new.example"]


def test_answers_renew_what_the_bridge_itself_wrote() -> None:
    own = {("client", "planfix.contact.site"): "old.example"}
    made = answered({"client.site": "old.example"}, {"client.site": "new.example"}, written=own)
    assert (writes(made), comments(made)) == ({"site": "new.example"}, [])


def test_the_same_value_is_no_conflict() -> None:
    made = answered({"client.site": "a.example"}, {"client.site": "a.example"})
    assert comments(made) == []


def test_what_cannot_be_read_may_be_a_persons_and_is_not_overwritten() -> None:
    made = answered({"client.site": NotKnown("planfix.contact")}, {"client.site": "new.example"})
    assert (writes(made), comments(made)) == ({}, ["client.site: ? / new.example"])


def test_an_answer_that_does_not_fit_its_fact_is_told_in_its_own_words_and_keeps_no_other_back() -> None:
    around = AROUND.replace("client.site: {type: text", "client.site: {type: date")
    rules = ruleset(FORM_RULE.format(FILL), around)
    answer = event("form.answered", form="brief", values={"client.site": "завтра", "client.phone": "+380441234567"})
    made = planned(rules, snapshot(rules, {}, [answer]))
    assert writes(made) == {"phone": "+380441234567"}
    assert comments(made) == ["client.site: завтра, дата, наприклад 30.11.2026"]


def test_what_the_revision_before_said_already_is_told_of_once() -> None:
    rules = ruleset(FORM_RULE.format(FILL))
    again = {"client.site": "new.example", "client.phone": "abc"}
    answer = event("form.answered", form="brief", values=again, values_before=again)
    assert comments(planned(rules, snapshot(rules, {"client.site": "old.example"}, [answer]))) == []


PLANFIX = "from: planfix.contact.site, write_to: [planfix.contact.site, trello.card.site]"
OWN_FACT = AROUND.replace(PLANFIX, "from: bridge")


@pytest.mark.parametrize(
    ("known", "before", "sets", "told"),
    [
        ("by-rule.example", {}, [], ["client.site: by-rule.example / new.example"]),
        ("first.example", {"client.site": "first.example"}, ["new.example"], []),
        (None, {}, ["new.example"], []),
    ],
)
def test_a_fact_of_the_bridges_own_that_a_rule_has_set_stays_and_the_difference_is_told(
    known: str | None, before: dict[str, str], sets: list[str], told: list[str]
) -> None:
    setter = "  - {id: setter, when: {button: go}, per: deal, then: [{set: {client.site: by-rule.example}}]}\n"
    rules = ruleset(FORM_RULE.format(FILL) + setter, OWN_FACT)
    answer = event("form.answered", form="brief", values={"client.site": "new.example"}, values_before=before)
    made = planned(rules, snapshot(rules, {"client.site": known}, [answer]))
    assert ([one.value for one in made.sets], comments(made)) == (sets, told)


def test_an_answer_overwrites_a_fact_that_only_answers_set() -> None:
    rules = ruleset(FORM_RULE.format(FILL), OWN_FACT)
    answer = event("form.answered", form="brief", values={"client.site": "new.example"})
    made = planned(rules, snapshot(rules, {"client.site": "other-form.example"}, [answer]))
    assert [one.value for one in made.sets] == ["new.example"]


@pytest.mark.parametrize(("rule_ran", "filled"), [(NOW, {"site": "a.example"}), (later(hours=-1), {})])
def test_the_rest_of_an_answer_is_filled_in_by_the_rule_that_acted_on_it_and_by_nothing_else_of_it(
    rule_ran: datetime, filled: dict[str, str]
) -> None:
    rules = ruleset(FORM_RULE.format(FILL + "}, {send: hello, to: client"))
    rest = event("form.completed", form="brief", values={"client.site": "a.example"})
    made = planned(rules, snapshot(rules, {}, [rest], runs={("in", "deal"): Ran(1, rule_ran)}))
    assert (writes(made), sent(made)) == (filled, [])


def test_a_fact_that_two_questions_ask_for_is_told_once_where_a_person_wrote_another() -> None:
    rules = ruleset(FORM_RULE.format(FILL))
    twice = FormMap("brief-map", "brief", {"Сайт": "client.site", "Ваш сайт": "client.site"})
    rules = replace(rules, maps={"brief-map": twice})
    answer = event("form.answered", form="brief", values={"client.site": "new.example"})
    assert comments(planned(rules, snapshot(rules, {"client.site": "old.example"}, [answer]))) == [
        "client.site: old.example / new.example"
    ]


def test_a_rule_set_without_the_conflict_text_is_silent_and_does_not_break() -> None:
    rules = ruleset(FORM_RULE.format(FILL))
    rules = replace(rules, texts={name: text for name, text in rules.texts.items() if name != "system.conflict"})
    answer = event("form.answered", form="brief", values={"client.site": "new.example"})
    assert planned(rules, snapshot(rules, {"client.site": "old.example"}, [answer])).wanted == ()


# -- cards, tasks, labels --------------------------------------------------------------------------------------------


def test_cards_are_made_moved_labelled_and_commented() -> None:
    made = pressed(
        'create: {card: {list: Договір, name: " {{ client.name }} "}}',
        "move: Виробництво",
        "label.add: VIP",
        "label.remove: Бриф",
        'comment: "Готово: {{ client.name }}"',
        card_labels=("Бриф",),
    )
    assert decisions(made) == [
        CreateCard("Договір", "Зерно"),
        MoveCard("Виробництво"),
        LabelCard("VIP", True),
        LabelCard("Бриф", False),
        CommentCard("Готово: Зерно"),
    ]


def test_a_label_that_is_not_there_is_not_taken_off() -> None:
    assert pressed("label.remove: Бриф", card_labels=("VIP",)).wanted == ()


def test_a_label_of_a_card_that_was_not_read_is_left_alone() -> None:
    assert pressed("label.remove: VIP", card_labels=NotKnown("trello.card")).wanted == ()


def test_a_comment_may_say_a_text_of_the_set_and_what_the_event_said() -> None:
    rules = ruleset("  - {id: act, when: {message: {}}, per: deal, then: [{comment: {template: heard}}]}\n")
    made = planned(rules, snapshot(rules, {}, [event("message", text="дякую")]))
    assert decisions(made) == [CommentCard("сказано: дякую", "heard")]


def test_a_comment_that_would_not_be_true_is_not_written() -> None:
    made = pressed("comment: {template: begun}", deal_talk_done=True, deal_prepaid=False)
    assert (made.wanted, outcomes(made, "act")) == ((), [Outcome.FIRED, Outcome.SILENT])


def test_a_task_without_a_length_is_due_never() -> None:
    [task] = decisions(pressed("task: {title: Дзвінок, for: head}"))
    assert task == CreateTask("Дзвінок", "head", "helen", "")


def test_a_task_for_a_role_that_nobody_holds_names_nobody() -> None:
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{task: {title: Дзвінок, for: pm}}]}\n")
    made = plan(snapshot(rules, {}, [event("button", button="go")]), rules, replace(OFFICE, directory=Directory()), NOW)
    assert decisions(made) == [CreateTask("Дзвінок", "pm", "", "")]


@pytest.mark.parametrize("came_from", ["", None])
def test_a_card_that_came_from_no_list_is_not_moved_back(came_from: str | None) -> None:
    rules = ruleset("  - {id: act, when: {card.moved: {to: Виробництво}}, per: deal, then: [{move: back}]}\n")
    made = planned(rules, snapshot(rules, {}, [event("card.moved", to="Виробництво", from_=came_from)]))
    assert (made.wanted, outcomes(made, "act")[-1]) == ((), Outcome.DISABLED)


def test_nothing_moves_back_when_nobody_knows_from_where() -> None:
    made = pressed("move: back")
    assert (made.wanted, str(made.traces[-1].reason)) == ((), "nobody knows where the card came from")


def test_a_task_goes_to_the_holder_of_the_role_and_is_due_in_working_time() -> None:
    [task] = decisions(pressed('task: {title: "Дзвінок:\\n {{ client.name }}", for: pm, due: 1wd}'))
    assert task == CreateTask("Дзвінок: Зерно", "pm", "petro", "2026-11-24T16:00:00.000000Z")


class Later(Action):
    """An action that nothing here carries out yet."""

    verb: ClassVar[str] = "later"

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return ()


def test_an_action_of_a_later_version_says_that_it_did_nothing() -> None:
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{label.add: VIP}]}\n")
    rules = replace(rules, rules=(replace(rules.rules[0], then=(Later(id="later"),)),))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert (made.wanted, str(made.traces[-1].reason)) == ((), "later is not carried out by this version")


# -- calls -----------------------------------------------------------------------------------------------------------


def test_a_webhook_is_told_the_facts_that_are_named_and_which_are_not_known() -> None:
    named = "call: books, facts: [client.name, client.site, deal.prepaid]"
    made = pressed(named, client_site=NotKnown("planfix.contact"), deal_prepaid=False)
    [call] = decisions(made)
    assert isinstance(call, CallWebhook)
    assert (call.webhook, call.type) == ("books", "act")
    assert call.data == {
        "client": "client",
        "subject": "deal",
        "event": "button",
        "facts": {"client.name": "Зерно", "deal.prepaid": False},
        "not_known": ["client.site"],
    }


# -- documents -------------------------------------------------------------------------------------------------------

MAKE = "document: {template: brief, name: Бриф}}, {attach: {document: brief, to: [trello]}"


def made_with(answers: str, at: datetime = NOW, before: Snapshot | None = None) -> Plan:
    """A document of these answers, after those made before."""
    rules = ruleset(FORM_RULE.format(MAKE))
    rows: Plain = [{"question": "Сайт", "answer": answers}]
    answer = event("form.answered", ident=answers, form="brief", answers=rows, answered_at=at.isoformat())
    state = snapshot(rules, {}, [answer])
    return planned(rules, replace(state, documents=before.documents) if before else state)


def kept(made: Plan) -> Snapshot:
    """The client once that document was made."""
    [document] = [one for one in decisions(made) if isinstance(one, MakeDocument)]
    state = snapshot(ruleset())
    return replace(state, documents={("deal", "brief"): MadeDocument(document.version, document.key)})


def test_a_document_is_made_and_hung_on_the_card_in_both_formats() -> None:
    made = made_with("так")
    document, *files = decisions(made)
    assert isinstance(document, MakeDocument)
    assert (document.version, document.name, document.formats) == (1, "Бриф v1", ("docx", "pdf"))
    assert [(one.to, one.format) for one in files if isinstance(one, AttachDocument)] == [
        ("trello", "docx"),
        ("trello", "pdf"),
    ]


def test_a_message_takes_the_version_along_that_is_made_beside_it() -> None:
    rules = ruleset(FORM_RULE.format("document: {template: brief}}, {send: hello, to: client, with: {document: brief}"))
    made = planned(rules, snapshot(rules, {}, [event("form.answered", form="brief", answers=[])]))
    document, message = decisions(made)
    assert isinstance(document, MakeDocument)
    assert isinstance(message, SendMessage)
    assert (message.document, message.document_key) == ("brief", document.key)


def test_a_message_with_a_document_of_which_there_is_none_is_not_sent() -> None:
    rules = ruleset(FORM_RULE.format("send: hello, to: client, with: {document: brief}"))
    made = planned(rules, snapshot(rules, {}, [event("form.answered", form="brief", answers=[])]))
    assert decisions(made) == []
    assert "no brief was made yet" in [str(trace.reason) for trace in made.traces]


def test_the_version_rises_only_when_the_answers_change() -> None:
    first = made_with("так")
    same = made_with("так", later(hours=3), kept(first))
    assert [decision.kind for decision in decisions(same)] == ["attach_document"] * 2
    assert {wanted.key for wanted in same.wanted} < {wanted.key for wanted in first.wanted}
    other = decisions(made_with("ні", before=kept(first)))[0]
    assert isinstance(other, MakeDocument)
    assert other.version == 2


def test_answers_changed_there_and_back_make_a_third_version() -> None:
    first = made_with("так")
    second = made_with("ні", before=kept(first))
    third = made_with("так", before=kept(second))
    assert kept(third).documents["deal", "brief"].version == 3
    assert not {wanted.key for wanted in third.wanted} & {wanted.key for wanted in first.wanted}


@pytest.mark.parametrize(
    ("name", "called"), [("brief", "brief v1"), ("brief, name: ' Бриф  {{ client.name }} '", "Бриф Зерно v1")]
)
def test_a_document_is_called_by_its_name_or_by_its_template(name: str, called: str) -> None:
    [document] = decisions(pressed(f"document: {{template: {name}}}"))
    assert isinstance(document, MakeDocument)
    assert (document.name, document.template) == (called, "brief")


def test_a_document_that_would_be_made_in_shadow_is_made_by_the_next_rule_at_work() -> None:
    act = "  - {{id: {0}, enabled: {1}, when: {{button: go}}, per: deal, then: [{{document: {{template: brief}}}}]}}\n"
    rules = ruleset(act.format("would", "shadow") + act.format("does", "true"))
    made = planned(rules, snapshot(rules, {}, [event("button", button="go")]))
    assert [len(some) for some in (made.would, made.wanted)] == [1, 1]


def test_two_rules_that_make_the_same_document_make_it_once() -> None:
    act = "  - {{id: {0}, when: {{button: go}}, per: deal, then: [{{document: {{template: brief}}}}]}}\n"
    rules = ruleset(act.format("one") + act.format("two"))
    assert len(planned(rules, snapshot(rules, {}, [event("button", button="go")])).wanted) == 1


SUMS = AROUND.replace(
    "  deal.project:",
    """  deal.sum: {type: money, from: planfix.task.sum}
  deal.margin: {type: number, from: planfix.task.margin, commercial: true}
  deal.due: {type: date, from: planfix.task.due}
  deal.since: {type: moment, from: planfix.task.since}
  deal.project:""",
)


def test_a_document_knows_of_client_and_deal_what_was_read_and_nothing_commercial() -> None:
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{document: {template: brief}}]}\n", SUMS)
    facts: dict[str, Value | NotKnown] = {
        "client.site": NotKnown("planfix.contact"),
        "deal.sum": Money(Decimal(5)),
        "deal.margin": Decimal(7),
        "deal.due": date(2026, 12, 1),
        "deal.since": NOW,
        "card.list": "Договір",
    }
    [document] = decisions(planned(rules, snapshot(rules, facts, [event("button", button="go")])))
    assert isinstance(document, MakeDocument)
    assert document.data == {
        "client": {"name": "Зерно", "chat": "-100", "state": "lead"},
        "deal": {"due": "2026-12-01"},
        "doc": {"lang": "uk", "version": 1},
    }


def test_a_document_of_a_form_prints_its_answers_with_their_revision() -> None:
    [document] = [one for one in decisions(made_with("так")) if isinstance(one, MakeDocument)]
    assert document.data["brief"] == {
        "title": "",
        "answered_at": NOW.isoformat(),
        "zone": "Europe/Kyiv",
        "revision": 1,
        "answers": [{"question": "Сайт", "answer": "так"}],
    }


@pytest.mark.parametrize("file", ["brief.docx", "brief.typ", "brief"])
def test_a_document_is_known_by_its_kind_however_its_file_is_called(file: str) -> None:
    assert document_kind(file) == "brief"


def test_a_document_of_no_template_and_an_attachment_of_none_are_explained() -> None:
    rules = ruleset(FORM_RULE.format(MAKE))
    made = plan(snapshot(rules, {}, [event("form.answered", form="brief")]), rules, Office(), NOW)
    reasons = [str(trace.reason) for trace in made.traces if trace.outcome is Outcome.DISABLED]
    assert reasons == ["there is no document template brief", "no brief was made yet"]
