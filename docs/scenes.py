"""What the pictures show: messages of the default pack, sent by the bridge itself into the stand-ins."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.cli.demo import Unhurried, demo_settings
from bridge.cli.sandbox import SandboxLink
from bridge.engine.alarms import Alarm, AlarmKind
from bridge.engine.clock import CLOCK_KEY, SetClock
from bridge.engine.engine import Engine
from bridge.engine.routing import connector_of, lane_of
from bridge.engine.snapshots import snapshot_of
from bridge.engine.telling import Teller
from bridge.model.decisions import STAFF_CHAT, SendMessage
from bridge.model.deliveries import State
from bridge.model.events import Cause
from bridge.model.floods import Flood, Whose
from bridge.model.planning import Wanted
from bridge.model.values import Plain, moment_text
from bridge.store.alarms import AlarmRow
from bridge.store.rows import ClientState, Row
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import assemble, closing
from bridge.wiring.settings import Settings
from rules.facts import Facts
from rules.speaking import Said, buttons_of, say
from sandbox import Running, Sandbox
from sandbox.world import CLIENT

ROOT = Path(__file__).parents[1]
LANGUAGES = ("uk", "ru", "en")
START = datetime(2026, 11, 30, 10, 0, tzinfo=ZoneInfo("Europe/Kyiv"))
ADMIN = "andrii"
"""Who looks after the bridge in the default pack: nobody is called admin there, so the РМ."""
_WEEK = ROOT / "docs" / "how-to" / "weekly-report.md"
_YAML = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


class Stage:
    """The demo's agency at work in one language, with its bridge in this process. It is Monday, ten o'clock."""

    def __init__(
        self,
        sandbox: Sandbox,
        engine: Engine,
        clock: SetClock,
        settings: Settings,
        agency: Agency,
        language: str,
        name: str,
    ) -> None:
        self.sandbox = sandbox
        self.people = sandbox.people
        self.environment = {
            "BRIDGE_CONFIG_DIR": str(settings.config_dir),
            "BRIDGE_DATABASE_URL": settings.database_url,
        }
        """What a command needs to look at the same agency."""
        self.name = name
        self.language = language
        self._engine = engine
        self._clock = clock
        self._agency = agency
        self._said = 0

    def text(self, uk: str, ru: str, en: str) -> str:
        """The words of this language."""
        return {"uk": uk, "ru": ru, "en": en}[self.language]

    def pass_time(self, **length: float) -> None:
        """Both clocks move on."""
        now = self._clock.now() + timedelta(**length)
        self.sandbox.clock.set(now)
        self._clock.set(now)

    def work(self, **length: float) -> None:
        """The bridge reads, plans and delivers after so long, until nothing is left to be done."""
        self.pass_time(**(length or {"seconds": 20}))
        for _ in range(3):
            self._engine.tick()
        self._engine.store.remember(CLOCK_KEY, moment_text(self.now))  # as a bridge that runs notes it

    def begin_a_deal(self) -> None:
        """A deal is made in Planfix, and the bridge makes its card."""
        contact = self.people.create_contact(self.name, phone="+380441234567")
        fields = {"Проєкт": "Сайт", "Вид роботи": "site", "Сума": 30000}
        self.people.create_task("Сайт", contact=contact, fields=fields)
        self.work()
        self.work()

    def say(
        self,
        template: str,
        names: Mapping[str, Any] | None = None,
        to: str = STAFF_CHAT,
        buttons: tuple[str, ...] = (),
        late: bool = False,
    ) -> None:
        """One text of the pack goes out, with these values beside the name of the client. What is `late` waits."""
        ruleset = self._agency.ruleset
        made = say(ruleset, self._facts(), "", template, self.language, extra=self._values(names or {}))
        if not isinstance(made, Said):
            raise LookupError(f"{template} is not said: {made.reason}")
        asked = tuple((one, ruleset.buttons[one][self.language]) for one in buttons)
        shown = asked or buttons_of(ruleset, made.template, self.language)
        chat = str(CLIENT.id) if to == "client" else ""
        decision = SendMessage(to, made.text, made.template, self.language, chat=chat, buttons=shown)
        self._said += 1
        cause = Cause(template, "", str(self._said))
        wanted = Wanted(f"picture:{self._said}", decision, "", cause, late=late)
        with self._engine.store.intake(self._clock.now()) as intake:
            lane = lane_of(wanted, "")
            intake.want(wanted, client="", connector=connector_of(wanted, self._engine.context), lane=lane)
        if not late:
            self.deliver()

    def deliver(self) -> None:
        """Whatever waits goes out, and a few minutes pass."""
        while self._engine.deliver_due():
            pass
        self.pass_time(minutes=4)

    @contextmanager
    def telling(self) -> Iterator[Teller]:
        """The bridge tells of itself; it goes out at the end of the block."""
        with self._engine.store.intake(self._clock.now()) as intake:
            yield Teller(intake, self._engine.context)
        self.deliver()

    @property
    def now(self) -> datetime:
        """What both clocks show."""
        return self._clock.now()

    def missing(self, gate: str) -> dict[str, Any]:
        """A gate at which everything is missing, as a text is told of it."""
        found = self._agency.ruleset.gates[gate]
        roles = self._agency.ruleset.roles
        rows = [
            {"say": need.say[self.language], "owed_by": need.owed_by, "who": roles[need.owed_by][self.language]}
            for need in found.needs
        ]
        return {"gate.name": found.name[self.language], "gate.missing": rows}

    def rule(self, rule: str) -> str:
        """What a rule is called."""
        return next(one.name for one in self._agency.ruleset.rules if one.id == rule)

    def card_id(self) -> str:
        """The id of the card that the bridge has made."""
        return next(iter(self.sandbox.trello.store.cards))

    def lines_on(self, card: str) -> list[str]:
        """What is to be ticked on a card."""
        lists = self.sandbox.trello.store.cards[card].checklists.values()
        return [line.name for each in lists for line in each.items.values()]

    def _values(self, names: Mapping[str, Any]) -> dict[str, Any]:
        return {"client.name": self.name, **names}

    def _facts(self) -> Facts:
        context = self._engine.context
        snapshot = snapshot_of(ClientState("", 0, ()), context)
        return Facts(snapshot, context.ruleset, context.office.directory, self._clock.now())


def flood(stage: Stage) -> str:
    """The breaker asks a person what becomes of too much at once: of one rule, and about one client."""
    row = _row(stage, "brief-silent", stage.text(*_REMINDER))
    with stage.telling() as teller:
        teller.flooded(row, Flood(Whose.RULE, "brief-silent", "1000 in 10m", stage.now))
    door = stage.rule("gate-start")
    comment = stage.text(
        "коментар: не вистачає брифу", "комментарий: не хватает брифа", "comment: the brief is missing"
    )
    names = {"flood.name": door, "flood.count": 200, "flood.minutes": 10, "flood.text": comment}
    stage.say("system.flood_client", names, to=f"person:{ADMIN}")
    return "admin"


def week(stage: Stage) -> str:
    """Monday's report to the head, by the example of the how-to."""
    door = stage.text("Двері виробництва", "Дверь производства", "The door of production")
    why = stage.text("давній клієнт, оплата завтра", "давний клиент, оплата завтра", "an old client, pays tomorrow")
    rows = (f"{stage.name}: {door}. Олена: {why} (24.11)", f"Кав’ярня «Зерно»: {door}. Марія: {why} (26.11)")
    stage.say("week.report", {"week.overrides": rows})
    return "team"


