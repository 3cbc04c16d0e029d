"""Monday after a stopped weekend: a thousand events of fifty clients are read at once, and told in Telegram."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl

from structlog.testing import capture_logs
from urllib3 import HTTPResponse

from bridge.engine.context import Context, FormLink
from bridge.engine.engine import Engine
from bridge.model.decisions import Capability, MakeDocument
from bridge.model.deliveries import Delivery, Receipt, State, StoredFile
from bridge.model.protocols import Connector
from bridge.testing import FakeConnector
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import in_charge
from bridge.wiring.chat_links import ChatLinks
from connectors.http import TokenBuckets
from connectors.telegram import LIMITS, TelegramConnector, TelegramMapping, TelegramSettings
from rules.plan import Office
from sandbox import Sandbox
from sandbox.journal import Call, pairs
from sandbox.limits import TelegramLimits
from sandbox.telegram import TOKEN, Chat, Message, User
from tests.daemon import monday_checks as checks
from tests.daemon.storms import Storm
from tests.daemon.weekend import FRIDAY, MONDAY, STAFF, STAFF_CHAT, STOPS, Weekend, chat_of, rules
from tests.simulation.twins.documents import document_key
from tests.sync.wire import HOST, Asked, Wire, connected, reply

PACK = Path(__file__).parents[2] / "config"
ANSWERED_IN = 0.15
TOO_MUCH = "messages: 1000 in 10m"
SETTLED = timedelta(minutes=27)
"""So long people act on Monday; afterwards nothing is polled any more."""
ENDS = timedelta(days=2)


@dataclass
class Maker(FakeConnector):
    """Makes documents of a few bytes: pictures of real ones would take the storm's whole time."""

    def push(self, delivery: Delivery) -> Receipt:
        """The files that were asked for."""
        receipt, decision = super().push(delivery), delivery.decision
        assert isinstance(decision, MakeDocument)
        files = [StoredFile(f"{decision.name}.{form}", "x", form.encode()) for form in decision.formats]
        return replace(receipt, files=tuple(files))


@cache
def agency(messages: str) -> Agency:
    """The default pack, and beside it the rules of the storm. `messages` is how many of a rule are too much at once."""
    with tempfile.TemporaryDirectory(prefix="storm-") as name:
        folder = Path(shutil.copytree(PACK, Path(name) / "config"))
        shared = folder / "rules" / "00-agency.yaml"
        usual = shared.read_text(encoding="utf-8")
        assert TOO_MUCH in usual
        shared.write_text(usual.replace(TOO_MUCH, messages), encoding="utf-8")
        (folder / "rules" / "60-storm.yaml").write_text(rules(), encoding="utf-8")
        made, findings = load_agency(folder)
    assert made is not None, "\n".join(map(str, findings))
    return made


