"""A talk with a client that no system saw: by telephone, in WhatsApp, in Viber. It is kept, and stands on the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.engine.answering import as_it_stands
from bridge.engine.context import Context
from bridge.engine.desk.cards import comment_cards
from bridge.model.events import Event
from bridge.model.wording import worded
from bridge.store.intake import Intake
from bridge.words import said

TALKED = "talked"
"""The kind of the event."""
CHANNELS: Mapping[str, str] = {
    "whatsapp": "WhatsApp",
    "viber": "Viber",
    "phone": worded("by phone"),
}
"""Where people talk, each with what it is called."""
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("whatsapp", "вотсап", "ватсап", "вацап", "воцап"), "whatsapp"),
    **dict.fromkeys(("viber", "вайбер"), "viber"),
    **dict.fromkeys(("phone", "call", "телефон", "телефоном", "дзвінок", "звонок"), "phone"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk: with which client, where, what about in a line (or ""), who had it. `key` is kept once."""

    client: str
    channel: str
    line: str
    by: str
    key: str


def channel_of(text: str) -> tuple[str, str]:
    """The channel that a text begins with, "" for none, and what is behind it."""
    first, _, rest = text.strip().partition(" ")
    channel = _WORDS.get(first.casefold(), "")
    return (channel, rest.strip()) if channel else ("", text.strip())


def note(intake: Intake, context: Context, talk: Talk, event: Event) -> int | None:
    """Keeps the talk as an event of the client, and comments it on the client's open cards.

    Gives on how many it will stand; None where a talk of that key was noted before.
    """
    happened = Event(
        f"{talk.key}:{TALKED}",
        TALKED,
        event.at,
        intake.now,
        event.actor,
        event.source,
        talk.client,
        {"by": talk.channel, "text": talk.line},
    )
    if not intake.add_event(happened):
        return None
    text = _comment(talk, context.ruleset.defaults.language)
    return comment_cards(intake, context, talk.client, text, happened.id)


def _comment(talk: Talk, language: str) -> str:
    """What stands on the card; a line in people's own words calls nobody and makes no markup."""
    told = said(worded("{who} talked with the client: {way}", who=talk.by, way=CHANNELS[talk.channel]), language)
    return f"{told}\n{as_it_stands(talk.line)}" if talk.line else told
