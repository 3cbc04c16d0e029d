"""`bridge why`: what the rules said about somebody, in words, and what would have changed the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bridge.cli.errors import GOOD, USAGE
from bridge.cli.looking import find_subjects, names_of, nobody, rule_called, value_in_words
from bridge.cli.moments import parse_past
from bridge.cli.output import complain, print_json, say
from bridge.cli.room import store_to_read, time_there
from bridge.engine.answering import asks_why
from bridge.engine.snapshots import snapshot_of
from bridge.model.decision_words import in_words
from bridge.model.decisions import SendMessage, WriteFields
from bridge.model.deliveries import State
from bridge.model.findings import did_you_mean
from bridge.model.planning import Outcome, Trace
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.store.rows import Row, SetFact, StoredSubject
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.rule_history import agency_of
from bridge.wiring.settings import Settings
from bridge.words import said
from rules.differences import Changed, changed_rules
from rules.facts import Facts
from rules.ruleset import Rule
from rules.telling import Teller
from rules.verdicts import Verdicts

_EVENTS = 200
"""So many of a client's newest events are looked through for the one that came nearest to waking a rule."""


def why(who: str, rule: str | None, at: str, limit: int, language: str, as_json: bool) -> int:
    """Prints the newest evaluations about somebody up to a moment; of a rule that nothing woke, what it waits for."""
    with store_to_read() as (store, settings, agency):
        moment = parse_past(at, agency.zone, time_there(store)) if at else None
        known = {one.id: one for one in agency.ruleset.rules}
        meant = agency.ruleset.called(rule) if rule is not None else None
        if rule is not None and meant is None:
            names = {*known, *(one.name for one in known.values())}
            unknown = worded('unknown rule "{rule}"; {advice}', rule=rule, advice=did_you_mean(rule, names))
            complain(unknown, language or agency.language)
            return USAGE
        subjects = find_subjects(store, who)
        if not subjects:
            complain(nobody(store, who), language or agency.language)
            return USAGE
        here = [subject for subject in store.subjects() if subject.id in subjects]
        clients = sorted({subject.client for subject in here})
        family = [subject.id for subject in store.subjects() if subject.client in clients]
        traces = store.traces(family, meant.id if meant else None, limit, until=moment)
        if as_json:
            print_json([_plain_trace(trace) for trace in traces])
            return GOOD
        if meant is not None:
            for line in _standing(meant, store, settings, agency):
                say(line, language or agency.language)
        for client in clients:
            looking = _Looking(store, settings, agency, client, language or agency.language, moment)
            of_client = [trace for trace in traces if trace.subject in looking.family]
            for line in looking.told(of_client, meant, known, [one for one in here if one.client == client]):
                say(line)
    return GOOD


def _standing(rule: Rule, store: Store, settings: Settings, agency: Agency) -> Iterator[str]:
    """That a rule of the config folder is not in force, or not as it stands there."""
    taken = store.in_force()
    if taken is None or taken.hash == agency.ruleset.hash:
        return
    before, _findings = agency_of(taken.files, settings.config_dir)
    changed = changed_rules(before.ruleset, agency.ruleset) if before is not None else Changed()
    if rule.id in changed.added:
        yield worded("{rule} is only in the config folder, and not in force yet: bridge apply", rule=rule_called(rule))
    if rule.id in changed.altered:
        words = "{rule} in the config folder is not the one in force; what differs: bridge plan"
        yield worded(words, rule=rule_called(rule))


_DONE = {State.CONFIRMED: "done", State.CLAIMED: "doing"}
"""What became of an effect that is no message, where that is called otherwise."""


