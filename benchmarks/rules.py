"""What a large rule set costs: reading and checking it, its conditions, and whole plans, against trying every rule.

`python -m benchmarks.rules [--rules 300] [--events 10000] [--rounds 3] [--profile]` prints seconds of CPU of this
process, the least and the median of the rounds; exits 1 when a bar is missed. The ways are measured in turn.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.model.events import Actor, ActorKind, Event
from bridge.model.fields import FieldType, parse_value
from bridge.model.people import Directory, Person
from bridge.model.planning import Edge, Fact, Plan, Ran, Snapshot, Subject
from bridge.model.values import Plain, Value
from rules.foresight import foresee
from rules.load import Context, load_rules, read_once
from rules.nearest import nearest_told
from rules.plan import Office, Planning
from rules.reader import read_on
from rules.ruleset import Rule, RuleSet
from rules.texts import parsed

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LISTS = ("Ліди", "Договір", "Ініціалізація", "Виробництво", "Запуск", "Запущено", "Звіт", "Архів")
LABELS = ("VIP", "Терміново", "Кампанія", "Партнер")
STATES = ("none", "asked", "delivered", "received")
BUTTONS = tuple(f"button-{number}" for number in range(8))
TEXTS, CLIENTS = 100, 50
LOAD, CHECKS, CONDITIONS, PLANS, FASTER = 3.0, 0.3, 1.0, 4.0, 5.0
"""The bars: seconds for 300 rules, and for 10,000 events with them; and how much faster than trying every rule."""
OFFICE = Office(Directory({"olena": Person("olena", "Олена", ("pm",), "uk")}))


# -- a large agency ---------------------------------------------------------------------------------------------------


def files(rules: int, seed: int = 1) -> list[tuple[str, bytes]]:
    """A rule set of so many rules in a dozen files, and a hundred texts in three languages; the same for a seed."""
    draw = random.Random(seed)
    made = [("00-around.yaml", _around())]
    made += [(f"10-texts-{part}.yaml", _texts(range(part, TEXTS, 4))) for part in range(4)]
    bodies = [_rule(number, draw) for number in range(rules)]
    made += [
        (f"20-rules-{start:03}.yaml", "version: 1\nrules:\n" + "".join(bodies[start : start + 40]))
        for start in range(0, rules, 40)
    ]
    return [(name, text.encode()) for name, text in made]


def _around() -> str:
    numbers = "".join(f"  deal.number_{n}: {{type: number, from: planfix.task.number_{n}}}\n" for n in range(6))
    states = "".join(
        f"  deal.state_{n}: {{type: choice, of: [{', '.join(STATES)}], from: bridge, default: none}}\n"
        for n in range(12)
    )
    flags = "".join(f"  deal.flag_{n}: {{type: flag, from: planfix.task.flag_{n}}}\n" for n in range(8))
    return f"""\
version: 1
defaults: {{language: uk, calendar: office}}
calendars:
  office: {{zone: Europe/Kyiv, week: {{mon-fri: "09:00-13:00, 14:00-18:00"}}}}
roles: {{client: клієнт, pm: РМ}}
buttons: {{{", ".join(f"{name}: Кнопка" for name in BUTTONS)}}}
fields:
  client.name: {{type: text, from: planfix.contact.name}}
  client.phone: {{type: text, from: planfix.contact.phone}}
  client.language: {{type: choice, of: [uk, ru, en], from: planfix.contact.language}}
  client.balance: {{type: number, from: planfix.contact.balance}}
  deal.sum: {{type: money, from: planfix.task.sum}}
  deal.sent_at: {{type: moment, from: bridge}}
{numbers}{flags}{states}\
  card.name: {{type: text, from: trello.card.name}}
  card.list: {{type: choice, of: [{", ".join(LISTS)}], from: trello.card.list}}
  card.labels: {{type: set, of: [{", ".join(LABELS)}], from: trello.card.labels}}
gates:
  start:
    name: Початок
    needs:
      - {{if: {{deal.flag_0: true}}, say: передоплата, owed_by: client}}
      - {{if: {{deal.flag_1: true}}, say: розмова, owed_by: pm}}
      - {{if: {{deal.state_0: received}}, say: бриф, owed_by: client}}
