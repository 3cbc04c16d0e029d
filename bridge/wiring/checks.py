"""What only the files together can tell: names that lead from one file into another, or to a system nobody set up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.model.checklists import misfit, titles_of
from bridge.model.fields import PEOPLE, FieldSpec, FieldType, parse_value
from bridge.model.files import FILES
from bridge.model.findings import Finding, Position, did_you_mean
from bridge.model.vault import FACTS as VAULT_FACTS
from bridge.model.vault import NAMED
from bridge.model.wording import worded
from bridge.wiring.form_shapes import FormEntry
from bridge.wiring.people_shapes import PersonEntry
from bridge.wiring.shapes import BridgeFile, FieldEntry
from rules.entries import check_button
from rules.flaws import Flawed
from rules.reader import Document
from rules.whose_time import CLIENT_CALENDAR

OWNERS = (
    *("client", "deal", "task", "invoice", "card", "brief", "access", "report", "checks"),
    *("event", "source", "week", "day"),
)
"""First words of facts: whose they are, or what carries them."""

STANDARD: Mapping[str, tuple[str, ...]] = {
    "trello.card": (
        *("name", "list", "list_id", "board", "labels", "members", "due", "done", "description", "url", "closed"),
    ),
    "planfix.task": ("name", "status", "assignee", "assignees", "owner", "contact", "due", "url"),
    "planfix.contact": (
        *("name", "phone", "email", "owner", "supervisors", "telegram", "telegram_id", "company", "url"),
    ),
    "telegram.chat": ("id", "channel", "state"),
}
"""Mapping names that connectors bring without any entry in bridge.yaml."""

_ONLY_READ: Mapping[str, tuple[str, ...]] = {
    "trello.card": ("list", "list_id", "board", "url", "closed"),
    "planfix.task": ("contact", "url"),
    "planfix.contact": ("company", "url"),
}
"""Those of them that nothing is written to as to a field."""
_HOLDERS = {
    "client": ("planfix.contact", "planfix.task", "trello.card"),
    "deal": ("planfix.task", "trello.card"),
}
"""The records that may hold a fact in step with others, by whose it is: its own, and those of what belongs to it."""
_NO_STEP = ("list", "length")
_ONE_PERSON = frozenset({"planfix.task.assignee", "planfix.task.owner", "planfix.contact.owner"})

_VAULT_TYPES = dict.fromkeys(VAULT_FACTS, "text") | {
    "access.vault": "choice",
    "access.missing": "set",
    "access.wrong": "set",
    "access.checked": "set",
    "access.checked_at": "moment",
    "access.expires": "moment",
}
"""What the facts are that the vault tells."""
_TRIGGERS = {
    "trello": (
        *("label.added", "label.removed", "card.created", "card.moved", "card.archived", "comment.added"),
        *("card.restored", "checklist.done"),
    ),
    "telegram": ("message", "bound", "delivered", "undelivered", "approved"),
    "google_forms": ("form.answered",),
}
_ACTIONS = {
    "trello": ("create", "move", "comment", "label.add", "label.remove", "checklist"),
    "planfix": ("task", "deal.open"),
    "telegram": ("send", "propose"),
    "google_forms": ("fill",),
}
_TRIGGER_NEEDS = {word: system for system, words in _TRIGGERS.items() for word in words}
_ACTION_NEEDS = {word: system for system, words in _ACTIONS.items() for word in words}
_NAMES_A_ROLE = ("to", "for", "role", "owed_by", "tell")
_SET_UP = {
    "trello": "add a trello: section to bridge.yaml, or take out what needs it",
    "planfix": "add a planfix: section to bridge.yaml, or take out what needs it",
    "telegram": "add a telegram: section to bridge.yaml, or take out what needs it",
    "google_forms": "describe a form in forms.yaml, or take out what needs it",
}


@dataclass(frozen=True, slots=True)
class Pack:
    """The config folder as read: each file's values, and the documents that say where they stand.

    `wrong` are the files with mistakes: by name the entries that were left out for them, None where nothing is left.
    """

    bridge: BridgeFile
    fields: Mapping[str, FieldEntry]
    people: Mapping[str, PersonEntry]
    forms: Mapping[str, FormEntry]
    buttons: Mapping[str, Mapping[str, str]]
    documents: Mapping[str, Document]
    rule_documents: Sequence[Document] = field(default=())
    wrong: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    rules_unread: bool = False

    def place(self, file: str, *path: str | int, key: bool = False) -> Position:
        """Where the value at `path` of a file stands, or its key."""
        return self.documents[file].position(path, key)

    def right(self, *files: str) -> bool:
        """Whether nothing was left out of these files: only then what is missing in them is missing."""
        return not any(file in self.wrong for file in files)

    def readable(self, file: str) -> bool:
        """Whether a file could be read, at least in part."""
        return self.wrong.get(file, ()) is not None

    @property
    def systems(self) -> frozenset[str]:
        """The connectors this agency uses."""
        used = {
            name for name in ("trello", "planfix", "telegram", "email", "sms") if getattr(self.bridge, name) is not None
        }
        return frozenset(used | {"google_forms"} if self.forms else used)

    @property
    def specs(self) -> dict[str, FieldSpec]:
        """The declared facts by key. Money is commercial without being told; bridge.yaml calls accesses."""
        specs = {key: spec_of(key, entry) for key, entry in self.fields.items()}
        asked = self.bridge.vault.accesses if self.bridge.vault is not None else {}
        titles = {name: access.title.by_language() for name, access in asked.items()}
        return specs | {key: replace(specs[key], words=titles) for key in NAMED if key in specs}


def spec_of(key: str, entry: FieldEntry) -> FieldSpec:
    """The fact that one entry of fields.yaml declares."""
    return FieldSpec(
        key=key,
        type=FieldType(entry.type),
        source=entry.from_,
        choices=entry.of,
        default=entry.default,
        titles=entry.title.by_language(),
        write_to=entry.write_to or ((entry.from_,) if entry.sync != "none" else ()),
        commercial=entry.commercial or entry.type == "money",
        by_people=entry.by == "people",
        words={value: titles.by_language() for value, titles in entry.words.items()},
        also=entry.also,
        sync=entry.sync,
        written=entry.as_,
        silent=entry.silent,
    )


def check_pack(pack: Pack) -> Iterator[Finding]:
    """Everything wrong between the files.

    What one file lacks is told only when nothing was left out of it.
    """
    yield from _declarations(pack)
    yield from _in_step(pack)
    yield from _mappings(pack) if pack.right("bridge.yaml", "forms.yaml") else ()
    yield from _answers(pack) if pack.readable("fields.yaml") else ()
    yield from _shared_ids(pack)
    yield from _shared_boards(pack)
    yield from _ids_of_no_account(pack) if pack.right("bridge.yaml") else ()
    yield from _vacant_roles(pack) if pack.right("people.yaml") and not pack.rules_unread else ()
    yield from _calendars(pack) if not pack.rules_unread else ()
    yield from _substitutes(pack) if pack.right("people.yaml") else ()
    yield from _absent_systems(pack) if pack.right("bridge.yaml", "forms.yaml") else ()
    yield from _buttons(pack) if pack.right("messages/buttons.yaml") else ()
    yield from _copied_files(pack) if pack.right("bridge.yaml") else ()
    yield from _vault(pack) if pack.right("bridge.yaml", "fields.yaml") else ()


def _declarations(pack: Pack) -> Iterator[Finding]:
    for key, entry in pack.fields.items():
        where = pack.place("fields.yaml", "fields", key, key=True)
        owner, _, name = key.partition(".")
        if not name or owner not in OWNERS:
            yield Finding(
                where, "bad-name", worded('"{key}" does not say whose it is', key=key), did_you_mean(owner, OWNERS)
            )
        if entry.of is not None and entry.type not in ("choice", "set"):
            where = pack.place("fields.yaml", "fields", key, "of", key=True)
            yield Finding(
                where,
                "bad-value",
                worded("{key} is a {type} and has no list of values", key=key, type=entry.type),
                "remove `of`",
            )
        if entry.default is not None:
            yield from _default(pack, key, entry)
        if entry.silent and not any(place.startswith("planfix.") for place in spec_of(key, entry).places):
            where = pack.place("fields.yaml", "fields", key, "silent")
            what = worded("{key} has no place in Planfix: `silent` does nothing there", key=key)
            yield Finding(where, "bad-value", what, worded("take `silent` out, or name a place in Planfix"))
        if wrong := misfit(spec_of(key, entry)):
            where = pack.place("fields.yaml", "fields", key, "type")
            yield Finding(where, "wrong-type", worded(wrong), "write type: choice, of: [none, open, done]")
        for value in sorted(entry.words.keys() - (entry.of or ())):
            where = pack.place("fields.yaml", "fields", key, "words", value, key=True)
            what = worded('"{default}" is not a value of {key}', default=value, key=key)
            yield Finding(where, "unknown-value", what, did_you_mean(value, entry.of or ()))


def _in_step(pack: Pack) -> Iterator[Finding]:
    """Facts that several places hold: whether they can be kept in step, and none that cards may not show."""
    for key, entry in pack.fields.items():
        for word, places in (("write_to", entry.write_to), ("also", entry.also)):
            for n, place in enumerate(places):
                if spec_of(key, entry).commercial and place.startswith("trello."):
                    where = pack.place("fields.yaml", "fields", key, word, n)
                    what = worded("{key} is commercial and would stand on a card", key=key)
                    yield Finding(where, "commercial-field", what, "keep it in Planfix: take this place out")
                if place in _counted(pack):
                    where = pack.place("fields.yaml", "fields", key, word, n)
                    what = worded("{name} is counted from data tags, and can only be read", name=place)
                    yield Finding(where, "not-writable", what, "name a place that can be written")
        if entry.sync == "none" and not entry.also and not entry.as_:
            continue
        spec = spec_of(key, entry)
        for path, wrong, advice in _out_of_step(spec):
            where = pack.place("fields.yaml", "fields", key, *path)
            yield Finding(where, "not-in-step", wrong, advice)
        for path, place in _written_places(spec):
            record, _, name = place.rpartition(".")
            if name in _ONLY_READ.get(record, ()) or (path == ("from",) and place in _counted(pack)):
                where = pack.place("fields.yaml", "fields", key, *path)
                what = worded("{name} can only be read", name=place)
                yield Finding(where, "not-writable", what, "name a place that can be written")


def _out_of_step(spec: FieldSpec) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What keeps a fact from being kept in step: where, what is wrong, what to do."""
    if spec.sync == "none" or not spec.also:
        word = "also" if spec.also else "sync" if spec.sync != "none" else "as"
        yield (word,), worded("`also` and `sync` go together"), "write also: [trello.card.…] and sync: both or sync: to"
        return
    holders = _HOLDERS.get(spec.subject, ())
    if not holders or spec.type in _NO_STEP or titles_of(spec) is not None:
        what = worded("{key} cannot be kept in step: only values of a client or a deal can", key=spec.key)
        yield ("sync",), what, "take `sync` and `also` out"
        return
    places: list[tuple[tuple[str | int, ...], str]] = [(("from",), spec.source)]
    places += [(("also", n), place) for n, place in enumerate(spec.also)]
    for n, (path, place) in enumerate(places):
        if (place in PEOPLE) is not (spec.type is FieldType.SET) and (place in PEOPLE or place in _ONE_PERSON):
            what = worded("{name} and {key} differ: one is a person, the other several", name=place, key=spec.key)
            yield path, what, "keep a set in step with a set: planfix.task.assignees, trello.card.members"
        elif place.rpartition(".")[0] not in holders:
            what = worded("{name} holds nothing of a {subject}", name=place, subject=spec.subject)
            yield path, what, worded("one of: {names}", names=", ".join(f"{one}.…" for one in holders))
        elif place in [other for _path, other in places[:n]]:
            yield path, worded("{name} is named twice", name=place), "take it out"
    owner = spec.source.partition(".")[0]
    systems = {place.partition(".")[0] for place in spec.also} - {owner}
    for system, words in spec.written.items():
        if system not in systems:
            what = worded("{system} is none of the other places of {key}", system=system, key=spec.key)
            yield ("as", system), what, did_you_mean(system, systems)
        for value in sorted(words.keys() - set(spec.choices or ())):
            what = worded('"{default}" is not a value of {key}', default=value, key=spec.key)
            yield ("as", system, value), what, did_you_mean(value, spec.choices or ())
        shown = Counter(words.get(value, value) for value in spec.choices or ())
        for value, theirs in sorted(words.items()):
            if shown[theirs] > 1:
                what = worded('"{theirs}" would mean two values of {key}', theirs=theirs, key=spec.key)
                yield ("as", system, value), what, "call each of them by a word of its own"


