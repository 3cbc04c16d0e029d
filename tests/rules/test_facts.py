"""Facts of a plan: found upwards, empty or not known, as fresh as what they hang on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model.events import Actor, ActorKind
from bridge.model.planning import Fact, Subject
from bridge.model.values import NotKnown, Value
from rules.conditions import read_condition
from rules.facts import Facts
from rules.load import load_rules
from rules.ruleset import RuleSet
from tests.rules.planned import (
    AROUND,
    BRIEF_IN,
    CONTEXT,
    FORM,
    NOW,
    PEOPLE,
    SILENT,
    TASK,
    event,
    later,
    ruleset,
    snapshot,
)


def facts(known: dict[str, Value | NotKnown] | None = None, rules: RuleSet | None = None, **more: object) -> Facts:
    rules = rules or ruleset()
    return Facts(snapshot(rules, known, **more), rules, PEOPLE, NOW)  # type: ignore[arg-type]


def test_a_fact_of_the_client_is_found_from_his_deal() -> None:
    assert facts({"client.name": "Зерно"}).value("client.name", "deal") == "Зерно"


def test_a_second_deal_inherits_nothing_of_the_first() -> None:
    rules = ruleset()
    before = snapshot(rules, {"brief.state": "received"})
    two = replace(before, subjects={**before.subjects, "new": Subject("new", "deal", "client")})
    assert Facts(two, rules, PEOPLE, NOW).value("brief.state", "new") == "none"


def test_the_card_is_that_of_the_subject_itself() -> None:
    known = facts({"card.list": "Договір"})
    assert (known.value("card.list", "deal"), known.value("card.list", "client")) == ("Договір", None)


def test_read_and_empty_is_not_the_same_as_not_read() -> None:
    assert facts().value("deal.prepaid", "deal") is None
    assert facts(seen={TASK: None}).value("deal.prepaid", "deal") == NotKnown(TASK, None)


def test_an_empty_fact_has_its_default() -> None:
    assert facts().value("client.state", "deal") == "lead"


def test_a_value_that_cannot_be_understood_is_not_known() -> None:
    assert facts({"deal.prepaid": NotKnown(TASK)}).value("deal.prepaid", "deal") == NotKnown(TASK)


@pytest.mark.parametrize(("read", "known"), [(later(seconds=-1), False), (NOW, True)])
def test_past_a_moment_only_what_was_read_by_then_is_known(read: object, known: bool) -> None:
    value = facts({"deal.prepaid": True}, seen={TASK: read}).value("deal.prepaid", "deal", past=NOW)
    assert (value is True) is known


def test_a_record_read_by_itself_is_fresher_than_its_source() -> None:
    rules = ruleset()
    before = snapshot(rules, seen={TASK: later(hours=-1)})
    own = Subject("deal", "deal", "client", {"deal.prepaid": Fact(True, NOW, TASK)})
    fresh = replace(before, subjects={**before.subjects, "deal": own})
    assert Facts(fresh, rules, PEOPLE, NOW).value("deal.prepaid", "deal", past=NOW) is True


def test_what_rules_set_is_as_fresh_as_the_sources_of_those_rules() -> None:
    rules = ruleset(BRIEF_IN)
    stale = facts({"brief.state": "asked"}, rules, seen={FORM: later(seconds=-1)})
    assert stale.value("brief.state", "deal", past=NOW) == NotKnown(FORM, later(seconds=-1))
    assert stale.value("brief.state", "deal") == "asked"
    assert facts({"brief.state": "asked"}, rules).value("brief.state", "deal", past=NOW) == "asked"


def test_what_was_set_in_this_plan_is_no_fresher_than_its_source() -> None:
    stale = facts({}, ruleset(BRIEF_IN), seen={FORM: later(seconds=-1)})
    stale.put("deal", "brief.state", "asked")
    assert isinstance(stale.value("brief.state", "deal", past=NOW), NotKnown)
    assert stale.value("brief.state", "deal") == "asked"


def test_what_rules_set_is_not_known_while_an_event_of_the_subject_waits_for_them() -> None:
    rules = ruleset(BRIEF_IN)
    waiting = facts({"brief.state": "asked"}, rules, events=[event("form.answered", form="brief")])
    assert isinstance(waiting.value("brief.state", "deal", past=NOW), NotKnown)
    elsewhere = facts({"brief.state": "asked"}, rules, events=[event("message", subject="stranger")])
    assert elsewhere.value("brief.state", "deal", past=NOW) == "asked"


def test_a_fact_that_hangs_on_presses_waits_for_them_too() -> None:
    pressed = "  - {id: yes, when: {approved: brief}, per: deal, then: [{set: {report.state: accepted}}]}\n"
    waiting = facts({}, ruleset(pressed), events=[event("approved", what="brief")])
    assert isinstance(waiting.value("report.state", "deal", past=NOW), NotKnown)


def test_what_people_did_last_is_as_fresh_as_the_stalest_source_and_other_facts_are_not() -> None:
    around = AROUND.replace("  client.name:", "  client.last: {type: moment, from: bridge, by: people}\n  client.name:")
    read = later(seconds=-1)
    stale = facts({"client.last": NOW, "client.state": "active"}, ruleset("", around), seen={FORM: read})
    assert stale.value("client.last", "client", past=NOW) == NotKnown(FORM, read)
    assert stale.value("client.state", "client", past=NOW) == "active"


def test_a_put_can_be_taken_back() -> None:
    known = facts({"card.list": "Виробництво"})
    known.put("deal", "card.list", "Договір")
    assert known.value("card.list", "deal") == "Договір"
    known.forget("deal", "card.list")
    assert known.value("card.list", "deal") == "Виробництво"


@pytest.mark.parametrize(
    ("talk", "prepaid", "gate"),
    [
        (True, True, "open"),
        (True, False, "closed"),
        (False, NotKnown(TASK), "closed"),
        (True, None, "closed"),
        (True, NotKnown(TASK), NotKnown(TASK)),
    ],
)
def test_a_gate_is_open_closed_or_not_known(talk: Value, prepaid: Value | NotKnown, gate: object) -> None:
    assert facts({"deal.talk_done": talk, "deal.prepaid": prepaid}).value("gate.start", "deal") == gate


def test_the_sources_that_keep_a_gate_from_being_known_are_named() -> None:
    rules = ruleset()
    known = facts({"deal.prepaid": NotKnown(TASK), "deal.talk_done": True}, rules)
    condition = read_condition({"gate.start": "closed"}, rules.fields, rules.gates)
    assert known.blind(condition, "deal", None) == (TASK,)


def test_an_event_carries_facts_of_its_own() -> None:
    known = facts()
    assert known.value("event.text", "deal", event=event("message", text="добрий день")) == "добрий день"
    assert known.value("event.text", "deal") is None


def test_a_text_reads_people_by_name_and_what_was_not_read_as_nothing() -> None:
    known = facts({"client.manager": "petro", "deal.prepaid": NotKnown(TASK)}, ruleset(SILENT))
    values = known.for_text("deal", "uk")
    assert (values["client"]["manager"], values["deal"]["prepaid"]) == ("Петро", None)


def test_a_text_lists_what_is_known_to_be_missing_in_the_readers_language() -> None:
    known = facts({"deal.talk_done": NotKnown(TASK), "deal.prepaid": False})
    gate = known.for_text("deal", "en", gate="start")["gate"]
    assert gate == {"name": "Start", "missing": [{"say": "prepayment", "owed_by": "client", "who": "client"}]}


def test_of_words_in_several_languages_a_text_gets_the_readers_own() -> None:
    values = facts().for_text("deal", "ru", extra={"stage.title": {"uk": "Запуск", "ru": "Пуск"}, "why": "так"})
    assert (values["stage"]["title"], values["why"]) == ("Пуск", "так")


@pytest.mark.parametrize(
    ("field", "language", "told"),
    [
        ("client.chat", "uk", "client.chat — порожньо"),
        ("deal.talk_done", "ru", "deal.talk_done — нет"),
        ("deal.prepaid", "en", "deal.prepaid — not read"),
        ("gate.start", "uk", "Початок — не все (розмова)"),
        ("client.manager", "en", "client.manager — Петро"),
        ("deal.project", "en", "deal.project — empty"),
        ("client.state", "uk", "client.state — active"),
        ("card.labels", "uk", "card.labels — VIP, Бриф"),
        ("deal.talk_done", "en", "deal.talk_done — no"),
        ("brief.state", "uk", "brief.state — none"),
    ],
)
def test_a_fact_is_told_in_words(field: str, language: str, told: str) -> None:
    known: dict[str, Value | NotKnown] = {
        "client.chat": None,
        "client.manager": "petro",
        "client.state": "active",
        "card.labels": ("VIP", "Бриф"),
        "deal.talk_done": False,
        "deal.prepaid": NotKnown(TASK),
    }
    assert facts(known).told(field, "deal", language) == told


def test_an_open_gate_is_told_with_nothing_missing() -> None:
    assert facts({"deal.talk_done": True, "deal.prepaid": True}).told("gate.start", "deal", "ru") == "Начало — есть всё"


def test_a_gate_whose_need_was_not_read_is_told_as_not_read_beside_what_is_missing_for_sure() -> None:
    known = facts({"deal.talk_done": True, "deal.prepaid": NotKnown(TASK)})
    assert known.told("gate.start", "deal", "uk") == "Початок — не прочитано"


def test_a_language_that_the_engine_does_not_speak_is_told_in_english() -> None:
    assert facts({"deal.talk_done": True}).told("deal.talk_done", "deal", "ro") == "deal.talk_done — yes"


TASKS = AROUND.replace("  card.list:", "  task.budget: {type: text, from: planfix.task.budget}\n  card.list:")


def test_a_deal_without_campaigns_holds_the_facts_of_its_one_task() -> None:
    rules = ruleset("", TASKS)
    before = snapshot(rules)
    deal = replace(before.subjects["deal"], facts={"task.budget": Fact("12", None, TASK)})
    one = replace(before, subjects={**before.subjects, "deal": deal})
    assert Facts(one, rules, PEOPLE, NOW).value("task.budget", "deal") == "12"
    with_ads = replace(one, subjects={**one.subjects, "ads": Subject("ads", "task", "deal")})
    assert Facts(with_ads, rules, PEOPLE, NOW).value("task.budget", "deal") is None


def test_a_record_that_was_read_before_its_source_is_as_fresh_as_the_source() -> None:
    rules = ruleset()
    before = snapshot(rules, seen={TASK: NOW})
    old = Subject("deal", "deal", "client", {"deal.prepaid": Fact(True, later(hours=-2), TASK)})
    known = Facts(replace(before, subjects={**before.subjects, "deal": old}), rules, PEOPLE, NOW)
    assert known.value("deal.prepaid", "deal", past=NOW) is True


def test_a_record_read_by_itself_is_known_though_its_source_never_was_read() -> None:
    rules = ruleset()
    before = snapshot(rules, seen={TASK: None})
    own = Subject("deal", "deal", "client", {"deal.prepaid": Fact(True, NOW, TASK)})
    known = Facts(replace(before, subjects={**before.subjects, "deal": own}), rules, PEOPLE, NOW)
    assert known.value("deal.prepaid", "deal") is True


def test_who_did_it_is_a_fact_of_the_event() -> None:
    carried = ("event.by", "event.by_name")
    declared = "".join(f"  {name}: {{type: text, from: event}}\n" for name in carried)
    around = AROUND.replace("  event.text:", f"{declared}  event.text:")
    by = replace(event("message", text="так"), actor=Actor(ActorKind.PERSON, "olena", "Олена"))
    known = facts(rules=ruleset("", around))
    assert [known.value(name, "deal", event=by) for name in carried] == ["olena", "Олена"]


def test_several_values_of_which_there_is_none_are_told_as_empty() -> None:
    assert facts({"card.labels": ()}).told("card.labels", "deal", "uk") == "card.labels — порожньо"


@pytest.mark.parametrize(("own", "turns"), [("1d", 1), ("9d", 3)])
def test_a_condition_turns_when_it_does_itself_or_a_need_of_its_gate_whichever_is_sooner(own: str, turns: int) -> None:
    rules = ruleset("", AROUND.replace("{if: {deal.talk_done: true},", "{if: {brief.sent_at: {older_than: 3d}},"))
    both = [{"gate.start": "open"}, {"brief.sent_at": {"older_than": own}}]
    condition = read_condition(both, rules.fields, rules.gates)
    assert facts({"brief.sent_at": NOW}, rules).next_change(condition, "deal", NOW) == later(days=turns)


def test_a_gate_turns_when_a_need_of_it_does() -> None:
    around = AROUND.replace("{if: {deal.talk_done: true},", "{if: {brief.sent_at: {older_than: 3d}},")
    rules = ruleset("", around)
    known = facts({"brief.sent_at": NOW}, rules)
    condition = read_condition({"gate.start": "open"}, rules.fields, rules.gates)
    assert known.next_change(condition, "deal", NOW) == later(days=3)


def test_what_the_bridge_wrote_last_is_asked_by_the_fact() -> None:
    known = facts(written={("client", "planfix.contact.site"): "a.example"})
    assert known.written("client.site", "deal") == "a.example"
    assert known.written("client.phone", "deal") is None


# -- what each kind of work asks for ---------------------------------------------------------------------------------

PROFILES = AROUND.replace(
    "  deal.project:", "  deal.work: {type: choice, of: [seo, ads, smm], from: planfix.task.work}\n  deal.project:"
).replace(
    "templates:",
    """\
    profiles:
      by: deal.work
      of:
        seo: {needs: [{if: {client.site: {filled: true}}, say: {uk: сайт, ru: сайт, en: site}, owed_by: client}]}
        ads: {like: seo, needs: [{if: {client.phone: {filled: true}}, say: {uk: тел, ru: тел, en: phone}, owed_by: pm}]}
