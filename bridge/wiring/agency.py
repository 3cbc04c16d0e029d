"""One agency, as its config folder says it: read whole, checked whole, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

from pydantic import ValidationError

from bridge.documents import DocumentRefused, load_templates
from bridge.engine.accounts import connector_called
from bridge.model.errors import ConfigError
from bridge.model.files import Mirror
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.people import Absence, Directory, Person
from bridge.model.wording import worded
from bridge.store.retention import Keep
from bridge.wiring.checks import Pack, check_pack
from bridge.wiring.form_shapes import FormEntry, FormsFile
from bridge.wiring.labels import label_findings
from bridge.wiring.live_checks import LiveNames, check_live, held_by
from bridge.wiring.people_shapes import PeopleFile, PersonEntry
from bridge.wiring.shape_values import LANGUAGES
from bridge.wiring.shapes import (
    BridgeFile,
    ButtonsFile,
    DeliveriesConfig,
    EmailConfig,
    FieldsFile,
    PlanfixConfig,
    Polls,
    SmsConfig,
    TelegramConfig,
    TrelloConfig,
    VaultConfig,
    WatchConfig,
)
from rules.flaws import Params, flaws_of
from rules.flaws import Path as Steps
from rules.foresight import unused_documents
from rules.load import Context, load_rules
from rules.maps import FormMap
from rules.names import Known
from rules.reader import LIMIT_BYTES, Document, read, read_on
from rules.ruleset import RuleSet
from rules.written_tests import RawTest

S = TypeVar("S", bound=Params)
V = TypeVar("V")

FREE_NAMES = tuple(
    f"{word}.*"
    for word in (
        "answer",
        "delivery",
        "source",
        "inbox",
        "message",
        "conflict",
        "timer",
        "alarm",
        "question",
        "override",
        "flood",
        "file",
        "bridge",
        "vault",
        "answers",
    )
)
"""Names that the engine hands to the texts it sends by itself (messages/system.yaml)."""

ENGINE_TEXTS = (
    "system.*",
    *(
        f"client.{word}"
        for word in (
            "already_bound",
            "decided_already",
            "expired_link",
            "help",
            "joined",
            "language_ask",
            "language_chosen",
            "link_waits",
            "not_deciding",
            "password_of_visitor",
            "password_seen",
            "question_void",
            "remark_please",
            "resumed",
            "stopped",
            "stranger",
            "unknown_link",
        )
    ),
)
"""Texts that the engine says by itself: no rule need name them."""

_SHAPED = ("bridge.yaml", "fields.yaml", "people.yaml", "forms.yaml", "messages/buttons.yaml")
_RULE_FOLDERS = ("rules", "calendars", "messages", "checklists")
_REQUIRED = ("bridge.yaml", "fields.yaml", "people.yaml")
_MANUAL = "docs/reference/configuration.md"


@dataclass(frozen=True, slots=True)
class FormConfig:
    """One form: its id, and what forms.yaml says of it."""

    id: str
    entry: FormEntry


@dataclass(frozen=True, slots=True)
class Agency:
    """Everything the config folder says.

    `templates` is the folder of document templates. `polls` are seconds by connector; `paces` are calls in
    seconds by lane, where the admin knows better than the connectors. `places` says where each system is named, `tests`
    are those of the rule files, for rules.rule_tests, `names` what those files may name, `notes` what is worth reading
    about rules that are in order.
    """

    folder: Path
    workspace: str
    language: str
    zone: str
    phone_region: str
    ruleset: RuleSet
    people: Directory
    trello: TrelloConfig | None
    planfix: PlanfixConfig | None
    telegram: TelegramConfig | None
    email: EmailConfig | None
    sms: SmsConfig | None
    webhooks: Mapping[str, str]
    vault: VaultConfig | None
    forms: tuple[FormConfig, ...]
    polls: Mapping[str, float]
    paces: Mapping[str, tuple[int, float]]
    templates: Path
    deliveries: DeliveriesConfig
    keep: Keep
    watch: WatchConfig
    mirrors: tuple[Mirror, ...] = ()
    places: Mapping[str, Position] = field(default_factory=dict, repr=False)
    tests: tuple[RawTest, ...] = field(default=(), repr=False)
    names: Known | None = field(default=None, repr=False)
    notes: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def lists(self) -> frozenset[str]:
        """What facts and rules call the lists of boards."""
        return self._named("list", "trello.card.list")

    @property
    def labels(self) -> frozenset[str]:
        """What facts and rules call the labels of boards."""
        return self._named("label", "trello.card.labels")

    @property
    def options(self) -> frozenset[str]:
        """What facts call the options of custom fields on boards."""
        facts = [held for spec in self.ruleset.fields.values() for held in held_by(spec)]
        return frozenset(one for place, held in facts if place.startswith("trello.card.") for one in held.options)

    def _named(self, kind: str, source: str) -> frozenset[str]:
        named = self.names.unchecked if self.names is not None else set()
        facts = (spec for spec in self.ruleset.fields.values() if spec.source == source)
        declared = {value for spec in facts for value in spec.choices or ()}
        return frozenset(declared | {name for known, name in named if known == kind})

    def files_of(self, system: str) -> frozenset[str]:
        """The kinds of a system's things whose files matter: those that are copied from there."""
        sources = (row.source.partition(".") for row in self.mirrors)
        return frozenset(kind for name, _dot, kind in sources if name == system)

    def accounts(self, system: str) -> tuple[str, ...]:
        """The accounts of a system, by name; "" is the first one. Empty for a system that is not in use."""
        section = {"trello": self.trello, "planfix": self.planfix}.get(system)
        return ("", *section.accounts) if section is not None else ()

    def of_each_account(self, values: Mapping[str, V]) -> dict[str, V]:
        """What is said of each system, for further accounts of it as well: `trello:second` is polled like `trello`."""
        further = {
            connector_called(system, account): value
            for system, value in values.items()
            for account in self.accounts(system)
        }
        return {**values, **further}

    @property
    def staff_chat(self) -> str | None:
        """The chat id of the staff group."""
        return self.telegram.staff_chat if self.telegram else None

    def form(self, name: str) -> FormConfig | None:
        """The form with that id."""
        return next((form for form in self.forms if form.id == name), None)


