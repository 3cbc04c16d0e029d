"""`bridge backtest`: a rule tried on what is stored of the past. Nothing is stored, nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from bridge.cli.errors import FINDINGS, GOOD, USAGE, print_findings
from bridge.cli.looking import called, names_of
from bridge.cli.moments import parse_past, parse_until
from bridge.cli.output import complain, print_json, say, spoken
from bridge.cli.room import store_to_read, time_there
from bridge.engine.backtest import NEW, Backtest, Blind, Firing, Message, NearMiss, backtest
from bridge.model.findings import did_you_mean
from bridge.model.opening import opening
from bridge.model.values import moment_text
from bridge.model.wording import worded
from bridge.store.rows import Row
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.assemble import context_to_look
from bridge.wiring.rule_history import agency_of, files_of
from bridge.wiring.settings import Settings
from rules.ruleset import Rule
from rules.telling import Teller, system_name
from rules.verdicts import Verdicts

_TAG = re.compile(r"<[^>]+>")
_SHOWN = 20
_WORDS = {
    "uk": {
        "head": "{rule}: з {since} до {until}, клієнтів: {clients}",
        "off": "У файлах правило вимкнене або в тіні; тут воно діє.",
        "fired": "Спрацювало б: {count}, клієнтів: {whom}; повторів: {again}; у вихідні: {off}",
        "steps": "Кроків було б виконано: {count}, з них у вихідні: {off}",
        "real": "Насправді спрацювало: {count}, кроків: {steps}",
        "never": "Жодного разу не спрацювало б.",
        "near": "Бракувало одного: {count}",
        "messages": "Клієнти отримали б повідомлень: {count}, з них нових: {new}; у вихідні: {off}",
        "new": "нове",
        "went": "було ({state})",
        "lost": "Було, а за цим правилом не пішло б: {count}",
        "others": "Інші правила: додалося б дій {more}, не було б {fewer}",
        "more": "… і ще {count}; усе: --json",
        "begins": "Про час до {at} нічого не збережено: журнал починається тоді.",
        "untold": "Про цих клієнтів нічого не збережено: {clients}",
        "later": "{client}: відомо лише з {at}, коли двоє клієнтів стали одним",
        "erased": "Стертих клієнтів за цей час: {count}; про них не відомо нічого.",
        "blind": "{source} не було видно з {first} до {last}; спроб читання: {times}",
        "promise": "Повідомлення, яких насправді не було, не вважаються доставленими: цього ніхто не знає.",
    },
    "ru": {
        "head": "{rule}: с {since} по {until}, клиентов: {clients}",
        "off": "В файлах правило выключено или в тени; здесь оно действует.",
        "fired": "Сработало бы: {count}, клиентов: {whom}; повторов: {again}; в выходные: {off}",
        "steps": "Шагов было бы выполнено: {count}, из них в выходные: {off}",
        "real": "На самом деле сработало: {count}, шагов: {steps}",
        "never": "Ни разу не сработало бы.",
        "near": "Не хватало одного: {count}",
        "messages": "Клиенты получили бы сообщений: {count}, из них новых: {new}; в выходные: {off}",
        "new": "новое",
        "went": "было ({state})",
        "lost": "Было, а по этому правилу не ушло бы: {count}",
        "others": "Другие правила: добавилось бы действий {more}, не было бы {fewer}",
        "more": "… и ещё {count}; всё: --json",
        "begins": "О времени до {at} ничего не сохранено: журнал начинается тогда.",
        "untold": "Об этих клиентах ничего не сохранено: {clients}",
        "later": "{client}: известно только с {at}, когда два клиента стали одним",
        "erased": "Стёртых клиентов за это время: {count}; о них не известно ничего.",
        "blind": "{source} не было видно с {first} по {last}; попыток чтения: {times}",
        "promise": "Сообщения, которых на самом деле не было, не считаются доставленными: этого никто не знает.",
    },
    "en": {
        "head": "{rule}: from {since} to {until}, clients: {clients}",
        "off": "In the files the rule is off or in shadow; here it acts.",
        "fired": "It would have fired: {count}, clients: {whom}; repeats: {again}; on days off: {off}",
        "steps": "Steps that would have been taken: {count}, of these on days off: {off}",
        "real": "It really fired: {count}, steps: {steps}",
        "never": "It would never have fired.",
        "near": "Near misses, where one thing was wanting: {count}",
        "messages": "Messages that clients would have got: {count}, of these new: {new}; on days off: {off}",
        "new": "new",
        "went": "went ({state})",
        "lost": "Went, and would not have gone: {count}",
        "others": "Other rules: effects besides {more}, effects that would not have been {fewer}",
        "more": "… and {count} more; all of them: --json",
        "begins": "Nothing is stored of the time before {at}: the journal begins there.",
        "untold": "Nothing is stored of these clients: {clients}",
        "later": "{client}: known only from {at} on, when two clients became one",
        "erased": "Clients erased in that time: {count}; nothing is known of them.",
        "blind": "{source} could not be seen from {first} to {last}; attempts to read it: {times}",
        "promise": "Messages that never were do not count as delivered: nobody can know that.",
    },
}


def run(rule: str, since: str, until: str, rules: Path | None, language: str, as_json: bool) -> int:
    """Prints what a rule would have done between two moments, by the rules at a path or in the config folder."""
    with store_to_read(by_the_files=True) as (store, settings, agency):
        told_in = language or agency.language
        tried = _tried(settings, agency, rules, told_in)
        if tried is None:
            return FINDINGS
        known = {one.id: one for one in tried.ruleset.rules}
        if rule not in known:
            unknown = worded('unknown rule "{rule}"; {advice}', rule=rule, advice=did_you_mean(rule, known))
            complain(unknown, told_in)
            return USAGE
        now = time_there(store)
        begins = parse_past(since, agency.zone, now, '"{text}" is no day: write 2026-12-03')
        ends = min(parse_until(until, agency.zone, begins), now) if until else now
        begun = perf_counter()
        made = backtest(store, context_to_look(settings, tried), rule, begins, ends)
        seconds = perf_counter() - begun
        those: list[Firing | NearMiss | Message | Row] = [*made.fired, *made.near, *made.messages, *made.lost]
        clients = {one.client for one in those}
        names = names_of(store, clients | set(made.unknown.later) | set(made.unknown.untold))
    if as_json:
        print_json(_plain(made, seconds))
        return GOOD
    told = _Telling(made, tried, known[rule], told_in, names)
    for line in told.lines():
        say(line)
    return GOOD


def _tried(settings: Settings, agency: Agency, path: Path | None, language: str) -> Agency | None:
    """The agency with the rules at a path: a whole config folder, or files that stand in for those of `rules/`."""
    if path is None:
        return agency
    if (path / "bridge.yaml").is_file():
        made, findings = load_agency(path)
    else:
        files = files_of(settings.config_dir)
        if path.is_dir():
            files = {name: text for name, text in files.items() if not name.startswith("rules/")}
            files |= {f"rules/{name}": text for name, text in files_of(path).items()}
        else:
            same = next((name for name in files if name.rsplit("/", 1)[-1] == path.name), f"rules/{path.name}")
            files[same] = path.read_text(encoding="utf-8")
        made, findings = agency_of(files, settings.config_dir)
    if made is None:
        print_findings(findings, language=language)
    return made


class _Telling:
    """A backtest in words."""

    def __init__(self, made: Backtest, tried: Agency, rule: Rule, language: str, names: Mapping[str, str]) -> None:
        self._made, self._rule, self._language, self._names = made, rule, language, names
        self._words, self._zone = _WORDS[language], ZoneInfo(tried.zone)
        self._verdicts = Verdicts(Teller(tried.ruleset, language, tried.people))

    def lines(self) -> Iterator[str]:
        """Everything there is to say, what counts first."""
        made = self._made
        period = {"since": self._moment(made.since), "until": self._moment(made.until)}
        yield self._words["head"].format(rule=self._verdicts.rule(made.rule), clients=made.clients, **period)
        if self._rule.enabled != "true":
            yield self._words["off"]
        yield from self._firings()
        if made.near:
            yield self._words["near"].format(count=len(made.near))
            yield from self._some([f"{self._place(one)}: {self._wanting(one)}" for one in made.near])
        yield from self._messages()
        if made.others != (0, 0):
            yield self._words["others"].format(more=made.others[0], fewer=made.others[1])
        yield from self._unknown()

    def _firings(self) -> Iterator[str]:
        made = self._made
        if made.fired:
            whom, again = len({one.client for one in made.fired}), sum(one.again for one in made.fired)
            yield self._words["fired"].format(count=len(made.fired), whom=whom, again=again, off=_off(made.fired))
            yield from self._some([self._place(one) for one in made.fired])
        else:
            yield self._words["never"]
        if made.steps:
            yield self._words["steps"].format(count=len(made.steps), off=_off(made.steps))
        steps = sum(1 for one in made.real if one.step)
        yield self._words["real"].format(count=len(made.real) - steps, steps=steps)

    def _messages(self) -> Iterator[str]:
        made = self._made
        if made.messages:
            new = sum(one.verdict == NEW for one in made.messages)
            yield self._words["messages"].format(count=len(made.messages), new=new, off=_off(made.messages))
            yield from self._some([line for one in made.messages for line in self._message(one)])
        if made.lost:
            yield self._words["lost"].format(count=len(made.lost))
            yield from self._some([f"{self._moment(row.created_at)}  {self._name(row.client)}" for row in made.lost])

    def _message(self, one: Message) -> Iterator[str]:
        verdict = self._words[one.verdict].format(state=spoken(called(one.state), self._language))
        text = self._verdicts.teller.quoted(opening(one.decision.text))
        yield f"{self._place(one)}: {text}, {one.decision.language} — {verdict}"
        if one.verdict == NEW:
            yield from (f"    {line}" for line in unescape(_TAG.sub("", one.decision.text)).splitlines())

    def _unknown(self) -> Iterator[str]:
        unknown = self._made.unknown
        if any(one.verdict == NEW for one in self._made.messages):
            yield self._words["promise"]
        if unknown.begins is not None:
            yield self._words["begins"].format(at=self._moment(unknown.begins))
        if unknown.untold:
            yield self._words["untold"].format(clients=", ".join(map(self._name, unknown.untold)))
        for client, at in unknown.later.items():
            yield self._words["later"].format(client=self._name(client), at=self._moment(at))
        if unknown.erased:
            yield self._words["erased"].format(count=unknown.erased)
        for one in unknown.sources:
            moments = {"first": self._moment(one.first), "last": self._moment(one.last)}
            source = system_name(one.source.partition(".")[0])
            yield self._words["blind"].format(source=source, times=one.times, **moments)

    def _some(self, lines: Sequence[str]) -> Iterator[str]:
        yield from (f"  {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  {self._words['more'].format(count=len(lines) - _SHOWN)}"

    def _place(self, one: Firing | NearMiss | Message) -> str:
        return f"{self._moment(one.at)}  {self._name(one.client)}"

    def _wanting(self, one: NearMiss) -> str:
        """What would have had to be otherwise: the end of its verdict."""
        return list(self._verdicts.told(one.trace, self._rule))[-1].strip()

    def _name(self, client: str) -> str:
        return self._names.get(client, client)

    def _moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%d.%m.%Y %H:%M}"


def _off(those: Sequence[Firing] | Sequence[Message]) -> int:
    return sum(one.day_off for one in those)


def _plain(made: Backtest, seconds: float) -> dict[str, object]:
    return {
        "rule": made.rule,
        "since": moment_text(made.since),
        "until": moment_text(made.until),
        "clients": made.clients,
        "plans": made.plans,
        "seconds": round(seconds, 2),
        "fired": [_firing(one) for one in made.fired],
        "steps": [_firing(one) for one in made.steps],
        "near_misses": [
            {"at": moment_text(one.at), "client": one.client, "subject": one.subject, "change": one.change}
            for one in made.near
        ],
        "messages": [
            {
                "at": moment_text(one.at),
                "client": one.client,
                "subject": one.subject,
                "step": one.step,
                "template": one.decision.template,
                "language": one.decision.language,
                "text": one.decision.text,
                "really": one.verdict if one.verdict == NEW else one.state,
                "day_off": one.day_off,
            }
            for one in made.messages
        ],
        "would_not_have_gone": [
            {"at": moment_text(row.created_at), "client": row.client, "key": row.key} for row in made.lost
        ],
        "other_rules": {"besides": made.others[0], "not": made.others[1]},
        "really_fired": [
            {"at": moment_text(one.at), "client": one.client, "subject": one.subject, "step": one.step}
            for one in made.real
        ],
        "not_known": {
            "before": moment_text(made.unknown.begins) if made.unknown.begins is not None else None,
            "clients": list(made.unknown.untold),
            "only_since": {client: moment_text(at) for client, at in made.unknown.later.items()},
            "erased": made.unknown.erased,
            "blind": [_blind(one) for one in made.unknown.sources],
        },
    }


def _firing(one: Firing) -> dict[str, object]:
    return {
        "at": moment_text(one.at),
        "client": one.client,
        "subject": one.subject,
        "step": one.step,
        "event": one.event,
        "again": one.again,
        "day_off": one.day_off,
    }


def _blind(one: Blind) -> dict[str, object]:
    return {"source": one.source, "times": one.times, "first": moment_text(one.first), "last": moment_text(one.last)}