class MondayStorm(Storm):
    """A week-end of `events` for `clients` clients comes in on Monday at nine; ends when nothing is left to be done.

    Cards, deals and answers come from twins; chats go by the real connector to the stand-in, with Telegram's limits.
    """

    name = "telegram"
    begin = FRIDAY
    polled_every = 2.0
    clients, events = 50, 1000
    too_much = TOO_MUCH

    def connected(self) -> Connector:
        self.agency = agency(self.too_much)
        self.weekend = Weekend(self.clock, self.clients, self.events)
        self.acted: list[tuple[str, str, int, float]] = []
        """What a person did on Monday: the words in it, the chat in which they are awaited, and when, in seconds."""
        self.sandbox = Sandbox(world="empty", start=FRIDAY)
        self.sandbox.journal.keep_answers = 0
        chats = self.sandbox.telegram.chats
        staff = {user: key for key, user in STAFF.items()}
        for user, key in staff.items():
            chats.add_user(User(user, key), started=True)
        chats.add_group(Chat(STAFF_CHAT, "group", title="Команда"), dict.fromkeys(staff, "member"))
        for number in range(self.clients + 1):
            chats.add_user(User(chat_of(number), f"Клієнт {number}"))
        self._limits, self._on_the_way = TelegramLimits(clock=self.time.now), Random(1)
        wire = Wire(self.sandbox)
        wire.before, wire.after = self._arrives, lambda *_both: self.time.sleep(ANSWERED_IN)
        pace = TokenBuckets(LIMITS, now=self.time.now, sleep=self.time.sleep)
        settings = TelegramSettings(TOKEN, f"{HOST}/telegram")
        people: dict[int | str, str] = dict(staff.items())
        mapping = TelegramMapping(people, STAFF, STAFF_CHAT)
        made = TelegramConnector(settings, mapping, self.clock, pace)
        connected(made._bot._sending._session, wire)
        made._bot._requests = (made._bot._sending, made._bot._sending)  # type: ignore[assignment] # what it reads, too
        return made

    def assembled(self) -> Engine:
        assert isinstance(self.connector, TelegramConnector)
        week = self.weekend
        maker = Maker("documents", frozenset({Capability.DOCUMENTS}), self.clock)
        connectors = {one.name: one for one in (week.trello, week.planfix, week.forms, maker, self.connector)}
        links = ChatLinks(self.connector, self.store, self.time.now)
        context = Context(
            ruleset=self.agency.ruleset,
            office=Office(self.agency.people, document_key),
            in_charge=in_charge(connectors),
            forms={
                "brief": FormLink("brief", {"uk": "Бриф", "ru": "Бриф", "en": "Brief"}, lambda code: f"{HOST}/{code}")
            },
            chat_link=links,
            make_ready=links.make_ready,
            staff_chat=str(STAFF_CHAT),
        )
        return Engine(self.store, connectors, context, self.clock)

    def blow(self) -> None:
        with capture_logs():
            self.time.live(self._friday)
            self.time.live(self._rounds, self._polls)
            self.time.live(self._weekend)
            self.time.live(self._rounds, self._polls, self._monday)
        self.connector.close()

    # -- phases -------------------------------------------------------------------------------------------------

    def _friday(self) -> None:
        self.weekend.opens()
        for name in ("planfix", "trello", "google_forms", "telegram"):
            self.engine.pull(name)
        self.engine.plan_due()
        self.lasts = (STOPS - FRIDAY).total_seconds()
        self.codes = {
            purpose: [self._code(n, purpose) for n in range(self.clients + 1)] for purpose in ("start", "brief")
        }
        for number, code in enumerate(self.codes["start"]):
            self.sandbox.telegram.chats.person_sends(chat_of(number), f"/start {code}")

    def _code(self, number: int, purpose: str) -> str:
        with self.store.intake(self.clock.now()) as intake:
            deal = intake.local(self.weekend.task(number))
            tokens = intake.client_state(intake.client_of(deal)).tokens
        return next(code for (_subject, named), code in tokens.items() if named == purpose)

    def _weekend(self) -> None:
        self.weekend.passes(self.codes["brief"])
        for at, number, text in self.weekend.writings():
            self._until(at)
            self.sandbox.telegram.chats.person_sends(chat_of(number), text)
        self._until(MONDAY)
        self.before = [word for words in self.weekend.notes.values() for word in words]
        self.lasts = self.time.now() + ENDS.total_seconds()
        self.engine.take_up()

    def _until(self, moment: datetime) -> None:
        self.time.sleep(max((moment - self.clock.now()).total_seconds(), 0.0))
        self.sandbox.clock.set(self.clock.now())

    def _monday(self) -> None:
        """From 09:05 on people act as on any morning. One client is told more than anybody may be on a day."""
        busy, quiet = 1, self.clients
        self._until(MONDAY + timedelta(minutes=15))
        for turn in range(10):
            other = turn % self.clients
            words = self.weekend.writes(other)
            self._acted("client to manager", words, STAFF["olena"])
            self._acted("client to group", words, STAFF_CHAT)
            self.sandbox.telegram.chats.person_sends(chat_of(other), words)
            self.time.sleep(20)
            said = [
                self.weekend.says(busy, "news", self.clock.now()),
                self.weekend.says(other, "note", self.clock.now()),
            ]
            self._acted("note to group", self.weekend.notes[other, "staff"][-1], STAFF_CHAT)
            if turn == 0:
                said.append(self.weekend.says(quiet, "news", self.clock.now()))
                self._acted("news to client", self.weekend.news[quiet][-1], chat_of(quiet))
            self.weekend.read_now(*said)
            self.time.sleep(40)

        self._lets_go()

    def _lets_go(self) -> None:
        """Whoever is asked whether it is too much has all of it sent."""
        self.held = len(self.store.deliveries(states=[State.HELD], limit=100_000))
        for person in STAFF.values():
            for message in self.said_in(person):
                if "flood-send" in str(message.markup):
                    button = message.markup["inline_keyboard"][0][0]["callback_data"]  # type: ignore[index]
                    self.sandbox.telegram.chats.person_presses(person, message.id, button)

    def _acted(self, what: str, words: str, chat: int) -> None:
        self.acted.append((what, words, chat, self.time.now()))

    # -- beside -------------------------------------------------------------------------------------------------

    def _polls(self) -> None:
        until = self.time.now() + min(self.lasts - self.time.now(), SETTLED.total_seconds())
        turn = 0
        while self.time.now() < until:
            self.daemon.read("telegram")
            if turn % 5 == 0:
                for name in ("planfix", "trello", "google_forms"):
                    self.daemon.read(name)
            turn += 1
            self.time.sleep(self.polled_every)

    def _rounds(self) -> None:
        """As the daemon's own loop; when nobody polls any more it sleeps until something is due."""
        begun = worked = self.time.now()
        while not self.over:
            if self.daemon._wake.is_set() or self.time.now() >= worked + 1:
                self.daemon._wake.clear()
                worked = self.time.now()
                self.daemon.work()
            idle = self.time.now() > begun + SETTLED.total_seconds() and not any(self.daemon._busy.values())
            following = self.engine.next_moment() if idle and not self.daemon._wake.is_set() else None
            if idle and following is None and not self.daemon._wake.is_set():
                return
            wait = (following - self.clock.now()).total_seconds() if following else 0.25
            self.time.sleep(min(max(wait, 0.25), max(self.lasts - self.time.now(), 0.25)))

    def _arrives(self, asked: Asked) -> HTTPResponse | None:
        """Requests count when they arrive, a moment after they are sent."""
        self.time.sleep(self._on_the_way.uniform(0.02, 0.15))
        self.sandbox.clock.set(self.clock.now())
        self.calls += 1
        body = pairs(parse_qsl(asked.body.decode())) if asked.body else {}
        if self._limits.take(Call("telegram", asked.method, asked.path, {}, {}, body)) is None:
            return None
        self.rejected += 1
        return reply(
            429, b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}'
        )

    def said_in(self, chat: int) -> list[Message]:
        """What the bot has said in a chat, in order."""
        found = self.sandbox.telegram.chats.chats[chat].messages.values()
        return [message for message in found if message.sender.is_bot]

    def told(self) -> str:
        longest = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in checks.waits(self).items())
        words = sum(map(len, (*self.weekend.news.values(), *self.weekend.notes.values())))
        most = max(len(self.said_in(chat_of(number))) for number in range(self.clients))
        return (
            f"monday: {self.events} events of {self.clients} clients, {self.calls} requests, {self.rejected} refused; "
            f"{words} words to be read, {len(checks.not_told(self))} lost or twice, "
            f"{len(checks.disordered(self))} out of order, {len(checks.unsettled(self))} unsettled; "
            f"over the cap {len(checks.over_cap(self))}, out of hours {len(checks.out_of_hours(self))}, "
            f"the most that a client got in the four days {most}; "
            f"the group had read all after {checks.group_lag(self):.0f} s in {len(self.said_in(STAFF_CHAT))} messages; "
            f"acts of people, the longest waits: {longest}"
        )
