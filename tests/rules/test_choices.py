"""Choices: people read their words, rules compare what they are."""

from __future__ import annotations

from bridge.model.decisions import MakeDocument
from bridge.model.fields import FieldSpec, FieldType
from rules.facts import Facts
from rules.load import load_rules
from rules.texts import read_text
from tests.rules.planned import AROUND, CONTEXT, NOW, PEOPLE, decisions, event, planned, ruleset, snapshot


def test_a_choice_is_told_in_words_and_compared_as_what_it_is() -> None:
    around = AROUND.replace(
        "of: [lead, active], from: bridge,",
        "of: [lead, active], words: {lead: {uk: лід, ru: лид, en: a lead}}, from: bridge,",
    )
    rules = ruleset("", around)
    facts = Facts(snapshot(rules), rules, PEOPLE, NOW)
    source = "{{ client.state }}{% if client.state == 'lead' %}!{% endif %}"
    text = read_text(source, "uk", rules.fields)
    assert text.render(facts.for_text("client", "uk"), "plain") == "лід!"
    assert facts.told("client.state", "client", "en") == "client.state — a lead"


def test_several_choices_are_told_in_words_too() -> None:
    words = {"VIP": {"uk": "важливий"}}
    spec = FieldSpec("card.labels", FieldType.SET, "trello.card.labels", ("VIP", "SEO"), words=words)
    rules = ruleset()
    shown = Facts(snapshot(rules), rules, PEOPLE, NOW).shown(spec, ("VIP", "SEO"), "uk")
    text = read_text("{{ card.labels }}, {{ card.labels|join(' + ') }}", "uk", {spec.key: spec})
    assert text.render({"card": {"labels": shown}}, "plain") == "важливий, SEO, важливий + SEO"


def test_words_for_a_value_that_there_is_not_are_a_mistake() -> None:
    text = AROUND.replace("of: [lead, active],", "of: [lead, active], words: {leed: {uk: а, ru: а, en: a}},")
    [found] = load_rules([("a.yaml", text.encode())], CONTEXT).findings
    assert (found.code, found.what) == ("unknown-value", '"leed" is not a value of client.state')


def test_a_document_says_a_choice_in_words_and_a_colleague_by_name() -> None:
    around = AROUND.replace(
        "of: [lead, active], from: bridge,",
        "of: [lead, active], words: {lead: {uk: лід, ru: лид, en: a lead}}, from: bridge,",
    )
    rules = ruleset("  - {id: act, when: {button: go}, per: deal, then: [{document: {template: brief}}]}\n", around)
    known = {"client.state": "lead", "client.manager": "olena"}
    [document] = decisions(planned(rules, snapshot(rules, known, [event("button", button="go")])))
    assert isinstance(document, MakeDocument)
    client = document.data["client"]
    assert isinstance(client, dict)
    assert (client["state"], client["state_code"], client["manager"]) == ("лід", "lead", "Олена")