class _Looking:
    """One client looked at, at a moment (None: now)."""

    def __init__(
        self, store: Store, settings: Settings, agency: Agency, client: str, language: str, at: datetime | None
    ) -> None:
        self._store, self._client, self._at = store, client, at
        state = store.load_client(client)
        self._state = state
        self.family = {subject.id for subject in state.subjects}
        self._people = agency.people
        teller = Teller(agency.ruleset, language, agency.people)
        facts = None
        if at is None:
            snapshot = snapshot_of(state, context_to_look(settings, agency))
            facts = Facts(snapshot, agency.ruleset, agency.people, time_there(store))
        self._now = Verdicts(teller, facts)
        self._then = Verdicts(teller)

    def told(
        self, traces: Sequence[Trace], rule: Rule | None, known: dict[str, Rule], asked: Sequence[StoredSubject]
    ) -> Iterator[str]:
        """The evaluations, newest first, each with what became of its effects; then the steps that run now."""
        if not traces:
            yield from self._never(rule, asked)
        acted = any(_acted(trace) for trace in traces)
        rows = self._store.deliveries(client=self._client) if acted else []
        facts = self._store.facts_set(sorted(self.family)) if acted else []
        for place, trace in enumerate(traces):
            # What a gate lacks is known as of now: it is told of the newest evaluation only.
            verdicts = self._now if place == 0 else self._then
            yield from verdicts.told(trace, known.get(trace.rule))
            yield from (f"  {line}" for line in self._noted(facts, trace))
            yield from (f"  {line}" for row in reversed(rows) if _comes_of(row, trace) for line in self._effect(row))
        if self._at is None:
            yield from self._now.steps(self._state.timers, rule)

    def _never(self, rule: Rule | None, asked: Sequence[StoredSubject]) -> Iterator[str]:
        events = self._store.of_clients([self._client], None, _EVENTS).events
        happened = [
            event
            for event, _client in events
            if not asks_why(event) and (self._at is None or event.seen_at <= self._at)
        ]
        if rule is None:
            who = names_of(self._store, [self._client]).get(self._client, self._client)
            yield from self._now.none_woken(who, happened, f'bridge why "{who}"')
            return
        for subject in self._concerned(rule, asked):
            yield from self._now.never(rule, happened, subject)

    def _concerned(self, rule: Rule, asked: Sequence[StoredSubject]) -> list[str]:
        """For whom a rule would act: those asked about, of a client those below it; a deal may count as a task."""
        whole = any(one.kind == "client" for one in asked)
        near = self._state.subjects if whole else asked
        for kind in (rule.per, "deal" if rule.per == "task" else ""):
            if found := [one.id for one in near if one.kind == kind]:
                return found
        return [asked[0].id]

    def _noted(self, facts: Sequence[SetFact], trace: Trace) -> Iterator[str]:
        """The bridge's own facts that an evaluation set, which are no effect on anything outside."""
        fields = self._now.teller.ruleset.fields
        for one in facts if _acted(trace) else ():
            if one.comes_of(trace.rule, trace.event):
                yield self._now.noted(one.field, value_in_words(self._now.teller, fields.get(one.field), one.value))

    def _effect(self, row: Row) -> Iterator[str]:
        what = said(in_words(row.decision, self._people), self._now.teller.language)
        if isinstance(row.decision, WriteFields):
            what = f"{what} ({self._written(row.decision)})"
        if row.state is State.WAITING:
            reason = self._now.reason(row.reason) or self._now.say("in its turn")
            yield self._now.say("effect waits", what=what, at=self._now.moment(row.next_at), why=reason)
        else:
            state = row.state.value if isinstance(row.decision, SendMessage) else _DONE.get(row.state, row.state.value)
            yield self._now.say("effect was", what=what, state=self._now.say(f"state {state}"))

    def _written(self, wanted: WriteFields) -> str:
        """What a record outside is filled with, by the titles of the facts that are kept there."""
        teller = self._now.teller
        specs = {place: spec for spec in teller.ruleset.fields.values() for place in spec.places}
        found = [(name, specs.get(f"{wanted.record}.{name}"), value) for name, value in wanted.values.items()]
        return "; ".join(
            f"{teller.title(spec.key) if spec else name}: {value_in_words(teller, spec, value)}"
            for name, spec, value in found
        )


def _acted(trace: Trace) -> bool:
    return trace.outcome in (Outcome.FIRED, Outcome.SHADOW)


def _comes_of(row: Row, trace: Trace) -> bool:
    return _acted(trace) and (row.cause.rule, row.cause.event, row.cause.step) == (trace.rule, trace.event, trace.step)


def _plain_trace(trace: Trace) -> dict[str, object]:
    return {
        "at": moment_text(trace.at),
        "rule": trace.rule,
        "step": trace.step,
        "subject": trace.subject,
        "event": trace.event,
        "outcome": trace.outcome.value,
        "reason": str(trace.reason),
        "tree": [list(line) for line in trace.tree],
        "change": list(trace.change),
    }
