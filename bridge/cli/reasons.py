"""Why a delivery stands as it does, for people: what the outbox noted, in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bridge.cli.looking import called
from bridge.model.deliveries import CLOSED_HOURS, OVER_CAP, TRIED_AGAIN
from bridge.model.wording import worded

DROPPED, KEPT_BACK, ARRIVED = "dropped by hand", "held by hand", "arrived, said by hand"
"""What a person decided at the command line."""

_WHOLE = {
    CLOSED_HOURS: worded("outside contact hours"),
    OVER_CAP: worded("daily cap"),
    TRIED_AGAIN: worded("tried again by hand"),
    DROPPED: worded("dropped by hand"),
    KEPT_BACK: worded("held by hand"),
    ARRIVED: worded("arrived, said by hand"),
    "the client has no chat": worded("the client has no chat"),
    "there is no card of this subject": worded("there is no card of this subject"),
    "too much at once": worded("too much at once"),
    "erased": worded("erased"),
}
_WITH_NAMES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"stopped by (?P<who>[^:]+): (?P<why>.+)", re.DOTALL), "stopped by {who}: {why}"),
    (re.compile(r"stopped by (?P<who>[^:]+)"), "stopped by {who}"),
    (re.compile(r"too much at once: (?P<what>rule|client) (?P<name>.+)"), "too much at once: {what} {name}"),
    (re.compile(r"let go, says (?P<who>.+)"), "let go, says {who}"),
    (re.compile(r"left out, says (?P<who>.+)"), "left out, says {who}"),
    (re.compile(r"sent again by (?P<who>.+)"), "sent again by {who}"),
    (re.compile(r"arrived, says (?P<who>.+)"), "arrived, says {who}"),
    (re.compile(r"rule (?P<name>\S+) is off"), "rule {name} is off"),
    (re.compile(r"rule (?P<name>\S+) is gone"), "rule {name} is gone"),
    (re.compile(r"unless of (?P<name>\S+)"), "unless of {name}"),
    (re.compile(r"waits for (?P<sources>.+)"), "waits for {sources}"),
    (re.compile(r"(?P<text>\S+) is not true now"), "{text} is not true now"),
)


def reason_in_words(reason: str, name_of: Callable[[str], str] = str) -> str:
    """The reason of a delivery, to be said in any language; a service's own words stay as they are.

    `name_of` gives what people call a client that is known by its local id.
    """
    if reason in _WHOLE:
        return _WHOLE[reason]
    for pattern, words in _WITH_NAMES:
        found = pattern.fullmatch(reason)
        if found is not None:
            return worded(words, **{key: _told(key, value, name_of) for key, value in found.groupdict().items()})
    return reason


def _told(key: str, value: str, name_of: Callable[[str], str]) -> str:
    if key == "why":
        return reason_in_words(value, name_of)
    if key == "what":
        return called(value)
    return name_of(value) if key == "name" else value
