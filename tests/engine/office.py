"""A small agency at work in a test: twins of three systems, a few facts and texts, and one way to say what happened."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar

import sqlalchemy as sa

from bridge.engine.context import Context, FormLink
from bridge.engine.engine import Engine
from bridge.engine.outbox import Outbox
from bridge.engine.routing import connector_of, lane_of
from bridge.model.decisions import Capability, Decision, SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Actor, ActorKind, Cause, Event
from bridge.model.people import Directory, Person
from bridge.model.planning import Wanted
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import Plain, moment_text
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.rows import Row
from bridge.testing import FakeClock, FakeConnector, MemoryStore
from bridge.wiring.agency import FREE_NAMES
from rules.load import Context as Outside
from rules.load import load_rules
from rules.plan import Office as Staff

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday, 14:00 in Kyiv
NIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
MORNING = datetime(2026, 12, 2, 7, tzinfo=UTC)  # 09:00 in Kyiv
OLENA = Actor(ActorKind.PERSON, "olena", "Олена")
GUEST = Actor(ActorKind.CLIENT, "501", "Гість")

RULES = """\
version: 1
defaults: {language: uk, calendar: office}
calendars:
  office: {zone: Europe/Kyiv, week: {mon-fri: "09:00-18:00"}}
roles:
  client: {uk: клієнт, ru: клиент, en: client}
  pm: {uk: РМ, ru: РМ, en: PM}
  manager: {uk: менеджер, ru: менеджер, en: manager}
fields:
  client.name: {type: text, from: planfix.contact.name}
  client.chat: {type: text, from: telegram.chat.id}
  deal.site: {type: text, from: planfix.task.site, write_to: [planfix.task.site]}
  deal.prepaid: {type: flag, from: planfix.task.prepaid}
  card.list: {type: text, from: trello.card.list}
  card.labels: {type: set, of: [VIP], from: trello.card.labels}
buttons:
  again: {uk: Ще раз, ru: Ещё раз, en: Send again}
  retry: {uk: Спробувати, ru: Попробовать, en: Try again}
  arrived: {uk: Дійшло, ru: Дошло, en: It arrived}
  go: {uk: Виконати, ru: Выполнить, en: Do it}
  skip: {uk: Пропустити, ru: Пропустить, en: Leave it out}
  theirs-decides: {uk: Погоджує, ru: Утверждает, en: Decides}
  theirs-pays: {uk: Платить, ru: Платит, en: Pays}
  theirs-answers: {uk: Відповідає, ru: Отвечает, en: Answers}
  theirs-reads: {uk: Читає, ru: Читает, en: Reads}
  not-theirs: {uk: Ні, ru: Нет, en: "No"}
  language-uk: {uk: Українська, ru: Українська, en: Українська}
  language-ru: {uk: Русский, ru: Русский, en: Русский}
  language-en: {uk: English, ru: English, en: English}
  pair-bind: {uk: Так, ru: Да, en: "Yes"}
  pair-apart: {uk: Окремо, ru: Отдельно, en: Apart}
  flood-send: {uk: Надіслати, ru: Отправить, en: Send}
  flood-drop: {uk: Відкинути, ru: Отбросить, en: Drop}
  flood-stop: {uk: Зупинити, ru: Остановить, en: Stop}
templates:
  hello: {uk: "Вітаємо, {{ client.name }}", ru: "Здравствуйте, {{ client.name }}", en: "Hello, {{ client.name }}"}
  thanks:
    asserts: {deal.prepaid: true}
    otherwise: hello
    uk: Дякуємо за оплату
    ru: Спасибо за оплату
    en: Thank you for the payment
  sum: {allows: [commercial], uk: Рахунок, ru: Счёт, en: Invoice}
  paid: {asserts: {deal.prepaid: true}, uk: Оплату отримано, ru: Оплата получена, en: The payment is here}
