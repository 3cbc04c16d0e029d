"""A small agency for tests of the planner: rules written in the test, one client with one deal, and a fixed clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from bridge.model.decisions import Decision, SendMessage
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.people import Directory, Person
from bridge.model.planning import Fact, Outcome, Plan, Snapshot, Subject
from bridge.model.values import NotKnown, Plain, Value
from rules.load import Context, load_rules
from rules.maps import FormMap
from rules.plan import Office, plan
from rules.ruleset import RuleSet

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # Monday, 12:00 in Kyiv
TASK, CARD, FORM = "planfix.task", "trello.card", "google_forms.brief"
SOURCES = (TASK, "planfix.contact", CARD, FORM, "telegram.bindings")

Known: TypeAlias = "dict[str, Value | NotKnown]"
"""Facts of the one client and the one deal, by name."""

AROUND = """\
version: 1
defaults: {language: uk, calendar: office, client_messages: {window: "09:00-19:00"}, loop_limit: 4}
calendars:
  office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-13:00, 14:00-18:00"}}
roles:
  client: {uk: клієнт, ru: клиент, en: client}
  pm: {uk: РМ, ru: РМ, en: PM}
  manager: {uk: менеджер, ru: менеджер, en: manager}
  head: {uk: керівник, ru: руководитель, en: head}
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.chat: {type: text, from: telegram.bindings}
  client.language: {type: choice, of: [uk, ru, en], from: planfix.contact.language}
  client.manager: {type: person, from: planfix.contact.owner}
  client.site: {type: text, from: planfix.contact.site, write_to: [planfix.contact.site, trello.card.site]}
  client.phone: {type: text, from: planfix.contact.phone, write_to: [planfix.contact.phone]}
  client.state: {type: choice, of: [lead, active], from: bridge, default: lead}
  deal.project: {type: text, from: planfix.task.project}
  deal.prepaid: {type: flag, from: planfix.task.prepaid}
  deal.talk_done: {type: flag, from: planfix.task.talk}
  brief.state: {type: choice, of: [none, asked, delivered, received], from: bridge, default: none}
  brief.sent_at: {type: moment, from: bridge}
  report.state: {type: choice, of: [none, sent, accepted], from: bridge, default: none}
  card.list: {type: choice, of: [Договір, Ініціалізація, Виробництво], from: trello.card.list}
  card.labels: {type: set, of: [VIP, Бриф], from: trello.card.labels}
  event.text: {type: text, from: event}
gates:
  start:
    name: {uk: Початок, ru: Начало, en: Start}
    needs:
      - {if: {deal.talk_done: true}, say: {uk: розмова, ru: разговор, en: talk}, owed_by: pm}
      - {if: {deal.prepaid: true}, say: {uk: передоплата, ru: предоплата, en: prepayment}, owed_by: client}
templates:
  hello: {uk: "Вітаю, {{ client.name }}", ru: "Здравствуйте, {{ client.name }}", en: "Hello, {{ client.name }}"}
  ready: {asserts: {gate.start: open}, otherwise: nearly, uk: усе є, ru: всё есть, en: all is here}
  nearly:
    uk: "бракує: {% for need in gate.missing %}{{ need.say }} ({{ need.who }}); {% endfor %}"
    ru: "не хватает: {% for need in gate.missing %}{{ need.say }} ({{ need.who }}); {% endfor %}"
    en: "missing: {% for need in gate.missing %}{{ need.say }} ({{ need.who }}); {% endfor %}"
  begun: {asserts: {gate.start: open}, uk: почали, ru: начали, en: begun}
  days: {uk: "днів: {{ step.days }}", ru: "дней: {{ step.days }}", en: "days: {{ step.days }}"}
  because: {uk: "не вийшло: {{ why }}", ru: "не вышло: {{ why }}", en: "it failed: {{ why }}"}
  stage: {uk: "етап {{ stage.title }}", ru: "этап {{ stage.title }}", en: "stage {{ stage.title }}"}
  heard: {uk: "сказано: {{ event.text }}", ru: "сказано: {{ event.text }}", en: "said: {{ event.text }}"}
  system.conflict:
    uk: "{% for row in conflict.rows %}{{ row.title }}: {{ row.kept }} / {{ row.given }}{% endfor %}"
    ru: "{% for row in conflict.rows %}{{ row.title }}: {{ row.kept }} / {{ row.given }}{% endfor %}"
    en: "{% for row in conflict.rows %}{{ row.title }}: {{ row.kept }} / {{ row.given }}{% endfor %}"
  system.unfit_answer:
    uk: "{% for row in answer.unfit %}{{ row.title }}: {{ row.given }}, {{ row.wanted }}{% endfor %}"
    ru: "{% for row in answer.unfit %}{{ row.title }}: {{ row.given }}, {{ row.wanted }}{% endfor %}"
    en: "{% for row in answer.unfit %}{{ row.title }}: {{ row.given }}, {{ row.wanted }}{% endfor %}"
