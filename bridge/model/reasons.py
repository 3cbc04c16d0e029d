"""Why a delivery stands as it does, and why a rule did what it did: each reason declared once, written and read. Pure.

A reason is a code with its params; it is stored as the English sentence that its declaration makes of them, and read
back by the same declaration. What no declaration knows is taken as words: a service's own, or an older release's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_PLAIN = r'[^\s",;:]+'
_KEPT = 10_000
"""So many sentences that were read are remembered: a day's deliveries give few different ones."""


class Kind(StrEnum):
    """What a param of a reason is. It says how the param is written, and in which words it is told."""

    ID = "id"
    RULE = "rule"
    CLIENT = "client"
    PERSON = "person"
    FACT = "fact"
    TEXT = "text"  # of the rules, by its key
    SUBJECT = "subject"
    BUTTON = "button"
    RECORD = "record"
    SOURCES = "sources"
    LIST = "list"
    WHO = "who"  # the name of whoever pressed or typed, as their service gave it
    MOMENT = "moment"  # to the minute
    DAY = "day"
    LENGTH = "length"
    RHYTHM = "rhythm"  # a length behind "once in"
    COUNT = "count"
    TRAIL = "trail"  # how a calendar came to a moment
    WORDS = "words"
    SAID = "said"  # a whole reason in somebody's own words
    REASON = "reason"
    REASONS = "reasons"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: what is stored, told and compared. `str` gives the sentence that is stored; "no reason" is false."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return _DECLARED[self.code].written(self.params)

    def __bool__(self) -> bool:
        return bool(self.code)


@dataclass(frozen=True, slots=True)
class Declared:
    """One reason: its code, its English sentence, the kinds of its params, and how earlier releases said it."""

    code: str
    english: str
    kinds: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    earlier: str = ""

    def of(self, **params: object) -> Reason:
        """The reason with these params. Raises TypeError for any but the declared ones."""
        if params.keys() != self.kinds.keys():
            raise TypeError(f"{self.code} takes {', '.join(self.kinds) or 'nothing'}, not {', '.join(params)}")
        return Reason(self.code, params)

    def written(self, params: Mapping[str, Any]) -> str:
        """The sentence. A name that would make it another one stands in quotes."""
        return self.english.format_map({name: _written(kind, params[name]) for name, kind in self.kinds.items()})

    def patterns(self) -> list[re.Pattern[str]]:
        """What its sentence looks like, as it is written and as it was."""
        return [re.compile(self._pattern(said), re.DOTALL) for said in (self.english, self.earlier) if said]

    def _pattern(self, said: str) -> str:
        parts = re.split(r"{(\w+)}", said)
        for place, part in enumerate(parts):
            parts[place] = f"(?P<{part}>{_SHAPES[self.kinds[part]].pattern})" if place % 2 else re.escape(part)
        return "".join(parts)

    def read(self, found: re.Match[str]) -> Reason:
        """The reason that was found. Raises ValueError when a param is none of its kind."""
        return Reason(self.code, {name: _SHAPES[kind].read(found[name]) for name, kind in self.kinds.items()})


def read(stored: str) -> Reason:
    """The reason that a stored sentence says, by whatever release it was written; never fails."""
    whole = _WHOLE.get(stored)
    return whole if whole is not None else _read(stored)


@lru_cache(_KEPT)
def _read(stored: str) -> Reason:
    for pattern, declared in _patterns():
        found = pattern.fullmatch(stored)
        if found is not None:
            try:
                return declared.read(found)
            except ValueError:
                continue
    return SAID.of(words=_unquoted(stored))


@cache
def _patterns() -> Sequence[tuple[re.Pattern[str], Declared]]:
    """Those of all declarations with params; how earlier releases said it stands behind what is said now."""
    each = [(place, pattern, one) for one in _DECLARED.values() for place, pattern in enumerate(one.patterns())]
    return [(pattern, one) for place, pattern, one in sorted(each, key=lambda entry: entry[0]) if one is not SAID]


# -- how params are written ------------------------------------------------------------------------------------------


class _Shape(NamedTuple):
    """How a param looks in a sentence, and the two ways between it and its text.

    One whose text may end the sentence only has `plain` for all there can be; others stand in quotes where they differ
    from it.
    """

    plain: str = _PLAIN
    write: Callable[[Any], str] = str
    read_plain: Callable[[str], Any] = str
    quotes: bool = True

    @property
    def pattern(self) -> str:
        return f"{_QUOTED}|{self.plain}" if self.quotes else self.plain

    def read(self, text: str) -> Any:
        return self.read_plain(_unquoted(text) if self.quotes else text)


