"""Why a delivery stands as it does, for people: what the outbox noted, with clients and systems by their names."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model.reason_words import told
from bridge.model.reasons import Kind, Reason
from rules.telling import system_name


def reason_in_words(reason: Reason, language: str, name_of: Callable[[str], str] = str) -> str:
    """The reason of a delivery; somebody's own words stay as they are. Rules are named as commands take them.

    `name_of` gives what people call a client that is known by its local id.
    """
    return told(
        reason, language, {Kind.CLIENT: name_of, Kind.SOURCES: lambda name: system_name(name.partition(".")[0])}
    )
