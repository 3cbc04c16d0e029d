"""Small histories to replay: a client whose card, payment and messages people and time play with, and rules for it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from hypothesis import strategies as st

from bridge.engine.context import Context
from bridge.engine.desk.snoozing import Said, keep
from bridge.engine.replay import Replayed, replay
from bridge.model.events import Actor, ActorKind
from bridge.model.snoozes import Snooze
from bridge.store import tables as t
from bridge.store.database import reading
from rules.differences import stopped_otherwise
from tests.engine.office import OLENA, Desk, agency, loaded_rules

RULES = """\
rules:
  - id: vip
    when: {label.added: VIP}
    unless: {deal.prepaid: true}
    if_running: restart
    per: deal
    then: [{send: hello, to: client}]
    steps:
      - {after: 3h, id: soon, then: [{send: hello, to: pm}]}
      - {after: 2wd at 10:00, id: later, then: [{send: hello, to: client}]}
  - id: paid
    when: {becomes: {deal.prepaid: true}}
    per: deal
    then: [{send: paid, to: client}, {set: {deal.site: paid.test}}]
  - id: gate
    when: {card.moved: {to: Робота}}
    guard: true
    if: {deal.prepaid: {is_not: true}}
    per: deal
    then: [{move: back}, {comment: Ще не оплачено}]
  - id: parted
    when: {label.removed: VIP}
    repeat: once
    per: deal
    then: [{comment: Більше не VIP}, {set: {deal.mood: sad}}]
  - id: sad
    when: {becomes: {deal.mood: sad}}
    per: deal
    then: [{comment: Сумно}]
  - id: overdue
    when: {becomes: {client.last_seen: {older_than: 5h}}}
    per: client
    then: [{send: hello, to: pm}]
  - id: quiet
    when: {silence: {of: client.last_seen, for: 8h}}
    per: client
    then: [{send: hello, to: pm}]
fields:
  deal.mood: {type: text, from: bridge}
  client.last_seen: {type: moment, from: bridge, by: people}
"""
SLOWER = RULES.replace("after: 3h", "after: 5h")
LEAST = RULES[: RULES.index("  - id: paid")] + RULES[RULES.index("fields:") :]
FEWER = "rules:\n" + RULES[RULES.index("  - id: paid") :]
_UNLESS = "    unless: {deal.prepaid: true}\n"
SETS = {
    "ours": RULES,
    "a slower step": SLOWER,
    "no label": FEWER,
    "nothing but the label": LEAST,
    "a step of another name": RULES.replace("id: soon", "id: first"),
    "a step less": RULES.replace("      - {after: 3h, id: soon, then: [{send: hello, to: pm}]}\n", ""),
    "longer in all": RULES.replace("for: 8h", "for: 9h")
    .replace("5h}}", "20h}}")
    .replace("2wd at 10:00", "3wd at 11:00"),
    "off": RULES.replace("- id: vip\n", "- id: vip\n    enabled: false\n"),
    "in shadow": RULES.replace("- id: vip\n", "- id: vip\n    enabled: shadow\n"),
    "stopped by more": RULES.replace(_UNLESS, "    unless: {any: [{deal.prepaid: true}, {deal.prepaid: false}]}\n"),
    "stopped by nothing": RULES.replace(_UNLESS, ""),
    "standing still": RULES.replace(_UNLESS, f"{_UNLESS}    pause_while: {{deal.mood: {{filled: false}}}}\n"),
    "standing still at times": RULES.replace(
        _UNLESS, f"{_UNLESS}    pause_while: {{client.last_seen: {{older_than: 2h}}}}\n"
    ),
    "from a date": RULES.replace(_UNLESS, f"{_UNLESS}    from: client.last_seen\n"),
    "with grace": RULES.replace("guard: true\n", "guard: true\n    grace: 30h\n"),
}
"""Rules that differ by one thing, each in another way."""


@dataclass(frozen=True)
class Act:
    """One thing that happens: what, with which value, and how many hours after it the next one may."""

    what: str
    value: Any = None
    hours: float = 0.0
    delivered: bool = True


_HOURS = st.sampled_from([0.0, 0.0, 0.5, 3.0, 5.5, 20.0, 50.0])
ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from(["label", "pay", "move", "say", "rest", "blind", "put off"]),
        st.integers(0, 2),
        _HOURS,
        st.booleans(),
    ),
    min_size=1,
    max_size=10,
)
_LISTS = ("Лід", "Робота", "Архів")


@cache
def context_of(rules: str) -> Context:
    """The small agency under these rules."""
    return agency(loaded_rules(rules))


OURS = context_of(RULES)


def played(acts: list[Act], context: Context = OURS) -> Desk:
    """A client's time, lived by the engine as it works: read, planned, delivered; steps are taken when they are due."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    desk = Desk(context=context)
    desk.client()
    for number, act in enumerate(acts):
        lives(desk, act, number)
    return desk


