"""Rule files in, a checked rule set out, with every mistake at its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from bridge.model.errors import ConfigError
from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding, Level, Position, did_you_mean, strange_letters
from bridge.model.floods import Limits
from bridge.model.wording import worded
from rules.actions.action import Action, derived_id
from rules.actions.cards import Checklist
from rules.actions.people import Propose
from rules.blueprints import Blueprint, Use, blanks_of, expanded
from rules.calendar_entries import missing_years, parse_calendar
from rules.calendars import Calendar
from rules.checklists import ChecklistEntry, ListTemplate
from rules.checks import actions_of, check_rule, sources_of_set_fields
from rules.conditions import read_condition
from rules.deciding import STAFF_CHAT
from rules.entries import DefaultsEntry, GateEntry, RuleEntry, StepEntry, TextEntry, read_field
from rules.entries import texts_in_languages as read_texts
from rules.flaws import Flaw, Flawed, Params, Path, flaws_of, written
from rules.foresight import RULES, foresee
from rules.maps import FormMap
from rules.names import Known
from rules.reader import Document, read
from rules.ruleset import Defaults, Gate, Need, Override, Rule, RuleSet, Step, Text
from rules.texts import Template, read_text
from rules.written_tests import RawTest, read_test

VERSION = 1
MAPS = ("roles", "calendars", "fields", "gates", "templates", "blueprints", "buttons", "checklists")
LISTS = ("rules", "use", "tests")
SECTIONS = ("version", "defaults", *MAPS, *LISTS)

FROM_THE_ENGINE = ("why", "step.days", "event.*", "week.*")
"""Names that texts may use beside the facts: the engine itself hands them in."""
FROM_A_GATE = ("gate.name", "gate.missing")
"""Names that texts may use where the action names a gate."""

P = TypeVar("P", bound=Params)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What is known outside the rule files. None for what is not known here: names of that kind are not checked.

    `fields` are declared elsewhere (fields.yaml); `lists` and `labels` come from live boards; `checklists` are the
    templates of checklists; `names` are names that texts may use beside the facts ("inbox.*" for all that begin so),
    and `texts` those that the engine says by itself.
    `tzdata` is the version of the time zone data. On `today` calendars are asked whether they know the year that comes.
    """

    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    languages: tuple[str, ...] = ("uk", "ru", "en")
    forms: Collection[str] | None = None
    maps: Mapping[str, FormMap] | None = None
    buttons: Mapping[str, Mapping[str, str]] | None = None
    documents: Collection[str] | None = None
    people: Collection[str] | None = None
    lists: Collection[str] | None = None
    labels: Collection[str] | None = None
    checklists: Collection[str] | None = None
    names: Collection[str] = ()
    texts: Collection[str] = ()
    tzdata: str = ""
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of reading: no rule set while any finding is an error.

    `unchecked` are notes on what could not be checked here, because only the rest of the configuration or a live
    account can tell: one for each kind of name. `notes` are for reading: what a set that is in order does that its
    author may not have meant. `names` are those that the files may use, also while they are wrong.
    """

    ruleset: RuleSet | None
    findings: list[Finding]
    tests: tuple[RawTest, ...] = ()
    unchecked: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    names: Known | None = None


def load_rules(
    files: Sequence[tuple[str, bytes]], context: Context | None = None, documents: Mapping[str, Document] | None = None
) -> Loaded:
    """The rule set that these files (name, content) say together, and all findings in order of file and line.

    `documents` are those of them that were read already, by name.
    """
    loading = _Loading(context or Context(), documents or {})
    for name, blob in files:
        loading.add(name, blob)
    # While a file cannot be read, whatever the others name from it would only look unknown.
    ruleset = None if loading.unread else loading.ruleset()
    findings = sorted(set(loading.findings) - set(loading.echoes()))
    broken = any(finding.level is Level.ERROR for finding in findings)
    tests = tuple(RawTest(entry.data, entry.document, entry.path) for entry in loading.lists["tests"])
    notes = tuple(sorted(set(loading.notes)))
    return Loaded(None if broken else ruleset, findings, tests, tuple(loading.not_checked()), notes, loading.names)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A part of a file: its data and its place. A rule made of a blueprint stands where it is used."""

    data: Any
    document: Document
    path: Path
    made_of: _Entry | None = None

    def position(self, path: Sequence[str | int] = (), key: bool = False) -> Position:
        inner: Sequence[str | int] = () if self.made_of is not None else path
        return self.document.position((*self.path, *inner), key)

    def inside(self, path: Sequence[str | int], line: int) -> Position:
        inner: Sequence[str | int] = () if self.made_of is not None else path
        return self.document.inside((*self.path, *inner), line)

    def finding(self, flaw: Flaw) -> Finding:
        found = flaw.finding(self)
        if self.made_of is None:
            return found
        origin = flaw.under("rule").finding(self.made_of).where
        return replace(found, what=worded("{what} (made of the blueprint at {origin})", what=found.what, origin=origin))


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


