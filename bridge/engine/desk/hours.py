"""Time that staff note with one line in their chat: how long, on what, for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from bridge.engine.context import Context
from bridge.engine.routing import put_out
from bridge.model.decisions import NoteTime
from bridge.model.events import Cause, Event
from bridge.model.planning import Wanted
from bridge.model.wording import Worded, worded
from bridge.store.intake import Intake
from bridge.words import said

TALK, WORK = "talk", "work"
KINDS: dict[str, Worded] = {TALK: worded("talk"), WORK: worded("work")}
_WORDS = {
    TALK: ("talk", "call", "розмова", "розмови", "розмову", "разговор", "разговоры", "звонок", "дзвінок"),
    WORK: ("work", "робота", "роботи", "роботу", "работа", "работы", "работу"),
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words}
_MINUTE = r"(?:хв|мин|m)[a-zа-яіїєґ]{0,7}\.?"
_LENGTH = re.compile(
    rf"(?:(?P<clock>\d{{1,2}}:[0-5]\d)"
    rf"|(?P<hours>\d{{1,2}}(?:[.,]\d{{1,2}})?)\s*(?:год|час|ч|h|г)[a-zа-яіїєґ]{{0,5}}\.?"
    rf"(?:(?P<and>[0-5]?\d)(?:{_MINUTE})?|\s+(?P<more>[0-5]?\d)\s*{_MINUTE})?"
    rf"|(?P<minutes>\d{{1,3}})\s*{_MINUTE})(?=\s|\Z)",
    re.IGNORECASE,
)
_MOST = 16 * 60


@dataclass(frozen=True, slots=True)
class Spent:
    """So many minutes, spent on talk or work; `line` is what was said besides."""

    minutes: int
    what: str
    line: str = ""


def spent_of(text: str) -> Spent:
    """What "40m talk about the logo" says. Raises ValueError with what may be written."""
    said = " ".join(text.split())
    found = _LENGTH.match(said)
    minutes = _minutes(found) if found else 0
    words = said[found.end() :].split() if found else []
    place = next((place for place, word in enumerate(words) if word.casefold().strip(".,:") in _KIND_OF), None)
    if not 0 < minutes <= _MOST or place is None:
        raise ValueError(worded("Write how long and on what, then for whom: 40m talk NAME, 1h30 work NAME."))
    line = " ".join((*words[:place], *words[place + 1 :]))
    return Spent(minutes, _KIND_OF[words[place].casefold().strip(".,:")], line)


def before_the_name(text: str) -> tuple[str, str]:
    """What stands before the client, and the rest: "40m Romashka talk" as well as "40m talk Romashka"."""
    said = " ".join(text.split())
    found = _LENGTH.match(said)
    end = found.end() if found else 0
    first, _, rest = said[end:].lstrip().partition(" ")
    if end and first.casefold().strip(".,:") in _KIND_OF:
        return f"{said[:end]} {first}", rest
    return said[:end], said[end:].lstrip()


def _minutes(found: re.Match[str]) -> int:
    if found["clock"]:
        hours, minutes = found["clock"].split(":")
        return int(hours) * 60 + int(minutes)
    if found["hours"]:
        return round(float(found["hours"].replace(",", ".")) * 60) + int(found["and"] or found["more"] or 0)
    return int(found["minutes"])


def note_time(intake: Intake, context: Context, event: Event, about: str, text: str) -> Worded:
    """Puts what was said into the outbox, once for each message; gives the answer, with the sum of the day.

    `about` is a client, whose newest deal it goes to, or a deal.
    """
    if not context.notes_time:
        return worded("Time cannot be noted yet: bridge.yaml does not say where (planfix, time).")
    try:
        spent = spent_of(text)
    except ValueError as error:
        return worded(error.args[0])
    deals = deals_of(intake, about)
    if not deals:
        return worded("There is no deal in Planfix to note it on.")
    who, language = event.actor.name or event.actor.id, context.ruleset.defaults.language
    line = f"⏱ {shown(spent.minutes)}, {said(KINDS[spent.what], language)}: {escape(who)}"
    line += f"\n{escape(spent.line)}" if spent.line else ""
    day = event.at.astimezone(ZoneInfo(context.ruleset.zone)).date().isoformat()
    decision = NoteTime(spent.minutes, spent.what, event.actor.id, day, line)
    wanted = Wanted(f"time:{event.id}", decision, deals[-1], Cause("", "", event.id))
    put_out(intake, context, wanted, intake.client_of(about))
    return worded(
        "⏱ {length}, {kind}: it goes into Planfix. Today so far: {sum}.",
        length=shown(spent.minutes),
        kind=KINDS[spent.what],
        sum=shown(sum(one.minutes for one in intake.time_noted(event.actor.id, day))),
    )


def deals_of(intake: Intake, about: str) -> list[str]:
    """The deals in the task system that time may go to, the newest last: a client's, or the deal itself."""
    known = intake.subject(about)
    deals = [about] if known is not None and known.kind == "deal" else intake.children(about, "deal")
    return [deal for deal in deals if intake.has_link(deal, "task")]


def asks_which(intake: Intake, context: Context, about: str, text: str) -> list[str]:
    """The deals among which a person has to choose before time can be noted, the newest first; none for no choice."""
    try:
        spent_of(text)
    except ValueError:
        return []
    deals = deals_of(intake, about)
    return deals[::-1] if context.notes_time and len(deals) > 1 else []


def shown(minutes: int) -> str:
    """So long, as people read it in any language: 0:40, 1:30."""
    return f"{minutes // 60}:{minutes % 60:02}"