def _written(kind: Kind, value: Any) -> str:
    shape = _SHAPES[kind]
    text = shape.write(value)
    return _quoted(text) if shape.quotes and not re.fullmatch(shape.plain, text) else text


def _quoted(text: str) -> str:
    """In quotes, so that nothing in it parts the items of a list."""
    return json.dumps(text, ensure_ascii=False).replace(",", "\\u002c").replace(";", "\\u003b")


def _unquoted(text: str) -> str:
    return str(json.loads(text)) if re.fullmatch(_QUOTED, text) else text


def _list_written(items: Sequence[str]) -> str:
    return ", ".join(item if re.fullmatch(_ITEM, item) else _quoted(item) for item in items)


def _list_read(text: str) -> tuple[str, ...]:
    return tuple(_unquoted(item) for item in text.split(", ")) if text else ()


def _moment_written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _moment_read(text: str) -> datetime:
    return datetime.fromisoformat(f"{text.removesuffix('Z')}+00:00")


def _said_written(words: str) -> str:
    """Somebody's own words as they are, unless a declaration would take them for its own."""
    return words if read(words) == SAID.of(words=words) else _quoted(words)


def _reasons_written(reasons: Sequence[Reason]) -> str:
    return "; ".join(map(str, reasons))


def _reasons_read(text: str) -> tuple[Reason, ...]:
    return tuple(read(part) for part in text.split("; ")) if text else ()


_ITEM = r'[^",;\n]+'
_LIST = _Shape(rf"(?:(?:{_QUOTED}|{_ITEM})(?:, (?:{_QUOTED}|{_ITEM}))*)?", _list_written, _list_read, quotes=False)
_LENGTH = _Shape(r"-?[0-9]{1,5}(?:(?:wd|w|d)(?: at (?:[01][0-9]|2[0-3]):[0-5][0-9])?|wh|h|m)", quotes=False)
_SHAPES: Mapping[Kind, _Shape] = {
    Kind.ID: _Shape(),
    Kind.TEXT: _Shape(),
    Kind.RULE: _Shape(),
    Kind.CLIENT: _Shape(),
    Kind.PERSON: _Shape(rf"(?!nobody\b){_PLAIN}"),
    Kind.FACT: _Shape(),
    Kind.SUBJECT: _Shape(),
    Kind.BUTTON: _Shape(),
    Kind.RECORD: _Shape(r'[^\s",;:.]+\.[^\s",;:]+'),
    Kind.SOURCES: _LIST,
    Kind.LIST: _LIST,
    Kind.WHO: _Shape(r'[^":\n]+'),
    Kind.MOMENT: _Shape(r"\d{4}-\d\d-\d\d \d\d:\d\dZ", _moment_written, _moment_read, quotes=False),
    Kind.DAY: _Shape(r"\d{4}-\d\d-\d\d", date.isoformat, date.fromisoformat, quotes=False),
    Kind.LENGTH: _LENGTH,
    Kind.RHYTHM: _LENGTH,
    Kind.COUNT: _Shape(r"-?\d+", str, int, quotes=False),
    Kind.TRAIL: _Shape(".*", quotes=False),
    Kind.WORDS: _Shape(".*", quotes=False),
    Kind.SAID: _Shape(".*", _said_written, quotes=False),
    Kind.REASON: _Shape(".*", str, read, quotes=False),
    Kind.REASONS: _Shape(".*", _reasons_written, _reasons_read, quotes=False),
}

# -- the declarations ------------------------------------------------------------------------------------------------

_DECLARED: dict[str, Declared] = {}


def _reason(code: str, english: str, *, earlier: str = "", **kinds: Kind) -> Declared:
    """A reason with params."""
    _DECLARED[code] = Declared(code, english, kinds, earlier)
    return _DECLARED[code]


def _whole(code: str, english: str) -> Reason:
    """A reason that is always the same."""
    return _reason(code, english).of()


NO_REASON = _whole("", "")
SAID = _reason("said", "{words}", words=Kind.SAID)
"""Somebody's own words: a service's answer, what a person typed."""