"""
SYSTEM = {
    "system.unknown_delivery": "unknown {{ delivery.id }}{% if delivery.days %}, {{ delivery.days }} d{% endif %}",
    "system.outdated": "outdated {{ delivery.text }} {{ delivery.reason }}",
    "system.dead_delivery": "dead {{ delivery.text }} {{ delivery.reason }}",
    "system.written_in_part": "not all of {{ delivery.to }}: {{ delivery.reason }}",
    "system.undelivered_staff": "not reached {{ delivery.text }}",
    "system.no_channel": "no chat {{ delivery.text }}",
    "system.no_mailbox": "no mailbox {{ message.mail }} {{ delivery.text }}",
    "system.chat_blocked": "blocked {{ client.name }}, now {{ message.mail }}",
    "system.chat_back": "back {{ client.name }}",
    "system.inbox_unmatched": "unmatched {{ inbox.form }}: {{ bridge.command }} inbox bind {{ inbox.id }}",
    "system.gone": (
        "{{ source.kind }} gone from {{ source.name }}{% if source.left %}, left{% endif %}"
        "{% if client.name and client.name != 'Ромашка' %} of {{ client.name }}{% endif %}"
        "{% if source.task %}, was for {{ source.task }}{% endif %}"
        "{% if message.by %} by {{ message.by }}{% endif %}"
    ),
    "system.renamed": "{{ source.called }} is now {{ source.now }} by {{ message.by }}",
    "system.paired": "{{ inbox.name }} is {{ client.name }} by {{ inbox.by }}",
    "system.inbox_pair": "{{ inbox.name }} by {{ inbox.by }} may be {{ inbox.maybe }}",
    "system.start_taken": "taken by {{ message.by }}",
    "system.start_visit": "who is {{ message.by }} of {{ client.name }}",
    "system.start_expired": "expired for {{ message.by }}, now {{ message.link }}",
    "system.visitor_wrote": "{{ message.by }} wrote {{ message.text }}",
    "system.blind": "blind {{ source.name }}",
    "system.missed_step": "missed {{ timer.rule }}",
    "system.flood_rule": "flood of {{ flood.name }} over {{ flood.count }} in {{ flood.minutes }}",
    "system.flood_client": "flood about {{ client.name }} over {{ flood.count }} in {{ flood.minutes }}",
    "system.called_off": "not sent {{ delivery.text }}",
    "system.untrue": "not true {{ delivery.text }}",
    "system.decided_already": "settled {{ message.text }}",
    "system.unheard": "unheard {{ source.name }}",
    "system.file_kept": "share with {{ file.share_with }}",
    "client.unknown_link": "unknown link",
    "client.expired_link": "expired link",
    "client.link_waits": "link waits",
    "client.joined": "joined",
    "client.stopped": "stopped",
    "client.resumed": "resumed",
    "client.language_ask": "which language",
    "client.help": "what there is",
    "client.stranger": "who are you",
    "client.password_of_visitor": "delete it, whoever you are",
    "client.language_chosen": "language chosen",
    "system.chat_stopped": "silence for {{ message.by }}{% if message.next %}, now {{ message.next }}{% endif %}",
    "system.chat_resumed": "messages for {{ message.by }} again",
    "client.password_seen": "delete it please {{ message.link }}",
    "client.not_deciding": "not deciding",
    "client.already_bound": "already bound",
}
REMIND = """\
rules:
  - id: remind
    when: {label.added: VIP}
    unless: {deal.prepaid: true}
    per: deal
    then: [{send: hello, to: client}]
"""


OTHERS = """\
rules:
  - {id: rule, when: {command: /правило}, per: deal, then: [{send: hello, to: pm}]}
