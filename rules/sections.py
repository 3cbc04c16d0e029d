"""The files of a rule set as sections of entries, and what was found wrong in them so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from bridge.model.errors import ConfigError
from bridge.model.findings import Finding, Level, Position, did_you_mean, strange_letters
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed, Params, Path, flaws_of, written
from rules.going_on import DECLARED, name_in, stands_alone
from rules.names import Known
from rules.reader import Document, read_on

VERSION = 1
MAPS = ("roles", "calendars", "fields", "gates", "templates", "blueprints", "buttons", "checklists")
LISTS = ("rules", "use", "tests")
SECTIONS = ("version", "defaults", *MAPS, *LISTS)
_NAMED = 8
"""So many names that nothing here could check are told; the rest would be no news."""

P = TypeVar("P", bound=Params)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a file: its data and its place. A rule made of a blueprint stands where it is used."""

    data: Any
    document: Document
    path: Path
    made_of: Entry | None = None

    def position(self, path: Sequence[str | int] = (), key: bool = False) -> Position:
        inner: Sequence[str | int] = () if self.made_of is not None else path
        return self.document.position((*self.path, *inner), key)

    def inside(self, path: Sequence[str | int], line: int, column: int = 1) -> Position:
        inner: Sequence[str | int] = () if self.made_of is not None else path
        return self.document.inside((*self.path, *inner), line, column)

    def finding(self, flaw: Flaw) -> Finding:
        found = flaw.finding(self)
        if self.made_of is None:
            return found
        origin = flaw.under("rule").finding(self.made_of).where
        return replace(found, what=worded("{what} (made of the blueprint at {origin})", what=found.what, origin=origin))


