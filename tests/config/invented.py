"""Twenty invented clients, and what every name of a text is for each of them: people, days, ways, and odd words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bridge.engine.alarms import AlarmKind
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Labelled, Money
from bridge.wiring.agency import Agency
from rules.texts import Template

NAMES = (
    "Кав’ярня «Зерно»",
    'ТОВ "Ромашка" & Сини',
    "ФОП <b>Яценко</b> <script>",
    "snake_case_studio",
    "*Зірка* __Сходу__",
    "@dvi_kavy",
    "Квіти 🌸👩‍🌾🇺🇦",
    "Дуже довга назва " + "д" * 183,
    "О’Коннор і партнери",
    "Łódź „Żabka” Ćwik",
    "ООО «Ёлки-Палки»",
    "ИП Щукин \\ Ко.",
    "[тут](https://evil.example)",
    "`код` ~~ні~~ ||таємно||",
    "{{ client.name }} {% raw %}",
    "Я",
    "Два рядки\nв імені",
    "Ян\u202eяірам\x07",
    "&lt;Амперсанд&gt; &amp; син",
    "Sp. z o.o. №5 — 100% + #1",
)
"""Quotes, marks of HTML and Markdown, mentions, emoji, 200 letters, a template, what nobody sees."""
DAYS = (1, 2, 5, 21)
LINK = "https://example.test/start?a=1&b=2"
_AT = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
_SAID = {
    "uk": ("Заповню завтра", "А можна <b>до п’ятниці</b>?", "Телефон у шапці старий\nі колір не той", "👍"),
    "ru": ("Заполню завтра", "А можно <b>до пятницы</b>?", "Телефон в шапке старый\nи цвет не тот", "👍"),
    "en": (
        "I will fill it in tomorrow",
        "May it be <b>Friday</b>?",
        "The phone is the old one\nand the colour, too",
        "👍",
    ),
}
_PROJECTS = ("Сайт кав’ярні", "SEO_просування *2027*", "Landing “Spring & Co”", "Реклама <зима>")
_SITES = ("zerno.example", "https://example.test/a_b?c=1&d=2", "")
_PEOPLE = ("Олена", "Андрій", "", "Ніна_Ч")
_CYCLES: Mapping[str, Sequence[Any]] = {
    "client.site": _SITES,
    "brief.owed": (("Послуга",), ("Послуга", "Телефон")),
    "brief.owed_words": (("Послуга",), ("Послуга", "Телефон: замість «завтра <b>» — номер телефону")),
    "deal.project": _PROJECTS,
    "deal.work_type": ("site", "seo", "ads", "smm"),
    "deal.manager": _PEOPLE,
    "client.manager": _PEOPLE,
    "client.channel": ("", "chat", "email"),
    "client.chat_state": ("", "blocked"),
    "delivery.by": ("telegram", "email"),
    "delivery.attempts": (1, 2, 5, 12, 21),
    "delivery.id": ("a1b2c3d4e5",),
    "inbox.by": ("phone", "email", "copy"),
    "day.whose": ("", "", "Олена"),
    "day.done": ((), ("Кав’ярня «Зерно»: 2 повідомлення від клієнта; → Виробництво", "<b>Мак</b>: Передоплата")),
    "day.promised": ((), (), ("Ромашка: до 27.11 (Олена): обіцяли <бриф>",)),
    "day.slipped": ((), ("Ромашка: досі немає: передоплата",)),
    "day.team": (("Олена: новини — 3, обіцяно — 1, не сталося — 0", "Ніна_Ч: новин немає"),),
    "inbox.id": ("3", "12"),
    "inbox.code": ("X7", ""),
    "inbox.phone": ("+380500000000", ""),
    "message.by": ("Петро", "", "<i>Хтось</i>"),
    "message.mail": ("zerno@kavarnia.test", ""),
    "event.content": ("text", "photo", "voice", "document", "letter"),
    "event.subject": ("", "", "", "", "Re: Агенція «Міст»: новини щодо Вашого проєкту"),
    "event.edited": (False, False, True),
    "event.answered_by": ("Петро", "", "<i>Хтось</i>"),
    "deal.launch_result": ("none", "asked"),
    "event.by_name": ("Петро", "", "<i>Хтось</i>"),
    "message.next": ("", "Петро", ""),
    "message.link": (LINK, ""),
    "source.task": ("", LINK),
    "source.left": (False, False, True),
    "source.name": ("Planfix", "Trello", "Google Forms"),
    "source.board": ("Клієнти", "Архів_2026"),
    "source.called": ("Ліди", "Сайт"),
    "source.now": ("Нові", "Ліди", "*Сайт*"),
    "override.by": ("Марія",),
    "override.command": ("/пропустити",),
    "flood.count": (1, 2, 5, 21, 100),
    "flood.minutes": (10,),
    "flood.about": ("sync:blank",),
    "alarm.name": ("Trello", "Planfix", "Telegram", ""),
    "alarm.about": ("trello", "planfix", "email", "telegram", "brief-silent"),
    "alarm.kind": tuple(AlarmKind),
    "bridge.command": ("bridge", "bridge --workspace beta"),
    "alarm.column": ("Сайт", "Телефон_для_звʼязку"),
    "alarm.nearest": ("Ваш сайт", "Тел. <або e-mail>", ""),
    "alarm.command": ("bridge accept trello.card",),
    "alarm.page": ("https://trello.com/power-ups/admin",),
    "alarm.setting": ("BRIDGE_TRELLO__TOKEN",),
    "alarm.rhythm": ("5wd",),
    "alarm.minutes": (1, 2, 5, 21, 45),
    "alarm.megabytes": (1, 2, 5, 21, 120),
    "file.name": ("Презентація.pptx", "a_b<c>.pdf"),
}
"""What a name may be: the clients take them in turn, so that each is somebody's."""


