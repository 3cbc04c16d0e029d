"""The agency whose facts are kept in step: one fact of every type, each with a place in Planfix and one on the card."""

from __future__ import annotations

from functools import cache

from bridge.engine.context import Context
from bridge.model.decisions import Capability
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.people import Directory, Person
from bridge.wiring.agency import FREE_NAMES
from connectors.planfix import PlanfixMapping
from connectors.trello import TrelloMapping
from rules.load import Context as Outside
from rules.load import load_rules
from rules.plan import Office
from rules.ruleset import RuleSet

ZONE = "Europe/Kyiv"
STAFF = {"olena": 1, "andrii": 2, "iryna": 3}
"""Keys of people, who are called so in Trello, and their numbers in Planfix."""
TAGS = ("VIP", "Терміново", "Пауза")
SERVICES = {"seo": "SEO-просування", "ads": "Реклама", "site": "Сайт під ключ"}
"""What Planfix calls a service, and what the list on the card calls it."""
BOARDS = ("Клієнти", "Виробництво")
ELSEWHERE = "Чужа дошка"
NOT_THERE = {"Виробництво": ("Домен", "Бюджет")}
"""Custom fields that a board does not have."""
LISTS = {"Клієнти": ("Ліди", "У роботі"), "Виробництво": ("Черга", "Запуск"), ELSEWHERE: ("Чуже",)}


def _fact(key: str, kind: FieldType, planfix: str, trello: str, sync: str = "both", **more: object) -> FieldSpec:
    place = "contact" if key.startswith("client.") else "task"
    titles = dict.fromkeys(("uk", "ru", "en"), key)
    given = {"source": f"planfix.{place}.{planfix}", "also": (f"trello.card.{trello}",), "sync": sync, **more}
    return FieldSpec(key, kind, titles=titles, **given)  # type: ignore[arg-type]


FACTS = {
    spec.key: spec
    for spec in (
        _fact("deal.title", FieldType.TEXT, "name", "name"),
        _fact("deal.domain", FieldType.TEXT, "domain", "domain"),
        _fact("deal.about", FieldType.TEXT, "about", "description"),
        _fact("deal.budget", FieldType.NUMBER, "budget", "budget"),
        _fact("deal.starts", FieldType.DATE, "starts", "starts"),
        _fact("deal.due", FieldType.MOMENT, "due", "due"),
        _fact("deal.vip", FieldType.FLAG, "vip", "vip"),
        _fact(
            "deal.service",
            FieldType.CHOICE,
            "service",
            "service",
            choices=tuple(SERVICES),
            written={"trello": SERVICES},
        ),
        _fact("deal.tags", FieldType.SET, "tags", "labels", choices=TAGS),
        _fact("deal.team", FieldType.SET, "assignees", "members"),
        _fact("deal.code", FieldType.TEXT, "code", "code", sync="to"),
        _fact("client.site", FieldType.TEXT, "site", "site"),
    )
}
ON_CARD = {"domain": "Домен", "budget": "Бюджет", "starts": "Початок", "vip": "Важливий", "service": "Послуга"}
ON_CARD |= {"code": "Код", "site": "Сайт"}
IN_TASK = {"domain": "Домен", "about": "Про проєкт", "budget": "Бюджет", "starts": "Початок", "vip": "Важливий"}
IN_TASK |= {"service": "Послуга", "tags": "Мітки", "code": "Код"}
IN_CONTACT = {"site": "Сайт"}
TASK_LINK = "http://sandbox.test/planfix/task/{id}"

TRELLO = TrelloMapping(
    boards=BOARDS, fields=ON_CARD, people={key: key for key in STAFF}, zone=ZONE, task_link=TASK_LINK
)
PLANFIX = PlanfixMapping(
    deal_templates=("Продаж",),
    fields={f"planfix.task.{name}": title for name, title in IN_TASK.items()}
    | {f"planfix.contact.{name}": title for name, title in IN_CONTACT.items()},
    people={f"user:{number}": key for key, number in STAFF.items()},
    zone=ZONE,
)

_RULES = """\
version: 1
defaults: {language: uk, calendar: office, flood: {rule: 500 in 10m, client: 500 in 10m, messages: 500 in 10m}}
calendars:
  office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}
fields:
  client.name: {type: text, from: planfix.contact.name}
  card.list: {type: text, from: trello.card.list}
rules:
  - id: lead-card
    when: {deal.created: planfix}
    if: {card.list: {filled: false}}
    per: deal
    repeat: once
    then:
      - create: {card: {list: Ліди, name: "{{ deal.title }}"}}
"""
_SAID = (
    "differed",
    "differs",
    "unknown_delivery",
    "dead_delivery",
    "written_in_part",
    "undelivered_staff",
    "no_channel",
    "blind",
    "called_off",
    "missed_step",
    "flood_rule",
    "flood_client",
)


@cache
def ruleset() -> RuleSet:
    """The rules of the agency, loaded once a process."""
    texts = "\n".join(f"  system.{name}: {{uk: {name}, ru: {name}, en: {name}}}" for name in _SAID)
    files = [("rules.yaml", _RULES.encode()), ("texts.yaml", f"version: 1\ntemplates:\n{texts}\n".encode())]
    loaded = load_rules(files, Outside(names=FREE_NAMES, fields=FACTS))
    if loaded.ruleset is None:
        raise AssertionError("\n".join(map(str, loaded.findings)))
    return loaded.ruleset


@cache
def context() -> Context:
    """The agency at work. Whatever is said to staff arrives."""
    staff = {
        key: Person(key, key.title(), ("pm",), ids={"trello": key, "planfix": f"user:{number}"})
        for key, number in STAFF.items()
    }
    return Context(
        ruleset=ruleset(),
        office=Office(Directory(staff)),
        in_charge={Capability.CARDS: "trello", Capability.TASKS: "planfix", Capability.CHAT: "telegram"},
    )
