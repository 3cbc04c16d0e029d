"""Rule files in, a checked rule set out, with every mistake at its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any

from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding, Level, did_you_mean
from bridge.model.floods import Limits
from bridge.model.wording import worded
from rules.actions.cards import Checklist
from rules.calendar_entries import missing_years, parse_calendar
from rules.calendars import Calendar
from rules.checklists import ChecklistEntry, ListTemplate
from rules.checks import actions_of, check_rule, sources_of_set_fields
from rules.deciding import STAFF_CHAT
from rules.entries import DefaultsEntry, RuleEntry, check_button, read_field, texts_in_languages
from rules.flaws import Flaw, Flawed, Path
from rules.foresight import RULES, foresee
from rules.gate_entries import read_gates
from rules.going_on import sound_part
from rules.ids import rule_of
from rules.maps import FormMap
from rules.names import Known
from rules.reader import Document
from rules.ruleset import Defaults, Rule, RuleSet
from rules.sections import MAPS, Entry, Sections
from rules.text_entries import read_texts
from rules.uses import made_of_blueprints
from rules.written_tests import RawTest, read_test

FROM_THE_ENGINE = ("why", "step.days", "event.*", "week.*", "day.*")
"""Names that texts may use beside the facts: the engine itself hands them in."""
FROM_A_GATE = ("gate.name", "gate.missing")
"""Names that texts may use where the action names a gate."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known outside the rule files. None for what is not known here: names of that kind are not checked.

    `fields` are declared elsewhere (fields.yaml); `lists` and `labels` come from live boards; `checklists` are the
    templates of checklists; `names` are names that texts may use beside the facts ("inbox.*" for all that begin so),
    and `texts` those that the engine says by itself. `language` is the agency's, where `defaults` name none.
    `tzdata` is the version of the time zone data. On `today` calendars are asked whether they know the year that comes.
    `flawed` are fields declared elsewhere with a mistake; `unread` says that such a file could not be read at all, and
    `alone` that names which these files declare none of may be declared in files that are not at hand.
    """

    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    languages: tuple[str, ...] = ("uk", "ru", "en")
    language: str = "uk"
    forms: Collection[str] | None = None
    maps: Mapping[str, FormMap] | None = None
    buttons: Mapping[str, Mapping[str, str]] | None = None
    documents: Collection[str] | None = None
    webhooks: Collection[str] | None = None
    people: Collection[str] | None = None
    lists: Collection[str] | None = None
    labels: Collection[str] | None = None
    checklists: Collection[str] | None = None
    names: Collection[str] = ()
    texts: Collection[str] = ()
    tzdata: str = ""
    today: date | None = None
    flawed: Collection[str] = ()
    unread: bool = False
    alone: bool = False


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

    A check goes on past a mistake as far as what it finds then is true whatever was meant (rules.going_on).
    `documents` are those of them that were read already, by name. Files that were read lately are not read again.
    """
    found = read_once(_Asked(tuple(files), context or Context(), documents or {}))
    return replace(found, findings=list(found.findings))


@dataclass(frozen=True)
class _Asked:
    """Files and what is known outside them: all that decides what comes of reading. Documents follow from the files."""

    files: tuple[tuple[str, bytes], ...]
    context: Context
    documents: Mapping[str, Document] = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.files)


@lru_cache(maxsize=4)
def read_once(asked: _Asked) -> Loaded:
    """What comes of reading; kept for the next who asks the same, as a command does of the set at work and on disk."""
    sections = Sections(asked.documents)
    sections.unread = asked.context.unread
    for name, blob in asked.files:
        sections.add(name, blob)
    loading = _Loading(asked.context, sections)
    ruleset = loading.ruleset()
    findings = sorted(set(sections.findings) - set(sections.echoes(loading.context.flawed)))
    broken = any(finding.level is Level.ERROR for finding in findings)
    findings = sections.without_doubtful(findings)
    if loading.context.alone:
        findings = sections.without_undeclared(findings)
    tests = tuple(RawTest(entry.data, entry.document, entry.path) for entry in sections.lists["tests"])
    notes = tuple(sorted(set(loading.notes)))
    names = None if sections.unread else loading.names
    return Loaded(None if broken else ruleset, findings, tests, tuple(sections.not_checked()), notes, names)