def load_agency(
    folder: Path, live: LiveNames | None = None, today: date | None = None, *, shown: Path | None = None
) -> tuple[Agency | None, list[Finding]]:
    """The agency of a config folder, and all findings in order of file and line.

    None instead of the agency while any finding is an error; the check goes on past it with what is left of that file,
    as far as what it finds is true whatever was meant there. `live` holds names read from connected boards, so that a
    list nobody has is found; on `today` calendars are asked for the year that comes. `shown` is the folder that people
    know these files by, when it is another. Reads files only; asks no network.
    """
    reading = _Reading(folder, shown or folder)
    pack = _pack(reading)
    reading.findings += [*check_pack(pack), *(check_live(pack, live) if live is not None else ())]
    context = _context(pack, reading, live, today)
    documents = {document.file: document for document in pack.rule_documents}
    loaded = load_rules(reading.rule_files(), context, documents)
    findings = sorted({*reading.findings, *loaded.findings})
    if loaded.ruleset is None or any(finding.level is Level.ERROR for finding in findings):
        return None, findings
    notes = (*loaded.notes, *_unused_documents(folder / pack.bridge.documents.folder, context, loaded.ruleset))
    made = _agency(folder, pack, loaded.ruleset)
    return replace(made, tests=loaded.tests, names=loaded.names, notes=notes), findings


def spoken_in(folder: Path) -> str:
    """The language of a config folder, also while much of it is wrong; English where nobody can tell."""
    given = _said_in(folder, "language")
    return given if given in LANGUAGES else "en"


def zone_in(folder: Path) -> str:
    """The time zone of a config folder, also while much of it is wrong; UTC where nobody can tell."""
    given = _said_in(folder, "zone")
    return given if given in available_timezones() else "UTC"


def _said_in(folder: Path, key: str) -> str:
    """What bridge.yaml says under a key, or what counts without; "" where it cannot be read."""
    file = folder / "bridge.yaml"
    try:
        data = read(file.as_posix(), read_blob(file)).data
    except (OSError, ConfigError):
        return ""
    return str(data.get(key, BridgeFile.model_fields[key].default)) if isinstance(data, dict) else ""


def read_blob(path: Path) -> bytes:
    """The content of a file, cut where the reader of rules would refuse it anyway. Raises OSError."""
    with path.open("rb") as opened:
        return opened.read(LIMIT_BYTES + 1)