"""


def _texts(numbers: range) -> str:
    lines = {
        "uk": (
            "Добрий день, {{ client.name|bold }}!",
            "Проєкт {{ card.name }}, повідомлення",
            "Пишіть нам, коли зручно.",
        ),
        "ru": (
            "Добрый день, {{ client.name|bold }}!",
            "Проект {{ card.name }}, сообщение",
            "Пишите нам, когда удобно.",
        ),
        "en": ("Hello, {{ client.name|bold }}!", "Project {{ card.name }}, message", "Write to us whenever you like."),
    }
    made = "version: 1\ntemplates:\n"
    for number in numbers:
        made += f"  text-{number}:\n"
        for language, (first, second, third) in lines.items():
            made += f"    {language}: |\n      {first}\n      {second} {number}.\n      {third}\n"
    return made


def _rule(number: int, draw: random.Random) -> str:
    state, other = draw.sample(range(12), 2)
    list_name, text = draw.choice(LISTS), draw.randrange(TEXTS)
    conditions = [
        f"card.list: [{', '.join(draw.sample(LISTS, 3))}]",
        f"deal.flag_{draw.randrange(8)}: {draw.choice(('true', 'false'))}",
        f"deal.number_{draw.randrange(6)}: {{over: {draw.randrange(10, 90)}}}",
        f"card.labels: {draw.choice(LABELS)}",
        f"any: [{{deal.state_{state}: received}}, {{client.language: [ru, en]}}]",
        f"card.name: {{starts_with: Кл{draw.choice('аеию')}}}",
    ]
    when = draw.choice(
        (
            f"card.moved: {{to: {list_name}}}",
            f"card.moved: {{to: {list_name}}}",
            f"field.changed: deal.state_{state}",
            f"field.changed: deal.flag_{draw.randrange(8)}",
            f"becomes: {{deal.state_{state}: asked, card.list: {list_name}}}",
            f"becomes: {{deal.flag_{draw.randrange(8)}: true, gate.start: open}}",
            f"button: {draw.choice(BUTTONS)}",
            f"label.added: {draw.choice(LABELS)}",
            f"command: /дія{draw.randrange(8)}",
            f"delivered: text-{draw.randrange(TEXTS)}",
            f"comment.added: {{contains: слово{draw.randrange(4)}}}",
            "message",
        )
    )
    chosen = "".join(f"      - {condition}\n" for condition in conditions)
    steps = f"""\
    unless: {{deal.state_{state}: received}}
    steps:
      - after: {draw.randrange(1, 9)}wd at 10:00
        then:
          - send: text-{draw.randrange(TEXTS)}
            to: pm
"""
    return f"""\
  - id: rule-{number:03}
    name: "Правило {number}: {list_name}"
    when: {{{when}}}
    if:
{chosen}    per: deal
    repeat: {draw.choice(("once", "{not_within: 2d}"))}
{steps if number % 3 == 0 else ""}    then:
      - set: {{deal.state_{other}: {draw.choice(STATES)}}}
      - send: text-{text}
        to: {draw.choice(("client", "pm"))}
