"""What always has to hold, however a sequence went. Each broken one is told with what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from bridge.model.deliveries import State
from bridge.model.events import ActorKind, Event
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.values import Plain
from bridge.store.agreed import StoredConflict
from bridge.store.rows import StoredRecord
from tests.sync import agency
from tests.sync.run import Run
from tests.sync.world import BRIDGE, PERSON, Held, Overwritten, Place, meaning

LOST = "no value that a person wrote vanishes unseen"
STRAY = "the bridge changes nothing but what it is about to write"
DIVERGED = "both sides converge"
RESTLESS = "the bridge comes to rest"
TWICE = "nothing is made twice"
TAKEN_AWAY = "nothing that others made is deleted or archived"
ECHO = "no own write comes back as somebody's change"
NEEDLESS = "no conflict about a value that its writer had seen"
RAISED = "nothing breaks inside"

_MAY_WRITE = frozenset(
    {
        ("PUT", "/1/cards/{id}"),
        ("POST", "/1/cards"),
        ("POST", "/1/cards/{id}/actions/comments"),
        ("POST", "/1/cards/{id}/idLabels"),
        ("DELETE", "/1/cards/{id}/idLabels/{idLabel}"),
        ("POST", "/1/cards/{id}/idMembers"),
        ("DELETE", "/1/cards/{id}/idMembers/{idMember}"),
        ("PUT", "/1/cards/{idCard}/customField/{idCustomField}/item"),
        ("POST", "/rest/task/{id}"),
        ("POST", "/rest/contact/{id}"),
        ("POST", "/rest/task/{id}/comments/"),
    }
)
"""The routes of everything that keeping facts in step may do."""
_NEVER_SAID = frozenset({"closed", "isDeleted", "isArchived", "idCardSource"})


@dataclass(frozen=True)
class Broken:
    """An invariant that did not hold, and what shows it."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


def broken(run: Run) -> list[Broken]:
    """Everything that did not hold in this sequence."""
    checks = {
        RAISED: iter(run.raised),
        STRAY: iter(run.world.strays),
        LOST: _lost(run),
        NEEDLESS: _needless(run),
        DIVERGED: _diverged(run),
        RESTLESS: _restless(run),
        TWICE: _twice(run),
        TAKEN_AWAY: _taken_away(run),
        ECHO: _echoes(run),
    }
    return [Broken(name, what) for name, found in checks.items() for what in found]


def in_window(run: Run) -> int:
    """How often a person wrote between the bridge's look and its own write, which neither system tells."""
    return sum(one.window for one in run.world.overwritten)


# -- what people wrote ------------------------------------------------------------------------------------------------


def _lost(run: Run) -> Iterator[str]:
    kept = _kept(run)
    for one in run.world.overwritten:
        lost = one.lost
        told = one.window or _had_arrived(run, one) or _is_kept(lost, kept)
        if not (told or _puts_back(run, one) or _says_the_same(run, one) or _left_with_its_board(run, lost)):
            where = f"{lost.place.ref} {lost.place.fact}"
            yield f"{where}: {lost.value!r} of {lost.at:%H:%M:%S} became {one.by.value!r} at {one.by.at:%H:%M:%S}"


def _kept(run: Run) -> dict[Place, list[StoredConflict]]:
    """Every conflict, by the places whose values it tells."""
    found: dict[Place, list[StoredConflict]] = {}
    for one in run.store.conflicts(limit=10_000):
        for held in one.conflict.held:
            found.setdefault(Place(str(held["ref"]), one.conflict.field), []).append(one)
    return found


def _is_kept(lost: Held, kept: dict[Place, list[StoredConflict]]) -> bool:
    """Whether a conflict tells this value, one that stood when it was written or came later."""
    spec = agency.FACTS[lost.place.key]
    for one in kept.get(Place(lost.place.ref, lost.place.key), ()):
        in_time = one.settled_at is None or one.settled_at >= lost.at
        told = [held["value"] for held in one.conflict.held if held["ref"] == lost.place.ref]
        if in_time and any(_element(lost.place, spec, value) == lost.value for value in told):
            return True
    return False


def _element(place: Place, spec: FieldSpec, told: Plain) -> Plain:
    """What a conflict's value says of one place, which of a set may be a single element."""
    if spec.type is FieldType.SET:
        element = place.fact.partition("#")[2]
        return element in (told if isinstance(told, (list, tuple)) else ())
    return meaning(spec.type, told)


