"""What the files name beside what connected accounts really have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.setting_up import FieldThere, Holds
from bridge.model.wording import worded
from bridge.wiring.checks import Pack, same_board
from rules.constants import offered_lists


@dataclass(frozen=True, slots=True)
class LiveNames:
    """What connected accounts really have; None where nobody was asked.

    `lists` are names of lists (with "Board / List" where two share one), `boards_twice` those of boards that two
    accounts have, `members` the ids and user names of people on the boards, `statuses` those that deals can have,
    `fields` the custom fields behind mapping names. `renamed` are boards, lists, labels, fields and options that
    the bridge knows from before, and that people call otherwise now: the kind, the board, the name in the files, the
    new one.
    """

    lists: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    boards_twice: frozenset[str] = frozenset()
    members: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    fields: tuple[tuple[str, FieldThere], ...] = ()
    renamed: tuple[tuple[str, str, str, str], ...] = ()


def check_live(pack: Pack, live: LiveNames) -> Iterator[Finding]:
    """Everything that the files name and the accounts do not have, or have otherwise."""
    for board in sorted(live.boards_twice):
        yield same_board(pack.place("bridge.yaml", "trello", "accounts", key=True), board)
    yield from _names(pack, live)
    yield from _renamed(pack, live)
    yield from _people(pack, live)
    for key, spec in pack.specs.items():
        for place, holds in held_by(spec):
            for there in (one for name, one in live.fields if name == place):
                yield from _field(pack, key, spec, place, holds, there)


def held_by(spec: FieldSpec) -> Iterator[tuple[str, Holds]]:
    """The places of a fact, and what the custom field behind each is to hold."""
    written = {*spec.write_to, *(spec.also if spec.sync != "none" else ())}
    written |= {spec.source} if spec.sync == "both" else set()
    for place in spec.places:
        options = tuple(_as_there(spec, place, value) for value in spec.choices or ())
        yield place, Holds(spec.type, options, place in written)


def _as_there(spec: FieldSpec, place: str, value: str) -> str:
    return spec.written.get(place.partition(".")[0], {}).get(value, value)


def _names(pack: Pack, live: LiveNames) -> Iterator[Finding]:
    for key, entry in pack.fields.items():
        real, kind = {
            "trello.card.list": (live.lists, "list"),
            "trello.card.labels": (live.labels, "label"),
            "planfix.task.status": (live.statuses, "status"),
        }.get(entry.from_, (None, ""))
        for n, name in enumerate(entry.of or ()):
            if real is not None and name not in real:
                where = pack.place("fields.yaml", "fields", key, "of", n)
                offered = offered_lists(name, real) if kind == "list" else real
                yield Finding(where, f"unknown-{kind}", _not_there(kind, name), did_you_mean(name, offered))


def _renamed(pack: Pack, live: LiveNames) -> Iterator[Finding]:
    """What still works, because the bridge knows it from before: it is found nowhere by whoever does not."""
    for kind, board, name, now in dict.fromkeys(live.renamed):
        words = '{kind} "{name}" is now called "{now}", on board "{board}"'
        if kind == "board":
            words = '{kind} "{name}" is now called "{now}"'
        what = worded(words, kind=worded(kind), name=name, board=board, now=now)
        how = worded('rename it back in Trello, or write "{now}" wherever the files say "{name}"', now=now, name=name)
        yield Finding(_first_place(pack, kind, name), f"renamed-{kind}", what, how, level=Level.WARNING)


_SAYS = {"bridge.yaml": ("boards", "fields"), "fields.yaml": ("of", "as")}
"""Under which keys the files name what is on boards."""


def _first_place(pack: Pack, kind: str, name: str) -> Position:
    """Where the files name something on a board first."""
    first = "bridge.yaml" if kind in ("board", "field") else "fields.yaml"
    for document in (pack.documents[first], *pack.rule_documents):
        keys = _SAYS.get(first, ()) if document is pack.documents[first] else ("rules",)
        for path, value in _texts(document.data):
            if name in (value, value.rpartition(" / ")[2]) and any(key in path for key in keys) and path[-1] != "name":
                return document.position(path)
    return pack.place("bridge.yaml", "trello", key=True)


def _texts(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text below a value, with its path."""
    if isinstance(value, str):
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from _texts(item, (*path, step))


def _not_there(kind: str, name: str) -> str:
    if kind == "status":
        return worded('deals in Planfix have no status "{name}"', name=name)
    return worded("{kind} «{name}» is not on the board", kind=worded(kind), name=name)


def _people(pack: Pack, live: LiveNames) -> Iterator[Finding]:
    """People whom Trello knows under another name than people.yaml, or whom nobody invited."""
    for key, person in pack.people.items():
        given = person.ids.trello
        if live.members is not None and given is not None and given not in live.members:
            where = pack.place("people.yaml", "people", key, "ids", "trello")
            what = worded('{name}: no board has a member "{given}"', name=person.name, given=given)
            how = worded("invite them in Trello, or correct the name: the user name, without @, or the member's id")
            near = did_you_mean(given, live.members)
            advice = worded("{near} Or {how}", near=near, how=how) if near.startswith("did") else how
            yield Finding(where, "person-not-on-board", what, advice, level=Level.WARNING)


def _field(pack: Pack, key: str, spec: FieldSpec, place: str, holds: Holds, there: FieldThere) -> Iterator[Finding]:
    if there.refuses(holds):
        where = pack.place("fields.yaml", "fields", key, key=True)
        words = '{place}: "{name}" cannot be written: {why}'
        what = worded(words, place=place, name=there.name, why=there.why_not)
        yield Finding(where, "unfit-field", what, worded("name another field in bridge.yaml, or only read this one"))
        return
    if not there.fits(holds):
        where = pack.place("fields.yaml", "fields", key, "type")
        words = '{place}: "{name}" is a field of type {kind}, and {key} is of type `{type}`'
        what = worded(words, place=place, name=there.name, kind=there.kind, key=key, type=spec.type.value)
        advice = worded("name another field in bridge.yaml, or change the type here")
        yield Finding(where, "unfit-field", what, advice)
        return
    lacking = there.lacks(holds)
    for n, value in enumerate(spec.choices or ()):
        if (theirs := _as_there(spec, place, value)) in lacking:
            where = pack.place("fields.yaml", "fields", key, "of", n)
            what = worded('{place}: "{name}" has no value "{value}"', place=place, name=there.name, value=theirs)
            level = Level.ERROR if holds.written else Level.WARNING
            yield Finding(where, "missing-option", what, did_you_mean(theirs, there.options or ()), level=level)
