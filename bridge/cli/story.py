"""The story of `bridge demo --once`: one client from the first call to the start of work, in virtual days.

People act on the stand-ins, the bridge is ticked after each act, and everything that became real is told in one line
each.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from bridge.cli.errors import FINDINGS, GOOD
from bridge.cli.looking import called
from bridge.cli.output import counted, print_json, say, spoken
from bridge.cli.reasons import reason_in_words
from bridge.cli.sandbox import SandboxLink
from bridge.engine.clock import SetClock
from bridge.engine.engine import Engine
from bridge.model.decision_words import in_words
from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CreateCard,
    CreateTask,
    LabelCard,
    MakeDocument,
    MoveCard,
    PutChecklist,
    SendMessage,
    WriteFields,
)
from bridge.model.deliveries import State
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import worded
from bridge.store.rows import Row
from bridge.wiring.agency import Agency
from rules.calendar_trail import shown_day
from rules.telling import Teller, system_name

CLIENT, NAME = 510_000_001, "ТОВ «Ромашка»"
_BRIDGE, _CLIENT = worded("the bridge"), worded("the client")
_FILLS = {
    "contact": "fills in the contact: {names}",
    "task": "fills in the deal: {names}",
    "card": "fills in the card: {names}",
}
"""What is said of fields by the kind of their record."""
_ANSWERS = {
    "Назва компанії": NAME,
    "Сайт": "romashka.example",
    "Послуга": "Створення сайту",
    "Цільова аудиторія": "Невеликі кав’ярні, 25–45 років",
    "Побажання": "Тепло і без зайвого",
    "Телефон": "+380441234567",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline, in English, to be said in any language. `at` is ISO UTC."""

    at: str
    who: str
    where: str
    what: str


