"""What the bridge says to admins in their own language: sentences by their English pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from bridge.model.findings import Finding
from bridge.model.wording import Catalogue, said_by, worded
from bridge.words.ru import SENTENCES as RU
from bridge.words.ru_commands import SENTENCES as RU_COMMANDS
from bridge.words.ru_hands import SENTENCES as RU_HANDS
from bridge.words.ru_manual import SENTENCES as RU_MANUAL
from bridge.words.ru_reports import SENTENCES as RU_REPORTS
from bridge.words.uk import SENTENCES as UK
from bridge.words.uk_commands import SENTENCES as UK_COMMANDS
from bridge.words.uk_hands import SENTENCES as UK_HANDS
from bridge.words.uk_manual import SENTENCES as UK_MANUAL
from bridge.words.uk_reports import SENTENCES as UK_REPORTS

CATALOGUES: Mapping[str, Catalogue] = {
    "uk": {**UK, **UK_COMMANDS, **UK_HANDS, **UK_MANUAL, **UK_REPORTS},
    "ru": {**RU, **RU_COMMANDS, **RU_HANDS, **RU_MANUAL, **RU_REPORTS},
    "en": {},
}
"""A catalogue for each language; English is what the patterns are written in."""


class Language(StrEnum):
    """The languages that findings are told in."""

    UK = "uk"
    RU = "ru"
    EN = "en"


def spoken(finding: Finding, language: str) -> Finding:
    """The finding with its words in that language; its code and its place are the same in all."""
    catalogue = CATALOGUES[language]
    return replace(finding, what=said_by(catalogue, finding.what), advice=said_by(catalogue, finding.advice))


def line_of(finding: Finding, language: str) -> str:
    """The finding as one line in that language."""
    line = str(replace(spoken(finding, language), see=""))
    return f"{line}; {said(worded('see: {page}', page=finding.see), language)}" if finding.see else line


def said(sentence: str, language: str) -> str:
    """A sentence in that language."""
    return said_by(CATALOGUES[language], sentence)
