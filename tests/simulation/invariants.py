"""What must hold at the end of every seed, whatever went wrong. Checked against the world, not the bridge's word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.model.checklists import parse_checklists
from bridge.model.decisions import MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.reasons import ARRIVED_SAYS, LEFT_OUT, LET_GO, SENT_AGAIN, WRITTEN_BY_HAND
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.rows import Row
from tests.simulation.bureau import VERSIONS, ruleset
from tests.simulation.run import Simulation
from tests.simulation.trouble import effect_of
from tests.simulation.twins.twin import LAG
from tests.simulation.world import Effect, Said, update_ref

_ENDS = (State.CONFIRMED, State.CANCELLED, State.DEAD, State.HELD, State.UNKNOWN)
_ONCE = (
    "create_card",
    "create_task",
    "put_checklist",
    "comment_card",
    "make_document",
    "attach_trello",
    "attach_planfix",
)
_MOMENT = timedelta(minutes=5)
_SKEW = timedelta(minutes=1)
_UNDER_WAY = timedelta(minutes=10)
"""Longer than the slowest call: what had begun before a stop is through by then."""
_BY_A_PERSON = frozenset(one.code for one in (ARRIVED_SAYS, LEFT_OUT, LET_GO, SENT_AGAIN, WRITTEN_BY_HAND))
_MOVES = ("move_card", "move_back")


@dataclass(frozen=True)
class Broken:
    """One invariant that did not hold, and what shows it."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass(frozen=True)
class Told:
    """An event as the tables keep it."""

    id: str
    kind: str
    state: str
    source: str
    about: str
    subject: str
    data: Mapping[str, object]


