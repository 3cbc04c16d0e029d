"""How far a check goes on past a mistake: what is left of a rule without it, and which findings it may have made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from bridge.model.findings import Finding
from bridge.model.wording import Worded
from rules.entries import RuleEntry
from rules.flaws import Flaw, Flawed, Path, flaws_of

T = TypeVar("T")
DECLARED: Mapping[str, tuple[str, str]] = {
    "unknown-field": ("fields", "field"),
    "missing-with": ("fields", "field"),
    "unknown-calendar": ("calendars", "calendar"),
    "unknown-role": ("roles", "role"),
    "unknown-recipient": ("roles", "role"),
    "unknown-template": ("templates", "template"),
    "unknown-gate": ("gates", "gate"),
    "unknown-blueprint": ("blueprints", "blueprint"),
    "unknown-button": ("buttons", "button"),
    "unknown-checklist": ("checklists", "checklist"),
}
"""By the finding about a name that nobody declares: the section where it would stand, and its kind."""
_BY_NAME = frozenset(
    {
        *DECLARED,
        *(f"unknown-{kind}" for kind in ("form", "map", "document", "list", "label", "value")),
        *(f"unknown-{kind}" for kind in ("person", "rule", "version", "input", "profile")),
    }
)
_ROUNDS = 4
"""Taking a mistake out may show another that stood behind it, so often."""
_KEYS = {field.alias or name for name, field in RuleEntry.model_fields.items()}
_LISTS = ("then", "else", "steps")


def stands_alone(finding: Finding) -> bool:
    """Whether a finding is true whatever else the files say: it tells of no name that may stand in an unread one."""
    return finding.code not in _BY_NAME


def name_in(finding: Finding) -> str:
    """The name that a finding about an undeclared one tells of."""
    what = finding.what
    while isinstance(what, Worded) and isinstance(what.values.get("what"), Worded):
        what = what.values["what"]
    values = what.values if isinstance(what, Worded) else {}
    found = next((values[word] for word in ("key", "name", "given", "calendar", "blueprint") if word in values), what)
    return str(found).strip('"')


def sound_part(data: Any, read: Callable[[Any], T]) -> tuple[T, Callable[[Path], Path]] | None:
    """What `read` makes of a rule without its flawed parts, and how a path in that leads back into the whole.

    None where too little is left: nothing to do, or nobody to do it for.
    """
    cuts: set[Path] = set()
    for _round in range(_ROUNDS):
        left = _Left(cuts)
        try:
            return read(left.of(data)), left.back
        except ValidationError as error:
            flaws: Iterable[Flaw] = flaws_of(error)
        except Flawed as error:
            flaws = error.flaws
        more = {_flawed_part(left.back(flaw.path), data) for flaw in flaws}
        if () in more or more <= cuts:
            return None
        cuts |= more
    return None


def _flawed_part(path: Path, data: Any) -> Path:
    """The smallest part of a rule that can be left out with the mistake in it; () for the whole."""
    if not path or not isinstance(data, dict) or path[0] in ("id", "per"):
        return ()
    if path[0] not in _KEYS and "per" not in data:
        return ()  # what is no key may be meant to say whose rule it is
    parts: Any = data.get(str(path[0]))
    if path[0] not in _LISTS or len(path) == 1 or not isinstance(parts, list):
        return path[:1]
    listed = path[0] == "steps" and path[2:3] == ("then",) and isinstance(parts[int(path[1])]["then"], list)
    return path[:4] if listed else path[:2]


class _Left:
    """A rule without some of its parts."""

    def __init__(self, cuts: Iterable[Path]) -> None:
        self._cuts = frozenset(cuts)
        self._kept: dict[Path, Sequence[int]] = {}
        """By the path of a list in what is left: which items of the whole are in it."""

    def of(self, data: Any) -> Any:
        """What is left. A rule must wake of something: one whose trigger is cut wakes when a chat is bound."""
        left = self._without(data, (), ())
        return {**left, "when": {"bound": "telegram"}} if ("when",) in self._cuts else left

    def _without(self, data: Any, path: Path, there: Path) -> Any:
        if isinstance(data, dict):
            kept = {key: value for key, value in data.items() if (*path, key) not in self._cuts}
            return {key: self._without(value, (*path, key), (*there, key)) for key, value in kept.items()}
        if isinstance(data, list):
            places = [place for place in range(len(data)) if (*path, place) not in self._cuts]
            self._kept[there] = places
            return [self._without(data[old], (*path, old), (*there, new)) for new, old in enumerate(places)]
        return data

    def back(self, path: Path) -> Path:
        """The path in the whole of what stands at a path in what is left."""
        found: list[str | int] = []
        for number, step in enumerate(path):
            kept = self._kept.get(tuple(path[:number]), ())
            found.append(kept[step] if isinstance(step, int) and step < len(kept) else step)
        return tuple(found)
