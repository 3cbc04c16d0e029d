"""Trying rules without doing anything: `bridge simulate`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import unescape

from bridge.cli.errors import GOOD, USAGE
from bridge.cli.looking import find_subjects, nobody
from bridge.cli.moments import parse_time
from bridge.cli.output import complain, print_json, say, spoken
from bridge.cli.room import store_to_read, time_there
from bridge.engine.history import state_at
from bridge.engine.snapshots import snapshot_of
from bridge.model.decision_words import in_words
from bridge.model.decisions import CommentCard, Decision, SendMessage, plain_decision
from bridge.model.errors import ConfigError
from bridge.model.people import Directory
from bridge.model.planning import NEVER, Plan, Snapshot, Timer, Wanted
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store import Store
from bridge.wiring.agency import Agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.settings import Settings
from rules.facts import Facts
from rules.reader import read
from rules.rehearsal import History, as_of, imagined, read_now, rehearse
from rules.telling import Teller
from rules.verdicts import Verdicts

_TAG = re.compile(r"<[^>]+>")
_LINK = "https://t.me/…?start=…"
WORDS = {
    "uk": {
        "would": "Було б зроблено:",
        "nothing": "Нічого не було б зроблено.",
        "anyway": "Чекає й без цієї події:",
        "timers": "Кроки на потім:",
        "again": "(ті самі слова, що й вище)",
        "ended": "Скасовано б кроків: {count}",
        "verdicts": "Що сказали б правила:",
        "waits": "коли буде відомо, від чого рахувати",
        "honest": "Тоді ж не збережено: кроки, що відтоді завершилися, і які умови вже були правдою.",
        "no card": "У клієнта кілька угод ({subjects}): назвіть картку точніше.",
    },
    "ru": {
        "would": "Было бы сделано:",
        "nothing": "Ничего не было бы сделано.",
        "anyway": "Ждёт и без этого события:",
        "timers": "Шаги на потом:",
        "again": "(те же слова, что и выше)",
        "ended": "Отменено бы шагов: {count}",
        "verdicts": "Что сказали бы правила:",
        "waits": "когда будет известно, от чего считать",
        "honest": "О том времени не сохранено: шаги, завершённые с тех пор, и какие условия уже были правдой.",
        "no card": "У клиента несколько сделок ({subjects}): назовите карточку точнее.",
    },
    "en": {
        "would": "This would be done:",
        "nothing": "Nothing would be done.",
        "anyway": "Waits to be done without that event too:",
        "timers": "Steps for later:",
        "again": "(the same words as above)",
        "ended": "Steps that would be called off: {count}",
        "verdicts": "What the rules would say:",
        "waits": "when it is known what to count from",
        "honest": "Not stored of that time: steps that have ended since, and which conditions were true already.",
        "no card": "The client has several deals ({subjects}): name the card more exactly.",
    },
}


def simulate(who: str, at: str, events: Sequence[str], language: str, as_json: bool) -> int:
    """Prints what would happen for a card now or at a moment. Nothing is stored, nothing is sent."""
    with store_to_read(by_the_files=True) as (store, settings, agency):
        words = WORDS.get(language or agency.language, WORDS["en"])
        subjects = find_subjects(store, who)
        if not subjects:
            complain(nobody(store, who), language or agency.language)
            return USAGE
        known = {subject.id: subject for subject in store.subjects()}
        deals = [name for name in subjects if known[name].kind != "client"] or subjects
        if len(deals) > 1:
            complain(words["no card"].format(subjects=", ".join(deals)))
            return USAGE
        moment = parse_time(at, agency.zone) if at else None
        now = moment or time_there(store)
        snapshot, known_whole = _snapshot(store, settings, agency, known[deals[0]].client, moment)
        office = context_to_look(settings, agency).office
        anyway = rehearse(read_now(snapshot, now), agency.ruleset, office, now) if events else ()
        try:
            for given in events:
                snapshot = imagined(_written(given), deals[0], snapshot, agency.ruleset, now)
        except ValueError as error:
            complain(error.args[0], language or agency.language)
            return USAGE
        made = rehearse(snapshot, agency.ruleset, office, now)
    if as_json:
        print_json(_plain(made, anyway))
        return GOOD
    teller = Teller(agency.ruleset, language or agency.language, agency.people)
    facts = Facts(snapshot, agency.ruleset, agency.people, now)
    verdicts = Verdicts(teller, facts, said_already=_gates_in(made, agency))
    for line in told(made, anyway, snapshot, verdicts, agency.people, words):
        say(line)
    if not known_whole:
        say(words["honest"])
    return GOOD


def _written(given: str) -> object:
    """What is written of an event. Raises ValueError where it cannot be read at all."""
    try:
        return read("--event", given.encode()).data
    except ConfigError as error:
        words = "the event {given} is not understood; write it as a rule names it: {example}"
        raise ValueError(worded(words, given=given, example='"card.moved: {to: …}"')) from error


def _snapshot(
    store: Store, settings: Settings, agency: Agency, client: str, at: datetime | None
) -> tuple[Snapshot, bool]:
    """The client now or at a moment, and whether all of that moment is known: the journal may begin only later."""
    # The bot is not asked for its name: nothing is sent, and the code in the link is the client's own.
    context = replace(context_to_look(settings, agency), chat_link=lambda _token: _LINK)
    snapshot = snapshot_of(store.load_client(client), context)
    if at is None:
        return snapshot, True
    remembered = store.remembered(client)
    if remembered.since is not None and remembered.since <= at:
        return snapshot_of(state_at(remembered, at), context), True
    past = store.past(client, list(snapshot.subjects), at)
    return as_of(snapshot, agency.ruleset, History(past.later, past.own, past.fired), at), False


def told(
    made: Sequence[Plan],
    anyway: Sequence[Plan],
    before: Snapshot,
    verdicts: Verdicts,
    people: Directory,
    words: Mapping[str, str],
) -> Iterator[str]:
    """What would be done; apart from it what would be done `anyway`, without the events that never were."""
    known = _keys(anyway)
    wanted = [one for each in made for one in (*each.wanted, *each.would)]
    noted = {one.key for each in made for one in each.would}
    ours = [one for one in wanted if one.key not in known]
    yield words["would" if ours else "nothing"]
    texts = set[str]()
    for one in ours:
        yield from _effect(one, one.key in noted, verdicts, people)
        yield from _words_of(one.decision, texts, words)
    if len(ours) < len(wanted):
        yield words["anyway"]
    for one in (one for one in wanted if one.key in known):
        yield from _effect(one, one.key in noted, verdicts, people)
        yield from _words_of(one.decision, texts, words)
    timers = {timer.key: timer for each in made for timer in each.timers if timer.step and timer not in _steps(anyway)}
    if timers:
        yield words["timers"]
        yield from (f"  • {_timer(timer, verdicts, words)}" for timer in timers.values())
    ended = {key for each in made for key in each.timers_ended} & {timer.key for timer in before.timers if timer.step}
    ended -= {key for each in anyway for key in each.timers_ended}
    if ended:
        yield words["ended"].format(count=len(ended))
    said = {trace for each in anyway for trace in each.traces}
    traces = [trace for each in made for trace in each.traces if trace not in said]
    if traces:
        yield words["verdicts"]
    rules = {rule.id: rule for rule in verdicts.teller.ruleset.rules}
    for trace in traces:
        yield from (f"  {line}" for line in verdicts.told(trace, rules.get(trace.rule)))


def _effect(one: Wanted, noted: bool, verdicts: Verdicts, people: Directory) -> Iterator[str]:
    start = f" ({verdicts.moment(one.not_before)})" if one.not_before is not None else ""
    start += f" ({verdicts.say('state shadow')})" if noted else ""
    # Words that go out stand below, whole: not in the headline too.
    named: Decision = one.decision
    if isinstance(named, (CommentCard, SendMessage)):
        named = replace(named, text="")
    yield f"  • {spoken(in_words(named, people), verdicts.teller.language)}{start}"


def _words_of(decision: Decision, before: set[str], words: Mapping[str, str]) -> Iterator[str]:
    """The words that would go out, whole; those that went out `before` with another effect are told once."""
    lines = _text(decision).splitlines()
    same = "\n".join(lines).replace("**", "")
    if same and same in before:
        lines = [words["again"]]
    before.add(same)
    yield from (f"      {line}" for line in lines)


def _gates_in(made: Sequence[Plan], agency: Agency) -> frozenset[str]:
    """The gates of which a text that would go out says already what they lack."""
    sent = (one.decision for each in made for one in (*each.wanted, *each.would))
    return frozenset(one.gate for one in sent if isinstance(one, SendMessage) and one.gate)


def _keys(made: Sequence[Plan]) -> set[str]:
    return {one.key for each in made for one in (*each.wanted, *each.would)}


def _steps(made: Sequence[Plan]) -> list[Timer]:
    return [timer for each in made for timer in each.timers]


def _timer(timer: Timer, verdicts: Verdicts, words: Mapping[str, str]) -> str:
    due = words["waits"] if timer.due == NEVER else verdicts.moment(timer.due)
    return f"{due}  {verdicts.rule(timer.rule)}, {verdicts.say('step', step=timer.step)}"


def _text(decision: Decision) -> str:
    if isinstance(decision, SendMessage):
        return unescape(_TAG.sub("", decision.text))
    return decision.text if isinstance(decision, CommentCard) else ""


def _plain(made: Sequence[Plan], anyway: Sequence[Plan]) -> dict[str, object]:
    known = _keys(anyway)
    return {
        "effects": [
            {
                "rule": one.cause.rule,
                "step": one.cause.step,
                "subject": one.subject,
                "not_before": moment_text(one.not_before) if one.not_before else None,
                "anyway": one.key in known,
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
            {"rule": one.rule, "subject": one.subject, "outcome": one.outcome.value, "reason": str(one.reason)}
            for each in made
            for one in each.traces
        ],
    }