class Storyteller:
    """Lets people act and the bridge work, and keeps the timeline."""

    def __init__(
        self, link: SandboxLink, engine: Engine, clock: SetClock, agency: Agency, language: str, *, as_json: bool
    ) -> None:
        self.link = link
        self.engine = engine
        self.lines: list[Line] = []
        self.task = 0
        self.language = language
        self.as_json = as_json
        self._clock = clock
        self._agency = agency
        self._zone = ZoneInfo(agency.zone)
        self._told: set[str] = set()

    def at(self, text: str) -> None:
        """The clocks of the stand-ins and of the bridge move there; timers due on the way fire at their time."""
        target = datetime.fromisoformat(text).replace(tzinfo=self._zone)
        while (following := self.engine.next_moment()) is not None and self._clock.now() < following < target:
            self._move(following)
            self.tick()
        self._move(target)

    def person(self, who: str, where: str, what: str, act: str, **arguments: Any) -> Any:
        """Somebody does something."""
        self._add(Line(moment_text(self._clock.now()), who, where, what))
        return self.link.act(act, **arguments)

    def tick(self) -> None:
        """The bridge reads, plans and delivers, a few seconds after what happened."""
        self._move(self._clock.now() + timedelta(seconds=20))
        self.engine.tick()
        for row in reversed(self.engine.store.deliveries(limit=500)):
            if row.state in (State.CONFIRMED, State.DEAD, State.UNKNOWN) and row.id not in self._told:
                self._told.add(row.id)
                self._add(self._delivered(row))

    def read(self, chat: int) -> list[dict[str, Any]]:
        """The bot's messages in a chat, as the stand-in shows them."""
        return [message for message in self._messages(chat) if message["from"]["is_bot"]]

    def confirmed(self) -> list[Row]:
        """What became real, oldest first."""
        return list(reversed(self.engine.store.deliveries(states=[State.CONFIRMED], limit=500)))

    def troubles(self) -> list[Row]:
        """What did not."""
        return self.engine.store.deliveries(states=[State.DEAD, State.UNKNOWN, State.WAITING, State.CLAIMED])

    def _messages(self, chat: int) -> list[dict[str, Any]]:
        return list(self.link.get(f"chats/{chat}"))

    def _move(self, moment: datetime) -> None:
        if moment > self._clock.now():
            self.link.set_clock(moment)
            self._clock.set(moment)

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        if not self.as_json:
            at = parse_moment(line.at).astimezone(self._zone)
            who, where, what = (spoken(part, self.language) for part in (line.who, line.where, line.what))
            day = shown_day(at.date(), self.language).rpartition(".")[0]  # the year is the same all along
            what = what.replace("\n", "\n" + " " * 50)
            say(f"{day} {at:%H:%M}  {who:<12.12}  {where:<17.17}  {what}")

    def _delivered(self, row: Row) -> Line:
        at = row.receipt["at"] if row.receipt else moment_text(row.ended_at or self._clock.now())
        where, what = self._shown(row)
        if row.state is not State.CONFIRMED:
            reason = reason_in_words(row.reason, self.language)
            what = worded("[{state}: {reason}] {what}", state=called(row.state.value), reason=reason, what=what)
        return Line(str(at), _BRIDGE, where, what)

    def _shown(self, row: Row) -> tuple[str, str]:
        match row.decision:
            case SendMessage(to=to, text=text):
                return self._reader(to), unescape(re.sub(r"<[^>]+>", "", text))
            case CreateCard(list=name, name=title):
                return "Trello", worded("makes the card {card} in «{name}»", card=title, name=name)
            case MoveCard(list=name, back=back):
                words = "moves the card back to «{name}»" if back else "moves the card to «{name}»"
                return "Trello", worded(words, name=name)
            case CommentCard(text=text):
                return "Trello", worded("comments: {text}", text=text)
            case LabelCard(label=label, present=present):
                words = "puts on the label «{label}»" if present else "takes off the label «{label}»"
                return "Trello", worded(words, label=label)
            case PutChecklist(title=title, items=items):
                lines = counted(len(items), "line")
                return "Trello", worded("puts the checklist «{title}» on the card ({lines})", title=title, lines=lines)
            case WriteFields(record=record, values=values):
                system, _, kind = record.partition(".")
                return system.capitalize(), worded(_FILLS[kind], names=[self._titled(record, name) for name in values])
            case CreateTask(title=title, person=person):
                name = self._agency.people.name(person)
                return "Planfix", worded("gives {person} the task «{title}»", person=name, title=title)
            case MakeDocument(name=name, formats=formats):
                return worded("documents"), worded("makes «{name}» ({forms})", name=name, forms=list(formats))
            case AttachDocument(to=to, file_name=name):
                return to.capitalize(), worded("attaches {name}", name=name)
            case other:
                return system_name(row.connector), in_words(other, self._agency.people)

    def _titled(self, record: str, name: str) -> str:
        """What people call the field of a record that a fact is written to."""
        there = f"{record}.{name}"
        ruleset = self._agency.ruleset
        fact = next((key for key, spec in ruleset.fields.items() if there in (spec.source, *spec.write_to)), "")
        return worded("“{words}”", words=Teller(ruleset, self.language).title(fact)) if fact else name

    def _reader(self, to: str) -> str:
        if to == "client":
            return worded("Telegram: client")
        return worded("Telegram: team") if to == "staff-chat" else self._addressed(to.removeprefix("person:"))

    def _addressed(self, person: str) -> str:
        return f"Telegram: {self._agency.people.name(person)}"


def play(story: Storyteller) -> int:
    """Plays the whole story and checks how it ended; gives the exit code."""
    _lead(story)
    _handoff(story)
    _brief(story)
    _start(story)
    problems = _problems(story)
    if story.as_json:
        print_json({"timeline": [asdict(line) for line in story.lines], "problems": problems})
    else:
        say("")
        for problem in problems:
            say(worded("NOT AS IT SHOULD BE: {problem}", problem=problem), story.language)
        if not problems:
            effects = counted(len(story.confirmed()), "effect")
            words = "All is well: {effects}, each of them once. Play yourself: make demo"
            say(worded(words, effects=effects), story.language)
    return FINDINGS if problems else GOOD


def _lead(story: Storyteller) -> None:
    story.at("2026-11-30 10:00")
    contact = story.person(
        "Олена",
        "Planfix",
        worded("writes down a new client: {name}", name=NAME),
        "create_contact",
        title=NAME,
        phone="+380441234567",
    )
    story.task = story.person(
        "Олена",
        "Planfix",
        worded("opens the deal «{name}»", name="Сайт для Ромашки"),
        "create_task",
        title="Сайт для Ромашки",
        contact=contact,
    )
    story.tick()
    link = re.search(r"https://t\.me/\S+", _last_text(story, -4_001_000_001))
    story.at("2026-11-30 11:20")
    story.person(
        _CLIENT,
        "Telegram",
        worded("opens the one-time link from {person}", person="Олена"),
        "client_opens_link",
        chat=CLIENT,
        link=link[0] if link else "",
    )
    story.tick()