class _Loading:
    """The sections on their way to one set."""

    def __init__(self, context: Context, sections: Sections) -> None:
        self.context = context
        self.sections = sections
        self.notes: list[Finding] = []
        self.names: Known | None = None

    def ruleset(self) -> RuleSet:
        """Everything the sections say; worth something only while nothing was found wrong."""
        names = Known(languages=self.context.languages)
        written_down = {name: entry.data for name, entry in self.sections.maps["calendars"].items()}
        calendars = self.sections.each(
            "calendars", lambda entry: parse_calendar(str(entry.path[-1]), entry.data, written_down)
        )
        self._ask_for_years(calendars)
        roles = self.sections.each("roles", lambda entry: self._role(entry, names))
        buttons = self.sections.each("buttons", lambda entry: self._button(entry, names))
        checklists = self.sections.each("checklists", lambda entry: _checklist(entry, names))
        fields = self._fields()
        names = self._known(fields, calendars, roles, set(buttons))
        names = replace(names, titles={name: tuple(set(one.name.values())) for name, one in checklists.items()})
        defaults = self._defaults(names, calendars)
        names = replace(names, language=defaults.language, zone=_zone(defaults, calendars))
        entries = self._rule_entries(names)
        self.names = names = replace(names, free=self._free_names(entries))
        gates = read_gates(self.sections, names)
        texts = read_texts(self.sections, names)
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
        engine_names = (*FROM_THE_ENGINE, *self.context.names)
        for rule, entry in rules:
            self.sections.flaw(entry, *check_rule(rule, made, engine_names))
        for part, back, entry in self._sound_parts(entries, rules, names):
            flaws = check_rule(part, made, engine_names)
            self.sections.flaw(entry, *(replace(flaw, path=back(flaw.path)) for flaw in flaws))
        self._foresee(made, {rule.id: entry for rule, entry in rules})
        self._unused_checklists(made)
        self._read_tests(made)
        return replace(made, set_by=sources_of_set_fields(made))

    def _whole(self) -> bool:
        """Whether everything is at hand, without a mistake so far."""
        wrong = any(finding.level is Level.ERROR for finding in self.sections.findings)
        return not (wrong or self.context.flawed or self.sections.unread)

    def _read_tests(self, made: RuleSet) -> None:
        """Mistakes in tests. While the rules themselves are wrong, what tests name would only look unknown."""
        if self._whole():
            for entry in self.sections.lists["tests"]:
                read = partial(read_test, entry.data, made, self.context.people, self.names)
                self.sections.attempt(entry, read)

    def _unused_checklists(self, made: RuleSet) -> None:
        """A note for each template that no rule puts on a card."""
        actions = [action for rule in made.rules for _path, action in actions_of(rule)]
        used = {action.checklist.template for action in actions if isinstance(action, Checklist)}
        for name in sorted(made.checklists.keys() - used):
            what = worded('no rule puts the checklist "{name}" on a card', name=name)
            where = self.sections.maps["checklists"][name].position(key=True)
            self.notes.append(Finding(where, "unused-checklist", what, "leave it out", level=Level.NOTE))

    def _foresee(self, made: RuleSet, rules: Mapping[str, Entry]) -> None:
        """What can be told without running the rules. While something is wrong, nothing counts as missing or unused."""
        for seen in foresee(made, self.context.texts, self._whole()):
            entry = rules[seen.name] if seen.section == RULES else self.sections.maps[seen.section][seen.name]
            told = self.notes if seen.flaw.level is Level.NOTE else self.sections.findings
            told.append(entry.finding(seen.flaw))

    def _ask_for_years(self, calendars: Mapping[str, Calendar]) -> None:
        """Holidays are moved by governments late in the year: a calendar that ends with it would count them as work."""
        today = self.context.today
        if today is None:
            return
        for name, calendar in calendars.items():
            entry = self.sections.maps["calendars"][name]
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
                self.sections.findings.append(Finding(where, "missing-year", what, advice, level=Level.WARNING))

    def _button(self, entry: Entry, names: Known) -> dict[str, str]:
        check_button(str(entry.path[-1]))
        return texts_in_languages(entry.data, names)

    def _role(self, entry: Entry, names: Known) -> dict[str, str]:
        if entry.path[-1] == STAFF_CHAT:
            what = worded("{key} would hide what the engine itself calls so", key=STAFF_CHAT)
            raise Flawed([Flaw("reserved-name", what, "give the role another name", key=True)])
        return texts_in_languages(entry.data, names)

    def _fields(self) -> dict[str, FieldSpec]:
        languages = self.context.languages
        made = self.sections.each("fields", lambda entry: read_field(str(entry.path[-1]), entry.data, languages))
        for key in made.keys() & self.context.fields.keys():
            flaw = Flaw("duplicate-name", worded('field "{key}" is declared elsewhere already', key=key), key=True)
            self.sections.flaw(self.sections.maps["fields"][key], flaw)
        return {**self.context.fields, **made}

    def _known(
        self,
        fields: Mapping[str, FieldSpec],
        calendars: Mapping[str, Calendar],
        roles: Mapping[str, Mapping[str, str]],
        buttons: Collection[str],
    ) -> Known:
        context = self.context
        known_buttons = {*buttons, *(context.buttons or ())} if buttons or context.buttons is not None else None
        return Known(
            fields=fields,
            gates=frozenset(self.sections.maps["gates"]),
            texts=frozenset(self.sections.maps["templates"]),
            roles={**{key: {} for key in self.sections.maps["roles"]}, **roles},
            calendars=frozenset(self.sections.maps["calendars"]) | set(calendars),
            languages=context.languages,
            forms=context.forms,
            maps=context.maps,
            buttons=known_buttons,
            documents=context.documents,
            webhooks=context.webhooks,
            people=context.people,
            lists=context.lists,
            labels=context.labels,
            checklists=(
                {*self.sections.maps["checklists"], *(context.checklists or ())}
                if self.sections.maps["checklists"] or context.checklists is not None
                else None
            ),
        )

    def _defaults(self, names: Known, calendars: Mapping[str, Calendar]) -> Defaults:
        entry = self.sections.default
        read = self.sections.shaped(entry, DefaultsEntry, names) if entry is not None else None
        said = read or DefaultsEntry()
        if said.calendar not in self.sections.maps["calendars"]:
            where = entry.position(("calendar",)) if entry is not None else self.sections.first
            advice = did_you_mean(said.calendar, self.sections.maps["calendars"]) or worded(
                "add calendars: {{{calendar}: …}}", calendar=said.calendar
            )
            self.sections.findings.append(
                Finding(
                    where, "unknown-calendar", worded('unknown calendar "{calendar}"', calendar=said.calendar), advice
                )
            )
        language = said.language or self.context.language
        if language not in names.languages and entry is not None:
            advice = did_you_mean(language, names.languages)
            self.sections.flaw(
                entry,
                Flaw(
                    "unknown-language",
                    worded('unknown language "{language}"', language=language),
                    advice,
                    ("language",),
                ),
            )
        return Defaults(
            language=language,
            calendar=said.calendar,
            window=said.client_messages.window,
            at_most=said.client_messages.at_most,
            tell=said.not_known.tell,
            tell_after=_elapsed(said.not_known.after.count, said.not_known.after.unit),
            loop_limit=said.loop_limit,
            late_after=_elapsed(said.late_after.count, said.late_after.unit),
            flood=Limits(said.flood.rule, said.flood.messages, said.flood.client),
        )

    def _rule_entries(self, names: Known) -> list[Entry]:
        entries = [*self.sections.lists["rules"], *made_of_blueprints(self.sections, names)]
        first: dict[str, Entry] = {}
        for entry in entries:
            rule_id = entry.data.get("id") if isinstance(entry.data, dict) else None
            if isinstance(rule_id, str) and rule_id in first:
                advice = worded("first at {place}", place=first[rule_id].position(("id",)))
                self.sections.flaw(
                    entry,
                    Flaw(
                        "duplicate-name", worded('rule id "{rule_id}" is used twice', rule_id=rule_id), advice, ("id",)
                    ),
                )
            elif isinstance(rule_id, str):
                first[rule_id] = entry
        return entries

    def _free_names(self, entries: Sequence[Entry]) -> tuple[str, ...]:
        given = {key for entry in entries for key in _given(entry.data) if key != "gate"}
        return (*FROM_THE_ENGINE, *FROM_A_GATE, *self.context.names, *sorted(given))

    def _rules(self, entries: Sequence[Entry], names: Known) -> list[tuple[Rule, Entry]]:
        made: list[tuple[Rule, Entry]] = []
        for entry in entries:
            said = self.sections.shaped(entry, RuleEntry, names)
            if said is not None:
                rule = self.sections.attempt(entry, lambda said=said, entry=entry: rule_of(said, entry.position()))  # type: ignore[misc]
                made += [(rule, entry)] if rule is not None else []
        return made

    def _sound_parts(
        self, entries: Sequence[Entry], whole: Sequence[tuple[Rule, Entry]], names: Known
    ) -> Iterator[tuple[Rule, Callable[[Path], Path], Entry]]:
        """What is left of the rules that have mistakes, with the way back into them: one mistake hides no other."""
        sound = {id(entry) for _rule, entry in whole}
        for entry in entries:
            if id(entry) not in sound:
                read = partial(_rule, entry=entry, names=names)
                found = sound_part(entry.data, read)
                if found is not None:
                    yield (*found, entry)

    def _hash(self, fields: Mapping[str, FieldSpec], rules: Sequence[Entry]) -> str:
        """Equal for equal meaning: files, comments and places do not count, the version of the zone data does."""
        sections: dict[str, Any] = {
            section: {name: entry.data for name, entry in self.sections.maps[section].items()}
            for section in MAPS
            if section not in ("fields", "blueprints")
        }
        sections["fields"] = {key: asdict(spec) for key, spec in fields.items()}
        sections["rules"] = [entry.data for entry in rules]
        sections["defaults"] = self.sections.default.data if self.sections.default is not None else {}
        sections["maps"] = {name: asdict(one) for name, one in (self.context.maps or {}).items()}
        sections["buttons"] |= self.context.buttons or {}
        sections["around"] = [list(self.context.languages), self.context.tzdata, self.context.language]
        written_down = json.dumps(sections, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(written_down.encode()).hexdigest()[:16]


def _rule(data: Any, entry: Entry, names: Known) -> Rule:
    return rule_of(RuleEntry.model_validate(data, context=names), entry.position())


def _checklist(entry: Entry, names: Known) -> ListTemplate:
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