class _Loading:
    """The sections of all files, and what was found wrong so far."""

    def __init__(self, context: Context, documents: Mapping[str, Document]) -> None:
        self.context = context
        self.documents = documents
        self.findings: list[Finding] = []
        self.notes: list[Finding] = []
        self.maps: dict[str, dict[str, _Entry]] = {section: {} for section in MAPS}
        self.lists: dict[str, list[_Entry]] = {section: [] for section in LISTS}
        self.default: _Entry | None = None
        self.first = Position("rules")
        self.unread = False
        self.unchecked: dict[tuple[str, str], Position] = {}
        self.names: Known | None = None

    # -- files into sections ------------------------------------------------------------------------------------

    def add(self, name: str, blob: bytes) -> None:
        """Takes in one file."""
        if self.first == Position("rules"):
            self.first = Position(name)
        try:
            document = self.documents[name] if name in self.documents else read(name, blob)
        except ConfigError as error:
            self.findings += error.findings
            self.unread = True
            return
        whole = _Entry(document.data, document, ())
        if not isinstance(document.data, dict):
            self._flaw(
                whole,
                Flaw(
                    "wrong-type", worded("expected sections such as rules:, got {given}", given=written(document.data))
                ),
            )
            return
        for section, data in document.data.items():
            self._section(section, _Entry(data, document, (section,)))
        self.findings += _strange_names(document)

    def _section(self, section: str, entry: _Entry) -> None:
        if section == "version":
            if entry.data != VERSION:
                self._flaw(
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
            self._flaw(entry, flaw)
        elif entry.data is not None:
            self._items(section, entry)

    def _items(self, section: str, entry: _Entry) -> None:
        if section in LISTS and isinstance(entry.data, list):
            self.lists[section] += [
                replace(entry, data=data, path=(section, place)) for place, data in enumerate(entry.data)
            ]
        elif section in LISTS or not isinstance(entry.data, dict):
            kind = worded("a list" if section in LISTS else "a map (name: …)")
            self._flaw(
                entry,
                Flaw(
                    "wrong-type",
                    worded(
                        "{section}: expected {kind}, got {given}", section=section, kind=kind, given=written(entry.data)
                    ),
                ),
            )
        else:
            for name, data in entry.data.items():
                item = replace(entry, data=data, path=(section, name))
                before = self.maps[section].get(name)
                if before is not None:
                    self._twice(item, worded('{kind} "{name}"', kind=worded(section[:-1]), name=name), before)
                self.maps[section][name] = item

    def _twice(self, entry: _Entry, what: str, before: _Entry) -> None:
        advice = worded("first at {place}", place=before.position(key=True))
        self._flaw(entry, Flaw("duplicate-name", worded("{what} is written twice", what=what), advice, key=True))

    # -- sections into values -----------------------------------------------------------------------------------

    def ruleset(self) -> RuleSet:
        """Everything the sections say; worth something only while nothing was found wrong."""
        names = Known(languages=self.context.languages)
        written_down = {name: entry.data for name, entry in self.maps["calendars"].items()}
        calendars = self._each("calendars", lambda entry: parse_calendar(str(entry.path[-1]), entry.data, written_down))
        self._ask_for_years(calendars)
        roles = self._each("roles", lambda entry: self._role(entry, names))
        buttons = self._each("buttons", lambda entry: read_texts(entry.data, names))
        checklists = self._each("checklists", lambda entry: _checklist(entry, names))
        fields = self._fields()
        names = self._known(fields, calendars, set(roles), set(buttons))
        names = replace(names, titles={name: tuple(set(one.name.values())) for name, one in checklists.items()})
        defaults = self._defaults(names, calendars)
        names = replace(names, language=defaults.language, zone=_zone(defaults, calendars))
        entries = self._rule_entries(names)
        self.names = names = replace(names, free=self._free_names(entries))
        gates = self._gates(names)
        texts = self._texts(names)
        rules = self._rules(entries, names)
        made = RuleSet(
            rules=tuple(sorted((rule for rule, _ in rules), key=lambda rule: not rule.guard)),
            gates=gates,
            texts=texts,
            fields=fields,
            roles=roles,
            calendars=calendars,
            defaults=defaults,
            maps=self.context.maps or {},
            buttons={**(self.context.buttons or {}), **buttons},
            checklists=checklists,
            hash=self._hash(fields, entries),
        )
        for rule, entry in rules:
            for flaw in check_rule(rule, made, (*FROM_THE_ENGINE, *self.context.names)):
                self._flaw(entry, flaw)
        self._foresee(made, {rule.id: entry for rule, entry in rules})
        self._unused_checklists(made)
        self._read_tests(made)
        return replace(made, set_by=sources_of_set_fields(made))

    def _read_tests(self, made: RuleSet) -> None:
        """Mistakes in tests. While the rules themselves are wrong, what tests name would only look unknown."""
        if not any(finding.level is Level.ERROR for finding in self.findings):
            for entry in self.lists["tests"]:
                self._try(entry, lambda entry=entry: read_test(entry.data, made, self.context.people))  # type: ignore[misc]

    def _unused_checklists(self, made: RuleSet) -> None:
        """A note for each template that no rule puts on a card."""
        actions = [action for rule in made.rules for _path, action in actions_of(rule)]
        used = {action.checklist.template for action in actions if isinstance(action, Checklist)}
        for name in sorted(made.checklists.keys() - used):
            what = worded('no rule puts the checklist "{name}" on a card', name=name)
            where = self.maps["checklists"][name].position(key=True)
            self.notes.append(Finding(where, "unused-checklist", what, "leave it out", level=Level.NOTE))

    def _foresee(self, made: RuleSet, rules: Mapping[str, _Entry]) -> None:
        """What can be told without running the rules. While something is wrong, nothing counts as missing or unused."""
        whole = not any(finding.level is Level.ERROR for finding in self.findings)
        for seen in foresee(made, self.context.texts, whole):
            entry = rules[seen.name] if seen.section == RULES else self.maps[seen.section][seen.name]
            told = self.notes if seen.flaw.level is Level.NOTE else self.findings
            told.append(entry.finding(seen.flaw))

    def echoes(self) -> Iterator[Finding]:
        """Findings that only repeat another: a field with a mistake in its declaration is not unknown besides."""
        told = {worded('unknown field "{key}"', key=key) for key in self.maps["fields"]}
        yield from (
            finding
            for finding in self.findings
            if finding.code == "unknown-field" and any(words in finding.what for words in told)
        )

    def not_checked(self) -> Iterator[Finding]:
        """One note for each kind of name that nothing here could check, at the first entry that names one."""
        for kind in sorted({kind for kind, _name in self.unchecked}):
            places = {name: where for (one, name), where in self.unchecked.items() if one == kind}
            named = [f'"{name}"' for name in sorted(places)]
            advice = "only the whole configuration or a live account can tell"
            yield Finding(
                min(places.values()),
                "not-checked",
                worded("not checked: {kind} {names}", kind=worded(kind), names=named),
                advice,
                level=Level.NOTE,
            )

    def _flaw(self, entry: _Entry, *flaws: Flaw) -> None:
        self.findings += [entry.finding(flaw) for flaw in flaws]

    def _try(self, entry: _Entry, make: Callable[[], T]) -> T | None:
        """What `make` gives; None when it has mistakes, which are noted at their places."""
        try:
            return make()
        except ValidationError as error:
            self._flaw(entry, *flaws_of(error))
        except Flawed as error:
            self._flaw(entry, *error.flaws)
        return None

    def _shaped(self, entry: _Entry, shape: type[P], names: Known) -> P | None:
        made = self._try(entry, lambda: shape.model_validate(entry.data, context=names))
        for unchecked in names.unchecked - self.unchecked.keys():
            self.unchecked[unchecked] = entry.position()
        return made

    def _each(self, section: str, make: Callable[[_Entry], T]) -> dict[str, T]:
        made: dict[str, T] = {}
        for name, entry in self.maps[section].items():
            value = self._try(entry, lambda entry=entry: make(entry))  # type: ignore[misc]
            if value is not None:
                made[name] = value
        return made

    def _ask_for_years(self, calendars: Mapping[str, Calendar]) -> None:
        """Holidays are moved by governments late in the year: a calendar that ends with it would count them as work."""
        today = self.context.today
        if today is None:
            return
        for name, calendar in calendars.items():
            entry = self.maps["calendars"][name]
            if "like" in entry.data:
                continue  # whose dates these are, is asked
            for year in missing_years(calendar, today):
                what = worded(
                    'calendar "{name}" has no date of {year}: every holiday would count as a working day',
                    name=name,
                    year=year,
                )
                advice = worded(
                    "write its holidays under dates:, or run: bridge calendar seed COUNTRY --year {year}", year=year
                )
                where = entry.position(("dates",), key=True)
                self.findings.append(Finding(where, "missing-year", what, advice, level=Level.WARNING))

    def _role(self, entry: _Entry, names: Known) -> dict[str, str]:
        if entry.path[-1] == STAFF_CHAT:
            what = worded("{key} would hide what the engine itself calls so", key=STAFF_CHAT)
            raise Flawed([Flaw("reserved-name", what, "give the role another name", key=True)])
        return read_texts(entry.data, names)

    def _fields(self) -> dict[str, FieldSpec]:
        languages = self.context.languages
        made = self._each("fields", lambda entry: read_field(str(entry.path[-1]), entry.data, languages))
        for key in made.keys() & self.context.fields.keys():
            flaw = Flaw("duplicate-name", worded('field "{key}" is declared elsewhere already', key=key), key=True)
            self._flaw(self.maps["fields"][key], flaw)
        return {**self.context.fields, **made}

    def _known(
        self,
        fields: Mapping[str, FieldSpec],
        calendars: Mapping[str, Calendar],
        roles: Collection[str],
        buttons: Collection[str],
    ) -> Known:
        context = self.context
        known_buttons = {*buttons, *(context.buttons or ())} if buttons or context.buttons is not None else None
        return Known(
            fields=fields,
            gates=frozenset(self.maps["gates"]),
            texts=frozenset(self.maps["templates"]),
            roles={*roles, *self.maps["roles"]},
            calendars=frozenset(self.maps["calendars"]) | set(calendars),
            languages=context.languages,
            forms=context.forms,
            maps=context.maps,
            buttons=known_buttons,
            documents=context.documents,
            people=context.people,
            lists=context.lists,
            labels=context.labels,
            checklists=(
                {*self.maps["checklists"], *(context.checklists or ())}
                if self.maps["checklists"] or context.checklists is not None
                else None
            ),
        )

    def _defaults(self, names: Known, calendars: Mapping[str, Calendar]) -> Defaults:
        entry = self.default
        read = self._shaped(entry, DefaultsEntry, names) if entry is not None else None
        said = read or DefaultsEntry()
        if said.calendar not in self.maps["calendars"]:
            where = entry.position(("calendar",)) if entry is not None else self.first
            advice = did_you_mean(said.calendar, self.maps["calendars"]) or worded(
                "add calendars: {{{calendar}: …}}", calendar=said.calendar
            )
            self.findings.append(
                Finding(
                    where, "unknown-calendar", worded('unknown calendar "{calendar}"', calendar=said.calendar), advice
                )
            )
        if said.language not in names.languages and entry is not None:
            advice = did_you_mean(said.language, names.languages)
            self._flaw(
                entry,
                Flaw(
                    "unknown-language",
                    worded('unknown language "{language}"', language=said.language),
                    advice,
                    ("language",),
                ),
            )
        return Defaults(
            language=said.language,
            calendar=said.calendar,
            window=said.client_messages.window,
            at_most=said.client_messages.at_most,
            tell=said.not_known.tell,
            tell_after=_elapsed(said.not_known.after.count, said.not_known.after.unit),
            loop_limit=said.loop_limit,
            late_after=_elapsed(said.late_after.count, said.late_after.unit),
            flood=Limits(said.flood.rule, said.flood.messages, said.flood.client),
        )

    # -- rules, with those made of blueprints -------------------------------------------------------------------

    def _rule_entries(self, names: Known) -> list[_Entry]:
        blueprints = self._each("blueprints", lambda entry: Blueprint.model_validate(entry.data, context=names))
        for name, blueprint in list(blueprints.items()):
            given = self.maps["blueprints"][name]
            versions = self._try(given, blueprint.versions) or {}
            unknown = [
                (one, (*place, "rule", *path), blank)
                for one, place in versions.values()
                for path, blank in blanks_of(one.rule)
                if blank not in one.inputs
            ]
            for one, path, blank in unknown:
                advice = did_you_mean(blank, one.inputs)
                what = worded('unknown input "{blank}"', blank=blank)
                self._flaw(given, Flaw("unknown-input", what, advice, path))
            if unknown or not versions:
                del blueprints[name]
        made = [entry for use in self.lists["use"] if (entry := self._used(use, blueprints, names)) is not None]
        entries = [*self.lists["rules"], *made]
        first: dict[str, _Entry] = {}
        for entry in entries:
            rule_id = entry.data.get("id") if isinstance(entry.data, dict) else None
            if isinstance(rule_id, str) and rule_id in first:
                advice = worded("first at {place}", place=first[rule_id].position(("id",)))
                self._flaw(
                    entry,
                    Flaw(
                        "duplicate-name", worded('rule id "{rule_id}" is used twice', rule_id=rule_id), advice, ("id",)
                    ),
                )
            elif isinstance(rule_id, str):
                first[rule_id] = entry
        return entries

    def _used(self, entry: _Entry, blueprints: Mapping[str, Blueprint], names: Known) -> _Entry | None:
        use = self._shaped(entry, Use, names)
        if use is None:
            return None
        blueprint = blueprints.get(use.blueprint)
        if blueprint is None:
            if use.blueprint not in self.maps["blueprints"]:
                advice = did_you_mean(use.blueprint, self.maps["blueprints"])
                what = worded('unknown blueprint "{blueprint}"', blueprint=use.blueprint)
                self._flaw(entry, Flaw("unknown-blueprint", what, advice, ("blueprint",)))
            return None
        versions, made_of = blueprint.versions(), self.maps["blueprints"][use.blueprint]
        number = blueprint.version if use.version is None else use.version
        if number not in versions:
            there = ", ".join(map(str, sorted(versions)))
            what = worded("{name} has no version {version}", name=use.blueprint, version=number)
            self._flaw(entry, Flaw("unknown-version", what, worded("there are {there}", there=there), ("version",)))
            return None
        if number != blueprint.version:
            what = worded("{name} is at version {version} now", name=use.blueprint, version=blueprint.version)
            advice = "take `version:` away and let `bridge plan` show what changes"
            self._flaw(entry, Flaw("newer-version", what, advice, ("version",), level=Level.NOTE))
        wanted, place = versions[number]
        data = self._try(entry, lambda: expanded(wanted, use, names))
        if data is None:
            return None
        origin = replace(made_of, path=(*made_of.path, *place))
        return _Entry(data, entry.document, entry.path, made_of=origin)

    def _free_names(self, entries: Sequence[_Entry]) -> tuple[str, ...]:
        given = {key for entry in entries for key in _given(entry.data) if key != "gate"}
        return (*FROM_THE_ENGINE, *FROM_A_GATE, *self.context.names, *sorted(given))

    def _rules(self, entries: Sequence[_Entry], names: Known) -> list[tuple[Rule, _Entry]]:
        made: list[tuple[Rule, _Entry]] = []
        for entry in entries:
            said = self._shaped(entry, RuleEntry, names)
            if said is not None:
                rule = self._try(entry, lambda said=said, entry=entry: _rule(said, entry.position()))  # type: ignore[misc]
                made += [(rule, entry)] if rule is not None else []
        return made

    # -- gates and texts ----------------------------------------------------------------------------------------

    def _gates(self, names: Known) -> dict[str, Gate]:
        said = self._each("gates", lambda entry: GateEntry.model_validate(entry.data, context=names))
        leads_to = {
            gate: {
                *entry.includes,
                *(name[5:] for need in entry.all_needs for name in need.if_.fields if name[:5] == "gate."),
            }
            for gate, entry in said.items()
        }
        for gate in sorted(said):
            circle = _circle(gate, leads_to)
            if circle:
                what = worded("gate {gate} needs itself: {circle}", gate=gate, circle=" -> ".join(circle))
                self._flaw(self.maps["gates"][gate], Flaw("gate-cycle", what, path=("includes",)))
        return {
            gate: Gate(
                gate,
                entry.name,
                tuple(_needs(gate, said, names, frozenset())),
                entry.includes,
                where=self.maps["gates"][gate].position(key=True),
            )
            for gate, entry in said.items()
            if not _circle(gate, leads_to)
        }

    def _texts(self, names: Known) -> dict[str, Text]:
        made: dict[str, Text] = {}
        for name, entry in self.maps["templates"].items():
            text = self._text(name, entry, names)
            if text is not None:
                made[name] = text
        for name, text in made.items():
            circle = _circle(name, {key: {other.otherwise} - {""} for key, other in made.items()})
            if circle:
                what = worded("template {name} falls back on itself: {circle}", name=name, circle=" -> ".join(circle))
                self._flaw(self.maps["templates"][name], Flaw("text-cycle", what, path=("otherwise",)))
            if text.otherwise and text.asserts is None:
                flaw = Flaw(
                    "otherwise-without-asserts",
                    worded("template {name} has otherwise: and no asserts:", name=name),
                    path=("otherwise",),
                    key=True,
                )
                self._flaw(self.maps["templates"][name], flaw)
        return made

    def _text(self, name: str, entry: _Entry, names: Known) -> Text | None:
        if not isinstance(entry.data, dict):
            advice = worded("write {keys}", keys=[f"{language}: …" for language in names.languages])
            self._flaw(
                entry,
                Flaw("wrong-type", worded("template {name}: expected a text in each language", name=name), advice),
            )
            return None
        languages = names.languages
        keys = {field.alias or key for key, field in TextEntry.model_fields.items()}
        rest = {key: value for key, value in entry.data.items() if key not in languages}
        for key in [key for key in rest if key not in keys]:
            flaw = Flaw(
                "unknown-key",
                worded('unknown key "{key}"', key=key),
                did_you_mean(key, [*languages, *keys]),
                (key,),
                key=True,
            )
            self._flaw(entry, flaw)
            del rest[key]
        said = self._shaped(replace(entry, data=rest), TextEntry, names)
        by_language = {one: self._in_language(name, one, entry, names) for one in languages}
        compiled = {language: text for language, text in by_language.items() if text is not None}
        if said is None or len(compiled) < len(languages):
            return None
        return Text(
            name,
            compiled,
            asserts=said.asserts,
            otherwise=said.otherwise or "",
            buttons=said.buttons,
            allows=frozenset(said.allows),
            where=entry.position(key=True),
        )

    def _in_language(self, name: str, language: str, entry: _Entry, names: Known) -> Template | None:
        source = entry.data.get(language)
        if source is None:
            self._flaw(
                entry,
                Flaw(
                    "missing-language",
                    worded('template {name} has no text in "{language}"', name=name, language=language),
                    key=True,
                ),
            )
            return None
        if not isinstance(source, str):
            what = worded(
                "template {name} ({language}): expected text, got {given}",
                name=name,
                language=language,
                given=written(source),
            )
            self._flaw(entry, Flaw("wrong-type", what, "put it in quotes", (language,)))
            return None
        try:
            return read_text(source, language, names.fields, names.free)
        except Flawed as error:
            for flaw in error.flaws:
                what = worded("template {name} ({language}): {what}", name=name, language=language, what=flaw.what)
                self._flaw(entry, replace(flaw, what=what, path=(language,)))
            return None

    # -- the name of the whole ----------------------------------------------------------------------------------

    def _hash(self, fields: Mapping[str, FieldSpec], rules: Sequence[_Entry]) -> str:
        """Equal for equal meaning: files, comments and places do not count, the version of the zone data does."""
        sections: dict[str, Any] = {
            section: {name: entry.data for name, entry in self.maps[section].items()}
            for section in MAPS
            if section not in ("fields", "blueprints")
        }
        sections["fields"] = {key: asdict(spec) for key, spec in fields.items()}
        sections["rules"] = [entry.data for entry in rules]
        sections["defaults"] = self.default.data if self.default is not None else {}
        sections["maps"] = {name: asdict(one) for name, one in (self.context.maps or {}).items()}
        sections["buttons"] |= self.context.buttons or {}
        sections["around"] = [list(self.context.languages), self.context.tzdata]
        written_down = json.dumps(sections, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(written_down.encode()).hexdigest()[:16]


def _checklist(entry: _Entry, names: Known) -> ListTemplate:
    said = ChecklistEntry.model_validate(entry.data, context=names)
    return ListTemplate(str(entry.path[-1]), said.name, said.items)


def _zone(defaults: Defaults, calendars: Mapping[str, Calendar]) -> str:
    calendar = calendars.get(defaults.calendar)
    return calendar.zone if calendar is not None else "UTC"


def _elapsed(count: int, unit: str) -> timedelta:
    return (
        count
        * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit]
    )


def _given(tree: Any) -> Iterator[str]:
    """The names that `with:` of any action in a rule hands to its text."""
    if isinstance(tree, dict):
        given = tree.get("with")
        if "send" in tree and isinstance(given, dict):
            yield from given
        for value in tree.values():
            yield from _given(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _given(item)


def _circle(start: str, leads_to: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """A way from `start` back to itself, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for following in sorted(leads_to.get(way[-1], ())):
            if following == start:
                return (*way, start)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()


def _needs(gate: str, said: Mapping[str, GateEntry], names: Known, above: frozenset[str]) -> Iterator[Need]:
    """The needs of the included gates first, then its own, then those of each kind of work."""
    entry = said.get(gate)
    if entry is None or gate in above:
        return
    for included in entry.includes:
        yield from _needs(included, said, names, above | {gate})
    for need in entry.needs:
        yield Need(need.if_, need.say, need.owed_by)
    if entry.profiles is None:
        return
    profiles = entry.profiles
    for kind, profile in profiles.of.items():
        like = sorted(other for other in profiles.of if kind in profiles.line(other))
        only_if = read_condition({profiles.by: like}, names.fields)
        for need in profile.needs:
            yield Need(need.if_, need.say, need.owed_by, only_if)


def _rule(said: RuleEntry, where: Position) -> Rule:
    ids = _Ids()
    return Rule(
        id=said.id,
        name=said.name or said.id,
        when=said.when,
        where=where,
        enabled=said.enabled,
        condition=said.if_,
        per=said.per or "",
        repeat=said.repeat,
        if_running=said.if_running,
        unless=said.unless,
        then=ids.named(said.then, ("then",)),
        otherwise=ids.named(said.else_, ("else",), "else"),
        steps=tuple(ids.step(step, ("steps", place)) for place, step in enumerate(said.steps)),
        guard=said.guard,
        also_own=said.also_own,
        starts_from=said.from_ or "",
        pause_while=said.pause_while,
        catch_up=said.catch_up,
        expect=said.expect,
        override=Override(said.override.role, said.override.command) if said.override else None,
        grace=said.grace,
    )


class _Ids:
    """Stable ids of steps and actions of one rule: explicit, or of the content; a counter only among exact twins."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def named(self, actions: Sequence[Action], path: Path, place: str = "") -> tuple[Action, ...]:
        """The actions with their ids. Raises Flawed for an explicit id that is used twice."""
        made = []
        for number, action in enumerate(actions):
            if isinstance(action, Propose):
                inner = self.named(action.propose.on_approve, (*path, number, "propose", "on_approve"), "on_approve")
                action = action.model_copy(update={"propose": action.propose.model_copy(update={"on_approve": inner})})
            name = self._unique(action.id, derived_id(action, place), (*path, number, "id"))
            made.append(action.model_copy(update={"id": name}))
        return tuple(made)

    def step(self, said: StepEntry, path: Path) -> Step:
        """The step with its id and those of its actions."""
        content = "\n".join(derived_id(action) for action in said.then)
        derived = (
            f"{str(said.after).replace(' ', '-').replace(':', '')}/{hashlib.sha256(content.encode()).hexdigest()[:8]}"
        )
        name = self._unique(said.id or "", derived, (*path, "id"))
        return Step(name, said.after, self.named(said.then, (*path, "then"), str(said.after)))

    def _unique(self, explicit: str, derived: str, path: Path) -> str:
        name = explicit or derived
        self._used[name] = count = self._used.get(name, 0) + 1
        if explicit and count > 1:
            raise Flawed(
                [
                    Flaw(
                        "duplicate-name",
                        worded('id "{explicit}" is used twice in this rule', explicit=explicit),
                        path=path,
                    )
                ]
            )
        return name if count == 1 else f"{name}#{count}"
