"""Every text of the default pack, as twenty invented clients and the colleagues around them read it."""

from __future__ import annotations

import re

import pytest
from jinja2 import nodes

from bridge.wiring.agency import Agency, load_agency
from rules.markups import MARKUPS
from rules.texts import parsed
from tests.config.conftest import PACK
from tests.config.invented import CLIENTS, LINK, NAMES
from tests.conftest import Golden

LANGUAGES = ("uk", "ru", "en")
_LOADED, _ = load_agency(PACK)
assert _LOADED is not None
TEXTS = sorted(_LOADED.ruleset.texts)


def read_by_all(agency: Agency, text: str, language: str) -> list[str]:
    template = agency.ruleset.texts[text].by_language[language]
    return [template.render(one.values(agency, text, template), "telegram", agency.zone) for one in CLIENTS]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_reads_well_to_each_of_twenty_clients(agency: Agency, golden: Golden, text: str) -> None:
    shown = [
        f"== {language} {number:02}\n{said}\n"
        for language in LANGUAGES
        for number, said in enumerate(read_by_all(agency, text, language), 1)
    ]
    golden.check(f"invented/{text}.txt", "\n".join(shown))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_client_is_called_a_text_is_sound_html_that_fits_a_message(agency: Agency, language: str) -> None:
    bad = [
        (text, said)
        for text in TEXTS
        for said in read_by_all(agency, text, language)
        if "<" in re.sub(rf'</?b>|<a href="{re.escape(LINK.replace("&", "&amp;"))}">|</a>', "", said)
        or MARKUPS["telegram"].length(said) > 4096
    ]
    assert bad == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_piece_of_each_text_is_read_by_one_of_the_twenty(agency: Agency, language: str) -> None:
    unread = {
        (text, piece)
        for text in TEXTS
        for data in parsed(agency.ruleset.texts[text].by_language[language].source)[0].find_all(nodes.TemplateData)
        if (piece := data.data.strip())
        and not any(piece in re.sub("</?b>|<a [^>]*>|</a>", "", said) for said in read_by_all(agency, text, language))
    }
    assert unread == set()


def test_the_twenty_are_twenty() -> None:
    assert len(set(NAMES)) == len(CLIENTS) == 20
    assert max(map(len, NAMES)) == 200
