"""What the bridge says to admins in their own language: sentences by their English pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

from bridge.model.findings import Finding
from bridge.model.follow_ups import told_together
from bridge.model.wording import Catalogue, said_by, worded
from bridge.words.ru import SENTENCES as RU
from bridge.words.ru_check import SENTENCES as RU_CHECK
from bridge.words.ru_commands import SENTENCES as RU_COMMANDS
from bridge.words.ru_demo import SENTENCES as RU_DEMO
from bridge.words.ru_desk import SENTENCES as RU_DESK
from bridge.words.ru_hands import SENTENCES as RU_HANDS
from bridge.words.ru_help import SENTENCES as RU_HELP
from bridge.words.ru_import import SENTENCES as RU_IMPORT
from bridge.words.ru_live import SENTENCES as RU_LIVE
from bridge.words.ru_manual import SENTENCES as RU_MANUAL
from bridge.words.ru_reports import SENTENCES as RU_REPORTS
from bridge.words.ru_setup import SENTENCES as RU_SETUP
from bridge.words.ru_trouble import SENTENCES as RU_TROUBLE
from bridge.words.ru_vault import SENTENCES as RU_VAULT
from bridge.words.uk import SENTENCES as UK
from bridge.words.uk_check import SENTENCES as UK_CHECK
from bridge.words.uk_commands import SENTENCES as UK_COMMANDS
from bridge.words.uk_demo import SENTENCES as UK_DEMO
from bridge.words.uk_desk import SENTENCES as UK_DESK
from bridge.words.uk_hands import SENTENCES as UK_HANDS
from bridge.words.uk_help import SENTENCES as UK_HELP
from bridge.words.uk_import import SENTENCES as UK_IMPORT
from bridge.words.uk_live import SENTENCES as UK_LIVE
from bridge.words.uk_manual import SENTENCES as UK_MANUAL
from bridge.words.uk_reports import SENTENCES as UK_REPORTS
from bridge.words.uk_setup import SENTENCES as UK_SETUP
from bridge.words.uk_trouble import SENTENCES as UK_TROUBLE
from bridge.words.uk_vault import SENTENCES as UK_VAULT

CATALOGUES: Mapping[str, Catalogue] = {
    "uk": {
        **UK,
        **UK_CHECK,
        **UK_COMMANDS,
        **UK_DEMO,
        **UK_DESK,
        **UK_HANDS,
        **UK_HELP,
        **UK_IMPORT,
        **UK_LIVE,
        **UK_MANUAL,
        **UK_REPORTS,
        **UK_SETUP,
        **UK_TROUBLE,
        **UK_VAULT,
    },
    "ru": {
        **RU,
        **RU_CHECK,
        **RU_COMMANDS,
        **RU_DEMO,
        **RU_DESK,
        **RU_HANDS,
        **RU_HELP,
        **RU_IMPORT,
        **RU_LIVE,
        **RU_MANUAL,
        **RU_REPORTS,
        **RU_SETUP,
        **RU_TROUBLE,
        **RU_VAULT,
    },
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


def lines_of(findings: Iterable[Finding], language: str) -> Iterator[str]:
    """The findings as people read them, in that language: what follows from one mistake is told as one."""
    for told in told_together(findings):
        yield line_of(told.finding, language)
        yield from (f"    {said(place, language)}" for place in told.places)


def line_of(finding: Finding, language: str) -> str:
    """The finding as one line in that language, as compilers write it: `file:line:column: error: [code] what; advice`."""
    told = spoken(finding, language)
    what = "; ".join(part for part in (told.what, told.advice) if part)
    line = f"{told.where}: {said(worded(told.level.value), language)}: [{told.code}] {what}"
    return f"{line}; {said(worded('see: {page}', page=finding.see), language)}" if finding.see else line


def said(sentence: str, language: str) -> str:
    """A sentence in that language."""
    return said_by(CATALOGUES[language], sentence)
