"""What somebody at a client wishes of the bot: silence, messages again, another language, help. It holds at once."""

from __future__ import annotations

from dataclasses import replace

from bridge.engine.inviting import keep, known
from bridge.model.events import Event
from bridge.model.records import Happening
from bridge.store.intake import Intake

LANGUAGES = {f"language-{one}": one for one in ("uk", "ru", "en")}
"""The buttons by which somebody says in which language they read."""


def silence(intake: Intake, happening: Happening, event: Event) -> Event:
    """Somebody asks for no automatic messages: none goes there from now on, not even one that waits.

    Of whoever is no client's, or has asked before, it is a message like any other.
    """
    one = known(intake, happening.about)
    if one is None or one.stopped_at is not None:
        return replace(event, kind="message")
    keep(intake, event.subject, replace(one, stopped_at=intake.now), str(happening.ref))
    return replace(event, kind="chat.stopped", data={**event.data, "who": one.name})


def back(intake: Intake, happening: Happening, event: Event) -> Event:
    """A /start in the chat of a client: it ends the silence that was asked for there, else all stays as it is."""
    one = known(intake, happening.about)
    if one is None or one.stopped_at is None:
        return replace(event, kind="start.again")
    keep(intake, event.subject, replace(one, stopped_at=None), str(happening.ref))
    return replace(event, kind="chat.resumed", data={**event.data, "who": one.name})


def language(intake: Intake, happening: Happening, event: Event, button: str = "") -> Event:
    """Somebody asks for the languages there are (no button), or has chosen one."""
    one = known(intake, happening.about)
    if one is None:
        return replace(event, kind="message")
    if not button:
        return replace(event, kind="language.asked")
    keep(intake, event.subject, replace(one, language=LANGUAGES[button]), str(happening.ref))
    return replace(event, kind="language.chosen")


def help_for(intake: Intake, happening: Happening, event: Event) -> Event:
    """Somebody asks what they can do here; of whoever is no client's it is a message like any other."""
    return replace(event, kind="message" if known(intake, happening.about) is None else "help.asked")


def propose_language(intake: Intake, event: Event, spoken: str) -> None:
    """Takes the language of somebody's Telegram until anybody says another: the client's own is not known."""
    code = str(event.data.get("language", "")).partition("-")[0]
    chat = next((one for one in intake.correspondents(event.subject) if one.is_in(str(event.data.get("chat")))), None)
    if chat is not None and not spoken and not chat.language and code in LANGUAGES.values():
        keep(intake, event.subject, replace(chat, language=code), "as in their Telegram")
