"""The default pack: it loads clean, says everything in three languages, and fits the sandbox's agency."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml

from bridge.engine.alarms import AlarmKind
from bridge.model.fields import FieldType
from bridge.model.values import Money
from bridge.wiring.agency import Agency, load_agency
from rules.reader import read_on
from rules.texts import Template
from rules.whose_time import CLIENT_CALENDAR
from sandbox import planfix_world, trello_world, world
from tests.config.conftest import PACK, Copy
from tests.conftest import Golden

ROOT = PACK.parent
ENGINE = ROOT / "bridge" / "engine"
LANGUAGES = ("uk", "ru", "en")
ODD_NAMES = (
    "ФОП Яценко & Сини <ТМ «Єнот»>",
    "*_[`~Надія*_](https://evil.example) @olena",
    "{{ 7*7 }} {% raw %}",
    "О’Коннор\n🦝 " + "д" * 200,
    "",
)
AT = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
SAMPLES: Mapping[FieldType, Any] = {
    FieldType.MONEY: Money(Decimal("12345.50")),
    FieldType.MOMENT: AT,
    FieldType.DATE: AT.date(),
    FieldType.FLAG: True,
    FieldType.NUMBER: Decimal(5),
    FieldType.SET: ("VIP",),
    FieldType.LIST: ("a", "b"),
}
MISSING = (
    {"say": "передоплата", "owed_by": "client", "who": "клієнт"},
    {"say": "сума", "owed_by": "manager", "who": "менеджер з продажу"},
)
FREE: Mapping[str, Any] = {
    "gate.missing": MISSING,
    "conflict.rows": (
        {
            "title": "Сайт",
            "kept": "zerno.example",
            "kept_title": "Planfix, 02.12.2026 09:12",
            "given": "zerno-kava.example",
        },
    ),
    "step.days": 5,
    "delivery.sent_at": AT,
    "source.seen_up_to": AT,
    "timer.due": AT,
    "timer.rule": "Бриф не заповнено",
    "timer.whom": "клієнт",
    "file.name": "Презентація.pptx",
    "file.page": "https://example.test/start?a=1&b=2",
    "flood.name": "Бриф не заповнено",
    "flood.text": "Нагадаємо про бриф",
    "flood.count": 100,
    "flood.about": "sync:blank",
    "flood.minutes": 10,
    "delivery.attempts": 12,
    "alarm.since": AT,
    "alarm.told_at": AT,
    "alarm.minutes": 45,
    "alarm.megabytes": 120,
}


USUAL: Mapping[str, str] = {
    "client.name": "Кав’ярня «Зерно»",
    "client.chat": "",
    "client.channel": "",
    "client.site": "zerno.example",
    "event.text": "Заповню завтра",
    "event.content": "photo",
    "event.edited": "",
    "client.manager": "Олена",
    "deal.manager": "Олена",
    "deal.project": "Сайт кав’ярні",
    "deal.work_type": "site",
    "gate.name": "Початок роботи",
    "why": "client.channel — порожньо",
    "delivery.to": "Кав’ярня «Зерно»",
    "delivery.text": "Добрий день!",
    "delivery.reason": "чат не знайдено",
    "delivery.id": "a1b2c3d4e5",
    "source.name": "Planfix",
    "source.board": "Клієнти",
    "source.called": "Ліди",
    "source.now": "Нові",
    "alarm.name": "Trello",
    "alarm.error": "invalid token",
    "alarm.setting": "BRIDGE_TRELLO__TOKEN",
    "alarm.page": "https://trello.com/power-ups/admin",
    "alarm.command": "bridge accept trello.card",
    "alarm.rhythm": "5wd",
    "alarm.kind": "source_silent",
    "alarm.about": "brief-silent",
    "inbox.form": "Бриф",
    "inbox.name": "Зерно",
    "inbox.phone": "+380500000000",
    "inbox.code": "X7",
    "inbox.id": "12",
    "message.by": "Петро",
    "bridge.command": "bridge",
    "message.mail": "zerno@kavarnia.test",
    "message.text": "/бриф",
    "question.text": "Дати знижку?",
    "question.by": "Марія",
    "question.remark": "Змініть, будь ласка, колір",
    "override.by": "Марія",
    "override.reason": "клієнт підписав, оплата завтра",
    "override.command": "/пропустити",
    "override.role": "керівник",
    "override.rule": "Не починати без передоплати",
}


def values_for(agency: Agency, template: Template, name: str | None) -> dict[str, Any]:
    """A value for each name of a text: `name` wherever words stand, or None for usual words."""
    made: dict[str, Any] = {}
    for key in template.names:
        spec = agency.ruleset.fields.get(key)
        words = USUAL.get(key, "?") if name is None else name
        value = SAMPLES.get(spec.type, words) if spec else FREE.get(key, words)
        if key.endswith("link"):
            value = "https://example.test/start?a=1&b=2"
        inner = made
        *path, last = key.split(".")
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return made


def templates(agency: Agency) -> Iterator[tuple[str, str, Template]]:
    for text in agency.ruleset.texts.values():
        for language in LANGUAGES:
            yield text.id, language, text.by_language[language]


def test_the_pack_has_no_finding_at_all() -> None:
    agency, findings = load_agency(PACK)
    assert findings == []
    assert agency is not None


@pytest.mark.parametrize("name", ODD_NAMES)
def test_every_text_stays_sound_whatever_a_client_is_called(agency: Agency, name: str) -> None:
    for ident, language, template in templates(agency):
        text = template.render(values_for(agency, template, name), "telegram", agency.zone)
        bare = re.sub(r"</?b>|<a href=\"https://example\.test/start\?a=1&amp;b=2\">|</a>", "", text)
        assert "<" not in bare, (ident, language, text)
        assert len(text) < 4096, (ident, language)


def test_no_client_name_formats_a_comment_or_calls_a_member(agency: Agency) -> None:
    for ident in ("gate.returned", "brief.staff_not_sent"):
        for language in LANGUAGES:
            template = agency.ruleset.texts[ident].by_language[language]
            text = template.render(values_for(agency, template, ODD_NAMES[1]), "trello", agency.zone)
            assert "@olena" not in text
            assert not re.search(r"(?<!\\)\]\(", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_reads_well(agency: Agency, golden: Golden, language: str) -> None:
    shown = [
        f"== {ident}\n{template.render(values_for(agency, template, None), 'telegram', agency.zone)}\n"
        for ident, spoken, template in templates(agency)
        if spoken == language
    ]
    golden.check(f"messages.{language}.txt", "\n".join(sorted(shown)))


@pytest.mark.parametrize(
    ("ident", "words"),
    [
        ("brief.remind", "На жаль, Ви не заповнили Google-форму. Якісь складнощі? Як ми можемо допомогти?"),
        (
            "brief.thanks",
            "Ми отримали заповнений бриф. Тепер у нас є вся необхідна інформація, і ми можемо розпочати роботу",
        ),
        ("brief.staff_received", "заповнив Google-анкету"),
    ],
)
def test_promised_words_are_said_word_for_word(agency: Agency, ident: str, words: str) -> None:
    template = agency.ruleset.texts[ident].by_language["uk"]
    assert words in template.render(values_for(agency, template, "Соломія"), "plain", agency.zone)


def test_sums_are_commercial_and_no_client_reads_one(agency: Agency) -> None:
    commercial = {key for key, spec in agency.ruleset.fields.items() if spec.commercial}
    assert "deal.sum" in commercial
    for ident in ("client.welcome", "brief.ask", "brief.remind", "brief.thanks_but", "work.started", "work.begun"):
        for template in agency.ruleset.texts[ident].by_language.values():
            assert not commercial & template.names


def test_every_text_that_the_code_says_by_itself_is_there(agency: Agency) -> None:
    code = [
        path.read_text(encoding="utf-8") for room in ("bridge/engine", "rules") for path in (ROOT / room).glob("*.py")
    ]
    said = {name for text in code for name in re.findall(r'"((?:system|client)\.[a-z_]+)"', text)}
    assert {"system.unknown_delivery", "client.unknown_link"} <= said
    assert said - agency.ruleset.fields.keys() - {CLIENT_CALENDAR} <= agency.ruleset.texts.keys()
    assert agency.ruleset.texts["system.unknown_delivery"].buttons == ("again", "arrived")


def test_the_rules_play_the_story_of_the_agency(agency: Agency) -> None:
    rules = {rule.id: rule for rule in agency.ruleset.rules}
    assert [str(step.after) for step in rules["brief-silent"].steps] == ["2wd", "3wd at 10:00", "5wd at 10:00"]
    assert {ident for ident, rule in rules.items() if rule.guard} == {"gate-handoff", "gate-launch", "gate-start"}
    assert agency.ruleset.set_by["brief.state"] == {"google_forms.brief"}


def test_the_sandbox_has_what_the_pack_names(agency: Agency) -> None:
    assert agency.trello is not None
    assert agency.planfix is not None
    assert agency.trello.boards == (trello_world.BOARD,)
    assert set(agency.trello.fields.values()) == {name for name, _ in trello_world.FIELDS}
    assert agency.ruleset.fields["card.list"].choices == trello_world.LISTS
    assert agency.ruleset.fields["card.labels"].choices == tuple(name for name, _ in trello_world.LABELS)
    custom = {field.name for field in (*planfix_world.TASK_FIELDS, *planfix_world.CONTACT_FIELDS)}
    assert {*agency.planfix.fields.values(), *agency.planfix.buttons.values(), agency.planfix.card_field} <= custom
    assert set(agency.planfix.deal_templates) <= {template.name for template in planfix_world.TEMPLATES}


def test_the_sandbox_has_the_people_the_chat_and_the_form(agency: Agency) -> None:
    ids = agency.people.people
    assert {person.ids["telegram"] for person in ids.values()} == {str(person.id) for person in world.STAFF}
    assert {int(person.ids["planfix"][5:]) for person in ids.values()} < {one.id for one in planfix_world.EMPLOYEES}
    assert {person.ids.get("trello") for person in ids.values()} >= {name for name, _ in trello_world.STAFF}
    assert agency.staff_chat == str(world.TEAM_CHAT)
    form = agency.forms[0].entry
    titles = [question.title for question in world.QUESTIONS]
    assert (form.spreadsheet, form.sheet) == (world.SPREADSHEET_ID, world.RESPONSE_SHEET)
    assert f"/d/e/{world.FORM_PUBLIC_ID}/viewform" in form.link
    assert {form.token.column, *form.answers} <= set(titles)
    assert form.token.entry == next(item for item in world.QUESTIONS if item.title == form.token.column).entry


def test_the_bridge_never_lacks_words_of_its_own() -> None:
    """A text that is not there is not said, and nobody notices: each one that the code names must be in the pack."""
    agency, _findings = load_agency(PACK)
    assert agency is not None
    code = (ENGINE / "telling.py").read_text(encoding="utf-8")
    named = set(re.findall(r'"((?:system|client)\.[a-z_]+)"', code))
    named |= {f"system.alarm.{kind}" for kind in (*AlarmKind, "mended")}
    assert named - set(agency.ruleset.texts) - set(agency.ruleset.fields) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_agency_is_said_once(copy: Copy, language: str) -> None:
    copy.change("bridge.yaml", "language: uk", f"language: {language}")
    made, findings = load_agency(copy.folder)
    assert made is not None, findings
    assert made.ruleset.defaults.language == language


def test_every_command_in_a_message_names_its_workspace(agency: Agency) -> None:
    given = {"command": "bridge --workspace beta"}
    for ident, language, template in templates(agency):
        shown = values_for(agency, template, None)
        shown = {**shown, "bridge": given, "alarm": {**shown.get("alarm", {}), **given}}
        text = template.render(shown, "plain", agency.zone)
        assert language == "en" or not re.search(r"\bbridge (?!--workspace beta)", text), (ident, text)


def test_no_alarm_quotes_the_words_of_a_service() -> None:
    texts = yaml.safe_load((PACK / "messages" / "system.yaml").read_text(encoding="utf-8"))["templates"]
    alarms = {name: str(text) for name, text in texts.items() if name.startswith("system.alarm.")}
    assert [name for name, text in alarms.items() if "alarm.error" in text] == []


def test_every_choice_of_the_default_pack_that_is_no_name_has_words(agency: Agency) -> None:
    bare = {
        f"{key}: {value}"
        for key, spec in agency.ruleset.fields.items()
        for value in (spec.choices or ())
        if value.isascii() and value not in spec.words and spec.subject != "card"
    }
    assert bare == set()


def test_a_file_that_was_parsed_is_not_parsed_again() -> None:
    read_on.cache_clear()
    load_agency(PACK)
    parsed = read_on.cache_info().misses
    load_agency(PACK)
    assert read_on.cache_info().misses == parsed <= len(list(PACK.rglob("*.yaml")))
