"""What people decide by hand: doubtful and dead deliveries, and answers that say no client."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import FINDINGS, GOOD, USAGE
from bridge.cli.frame import Commands
from bridge.cli.looking import any_of, called, find_subjects, name_of, names_of, nobody, which_of
from bridge.cli.options import AsJson, ToldIn
from bridge.cli.output import complain, print_json, print_table, say
from bridge.cli.reasons import reason_in_words
from bridge.cli.room import store_to_read, time_there
from bridge.engine.creating import go_on
from bridge.engine.desk.judging import came_late
from bridge.engine.desk.placing import bind_by_hand, cards_called, unbind_card
from bridge.engine.outbox import arrived
from bridge.engine.pairing import APART, PAIR, Pairing
from bridge.engine.telling import Teller
from bridge.model.decision_words import in_words
from bridge.model.deliveries import State
from bridge.model.events import Actor, trace_id
from bridge.model.planning import Timer
from bridge.model.reasons import ARRIVED, DROPPED, KEPT_BACK, TRIED_AGAIN, Reason
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rows import InboxItem, Row
from bridge.wiring.assemble import context_to_leave_work
from bridge.words import Language
from rules.telling import system_name

outbox = Commands("Deliveries: what waits, what is doubtful, what was given up.")
inbox = Commands("Answers and chats that nobody could place.")
missed = Commands("Steps that came late: take them now, or leave them out.")

Step = Annotated[str, typer.Argument(help="The step's id, as `bridge missed list` shows it.")]
Delivery = Annotated[str, typer.Argument(help="A delivery's id, as `bridge outbox list` shows it.")]


@outbox.command("list")
def list_outbox(
    state: Annotated[list[str] | None, typer.Option("--state", help=f"Only these states: {', '.join(State)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """Deliveries, newest first; without --state those that are not confirmed or called off."""
    states = [which_of(word, State) for word in state or ()] or [
        State.WAITING,
        State.CLAIMED,
        State.HELD,
        State.UNKNOWN,
        State.DEAD,
    ]
    with store_to_read() as (store, _settings, agency):
        rows = store.deliveries(states=states, limit=limit)
        names = names_of(store, [row.client for row in rows])
        clients = {row.client: names.get(row.client, row.client) for row in rows}
    zone = ZoneInfo(agency.zone)
    if as_json:
        print_json([{**_plain_row(row), "name": names.get(row.client, "")} for row in rows])
        return
    cells = [
        [
            row.id,
            called(row.state.value),
            f"{row.created_at.astimezone(zone):%d.%m %H:%M}",
            names.get(row.client, row.client),
            system_name(row.connector),
            in_words(row.decision, agency.people),
            reason_in_words(row.reason, language or agency.language, lambda name: clients.get(name, name)),
        ]
        for row in rows
    ]
    words = (worded("since"), worded("whose"), worded("where"), worded("what"), worded("reason"))
    print_table(
        ["id", worded("state"), *words],
        cells,
        worded("there are none") if state else worded("nothing waits"),
        language or agency.language,
    )


@outbox.command()
def retry(delivery: Delivery, language: ToldIn = None) -> None:
    """Try a dead or doubtful delivery again. A doubtful message to a client goes out a second time: look first."""
    _decide(delivery, State.WAITING, TRIED_AGAIN, language)


@outbox.command()
def drop(delivery: Delivery, language: ToldIn = None) -> None:
    """Give a delivery up. It is kept, and never sent."""
    _decide(delivery, State.CANCELLED, DROPPED, language)


@outbox.command()
def hold(delivery: Delivery, language: ToldIn = None) -> None:
    """Keep one that waits from going out, until `bridge outbox retry` or `drop`. What comes after it goes on."""
    _decide(delivery, State.HELD, KEPT_BACK, language)


@outbox.command("arrived")
def mark_arrived(delivery: Delivery, language: ToldIn = None) -> None:
    """Say that a doubtful delivery arrived: what waits for it goes on."""
    _decide(delivery, State.CONFIRMED, ARRIVED, language)


def _decide(delivery: str, state: State, reason: Reason, language: Language | None) -> None:
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        now = time_there(store)
        found = store.deliveries(delivery=delivery)
        if len(found) != 1:
            no_such = "{id}: no such delivery; see: bridge outbox list"
            words = "{id}: several deliveries begin so; see: bridge outbox list" if found else no_such
            complain(worded(words, id=delivery), told_in)
            raise typer.Exit(USAGE)
        born = arrived(found[0], now) if state is State.CONFIRMED else ()
        done = store.decide(found[0].id, state, now=now, reason=reason, born=born)
        after = store.deliveries(delivery=found[0].id)[0].state
    if done is None:
        now_is = called(found[0].state.value)
        complain(worded("{id} is {state}: nothing to decide", id=found[0].id, state=now_is), told_in)
        raise typer.Exit(FINDINGS)
    changed = {"before": called(done.state.value), "after": called(after.value)}
    say(worded("{id}: {before} -> {after}", id=done.id, **changed), told_in)


@missed.command("list")
def list_missed(language: ToldIn = None, as_json: AsJson = False) -> None:
    """Steps that came late, and whose rules want a person's word (`catch_up: ask`)."""
    with store_to_read() as (store, _settings, agency):
        timers = store.asked()
        clients = {subject.id: subject.client for subject in store.subjects()} if timers else {}
        known = names_of(store, [clients.get(timer.subject, "") for timer in timers])
        names = {timer.subject: known.get(clients.get(timer.subject, ""), "") for timer in timers}
    if as_json:
        print_json([{**_plain_missed(timer), "name": names[timer.subject]} for timer in timers])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [
            trace_id(timer.key),
            timer.rule,
            timer.step,
            names[timer.subject] or timer.subject,
            f"{timer.due.astimezone(zone):%d.%m %H:%M}",
        ]
        for timer in timers
    ]
    titles = ["id", worded("rule"), worded("step"), worded("whose"), worded("was due")]
    print_table(titles, cells, worded("nothing was missed"), language or agency.language)


