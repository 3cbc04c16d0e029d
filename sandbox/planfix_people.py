"""What people do in Planfix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.planfix import Planfix
from sandbox.planfix.model import CustomField, Employee, Thing

if TYPE_CHECKING:
    from sandbox.app import Sandbox


class PlanfixPeople:
    """Acts in Planfix. Fields, statuses and templates are given by name, employees by number.

    A name that fits nothing raises LookupError, a value that Planfix would refuse raises ValueError.
    """

    _sandbox: Sandbox

    def create_contact(self, title: str, by: int = 1, phone: str = "", fields: dict[str, Any] | None = None) -> int:
        """Somebody makes a contact; gives its number. `fields` are custom fields by name."""
        body: dict[str, Any] = {"name": title, "template": {"id": self._template("Клієнт", "contact")}}
        if phone:
            body["phones"] = [{"number": phone, "type": 1}]
        return self._create("contact", body, by, fields)

    def create_task(
        self,
        title: str,
        contact: int | None = None,
        template: str = "Продаж",
        by: int = 1,
        fields: dict[str, Any] | None = None,
    ) -> int:
        """Somebody makes a task of a template about a contact; gives its number."""
        body: dict[str, Any] = {"name": title, "template": {"id": self._template(template, "task")}}
        if contact is not None:
            body["counterparty"] = {"id": f"contact:{contact}"}
        return self._create("task", {**body, "assignees": {"users": [{"id": f"user:{by}"}]}}, by, fields)

    def set_planfix_field(self, task: int, field: str, value: Any, by: int = 1) -> None:
        """Somebody fills a custom field of a task; None empties it."""
        self._update(
            self._planfix.store.thing("task", task), {"customFieldData": [self._item("task", field, value)]}, by
        )

    def set_contact_field(self, contact: int, field: str, value: Any, by: int = 1) -> None:
        """Somebody fills a field of a contact: a custom one by its name, or one of the API's such as `email`."""
        thing = self._planfix.store.thing("contact", contact)
        plain = field in thing.plain
        self._update(thing, {field: value} if plain else {"customFieldData": [self._item("contact", field, value)]}, by)

    def set_task_status(self, task: int, status: str, by: int = 1) -> None:
        """Somebody moves a task to a status."""
        found = next((one for one in self._planfix.store.statuses.values() if one.name == status), None)
        if found is None:
            raise LookupError(f"no status is called {status!r}")
        self._update(self._planfix.store.thing("task", task), {"status": {"id": found.id}}, by)

    def comment_task(self, task: int, text: str, by: int = 1) -> int:
        """Somebody comments a task; gives the comment's number."""
        about = self._planfix.store.thing("task", task)
        return self._planfix.comments.add(about, {"description": text}, self._employee(by)).id

    def press_planfix_button(self, task: int, button: str, by: int = 1) -> None:
        """Somebody presses a button in a task: the account calls the URL set up for it, in the background."""
        thing = self._planfix.store.thing("task", task)
        contact = (thing.person["counterparty"] or "").partition(":")[2]
        facts = {
            "task": thing.id,
            "contact": int(contact) if contact else None,
            "user": self._employee(by).person_id,
            "at": self._sandbox.clock.now().isoformat(),
        }
        self._planfix.scenarios.press(button, facts)

    def set_up_planfix_button(
        self, button: str, url: str, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None
    ) -> None:
        """An admin sets up what a button calls."""
        self._planfix.scenarios.set_up(button, url, headers, body)

    def make_task_busy(self, task: int, updates: int = 1, requests: int = 3) -> None:
        """Nobody's doing: the next updates of a task are queued (202) and done a little later."""
        self._planfix.changes.make_busy(task, updates, requests)

    def refuse_planfix_field(
        self, kind: str, id: int, field: str, error: str = "Field change failed", times: int = 1
    ) -> None:
        """Nobody's doing: the next updates of a task or contact fail at one field and do the rest."""
        self._planfix.changes.refuse(kind, id, self._field_id(kind, field), error, times)

    @property
    def _planfix(self) -> Planfix:
        return self._sandbox.planfix

    def _employee(self, number: int) -> Employee:
        return self._planfix.store.employees[number]

    def _template(self, name: str, kind: str) -> int:
        templates = self._planfix.store.templates.values()
        found = next((one for one in templates if one.name == name and one.kind == kind), None)
        if found is None:
            raise LookupError(f"no {kind} template is called {name!r}")
        return found.id

    def _field(self, kind: str, name: str) -> CustomField | None:
        fields = self._planfix.store.custom_fields.values()
        return next((one for one in fields if one.kind == kind and name in (one.name, str(one.id))), None)

    def _field_id(self, kind: str, name: str) -> str:
        found = self._field(kind, name)
        return name if found is None else str(found.id)

    def _item(self, kind: str, name: str, value: Any) -> dict[str, Any]:
        found = self._field(kind, name)
        if found is None:
            raise LookupError(f"no {kind} field is called {name!r}")
        return {"field": {"id": found.id}, "value": value}

    def _create(self, kind: str, body: dict[str, Any], by: int, fields: dict[str, Any] | None) -> int:
        custom = [self._item(kind, name, value) for name, value in (fields or {}).items()]
        made, failures = self._planfix.changes.create(kind, {**body, "customFieldData": custom}, self._employee(by))
        if failures:
            raise ValueError(f"Planfix would refuse {failures}")
        return made.id

    def _update(self, thing: Thing, body: dict[str, Any], by: int) -> None:
        failures = self._planfix.changes.update(thing, body, self._employee(by))
        if failures:
            raise ValueError(f"Planfix would refuse {failures}")