class Looked:
    """Everything the checks look at, read once."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.world = simulation.world
        self.rows = simulation.store.rows()
        self.by_id = {row.id: row for row in self.rows}
        with reading(simulation.store._engine) as connection:
            columns = (t.events.c.id, t.events.c.kind, t.events.c.state, t.events.c.source, t.events.c.about)
            query = sa.select(*columns, t.events.c.subject, t.events.c.data).order_by(t.events.c.sequence)
            self.events = [Told(*row) for row in connection.execute(query)]
            self.links = {
                (row.system, row.kind, row.remote_id): row.local_id for row in connection.execute(sa.select(t.links))
            }
            self.records = {
                (row.system, row.kind, row.remote_id): row
                for row in connection.execute(sa.select(t.records).where(t.records.c.deleted.is_(False)))
            }
            self.traces = connection.execute(
                sa.select(t.traces.c.rule, t.traces.c.event, t.traces.c.outcome, t.traces.c.at, t.traces.c.subject)
            ).all()
            self.timers = {row.key: row for row in connection.execute(sa.select(t.timers))}
            self.floods = connection.execute(sa.select(t.floods)).all()
        self.effects: dict[str, list[Effect]] = defaultdict(list)
        for effect in self.world.effects:
            self.effects[effect.delivery].append(effect)
        self.said: dict[str, list[Said]] = defaultdict(list)
        """The messages of each delivery."""
        for said in self.world.said:
            self.said[said.delivery].append(said)
        self.carried: dict[str, list[Row]] = defaultdict(list)
        """What went in the messages of each delivery: itself, and what was said together with it."""
        for row in self.rows:
            for delivery in {row.id, row.together} - {""}:
                self.carried[delivery].append(row)

    def decided(self, row: Row) -> bool:
        """Whether a person has decided on a delivery: by itself, or with all that was held because of a flood."""
        let_go = any(
            flood.answer == "send"
            and flood.about in (row.cause.rule, row.client)
            and row.created_at <= flood.answered_at <= (row.first_tried_at or row.created_at)
            for flood in self.floods
        )
        return let_go or row.id in self.world.again or row.reason.code in _BY_A_PERSON


def broken(simulation: Simulation) -> list[Broken]:
    """Every invariant that does not hold."""
    looked = Looked(simulation)
    return [Broken(name, what) for name, check in CHECKS.items() for what in check(looked)]


def _every_effect_ends(looked: Looked) -> Iterator[str]:
    for row in looked.rows:
        if row.state not in _ENDS:
            yield f"{row.id} {effect_of(row.decision)} is {row.state} until {row.next_at}: {row.reason}"
        elif row.state is not State.CONFIRMED and not row.reason:
            yield f"{row.id} {effect_of(row.decision)} is {row.state} without a reason"
        elif row.state is State.CONFIRMED and not looked.decided(row) and not _is_there(looked, row):
            yield f"{row.id} {effect_of(row.decision)} is confirmed and nothing of it is outside"


def _is_there(looked: Looked, row: Row) -> bool:
    carrier = row.together or row.id
    if looked.effects.get(row.id) or looked.effects.get(carrier):
        return True
    receipt = row.receipt or {}
    # What needs doing once is there by its mark or not at all; a state may have been as wanted already.
    return (effect_of(row.decision) not in _ONCE and not isinstance(row.decision, SendMessage) and bool(receipt)) or (
        row.decision.kind == "make_document"
    )


def _the_world_is_explained(looked: Looked) -> Iterator[str]:
    for delivery, effects in looked.effects.items():
        row = looked.by_id.get(delivery)
        if row is None:
            yield f"{effects[0].kind} {effects[0].about} is of no delivery"
        elif row.state not in (State.CONFIRMED, State.UNKNOWN, State.DEAD) and not looked.decided(row):
            yield f"{effects[0].kind} {effects[0].about} took place and {delivery} is {row.state}: {row.reason}"


def _nothing_twice(looked: Looked) -> Iterator[str]:
    for delivery, effects in looked.effects.items():
        kind = effects[0].kind
        if len(effects) > 1 and not kind.startswith(("send_", "label_", "write_")):
            yield f"{kind} {delivery} took place {len(effects)} times: {[str(one.at) for one in effects]}"
    cards = Counter(card.task for card in looked.world.cards.values() if card.task)
    yield from (f"deal {task} has {count} cards" for task, count in cards.items() if count > 1)
    lists = [(card.id, [one.name for one in card.lists]) for card in looked.world.cards.values()]
    lists += [(one.id, [line.name for line in one.lines]) for card in looked.world.cards.values() for one in card.lists]
    for holder, names in lists:
        yield from (f"{holder} has {count} times {name}" for name, count in Counter(names).items() if count > 1)
    files = [(card.id, card.files) for card in looked.world.cards.values()]
    files += [(thing.id, thing.files) for thing in looked.world.things.values()]
    for holder, names in files:
        yield from (f"{holder} has {count} files {name}" for name, count in Counter(names).items() if count > 1)


def _state_written_once(looked: Looked) -> Iterator[str]:
    """A label or a field is written again only where a person changed it back while the outcome was open."""
    for delivery, effects in looked.effects.items():
        if effects[0].kind.startswith(("label_", "write_")) and len(effects) > 2:
            yield f"{effects[0].kind} {delivery} was written {len(effects)} times"


def _clients_read_once(looked: Looked) -> Iterator[str]:
    sent = Counter((one.delivery, one.chat.rpartition("-")[2][-3:]) for one in looked.world.said if one.to_client)
    for (delivery, _chat), count in sent.items():
        if count > 1 + looked.world.again[delivery]:
            yield f"client message {delivery} arrived {count} times, {looked.world.again[delivery]} were asked for"
    same = Counter(
        (row.cause.rule, row.subject, _occurrence(row), row.decision.template)
        for row in looked.rows
        if isinstance(row.decision, SendMessage)
        and row.decision.to_client
        and row.cause.step
        and (looked.effects.get(row.together or row.id))
    )
    for (rule, subject, _when, template), count in same.items():
        if count > 1:
            yield f"{template} of {rule} for {subject} went {count} times for one occurrence"


def _occurrence(row: Row) -> str:
    """What a step counts from: the part of the key before the step."""
    return row.key.removeprefix(f"{row.cause.rule}:{row.subject}:").split(f":{row.cause.step}/")[0]


def _no_act_on_unread_absence(looked: Looked) -> Iterator[str]:
    """No reminder for an answer that had been given by its deadline; no refusal by a gate that stood open."""
    world = looked.world
    answered = defaultdict(list)
    for token, at, _content in world.answers:
        answered[token].append(at)
    tokens = _tokens(looked)
    asked = {row.subject for row in looked.rows if row.cause.rule == "brief-send"}
    for said in world.said:
        for row in looked.carried[said.delivery]:
            if row.cause.rule != "brief-silent" or not row.cause.step or looked.decided(row):
                continue
            timer = looked.timers.get(f"brief-silent:{row.subject}:{_occurrence(row)}:{row.cause.step}")
            due = timer.due if timer is not None else row.created_at
            deadline = min(max(due, row.fresh_past or due, _may_go(row.created_at, due)), said.at)
            for at in answered.get(tokens.get(row.subject, ""), ()):
                if at <= deadline and said.to_client and row.subject in asked:
                    yield f"{row.decision.kind} {row.id} reminded {row.subject} at {said.at} of what was answered {at}"
                    break


def _may_go(created: datetime, due: datetime) -> datetime:
    """When a message to a client could go at the earliest: at its time, or when an office may write again."""
    calendars = [rules.calendars[rules.defaults.calendar] for rules in map(ruleset, range(len(VERSIONS)))]
    window = ruleset(0).defaults.window
    opens = min(calendar.next_contact(created, window) for calendar in calendars)
    return opens if opens > created else due


def _tokens(looked: Looked) -> dict[str, str]:
    with reading(looked.simulation.store._engine) as connection:
        query = sa.select(t.tokens.c.subject, t.tokens.c.token).where(t.tokens.c.purpose == "brief")
        return {row.subject: row.token for row in connection.execute(query)}


def _gates_decide_on_what_is_so(looked: Looked) -> Iterator[str]:
    """A refused move: some time between the move and the decision the gate was closed. One let pass: it was open."""
    deals = {
        local: remote for (system, kind, remote), local in looked.links.items() if (system, kind) == ("planfix", "task")
    }
    moves = {event.id: event for event in looked.events if event.kind == "card.moved" and event.source != "bridge"}
    at_of = {event.id: event for event in looked.simulation.store.events_since(0, 10**6)}
    for trace in looked.traces:
        if trace.rule != "gate-start" or trace.event not in moves or trace.outcome not in ("fired", "condition_false"):
            continue
        deal, event = deals.get(trace.subject), at_of[trace.event]
        if deal is None:
            continue
        since = event.known_from - LAG - timedelta(seconds=5)
        held = {name: looked.world.held(deal, name, since, trace.at) for name in ("prepaid", "project")}
        may_be_open = any(held["prepaid"]) and any(held["project"])
        may_be_closed = not all(held["prepaid"]) or not all(held["project"])
        if trace.outcome == "fired" and not may_be_closed:
            yield f"{trace.event} was refused at {trace.at} though all was there from {since} on"
        if trace.outcome == "condition_false" and not may_be_open:
            yield f"{trace.event} was let pass at {trace.at} though something was missing all the time"


def _order_is_kept(looked: Looked) -> Iterator[str]:
    last: dict[str, tuple[int, str]] = {}
    seen: set[str] = set()
    for effect in looked.world.effects:
        row = looked.by_id.get(effect.delivery)
        if row is None or row.id in seen or looked.decided(row):
            continue
        seen.add(row.id)
        n, earlier = last.get(row.lane, (0, ""))
        if row.n < n:
            yield f"{row.lane}: {effect.kind} {row.id} ({row.n}) came after {earlier} ({n})"
        else:
            last[row.lane] = row.n, row.id


def _no_fact_is_lost(looked: Looked) -> Iterator[str]:
    world = looked.world
    known = {event.id for event in looked.events}
    yield from (f"{fact} is no event" for fact in world.facts if fact not in known)
    for event in looked.events:
        if event.state in ("new", "parked"):
            yield f"{event.id} {event.kind} is {event.state} for ever"
    told = defaultdict(list)
    for event in looked.events:
        if event.kind == "form.answered":
            told[event.about.rpartition(":")[2]].append(event)
    for row in world.rows:
        events = told.get(row.key, [])
        if not any(_site(event) == row.answers["Сайт"] for event in events):
            yield f"the answer {row.answers['Сайт']} of {row.key} at {row.at} is no event"


def _site(event: Told) -> object:
    answers = event.data.get("answers")
    found = [row["answer"] for row in answers if row["question"] == "Сайт"] if isinstance(answers, list) else []
    return found[0] if found else None


def _moves_are_told_once(looked: Looked) -> Iterator[str]:
    made = Counter(action.card for action in looked.world.moves)
    told: Counter[str] = Counter()
    for event in looked.events:
        if event.kind == "card.moved" and event.source == "trello":
            told[event.about.rpartition(":")[2]] += 1
    for card in sorted({*made, *told}):
        if not made[card] - _at_once(looked, card) <= told[card] <= made[card]:
            moves = [(str(action.at), action.data["to"]) for action in looked.world.moves if action.card == card]
            yield f"people moved {card} {made[card]} times, {told[card]} were told: {moves}"


def _at_once(looked: Looked, card: str) -> int:
    """Moves of people into the very list that the bridge was moving the card to just then: outside it is one move."""
    ours = {(effect.about, effect.at) for effect in looked.world.effects if effect.kind in _MOVES}
    return sum(
        any(about == f"{card} to {action.data['to']}" and abs(at - action.at) < _MOMENT for about, at in ours)
        or _was_tried(looked, card, str(action.data["to"]), action.at)
        for action in looked.world.moves
        if action.card == card
    )


def _was_tried(looked: Looked, card: str, to: str, at: datetime) -> bool:
    """Whether an attempt of ours to move the card there was without an answer at a moment, or began just after it.

    Then the card is found there, and nobody can tell whose move it was: clocks differ by up to a minute.
    """
    subject = looked.links.get(("trello", "card", card))
    return any(
        isinstance(row.decision, MoveCard)
        and (row.subject, row.decision.list) == (subject, to)
        and row.first_tried_at is not None
        and row.first_tried_at - _SKEW <= at <= row.ended_at
        and all(effect.at > at for effect in looked.effects[row.id])
        for row in looked.rows
        if row.ended_at is not None
    )


def _records_are_as_outside(looked: Looked) -> Iterator[str]:
    world = looked.world
    for card in world.cards.values():
        kept = looked.records.get(("trello", "card", card.id))
        if kept is None or (kept.fields["list"], kept.fields["labels"]) != (card.stands_in, sorted(card.labels)):
            yield f"card {card.id} is in {card.stands_in} {sorted(card.labels)}, kept is {kept and kept.fields}"
        ticked = {line.id: (bool(line.by), line.by) for one in card.lists for line in one.lines}
        lists = parse_checklists(kept.fields.get("checklists")) if kept is not None else ()
        known = {item.id: (item.done, item.by) for one in lists for item in one.items}
        if ticked != known:
            yield f"card {card.id} has the ticks {ticked}, kept are {known}"
    for (kind, number), thing in world.things.items():
        kept = looked.records.get(("planfix", kind, number))
        if kept is None or any(kept.fields.get(name) != value for name, value in thing.fields.items()):
            yield f"{kind} {number} is {thing.fields}, kept is {kept and kept.fields}"


def _positions_are_not_ahead(looked: Looked) -> Iterator[str]:
    """What Telegram was told is confirmed, and it will never tell again, is stored."""
    known = {event.id for event in looked.events}
    for update in looked.world.updates:
        if update.number < looked.world.confirmed and str(update_ref(update)) not in known:
            yield f"{update.kind} {update.number} in {update.chat} was confirmed and is not stored"


def _staff_are_told(looked: Looked) -> Iterator[str]:
    told = " ".join(said.text for said in looked.world.said if not said.to_client)
    for row in looked.rows:
        if row.state is State.UNKNOWN and f"unknown {row.id}" not in told:
            yield f"{row.id} is unknown and nobody was told"
        if row.state is State.DEAD and row.id not in told and not _own(row):
            yield f"{row.id} {effect_of(row.decision)} is dead ({row.reason}) and nobody was told"


def _own(row: Row) -> bool:
    """A notice about trouble in the staff chat has nobody left who could be told of it."""
    return (
        isinstance(row.decision, SendMessage)
        and not row.decision.to_client
        and (row.decision.to == "staff-chat" or row.cause.rule == "system.undelivered_staff")
    )


def _said_together(looked: Looked) -> Iterator[str]:
    """What goes in one message with something else is in its words, and goes by itself no more."""
    for row in looked.rows:
        if not (isinstance(row.decision, SendMessage) and row.together and row.state is State.CONFIRMED):
            continue
        if looked.decided(row):
            continue
        carrying = [said.text for said in looked.said[row.together]]
        if not any(row.decision.text in text for text in carrying):
            yield f"{row.id} is confirmed with {row.together}, whose words it is not in: {carrying}"
        if row.decision.to_client and looked.said[row.id]:
            yield f"{row.id} went by itself and with {row.together}"


def _stopped_is_stopped(looked: Looked) -> Iterator[str]:
    """What staff stopped stays undone, but for what had begun.

    A stopped client hears nothing and no clock works for them, but what people do is still answered on the card. The
    bridge's own words are stopped with everything only.
    """
    own = ruleset(0).texts
    for effect in looked.world.effects:
        row = looked.by_id.get(effect.delivery)
        for held in looked.simulation.held:
            until = held.until or effect.at
            if (
                row is None
                or not held.since + _UNDER_WAY < effect.at < until
                or not held.covers(row.client, row.cause.rule)
            ):
                continue
            to_client = isinstance(row.decision, SendMessage) and row.decision.to_client
            meant = held.scope != "client" or to_client or row.background
            if held.scope == "all" or (meant and row.cause.rule not in own):
                stopped = f"{held.scope} {held.about} is stopped since {held.since}"
                yield f"{effect.kind} {row.id} took place at {effect.at} though {stopped}"


def _too_much_is_held(looked: Looked) -> Iterator[str]:
    """From a flood to its answer nothing more of that rule, or about that client, goes out; and it was asked about."""
    told = " ".join(said.text for said in looked.world.said if not said.to_client)
    for flood in looked.floods:
        if "flood " not in told and not flood.by:
            yield f"{flood.whose} {flood.about} was too much at {flood.since} and nobody was asked"
        for effect in looked.world.effects:
            row = looked.by_id.get(effect.delivery)
            if row is None or row.cause.rule in ruleset(0).texts or row.decision.kind == "make_document":
                continue
            meant = flood.about == (row.cause.rule if flood.whose == "rule" else row.client)
            until = flood.answered_at or effect.at
            if meant and flood.since + _UNDER_WAY < effect.at < until and row.created_at > flood.since:
                yield f"{effect.kind} {row.id} took place at {effect.at} though {flood.about} was too much at once"


def _none_is_forgotten(looked: Looked) -> Iterator[str]:
    for event, seconds in looked.simulation.forgotten.items():
        yield f"{event} was new, and its client not to be planned, after planning at {seconds:.0f} s"


def _no_call_inside(looked: Looked) -> Iterator[str]:
    yield from looked.simulation.called_inside


CHECKS: dict[str, Callable[[Looked], Iterator[str]]] = {
    "every wanted effect ends": _every_effect_ends,
    "nothing outside without a delivery": _the_world_is_explained,
    "no Trello or Planfix effect twice": _nothing_twice,
    "a state is not written over and over": _state_written_once,
    "no client message twice": _clients_read_once,
    "nothing done on an absence that was not read": _no_act_on_unread_absence,
    "a gate decides on what is so": _gates_decide_on_what_is_so,
    "order in each chat and on each card": _order_is_kept,
    "what is said together is said once": _said_together,
    "what is stopped stays undone": _stopped_is_stopped,
    "what is too much at once is held": _too_much_is_held,
    "no call while a transaction is open": _no_call_inside,
    "what is new will be planned": _none_is_forgotten,
    "no fact is lost": _no_fact_is_lost,
    "a move is told once": _moves_are_told_once,
    "what is kept is what is outside": _records_are_as_outside,
    "no position ahead of the store": _positions_are_not_ahead,
    "staff hear of what is doubtful or dead": _staff_are_told,
}
