"""A configuration problem as a value: collected, sorted and printed together."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bridge.model.wording import worded


class Level(StrEnum):
    """error: the set is not taken · warning: taken, but `bridge check` fails · note: for reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in an admin's file. Lines and columns count from 1, columns in characters; 0 where none is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem: where, which kind, what was found, what to do next.

    `code` is a stable word such as "unknown-key"; `advice` names what is allowed or the nearest known name;
    `see` is a command or page that explains more. `cause` says what stands behind several findings: people are told
    it once, with all the places (bridge.model.follow_ups).
    """

    where: Position
    code: str
    what: str
    advice: str = ""
    see: str = ""
    level: Level = Level.ERROR
    cause: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.level}: [{self.code}] {self.what}"
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


_LOOK_ALIKES = str.maketrans("асеорхуіїјѕвнкмт", "aceopxyiijsbhkmt")
"""Cyrillic letters that look like Latin ones, small or capital (В and B), as small letters."""
_LATIN, _CYRILLIC = frozenset("aceopxyibhkmt"), frozenset("асеорхуіїјѕвнкмт")
"""The letters of each that pass for a letter of the other; s and j do not, in the languages written here."""
_SPACES = "\u00a0\u2007\u202f\u3000"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_UNSEEN = str.maketrans({**dict.fromkeys(_SPACES, " "), **dict.fromkeys(_INVISIBLE, None)})
_CALLED = {
    "\t": worded("TAB"),
    "\u00a0": worded("NO-BREAK SPACE"),
    "\u00ad": worded("SOFT HYPHEN"),
    "\u200b": worded("ZERO WIDTH SPACE"),
    "\u202f": worded("NARROW NO-BREAK SPACE"),
    "\ufeff": worded("ZERO WIDTH NO-BREAK SPACE"),
}
"""The characters that get into files by accident most often, to be named in any language."""
_WORDS = re.compile(r"[^\W\d_]+")


def character_name(character: str) -> str:
    """What a character is called that an eye does not see."""
    known = _CALLED.get(character)
    return known if known is not None else unicodedata.name(character, f"U+{ord(character):04X}")


def _skeleton(word: str) -> str:
    """What an eye sees of a word: two words that look alike have the same."""
    return word.translate(_UNSEEN).casefold().translate(_LOOK_ALIKES)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return "Cyrillic" if "CYRILLIC" in name else "Latin" if "LATIN" in name else "another script"


def _odd_letters(word: str, same: str) -> list[str]:
    """What an eye does not see: the letters by which two words that look alike differ."""
    unseen: list[str] = [
        worded("character {number} is {name}", number=number, name=character_name(mine))
        for number, mine in enumerate(word, 1)
        if mine in _SPACES + _INVISIBLE and mine not in same
    ]
    bare = same if len(same) == len(word) else ""
    return unseen + [
        _letter(number, mine, _script(mine))
        for number, (mine, theirs) in enumerate(zip(word, bare, strict=False), 1)
        if mine.isalpha() and mine.casefold() != theirs.casefold()
    ]


def _letter(number: int, letter: str, script: str) -> str:
    return worded('letter {number} "{letter}" is {script}', number=number, letter=letter, script=worded(script))


def strange_letters(name: str) -> list[str]:
    """The letters of a name that only look like those around them ("letter 8 "і" is Cyrillic"), none in most.

    A word of two scripts whose letters of one all look like the other's passes for a word it is not.
    """
    for found in _WORDS.finditer(name):
        by_script: dict[str, list[tuple[int, str]]] = {"Latin": [], "Cyrillic": []}
        for number, letter in enumerate(found[0], found.start() + 1):
            by_script.get(_script(letter), []).append((number, letter))
        fewer = min(by_script, key=lambda script: len(by_script[script]))
        looks = _LATIN if fewer == "Latin" else _CYRILLIC
        if by_script[fewer] and all(letter.casefold() in looks for _number, letter in by_script[fewer]):
            return [_letter(number, letter, fewer) for number, letter in by_script[fewer]]
    return []


def did_you_mean(word: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Advice for a misspelt name: look-alike letters first (сard, Надiслати), then the nearest, else the list.

    Gives an empty text when nothing is known. The list is cut after eight names. `alike` is how near the nearest must
    come, from 0 to 1.
    """
    names = sorted(set(known))
    by_skeleton = {_skeleton(name): name for name in names}
    same = by_skeleton.get(_skeleton(word))
    if same is not None and same != word:
        if same.casefold() == word.casefold():
            return worded('did you mean "{same}"? (capital letters matter)', same=same)
        odd = _odd_letters(word, same)
        return worded('did you mean "{same}"? {odd}', same=same, odd=odd) if odd else _nearest(same)
    near = difflib.get_close_matches(_skeleton(word), by_skeleton, 1, alike)
    if near:
        return _nearest(by_skeleton[near[0]])
    if not names:
        return ""
    return worded("one of: {names}", names=names[:8] + (["…"] if len(names) > 8 else []))


def _nearest(name: str) -> str:
    return worded('did you mean "{name}"?', name=name)