def _handoff(story: Storyteller) -> None:
    story.at("2026-12-02 12:00")
    first = worded("drags the card to «{name}»", name="Ініціалізація")
    story.person("Олена", "Trello", first, "drag_card", card=NAME, list="Ініціалізація")
    story.tick()
    story.at("2026-12-02 12:30")
    for field, value in (("Проєкт", "Сайт Ромашки"), ("Вид роботи", "site"), ("Сума", 30000)):
        story.person(
            "Олена",
            "Planfix",
            worded("fills in «{field}»: {value}", field=field, value=value),
            "set_planfix_field",
            task=story.task,
            field=field,
            value=value,
        )
    again = worded("drags the card to «{name}» again", name="Ініціалізація")
    story.person("Олена", "Trello", again, "drag_card", card=NAME, list="Ініціалізація")
    story.tick()


def _brief(story: Storyteller) -> None:
    story.at("2026-12-03 16:30")
    story.person(
        "Андрій",
        "Trello",
        worded("puts on the label «{label}»", label="Надіслати бриф"),
        "label_card",
        card=NAME,
        label="Надіслати бриф",
        by="andrii",
    )
    story.tick()
    story.at("2026-12-08 09:30")  # two working days pass in silence: the reminder goes out on the way
    story.tick()
    story.at("2026-12-08 12:00")
    story.person(
        _CLIENT,
        "Google Forms",
        worded("fills in the brief"),
        "fill_form",
        values={**_ANSWERS, "Код клієнта": _code(story)},
    )
    story.tick()


def _start(story: Storyteller) -> None:
    story.at("2026-12-08 15:00")
    story.person(
        "Андрій",
        "Trello",
        worded("drags the card to «{name}», too early", name="Виробництво"),
        "drag_card",
        card=NAME,
        list="Виробництво",
        by="andrii",
    )
    story.tick()
    story.at("2026-12-09 11:00")
    for line in _talk(story):
        story.person(
            "Андрій",
            "Trello",
            worded("has talked with the client, and ticks «{line}»", line=line),
            "tick_item",
            card=NAME,
            item=line,
            by="andrii",
        )
    story.person(
        "Андрій",
        "Planfix",
        worded("notes that the accesses are here"),
        "set_planfix_field",
        task=story.task,
        field="Доступи",
        value="received",
        by=2,
    )
    story.tick()
    story.at("2026-12-10 10:15")
    story.person(
        "Борис",
        "Planfix",
        worded("ticks «{line}»", line="Передоплата отримана"),
        "set_planfix_field",
        task=story.task,
        field="Передоплата отримана",
        value=True,
        by=5,
    )
    story.tick()
    story.at("2026-12-10 10:20")
    story.tick()


def _talk(story: Storyteller) -> tuple[str, ...]:
    """The lines that the bridge put on the card to be cleared in the talk."""
    return next((row.decision.items for row in story.confirmed() if isinstance(row.decision, PutChecklist)), ())


def _code(story: Storyteller) -> str:
    """The client's own code, out of the link he was sent."""
    for message in reversed(story.read(CLIENT)):
        for entity in message.get("entities", []):
            found = parse_qs(urlsplit(entity.get("url", "")).query)
            code = next((values[0] for name, values in found.items() if name.startswith("entry.")), "")
            if code:
                return code
    return ""


def _last_text(story: Storyteller, chat: int) -> str:
    messages = story.read(chat)
    return str(messages[-1].get("text", "")) if messages else ""


def _problems(story: Storyteller) -> list[str]:
    """What is not as the end of the story must look like."""
    rows = story.confirmed()
    sent = [row.decision.template for row in rows if isinstance(row.decision, SendMessage)]
    moved = [row.decision.list for row in rows if isinstance(row.decision, MoveCard) and not row.decision.back]
    files = [row for row in rows if isinstance(row.decision, AttachDocument)]
    lists = [row for row in rows if isinstance(row.decision, PutChecklist)]
    wanted = {
        worded("the client was greeted once"): sent.count("client.welcome") == 1,
        worded("the brief was asked for once"): sent.count("brief.ask") == 1,
        worded("the reminder went out once"): sent.count("brief.remind") == 1,
        worded("the talk's list came to the card once"): len(lists) == 1,
        worded("the brief hangs on the card"): len(files) >= 1,
        worded("the card came to production by itself, once"): moved == ["Виробництво"],
        worded("the client heard that work has begun"): sent.count("work.started") == 1,
        worded("nothing is dead, doubtful or left over"): not story.troubles(),
    }
    return [what for what, true in wanted.items() if not true]