# Why a delivery waits, or is held.
CLOSED_HOURS = _whole("closed-hours", "outside contact hours")
OVER_CAP = _whole("over-cap", "daily cap")
WAITS_FOR = _reason("waits-for", "waits for {sources}", sources=Kind.SOURCES)
TRIED_AGAIN = _whole("tried-again", "tried again by hand")
SENT_AGAIN = _reason("sent-again", "sent again by {who}", who=Kind.WHO)
LET_GO = _reason("let-go", "let go, says {who}", earlier="let go by {who}", who=Kind.WHO)
KEPT_BACK = _whole("kept-back", "held by hand")
TOO_MUCH = _whole("too-much", "too much at once")
TOO_MUCH_OF_RULE = _reason("too-much-of-rule", "too much at once: rule {rule}", rule=Kind.RULE)
TOO_MUCH_OF_CLIENT = _reason("too-much-of-client", "too much at once: client {client}", client=Kind.CLIENT)
NEWER_VALUE = _whole("newer-value", "something newer was entered before it was written")
NO_FIELD = _whole("no-field", "the field is gone or cannot be read; once it can, both sides are compared again")
RESTORED = _whole("restored", "the database was restored: this may be there already")
OUTCOME_OPEN = _whole("outcome-open", "the outcome of an earlier attempt is not known")

# Why a delivery arrived, or was called off.
ARRIVED = _whole("arrived", "arrived, said by hand")
ARRIVED_SAYS = _reason("arrived-says", "arrived, says {who}", who=Kind.WHO)
DROPPED = _whole("dropped", "dropped by hand")
LEFT_OUT = _reason("left-out", "left out, says {who}", earlier="left out by {who}", who=Kind.WHO)
WRITTEN_BY_HAND = _reason("written-by-hand", "written by hand, says {who}", who=Kind.WHO)
STOPPED = _reason("stopped", "stopped by {who}", who=Kind.WHO)
STOPPED_BECAUSE = _reason("stopped-because", "stopped by {who}: {why}", who=Kind.WHO, why=Kind.REASON)
SNOOZED = _reason("snoozed", "put off until {until} by {who}", until=Kind.MOMENT, who=Kind.WHO)
RULE_OFF = _reason("rule-off", "rule {rule} is off", rule=Kind.RULE)
RULE_GONE = _reason("rule-gone", "rule {rule} is gone", rule=Kind.RULE)
RULE_ASKS_NO_MORE = _reason("rule-asks-no-more", "rule {rule} asks it no more", rule=Kind.RULE)
UNLESS = _reason("unless", "unless of {rule}", rule=Kind.RULE)
NEWER_MESSAGE = _whole("newer-message", "a newer message takes its place")
NEWER_QUESTION = _whole("newer-question", "a newer one was asked")
NEWER_DOCUMENT = _whole("newer-document", "there is a newer version")
ASKED_AGAIN = _whole("asked-again", "asked again")
NOTHING_HELD = _whole("nothing-held", "nothing of it is held any more")
DATA_ERASED = _whole("erased", "erased")

# Why a delivery is dead.
NO_CHAT = _whole("no-chat", "the client has no chat")
BY_LETTER = _whole("by-letter", "goes by e-mail, since no chat reaches the client")
SILENCE = _whole("silence", "whoever would read it asked for no automatic messages")
BY_SMS = _whole("by-sms", "goes by SMS, since neither a chat nor a letter reaches the client")

BY_CHAT = _whole("by-chat", "goes to the chat, since the client is there again")
NO_CARD = _whole("no-card", "there is no card of this subject")
NO_RECORD = _reason("no-record", "there is no {record} of this subject", record=Kind.RECORD)
NO_CONNECTOR = _reason("no-connector", "no connector {connector} is configured", connector=Kind.ID)
NOBODY_DOES = _reason("nobody-does", "no connector for {kind} is configured", kind=Kind.ID)
NO_FILE = _reason("no-file", "{file} was not made", file=Kind.ID)
BEING_MADE = _reason("being-made", "{file} is still being made", file=Kind.ID)
MESSAGE_GONE = _whole("message-gone", "there is no such message that could be changed")
NOT_THERE_YET = _whole("not-there-yet", "its message is still on its way")
TOLD_AT_ONCE = _whole("told-at-once", "whoever pressed has read it at once")
OWN_FILE = _whole("own-file", "the bridge itself put this file there")
UPLOAD_OPEN = _whole("upload-open", "another file of this client is just being put somewhere")
NOTHING_THERE = _reason("nothing-there", "nothing to do it on while nothing is written: {why}", why=Kind.REASON)

# Why a rule did not act, or acted otherwise.
RAN_ONCE = _reason("ran-once", "ran on {at}, once is enough", at=Kind.MOMENT)
RAN_LATELY = _reason("ran-lately", "ran on {at}, not within {length}", at=Kind.MOMENT, length=Kind.RHYTHM)
NOT_READ = _reason("not-read", "not read: {sources}", sources=Kind.SOURCES)
REFUSED_BY = _reason("refused-by", "refused by {rule}", rule=Kind.RULE)
OVERTAKEN = _reason("overtaken", "overtaken by {event}", event=Kind.WORDS)
NOBODY_CONCERNED = _reason("nobody-concerned", "no {subject} is concerned", subject=Kind.SUBJECT)
CHAIN = _reason("chain", "chain of {count}", count=Kind.COUNT)
LET_PAST = _reason("let-past", "let past by {who}: {why}", who=Kind.WHO, why=Kind.WORDS)
FILLED_IN = _reason("filled-in", "filled in within {length}", length=Kind.LENGTH)
COLUMN_FOUND = _reason("column-found", "the rest of an answer, whose column was found again")
ANSWERED = _reason(
    "answered", "answer {button}, says {who}", earlier="{button}, says {who}", button=Kind.BUTTON, who=Kind.WHO
)

