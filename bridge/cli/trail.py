"""`bridge logs`: the trail in the database, from what happened over what the rules said to what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.cli.errors import GOOD, USAGE
from bridge.cli.looking import called, find_subjects, name_of, names_of, nobody
from bridge.cli.moments import parse_since
from bridge.cli.output import complain, print_json, print_table
from bridge.cli.reasons import reason_in_words
from bridge.cli.room import store_to_read, time_there
from bridge.engine.telling import OWN_WORK
from bridge.model.decision_words import in_words
from bridge.model.deliveries import State
from bridge.model.events import ActorKind, Event
from bridge.model.people import Directory
from bridge.model.planning import Outcome
from bridge.model.reasons import Reason
from bridge.model.values import Plain, moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rows import Row
from bridge.store.trail import Chain
from bridge.wiring.agency import Agency
from bridge.words import said
from rules.telling import Teller, system_name
from rules.verdicts import Verdicts

_TRACE = re.compile(r"[0-9a-f]{8}\Z")
_DELIVERY = re.compile(r"[0-9a-f]{10}\Z")
_STEPS = {
    "event": worded("event"),
    "rule": worded("rule"),
    "wanted": worded("wanted"),
    "tried": worded("tried"),
    "ended": worded("ended"),
}
_ACTORS = {
    ActorKind.PERSON: worded("a colleague"),
    ActorKind.CLIENT: worded("the client"),
    ActorKind.BRIDGE: worded("the bridge"),
    ActorKind.ROBOT: worded("a robot"),
    ActorKind.UNKNOWN: worded("somebody unknown"),
}
_OUTCOMES = {
    Outcome.FIRED.value: worded("fired"),
    Outcome.CONDITION_FALSE.value: worded("condition false"),
    Outcome.NOT_KNOWN.value: worded("not known"),
    Outcome.REFUSED.value: worded("refused by guard"),
    Outcome.REPEAT.value: worded("held by repeat"),
    Outcome.CANCELLED.value: worded("cancelled by unless"),
    Outcome.DISABLED.value: worded("disabled"),
    Outcome.SHADOW.value: worded("shadow"),
    Outcome.LATER.value: worded("later"),
    Outcome.SILENT.value: worded("text not true"),
    Outcome.LOOP.value: worded("loop limit"),
    Outcome.MISSED.value: worded("missed"),
    Outcome.NO_SUBJECT.value: worded("no subject"),
    Outcome.ANSWERED.value: worded("answered"),
    Outcome.OVERRIDDEN.value: worded("overridden"),
    Outcome.LET_THROUGH.value: worded("let through"),
}
_ENDED = frozenset({State.CONFIRMED, State.DEAD, State.UNKNOWN, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the trail, as it is shown. `more` is what only programs are told."""

    at: datetime
    trace: str
    client: str
    step: str
    what: str
    outcome: str
    more: dict[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Words:
    """How reasons, rules and events are said: as people know them, and without that as they are noted."""

    of_rule: Callable[[Reason], str] = str
    of_delivery: Callable[[Reason], str] = str
    rule: Callable[[str, str], str] = lambda rule, step: f"{rule}/{step}" if step else rule
    title: Callable[[str], str] = str
    event: Callable[[Event], str] = lambda event: f"{event.source}: {event.kind}"
    system: Callable[[str], str] = str


def _words_of(verdicts: Verdicts, store: Store) -> _Words:
    def event(one: Event) -> str:
        source = said(worded("the bridge"), language) if one.source == "bridge" else system_name(one.source)
        return f"{source}: {verdicts.happened(one) or one.kind}"

    language = verdicts.teller.language
    return _Words(
        verdicts.reason,
        lambda one: reason_in_words(one, language, lambda about: name_of(store, about)),
        verdicts.stepped,
        lambda rule: said(OWN_WORK[rule], language) if rule in OWN_WORK else verdicts.title(rule),
        event,
        system_name,
    )


def logs(what: str, trace: str, since: str, limit: int, language: str, as_json: bool) -> int:
    """Prints the newest steps of what is meant, the newest last."""
    with store_to_read() as (store, _settings, agency):
        begins = parse_since(since, agency.zone, time_there(store)) if since else None
        chain = store.chain(trace) if trace else _chain(store, agency, what, begins, limit)
        if chain is None:
            unknown = worded("{nobody}; or name a rule, a delivery or a trace", nobody=nobody(store, what))
            complain(unknown, language or agency.language)
            return USAGE
        told_in = language or agency.language
        verdicts = Verdicts(Teller(agency.ruleset, told_in, agency.people))
        words = _Words() if as_json else _words_of(verdicts, store)
        lines = sorted(_lines(chain, agency.people, words), key=lambda line: line.at)
        if begins is not None:
            lines = [line for line in lines if line.at >= begins]
        lines = lines[-limit:]
        names = names_of(store, [line.client for line in lines])
    if as_json:
        print_json([{**_plain(line), "name": names.get(line.client, "")} for line in lines])
        return GOOD
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            f"{line.at.astimezone(zone):%d.%m %H:%M:%S}",
            line.trace,
            names.get(line.client, line.client),
            _STEPS[line.step],
            line.what,
            line.outcome,
        ]
        for line in lines
    ]
    titles = [worded("when"), worded("trace"), worded("whose"), worded("stage"), worded("what"), worded("outcome")]
    print_table(titles, cells, worded("nothing happened"), language or agency.language)
    return GOOD


