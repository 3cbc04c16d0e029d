"""Taking in a page: records are bound and compared, and what happened is stored as events, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from bridge.engine.binding import Binder
from bridge.engine.comparing import EDITED, TICKED, Compared, ticks_of, with_kept
from bridge.engine.context import Context
from bridge.engine.desk.commands import ASKED
from bridge.engine.desk.judging import came, came_late, hold_back, let_through
from bridge.engine.pairing import Pair
from bridge.engine.syncing import synced
from bridge.engine.telling import Teller
from bridge.model.answers import COMPLETED, WAITING, differences
from bridge.model.canonical import same
from bridge.model.checklists import (
    Checklist,
    parse_checklists,
    plain_checklists,
    same_title,
    signed,
    titles_of,
    value_of,
)
from bridge.model.errors import SourceEmptied
from bridge.model.events import Actor, ActorKind, Event
from bridge.model.records import Happening, Page, Record, Ref
from bridge.model.values import Plain, each_of, parse_moment
from bridge.store.intake import Intake
from bridge.store.rows import Expected, StoredRecord

BRIDGE = Actor(ActorKind.BRIDGE)
_ORDER = {"contact": 0, "task": 1, "card": 2, "todo": 3, "chat": 4, "response": 5}
_TAKEN_ALONG = frozenset({"name", "description", "due", "done", "labels", "members"})
"""What a card has on whichever board it is; custom fields are each board's own."""
_TOLD_ELSEWHERE = frozenset({"form.answered"})  # made from the record itself, whose revision is the truth
_NO_NEWS = frozenset({EDITED, ASKED})  # kept, and nothing is planned because of it
_MOVE = "moved to"  # a move that the state of the card told; the action that says so may still come
_KNOWN = "known"  # an action that tells of a move which was known already: it makes no event, nor does its repetition
_TOLD = "told to move to"  # a move that an action told; the state that shows it may still come
_EARLIER = "list@"  # a move of ours that another move followed before its echo came
_ECHO_LASTS = timedelta(hours=1)
_SKEW = timedelta(minutes=1)  # how far a vendor's clock may be off
_SLOWEST = timedelta(
    minutes=5
)  # how long after its intent a write may take effect, or after its receipt by their clock


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought, for those who act at once: how many events, and presses and starts to answer.

    `failed` are the sources of a reading that could not be read while others could.
    """

    events: int
    answers: tuple[Happening, ...] = ()
    failed: tuple[str, ...] = ()


def take_in(
    intake: Intake,
    page: Page,
    connector: str,
    context: Context,
    *,
    first: bool,
    accepted: frozenset[str] = frozenset(),
    compared: Compared | None = None,
    history: bool = False,
) -> Taken:
    """Stores a page whole. `first` is the very first reading: what is old by then becomes history and wakes nobody.

    `accepted` are sources of which a person said that they are empty on purpose. `compared` is what a look at the page
    before this transaction found. With `history` everything in the page is history, however new.
    """
    return _Observation(intake, page, connector, context, first, accepted, history=history).take(compared)


class _Observation:
    def __init__(
        self,
        intake: Intake,
        page: Page,
        connector: str,
        context: Context,
        first: bool,
        accepted: frozenset[str],
        *,
        history: bool = False,
    ) -> None:
        self._accepted = accepted
        self._history = history
        self._intake = intake
        self._page = page
        self._connector = connector
        self._context = context
        self._first = first
        if page.cursor is not None:
            self._first = intake.first_reading(connector, begins=first, ends=not page.more)
        self._binder = Binder(intake, context)
        self._teller = Teller(intake, context)
        self._read_up_to: list[datetime] | None = None
        self._events = 0
        self._answers: list[Happening] = []

    def take(self, compared: Compared | None) -> Taken:
        news = self._page.records if compared is None else compared.news(self._page.records, self._intake)
        records = sorted(news, key=lambda record: _ORDER.get(record.ref.kind, 9))
        known = self._intake.stored(record.ref for record in records)
        self._moves = {
            (happening.about, str(happening.data.get("to", "")))
            for happening in self._page.happenings
            if happening.kind == "card.moved"
        }
        self._told = {(happening.about, happening.kind) for happening in self._page.happenings}
        self._ticks = ticks_of(self._page.happenings)
        self._binder.come_together(records)
        self._edits = [happening for happening in self._page.happenings if happening.kind == EDITED]
        self._echoes: set[tuple[Ref, str]] = set()
        self._left: dict[Ref, Plain] = {}
        for record in records:
            self._record(record, known.get(record.ref))
        self._missing()
        for happening in self._page.happenings:
            self._happening(happening)
        if self._page.cursor is not None:
            self._intake.checkpoint(self._connector, self._page.cursor)
        self._intake.seen(self._page.seen_up_to)
        return Taken(self._events, tuple(self._answers))

    @cached_property
    def _erased(self) -> set[Ref]:
        """Asked only for what nobody knows: most pages bring nothing new."""
        return self._intake.erased()

    # -- records ------------------------------------------------------------------------------------------------

    def _record(self, record: Record, before: StoredRecord | None) -> None:
        if before is not None and record.read_at < before.read_at:
            return  # asked for before what is kept: an answer that was under way shows what was before
        if before is not None and self._is_an_older_one(record, before):
            return
        if record.deleted:
            if before is not None and not before.deleted:
                self._gone(before, record.read_at)
            return
        record = with_kept(record, before, self._ticks.get(record.ref, ()))
        if before is not None and before.hash == record.content_hash:
            if self._page.cursor is None:
                self._intake.touch(record.ref, record.read_at)
            return
        if before is None and record.ref in self._erased:
            return
        if before is not None:
            record = self._with_our_writes(record, before)
            self._left_behind(record, before)
        self._intake.put(record, before)
        bound = self._binder.bind(record)
        if bound.subject:
            self._intake.dirty(self._intake.client_of(bound.subject))
        if not (self._first or self._history):
            for pair in bound.pairs:
                self._teller.paired(pair)
                self._judged_late(pair, record)
        if before is None:
            self._first_sight(record, bound.subject, bound.created, bound.own)
        else:
            self._changed(record, before, bound.subject)

    def _judged_late(self, pair: Pair, record: Record) -> None:
        """An answer that lay in the inbox is somebody's: it is judged. One just come is judged as it is told."""
        if pair.ref.kind != "response" or not pair.subject:
            return
        if pair.ref == record.ref:
            hold_back(self._intake, self._context, pair.ref)
        else:
            came_late(self._teller, self._intake, self._context, str(pair.ref))

    def _with_our_writes(self, record: Record, before: StoredRecord) -> Record:
        """The record with what we wrote after the moment that it shows: it cannot tell what became of that."""
        later = {
            name: wanted.value
            for name, wanted in self._intake.expected(record.ref).items()
            if self._is_from_before(record, wanted.at)
        }
        written: dict[str, Plain] = {
            name: value for name, value in later.items() if name in record.fields and before.fields.get(name) == value
        }
        labels, kept = _labels_of(record.fields), _labels_of(before.fields)
        ours = {name.removeprefix("label:") for name in later if name.startswith("label:")}
        if ours & (labels ^ kept):
            written["labels"] = sorted((labels - ours) | (kept & ours))
        put = {same_title(name.partition(":")[2]) for name in later if name.startswith("checklist:")}
        if put:
            shown = parse_checklists(record.fields.get("checklists"))
            there = {one.id for one in shown}
            missing = [one for one in parse_checklists(before.fields.get("checklists")) if one.id not in there]
            ours_too = [one for one in missing if same_title(one.name) in put]
            written |= {"checklists": plain_checklists([*shown, *ours_too])} if ours_too else {}
        return replace(record, fields={**record.fields, **written}) if written else record

    def _is_from_before(self, record: Record, moment: datetime) -> bool:
        """Whether a record may show what was before a moment: asked for then, or in a list that runs so far behind."""
        if record.read_at < moment:
            return True
        shown = self._page.seen_up_to.get(self._context.accounts.source(record.ref))
        newer = record.changed_at is not None and record.changed_at > moment
        return shown is not None and shown < moment and not newer

    def _is_an_older_one(self, record: Record, before: StoredRecord) -> bool:
        """Whether a late list shows what was before the change that a look at the thing itself has shown."""
        shown = self._page.seen_up_to.get(self._context.accounts.source(record.ref))
        if shown is None or shown >= before.read_at or record.changed_at is None or before.changed_at is None:
            return False
        return record.changed_at < before.changed_at

    def _left_behind(self, record: Record, before: StoredRecord) -> None:
        """What a card loses on its way to another board nobody has taken away: there it has not agreed on anything."""
        if record.ref.kind != "card" or not (
            before.deleted
            or record.fields.get("board") != before.fields.get("board")
            or self._was_carried(record, before)
        ):
            return
        for spec in synced(self._context):
            for place in spec.also:
                name = place.rpartition(".")[2]
                had, has = before.fields.get(name), record.fields.get(name)
                here = place == f"{record.ref.system}.card.{name}" and name not in _TAKEN_ALONG
                if here and had and not has:
                    self._intake.forget_agreed(record.ref, spec.key)

    def _was_carried(self, record: Record, before: StoredRecord) -> bool:
        """Whether a card went to another board and back since it was read: its board alone does not tell.

        An action that is new on this page tells so, and one that a call told of since: a reading that found the card as
        it was is kept as no newer one.
        """
        moves = [one for one in self._page.happenings if (one.about, one.kind) == (record.ref, "card.carried")]
        if any(not self._intake.has_event(str(one.ref)) for one in moves):
            return True
        source = self._context.accounts.source(record.ref)
        read = [one.seen_up_to for one in self._intake.sources(self._connector) if one.source == source]
        since = max(one for one in (*read, before.changed_at or before.read_at) if one is not None)
        return self._was_told(record.ref, "card.carried", since)

    def _was_told(self, ref: Ref, kind: str, since: datetime) -> bool:
        """Whether its system told of something that happened to a thing since a moment, on this page or before."""
        here = (one.at for one in self._page.happenings if (one.about, one.kind) == (ref, kind))
        return any(at >= since for at in (*here, *(one.at for one in self._intake.events_about(ref, kind))))

    def _first_sight(self, record: Record, subject: str, created: str, own: bool) -> None:
        quiet = self._history or ((self._first or self._is_first_of_form(record)) and self._is_old(record))
        if record.ref.kind == "response":
            self._answered(record, subject, quiet)
        elif created:
            self._add(f"{record.ref}:born", f"{created}.created", record, subject, {"origin": record.ref.system}, quiet)
        if record.ref.kind == "card" and own:
            self._labels(record, subject, [], record.fields.get("labels"), 1)  # we made it without any
        if record.ref.kind == "card" and not own:
            data = {"list": record.fields.get("list"), "origin": record.ref.system}
            self._add(f"{record.ref}:card", "card.created", record, subject, data, quiet)

    def _is_first_of_form(self, record: Record) -> bool:
        """Whether a form is read for the first time, though others of its connector were read before."""
        return f"{self._connector}.{record.fields.get('form')}" in self._never_read

    @cached_property
    def _never_read(self) -> set[str]:
        """The sources of this page that no page before it brought."""
        read = {state.source for state in self._intake.sources(self._connector) if state.seen_up_to}
        return self._page.seen_up_to.keys() - read

    def _is_old(self, record: Record) -> bool:
        created = _created_at(record)
        return created is not None and created < self._intake.now - self._context.quiet_before

    def _changed(self, record: Record, before: StoredRecord, subject: str) -> None:
        if record.ref.kind == "response":
            if record.fields.get("answers") != before.fields.get("answers"):
                self._answered(record, subject, quiet=False, before=before.fields)
            self._completed(record, before, subject)
            return
        expected = self._intake.expected(record.ref)
        version = before.version + 1
        if before.deleted and record.ref.kind == "card":
            self._binder.back(record.ref)
            self._add(f"{record.ref}:restored:{version}", "card.restored", record, subject, {"from": "elsewhere"})
        ours: set[str] = set()
        names = sorted({*record.fields, *before.fields}, key=lambda name: (name not in expected, name))
        for name in names:  # what we wrote comes first: other fields may show it, too
            new, old = record.fields.get(name), before.fields.get(name)
            if new == old or self._shows_ours(record, before, name, ours):
                continue
            if name in before.unknown and name not in before.fields:
                continue  # it was never read: nobody can tell that it changed
            if name == "list":
                self._left[record.ref] = old
            if name == "list" and (record.ref, str(new)) in self._moves:
                self._overtaken(record, expected.get(name), new)
                continue  # the move itself is in this page, and says who and when
            if name == "list" and self._is_echo(record, expected.get(_TOLD), new):
                continue
            if name == "labels":
                self._labels(record, subject, old, new, version)
                continue
            if name == "checklists":
                self._checklists(record, subject, parse_checklists(old), parse_checklists(new), version)
                continue
            if self._is_echo(record, expected.get(name), new):
                ours.add(name)
                self._echoes.add((record.ref, name))
                if name == "list":
                    self._intake.expect(record.ref, _MOVE, new, "")
                continue
            self._field(record, subject, name, old, new, version, before.changed_at or before.read_at)

    def _shows_ours(self, record: Record, before: StoredRecord, name: str, ours: set[str]) -> bool:
        """Whether a field is other only because of a write of ours: a list by its first one, or this one by the list.

        Of a list nothing may have changed but who was first there and who is.
        """
        if record.first_of.get(name) in ours:
            return True
        first = next((one for one, many in record.first_of.items() if many == name and one in ours), None)
        if first is None:
            return False
        changed = each_of(record.fields.get(name)) ^ each_of(before.fields.get(name))
        return changed <= {str(record.fields.get(first)), str(before.fields.get(first))}

    def _is_echo(self, record: Record, wanted: Expected | None, new: Plain) -> bool:
        """Whether a change is our own write coming back. Another value means that somebody wrote after us.

        An answer asked for before our write cannot tell that: its other value is older than ours.
        """
        if wanted is None or self._is_over(wanted):
            return False
        same_value = self._means(record.ref, wanted.field, wanted.value, new)
        if not same_value and record.read_at < wanted.at:
            return False
        if wanted.field == "list" and wanted.value != new and wanted.delivery:
            self._intake.keep_earlier_move(record.ref, wanted.delivery)  # the action that tells of ours may still come
        else:
            self._intake.seen_expected(record.ref, wanted.field)
        return same_value

    def _means(self, ref: Ref, name: str, one: Plain, other: Plain) -> bool:
        """Whether two values of a field mean the same: a system writes what it was given in a form of its own."""
        if one == other:
            return True
        place = f"{ref.system}.{ref.kind}.{name}"
        specs = (spec for spec in self._context.ruleset.fields.values() if place in (spec.source, *spec.also))
        return any(same(spec, one, other, self._context.customs) for spec in specs)

    def _overtaken(self, record: Record, wanted: Expected | None, new: Plain) -> None:
        """A move that a page tells of took the card elsewhere than ours: what our receipt says is older than that."""
        if wanted is not None and wanted.value != new:
            self._is_echo(record, wanted, new)

    def _is_over(self, wanted: Expected) -> bool:
        """Whether an echo would have come by now. Only time in which its source was read counts: none comes unread."""
        if self._read_up_to is None:
            self._read_up_to = [state.seen_up_to for state in self._intake.sources(self._connector) if state.seen_up_to]
        return any(wanted.at <= moment - _ECHO_LASTS for moment in self._read_up_to)

    def _field(
        self, record: Record, subject: str, name: str, old: Plain, new: Plain, version: int, since: datetime
    ) -> None:
        if record.ref.kind == "card" and name == "list":
            self._add(f"{record.ref}:list:{version}", "card.moved", record, subject, {"from": old, "to": new})
            self._intake.expect(record.ref, _MOVE, new, "")
            return
        if record.ref.kind == "card" and name == "closed" and new is True:
            self._add(f"{record.ref}:closed:{version}", "card.archived", record, subject, {})
            return
        if record.ref.kind == "card" and name == "closed" and old is True:
            self._add(f"{record.ref}:closed:{version}", "card.restored", record, subject, {"from": "archive"})
            return
        if record.ref.kind == "chat" and name == "state":
            kind = "chat.open" if new == "open" else "chat.blocked"
            if (record.ref, kind) in self._told:
                return  # the change itself is in this page, and says who and when
            self._add(
                f"{record.ref}:state:{version}",
                kind,
                record,
                subject,
                {"channel": record.ref.system, "chat": record.ref.id},
            )
            return
        mapping = f"{record.ref.system}.{record.ref.kind}.{name}"
        for spec in self._context.ruleset.fields.values():
            if spec.source == mapping and not same(spec, old, new, self._context.customs):
                data = {"field": spec.key, "old": old, "new": new}
                event_id = f"{record.ref}:{name}:{version}"
                self._add(event_id, "field.changed", record, subject, data, edit=self._edit(record, name, new, since))

    def _edit(self, record: Record, name: str, value: Plain, since: datetime) -> tuple[Actor, datetime] | None:
        """Who gave a field the value that it shows now, and when, where its system tells that apart from the state."""
        told = [(one.at, one.actor, one.data) for one in self._edits if one.about == record.ref]
        told += [(one.at, one.actor, one.data) for one in self._intake.events_about(record.ref, EDITED)]
        told = [one for one in told if one[2].get("field") == name and one[0] >= since]
        if not told:
            return None
        at, actor, data = max(told, key=lambda one: one[0])
        return (actor, at) if self._means(record.ref, name, data.get("value"), value) else None

    def _labels(self, record: Record, subject: str, old: Plain, new: Plain, version: int) -> None:
        had, has = _labels_of({"labels": old}), _labels_of({"labels": new})
        expected = self._intake.expected(record.ref)
        whole = expected.get("labels")
        written = each_of(whole.value) if whole is not None and not self._is_over(whole) else None
        if whole is not None:
            self._is_echo(record, whole, whole.value if has == written else new)
        for label in sorted(had ^ has):
            present = label in has
            if written is not None and present is (label in written):
                continue  # all of them were written at once
            if self._is_echo(record, expected.get(f"label:{label}"), present):
                continue
            kind = "label.added" if present else "label.removed"
            self._add(f"{record.ref}:label:{version}:{label}", kind, record, subject, {"label": label})

    def _checklists(
        self, record: Record, subject: str, old: Sequence[Checklist], new: Sequence[Checklist], version: int
    ) -> None:
        """A list of which the last line was ticked, and facts about lists that are others now."""
        expected = self._intake.expected(record.ref)
        known = {one.id for one in old}
        ours = [one for one in new if one.id not in known and self._is_our_list(record, one, expected)]
        ticked = {one.id for one in old if one.ticked}
        for one in new:
            if one.ticked and one.id not in ticked:
                name = f"{record.ref}:checklist:{version}:{one.id}"
                self._add(name, "checklist.done", record, subject, {"checklist": one.name})
        before = [*old, *(replace(one, items=()) for one in ours)]
        puts = self._intake.checklists_put(subject) if subject else ()
        for spec in self._context.ruleset.fields.values():
            if titles_of(spec) is None:
                continue
            was, is_now = value_of(spec, before, puts), value_of(spec, new, puts)
            if was != is_now:
                data: dict[str, Plain] = {"field": spec.key, "old": was, "new": is_now}
                self._add(f"{record.ref}:{spec.key}:{version}", "field.changed", record, subject, data)

    def _is_our_list(self, record: Record, one: Checklist, expected: Mapping[str, Expected]) -> bool:
        """Whether a new list is our own write coming back."""
        wanted = next(
            (wanted for name, wanted in expected.items() if name == f"checklist:{same_title(one.name)}"), None
        )
        return self._is_echo(record, wanted, True)

    def _ticked(self, happening: Happening, event: Event) -> None:
        """Keeps who ticked a line, where the state of the card was read before its actions were.

        All that the page tells of the card counts at once: a tick that was taken back in it never held.
        """
        ticks = self._ticks.pop(happening.about, [])
        kept = self._intake.stored([happening.about]).get(happening.about)
        if not ticks or kept is None or "checklists" not in kept.fields:
            return
        old = parse_checklists(kept.fields["checklists"])
        new = signed(old, (), ticks)
        if new != old:
            version = self._intake.keep_checklists(kept, new)
            record = Record(kept.ref, kept.fields, kept.read_at, happening.at)
            self._checklists(record, event.subject, old, new, version)

    def _completed(self, record: Record, before: StoredRecord, subject: str) -> None:
        """Tells what an answer said under a title that was missing when it was read, once that was found."""
        revision, values = record.fields.get("revision"), record.fields.get("values")
        waited = before.fields.get(WAITING)
        if not isinstance(waited, Mapping) or not isinstance(values, Mapping):
            return
        late = {name: values[name] for name in sorted(waited) if values.get(name)}
        told = self._intake.events_about(record.ref, "form.answered")
        answer = next((one for one in told if one.id == f"{record.ref}:revision:{revision}"), None)
        if not late or revision != before.fields.get("revision") or answer is None:
            return
        data: dict[str, Plain] = {"form": record.fields.get("form"), "revision": revision, "values": late}
        ident = f"{answer.id}:completed:{','.join(late)}"
        event = Event(ident, COMPLETED, answer.at, self._intake.now, answer.actor, self._connector, subject, data)
        if self._intake.add_event(event, str(record.ref)):
            self._events += 1

    def _answered(
        self, record: Record, subject: str, quiet: bool, before: Mapping[str, Plain] = MappingProxyType({})
    ) -> None:
        """One event a revision, with the answers in it: what is planned on them is frozen with them.

        `before` is the revision before it.
        """
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
            "values": let_through(self._intake, self._context, subject, record),
        }
        if isinstance(waits := record.fields.get(WAITING), Mapping):
            data[WAITING] = sorted(waits)
        if before:
            data["changed"] = differences(before.get("answers"), answers)
            data["values_before"] = before.get("values")
        answered_at = record.fields.get("answered_at")
        at = parse_moment(answered_at) if isinstance(answered_at, str) and answered_at else record.read_at
        event_id = f"{record.ref}:revision:{record.fields.get('revision')}"
        event = Event(
            event_id, "form.answered", at, self._intake.now, Actor(ActorKind.CLIENT), self._connector, subject, data
        )
        if self._intake.add_event(event, str(record.ref)):
            self._events += 1
            if quiet:
                self._intake.keep_quiet(event_id)
            else:
                came(self._teller, self._intake, self._context, record, event)
        if not subject:
            summary = {
                "form": record.fields.get("form"),
                "answered_at": answered_at,
                "token": record.token,
                "answers": answers,
                "phones": list(record.phones),
                "emails": list(record.emails),
                "maybe": list(self._binder.maybe.get(record.ref, ())),
            }
            if self._intake.add_inbox("answer", str(record.ref), summary) and not quiet:
                self._teller.unmatched(str(record.ref), summary)

    def _missing(self) -> None:
        """Records of a kind that was read whole, and which are not there any more, have been deleted."""
        records = self._page.records if self._page.whole else ()
        present = {record.ref for record in records}
        asked_at = min((record.read_at for record in records), default=self._intake.now)
        for system, kind in sorted(self._page.whole):
            living = self._intake.living(system, kind, self._context.accounts.account(self._connector))
            gone = living - present
            source = f"{self._connector}.{kind}"
            if gone == living and len(living) > 1 and source not in self._accepted:
                raise SourceEmptied(source, len(living))
            for kept in self._intake.stored(gone).values():
                if kept.read_at <= asked_at:  # what came after the question cannot stand in the answer
                    self._gone(kept, self._intake.now)

    def _gone(self, kept: StoredRecord, read_at: datetime) -> None:
        """A deleted record is kept as it was last."""
        ref, version = kept.ref, kept.version + 1
        record = Record(ref, kept.fields, read_at, url=kept.url, deleted=True)
        self._intake.put(record, kept)
        subject = self._intake.local(ref)
        merged = self._binder.gone(ref)
        told = any(self._was_told(ref, kind, kept.read_at - _SKEW) for kind in ("card.left", "card.deleted"))
        if subject and not told:
            data: dict[str, Plain] = {"merged": merged} if merged else {}
            self._add(f"{ref}:deleted:{version}", f"{ref.kind}.deleted", record, subject, data)

    # -- happenings ---------------------------------------------------------------------------------------------

    def _happening(self, happening: Happening) -> None:
        if happening.kind in _TOLD_ELSEWHERE or self._intake.has_event(str(happening.ref)):
            return
        if happening.mark and self._intake.delivery_subject(happening.mark):
            return  # our own comment, found by its mark
        if happening.kind == EDITED and self._is_our_edit(happening):
            return
        if happening.kind == "card.deleted" and self._is_known_gone(happening):
            return
        if happening.kind == "card.moved":
            if self._intake.expected(happening.ref):
                return  # a webhook and the poll both tell it
            if self._told_move(happening):
                self._intake.expect(happening.ref, _KNOWN, True, "")
                return
        kind, data = meaning(happening)
        if kind == "card.moved" and not data.get("from"):
            data = {**data, "from": self._left_list(happening)}
        subject = self._intake.local(happening.about)
        if not subject and happening.about in self._erased:
            return
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
        if fresh is None and happening.kind == "press" and not self._history:
            self._answers.append(happening)  # whoever pressed is told that it does nothing
        if fresh is None or not self._intake.add_event(fresh, str(happening.about), wakes=fresh.kind not in _NO_NEWS):
            return
        self._events += 1
        if fresh.kind == "card.moved":
            self._shown_later(happening)
        if fresh.kind == TICKED:
            self._ticked(happening, fresh)
        if self._history or (self._first and happening.at < self._intake.now - self._context.quiet_before):
            self._intake.keep_quiet(fresh.id)
        else:
            self._answers.append(happening)
            self._teller.react(fresh)

    def _is_known_gone(self, happening: Happening) -> bool:
        """Whether the state told of it before: nobody hears twice that a card was deleted."""
        told = self._intake.events_about(happening.about, happening.kind)
        return any(one.at >= happening.at - _SKEW for one in told)

    def _is_our_edit(self, happening: Happening) -> bool:
        """Whether a change of a field is our own: the token that made it may be a person's."""
        name = str(happening.data.get("field"))
        if (happening.about, name) in self._echoes:
            return True
        wanted = self._intake.expected(happening.about).get(name)
        if wanted is None or self._is_over(wanted):
            return False
        same_value = self._means(happening.about, name, wanted.value, happening.data.get("value"))
        return same_value and self._had_begun(wanted, happening.at)

    def _left_list(self, happening: Happening) -> Plain:
        """The list that a card was in before a move of which only the end is told: one from board to board."""
        if happening.about in self._left:
            return self._left[happening.about]
        kept = self._intake.stored([happening.about]).get(happening.about)
        found = kept.fields.get("list") if kept is not None else None
        return found if found != happening.data.get("to") else None

    def _told_move(self, happening: Happening) -> bool:
        """Whether a move is our own, or was told already by the state of the card.

        Its own time tells, however late it is told: ours was made when we made it, and a later one is somebody else's.
        """
        expected = self._intake.expected(happening.about)
        to = happening.data.get("to")
        shown = expected.get(_MOVE)
        if shown is not None and happening.at > shown.at + _SKEW:
            # The state was read before this move was made: it cannot have told it.
            self._intake.seen_expected(happening.about, _MOVE)
            del expected[_MOVE]
        for field in (*sorted(name for name in expected if name.startswith(_EARLIER)), "list", _MOVE):
            wanted = expected.get(field)
            if wanted is None or wanted.value != to or happening.at > wanted.at + _SLOWEST:
                continue
            if self._had_begun(wanted, happening.at):
                self._intake.seen_expected(happening.about, field)
                self._intake.seen_expected(happening.about, _TOLD)
                return True
        return False

    def _had_begun(self, wanted: Expected, at: datetime) -> bool:
        """Whether a write of ours may have been under way at a moment; what only a reading told may be of any age."""
        row = self._intake.delivery(wanted.delivery) if wanted.delivery else None
        return row is None or row.first_tried_at is None or at >= row.first_tried_at - _SKEW

    def _shown_later(self, happening: Happening) -> None:
        """The state that shows this move may come on a later page: it is no second event."""
        to = happening.data.get("to")
        kept = self._intake.stored([happening.about]).get(happening.about)
        if kept is None or kept.fields.get("list") == to:
            self._intake.seen_expected(happening.about, _TOLD)
        else:
            self._intake.expect(happening.about, _TOLD, to, "")

    # -- one event ----------------------------------------------------------------------------------------------

    def _add(
        self,
        event_id: str,
        kind: str,
        record: Record,
        subject: str,
        data: Mapping[str, Plain],
        quiet: bool = False,
        edit: tuple[Actor, datetime] | None = None,
    ) -> None:
        """`edit` says who did it and when, where that is known."""
        actor, edited_at = edit or (Actor(), None)
        born = _created_at(record) if quiet else None  # history has a date; what is news was noticed when it changed
        event = Event(
            id=event_id,
            kind=kind,
            at=edited_at or born or record.changed_at or record.read_at,
            seen_at=self._intake.now,
            actor=actor,
            source=self._connector,
            subject=subject,
            data=data,
        )
        if self._intake.add_event(event, str(record.ref)):
            self._events += 1
            if quiet or self._history:
                self._intake.keep_quiet(event_id)
            else:
                self._teller.react(event)


def _created_at(record: Record) -> datetime | None:
    """When the vendor says that it was made; None where it does not tell."""
    created = record.fields.get("answered_at" if record.ref.kind == "response" else "created_at")
    return parse_moment(created) if isinstance(created, str) and created else None


def _labels_of(fields: Mapping[str, Plain]) -> set[str]:
    return each_of(fields.get("labels"))


def meaning(happening: Happening) -> tuple[str, Mapping[str, Plain]]:
    """The kind and data of the event. What staff write with a slash before it is a command; nobody else gives any."""
    text = str(happening.data.get("text") or "").strip()
    if happening.kind == "command":
        word = str(happening.data.get("command", ""))
        return "command", {**happening.data, "command": f"/{word.removeprefix('/')}"}
    said = happening.kind in ("comment.added", "message")
    if said and text.startswith("/") and happening.actor.kind is ActorKind.PERSON:
        word, _, rest = text.partition(" ")
        where = "card" if happening.kind == "comment.added" else "chat"
        return "command", {**happening.data, "command": word, "text": rest.strip(), "where": where}
    if happening.kind == "message" and happening.actor.kind is ActorKind.PERSON:
        return "staff.message", happening.data  # `message` is what a client writes; colleagues talk among themselves
    return happening.kind, happening.data