# What came of a step.
STEP_DUE = _reason("step-due", "{length}: {trail}", length=Kind.LENGTH, trail=Kind.TRAIL)
MOVED = _reason("moved", "was due {at}, now {now}: {trail}", at=Kind.MOMENT, now=Kind.MOMENT, trail=Kind.TRAIL)
WAS_DUE = _reason("was-due", "was due {at}", at=Kind.MOMENT)
WAS_DUE_ASKED = _reason("was-due-asked", "was due {at}; a person is asked", at=Kind.MOMENT)
STEP_SAYS_IT = _reason("step-says-it", "step {step} says it", step=Kind.ID)

# Why the timer of a step ended.
DONE = _whole("done", "done")
ASKED_FIRST = _whole("asked-first", "asked")
RESTARTED = _whole("restarted", "restarted")
DID_NOT_ARRIVE = _whole("did-not-arrive", "the message it began with did not arrive")
RULE_NO_MORE = _whole("rule-no-more", "rule is gone")
RULE_NO_MORE_IN = _reason("rule-no-more-in", "rule is gone in {ruleset}", ruleset=Kind.ID)
STEP_NO_MORE = _whole("step-no-more", "step is gone")
STEP_NO_MORE_IN = _reason("step-no-more-in", "step is gone in {ruleset}", ruleset=Kind.ID)
BEGAN_IN_SHADOW = _whole("began-in-shadow", "it began in shadow")
NO_SHADOW_IN = _reason("no-shadow-in", "it began in shadow, and acts in {ruleset}", ruleset=Kind.ID)
UNLESS_IN = _reason("unless-in", "unless of {rule}, as in {ruleset}", rule=Kind.RULE, ruleset=Kind.ID)
MISSED = _reason("missed", "missed: {why}", why=Kind.REASON)

# What came of an action.
NOT_TRUE = _reason("not-true", "{text} is not true now", text=Kind.TEXT)
NOT_KNOWN_TRUE = _reason("not-known-true", "{text} is not known to be true", text=Kind.TEXT)
NO_TEXT = _reason("no-text", "there is no text {text}", text=Kind.ID)
NO_DOCUMENT_TEMPLATE = _reason("no-document-template", "there is no document template {template}", template=Kind.ID)
NO_CHECKLIST = _reason("no-checklist", "there is no checklist template {template}", template=Kind.ID)
NEVER_MADE = _reason("never-made", "no {document} was made yet", document=Kind.ID)
CAME_FROM_NOWHERE = _whole("came-from-nowhere", "nobody knows where the card came from")
NOT_CARRIED_OUT = _reason("not-carried-out", "{verb} is not carried out by this version", verb=Kind.ID)
NOBODY_HAS = _reason("nobody-has", "nobody here has {fact}", fact=Kind.FACT)
WOULD_SET = _reason("would-set", "would set {fact} = {value}", fact=Kind.FACT, value=Kind.WORDS)
CHOSE = _reason("chose", "{fact} = {person}: {why}", fact=Kind.FACT, person=Kind.PERSON, why=Kind.REASONS)
CHOSE_NOBODY = _reason("chose-nobody", "{fact} = nobody: {why}", fact=Kind.FACT, why=Kind.REASONS)
HAS_IT_NOW = _reason("has-it-now", "{person} has it now", person=Kind.PERSON)
IS_AWAY = _reason("is-away", "{person} is away until {day}", person=Kind.PERSON, day=Kind.DAY)
DOES_NOT_DO = _reason("does-not-do", "{person} does not do {works}", person=Kind.PERSON, works=Kind.LIST)
HAS_DEALS = _reason("has-deals", "{person} has {count} open deals", person=Kind.PERSON, count=Kind.COUNT)
NOBODY_HAS_ROLE = _whole("nobody-has-role", "nobody has the role")

DECLARED: Mapping[str, Declared] = _DECLARED
"""All reasons by their codes."""
_WHOLE: Mapping[str, Reason] = {one.english: one.of() for one in _DECLARED.values() if not one.kinds}