def questions(stage: Stage) -> str:
    """A text that waits for a yes, a document to look through, a step that came late."""
    words = stage.text(*_REMINDER)
    stage.say("system.approve_text", {"question.text": words}, buttons=("send", "by-hand"))
    name = stage.text("Бриф", "Бриф", "Brief")
    stage.say("system.document_made", {"question.text": name})
    whom = stage.text("клієнт", "клиент", "client")
    due = stage.now - timedelta(days=2, minutes=34)
    stage.say("system.missed_step", {"timer.rule": stage.rule("brief-silent"), "timer.whom": whom, "timer.due": due})
    return "team"


def approval(stage: Stage) -> str:
    """The client is asked whether all is well, and has a remark."""
    stage.people.client_types(CLIENT.id, "/start")
    project = stage.text("Сайт «Ромашки»", "Сайт «Ромашки»", "The website of Romashka")
    stage.say("launch.client", {"deal.project": project, "client.site": "romashka.example"}, to="client")
    stage.say("client.remark_please", to="client")
    remark = stage.text(
        "Телефон у шапці старий", "Телефон в шапке старый", "The phone number at the top is the old one"
    )
    stage.people.client_types(CLIENT.id, remark)
    return "phone"


def remarks(stage: Stage) -> str:
    """What colleagues read of that."""
    project = stage.text("Сайт «Ромашки»", "Сайт «Ромашки»", "The website of Romashka")
    asked = stage.text(
        f"Проєкт {project} запущено. Затверджуєте результат?",
        f"Проект {project} запущен. Утверждаете результат?",
        f"{project} is launched. Do you approve the result?",
    )
    remark = stage.text(
        "Телефон у шапці старий", "Телефон в шапке старый", "The phone number at the top is the old one"
    )
    stage.say("system.rejected", {"question.text": asked})
    stage.say("system.remark", {"question.text": asked, "question.remark": remark})
    return "team"


