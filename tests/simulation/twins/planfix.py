"""A twin of Planfix: contacts, deals and tasks, listed late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bridge.model.decisions import AttachDocument, Capability, CreateContact, CreateDeal, CreateTask, WriteFields
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import ConnectorError, Retry
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.model.values import Plain, moment_text, parse_moment
from tests.simulation.twins.twin import LAG, Twin, briefly
from tests.simulation.world import Thing

_OVERLAP = timedelta(minutes=3)


class PlanfixTwin(Twin):
    """Contacts, deals and tasks. Lists show a change up to a minute late, a single thing is shown as it is."""

    name = "planfix"
    capabilities = frozenset({Capability.TASKS})
    sources = frozenset({"planfix.task", "planfix.contact"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        since = parse_moment(cursor) - _OVERLAP if cursor else datetime.min.replace(tzinfo=UTC)
        listed = [(thing, *shown) for thing in self.world.things.values() if (shown := thing.listed(at)) is not None]
        records = [self._record(thing, fields, changed, at) for thing, fields, changed in listed if changed > since]
        seen = dict.fromkeys(sorted(self.sources), at - LAG)
        return Page(Cursor(moment_text(at)), records, seen_up_to=seen)

    def one(self, ref: Ref) -> Record | None:
        thing = self.world.things.get((ref.kind, ref.id))
        if thing is None:
            return Record(ref, {}, self.now, deleted=True)
        return self._record(thing, thing.fields, thing.changed_at, self.now)

    def _record(self, thing: Thing, fields: Mapping[str, Plain], changed_at: datetime, at: datetime) -> Record:
        return Record(
            ref=Ref("planfix", "main", thing.kind, thing.id),
            fields={**fields, "created_at": moment_text(thing.created_at)},
            read_at=at,
            changed_at=changed_at,
            names=(Ref("planfix", "main", "contact", thing.contact),) if thing.contact else (),
            mark=thing.mark,
        )

    def apply(self, delivery: Delivery) -> Receipt:
        match delivery.decision:
            case CreateTask(title=title):
                todo = self.world.make("todo", {"name": title}, mark=delivery.id)
                self.world.did(delivery, f"todo {todo.id} {title}")
                return Receipt(self.now, Ref("planfix", "main", "todo", todo.id))
            case CreateContact(name=name):
                return self._born(delivery, "contact", name)
            case CreateDeal(name=name):
                return self._born(delivery, "task", name)
            case WriteFields(values=values):
                thing = self._target(delivery)
                if self.around.trouble_at("write_planfix", ("a person at the same moment",)):
                    self.around.beside(thing.id)
                written = [self.world.write(thing, name, value) for name, value in values.items()]
                if any(written):
                    self.world.did(delivery, f"{thing.kind} {thing.id} {briefly(delivery)}")
                return Receipt(self.now, Ref("planfix", "main", thing.kind, thing.id))
            case AttachDocument(file_name=name):
                thing = self._target(delivery)
                thing.files.append(name)
                self.world.did(delivery, f"task {thing.id} {name}")
                return Receipt(self.now, Ref("planfix", "main", "file", str(self.world.id())))
            case other:
                raise ConnectorError(self.name, f"cannot do {other.kind}", retry=Retry.PERMANENT)

    def find(self, delivery: Delivery) -> Receipt | None:
        match delivery.decision:
            case CreateTask() | CreateContact() | CreateDeal():
                for thing in self.world.things.values():
                    if thing.mark == delivery.id:
                        return Receipt(self.now, Ref("planfix", "main", thing.kind, thing.id), already=True)
                return None
            case WriteFields(values=values):
                thing = self._target(delivery)
                so = all(thing.fields.get(name) == value for name, value in values.items())
                return Receipt(self.now, Ref("planfix", "main", thing.kind, thing.id), already=True) if so else None
            case AttachDocument(file_name=name):
                thing = self._target(delivery)
                there = name in thing.files
                return Receipt(self.now, Ref("planfix", "main", "file", name), already=True) if there else None
            case _:
                return None

    def _born(self, delivery: Delivery, kind: str, name: str) -> Receipt:
        there = delivery.related.get(f"planfix.{kind}")
        if there is not None:
            return Receipt(self.now, there, already=True)
        contact = delivery.related.get("planfix.contact")
        thing = self.world.make(kind, {"name": name}, contact=contact.id if contact else "", mark=delivery.id)
        self.world.did(delivery, f"{kind} {thing.id} {name}")
        return Receipt(self.now, Ref("planfix", "main", kind, thing.id))

    def _target(self, delivery: Delivery) -> Thing:
        target = delivery.target
        thing = self.world.things.get((target.kind, target.id)) if target else None
        if thing is None:
            raise ConnectorError(self.name, "no such thing", retry=Retry.PERMANENT, code="404")
        return thing
