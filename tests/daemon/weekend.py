"""An agency's weekend while its bridge stood still: what fifty clients and the staff did, and what was read of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from bridge.model.decisions import Capability
from bridge.model.events import Actor, ActorKind
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Happening, Page, Record, Ref
from bridge.model.values import moment_text
from bridge.testing import FakeConnector

FRIDAY = datetime(2026, 12, 4, 15, 58, tzinfo=UTC)
"""Two minutes before the bridge stops."""
STOPS = datetime(2026, 12, 4, 16, tzinfo=UTC)
"""18:00 in Kyiv."""
MONDAY = datetime(2026, 12, 7, 6, 50, tzinfo=UTC)
"""08:50 in Kyiv: ten minutes before clients may be written to."""
STAFF_CHAT = -4001000001
STAFF = {"olena": 520000001, "andrii": 520000002, "iryna": 520000003, "maria": 520000004, "borys": 520000005}
RULES = """\
version: 1
templates:
  storm.news:
    uk: "Новини: {{ event.text }}"
    ru: "Новости: {{ event.text }}"
    en: "News: {{ event.text }}"
  storm.note:
    uk: "{{ client.name }}: {{ event.text }}"
    ru: "{{ client.name }}: {{ event.text }}"
    en: "{{ client.name }}: {{ event.text }}"
  storm.handed:
    buttons: [send-brief]
    uk: "{{ client.name }} передано у виробництво"
    ru: "{{ client.name }} передан в производство"
    en: "{{ client.name }} is in production"
  storm.step:
    uk: "Як Вам перший тиждень?"
    ru: "Как Вам первая неделя?"
    en: "How was the first week?"
rules:
  - {id: storm-news, when: {command: /новини}, per: deal, then: [{send: storm.news, to: client}]}
  - {id: storm-note, when: comment.added, per: deal, then: [{send: storm.note, to: staff-chat}]}
  - id: storm-paid
    when: {becomes: {deal.prepaid: true}}
    if: {client.service: [late, skip, ask]}
    per: deal
    then: [{send: storm.handed, to: staff-chat}]
  - {id: storm-wrote, when: message, per: client, then: [{send: storm.note, to: staff-chat}]}
"""
STEP = """\
  - id: storm-{word}
    when: {{bound: telegram}}
    if: {{client.service: {word}}}
    per: client
    catch_up: {word}
    steps: [{{id: ask, after: 20h, then: [{{send: storm.step, to: client}}]}}]
"""
STEPS = ("late", "skip", "ask")
"""What becomes of a step that was due on Saturday: the first fifteen clients take turns."""
OLENA = Actor(ActorKind.PERSON, "olena", "Олена")
ELSEWHERE = ("Ліди", "Договір", "Звіт та оплата", "Ініціалізація", "Виробництво")


def rules() -> str:
    """The rules file that is put beside the pack's own: it has much to say to clients and to the staff group."""
    return RULES + "".join(STEP.format(word=word) for word in STEPS)