def _written_places(spec: FieldSpec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The places that keeping a fact in step writes to."""
    if spec.sync == "both":
        yield ("from",), spec.source
    yield from ((("also", n), place) for n, place in enumerate(spec.also))


def _default(pack: Pack, key: str, entry: FieldEntry) -> Iterator[Finding]:
    where = pack.place("fields.yaml", "fields", key, "default")
    try:
        parse_value(spec_of(key, entry), entry.default)
    except ValueError as error:
        yield Finding(where, "wrong-type", str(error))
        return
    if entry.type == "choice" and entry.of and entry.default not in entry.of:
        what = worded('"{default}" is not a value of {key}', default=entry.default, key=key)
        yield Finding(where, "unknown-value", what, did_you_mean(str(entry.default), entry.of))


def _mappings(pack: Pack) -> Iterator[Finding]:
    for key, entry in pack.fields.items():
        lists = {"write_to": entry.write_to, "also": entry.also}
        named = [(one, (word, n)) for word, names in lists.items() for n, one in enumerate(names)]
        for name, path in [(entry.from_, ("from",)), *named]:
            where = pack.place("fields.yaml", "fields", key, *path)
            if name in ("bridge", "event") and path == ("from",):
                continue
            if "trello" in pack.systems and path == ("from",) and titles_of(spec_of(key, entry)) is not None:
                continue
            yield from _mapping(pack, name, where)
    places = {path for _name, path in _planfix_names(pack)}
    for name, path in _planfix_names(pack):
        if path[-2] == "data_tags" and not name.startswith("planfix.task."):
            where = pack.place("bridge.yaml", *path, key=True)
            advice = worded('write "planfix.task.{name}"', name=name.rpartition(".")[2])
            yield Finding(where, "bad-name", worded("{name} cannot be counted: only of tasks", name=name), advice)
        elif path[-2] == "data_tags" and (*path[:-2], "fields", name) in places:
            where = pack.place("bridge.yaml", *path, key=True)
            what = worded("{name} is named twice", name=name)
            yield Finding(where, "bad-name", what, worded("take it out here, or under fields"))
        elif not name.startswith(("planfix.task.", "planfix.contact.")):
            where = pack.place("bridge.yaml", *path, key=True)
            advice = worded('write "planfix.task.{name}" or "planfix.contact.{name}"', name=name)
            yield Finding(where, "bad-name", worded('"{name}" does not say whose field it is', name=name), advice)


def _planfix_names(pack: Pack) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The mapping names of all Planfix accounts, and where each stands in bridge.yaml."""
    planfix = pack.bridge.planfix
    if planfix is not None:
        yield from ((name, ("planfix", "fields", name)) for name in planfix.fields)
        yield from ((name, ("planfix", "data_tags", name)) for name in planfix.data_tags)
        for account, own in planfix.accounts.items():
            yield from ((name, ("planfix", "accounts", account, "fields", name)) for name in own.fields)
            yield from ((name, ("planfix", "accounts", account, "data_tags", name)) for name in own.data_tags)


def _counted(pack: Pack) -> set[str]:
    """The mapping names that are counted from entries of data tags, in any account."""
    return {name for name, path in _planfix_names(pack) if path[-2] == "data_tags"}


def _mapping(pack: Pack, name: str, where: Position) -> Iterator[Finding]:
    system, record = name.partition(".")[0], name.rpartition(".")[0]
    if system in ("trello", "planfix", "telegram") and system not in pack.systems:
        yield Finding(
            where,
            "absent-system",
            worded("{name} needs {system}, which is not set up", name=name, system=system),
            _SET_UP[system],
            cause=_missing(system),
        )
    elif record not in STANDARD:
        records = "bridge, event, " + ", ".join(f"{one}.…" for one in (*STANDARD, "trello.checklists"))
        yield Finding(
            where,
            "unknown-source",
            worded('"{name}" is no place to read from or write to', name=name),
            worded("one of: {names}", names=records),
        )
    elif name not in (known := _mapped(pack, record)):
        how = worded("add it under {system}: fields: in bridge.yaml", system=system)
        near = did_you_mean(name, known)
        advice = worded("{near} Or {how}", near=near, how=how) if near.startswith("did") else how
        yield Finding(where, "not-mapped", worded("{name} is not mapped", name=name), advice)


def _mapped(pack: Pack, record: str) -> set[str]:
    names = {f"{record}.{name}" for name in STANDARD[record]}
    if record == "trello.card" and pack.bridge.trello:
        return names | {f"{record}.{name}" for name in pack.bridge.trello.fields}
    if record.startswith("planfix.") and pack.bridge.planfix:
        if record == "planfix.task" and pack.bridge.planfix.card_field is not None:
            names.add("planfix.task.card")
        mapped = {*pack.bridge.planfix.fields, *pack.bridge.planfix.data_tags}
        return names | {name for name in mapped if name.startswith(f"{record}.")}
    return names


def _answers(pack: Pack) -> Iterator[Finding]:
    maps: dict[str, str] = {}
    for form, entry in pack.forms.items():
        for column, key in entry.answers.items():
            where = pack.place("forms.yaml", "forms", form, "answers", column)
            field = pack.fields.get(key)
            if field is None and key in (pack.wrong.get("fields.yaml") or ()):
                continue
            if field is None:
                yield Finding(
                    where, "unknown-field", worded('unknown field "{key}"', key=key), did_you_mean(key, pack.fields)
                )
            elif field.from_ != "bridge" and not field.write_to and field.sync == "none":
                what = worded("{key} is read from {source} and written nowhere", key=key, source=field.from_)
                yield Finding(where, "not-writable", what, "add write_to: to the field in fields.yaml")
        yield from _prefilled(pack, form, entry)
        if (
            entry.judged_by
            and pack.right("people.yaml")
            and not any(entry.judged_by in person.roles for person in pack.people.values())
        ):
            where = pack.place("forms.yaml", "forms", form, "judged_by")
            roles = {role for person in pack.people.values() for role in person.roles}
            what = worded('nobody has the role "{role}"', role=entry.judged_by)
            yield Finding(where, "unknown-role", what, did_you_mean(entry.judged_by, sorted(roles)))
        if (other := maps.setdefault(entry.map, form)) != form:
            where = pack.place("forms.yaml", "forms", form, "map")
            yield Finding(
                where,
                "duplicate-name",
                worded('the map "{map}" is already the one of {other}', map=entry.map, other=other),
                "rename one",
            )


def _prefilled(pack: Pack, form: str, entry: FormEntry) -> Iterator[Finding]:
    """Links go to clients: what only the agency may read stays out of them."""
    for question, one in entry.prefill.items():
        key = one.fact or entry.answers.get(question, "")
        field = pack.fields.get(key)
        where = pack.place("forms.yaml", "forms", form, "prefill", question)
        if one.fact and field is None and one.fact not in (pack.wrong.get("fields.yaml") or ()):
            what, advice = worded('unknown field "{key}"', key=key), did_you_mean(key, pack.fields)
            yield Finding(where, "unknown-field", what, advice)
        elif field is not None and field.commercial:
            what = worded("{key} is commercial and stays out of links", key=key)
            yield Finding(where, "bad-value", what, "name another fact, or leave the question empty")


def _shared_ids(pack: Pack) -> Iterator[Finding]:
    """Two people under one id: what one does would be told of the other."""
    seen: dict[tuple[str, str], str] = {}
    for key, person in pack.people.items():
        for connector, given in person.ids.given().items():
            if (other := seen.setdefault((connector, given), key)) != key:
                system, _, account = connector.partition(":")
                where = pack.place(
                    "people.yaml", "people", key, "ids", *(("accounts", account) if account else ()), system
                )
                yield Finding(
                    where,
                    "duplicate-id",
                    worded("{other} has the {system} id {given} too", other=other, system=system, given=given),
                    "one of them is wrong",
                )


def _shared_boards(pack: Pack) -> Iterator[Finding]:
    """A board named in two accounts: nobody could tell in which of them a new card belongs."""
    trello = pack.bridge.trello
    seen = dict.fromkeys(trello.boards, "") if trello is not None else {}
    for account, own in trello.accounts.items() if trello is not None else ():
        for n, board in enumerate(own.boards):
            if seen.setdefault(board, account) != account:
                where = pack.place("bridge.yaml", "trello", "accounts", account, "boards", n)
                yield same_board(where, board)


def same_board(where: Position, board: str) -> Finding:
    """Two accounts have boards of one name."""
    what = worded('two accounts have a board "{name}": a new card could belong to either', name=board)
    return Finding(where, "same-board-names", what, "rename one of the boards, or name it in one account only")


def _ids_of_no_account(pack: Pack) -> Iterator[Finding]:
    """Ids of people in accounts that bridge.yaml does not have."""
    systems = (pack.bridge.trello, pack.bridge.planfix)
    known = {account for section in systems if section is not None for account in section.accounts}
    for key, person in pack.people.items():
        for account in person.ids.accounts:
            if account not in known:
                where = pack.place("people.yaml", "people", key, "ids", "accounts", account, key=True)
                what = worded('bridge.yaml has no account "{name}"', name=account)
                yield Finding(where, "unknown-account", what, did_you_mean(account, known))


def _vacant_roles(pack: Pack) -> Iterator[Finding]:
    """Roles that rules write to or ask, and nobody holds, each once; and roles of people that no rule file declares."""
    declared = {role: document for document in pack.rule_documents for role in _part(document.data, "roles")}
    held = {role for person in pack.people.values() for role in person.roles}
    unknown, told = held - declared.keys(), set[str]()
    for document in pack.rule_documents:
        for path, word, value in _words(document.data):
            vacant = word in _NAMES_A_ROLE and value in declared and value != "client" and value not in held
            if vacant and value not in told:
                told.add(value)
                how = worded("give it to somebody in people.yaml")
                near = did_you_mean(value, unknown)
                advice = worded("{near} Or {how}", near=near, how=how) if near.startswith("did") else how
                what = worded('nobody has the role "{role}"', role=value)
                yield Finding(document.position(path), "vacant-role", what, advice)
    for key, person in pack.people.items():
        for n, role in enumerate(person.roles):
            if role not in declared:
                where = pack.place("people.yaml", "people", key, "roles", n)
                yield Finding(
                    where,
                    "unknown-role",
                    worded('"{given}" is not a {word}', given=role, word=worded("role")),
                    did_you_mean(role, declared),
                )


def _calendars(pack: Pack) -> Iterator[Finding]:
    """Calendars that a person or a client is said to have."""
    known = [name for document in pack.rule_documents for name in _part(document.data, "calendars")]
    for key, person in pack.people.items():
        if person.calendar is not None and person.calendar not in known:
            where = pack.place("people.yaml", "people", key, "calendar")
            what = worded('unknown calendar "{calendar}"', calendar=person.calendar)
            yield Finding(where, "unknown-calendar", what, did_you_mean(person.calendar, known))
    spec = pack.specs.get(CLIENT_CALENDAR)
    for name in spec.choices or () if spec is not None else ():
        if name not in known:
            where = pack.place("fields.yaml", "fields", CLIENT_CALENDAR, "of")
            yield Finding(
                where, "unknown-calendar", worded('unknown calendar "{name}"', name=name), did_you_mean(name, known)
            )


def _substitutes(pack: Pack) -> Iterator[Finding]:
    """Who stands in must be somebody else, whom people.yaml knows."""
    for key, person in pack.people.items():
        for place, absence in enumerate(person.absences):
            name = absence.substitute
            others = [other for other in pack.people if other != key]
            if name and name not in others:
                where = pack.place("people.yaml", "people", key, "absences", place, "substitute")
                what = worded('"{name}" cannot stand in for {key}', name=name, key=key)
                yield Finding(where, "unknown-person", what, did_you_mean(name, others))


def _absent_systems(pack: Pack) -> Iterator[Finding]:
    """Rules that hear or do what belongs to a system that is not set up."""
    for document in pack.rule_documents:
        for rule, n in _rules(document):
            for path, word, value in _keys(rule, ("rules", n)):
                system = _needed(path, word, value)
                for name in system:
                    if name not in pack.systems:
                        what = worded(
                            'rule {id} needs {name} for "{word}", and it is not set up',
                            id=rule.get("id", n),
                            name=name,
                            word=word,
                        )
                        where = document.position(path, key=True)
                        yield Finding(where, "absent-system", what, _SET_UP[name], cause=_missing(name))


def _missing(system: str) -> str:
    """What stands behind every fact and every rule that needs a system."""
    return worded("{system} is needed and not set up", system=system)


def _needed(path: Sequence[str | int], word: str, value: object) -> tuple[str, ...]:
    """The systems without which a key of a rule makes no sense."""
    if "when" in path:
        if word == "deal.created" and isinstance(value, str):
            return (value,) if value in _SET_UP else ()
        return (_TRIGGER_NEEDS[word],) if word in _TRIGGER_NEEDS else ()
    if word == "to" and "attach" in path and isinstance(value, list):
        return tuple(name for name in value if name in _SET_UP)
    acting = len(path) > 1 and isinstance(path[-2], int)
    return (_ACTION_NEEDS[word],) if acting and word in _ACTION_NEEDS else ()


def _buttons(pack: Pack) -> Iterator[Finding]:
    for name in pack.buttons:
        try:
            check_button(name)
        except Flawed as error:
            where = pack.place("messages/buttons.yaml", "buttons", name, key=True)
            yield from (Finding(where, flaw.code, flaw.what, flaw.advice) for flaw in error.flaws)
    planfix = pack.bridge.planfix
    for name in planfix.buttons if planfix else ():
        if name not in pack.buttons:
            where = pack.place("bridge.yaml", "planfix", "buttons", name, key=True)
            yield Finding(
                where, "unknown-button", worded('unknown button "{name}"', name=name), did_you_mean(name, pack.buttons)
            )


def _copied_files(pack: Pack) -> Iterator[Finding]:
    """Rows of `files` that lead nowhere, stand twice, or speak of what a custom field is called."""
    seen: set[tuple[str, str]] = set()
    trello, planfix = pack.bridge.trello, pack.bridge.planfix
    fields = {f"trello.card.{name}" for name in trello.fields} if trello else set()
    fields |= set(planfix.fields) if planfix else set()
    for n, row in enumerate(pack.bridge.files):
        for word, place in (("from", row.from_), ("to", row.to)):
            system = place.partition(".")[0]
            if system not in pack.systems:
                what = worded("{name} is not set up, and the files of this row need it", name=system)
                yield Finding(pack.place("bridge.yaml", "files", n, word), "absent-system", what, _SET_UP[system])
        if (row.from_, row.to) in seen:
            what = worded("files of {place} to {to} stand there twice", place=row.from_, to=row.to)
            how = "put the patterns of both into one row"
            yield Finding(pack.place("bridge.yaml", "files", n), "duplicate-name", what, how)
        seen.add((row.from_, row.to))
        if (name := f"{row.from_}.{FILES}") in fields:
            what = worded('a custom field is called "{name}" here, and so are the files', name=name)
            yield Finding(pack.place("bridge.yaml", "files", n, "from"), "duplicate-name", what, "rename the field")


def _vault(pack: Pack) -> Iterator[Finding]:
    """Accesses that lean on facts no deal has, and facts of the vault that are not its own."""
    for key in VAULT_FACTS:
        entry = pack.fields.get(key)
        if entry is not None and (entry.from_, entry.type) != ("bridge", _VAULT_TYPES[key]):
            where = pack.place("fields.yaml", "fields", key, key=True)
            advice = worded("write type: {type} and from: bridge", type=_VAULT_TYPES[key])
            yield Finding(where, "wrong-type", worded("{key} is told by the vault", key=key), advice)
    for name, access in pack.bridge.vault.accesses.items() if pack.bridge.vault is not None else ():
        for key, values in access.of.items():
            yield from _asked_of(pack, name, key, values)


def _asked_of(pack: Pack, name: str, key: str, values: Sequence[str]) -> Iterator[Finding]:
    spec = pack.specs.get(key)
    where = pack.place("bridge.yaml", "vault", "accesses", name, "of", key, key=True)
    if spec is None:
        what = worded('unknown field "{key}"', key=key)
        yield Finding(where, "unknown-field", what, did_you_mean(key, pack.fields))
    elif spec.subject != "deal" or spec.choices is None or spec.type is not FieldType.CHOICE:
        what = worded("{key} is no choice of a deal", key=key)
        yield Finding(where, "wrong-type", what, worded("name a fact of the deal that has a list of values"))
    else:
        for value in sorted(set(values) - set(spec.choices)):
            what = worded('"{default}" is not a value of {key}', default=value, key=key)
            yield Finding(where, "unknown-value", what, did_you_mean(value, spec.choices))


def _rules(document: Document) -> Iterator[tuple[Mapping[str, Any], int]]:
    rules = document.data.get("rules") if isinstance(document.data, dict) else None
    for n, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict):
            yield rule, n


def _part(data: object, name: str) -> Mapping[str, Any]:
    part = data.get(name) if isinstance(data, dict) else None
    return part if isinstance(part, dict) else {}


def _keys(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str, object]]:
    """Every key below a value with its path and what stands under it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        if isinstance(step, str):
            yield (*path, step), step, item
        yield from _keys(item, (*path, step))


def _words(value: object) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every key below a value whose value is one word."""
    for path, word, item in _keys(value):
        if isinstance(item, str):
            yield path, word, item
