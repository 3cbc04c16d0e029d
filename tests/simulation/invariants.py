"""What must hold at the end of every seed, whatever went wrong. Checked against the world, not the bridge's word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.model.checklists import parse_checklists
from bridge.model.decisions import EditMessage, MoveCard, SendMessage
from bridge.model.deliveries import State
from bridge.model.questions import Asked
from bridge.store import tables as t
from bridge.store.database import reading
from bridge.store.rows import Row
from tests.simulation.bureau import VERSIONS, ruleset
from tests.simulation.conversation import CONVERSATION
from tests.simulation.looked import Broken, Looked, Told
from tests.simulation.run import Simulation
from tests.simulation.trouble import LONG, effect_of
from tests.simulation.twins.twin import LAG
from tests.simulation.world import Said, update_ref

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
_NEVER_TOO_MUCH = ("make_document", "edit_message")
"""What stays inside, and what answers a press."""
_MOMENT = timedelta(minutes=5)
_SKEW = timedelta(minutes=1)
_UNDER_WAY = timedelta(minutes=10)
"""Longer than the slowest call: what had begun before a stop is through by then."""
_MOVES = ("move_card", "move_back")


def broken(simulation: Simulation) -> list[Broken]:
    """Every invariant that does not hold."""
    looked = Looked(simulation)
    return [Broken(name, what) for name, check in CHECKS.items() for what in check(looked)]


def _every_effect_ends(looked: Looked) -> Iterator[str]:
    asked_about = {question.holds for question in looked.questions if question.state is Asked.OPEN}
    for row in looked.rows:
        if row.state not in _ENDS:
            yield f"{row.id} {effect_of(row.decision)} is {row.state} until {row.next_at}: {row.reason}"
        elif row.state is not State.CONFIRMED and not row.reason and row.id not in asked_about:
            yield f"{row.id} {effect_of(row.decision)} is {row.state} without a reason"
        elif row.state is State.CONFIRMED and not looked.decided(row) and not _is_there(looked, row):
            yield f"{row.id} {effect_of(row.decision)} is confirmed and nothing of it is outside"


def _is_there(looked: Looked, row: Row) -> bool:
    if any(looked.effects.get(one.id) for one in looked.carried[row.id]):
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
    sent = Counter((one.delivery, _reader(one), _part(looked, one)) for one in looked.world.said if one.to_client)
    for (delivery, _reader_of, _text), count in sent.items():
        asked = max(looked.world.again[one.id] for one in looked.carried[delivery])
        if count > 1 + asked:
            yield f"client message {delivery} arrived {count} times, {asked} were asked for"
    same = Counter(
        (row.cause.rule, row.subject, _occurrence(row), row.decision.template)
        for row in looked.rows
        if isinstance(row.decision, SendMessage)
        and row.decision.to_client
        and row.cause.step
        and not row.decision.chat
        and (looked.effects.get(row.together or row.id))
    )
    for (rule, subject, _when, template), count in same.items():
        if count > 1:
            yield f"{template} of {rule} for {subject} went {count} times for one occurrence"


def _reader(said: Said) -> tuple[int, bool]:
    """Who read it: somebody else at the client has a chat of their own."""
    return said.client, said.chat.startswith("7")


def _part(looked: Looked, said: Said) -> str:
    """Which part of a long text it is; "" for what goes in one message."""
    row = looked.by_id.get(said.delivery)
    long = row is not None and isinstance(row.decision, SendMessage) and row.decision.template in LONG
    return said.text if long else ""


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
    """In each chat and on each card. What may not wait for tomorrow, though a client has read enough today, passes."""
    last: dict[tuple[str, bool], tuple[int, str]] = {}
    seen: set[str] = set()
    for effect in looked.world.effects:
        row = looked.by_id.get(effect.delivery)
        if row is None or row.id in seen or looked.decided(row):
            continue
        seen.add(row.id)
        lane = row.lane, _passes_the_cap(row)
        n, earlier = last.get(lane, (0, ""))
        if row.n < n:
            yield f"{row.lane}: {effect.kind} {row.id} ({row.n}) came after {earlier} ({n})"
        else:
            last[lane] = row.n, row.id


def _passes_the_cap(row: Row) -> bool:
    """A question to a client, or the bridge's answer to what they just did."""
    decision = row.decision
    if not isinstance(decision, SendMessage) or not decision.to_client:
        return False
    return bool(decision.buttons or decision.chat) or row.cause.rule in ruleset(0).texts


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
    known = {event.id for event in looked.events} | {one.update for one in looked.world.presses if not one.may}
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
        carrying = [said.text for said in looked.messages(row)]
        if not any(row.decision.text in text for text in carrying):
            yield f"{row.id} is confirmed with {row.together}, whose words it is not in: {carrying}"
        alone = [said for said in looked.said[row.id] if said.text == row.decision.text]
        if row.decision.to_client and alone:
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
            answers = row.cause.rule in own or isinstance(row.decision, EditMessage)
            if held.scope == "all" or (meant and not answers):
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
            if row is None or row.cause.rule in ruleset(0).texts or row.decision.kind in _NEVER_TOO_MUCH:
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
    **CONVERSATION,
}