def _chain(store: Store, agency: Agency, what: str, since: datetime | None, limit: int) -> Chain | None:
    """What a word means: nothing in particular, a delivery, a trace, a rule, or somebody; None for nobody."""
    if not what:
        return store.of_all(since, limit)
    if _DELIVERY.match(what) and (rows := store.deliveries(delivery=what)):
        return store.chain(rows[0].trace) if rows[0].trace else Chain(deliveries=rows)
    if _TRACE.match(what):
        return store.chain(what)
    if what in {rule.id for rule in agency.ruleset.rules}:
        return store.of_rule(what, since, limit)
    subjects = find_subjects(store, what)
    clients = {subject.client for subject in store.subjects() if subject.id in subjects}
    return store.of_clients(clients, since, limit) if clients else None


def _lines(chain: Chain, people: Directory, words: _Words) -> Iterator[Line]:
    for event, client in chain.events:
        who = event.actor.name or people.name(event.actor.id) or _ACTORS[event.actor.kind]
        more: dict[str, Plain] = {"event": event.id, "at": moment_text(event.at)}
        yield Line(
            event.seen_at,
            event.trace,
            client,
            "event",
            words.event(event),
            worded("by {person}", person=who),
            more,
        )
    for one in chain.evaluations:
        outcome = _OUTCOMES.get(one.outcome, one.outcome)
        reason = words.of_rule(one.reason)
        came = worded("{what}: {named}", what=outcome, named=reason) if reason else outcome
        more = {"event": one.event, "rule": one.rule, "ruleset": one.ruleset}
        yield Line(one.at, one.trace, one.client, "rule", words.rule(one.rule, one.step), came, more)
    for row in chain.deliveries:
        yield from _of_delivery(row, people, words)


def _of_delivery(row: Row, people: Directory, words: _Words) -> Iterator[Line]:
    """That it was wanted, and what has become of it."""
    where = words.system(row.connector)
    what = worded("{id} {where}: {what}", id=row.id, where=where, what=in_words(row.decision, people))
    more: dict[str, Plain] = {"delivery": row.id, "rule": row.cause.rule, "event": row.cause.event}
    more["ruleset"] = row.cause.ruleset
    by = worded("by {who}", who=words.title(row.cause.rule)) if row.cause.rule else worded("the bridge")
    yield Line(row.created_at, row.trace, row.client, "wanted", what, by, more)
    at = row.ended_at or row.first_tried_at
    if at is None and row.state is State.WAITING:
        return
    remote = str((row.receipt or {}).get("remote") or "")
    tried = worded("attempts: {count}", count=row.attempts) if row.attempts > 1 else ""
    parts = [part for part in (called(row.state.value), tried, words.of_delivery(row.reason)) if part]
    came = worded("{parts}", parts=parts)
    more = {**more, "state": row.state.value, "attempts": row.attempts, "receipt": remote, "reason": str(row.reason)}
    step = "ended" if row.state in _ENDED else "tried"
    yield Line(at or row.created_at, row.trace, row.client, step, what, came, more)


def _plain(line: Line) -> dict[str, Plain]:
    shown: dict[str, Plain] = {"at": moment_text(line.at), "trace": line.trace, "client": line.client}
    rest = {name: value for name, value in line.more.items() if name != "at"}
    return {**shown, "step": line.step, "what": line.what, "outcome": line.outcome, **rest}