def lives(desk: Desk, act: Act, number: int = 99) -> None:
    """One thing happens, is planned and delivered, and time passes."""
    _happens(desk, act, number)
    _works(desk, delivers=act.delivered)
    _passes(desk, act.hours)


def _happens(desk: Desk, act: Act, number: int) -> None:
    match act.what:
        case "label":
            desk.take(desk.card(labels=["VIP"] if act.value else []))
        case "pay":
            desk.take(desk.task(prepaid=bool(act.value), site="a.test"))
        case "move":
            told = desk.moved(_LISTS[act.value], f"m{number}")
            desk.take(replace(told, data={**told.data, "from": _LISTS[act.value - 1]}))
        case "say":
            actor = OLENA if act.value else Actor(ActorKind.CLIENT, "501", "Гість")
            desk.take(desk.comment("…", f"s{number}", actor))
        case "put off":
            with desk.store.intake(desk.now) as intake:
                word = Said(intake.client_of(intake.local(desk.task().ref)), OLENA, "Олена", f"w{number}")
                keep(intake, desk.context, word, Snooze(desk.now, desk.now + timedelta(days=act.value + 1), "Олена"))
        case "blind":
            desk.store.source_failed(["planfix.task"], "out of reach", desk.now)


def _works(desk: Desk, *, delivers: bool) -> None:
    for _round in range(6):
        if not (desk.engine.plan_due()[0] + (len(desk.deliver()) if delivers else 0)):
            return


def _passes(desk: Desk, hours: float) -> None:
    until = desk.now + timedelta(hours=hours)
    for _step in range(40):
        due = desk.store.next_moment()
        if due is None or due > until:
            break
        if due > desk.now:
            desk.clock.advance(due - desk.now)
        _works(desk, delivers=True)
    if until > desk.now:
        desk.clock.advance(until - desk.now)
    _works(desk, delivers=True)


def waits(desk: Desk) -> bool:
    """Whether the client has events that are not planned yet."""
    state = desk.store.load_client(_client(desk))
    return bool(state.events or state.parked)


def timers(desk: Desk) -> dict[str, tuple[Any, ...]]:
    """Every timer there ever was, by key, with all that is stored of it."""
    with reading(desk.store._engine) as connection:
        return {row.key: tuple(map(repr, row)) for row in connection.execute(sa.select(t.timers))}


def running(desk: Desk) -> set[str]:
    """The timers that have not ended."""
    return {timer.key for timer in (*desk.store.timers(), *desk.store.asked())}


def _client(desk: Desk) -> str:
    return next(one.id for one in desk.store.subjects() if one.kind == "client")


def really(desk: Any, client: str, since: Any) -> tuple[list[Any], set[str]]:
    """The evaluations that a desk or a simulation stored since a moment, and the keys of what rules wanted then."""
    c, d = t.traces.c, t.deliveries.c
    with reading(desk.store._engine) as connection:
        query = sa.select(c.at, c.rule, c.subject, c.event, c.outcome, c.step, c.reason).order_by(c.n)
        traces = [tuple(row) for row in connection.execute(query.where(c.client == client, c.at >= since))]
        rows = connection.execute(sa.select(d.key, d.cause).where(d.client == client, d.created_at >= since))
        return traces, {row.key for row in rows if row.cause.get("ruleset")}


def told(made: Replayed) -> tuple[list[Any], set[str]]:
    """A replay in the same form."""
    traces = [(x.at, x.rule, x.subject, x.event, x.outcome.value, x.step, str(x.reason)) for x in made.traces]
    return traces, {one.wanted.key for one in made.would}


def again(desk: Desk, context: Context, since: Any) -> Replayed:
    """The client's time once more, from a moment on."""
    return replay(desk.store.remembered(_client(desk)), context, since, desk.now)


def digest(made: Replayed) -> str:
    """A short name of everything that a replay came to."""
    told_ = [*map(repr, made.traces), *map(repr, made.would), *map(repr, made.timers), sorted(made.called_off.items())]
    return hashlib.sha256(json.dumps(told_, default=str).encode()).hexdigest()


def taken_over(desk: Desk, context: Context) -> int:
    """The bridge goes on by these rules, and has planned by them. Gives how much they wanted done at once."""
    desk.engine.use(context)
    return desk.engine.plan_due()[1]


def taken_back(desk: Desk, context: Context) -> int:
    """The same with rules that were there before: what ended by those in force alone runs again."""
    now = desk.engine.context.ruleset
    desk.store.run_again(now.hash, stopped_otherwise(now, context.ruleset))
    return taken_over(desk, context)