_CYCLES_OF: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "system.gone": {"source.kind": ("card", "contact", "task")},
    "system.renamed": {"source.kind": ("board", "list", "label", "field", "option")},
}
"""The same where a name means another thing in one text."""


@dataclass(frozen=True, slots=True)
class Invented:
    """One client by number, from 0."""

    number: int

    @property
    def name(self) -> str:
        """What the client is called."""
        return NAMES[self.number]

    @property
    def days(self) -> int:
        """A number with which nouns change their form."""
        return DAYS[self.number % len(DAYS)]

    def values(self, agency: Agency, text: str, template: Template) -> dict[str, Any]:
        """A value for each name of a text, nested by the dots of the names. Raises KeyError for one unheard of."""
        cycles = {**_CYCLES, **_CYCLES_OF.get(text, {})}
        made: dict[str, Any] = {}
        for key in sorted(template.names):
            inner = made
            *path, last = key.split(".")
            for step in path:
                inner = inner.setdefault(step, {})
            given = cycles.get(key)
            value = self._in_turn(key, given) if given else self._value(agency, key, template.language)
            inner[last] = _as_read(value, agency.ruleset.fields.get(key), template.language)
        return made

    def _in_turn(self, key: str, given: Sequence[Any]) -> Any:
        """One of these; with each round another one begins, so that two names meet in all their ways."""
        return given[(self.number + sum(map(ord, key)) * (self.number // len(given))) % len(given)]

    def _value(self, agency: Agency, key: str, language: str) -> Any:
        spec = agency.ruleset.fields.get(key)
        if key == "client.name":
            return self.name
        if key.endswith("link"):
            return LINK
        if spec is not None and spec.type in _SAMPLES:
            return _SAMPLES[spec.type](self.days)
        return self._words(agency, key, language)

    def _words(self, agency: Agency, key: str, language: str) -> Any:
        said = _SAID[language][self.number % 4]
        gate = sorted(agency.ruleset.gates.values(), key=lambda one: one.id)[self.number % len(agency.ruleset.gates)]
        roles = agency.ruleset.roles
        rows = {"title": "Сайт", "kept": "zerno.example", "kept_title": "Planfix, 02.12.2026 09:12", "given": said}
        known: Mapping[str, Any] = {
            "event.text": said,
            "vault.title": ("Google Ads", "Сайт (WordPress)", "FTP & <сервер>", "crm_system")[self.number % 4],
            "vault.client": f"client-{self.number + 1}",
            "question.text": said,
            "question.remark": said,
            "question.by": ("Марія", "")[self.number % 2],
            "answers.form": "Бриф",
            "answers.text": "• Сайт: zerno.example\n• Побажання: " + said,
            "answers.questions": "Сайт, Побажання",
            "brief.remark": (said, "")[self.number % 2],
            "delivery.text": said,
            "message.text": f"/бриф {self.name}",
            "override.reason": said,
            "flood.text": said,
            "why": said,
            "gate.name": gate.name[language],
            "gate.missing": [
                {"say": need.say[language], "owed_by": need.owed_by, "who": roles[need.owed_by][language]}
                for need in gate.needs
            ],
            "answer.changed": [
                {"question": "Сайт & соцмережі", "was": "zerno.example", "now": said},
                {"question": "Побажання", "was": "", "now": said},
                {"question": "Бюджет <грн>", "was": said, "now": ""},
            ][: 1 + self.number % 3],
            "answer.unfit": [{"title": "Бюджет", "given": said, "wanted": "сума, наприклад 12 500 грн"}],
            "conflict.name": self.name,
            "conflict.rows": [rows] * (1 + self.number % 3),
            "step.days": self.days,
            "delivery.to": self.name,
            "delivery.days": self.number % 3,
            "delivery.reason": "chat not found",
            "delivery.sent_at": _AT,
            "source.seen_up_to": _AT,
            "timer.due": _AT - timedelta(days=self.days),
            "timer.rule": agency.ruleset.rules[self.number].name,
            "timer.whom": next(iter(roles.values()))[language],
            "override.rule": agency.ruleset.rules[self.number].name,
            "override.role": next(iter(roles.values()))[language],
            "flood.name": agency.ruleset.rules[self.number].name,
            "inbox.form": "Бриф",
            "inbox.name": self.name,
            "inbox.maybe": self.name if self.number % 2 else "",
            "alarm.since": _AT,
            "alarm.told_at": _AT,
            "file.page": LINK,
            "file.share_with": "bridge@agency.iam.example",
        }
        return known[key]


def _as_read(value: Any, spec: FieldSpec | None, language: str) -> Any:
    """A choice is told by its words."""
    if spec is None or spec.type is not FieldType.CHOICE or not value:
        return value
    return Labelled(value, spec.called(value, language))


_SAMPLES: Mapping[FieldType, Any] = {
    FieldType.MONEY: lambda days: Money(Decimal("12345.50") * days),
    FieldType.MOMENT: lambda days: _AT + timedelta(days=days),
    FieldType.DATE: lambda days: (_AT + timedelta(days=days)).date(),
    FieldType.FLAG: lambda _days: True,
    FieldType.NUMBER: Decimal,
    FieldType.SET: lambda days: ("Google Ads", "Сайт (WordPress)")[: days % 3 or 1],
    FieldType.LIST: lambda _days: ("a", "b"),
}
CLIENTS = tuple(Invented(number) for number in range(len(NAMES)))