@dataclass
class Weekend:
    """`events` things that happened to `clients` clients, each numbered in its text where it has one.

    `news` is what a client must read, by client and in order; `notes` what the staff group must, by whose it is and who
    said it.
    """

    clock: Clock
    clients: int
    events: int
    dice: Random = field(default_factory=lambda: Random(11))
    news: dict[int, list[str]] = field(default_factory=dict)
    notes: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._pages = count(1)
        self.trello = self._twin("trello", Capability.CARDS, "trello.card")
        self.planfix = self._twin("planfix", Capability.TASKS, "planfix.task", "planfix.contact")
        self.forms = self._twin("google_forms", Capability.FORMS, "google_forms.brief")

    def _twin(self, name: str, capability: Capability, *sources: str) -> FakeConnector:
        return FakeConnector(name, frozenset({capability}), self.clock, frozenset(sources))

    # -- before it ----------------------------------------------------------------------------------------------

    def opens(self) -> None:
        """What stands there on Friday: a contact, a deal and a card for each client, and one more that is quiet."""
        everybody = range(self.clients + 1)
        self.steps = {number: STEPS[number % len(STEPS)] for number in range(min(15, self.clients))}
        contacts = [
            self._record(
                self.contact(n), {"name": f"Клієнт {n}", "owner": "olena", "service": self.steps.get(n, "seo")}
            )
            for n in everybody
        ]
        deals = [
            self._record(self.task(n), {"name": f"Сайт {n}", "project": f"Сайт {n}", "prepaid": False}, self.contact(n))
            for n in everybody
        ]
        cards = [self._record(self.card(n), self._card(n, "Договір"), self.task(n)) for n in everybody]
        self._put(self.planfix, [*contacts, *deals])
        self._put(self.trello, cards)

    def contact(self, number: int) -> Ref:
        return Ref("planfix", "main", "contact", f"7{number:03}")

    def task(self, number: int) -> Ref:
        return Ref("planfix", "main", "task", f"8{number:03}")

    def card(self, number: int) -> Ref:
        return Ref("trello", "main", "card", f"c{number:03}")

    def _card(self, number: int, stands_in: str) -> dict[str, object]:
        return {"name": f"Клієнт {number}", "list": stands_in, "labels": [], "members": []}

    # -- meanwhile ----------------------------------------------------------------------------------------------

    def passes(self, tokens: Sequence[str]) -> None:
        """All that happened, in the pages that are read on Monday: the end of each comes again with the next one.

        What clients write is none of it: Telegram itself keeps that. `tokens` are the clients' codes of the form.
        """
        said: list[Happening] = []
        records: list[Record] = []
        for number in range(self.clients):
            said += self._on_the_card(number)
            records += [replace(self._living(self.planfix, self.task(number)), read_at=MONDAY)]
            records[-1] = replace(records[-1], fields={**records[-1].fields, "prepaid": True})
        self.planfix.living |= {one.ref: one for one in records}
        said.sort(key=lambda one: one.at)
        for start in range(0, len(said), 40):
            page = said[start : start + 40] + said[max(start - 10, 0) : start]
            self._put(self.trello, [], page, more=start + 40 < len(said))
        self._put(self.trello, list(self.trello.living.values()))
        self.dice.shuffle(records)
        self._put(self.planfix, records)
        answers = [self._answer(number, token) for number, token in enumerate(tokens[: self.clients])]
        self._put(self.forms, [*answers, *answers[:5]])

    def writings(self) -> list[tuple[datetime, int, str]]:
        """When which client writes what on Sunday: three times each, and Telegram keeps it for a day."""
        written = []
        for at, number in self._moments(timedelta(hours=23), 3):
            written.append((at, number, self.writes(number)))
        return written

    def writes(self, number: int) -> str:
        """The words of a client in the chat."""
        text = self._numbered("питання")
        self.notes.setdefault((number, "client"), []).append(text)
        return text

    def _on_the_card(self, number: int) -> Iterator[Happening]:
        """News for the client, notes of the staff, and the card back and forth."""
        each = self.events // self.clients
        kinds = ["news", "note"] * ((each - 7) // 2) + ["news"] * ((each - 7) % 2) + ["moved", "moved"]
        self.dice.shuffle(kinds)
        length = (MONDAY - STOPS).total_seconds() - 60
        moments = sorted(self.dice.uniform(0, length) for _ in kinds)
        for kind, seconds in zip(kinds, moments, strict=True):
            at = STOPS + timedelta(seconds=round(seconds))
            if kind == "moved":
                yield self.moved(number, self.dice.choice(ELSEWHERE[:3]), at)
            else:
                yield self.says(number, kind, at)

    def says(self, number: int, kind: str, at: datetime) -> Happening:
        """A colleague writes on a card: news for the client, or a note."""
        text = self._numbered(kind)
        if kind == "news":
            self.news.setdefault(number, []).append(text)
        else:
            self.notes.setdefault((number, "staff"), []).append(text)
        return self._on(number, "comment.added", at, {"text": f"/новини {text}" if kind == "news" else text})

    def moved(self, number: int, to: str, at: datetime) -> Happening:
        """A colleague drags a card."""
        living = self._living(self.trello, self.card(number))
        was = living.fields["list"]
        self.trello.living[living.ref] = replace(living, fields={**living.fields, "list": to})
        return self._on(number, "card.moved", at, {"from": was, "to": to})

    def read_now(self, *things: Happening) -> None:
        """The next page that is read of the board."""
        self._put(self.trello, [], things)

    def _on(self, number: int, kind: str, at: datetime, data: dict[str, object]) -> Happening:
        ref = Ref("trello", "main", "action", f"a{next(self._numbers):05}")
        return Happening(ref, kind, at, self.card(number), OLENA, data)  # type: ignore[arg-type]

    def _answer(self, number: int, token: str) -> Record:
        at = MONDAY - timedelta(hours=number % 50, minutes=number)
        fields = {
            "form": "brief",
            "revision": 1,
            "answered_at": moment_text(at),
            "answers": [{"question": "Побажання", "answer": "Сині двері"}],
            "values": {"client.wishes": "Сині двері"},
        }
        ref = Ref("google_forms", "main", "response", f"brief:{token}")
        return Record(ref, fields, MONDAY, token=token)  # type: ignore[arg-type]

    def _moments(self, before: timedelta, each: int) -> list[tuple[datetime, int]]:
        """So many moments for each client within a time before Monday, in order."""
        whose = [number for number in range(self.clients) for _ in range(each)]
        seconds = before.total_seconds()
        made = [(MONDAY - timedelta(seconds=round(self.dice.uniform(60, seconds))), number) for number in whose]
        return sorted(made)

    def _numbered(self, what: str) -> str:
        return f"{what} №{next(self._numbers)}."

    def _record(self, ref: Ref, fields: dict[str, object], *names: Ref) -> Record:
        return Record(ref, fields, self.clock.now(), names=names)  # type: ignore[arg-type]

    def _living(self, twin: FakeConnector, ref: Ref) -> Record:
        return twin.living[ref]

    def _put(
        self, twin: FakeConnector, records: Sequence[Record], said: Sequence[Happening] = (), *, more: bool = False
    ) -> None:
        twin.living |= {one.ref: one for one in records if one.ref.kind != "response"}
        seen = {} if more else dict.fromkeys(twin.sources, self.clock.now())
        cursor = Cursor(str(next(self._pages)))
        twin.pages.append(Page(cursor, list(records), list(said), seen_up_to=seen, more=more))


def chat_of(number: int) -> int:
    """The private chat of a client."""
    return 900_000_000 + number
