"""Buttons under what staff read of a silent client, by which they say that they talked elsewhere. Pure."""

from __future__ import annotations

from rules.ruleset import Rule, Step
from rules.snoozing import reminds
from rules.triggers import Silence

TALKED_BY = "desk-talked-"
"""How a button begins by which somebody says where they talked; behind it the channel."""
_TITLES = {
    "whatsapp": {"uk": "💬 Говорили: WhatsApp", "ru": "💬 Говорили: WhatsApp", "en": "💬 Talked: WhatsApp"},
    "viber": {"uk": "💬 Говорили: Viber", "ru": "💬 Говорили: Viber", "en": "💬 Talked: Viber"},
    "phone": {"uk": "📞 Говорили телефоном", "ru": "📞 Говорили по телефону", "en": "📞 Talked by phone"},
}


def buttons_of_talks(rule: Rule, step: Step | None, language: str) -> tuple[tuple[str, str], ...]:
    """The buttons, in the language of who reads; none under what tells of no silence."""
    of_silence = any(isinstance(trigger, Silence) for trigger in rule.when)
    if not of_silence and (step is None or not reminds(rule, step)):
        return ()
    return tuple((f"{TALKED_BY}{channel}", titles.get(language, titles["en"])) for channel, titles in _TITLES.items())