@missed.command("do")
def do_missed(step: Step, language: ToldIn = None) -> None:
    """Take it now."""
    _answer_missed(step, language, go=True)


@missed.command("skip")
def skip_missed(step: Step, language: ToldIn = None) -> None:
    """Leave it out."""
    _answer_missed(step, language, go=False)


def _answer_missed(step: str, language: Language | None, *, go: bool) -> None:
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        now = time_there(store)
        meant = [timer for timer in store.asked() if trace_id(timer.key) == step]
        if len(meant) != 1:
            complain(worded("no missed step {step}; see: bridge missed list", step=step), told_in)
            raise typer.Exit(USAGE)
        with store.intake(now) as intake:
            intake.answer_missed(meant[0].key, go=go, by="hand")
    words = "{rule}, {step}: is taken now" if go else "{rule}, {step}: is left out"
    say(worded(words, rule=meant[0].rule, step=meant[0].step), told_in)


@inbox.command("list")
def list_inbox(
    everything: Annotated[bool, typer.Option("--all", help="Also what was settled.")] = False,
    language: ToldIn = None,
    as_json: AsJson = False,
) -> None:
    """What waits for a person to say whose it is."""
    with store_to_read() as (store, _settings, agency):
        items = store.inbox(settled=everything)
        settled = {item.n: _settled(store, item.settled) for item in items}
        shown = {item.n: _with_maybe(store, item) for item in items}
    if as_json:
        print_json([_plain_item(item) for item in items])
        return
    zone = ZoneInfo(agency.zone)
    cells = [
        [str(item.n), called(item.kind), f"{item.at.astimezone(zone):%d.%m %H:%M}", shown[item.n], settled[item.n]]
        for item in items
    ]
    titles = [worded("no."), worded("what"), worded("since"), worded("from whom"), worded("settled")]
    print_table(titles, cells, worded("the inbox is empty"), language or agency.language)


@inbox.command()
def bind(
    item: Annotated[str, typer.Argument(help="The item's number, as `bridge inbox list` shows it.")],
    who: Annotated[str, typer.Argument(help="A client's name, a card's name or address, or a local id.")],
    language: ToldIn = None,
) -> None:
    """Say whose it is. Its events are planned now, at the time they happened."""
    with store_to_read() as (store, settings, agency):
        told_in = language or agency.language
        found = next((entry for entry in store.inbox() if item == str(entry.n)), None)
        if found is None:
            complain(worded("no open item {item}; see: bridge inbox list", item=item), told_in)
            raise typer.Exit(USAGE)
        kind = "client" if found.kind in ("start", PAIR) else "deal"
        subjects = _of_kind(store, find_subjects(store, who), kind)
        if len(subjects) != 1:
            complain(any_of(store, who, subjects) if subjects else nobody(store, who), told_in)
            raise typer.Exit(USAGE)
        with store.intake(time_there(store)) as intake:
            bind_by_hand(intake, found, subjects[0], Actor(name="hand"), f"cli:{uuid4().hex}")
            if found.kind == "answer":
                context = context_to_leave_work(settings, agency)
                came_late(Teller(intake, context), intake, context, found.about)
        name = name_of(store, subjects[0])
    words = "{item} belongs to {name}; the running bridge acts on it within a second, without one: bridge tick"
    say(worded(words, item=item, name=name), told_in)
    raise typer.Exit(GOOD)