"""


def texts_of_the_system() -> str:
    lines = ["templates:"]
    for name, text in SYSTEM.items():
        buttons = {
            "system.unknown_delivery": ", buttons: [again, arrived]",
            "system.dead_delivery": ", buttons: [retry]",
            "system.missed_step": ", buttons: [go, skip]",
            "client.language_ask": ", buttons: [language-uk, language-ru, language-en]",
            "system.start_visit": ", buttons: [theirs-decides, theirs-pays, theirs-answers, theirs-reads, not-theirs]",
            "system.inbox_pair": ", buttons: [pair-bind, pair-apart]",
            "system.flood_rule": ", buttons: [flood-send, flood-drop, flood-stop]",
            "system.flood_client": ", buttons: [flood-send, flood-drop, flood-stop]",
        }
        button = buttons.get(name, "")
        lines.append(f'  {name}: {{uk: "{text}", ru: "{text}", en: "{text}"{button}}}')
    return "\n".join(lines)


def loaded_rules(rules: str) -> Any:
    texts = [RULES, texts_of_the_system(), OTHERS, rules]
    loaded = load_rules(
        [(f"{place}.yaml", text.encode()) for place, text in enumerate(texts)], Outside(names=FREE_NAMES)
    )
    assert loaded.ruleset is not None, "\n".join(map(str, loaded.findings))
    return loaded.ruleset


_RULESET = loaded_rules(REMIND)


def agency(ruleset: Any = None) -> Context:
    staff = {
        "olena": Person("olena", "Олена", ("manager",)),
        "andrii": Person("andrii", "Андрій", ("pm",)),
    }
    return Context(
        ruleset=ruleset or _RULESET,
        office=Staff(directory=Directory(staff)),
        in_charge={
            Capability.CARDS: "trello",
            Capability.TASKS: "planfix",
            Capability.CHAT: "telegram",
            Capability.DOCUMENTS: "documents",
        },
        forms={"brief": FormLink("brief", {"uk": "Бриф"}, lambda token: f"https://forms.test/{token}")},
        chat_link=lambda token: f"https://t.test/{token}",
    )


class Desk:
    """Everything in one hand. `take` stores what a system tells; `want` asks for an effect; `deliver` carries out."""

    _ready: ClassVar[dict[str, tuple[bytes, str, str]]] = {}  # a client of NOON under some rules, made once

    def __init__(self, now: datetime = NOON, context: Context | None = None) -> None:
        self.clock = FakeClock(now)
        self.store = MemoryStore()
        self.context = context or agency()
        self.trello = self._twin("trello", Capability.CARDS, "trello.card")
        self.planfix = self._twin("planfix", Capability.TASKS, "planfix.task", "planfix.contact")
        self.telegram = self._twin("telegram", Capability.CHAT, "telegram.chat")
        self.forms = self._twin("google_forms", Capability.FORMS, "google_forms.brief")
        self.documents = self._twin("documents", Capability.DOCUMENTS)
        self.letters = self._twin("email", Capability.LETTERS)
        twins = (self.trello, self.planfix, self.telegram, self.forms, self.documents, self.letters)
        connectors = {twin.name: twin for twin in twins}
        self.engine = Engine(self.store, connectors, self.context, self.clock)
        self.outbox = Outbox(self.store, connectors, self.clock, Random(1))
        self.engine.outbox = self.outbox
        self._page = 0

    def _twin(self, name: str, capability: Capability, *sources: str) -> FakeConnector:
        return FakeConnector(name, frozenset({capability}), self.clock, frozenset(sources))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def wait(self, **length: float) -> Desk:
        self.clock.advance(timedelta(**length))
        return self

    # -- taking in ----------------------------------------------------------------------------------------------

    def take(self, *things: Record | Happening, first: bool = False, **page: Any) -> int:
        """One page with these things, of the system the first of them is from. Gives how many events it made."""
        name = page.pop("source", things[0].ref.system if things else "trello")
        self._page += 1
        records = [thing for thing in things if isinstance(thing, Record)]
        happenings = [thing for thing in things if isinstance(thing, Happening)]
        page.setdefault("cursor", Cursor(str(self._page)))
        return self.engine.take_in(name, Page(records=records, happenings=happenings, **page), first=first).events

    def card(self, id: str = "c1", **fields: Any) -> Record:
        return self._record(Ref("trello", "main", "card", id), fields, {"name": "Ромашка", "list": "Лід"})

    def task(self, id: str = "t1", **fields: Any) -> Record:
        return self._record(Ref("planfix", "main", "task", id), fields, {"name": "Сайт"})

    def contact(self, id: str = "7", **fields: Any) -> Record:
        return self._record(Ref("planfix", "main", "contact", id), fields, {"name": "Ромашка"})

    def response(self, id: str = "1", token: str = "", revision: int = 1, **answers: str) -> Record:
        fields: dict[str, Any] = {
            "form": "brief",
            "revision": revision,
            "answered_at": moment_text(self.now),
            "answers": answers,
            "values": {},
        }
        ref = Ref("google_forms", "main", "response", id)
        return Record(ref, fields, self.now, token=token, names=())

    def _record(self, ref: Ref, given: dict[str, Any], usual: dict[str, Plain]) -> Record:
        apart = {name: given.pop(name) for name in ("names", "mark", "url", "deleted", "token") if name in given}
        return Record(ref, {**usual, **given}, self.now, **apart)

    def moved(self, to: str, id: str, card: str = "c1", at: datetime | None = None) -> Happening:
        about = Ref("trello", "main", "card", card)
        ref = Ref("trello", "main", "action", id)
        return Happening(ref, "card.moved", at or self.now, about, OLENA, {"to": to})

    def comment(self, text: str, id: str = "a1", actor: Actor = OLENA, mark: str = "") -> Happening:
        about = Ref("trello", "main", "card", "c1")
        return Happening(
            Ref("trello", "main", "action", id), "comment.added", self.now, about, actor, {"text": text}, mark
        )

    def update(self, kind: str, id: str, chat: str = "501", actor: Actor = GUEST, **data: Any) -> Happening:
        about = Ref("telegram", "bot", "chat", chat)
        data = {"chat": chat, "name": actor.name, **data}
        return Happening(Ref("telegram", "bot", "update", id), kind, self.now, about, actor, data)

    # -- a client with everything -----------------------------------------------------------------------------------

    def client(self) -> tuple[str, str]:
        """A client with a contact, a task, a card and a chat, nothing of which is left to be planned."""
        if self._page or self.now != NOON or type(self) is not Desk:
            return self._new_client()
        if self.context.ruleset.hash not in Desk._ready:
            client, deal = self._new_client()
            Desk._ready[self.context.ruleset.hash] = self.store.content(), client, deal
        content, client, deal = Desk._ready[self.context.ruleset.hash]
        self.store.restore(content)
        self._page = 2
        return client, deal

    def _new_client(self) -> tuple[str, str]:
        task, contact = Ref("planfix", "main", "task", "t1"), Ref("planfix", "main", "contact", "7")
        self.take(self.contact(), self.task(names=(contact,), prepaid=False, site="a.test"))
        self.take(self.card(names=(task,), labels=[]))
        deal = self.local(task)
        with self.store.intake(self.now) as intake:
            client = intake.client_of(deal)
            intake.bind(Ref("telegram", "bot", "chat", "501"), client, "test")
        self.planned()
        return client, deal

    def planned(self) -> None:
        """All events so far have been planned; only what comes now counts."""
        self.engine.plan_due()

    def local(self, ref: Ref) -> str:
        with self.store.intake(self.now) as intake:
            return intake.local(ref)

    def token(self, subject: str, purpose: str) -> str:
        with self.store.intake(self.now) as intake:
            found = intake.client_state(intake.client_of(subject)).tokens
        return found[(subject, purpose)]

    # -- looking ------------------------------------------------------------------------------------------------

    @property
    def events(self) -> list[Event]:
        return self.store.events_since(0)

    def kinds(self, *wanted: str) -> list[str]:
        """The kinds of all events so far, in order; of those wanted only, when any are named."""
        return [event.kind for event in self.events if not wanted or event.kind in wanted]

    def woken(self) -> list[str]:
        """Kinds of events that wait to be planned."""
        query = sa.select(t.events.c.kind).where(t.events.c.state == "new").order_by(t.events.c.sequence)
        with reading(self.store._engine) as connection:
            return list(connection.execute(query).scalars())

    def told(self) -> list[str]:
        """What the bridge wants to say by itself, as (to: text), oldest first."""
        rows = reversed(self.store.deliveries())
        return [
            f"{row.decision.to}: {row.decision.text}"
            for row in rows
            if isinstance(row.decision, SendMessage) and row.cause.rule.startswith(("system.", "client."))
        ]

    # -- wanting and delivering -----------------------------------------------------------------------------------

    def want(self, decision: Decision, subject: str, key: str = "k1", **more: Any) -> str:
        """An effect in the outbox. Gives its id."""
        wanted = Wanted(key, decision, subject, Cause("rule", "", "event"), **more)
        with self.store.intake(self.now) as intake:
            client = intake.client_of(subject)
            intake.want(
                wanted, client=client, connector=connector_of(wanted, self.context), lane=lane_of(wanted, client)
            )
        return self.store.deliveries()[0].id

    def deliver(self) -> list[Row]:
        """Attempts everything due, tells trouble, and gives the rows tried."""
        rows = self.outbox.claim(self.context)
        for row in rows:
            self.outbox.deliver(row, self.context)
        return rows

    def row(self, delivery: str) -> Row:
        return self.store.deliveries(delivery=delivery)[0]

    def state(self, delivery: str) -> State:
        return self.row(delivery).state

    def crash_between_intend_and_settle(self) -> None:
        """The process dies in the middle of a call; the next one finds the lease run out."""

        def die(_delivery: object) -> None:
            raise KeyboardInterrupt

        twins: Sequence[Any] = list(self.engine.connectors.values())
        for twin in twins:
            twin.before = die
        with contextlib.suppress(KeyboardInterrupt):
            self.deliver()
        for twin in twins:
            twin.before = lambda _delivery: None
        self.clock.advance(self.context.lease)