class _Reading:
    """The folder while it is read: documents by name, and what was found wrong so far."""

    def __init__(self, folder: Path, shown: Path) -> None:
        self.folder = folder
        self._shown = shown
        self.findings: list[Finding] = []
        self.documents: dict[str, Document] = {}
        self.wrong: dict[str, frozenset[str] | None] = {}
        """The files with mistakes in their values: the entries that have them, or None where nothing of it is left."""
        self._rules: list[tuple[str, bytes]] | None = None

    def shown(self, name: str) -> str:
        """The file as people find it from where they stand."""
        return (self._shown / name).as_posix()

    def shaped(self, name: str, shape: type[S]) -> S | None:
        """The values of one file, without the entries that are wrong. None when nothing of it can be used.

        The reasons are among the findings, the entries under `wrong`.
        """
        if not (self.folder / name).is_file():
            if name in _REQUIRED:
                self._found(name, "missing-file", worded("{name} is missing", name=name))
                self.wrong[name] = None
            return None
        self.wrong[name] = None
        blob = self._blob(name)
        if blob is None:
            return None
        try:
            document = self.documents[name] = read_on(self.shown(name), blob)
        except ConfigError as error:
            self.findings += error.findings
            return None
        self.findings += document.slips
        try:
            made = shape.model_validate(document.data)
        except ValidationError as error:
            flaws = flaws_of(error)
            self.findings += [replace(flaw.finding(document), see=_MANUAL) for flaw in flaws]
            return self._rest(name, document, shape, [flaw.path for flaw in flaws])
        del self.wrong[name]
        return made

    def _rest(self, name: str, document: Document, shape: type[S], wrong: Sequence[Steps]) -> S | None:
        """The values of a file without its wrong entries: its keys in bridge.yaml, else those of its sections."""
        depth = 1 if name == "bridge.yaml" else 2
        if not isinstance(document.data, dict) or any(len(path) < depth for path in wrong):
            return None
        left = _without(document.data, {path[:depth] for path in wrong})
        try:
            made = shape.model_validate(left)
        except ValidationError:
            return None
        self.wrong[name] = frozenset(str(path[depth - 1]) for path in wrong)
        return made

    def rule_files(self) -> list[tuple[str, bytes]]:
        """Everything that the rule language reads, by shown name."""
        if self._rules is None:
            blobs = ((self.shown(name), self._blob(name)) for name in self._rule_names())
            self._rules = [(name, blob) for name, blob in blobs if blob is not None]
        return self._rules

    def rule_documents(self) -> tuple[Document, ...]:
        """The rule files that can be read. What is wrong with the others, the rule language says itself."""
        documents: list[Document] = []
        for name, blob in self.rule_files():
            with suppress(ConfigError):
                documents.append(read_on(name, blob))
        return tuple(documents)

    def document_kinds(self, templates: Path) -> tuple[str, ...] | None:
        """The kinds of documents that can be made, their words looked at; None when the folder cannot be read."""
        try:
            kinds = tuple(load_templates(templates))
        except DocumentRefused as error:
            self.findings.append(Finding(Position(templates.as_posix()), error.code, error.what, error.advice, _MANUAL))
            return None
        inside = templates.relative_to(self.folder).as_posix() if templates.is_relative_to(self.folder) else ""
        self.findings += label_findings(templates, self.shown(inside) if inside else templates.as_posix(), LANGUAGES)
        return kinds

    def strangers(self) -> None:
        """Notes every YAML file that nobody will read: a misspelt name must not pass for an empty file."""
        known = {*_SHAPED, *self._rule_names()}
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in known and not path.name.startswith("."):
                self._found(
                    path.name,
                    "unknown-file",
                    worded("{name} is not read", name=path.name),
                    did_you_mean(path.name, _SHAPED),
                )

    def _blob(self, name: str) -> bytes | None:
        try:
            return read_blob(self.folder / name)
        except OSError as error:
            self._found(
                name, "unreadable-file", worded("{name} cannot be read: {reason}", name=name, reason=error.strerror)
            )
            return None

    def _found(self, name: str, code: str, what: str, advice: str = "") -> None:
        self.findings.append(Finding(Position(self.shown(name)), code, what, advice, _MANUAL))

    def _rule_names(self) -> list[str]:
        found = (
            path.relative_to(self.folder).as_posix()
            for part in _RULE_FOLDERS
            for path in (self.folder / part).rglob("*")
            if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
        )
        return sorted(name for name in found if name not in _SHAPED)


def _without(data: Mapping[str, Any], paths: Collection[Steps]) -> dict[str, Any]:
    """A file's data without what stands at these paths: keys of it, or of its sections."""
    left = {key: value for key, value in data.items() if (key,) not in paths}
    return {
        key: {inner: item for inner, item in value.items() if (key, inner) not in paths}
        if isinstance(value, dict)
        else value
        for key, value in left.items()
    }


def _pack(reading: _Reading) -> Pack:
    reading.strangers()
    bridge = reading.shaped("bridge.yaml", BridgeFile)
    fields = reading.shaped("fields.yaml", FieldsFile)
    people = reading.shaped("people.yaml", PeopleFile)
    forms = reading.shaped("forms.yaml", FormsFile)
    buttons = reading.shaped("messages/buttons.yaml", ButtonsFile)
    return Pack(
        bridge=bridge or BridgeFile(workspace=""),
        fields=fields.fields if fields else {},
        people=people.people if people else {},
        forms=forms.forms if forms else {},
        buttons={key: words.by_language() for key, words in buttons.buttons.items()} if buttons else {},
        documents=reading.documents,
        rule_documents=(documents := reading.rule_documents()),
        wrong=reading.wrong,
        rules_unread=len(documents) < len(reading.rule_files()),
    )