@inbox.command()
def apart(
    item: Annotated[str, typer.Argument(help="The item's number, as `bridge inbox list` shows it.")],
    language: ToldIn = None,
) -> None:
    """Say that a card is nobody's of those who have the same phone or e-mail. It is not asked again."""
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        found = next((one for one in store.inbox() if item == str(one.n) and one.kind == PAIR), None)
        if found is None:
            complain(worded("no open item {item}; see: bridge inbox list", item=item), told_in)
            raise typer.Exit(USAGE)
        with store.intake(time_there(store)) as intake:
            go_on(intake, Pairing(intake).answer_of_a_person(found.about, "", "hand"))
    say(worded("{item} stays apart", item=item), told_in)


@inbox.command()
def unbind(
    card: Annotated[str, typer.Argument(help="The card's address, or its whole name.")],
    language: ToldIn = None,
) -> None:
    """Take a card out of the deal that it was joined to by mistake. It lies in the inbox until somebody binds it."""
    with store_to_read() as (store, _settings, agency):
        told_in = language or agency.language
        with store.intake(time_there(store)) as intake:
            bound = cards_called(intake, "trello", card)
            if len(bound) == 1:
                number = unbind_card(intake, [form.id for form in agency.forms], bound[0], "hand")
        if len(bound) != 1:
            several = '{count} cards are called "{card}": give the address of one'
            none = 'no card has the address or the name "{card}"'
            complain(worded(several, count=len(bound), card=card) if bound else worded(none, card=card), told_in)
            raise typer.Exit(USAGE)
    words = "the card stands by itself now, with a deal of its own; to bind it: bridge inbox bind {item} CLIENT"
    say(worded(words, item=number), told_in)


def _of_kind(store: Store, subjects: Sequence[str], kind: str) -> list[str]:
    """Those of the kind that is asked for; a client stands for its deals."""
    named = set(subjects)
    return [one.id for one in store.subjects() if one.kind == kind and (one.id in named or one.parent in named)]


def _settled(store: Store, how: str) -> str:
    """How an item was settled, with the name of whom it belongs to."""
    belongs = re.fullmatch(r"belongs to (\S+)", how)
    if how == APART:
        return worded("stays apart")
    return worded("belongs to {name}", name=name_of(store, belongs[1])) if belongs else how


def _plain_row(row: Row) -> dict[str, object]:
    return {
        "id": row.id,
        "key": row.key,
        "state": row.state.value,
        "connector": row.connector,
        "kind": row.decision.kind,
        "what": in_words(row.decision),
        "client": row.client,
        "subject": row.subject,
        "rule": row.cause.rule,
        "ruleset": row.cause.ruleset,
        "event": row.cause.event,
        "attempts": row.attempts,
        "reason": str(row.reason),
        "created_at": moment_text(row.created_at),
        "next_at": moment_text(row.next_at),
        "receipt": row.receipt,
    }


def _plain_missed(timer: Timer) -> dict[str, object]:
    return {
        "id": trace_id(timer.key),
        "rule": timer.rule,
        "step": timer.step,
        "subject": timer.subject,
        "due": moment_text(timer.due),
    }


def _plain_item(item: InboxItem) -> dict[str, object]:
    return {
        "no": item.n,
        "kind": item.kind,
        "about": item.about,
        "at": moment_text(item.at),
        "summary": item.summary,
        "settled": item.settled,
    }


def _with_maybe(store: Store, item: InboxItem) -> str:
    """From whom it is, and of whom it may be by an equal phone or e-mail."""
    maybe = item.summary.get("maybe")
    if not isinstance(maybe, list) or not maybe:
        return _shown_item(item)
    clients = ", ".join(name_of(store, client) for client in maybe)
    return worded("{what}; maybe: {clients}", what=_shown_item(item), clients=clients)


def _shown_item(item: InboxItem) -> str:
    answers = item.summary.get("answers")
    if isinstance(answers, dict):
        code = item.summary.get("token") or "—"
        return (
            f"{item.summary.get('form', '')}, {code}: "
            + "; ".join(str(value) for value in answers.values() if value)[:80]
        )
    return str(item.summary.get("who") or item.summary.get("name") or item.about)