templates:""",
    1,
)


@pytest.mark.parametrize(
    ("work", "missing"),
    [("smm", []), (None, []), ("seo", ["site"]), ("ads", ["site", "phone"])],
)
def test_a_gate_asks_each_kind_of_work_for_its_own(work: Value, missing: list[str]) -> None:
    known = facts({"deal.talk_done": True, "deal.prepaid": True, "deal.work": work}, ruleset("", PROFILES))
    assert [need["say"] for need in known.for_text("deal", "en", gate="start")["gate"]["missing"]] == missing


def test_a_need_that_may_not_be_asked_leaves_the_gate_not_known() -> None:
    unread: dict[str, Value | NotKnown] = {"deal.talk_done": True, "deal.prepaid": True, "deal.work": NotKnown(TASK)}
    assert facts(unread, ruleset("", PROFILES)).value("gate.start", "deal") == NotKnown(TASK)


def test_a_need_that_is_met_opens_the_gate_for_whatever_kind() -> None:
    met: dict[str, Value | NotKnown] = {"deal.talk_done": True, "deal.prepaid": True, "deal.work": NotKnown(TASK)}
    rules = ruleset("", PROFILES)
    assert facts({**met, "client.site": "зерно", "client.phone": "1"}, rules).value("gate.start", "deal") == "open"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("ads: {like: seo", "adz: {like: seo", "unknown-value"),
        ("ads: {like: seo", "ads: {like: sea", "unknown-profile"),
        ("seo: {needs", "seo: {like: ads, needs", "profile-cycle"),
        ("by: deal.work", "by: deal.project", "wrong-type"),
    ],
)
def test_profiles_that_cannot_be_are_findings(old: str, new: str, code: str) -> None:
    loaded = load_rules([("around.yaml", PROFILES.replace(old, new, 1).encode())], CONTEXT)
    assert loaded.ruleset is None
    assert code in {finding.code for finding in loaded.findings}
