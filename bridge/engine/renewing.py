"""What colleagues read changed instead of twice: an earlier message shows what is left of what it said.

A change rings no telephone. So it takes the place of a message only where nothing in it has to be heard.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.engine.marking import place_of
from bridge.model.decisions import LATER, SendMessage
from bridge.model.values import utf16_units
from bridge.store.rows import Row

_LONGEST_TEXT = 3500
"""In UTF-16 units, markup and all: a longer text may need more than one message."""
_AS_OF = {
    "uk": "Станом на {time}.",
    "ru": "По состоянию на {time}.",
    "en": "As of {time}.",
}


def renewed(decision: SendMessage, subject: str, newest: Row | None, now: datetime, zone: str) -> SendMessage:
    """The message as a change of the `newest` one in its chat, where that one may be changed instead; else as it is.

    That is so where both say the same text about the same thing on the same day, nobody is asked anything by buttons,
    and each line of the new words stands in the old ones.
    """
    decision = afresh(decision)  # an earlier attempt may have found another message
    place = place_of(newest)
    if newest is None or place is None or not isinstance(newest.decision, SendMessage):
        return decision
    old = newest.decision
    said_at = (newest.ended_at or newest.created_at).astimezone(ZoneInfo(zone))
    here = now.astimezone(ZoneInfo(zone))
    about = (newest.subject, old.template, old.gate, old.language)
    if about != (subject, decision.template, decision.gate, decision.language) or said_at.date() != here.date():
        return decision
    if _more_than_words(old) or _more_than_words(decision) or not _lines(decision.text) <= _lines(old.text):
        return decision
    as_of = _AS_OF.get(decision.language, _AS_OF["en"]).format(time=f"{here:%H:%M}")
    chat, number = place
    return replace(decision, text=f"{decision.text}\n<i>{as_of}</i>", instead_of=f"{chat}:{number}")


def afresh(decision: SendMessage) -> SendMessage:
    """The message as one of its own, without the time."""
    if not decision.instead_of:
        return decision
    return replace(decision, text=decision.text.rpartition("\n")[0], instead_of="")


def _more_than_words(said: SendMessage) -> bool:
    later = any(name.startswith(LATER) for name in said.values)
    return bool(said.buttons or later or said.document or said.parts) or utf16_units(said.text) > _LONGEST_TEXT


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}
