"""A configuration problem as a value: collected, sorted and printed together."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """error: the set is not taken · warning: taken, but `bridge check` fails · note: for reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in an admin's file. Lines and columns count from 1, columns in characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem: where, which kind, what was found, what to do next.

    `code` is a stable word such as "unknown-key"; `advice` names what is allowed or the nearest known name;
    `see` is a command or page that explains more.
    """

    where: Position
    code: str
    what: str
    advice: str = ""
    see: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        text = f"{self.where}: [{self.code}] {self.what}"
        if self.advice:
            text += f"; {self.advice}"
        if self.see:
            text += f"; see: {self.see}"
        return text


def fails(findings: Iterable[Finding]) -> bool:
    """Whether `bridge check` must exit with 1: anything from a warning upwards."""
    return any(finding.level is not Level.NOTE for finding in findings)


def stops(findings: Iterable[Finding]) -> bool:
    """Whether nothing can be started on them: any error."""
    return any(finding.level is Level.ERROR for finding in findings)


_LOOK_ALIKES = str.maketrans("асеорхуіїАВСЕНІКМОРТХ", "aceopxyiiABCEHIKMOPTX")


def _skeleton(word: str) -> str:
    return word.translate(_LOOK_ALIKES).casefold()


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return "Cyrillic" if "CYRILLIC" in name else "Latin" if "LATIN" in name else "another script"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt name: look-alike letters first (сard, Надiслати), then the nearest, else the list.

    Gives an empty text when nothing is known. The list is cut after eight names.
    """
    names = sorted(set(known))
    by_skeleton = {_skeleton(name): name for name in names}
    same = by_skeleton.get(_skeleton(word))
    if same is not None and same != word:
        if same.casefold() == word.casefold():
            return f'did you mean "{same}"? (capital letters matter)'
        odd = [
            f'letter {number} "{mine}" is {_script(mine)}'
            for number, (mine, theirs) in enumerate(zip(word, same, strict=False), 1)
            if mine.casefold() != theirs.casefold()
        ]
        return f'did you mean "{same}"? ' + ", ".join(odd)
    near = difflib.get_close_matches(_skeleton(word), by_skeleton, 1, 0.6)
    if near:
        return f'did you mean "{by_skeleton[near[0]]}"?'
    if not names:
        return ""
    return "one of: " + ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
