"""Taking in a page: records are bound and compared, and what happened is stored as events, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bridge.engine.binding import Binder
from bridge.engine.context import Context
from bridge.engine.telling import Teller
from bridge.model.errors import SourceEmptied
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.records import Happening, Page, Record, Ref
from bridge.model.values import Plain, parse_moment
from bridge.store.intake import Intake
from bridge.store.rows import Expected, StoredRecord

BRIDGE = Actor(ActorKind.BRIDGE)
_ORDER = {"contact": 0, "task": 1, "card": 2, "todo": 3, "chat": 4, "response": 5}
_TOLD_ELSEWHERE = frozenset({"form.answered"})  # made from the record itself, whose revision is the truth
_MOVE = "moved to"
_ECHO_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought, for those who act at once: how many events, and presses and starts to answer."""

    events: int
    answers: tuple[Happening, ...] = ()


def take_in(intake: Intake, page: Page, connector: str, context: Context, *, first: bool) -> Taken:
    """Stores a page whole. `first` is the very first reading: what is old by then becomes history and wakes nobody."""
    return _Observation(intake, page, connector, context, first).take()


class _Observation:
    def __init__(self, intake: Intake, page: Page, connector: str, context: Context, first: bool) -> None:
        self._intake = intake
        self._page = page
        self._connector = connector
        self._context = context
        self._first = first
        self._binder = Binder(intake, context)
        self._teller = Teller(intake, context)
        self._events = 0
        self._answers: list[Happening] = []

    def take(self) -> Taken:
        records = sorted(self._page.records, key=lambda record: _ORDER.get(record.ref.kind, 9))
        known = self._intake.stored(record.ref for record in records)
        self._moves = {
            (happening.about, str(happening.data.get("to", "")))
            for happening in self._page.happenings
            if happening.kind == "card.moved"
        }
        for record in records:
            self._record(record, known.get(record.ref))
        self._missing({record.ref for record in records})
        for happening in self._page.happenings:
            self._happening(happening)
        if self._page.cursor is not None:
            self._intake.checkpoint(self._connector, self._page.cursor)
        self._intake.seen(self._page.seen_up_to)
        return Taken(self._events, tuple(self._answers))

    # -- records ------------------------------------------------------------------------------------------------

    def _record(self, record: Record, before: StoredRecord | None) -> None:
        if before is not None and before.hash == record.content_hash:
            if self._page.cursor is None or before.deleted:
                self._intake.touch(record.ref, record.read_at)
            return
        self._intake.put(record, before.version + 1 if before else 1)
        bound = self._binder.bind(record)
        if bound.subject:
            self._intake.dirty(self._intake.client_of(bound.subject))
        if before is None:
            self._first_sight(record, bound.subject, bound.created, bound.own)
        elif not record.deleted:
            self._changed(record, before, bound.subject)

    def _first_sight(self, record: Record, subject: str, created: str, own: bool) -> None:
        quiet = self._first and self._is_old(record)
        if record.ref.kind == "response":
            self._answered(record, subject)
        elif created:
            self._add(f"{record.ref}:born", f"{created}.created", record, subject, {"origin": record.ref.system}, quiet)
        if record.ref.kind == "card" and not own:
            data = {"list": record.fields.get("list"), "origin": record.ref.system}
            self._add(f"{record.ref}:card", "card.created", record, subject, data, quiet)

    def _is_old(self, record: Record) -> bool:
        created = record.fields.get("created_at")
        if not isinstance(created, str) or not created:
            return False
        return parse_moment(created) < self._intake.now - self._context.quiet_before

    def _changed(self, record: Record, before: StoredRecord, subject: str) -> None:
        if record.ref.kind == "response":
            if record.fields.get("answers") != before.fields.get("answers"):
                self._answered(record, subject)
            return
        expected = self._intake.expected(record.ref)
        version = before.version + 1
        for name in sorted({*record.fields, *before.fields}):
            new, old = record.fields.get(name), before.fields.get(name)
            if new == old:
                continue
            if name == "list" and (record.ref, str(new)) in self._moves:
                continue  # the move itself is in this page, and says who and when
            if name == "labels":
                self._labels(record, subject, old, new, version)
                continue
            if self._is_echo(record.ref, expected.get(name), new):
                continue
            self._field(record, subject, name, old, new, version)

    def _is_echo(self, ref: Ref, wanted: Expected | None, new: Plain) -> bool:
        """Whether a change is our own write coming back. Another value means that somebody wrote after us."""
        if wanted is None or wanted.at <= self._intake.now - _ECHO_LASTS:
            return False
        self._intake.seen_expected(ref, wanted.field)
        return wanted.value == new

    def _field(self, record: Record, subject: str, name: str, old: Plain, new: Plain, version: int) -> None:
        if record.ref.kind == "card" and name == "list":
            self._add(f"{record.ref}:list:{version}", "card.moved", record, subject, {"from": old, "to": new})
            self._intake.expect(record.ref, _MOVE, new, "")
            return
        if record.ref.kind == "card" and name == "closed" and new is True:
            self._add(f"{record.ref}:closed:{version}", "card.archived", record, subject, {})
            return
        if record.ref.kind == "chat" and name == "state":
            kind = "chat.open" if new == "open" else "chat.blocked"
            self._add(f"{record.ref}:state:{version}", kind, record, subject, {"channel": record.ref.system})
            return
        mapping = f"{record.ref.system}.{record.ref.kind}.{name}"
        for spec in self._context.ruleset.fields.values():
            if spec.source == mapping:
                data = {"field": spec.key, "old": old, "new": new}
                self._add(f"{record.ref}:{name}:{version}", "field.changed", record, subject, data)

    def _labels(self, record: Record, subject: str, old: Plain, new: Plain, version: int) -> None:
        had = set(old) if isinstance(old, (list, tuple)) else set()
        has = set(new) if isinstance(new, (list, tuple)) else set()
        expected = self._intake.expected(record.ref)
        for label in sorted(had ^ has, key=str):
            present = label in has
            if self._is_echo(record.ref, expected.get(f"label:{label}"), present):
                continue
            kind = "label.added" if present else "label.removed"
            self._add(f"{record.ref}:label:{version}:{label}", kind, record, subject, {"label": label})

    def _answered(self, record: Record, subject: str) -> None:
        """One event a revision, with the answers in it: what is planned on them is frozen with them."""
        form = self._context.forms.get(str(record.fields.get("form", "")))
        language = self._context.ruleset.defaults.language
        answers = record.fields.get("answers")
        rows = (
            [{"question": question, "answer": answer} for question, answer in answers.items()]
            if isinstance(answers, Mapping)
            else []
        )
        data: dict[str, Plain] = {
            "form": record.fields.get("form"),
            "title": form.titles.get(language, form.id) if form else "",
            "revision": record.fields.get("revision"),
            "answered_at": record.fields.get("answered_at"),
            "answers": rows,
            "values": record.fields.get("values"),
        }
        answered_at = record.fields.get("answered_at")
        at = parse_moment(answered_at) if isinstance(answered_at, str) and answered_at else record.read_at
        event_id = f"{record.ref}:revision:{record.fields.get('revision')}"
        event = Event(
            event_id, "form.answered", at, self._intake.now, Actor(ActorKind.CLIENT), self._connector, subject, data
        )
        self._events += self._intake.add_event(event, str(record.ref))
        if not subject:
            summary = {
                "form": record.fields.get("form"),
                "answered_at": answered_at,
                "token": record.token,
                "answers": answers,
                "phones": list(record.phones),
                "emails": list(record.emails),
            }
            if self._intake.add_inbox("answer", str(record.ref), summary):
                self._teller.unmatched(str(record.ref), summary)

    def _missing(self, present: set[Ref]) -> None:
        """Records of a kind that was read whole, and which are not there any more, have been deleted."""
        for system, kind in sorted(self._page.whole):
            living = self._intake.living(system, kind)
            gone = living - present
            if living and not present and len(living) > 1:
                raise SourceEmptied(f"{system}.{kind}", len(living))
            for ref in sorted(gone):
                kept = self._intake.stored([ref])[ref]
                record = Record(ref, kept.fields, self._intake.now, url=kept.url, deleted=True)
                self._intake.put(record, kept.version + 1)
                subject = self._intake.local(ref)
                if subject:
                    self._add(f"{ref}:deleted:{kept.version + 1}", f"{kind}.deleted", record, subject, {})

    # -- happenings ---------------------------------------------------------------------------------------------

    def _happening(self, happening: Happening) -> None:
        if happening.kind in _TOLD_ELSEWHERE:
            return
        if happening.mark and self._intake.delivery_subject(happening.mark):
            return  # our own comment, found by its mark
        if happening.kind == "card.moved" and self._told_move(happening):
            return
        subject = self._intake.local(happening.about)
        for kind, data in self._meanings(happening):
            event = Event(
                id=str(happening.ref),
                kind=kind,
                at=happening.at,
                seen_at=self._intake.now,
                actor=happening.actor,
                source=self._connector,
                subject=subject,
                data=data,
            )
            fresh = self._binder.happened(happening, event)
            if fresh is not None and self._intake.add_event(fresh, str(happening.about)):
                self._events += 1
                if self._first and happening.at < self._intake.now - self._context.quiet_before:
                    self._intake.keep_quiet(fresh.id)
                else:
                    self._answers.append(happening)
                    self._teller.react(fresh)

    def _told_move(self, happening: Happening) -> bool:
        """Whether a move is our own, or was told already by the state of the card."""
        expected = self._intake.expected(happening.about)
        for field in ("list", _MOVE):
            wanted = expected.get(field)
            recent = wanted is not None and wanted.at > self._intake.now - _ECHO_LASTS
            if wanted is not None and recent and wanted.value == happening.data.get("to"):
                self._intake.seen_expected(happening.about, field)
                return True
        return False

    def _meanings(self, happening: Happening) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """A comment or message that begins with a slash is a command."""
        text = str(happening.data.get("text", "")).strip()
        if happening.kind == "comment.added" and text.startswith("/"):
            word, _, rest = text.partition(" ")
            return [("command", {"command": word, "text": rest.strip(), "where": "card"})]
        return [(happening.kind, happening.data)]

    # -- one event ----------------------------------------------------------------------------------------------

    def _add(
        self, event_id: str, kind: str, record: Record, subject: str, data: Mapping[str, Plain], quiet: bool = False
    ) -> None:
        event = Event(
            id=event_id,
            kind=kind,
            at=record.changed_at or record.read_at,
            seen_at=self._intake.now,
            actor=Actor(),
            source=self._connector,
            subject=subject,
            data=data,
        )
        if self._intake.add_event(event, str(record.ref)):
            self._events += 1
            if quiet:
                self._intake.keep_quiet(event_id)
            else:
                self._teller.react(event)
