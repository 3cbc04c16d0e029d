"""The pack's rules, planned: the agency's day from the lead to the start of work, without any system behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
    CreateTask,
    Decision,
    LabelCard,
    MakeDocument,
    MoveCard,
    SendMessage,
    WriteFields,
)
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.fields import parse_value
from bridge.model.planning import Edge, Fact, Plan, Snapshot, Subject
from bridge.wiring.agency import Agency
from rules.plan import Office, plan

CLIENT, DEAL = "client-1", "deal-1"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOURCES = ("planfix.task", "planfix.contact", "trello.card", "telegram.chat", "google_forms.brief")
LEAD = {"client.name": "Ромашка", "client.language": "uk", "client.manager": "olena", "client.channel": "chat"}
SOLD = {**LEAD, "deal.project": "Сайт", "deal.work_type": "site", "deal.sum": "30000"}
READY = {**SOLD, "deal.talk_done": True, "deal.prepaid": True, "access.state": "received", "brief.state": "received"}


class Story:
    """One client with one deal, and what the rules want of it."""

    def __init__(self, agency: Agency, facts: Mapping[str, Any], **more: Any) -> None:
        self.agency = agency
        self.facts = {"card.list": "Ініціалізація", **facts, **more}

    def at(
        self, kind: str, data: Mapping[str, Any], *, subject: str = DEAL, actor: ActorKind = ActorKind.PERSON
    ) -> Plan:
        """The plan for one event."""
        event = Event("e1", kind, NOW, NOW, Actor(actor), "test", subject, data)
        return plan(self.snapshot(event), self.agency.ruleset, self.office, NOW + timedelta(minutes=1))

    def snapshot(self, *events: Event) -> Snapshot:
        """Everything was read just now."""
        client = Subject(CLIENT, "client", "", self._of("client"))
        deal = Subject(DEAL, "deal", CLIENT, self._of("deal", "card"))
        seen = dict.fromkeys(SOURCES, NOW + timedelta(seconds=30))
        return Snapshot(CLIENT, 1, {CLIENT: client, DEAL: deal}, events, seen_up_to=seen)

    def became(self, rule: str) -> Plan:
        """The plan when the condition of a rule's `becomes` was false before and no event tells more."""
        primed = plan(self.snapshot(), self.agency.ruleset, self.office, NOW)
        [name] = [key for key in primed.edges if key[0].startswith(rule)]
        return plan(
            replace(self.snapshot(), edges={**primed.edges, name: Edge(False)}), self.agency.ruleset, self.office, NOW
        )

    @property
    def office(self) -> Office:
        """The staff, and a maker of documents that always sees something new."""
        return Office(self.agency.people, lambda template, _data: f"{template}-key")

    def _of(self, *owners: str) -> dict[str, Fact]:
        fields = self.agency.ruleset.fields
        mine = {key: value for key, value in self.facts.items() if fields[key].subject in owners}
        return {
            key: Fact(parse_value(fields[key], value), NOW + timedelta(seconds=30), fields[key].source_name)
            for key, value in mine.items()
        }


def told(decision: Decision) -> str:
    """A decision in a few words."""
    match decision:
        case SendMessage(to=to, template=template):
            return f"send {template} to {to}"
        case MoveCard(back=True):
            return "move back"
        case MoveCard(list=name):
            return f"move to {name}"
        case CreateCard(list=name):
            return f"card in {name}"
        case CreateTask(person=person):
            return f"task for {person}"
        case LabelCard(label=label, present=False):
            return f"take off {label}"
        case CommentCard(template=template):
            return f"comment {template}"
        case MakeDocument(template=template):
            return f"document {template}"
        case AttachDocument(to=to, format=form):
            return f"attach {form} to {to}"
        case WriteFields(record=record, values=values):
            return f"write {', '.join(sorted(values))} to {record}"
        case _:
            return decision.kind


def wanted(made: Plan) -> list[str]:
    return [told(item.decision) for item in made.wanted]


def sets(made: Plan) -> dict[str, Any]:
    return {item.field: item.value for item in made.sets}


def text_of(made: Plan, template: str) -> str:
    return next(
        item.decision.text
        for item in made.wanted
        if isinstance(item.decision, (SendMessage, CommentCard)) and item.decision.template == template
    )


def test_a_lead_becomes_a_card_and_the_staff_gets_the_link_for_the_client(agency: Agency) -> None:
    link = "https://t.me/bot?start=x"
    given = {"card.list": "", "client.channel": "", "client.chat_link": link}
    made = Story(agency, LEAD, **given).at("deal.created", {"origin": "planfix"})
    assert wanted(made) == ["card in Ліди", "send lead.staff_new to staff-chat"]
    assert link in text_of(made, "lead.staff_new")


def test_a_bound_chat_is_greeted(agency: Agency) -> None:
    assert wanted(Story(agency, LEAD).at("bound", {"channel": "telegram"}, subject=CLIENT)) == [
        "send client.welcome to client"
    ]


def test_without_a_sum_the_deal_goes_back_to_sales(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"deal.sum": ""}).at("card.moved", {"from": "Договір", "to": "Ініціалізація"})
    assert wanted(made) == ["move back", "comment gate.returned", "send gate.returned to person:olena"]
    assert "сума — Олена, менеджер з продажу" in text_of(made, "gate.returned")