def _had_arrived(run: Run, one: Overwritten) -> bool:
    """Whether who wrote what stands there now had seen what stood there before: it had come to their place."""
    return any(
        before.value == one.lost.value and one.lost.n < after.n <= root.n and root.by == PERSON
        for root in _roots(one.by)
        for before, after in pairwise(run.world.held[root.place])
    )


def _roots(held: Held) -> Iterator[Held]:
    """Where a value was written by somebody else than the bridge."""
    if held.by != BRIDGE:
        yield held
    for source in held.sources:
        yield from _roots(source)


def _puts_back(run: Run, one: Overwritten) -> bool:
    """Whether a person had only put back what both places last had in common: no system shows that it was done."""
    return any(one.lost.value in _common(run, one.lost, source.place) for source in one.by.sources)


def _says_the_same(run: Run, one: Overwritten) -> bool:
    """Whether a person had only entered what the bridge had read in the other place, where it had just been replaced.

    Nothing dates a field: it might as well have been entered while both held it.
    """
    for root in _roots(one.by):
        story, system = run.world.held[root.place], root.place.ref.partition(":")[0]
        before = next((held for held, after in pairwise(story) if after is root), None)
        moments = [n for n, _at in run.world.reads.get(system, ())]
        if before is not None and before.value == one.lost.value and root.by == PERSON and root.n < one.lost.n:
            known = any(before.n <= n < root.n for n in moments)
            if known and not any(root.n <= n < one.lost.n for n in moments):
                return True
    return False


def _left_with_its_board(run: Run, lost: Held) -> bool:
    """Whether a person had emptied it on a card that went to another board before it was read: there all are empty."""
    moves = [n for ref, n in run.world.crossed if ref == lost.place.ref and n >= lost.n and not lost.value]
    return any(not any(lost.n <= read < n for read, _at in run.world.reads.get("trello", ())) for n in moves)


def _common(run: Run, lost: Held, other: Place) -> set[Plain]:
    """What both places held at the same moment before this one was written: when last both were read, and since."""
    shared = [
        (max(one, two, key=lambda held: held.n), min(end, until, lost.n))
        for one, end in _spans(run, lost.place)
        for two, until in _spans(run, other)
        if one.value == two.value and max(one.n, two.n) < min(end, until, lost.n)
    ]
    known = max((begins.n for begins, end in shared if _was_read(run, begins, end)), default=0)
    return {begins.value for begins, _ in shared if begins.n >= known}


def _was_read(run: Run, begins: Held, end: int) -> bool:
    """Whether the bridge has read both systems while something stood there; lists of Planfix run a minute behind."""
    shown = begins.at + timedelta(minutes=1)
    return all(
        any(begins.n <= n < end and at >= shown for n, at in run.world.reads.get(system, ()))
        for system in ("trello", "planfix")
    )


def _spans(run: Run, place: Place) -> list[tuple[Held, int]]:
    """What a place held, each with the moment it ended."""
    story = run.world.held[place]
    return [(one, after.n) for one, after in pairwise(story)] + [(story[-1], run.world.n + 1)]


def _needless(run: Run) -> Iterator[str]:
    """Conflicts with a value that the bridge had brought, and read since, before the other one was entered there."""
    for one in run.store.conflicts(limit=10_000):
        spec = agency.FACTS[one.conflict.field]
        won = next((held for held in one.conflict.held if held["won"]), None)
        if won is None or spec.type is FieldType.SET or spec.sync != "both":
            continue
        winning = meaning(spec.type, won["value"])
        there = [held for held in run.world.held.get(Place(str(won["ref"]), spec.key), ()) if held.at <= one.at]
        for lost in (held for held in one.conflict.held if not held["won"]):
            story = run.world.held.get(Place(str(lost["ref"]), spec.key), [])
            for before, after in pairwise(story):
                entered = after.value == meaning(spec.type, lost["value"]) and after.by == PERSON and after.at <= one.at
                brought = before.by == BRIDGE and before.value == winning and there and there[-1].n < before.n
                if entered and brought and story[-1].n >= after.n and _was_read(run, before, after.n):
                    yield f"{spec.key}: {after.value!r} was entered over {winning!r}, and both are in conflict"


# -- what is there in the end ----------------------------------------------------------------------------------------


