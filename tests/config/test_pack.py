"""The default pack: it loads clean, says everything in three languages, and fits the sandbox's agency."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from bridge.engine.alarms import AlarmKind
from bridge.wiring.agency import Agency, load_agency
from bridge.words import CATALOGUES
from rules.reader import read_on
from rules.texts import Template
from rules.whose_time import CLIENT_CALENDAR
from sandbox import planfix_world, trello_world, world
from tests.config.conftest import PACK, Copy
from tests.config.invented import CLIENTS

ROOT = PACK.parent
ENGINE = ROOT / "bridge" / "engine"
LANGUAGES = ("uk", "ru", "en")


def templates(agency: Agency) -> Iterator[tuple[str, str, Template]]:
    for text in agency.ruleset.texts.values():
        for language in LANGUAGES:
            yield text.id, language, text.by_language[language]


def test_the_pack_has_no_finding_at_all() -> None:
    agency, findings = load_agency(PACK)
    assert findings == []
    assert agency is not None


def test_no_client_name_formats_a_comment_or_calls_a_member(agency: Agency) -> None:
    for ident in ("gate.returned", "brief.staff_not_sent"):
        for client in CLIENTS:
            for language in LANGUAGES:
                template = agency.ruleset.texts[ident].by_language[language]
                text = template.render(client.values(agency, ident, template), "trello", agency.zone)
                assert "@dvi_kavy" not in text
                assert not re.search(r"(?<!\\)\]\(", text)


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
    assert words in template.render(CLIENTS[0].values(agency, ident, template), "plain", agency.zone)


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
    entries = {question.title: question.entry for question in world.QUESTIONS}
    assert form.token.entry == entries[form.token.column]
    assert {title: one.entry for title, one in form.prefill.items()}.items() <= entries.items()


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
        shown = CLIENTS[0].values(agency, ident, template)
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


def test_no_english_text_asks_its_reader_for_cyrillic_letters(agency: Agency) -> None:
    english = {ident: template.source for ident, language, template in templates(agency) if language == "en"}
    assert {ident for ident, source in english.items() if re.search("[а-яіїєґ]", source, re.IGNORECASE)} == set()


def test_people_are_addressed_with_a_capital_in_every_sentence_of_the_bridge() -> None:
    said = [text for catalogue in CATALOGUES.values() for text in catalogue.values()]
    assert [text for text in said if re.search(r"\b(вам|вас|вами|ваш\w*)\b", text)] == []
