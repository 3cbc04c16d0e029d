"""Values that several files of the config folder have: languages, zones, ids, lists, words in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from rules.flaws import Flaw, Flawed, Params

LANGUAGES = ("uk", "ru", "en")
Language: TypeAlias = Literal["uk", "ru", "en"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        advice = did_you_mean(name, available_timezones())
        raise Flawed([Flaw("unknown-zone", worded('"{name}" is no time zone', name=name), advice)]) from None
    return name


def _some(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise Flawed([Flaw("bad-value", "the list is empty", "name at least one")])
    return words


def _id(given: object) -> object:
    """Ids are text; a bare number in YAML means the same id."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Id: TypeAlias = Annotated[str, BeforeValidator(_id)]
Words: TypeAlias = Annotated[tuple[str, ...], Field(strict=False)]
Some: TypeAlias = Annotated[Words, AfterValidator(_some)]
Ids: TypeAlias = Annotated[tuple[Id, ...], Field(strict=False), AfterValidator(_some)]
Names: TypeAlias = dict[str, Id]
Positive: TypeAlias = Annotated[float, Field(gt=0)]
Count: TypeAlias = Annotated[int, Field(ge=1)]


class Titles(Params):
    """What people read, in every language of the product."""

    uk: str
    ru: str
    en: str

    def by_language(self) -> Mapping[str, str]:
        """Language code -> words."""
        return {"uk": self.uk, "ru": self.ru, "en": self.en}