def silence(stage: Stage) -> str:
    """Alarms: what is not read, what brings nothing, a rule that should have fired, and that it is mended."""
    since = stage.now - timedelta(minutes=15)
    long_ago = stage.now - timedelta(days=7, minutes=42)
    given: tuple[tuple[AlarmKind, str, datetime, Mapping[str, Plain]], ...] = (
        (AlarmKind.SOURCE_SILENT, "planfix", since, {"connector": "planfix"}),
        (AlarmKind.NO_NEWS, "google_forms", long_ago, {"connector": "google_forms", "rhythm": "5wd"}),
        (AlarmKind.RULE_SILENT, "brief-silent", long_ago, {"rule": "brief-silent", "rhythm": "5wd"}),
    )
    for kind, about, at, details in given:
        with stage.telling() as teller:
            teller.alarm(Alarm(kind, about, at, "", "", details), at)
    told_at = stage.now - timedelta(minutes=12)
    with stage.telling() as teller:
        teller.mended(AlarmRow("source_silent", "planfix", since, told_at, True, None, {"connector": "planfix"}))
    return "admin"


def after_a_stop(stage: Stage) -> str:
    """Several messages that piled up while the bridge stood still: the client reads one."""
    stage.people.client_types(CLIENT.id, "/start")
    stage.say("brief.thanks_but", {"gate.missing": ()}, to="client", late=True)
    stage.say("work.begun", to="client", late=True)
    stage.deliver()
    return "phone"


def after_a_stop_team(stage: Stage) -> str:
    """The same for colleagues: what would be a long row is a list."""
    for template in ("prepaid.staff", "launch.staff_approved", "brief.staff_received"):
        stage.say(template, late=True)
    stage.deliver()
    return "team"


def doors(stage: Stage) -> str:
    """A card that was moved too early, and that went on although something is gone."""
    stage.say("gate.returned", stage.missing("start"))
    stage.say("gate.withdrawn", {**stage.missing("launch")})
    stage.say("checks.second_staff")
    return "team"


def card(stage: Stage) -> str:
    """The deal's card: the list of the talk, and what is said of a card that came too early."""
    stage.begin_a_deal()
    made = stage.card_id()
    stage.people.drag_card(made, "Ініціалізація")
    stage.work(minutes=5)
    for line in stage.lines_on(made)[:2]:
        stage.people.tick_item(made, line, "andrii")
    stage.people.drag_card(made, "Виробництво", "andrii")
    stage.work(minutes=5)
    return "card"


SCENES: Mapping[str, Callable[[Stage], str]] = {
    "flood": flood,
    "week": week,
    "questions": questions,
    "approval": approval,
    "remarks": remarks,
    "silence": silence,
    "after-a-stop": after_a_stop,
    "after-a-stop-team": after_a_stop_team,
    "doors": doors,
    "card": card,
}
"""By the name of the picture. Each gives where it is to be looked at."""

_REMINDER = (
    "На жаль, Ви не заповнили Google-форму. Якісь складнощі? Як ми можемо допомогти?",
    "Пока не видим от Вас заполненной анкеты. Если что-то непонятно, напишите сюда — с радостью поможем.",
    "We have not received your brief yet. If anything is unclear, just write to us here and we will gladly help.",
)


def _row(stage: Stage, rule: str, text: str) -> Row:
    cause = Cause(rule, "", "picture")
    decision = SendMessage("client", text)
    return Row(1, "d", "k", "", "", "telegram", "", decision, cause, State.WAITING, stage.now, 0, stage.now)


@contextmanager
def staged(running: Running, folder: Path, language: str, name: str) -> Iterator[Stage]:
    """A fresh agency behind the same address, its pack and its people speaking one language."""
    sandbox = Sandbox(world="demo", limits="off", start=START)
    running.serve(sandbox)
    settings = demo_settings(SandboxLink(running.base_url), folder)
    settings = settings.model_copy(update={"config_dir": _pack(folder, language)})
    agency, findings = load_agency(settings.config_dir)
    if agency is None:
        raise LookupError("\n".join(map(str, findings)))
    clock = SetClock(sandbox.clock.now())
    with closing(assemble(settings, agency, clock, Unhurried())) as engine:
        yield Stage(sandbox, engine, clock, settings, agency, language, name)


def _pack(folder: Path, language: str) -> Path:
    """The default pack with the weekly report of the how-to, in one language."""
    pack = folder / "config"
    shutil.copytree(ROOT / "config", pack)
    for path in (pack / "bridge.yaml", pack / "people.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("language: uk", f"language: {language}"), "utf-8")
    for number, block in enumerate(_YAML.findall(_WEEK.read_text(encoding="utf-8"))[:2]):
        text = "\n".join(line.removeprefix("   ") for line in block.splitlines())
        (pack / "rules" / f"80-week-{number}.yaml").write_text(f"version: 1\n{text}\n", encoding="utf-8")
    return pack