"""
GATE = """\
  - id: gate
    when: {card.moved: {to: Виробництво}}
    if: {gate.start: closed}
    guard: true
    per: deal
    then: [{move: back}]
"""
BRIEF_IN = """\
  - id: brief-in
    when: {form.answered: brief}
    per: deal
    then: [{set: {brief.state: received}}]
"""
SILENT = (
    BRIEF_IN
    + """\
  - id: silent
    when: {delivered: hello}
    if: {brief.state: {is_not: received}}
    per: deal
    if_running: restart
    unless: {brief.state: received}
    steps:
      - {id: remind, after: 2wd, then: [{send: hello, to: client}]}
      - {id: call, after: "3wd at 10:00", then: [{send: days, to: pm}]}
"""
)
TOLD = """\
  - id: told
    when: {card.moved: {to: Виробництво}}
    per: deal
    then: [{send: hello, to: pm}]
"""
EDGE = """\
  - id: edge
    when: {becomes: {deal.prepaid: true}}
    per: deal
    then: [{send: hello, to: pm}]
"""
PRESSED = "  - {{id: pressed, when: {{button: go}}, per: deal, {0}then: [{{send: hello, to: pm}}]}}\n"
"""The one rule of a button; what stands before `then` is put in."""

PEOPLE = Directory(
    {
        "petro": Person("petro", "Петро", ("pm",), "uk"),
        "helen": Person("helen", "Helen", ("head",), "en"),
        "olena": Person("olena", "Олена", ("manager",), "ru"),
    }
)
OFFICE = Office(PEOPLE, lambda template, data: f"{template}:{sorted(data.items(), key=str)}")
MAP = FormMap("brief-map", "brief", {"Сайт": "client.site", "Телефон": "client.phone"})
CONTEXT = Context(
    forms=("brief",),
    maps={MAP.id: MAP},
    documents=("brief",),
    names=("answer.*", "conflict.*", "delivery.*", "stage.*", "question.*", "override.*"),
)
DONE: Known = {"deal.talk_done": True, "deal.prepaid": True}
"""What the gate asks for."""


def ruleset(rules: str = "", around: str = AROUND) -> RuleSet:
    """The agency with these entries of `rules:`."""
    files = [("around.yaml", around.encode()), ("rules.yaml", f"rules:\n{rules}".encode() if rules else b"version: 1")]
    loaded = load_rules(files, CONTEXT)
    assert loaded.ruleset is not None, "\n".join(map(str, loaded.findings))
    return loaded.ruleset


def subjects(rules: RuleSet, facts: Mapping[str, Value | NotKnown]) -> dict[str, Subject]:
    """One client with one deal, and these facts where they belong."""
    owned: dict[str, dict[str, Fact]] = {"client": {}, "deal": {}}
    for name, value in facts.items():
        spec = rules.fields[name]
        owner = "client" if spec.subject == "client" else "deal"
        owned[owner][name] = Fact(value, None, spec.source_name)
    return {
        "client": Subject("client", "client", "", owned["client"]),
        "deal": Subject("deal", "deal", "client", owned["deal"]),
    }


def snapshot(
    rules: RuleSet,
    facts: Mapping[str, Value | NotKnown] | None = None,
    events: Sequence[Event] = (),
    seen: Mapping[str, datetime | None] | None = None,
    **more: Any,
) -> Snapshot:
    """The client before a plan: every source was read just now, unless `seen` says otherwise (None: never)."""
    read = {**dict.fromkeys(SOURCES, NOW), **(seen or {})}
    seen_up_to = {source: moment for source, moment in read.items() if moment is not None}
    told = {"client.name": "Зерно", "client.chat": "-100", **(facts or {})}
    values: dict[str, Any] = {"subjects": subjects(rules, told), "events": tuple(events), "seen_up_to": seen_up_to}
    return Snapshot("client", 1, **{**values, **more})


def event(
    kind: str,
    *,
    ident: str = "",
    at: datetime = NOW,
    subject: str = "deal",
    by: ActorKind = ActorKind.PERSON,
    cause: Cause | None = None,
    **data: Plain,
) -> Event:
    """Something that happened. Underscores stand for what Python keeps to itself: from_ is from."""
    plain = json.loads(json.dumps({key.rstrip("_"): value for key, value in data.items()}))  # no word is the rules' own
    return Event(ident or f"e:{kind}", "".join(kind), at, at, Actor(by), "test", subject, plain, cause)


RECEIPT = event("delivered", template="hello", by=ActorKind.BRIDGE)
"""What starts the clock of the steps."""


def moved(to: str = "Виробництво", from_: str = "Договір", **more: Any) -> Event:
    """A card that a person moved."""
    return event("card.moved", to=to, from_=from_, **more)


def planned(rules: RuleSet, before: Snapshot, now: datetime = NOW) -> Plan:
    """What is wanted now."""
    return plan(before, rules, OFFICE, now)


def after(before: Snapshot, made: Plan, rules: RuleSet, **more: Any) -> Snapshot:
    """The client after a plan was stored: nothing new has happened unless `more` says so."""
    facts: dict[str, dict[str, Fact]] = {key: dict(one.facts) for key, one in before.subjects.items()}
    for one in made.sets:
        facts[one.subject][one.field] = Fact(one.value if isinstance(one.value, str | bool) else None)
    timers = {timer.key: timer for timer in (*before.timers, *made.timers) if timer.key not in made.timers_ended}
    values: dict[str, Any] = {
        "subjects": {key: replace(one, facts=facts[key]) for key, one in before.subjects.items()},
        "events": tuple(one for one in before.events if one.id not in made.planned),
        "parked": made.parked,
        "timers": tuple(timers.values()),
        "edges": {**before.edges, **made.edges},
        "runs": {**before.runs, **made.runs},
    }
    return replace(before, **{**values, **more})


def started(rules: str = SILENT) -> tuple[RuleSet, Snapshot]:
    """The rules, and the client after the clock of the steps has started."""
    known = ruleset(rules)
    before = snapshot(known, {"brief.state": "delivered"}, [RECEIPT])
    return known, after(before, planned(known, before), known)


def decisions(made: Plan) -> list[Decision]:
    """What the plan wants done."""
    return [wanted.decision for wanted in made.wanted]


def sent(made: Plan) -> list[tuple[str, str]]:
    """Who is told what."""
    return [(one.to, one.text) for one in decisions(made) if isinstance(one, SendMessage)]


def outcomes(made: Plan, rule: str) -> list[Outcome]:
    """What came of a rule."""
    return [trace.outcome for trace in made.traces if trace.rule == rule]


def later(**length: float) -> datetime:
    """So long after the fixed clock."""
    return NOW + timedelta(**length)