def test_a_complete_deal_is_handed_over_with_the_button(agency: Agency) -> None:
    made = Story(agency, SOLD).at("card.moved", {"from": "Договір", "to": "Ініціалізація"})
    assert wanted(made) == ["task for andrii", "put_checklist", "send handoff.staff to person:andrii"]
    [message] = [item.decision for item in made.wanted if isinstance(item.decision, SendMessage)]
    assert message.buttons == (("send-brief", "Надіслати бриф"),)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("button", {"button": "send-brief"}),
        ("label.added", {"label": "Надіслати бриф"}),
        ("command", {"command": "/бриф", "text": ""}),
    ],
)
def test_the_brief_goes_out_by_button_label_or_command(agency: Agency, kind: str, data: dict[str, str]) -> None:
    more = {"brief.link": "https://forms.example/x", "card.labels": ["Надіслати бриф"]}
    made = Story(agency, SOLD, **more).at(kind, data)
    label = ["take off Надіслати бриф"] if kind == "label.added" else []
    assert wanted(made) == ["send brief.ask to client", *label]
    assert sets(made) == {"brief.state": "asked"}


def test_without_a_chat_the_pm_learns_at_once_why_nothing_was_sent(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"client.channel": ""}).at("button", {"button": "send-brief"})
    assert wanted(made) == ["comment brief.staff_not_sent", "send brief.staff_not_sent to person:andrii"]
    assert "посилання на чат" in text_of(made, "brief.staff_not_sent")


def test_the_clock_of_the_brief_starts_at_the_delivery(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"brief.state": "asked"}).at(
        "delivered", {"template": "brief.ask"}, actor=ActorKind.BRIDGE
    )
    assert sets(made)["brief.state"] == "delivered"
    assert {timer.step: timer.due.strftime("%a %d.%m %H:%M") for timer in made.timers} == {
        "remind": "Wed 25.11 16:00",
        "call": "Thu 26.11 08:00",
        "head": "Mon 30.11 08:00",
    }


def test_an_undelivered_brief_starts_no_clock(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"brief.state": "asked"}).at(
        "undelivered", {"template": "brief.ask"}, actor=ActorKind.BRIDGE
    )
    assert wanted(made) == ["send brief.staff_undelivered to person:andrii"]
    assert made.timers == ()


ANSWERED = {
    "form": "brief",
    "values": {"client.site": "romashka.example", "client.service": "SEO"},
    "answers": [{"question": "Сайт", "answer": "romashka.example"}, {"question": "Послуга", "answer": "SEO"}],
}


def test_an_answered_brief_fills_the_contact_and_becomes_a_document(agency: Agency) -> None:
    made = Story(agency, READY, **{"brief.state": "delivered", "deal.prepaid": False}).at(
        "form.answered", {**ANSWERED, "revision": 1}, actor=ActorKind.CLIENT
    )
    assert sets(made) == {"brief.state": "received"}
    assert wanted(made) == [
        "write service, site to planfix.contact",
        "write service, site to trello.card",
        "document brief",
        "attach docx to trello",
        "attach pdf to trello",
        "send brief.staff_received to staff-chat",
        "send brief.thanks to client",
    ]
    assert "Залишилось:\n• передоплата" in text_of(made, "brief.thanks")


def test_a_changed_answer_makes_a_new_version_and_thanks_nobody_twice(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"brief.state": "received"}).at(
        "form.answered", {**ANSWERED, "revision": 2}, actor=ActorKind.CLIENT
    )
    assert "send brief.staff_revised to staff-chat" in wanted(made)
    assert "document brief" in wanted(made)
    assert not [effect for effect in wanted(made) if effect.endswith("to client")]


def test_what_a_person_has_entered_stays_and_the_difference_is_told(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"client.site": "by-hand.example"}).at(
        "form.answered", {**ANSWERED, "revision": 1}, actor=ActorKind.CLIENT
    )
    assert "write service to planfix.contact" in wanted(made)
    text = text_of(made, "system.conflict")
    assert "Сайт: записано «by-hand.example», відповідь — «romashka.example»" in text


def test_production_is_closed_until_everything_is_there(agency: Agency) -> None:
    made = Story(agency, READY, **{"deal.prepaid": False, "card.list": "Виробництво"}).at(
        "card.moved", {"from": "Ініціалізація", "to": "Виробництво"}
    )
    assert wanted(made) == ["move back", "comment gate.returned", "send gate.returned to person:andrii"]


def test_the_last_fact_moves_the_card(agency: Agency) -> None:
    assert wanted(Story(agency, READY).became("production-start")) == ["move to Виробництво"]


def test_the_start_of_work_gives_a_task_and_tells_the_client(agency: Agency) -> None:
    made = Story(agency, READY, **{"card.list": "Виробництво"}).at(
        "card.moved", {"from": "Ініціалізація", "to": "Виробництво"}, actor=ActorKind.BRIDGE
    )
    assert wanted(made) == ["task for iryna", "send work.started to client"]
    assert sets(made) == {"client.state": "active"}


def test_the_staff_hears_of_the_prepayment(agency: Agency) -> None:
    made = Story(agency, SOLD, **{"deal.prepaid": True}).became("prepaid")
    assert wanted(made) == ["send prepaid.staff to staff-chat"]
