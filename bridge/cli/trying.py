"""Trying rules without doing anything: `bridge simulate`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import unescape

from bridge.cli.errors import GOOD, USAGE
from bridge.cli.looking import find_subjects, nobody
from bridge.cli.output import complain, print_json, say, spoken
from bridge.cli.room import store_to_read, time_there
from bridge.engine.history import state_at
from bridge.engine.snapshots import snapshot_of
from bridge.model.decision_words import in_words
from bridge.model.decisions import CommentCard, Decision, SendMessage, plain_decision
from bridge.model.errors import ConfigError
from bridge.model.people import Directory
from bridge.model.planning import NEVER, Plan, Snapshot, Timer
from bridge.model.values import moment_text
from bridge.store import Store
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.settings import Settings
from rules.reader import read
from rules.rehearsal import History, as_of, imagined, rehearse
from rules.telling import Teller
from rules.verdicts import Verdicts

_TAG = re.compile(r"<[^>]+>")
_WORDS = {
    "uk": {
        "would": "Було б зроблено:",
        "nothing": "Нічого не було б зроблено.",
        "timers": "Кроки на потім:",
        "ended": "Скасовано б кроків: {count}",
        "verdicts": "Що сказали б правила:",
        "waits": "коли буде відомо, від чого рахувати",
        "honest": "Тоді ж не збережено: кроки, що відтоді завершилися, і які умови вже були правдою.",
        "no card": "У клієнта кілька угод ({subjects}): назвіть картку точніше.",
    },
    "ru": {
        "would": "Было бы сделано:",
        "nothing": "Ничего не было бы сделано.",
        "timers": "Шаги на потом:",
        "ended": "Отменено бы шагов: {count}",
        "verdicts": "Что сказали бы правила:",
        "waits": "когда будет известно, от чего считать",
        "honest": "О том времени не сохранено: шаги, завершённые с тех пор, и какие условия уже были правдой.",
        "no card": "У клиента несколько сделок ({subjects}): назовите карточку точнее.",
    },
    "en": {
        "would": "This would be done:",
        "nothing": "Nothing would be done.",
        "timers": "Steps for later:",
        "ended": "Steps that would be called off: {count}",
        "verdicts": "What the rules would say:",
        "waits": "when it is known what to count from",
        "honest": "Not stored of that time: steps that have ended since, and which conditions were true already.",
        "no card": "The client has several deals ({subjects}): name the card more exactly.",
    },
}


def simulate(who: str, at: datetime | None, events: Sequence[str], language: str, as_json: bool) -> int:
    """Prints what would happen for a card now or at a moment. Nothing is stored, nothing is sent."""
    with store_to_read(by_the_files=True) as (store, settings, agency):
        words = _WORDS.get(language or agency.language, _WORDS["en"])
        subjects = find_subjects(store, who)
        if not subjects:
            complain(nobody(store, who))
            return USAGE
        known = {subject.id: subject for subject in store.subjects()}
        deals = [name for name in subjects if known[name].kind != "client"] or subjects
        if len(deals) > 1:
            complain(words["no card"].format(subjects=", ".join(deals)))
            return USAGE
        now = at or time_there(store)
        snapshot, known_whole = _snapshot(store, settings, agency, known[deals[0]].client, at)
        try:
            for given in events:
                snapshot = imagined(read("--event", given.encode()).data, deals[0], snapshot, agency.ruleset, now)
        except ConfigError as error:
            complain("; ".join(finding.what for finding in error.findings))
            return USAGE
        except ValueError as error:
            complain(str(error))
            return USAGE
        office = context_to_look(settings, agency).office
        made = rehearse(snapshot, agency.ruleset, office, now)
    if as_json:
        print_json(_plain(made))
        return GOOD
    verdicts = Verdicts(Teller(agency.ruleset, language or agency.language, agency.people))
    for line in _told(made, snapshot, verdicts, agency.people, words):
        say(line)
    if not known_whole:
        say(words["honest"])
    return GOOD


def _snapshot(
    store: Store, settings: Settings, agency: Agency, client: str, at: datetime | None
) -> tuple[Snapshot, bool]:
    """The client now or at a moment, and whether all of that moment is known: the journal may begin only later."""
    context = context_to_look(settings, agency)
    snapshot = snapshot_of(store.load_client(client), context)
    if at is None:
        return snapshot, True
    remembered = store.remembered(client)
    if remembered.since is not None and remembered.since <= at:
        return snapshot_of(state_at(remembered, at), context), True
    past = store.past(client, list(snapshot.subjects), at)
    return as_of(snapshot, agency.ruleset, History(past.later, past.own, past.fired), at), False


def _told(
    made: Sequence[Plan], before: Snapshot, verdicts: Verdicts, people: Directory, words: dict[str, str]
) -> Iterator[str]:
    wanted = [one for each in made for one in each.wanted]
    noted = [one for each in made for one in each.would]
    yield words["would" if wanted or noted else "nothing"]
    for one in (*wanted, *noted):
        start = f" ({verdicts.moment(one.not_before)})" if one.not_before is not None else ""
        start += f" ({verdicts.say('state shadow')})" if one in noted else ""
        yield f"  • {spoken(in_words(one.decision, people), verdicts.teller.language)}{start}"
        yield from (f"      {line}" for line in _text(one.decision).splitlines())
    timers = {timer.key: timer for each in made for timer in each.timers if timer.step}
    if timers:
        yield words["timers"]
        yield from (f"  • {_timer(timer, verdicts, words)}" for timer in timers.values())
    ended = {key for each in made for key in each.timers_ended} & {timer.key for timer in before.timers if timer.step}
    if ended:
        yield words["ended"].format(count=len(ended))
    traces = [trace for each in made for trace in each.traces]
    if traces:
        yield words["verdicts"]
    rules = {rule.id: rule for rule in verdicts.teller.ruleset.rules}
    for trace in traces:
        yield from (f"  {line}" for line in verdicts.told(trace, rules.get(trace.rule)))


def _timer(timer: Timer, verdicts: Verdicts, words: dict[str, str]) -> str:
    due = words["waits"] if timer.due == NEVER else verdicts.moment(timer.due)
    return f"{due}  {verdicts.rule(timer.rule)}, {timer.step}"


def _text(decision: Decision) -> str:
    if isinstance(decision, SendMessage):
        return unescape(_TAG.sub("", decision.text))
    return decision.text if isinstance(decision, CommentCard) else ""


def _plain(made: Sequence[Plan]) -> dict[str, object]:
    return {
        "effects": [
            {
                "rule": one.cause.rule,
                "step": one.cause.step,
                "subject": one.subject,
                "not_before": moment_text(one.not_before) if one.not_before else None,
                **plain_decision(one.decision),
            }
            for each in made
            for one in each.wanted
        ],
        "timers": [
            {"rule": timer.rule, "step": timer.step, "due": moment_text(timer.due), "because": timer.because}
            for each in made
            for timer in each.timers
            if timer.step
        ],
        "verdicts": [
            {"rule": one.rule, "subject": one.subject, "outcome": one.outcome.value, "reason": one.reason}
            for each in made
            for one in each.traces
        ],
    }