class Sections:
    """Every entry by its section, and every finding about them."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents
        self.findings: list[Finding] = []
        self.maps: dict[str, dict[str, Entry]] = {section: {} for section in MAPS}
        self.lists: dict[str, list[Entry]] = {section: [] for section in LISTS}
        self.default: Entry | None = None
        self.first = Position("rules")
        self.unread = False
        """Whether a file could not be read: the names that the others miss may stand there."""
        self.doubtful: set[str] = set()
        """Sections of which a part could not be taken in, with what they declare."""
        self.unchecked: dict[tuple[str, str], Position] = {}

    def add(self, name: str, blob: bytes) -> None:
        """Takes in one file."""
        if self.first == Position("rules"):
            self.first = Position(name)
        try:
            document = self.documents[name] if name in self.documents else read_on(name, blob)
        except ConfigError as error:
            self.findings += error.findings
            self.unread = True
            return
        self.findings += document.slips
        whole = Entry(document.data, document, ())
        if not isinstance(document.data, dict):
            self.flaw(
                whole,
                Flaw(
                    "wrong-type", worded("expected sections such as rules:, got {given}", given=written(document.data))
                ),
            )
            self.unread = True
            return
        for section, data in document.data.items():
            self._section(section, Entry(data, document, (section,)))
        self.findings += _strange_names(document)

    def _section(self, section: str, entry: Entry) -> None:
        if section == "version":
            if entry.data != VERSION:
                self.flaw(
                    entry,
                    Flaw(
                        "wrong-version",
                        worded("version {given} is not known", given=written(entry.data)),
                        worded("write {version}", version=VERSION),
                    ),
                )
        elif section == "defaults":
            if self.default is not None:
                self._twice(entry, "defaults:", self.default)
            self.default = entry
        elif section not in SECTIONS:
            flaw = Flaw(
                "unknown-key",
                worded('unknown section "{section}"', section=section),
                did_you_mean(section, SECTIONS),
                key=True,
            )
            self.flaw(entry, flaw)
            self.doubtful |= (
                {one for one in SECTIONS if f'"{one}"' in flaw.advice} if flaw.advice.startswith("did") else set()
            )
        elif entry.data is not None:
            self._items(section, entry)

    def _items(self, section: str, entry: Entry) -> None:
        if section in LISTS and isinstance(entry.data, list):
            self.lists[section] += [
                replace(entry, data=data, path=(section, place)) for place, data in enumerate(entry.data)
            ]
        elif section in LISTS or not isinstance(entry.data, dict):
            kind = worded("a list" if section in LISTS else "a map (name: …)")
            self.flaw(
                entry,
                Flaw(
                    "wrong-type",
                    worded(
                        "{section}: expected {kind}, got {given}", section=section, kind=kind, given=written(entry.data)
                    ),
                ),
            )
            self.doubtful.add(section)
        else:
            for name, data in entry.data.items():
                item = replace(entry, data=data, path=(section, name))
                before = self.maps[section].get(name)
                if before is not None:
                    self._twice(item, worded('{kind} "{name}"', kind=worded(section[:-1]), name=name), before)
                self.maps[section][name] = item

    def _twice(self, entry: Entry, what: str, before: Entry) -> None:
        advice = worded("first at {place}", place=before.position(key=True))
        self.flaw(entry, Flaw("duplicate-name", worded("{what} is written twice", what=what), advice, key=True))

    def flaw(self, entry: Entry, *flaws: Flaw) -> None:
        """Notes mistakes in an entry, each at its place."""
        self.findings += [entry.finding(flaw) for flaw in flaws]

    def attempt(self, entry: Entry, make: Callable[[], T]) -> T | None:
        """What `make` gives; None when it has mistakes, which are noted at their places."""
        try:
            return make()
        except ValidationError as error:
            self.flaw(entry, *flaws_of(error))
        except Flawed as error:
            self.flaw(entry, *error.flaws)
        return None

    def shaped(self, entry: Entry, shape: type[P], names: Known) -> P | None:
        """The entry in that shape, None when it does not fit; what of its names nothing here can check is noted."""
        made = self.attempt(entry, lambda: shape.model_validate(entry.data, context=names))
        for unchecked in names.unchecked - self.unchecked.keys():
            self.unchecked[unchecked] = entry.position()
        return made

    def each(self, section: str, make: Callable[[Entry], T]) -> dict[str, T]:
        """What `make` gives for each entry of a section of names, without those that have mistakes."""
        made: dict[str, T] = {}
        for name, entry in self.maps[section].items():
            value = self.attempt(entry, lambda entry=entry: make(entry))  # type: ignore[misc]
            if value is not None:
                made[name] = value
        return made

    def echoes(self, flawed: Collection[str] = ()) -> Iterator[Finding]:
        """Findings that only repeat another: a field with a mistake in its declaration is not unknown besides.

        `flawed` are such fields of fields.yaml.
        """
        told = {worded('unknown field "{key}"', key=key) for key in (*self.maps["fields"], *flawed)}
        yield from (
            finding
            for finding in self.findings
            if finding.code == "unknown-field" and any(words in finding.what for words in told)
        )

    def without_doubtful(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings but for those about names that may stand where nothing could be read."""
        if self.unread:
            return [finding for finding in findings if stands_alone(finding)]
        return [finding for finding in findings if DECLARED.get(finding.code, ("", ""))[0] not in self.doubtful]

    def without_undeclared(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings but for those about names of which these files declare none: they are not checked here."""
        kept: list[Finding] = []
        for finding in findings:
            section, kind = DECLARED.get(finding.code, ("", ""))
            if section and not self.maps[section]:
                self.unchecked.setdefault((kind, name_in(finding)), finding.where)
            else:
                kept.append(finding)
        return kept

    def not_checked(self) -> Iterator[Finding]:
        """One note for each kind of name that nothing here could check, at the first entry that names one."""
        for kind in sorted({kind for kind, _name in self.unchecked}):
            places = {name: where for (one, name), where in self.unchecked.items() if one == kind}
            named = [f'"{name}"' for name in sorted(places)[:_NAMED]] + (["…"] if len(places) > _NAMED else [])
            advice = "only the whole configuration or a live account can tell"
            yield Finding(
                min(places.values()),
                "not-checked",
                worded("not checked: {kind} {names}", kind=worded(kind), names=named),
                advice,
                level=Level.NOTE,
            )


def _strange_names(document: Document) -> Iterator[Finding]:
    """A warning for each name that rules declare in letters of two scripts that look alike: nobody could type it."""
    for name, path, key in _declared(document.data):
        odd = strange_letters(name)
        if odd:
            what = worded('"{name}" mixes letters that look alike: {odd}', name=name, odd=odd)
            where = document.position(path, key)
            yield Finding(where, "mixed-letters", what, "write it in one alphabet", level=Level.WARNING)


def _declared(data: Mapping[str, Any]) -> Iterator[tuple[str, Path, bool]]:
    """The names that a file gives: each with its path, and whether it is a key."""
    for section in MAPS:
        entries = data.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            yield name, (section, name), True
            choices = entry.get("of") if isinstance(entry, dict) else None
            for place, choice in enumerate(choices if isinstance(choices, list) else ()):
                yield str(choice), (section, name, "of", place), False
    for section in ("rules", "use"):
        entries = data.get(section)
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                yield entry["id"], (section, place, "id"), False
