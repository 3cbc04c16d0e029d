"""The demo agency's Planfix, served over real HTTP, with people who work in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bridge.model.decisions import Decision
from bridge.model.deliveries import Delivery
from bridge.model.records import Page, Record, Ref
from connectors.planfix import PlanfixConnector, PlanfixMapping, PlanfixSettings
from sandbox import Sandbox, serve_in_thread
from sandbox.faults import Fault
from sandbox.planfix import Planfix
from sandbox.planfix.model import Thing, Token
from sandbox.planfix_world import EMPLOYEES, ROBOT, seed_planfix
from tests.pace import FreePace
from tests.secrets import PLANFIX_TOKEN

FIELDS: dict[str, str | int] = {
    "planfix.task.project": "Проєкт",
    "planfix.task.work_type": "Вид роботи",
    "planfix.task.sum": "Сума",
    "planfix.task.prepaid": "Передоплата отримана",
    "planfix.contact.language": "Мова",
    "planfix.contact.site": "Сайт",
    "planfix.contact.forget_after": "Забути після",
}
NUMBERS = {"Проєкт": 101, "Вид роботи": 102, "Сума": 103, "Передоплата отримана": 104, "Картка Trello": 107}
NUMBERS |= {"Надіслати бриф": 108, "Мова": 201, "Сайт": 202, "Забути після": 206}
DEAL, TALK = 11, 12


class Office:
    """Planfix and its people: `olena` sells, the bridge acts for the robot."""

    def __init__(self, base_url: str, sandbox: Sandbox, planfix: Planfix) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.planfix = planfix
        self.pace = FreePace()
        seed_planfix(planfix)
        planfix.store.tokens[PLANFIX_TOKEN] = Token(PLANFIX_TOKEN, ROBOT)

    def add_contact(self, name: str, **body: Any) -> Thing:
        return self._made("contact", {"name": name, **body})

    def add_task(self, name: str, template: int = DEAL, **body: Any) -> Thing:
        return self._made("task", {"name": name, "template": {"id": template}, **body})

    def set(self, task: Thing, **values: Any) -> None:
        data = [{"field": {"id": NUMBERS[name.replace("_", " ")]}, "value": value} for name, value in values.items()]
        self.edit(task, customFieldData=data)

    def edit(self, thing: Thing, **body: Any) -> None:
        self.sandbox.clock.advance(timedelta(seconds=1))
        self.planfix.changes.update(thing, body, EMPLOYEES[0])

    def fails(self, kind: str, **fault: Any) -> None:
        self.sandbox.faults.add(Fault("planfix", kind, **fault))  # type: ignore[arg-type]

    def settings(self) -> PlanfixSettings:
        return PlanfixSettings(PLANFIX_TOKEN, f"{self.base_url}/planfix/rest")

    def connector(self, **mapping: Any) -> PlanfixConnector:
        wanted: dict[str, Any] = {
            "deal_templates": ("Продаж",),
            "fields": FIELDS,
            "buttons": {"send-brief": "Надіслати бриф"},
            "card_field": "Картка Trello",
            "people": {"user:1": "olena", "user:2": "andrii"},
        }
        return PlanfixConnector(self.settings(), PlanfixMapping(**wanted | mapping), self.sandbox.clock, self.pace)

    @contextmanager
    def requests(self) -> Iterator[list[str]]:
        """The requests made inside, as "POST /task/list"."""
        before, asked = self.sandbox.journal.last(), list[str]()
        yield asked
        asked += [f"{one.method} {one.path.partition('/rest')[2]}" for one in self.sandbox.journal.since(before)]

    def tasks_named(self, name: str) -> list[Thing]:
        return [task for task in self.planfix.store.things["task"].values() if task.plain["name"] == name]

    def _made(self, kind: str, body: dict[str, Any]) -> Thing:
        self.sandbox.clock.advance(timedelta(seconds=1))
        return self.planfix.changes.create(kind, body, EMPLOYEES[0])[0]


@contextmanager
def office() -> Iterator[Office]:
    sandbox = Sandbox(world="empty", services=[])
    planfix = Planfix(sandbox.clock, sandbox.lock)
    sandbox.services.append(planfix)
    with serve_in_thread(sandbox) as running:
        yield Office(running.base_url, sandbox, planfix)


def record_of(page: Page, thing: Thing) -> Record:
    return next(
        one
        for one in page.records
        if one.ref.id == str(thing.id) and (one.ref.kind == "contact") is (thing.kind == "contact")
    )


def ref_of(thing: Thing, kind: str = "") -> Ref:
    return Ref("planfix", "main", kind or thing.kind, str(thing.id))


def delivery(decision: Decision, target: Thing | None = None, **more: Any) -> Delivery:
    related = {f"planfix.{kind}": ref_of(thing) for kind, thing in more.pop("related", {}).items()}
    return Delivery("a1b2c3d4e5", "key", decision, "deal-1", ref_of(target) if target else None, related, **more)
