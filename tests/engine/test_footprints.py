"""Every action is carried out on twins, and what it wrote and woke is compared with what it declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.model.checklists import titles_of
from bridge.model.decisions import CreateCard, LabelCard, MoveCard, PutChecklist, SendMessage, WriteFields
from bridge.model.events import Actor, ActorKind
from bridge.model.planning import Outcome
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.wiring.agency import FREE_NAMES
from rules.actions.action import ACTIONS, UNSURE, Action, Footprint
from rules.load import Context as Outside
from rules.load import load_rules
from rules.maps import FormMap
from rules.registry import example_of
from tests.engine.office import Desk, agency, texts_of_the_system

AROUND = """\
calendars: {office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}}
roles: {client: клієнт, pm: РМ, manager: менеджер, head: керівник, specialist: спеціаліст}
buttons:
  again: Ще раз
  arrived: Дійшло
  retry: Спробувати
  go: Виконати
  skip: Пропустити
  approve: Так
  flood-send: Надіслати
  flood-drop: Відкинути
  flood-stop: Зупинити
  pair-bind: Так
  theirs-decides: Так
  theirs-pays: Так
  theirs-answers: Так
  theirs-reads: Так
  not-theirs: Ні
  language-uk: Українська
  language-ru: Русский
  language-en: English
  pair-apart: Окремо
  refuse: Ні
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.chat: {type: text, from: telegram.chat.id}
  client.phone: {type: text, from: planfix.contact.phone, write_to: [planfix.contact.phone]}
  client.manager: {type: person, from: planfix.contact.owner, write_to: [planfix.contact.owner]}
  client.state: {type: choice, of: [lead, active], from: bridge, default: lead}
  deal.prepaid: {type: flag, from: planfix.task.prepaid}
  card.list: {type: choice, of: [Лід, Архів], from: trello.card.list}
  card.name: {type: text, from: trello.card.name}
  card.labels: {type: set, of: [VIP], from: trello.card.labels}
  checks.launch: {type: choice, of: [none, open, done], from: trello.checklists.Запуск, default: none}
  checks.second: {type: choice, of: [none, open, done], from: trello.checklists.Повторна перевірка, default: none}
checklists:
  launch-60:
    name: {uk: Запуск, ru: Запуск, en: Launch}
    items: [Перше, Друге]
templates:
  greeting: {uk: Вітаю, ru: Здравствуйте, en: Hello}
"""
WAKES = {"fill": "form.answered: brief"}
"""What wakes the rule where a command would not do."""
HEAD = Actor(ActorKind.PERSON, "andrii", "Андрій")
"""Who is asked, where an action asks."""
_ON_CARD = {"label.remove": ["VIP"]}


class Trial:
    """One action on the twins: what it declares, and what came of it."""

    def __init__(self, word: str) -> None:
        element = ACTIONS.get(word)
        assert element is not None
        lines = example_of(element).replace("\n", "\n        ")
        wakes = WAKES.get(word, "command: /робити")
        rule = f"rules:\n  - id: trial\n    when: {{{wakes}}}\n    per: deal\n    then:\n      - {lines}\n"
        outside = Outside(
            maps={"brief-to-contact": FormMap("brief-to-contact", "brief", {"Телефон": "client.phone"})},
            documents=["contract.docx"],
            people=["olena", "andrii"],
            names=FREE_NAMES,
        )
        texts = [AROUND, texts_of_the_system(), rule]
        loaded = load_rules([(f"{place}.yaml", text.encode()) for place, text in enumerate(texts)], outside)
        assert loaded.ruleset is not None, loaded.findings
        self.action: Action = loaded.ruleset.rules[0].then[0]
        self.desk = Desk(context=agency(loaded.ruleset))
        self.client, self.deal = self.desk.client()
        self.desk.take(self.desk.card(names=(Ref("planfix", "main", "task", "t1"),), labels=_ON_CARD.get(word, [])))
        self.desk.planned()
        self._known = len(self.desk.events)
        self._before = self._own_facts()

    @property
    def declared(self) -> Footprint:
        return self.action.footprint

    def run(self) -> None:
        """Wakes the rule, and delivers until nothing is due."""
        if self.action.verb == "fill":
            token = self.desk.token(self.deal, "brief")
            answered = self.desk.response(token=token)
            values = {"client.phone": "+380441234567"}
            self.desk.take(replace(answered, fields={**answered.fields, "values": values}))
        else:
            self.desk.take(self.desk.comment("/робити"))
        for _turn in range(5):
            self.desk.engine.plan_due()
            self.desk.deliver()
            self._answer()

    def _answer(self) -> None:
        """Whoever is asked says yes."""
        for row in self.desk.store.deliveries():
            if isinstance(row.decision, SendMessage) and "approve" in dict(row.decision.buttons):
                press = self.desk.update("press", f"yes:{row.id}", "900", HEAD, data=f"{row.id}:approve", query="1")
                self.desk.take(press)

    @property
    def fired(self) -> bool:
        return any(trace.outcome is Outcome.FIRED for trace in self.desk.store.traces([self.deal], "trial"))

    @property
    def written(self) -> Mapping[str, Plain]:
        """The facts that really were written, inside and outside."""
        found = {key: value for key, value in self._own_facts().items() if self._before.get(key) != value}
        pushed = [delivery.decision for twin in (self.desk.trello, self.desk.planfix) for delivery in twin.pushed]
        for decision in pushed:
            match decision:
                case MoveCard(list=name):
                    found["card.list"] = name
                case CreateCard(list=name, name=title):
                    found |= {"card.list": name, "card.name": title}
                case LabelCard():
                    found["card.labels"] = [decision.label]
                case PutChecklist(title=title):
                    fields = self.desk.context.ruleset.fields.values()
                    found |= dict.fromkeys((spec.key for spec in fields if title in (titles_of(spec) or ())), "open")
                case WriteFields(record=record, values=values):
                    found |= {self._fact(f"{record}.{name}"): value for name, value in values.items()}
        return found

    @property
    def woke(self) -> set[str]:
        """The kinds of events that came of it."""
        return {event.kind for event in self._born}

    @property
    def _born(self) -> list[Any]:
        return [event for event in self.desk.events[self._known :] if event.actor.kind is ActorKind.BRIDGE]

    def _own_facts(self) -> dict[str, Plain]:
        facts = self.desk.store.load_client(self.client).facts
        return {key: value for (_subject, key), (value, _at) in facts.items()}

    def _fact(self, target: str) -> str:
        fields = self.desk.context.ruleset.fields.values()
        return next(spec.key for spec in fields if target in (spec.source, *spec.write_to))


@pytest.mark.parametrize("word", ACTIONS.words())
def test_an_action_writes_and_wakes_nothing_that_it_does_not_declare(word: str) -> None:
    trial = Trial(word)
    trial.run()
    assert trial.fired
    assert set(trial.written) - set(trial.declared.writes) == set()
    assert trial.woke - {kind for kind, _about in trial.declared.emits} == set()


@pytest.mark.parametrize("word", ACTIONS.words())
def test_what_an_action_declares_for_sure_is_what_it_writes(word: str) -> None:
    trial = Trial(word)
    trial.run()
    sure = {key: value for key, value in trial.declared.writes.items() if value != UNSURE}
    assert set(trial.written) == set(trial.declared.writes)
    assert {key: trial.written[key] for key in sure} == sure
