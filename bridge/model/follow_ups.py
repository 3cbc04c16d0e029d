"""Findings that follow from one mistake, told as one: what is wrong, and every place where it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bridge.model.findings import Finding
from bridge.model.wording import Worded, counted, worded

MANY = 3
"""So many findings of one mistake are told together; two are as short one by one."""
_QUOTED = re.compile(r'"[^"]*"|«[^»]*»')
_Mistake: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One mistake for a person to read: the finding at its first place, and the lines of all its places."""

    finding: Finding
    places: tuple[str, ...] = ()


def told_together(findings: Iterable[Finding]) -> list[Told]:
    """The findings in their order, those of one mistake at the place of the first.

    Of one mistake are findings that name the same cause or say the same; and those that say and advise the same of
    other names.
    """
    found = list(findings)
    alike: dict[_Mistake, list[Finding]] = {}
    for finding in found:
        alike.setdefault(_mistake(finding), []).append(finding)
    groups = [part for group in alike.values() for part in ([group] if _of_one_name(group) else _by_words(group))]
    group_of = {id(finding): group for group in groups for finding in group}
    told: list[Told] = []
    for finding in found:
        group = group_of[id(finding)]
        if len(group) < MANY:
            told.append(Told(finding))
        elif finding is group[0]:
            told.append(_as_one(group))
    return told


def _mistake(finding: Finding) -> _Mistake:
    same = (finding.level.value, finding.code, finding.see)
    if finding.cause:
        return (*same, finding.cause)
    return (*same, finding.advice, _shape(finding.what) if finding.advice else finding.what)


def _shape(what: str) -> str:
    """A sentence without the names in it."""
    return what.pattern if isinstance(what, Worded) else _QUOTED.sub("", what)


def _of_one_name(group: Sequence[Finding]) -> bool:
    """Whether the sentences differ by one name only: by more, nobody would know from the first what the others say."""
    said = [one.what for one in group]
    if group[0].cause or not all(isinstance(what, Worded) for what in said):
        return True
    values = [what.values for what in said if isinstance(what, Worded)]
    return sum(len({str(one[name]) for one in values}) > 1 for name in values[0]) <= 1


def _by_words(group: Sequence[Finding]) -> list[list[Finding]]:
    words: dict[str, list[Finding]] = {}
    for finding in group:
        words.setdefault(finding.what, []).append(finding)
    return list(words.values())


def _as_one(group: Sequence[Finding]) -> Told:
    first = group[0]
    if first.cause or all(one.what == first.what for one in group):
        places = counted(len(group), "{count} place|{count} places")
        what = worded("{what}: {places}", what=first.cause or first.what, places=places)
    else:
        others = counted(len(group) - 1, "{count} more like it|{count} more like it")
        what = worded("{what}, and {others}", what=first.what, others=others)
    return Told(replace(first, what=what), tuple(_places(group)))


def _places(group: Sequence[Finding]) -> Iterator[str]:
    """The lines by file, in order."""
    lines: dict[str, list[int]] = {}
    for finding in sorted(group):
        known = lines.setdefault(finding.where.file, [])
        known += [finding.where.line] if finding.where.line not in known else []
    for file, numbers in lines.items():
        if not numbers[0]:
            yield file
            continue
        words = "{file}: line {lines}" if len(numbers) == 1 else "{file}: lines {lines}"
        yield worded(words, file=file, lines=numbers)