def _diverged(run: Run) -> Iterator[str]:
    now = dict(run.world.places())
    open_ = {
        (one.conflict.subject, one.conflict.field) for one in run.store.conflicts(limit=10_000) if not one.settled_at
    }
    given_up = {(row.subject, row.cause.step) for row in run.store.deliveries(states=[State.DEAD], limit=10_000)}
    resting = {f"trello:main:card:{card.id}" for card in run.world.cards if card.closed or not run.world.is_ours(card)}
    for client in run.store.known_clients():
        state = run.store.load_client(client)
        for spec in agency.FACTS.values():
            for subject in (one for one in state.subjects if one.kind == spec.subject):
                if (subject.id, spec.key) in open_:
                    continue
                below = [one.id for one in state.subjects if subject.id in (one.id, one.parent)]
                if any((id, spec.key) in given_up for id in below):
                    continue
                owners = _living(state.records.get(subject.id, ()), spec.source_name)
                others = [ref for id in below for ref in _living(state.records.get(id, ()), "trello.card")]
                refs = [ref for ref in (*owners, *others) if ref not in resting]
                if owners:
                    yield from _differ(spec, [(ref, now) for ref in refs])


def _living(records: Sequence[StoredRecord], source: str) -> list[str]:
    """The newest thing of a kind, as the bridge has bound them."""
    found = [str(one.ref) for one in records if f"{one.ref.system}.{one.ref.kind}" == source and not one.deleted]
    return found[-1:]


def _differ(spec: FieldSpec, held: list[tuple[str, dict[Place, Plain]]]) -> Iterator[str]:
    for fact in _facts(spec):
        values = {ref: now[Place(ref, fact)] for ref, now in held if Place(ref, fact) in now}
        if len(set(values.values())) > 1:
            yield f"{fact}: {values}"


def _facts(spec: FieldSpec) -> list[str]:
    if spec.type is not FieldType.SET:
        return [spec.key]
    return [f"{spec.key}#{one}" for one in (agency.TAGS if spec.key == "deal.tags" else agency.STAFF)]


def _restless(run: Run) -> Iterator[str]:
    if run.restless:
        waits = [f"{row.decision}: {row.reason}" for row in run.store.deliveries(states=[State.WAITING], limit=5)]
        last = [f"{one.method} {one.operation}" for one in run.world.sandbox.journal.writes()[-3:]]
        yield f"after {run.rounds} rounds; {waits}; {last}"


# -- what the bridge did ----------------------------------------------------------------------------------------------


def _twice(run: Run) -> Iterator[str]:
    made = [row for row in run.store.deliveries(limit=10_000) if row.decision.kind in ("create_card", "create_task")]
    subjects = Counter((row.subject, row.decision.kind) for row in made if row.state is State.CONFIRMED)
    yield from (
        f"{what} of {subject} is wanted {times} times" for (subject, what), times in subjects.items() if times > 1
    )
    journal = run.world.sandbox.journal.writes()
    cards = sum(one.method == "POST" and one.operation == "/1/cards" for one in journal)
    wanted = sum(row.decision.kind == "create_card" for row in made)
    if cards > wanted:
        yield f"{cards} cards were made for {wanted} that were wanted"


def _taken_away(run: Run) -> Iterator[str]:
    for one in run.world.sandbox.journal.writes():
        said = {*one.query, *(one.body if isinstance(one.body, dict) else ())}
        if (one.method, one.operation) not in _MAY_WRITE or said & _NEVER_SAID:
            yield f"{one.method} {one.operation} {one.query or one.body}"


def _echoes(run: Run) -> Iterator[str]:
    for event in run.store.events_since(0, 10_000):
        if (
            event.kind == "field.changed"
            and event.actor.kind is ActorKind.UNKNOWN
            and not event.id.startswith("receipt:")
        ):
            yield from _echo(run, event)
        if event.kind in ("card.moved", "card.archived") and event.actor.kind is ActorKind.BRIDGE:
            yield f"{event.kind} {event.data}: the bridge never does that here"


def _echo(run: Run, event: Event) -> Iterator[str]:
    """A change that somebody is said to have made, where nobody but the bridge has ever put that value."""
    spec = agency.FACTS.get(str(event.data.get("field")))
    ref = event.id.rsplit(":", 2)[0]
    if spec is None or spec.type is FieldType.SET:
        return
    story = [held for held in run.world.held.get(Place(ref, spec.key), ()) if held.at <= event.seen_at]
    told = meaning(spec.type, event.data.get("new"))
    last = next((held for held in reversed(story) if held.value == told), None)
    if last is not None and last.by != PERSON:
        yield f"{ref} {spec.key}: {event.data.get('old')!r} became {told!r}, which {last.by} put there"