def _unused_documents(folder: Path, context: Context, ruleset: RuleSet) -> Iterator[Finding]:
    """A note for each kind of document that no rule makes, attaches or waits for."""
    for name in unused_documents(ruleset, context.documents or ()):
        what = worded('no rule names the document "{name}"', name=name)
        yield Finding(Position((folder / name).as_posix()), "unused-document", what, level=Level.NOTE)


def _context(pack: Pack, reading: _Reading, live: LiveNames | None, today: date | None) -> Context:
    maps = {
        form.map: FormMap(form.map, name, form.answers, tuple(form.obligatory), tuple(form.not_past))
        for name, form in pack.forms.items()
    }
    documents = reading.folder / pack.bridge.documents.folder
    return Context(
        fields=pack.specs,
        languages=LANGUAGES,
        language=pack.bridge.language,
        forms=tuple(pack.forms) if pack.right("forms.yaml") else None,
        maps=maps if pack.right("forms.yaml") else None,
        buttons=pack.buttons if pack.right("messages/buttons.yaml") else None,
        documents=reading.document_kinds(documents) if pack.right("bridge.yaml") else None,
        webhooks=tuple(pack.bridge.webhooks) if pack.right("bridge.yaml") else None,
        people={key: person.name for key, person in pack.people.items()} if pack.right("people.yaml") else None,
        checklists=(),
        lists=live.lists if live else None,
        labels=live.labels if live else None,
        names=FREE_NAMES,
        texts=ENGINE_TEXTS,
        tzdata=version("tzdata"),
        today=today,
        flawed=pack.wrong.get("fields.yaml") or (),
        unread=not pack.readable("fields.yaml"),
    )


def _agency(folder: Path, pack: Pack, ruleset: RuleSet) -> Agency:
    bridge = pack.bridge
    return Agency(
        folder=folder,
        workspace=bridge.workspace,
        language=bridge.language,
        zone=bridge.zone,
        phone_region=bridge.phone_region,
        ruleset=ruleset,
        people=Directory({key: _person(key, entry, bridge.language) for key, entry in pack.people.items()}),
        trello=bridge.trello,
        planfix=bridge.planfix,
        telegram=bridge.telegram,
        email=bridge.email,
        sms=bridge.sms,
        webhooks={name: entry.url for name, entry in bridge.webhooks.items()},
        vault=bridge.vault,
        forms=tuple(FormConfig(name, entry) for name, entry in pack.forms.items()),
        polls={name: float(getattr(bridge.polls, name)) for name in Polls.model_fields},
        paces={lane: (limit.calls, limit.seconds) for lane, limit in bridge.paces.items()},
        templates=folder / bridge.documents.folder,
        deliveries=bridge.deliveries,
        keep=bridge.keep.keep(),
        watch=bridge.watch,
        mirrors=tuple(row.mirror() for row in bridge.files),
        places=_places(pack),
    )


def _person(key: str, entry: PersonEntry, language: str) -> Person:
    absences = tuple(Absence(one.from_, one.to, one.substitute) for one in entry.absences)
    spoken, calendar = entry.language or language, entry.calendar or ""
    return Person(key, entry.name, entry.roles, spoken, entry.ids.given(), calendar, absences, entry.works)


def _places(pack: Pack) -> dict[str, Position]:
    """Where each system in use and each pace is named: a missing credential points at what needs it."""
    sections = ("trello", "planfix", "telegram", "email", "sms")
    places: dict[str, Position] = {
        name: pack.place("bridge.yaml", name, key=True) for name in sections if name in pack.systems
    }
    for name in pack.bridge.webhooks:
        places[f"webhook.{name}"] = pack.place("bridge.yaml", "webhooks", name, key=True)
    if pack.bridge.vault is not None:
        places["vault"] = pack.place("bridge.yaml", "vault", key=True)
    for name in [name for name in places if name in ("trello", "planfix")]:
        for account in getattr(pack.bridge, name).accounts:
            places[f"{name}:{account}"] = pack.place("bridge.yaml", name, "accounts", account, key=True)
    if pack.forms:
        places["google_forms"] = pack.place("forms.yaml", "forms", key=True)
    places.update({f"paces.{lane}": pack.place("bridge.yaml", "paces", lane, key=True) for lane in pack.bridge.paces})
    return places