"""


def loaded(rules: int) -> RuleSet:
    """The large rule set, read and checked."""
    made = load_rules(files(rules), CONTEXT)
    if made.ruleset is None:
        raise ValueError("\n".join(map(str, made.findings[:5])))
    return made.ruleset


CONTEXT = Context(people=("olena",), documents=(), forms=())


# -- its days ---------------------------------------------------------------------------------------------------------


@dataclass
class Client:
    """One client with a deal, as the database keeps it between plans."""

    name: str
    facts: dict[str, Value]
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    runs: dict[tuple[str, str], Ran] = field(default_factory=dict)

    def snapshot(self, ruleset: RuleSet, events: tuple[Event, ...] = ()) -> Snapshot:
        """What a plan for the client looks at."""
        owned: dict[str, dict[str, Fact]] = {"client": {}, "deal": {}}
        for key, value in self.facts.items():
            spec = ruleset.fields[key]
            owned["client" if spec.subject == "client" else "deal"][key] = Fact(value, NOW, spec.source_name)
        client, deal = f"c-{self.name}", f"d-{self.name}"
        subjects = {
            client: Subject(client, "client", "", owned["client"]),
            deal: Subject(deal, "deal", client, owned["deal"]),
        }
        seen = dict.fromkeys(("planfix.contact", "planfix.task", "trello.card"), NOW)
        return Snapshot(client, 1, subjects, events, edges=self.edges, runs=self.runs, seen_up_to=seen)

    def remember(self, plan: Plan) -> None:
        """Keeps what a plan left behind."""
        self.edges = {**self.edges, **plan.edges}
        self.runs = {**self.runs, **plan.runs}
        for done in plan.sets:
            self.facts[done.field] = str(done.value)  # these rules set choices only


def _drawn(key: str, ruleset: RuleSet, draw: random.Random) -> Value:
    spec = ruleset.fields[key]
    given: Plain
    match spec.type:
        case FieldType.CHOICE:
            given = draw.choice(spec.choices or ("x",))
        case FieldType.FLAG:
            given = draw.random() < 0.5
        case FieldType.NUMBER | FieldType.MONEY:
            given = str(draw.randrange(100))
        case FieldType.SET:
            given = list(draw.sample(LABELS, draw.randrange(3)))
        case FieldType.MOMENT:
            given = None
        case _:
            given = "Кл" + draw.choice("аеию") + "єнт"
    return parse_value(spec, given)


def days(ruleset: RuleSet, events: int, seed: int = 2) -> Iterator[tuple[Client, Event]]:
    """Clients with what happens to them, one event after another; facts change beside it, as sources are read."""
    draw = random.Random(seed)
    clients = [
        Client(str(number), {key: _drawn(key, ruleset, draw) for key in ruleset.fields}) for number in range(CLIENTS)
    ]
    for number in range(events):
        client = draw.choice(clients)
        kind, data = _happening(ruleset, client, draw)
        at = NOW + timedelta(seconds=number)
        actor = Actor(draw.choice((ActorKind.PERSON, ActorKind.BRIDGE)), "olena")
        yield client, Event(f"e{number}", kind, at, at, actor, "trello", f"d-{client.name}", data, sequence=number)


def _happening(ruleset: RuleSet, client: Client, draw: random.Random) -> tuple[str, Mapping[str, Plain]]:
    changed = draw.choice([key for key in ruleset.fields if key.startswith(("deal.flag", "deal.number", "deal.state"))])
    match draw.randrange(8):
        case 0 | 1:
            before, client.facts["card.list"] = client.facts["card.list"], draw.choice(LISTS)
            return "card.moved", {"from": str(before), "to": str(client.facts["card.list"])}
        case 2 | 3:
            client.facts[changed] = _drawn(changed, ruleset, draw)
            return "field.changed", {"field": changed}
        case 4:
            return "button", {"button": draw.choice(BUTTONS)}
        case 5:
            return "command", {"command": f"/дія{draw.randrange(8)}"}
        case 6:
            return "comment.added", {"text": f"слово{draw.randrange(4)} і ще"}
    return "message", {"text": "Дякую"}


# -- the ways ---------------------------------------------------------------------------------------------------------


class EveryRule(Planning):
    """The naive way: at every event every rule is asked and its verdict explained, woken or not."""

    def _event(self, event: Event) -> bool:
        for rule in self.ruleset.rules:
            if rule.condition is None:
                continue
            for subject in self._subjects_for(event, rule.per):
                verdict, _tree = self._ask(rule, subject, event)
                nearest_told(rule.condition, verdict.true_mask, verdict.unknown_mask, self.now)
        return super()._event(event)


def conditions(days: Sequence[tuple[Mapping[str, Value], Sequence[Rule]]]) -> float:
    """Seconds for the conditions of the rules that are asked at each event, with masks."""
    begun = time.process_time()
    for facts, rules in days:
        lookup = facts.__getitem__
        for rule in rules:
            if rule.condition is not None:
                rule.condition.evaluate(lookup, NOW)
    return time.process_time() - begun


def asked(ruleset: RuleSet, events: int, every: bool = False) -> list[tuple[Mapping[str, Value], Sequence[Rule]]]:
    """The facts at each event, and the rules of which the condition is asked then; the gate counts as read."""
    return [
        ({**client.facts, "gate.start": "closed"}, ruleset.rules if every else ruleset.waking.may_hear(event))
        for client, event in days(ruleset, events)
    ]


def snapshots(ruleset: RuleSet, events: int) -> Iterator[tuple[Snapshot, datetime]]:
    """What the plan of each event looks at, with all that those before it left behind."""
    for client, event in days(ruleset, events):
        if not client.edges:
            client.remember(Planning(client.snapshot(ruleset), ruleset, OFFICE, NOW).run())
        snapshot = client.snapshot(ruleset, (event,))
        client.remember(Planning(snapshot, ruleset, OFFICE, event.at).run())
        yield snapshot, event.at


def plans(ruleset: RuleSet, way: type[Planning], days: Iterable[tuple[Snapshot, datetime]]) -> float:
    """Seconds for these plans, each of one event. A daemon plans each client as soon as it has read it, and so here."""
    seconds = 0.0
    for snapshot, now in days:
        begun = time.process_time()
        way(snapshot, ruleset, OFFICE, now).run()
        seconds += time.process_time() - begun
    return seconds


def loading(rules: int) -> float:
    """Seconds to read, check and compile the rule files, nothing of which was seen before."""
    texts = files(rules)
    for kept in (read_once, read_on, parsed):
        kept.cache_clear()
    begun = time.process_time()
    load_rules(texts, CONTEXT)
    return time.process_time() - begun


def checking(ruleset: RuleSet) -> float:
    """Seconds for all that is told without running the rules."""
    begun = time.process_time()
    foresee(ruleset)
    return time.process_time() - begun


# -- the bars ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """Seconds of several rounds, scaled to all events where fewer were measured, and the most there may be."""

    name: str
    seconds: Sequence[float]
    bar: float

    @property
    def kept(self) -> bool:
        return min(self.seconds) <= self.bar

    def __str__(self) -> str:
        least, middle = min(self.seconds), statistics.median(self.seconds)
        return f"{self.name:<58} {least:8.3f} {middle:8.3f} {self.bar:8.2f}  {'kept' if self.kept else 'MISSED'}"


def measure(rules: int, events: int, rounds: int) -> Iterator[Measured]:
    """Each bar in turn; a tenth of the events is enough for the naive ways, which are scaled."""
    few = max(events // 10, 1)
    yield Measured(f"{rules} rules read, checked and compiled", [loading(rules) for _round in range(rounds)], LOAD)
    ruleset = loaded(rules)
    yield Measured("told without running them", [checking(ruleset) for _round in range(rounds)], CHECKS)
    by_trigger, by_none = asked(ruleset, events), asked(ruleset, few, every=True)
    ways = [(conditions(by_trigger), conditions(by_none) * events / few) for _round in range(rounds)]
    yield Measured(f"conditions at {events} events", [way for way, _naive in ways], CONDITIONS)
    yield _share("  of the time for those of every rule", ways)
    ways = [
        (
            plans(ruleset, Planning, snapshots(ruleset, events)),
            plans(ruleset, EveryRule, snapshots(ruleset, few)) * events / few,
        )
        for _round in range(rounds)
    ]
    yield Measured(f"plans of {events} events, with explanations", [way for way, _naive in ways], PLANS)
    yield _share("  of the time when every rule is tried", ways)


def _share(name: str, ways: Sequence[tuple[float, float]]) -> Measured:
    return Measured(name, [way / naive for way, naive in ways], 1 / FASTER)


def main(arguments: Sequence[str]) -> int:
    """Prints what was measured; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rules", type=int, default=300)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where the time of the plans goes")
    given = parser.parse_args(arguments)
    lines = sum(blob.count(b"\n") for _name, blob in files(given.rules))
    print(
        f"{given.rules} rules, {lines} lines, {TEXTS} texts in three languages; seconds of CPU, {given.rounds} rounds"
    )
    print(f"{'':<58} {'least':>8} {'median':>8} {'bar':>8}")
    found = []
    for one in measure(given.rules, given.events, given.rounds):
        print(one, flush=True)
        found.append(one)
    if given.profile:
        ruleset = loaded(given.rules)
        day = list(snapshots(ruleset, given.events // 10))
        profile = cProfile.Profile()
        profile.runcall(plans, ruleset, Planning, day)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    return 0 if all(one.kept for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
