"""Templates of checklists: what is to be ticked, in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from bridge.model.checklists import same_title
from bridge.model.wording import worded
from rules import kinds
from rules.entries import Texts, texts_in_languages
from rules.flaws import Flaw, Flawed, Params, written
from rules.names import Known, known

LIMIT_ITEMS = 200
"""Trello takes no more lines in one list."""


@dataclass(frozen=True, slots=True)
class ListTemplate:
    """A template: its name and its lines, by language."""

    id: str
    name: Mapping[str, str]
    items: tuple[Mapping[str, str], ...]

    def lines(self, language: str) -> tuple[str, ...]:
        """What is to be ticked, in one language."""
        return tuple(item[language] for item in self.items)


def _items(value: object, info: ValidationInfo) -> tuple[Mapping[str, str], ...]:
    if not isinstance(value, list) or not value:
        advice = "write - {uk: …, ru: …, en: …} for each line"
        raise Flawed(
            [Flaw("wrong-type", worded("expected a list of lines, got {given}", given=written(value)), advice)]
        )
    if len(value) > LIMIT_ITEMS:
        what = worded("{count} lines are more than {most}", count=len(value), most=LIMIT_ITEMS)
        raise Flawed([Flaw("too-many", what, "make two templates of it")])
    made: list[Mapping[str, str]] = []
    flaws: list[Flaw] = []
    for place, item in enumerate(value):
        try:
            made.append(texts_in_languages(item, known(info)))
        except Flawed as error:
            flaws += [flaw.under(place) for flaw in error.flaws]
    flaws += _twice(value, known(info))
    if flaws:
        raise Flawed(flaws)
    return tuple(made)


def _twice(items: list[Any], names: Known) -> Iterator[Flaw]:
    """A list that was made in part is completed by its lines: two equal ones could not be told apart."""
    for language in names.languages:
        seen: dict[str, int] = {}
        for place, item in enumerate(items):
            text = item.get(language) if isinstance(item, dict) else item
            if isinstance(text, str) and seen.setdefault(same_title(text), place) != place:
                what = worded('the line "{line}" is written twice', line=same_title(text))
                path = (place, language) if isinstance(item, dict) else (place,)
                yield Flaw("duplicate-name", what, path=path)
                break


class ChecklistEntry(Params):
    """One template of `checklists:`."""

    name: Texts = Field(description="its title on the card, where a rule gives no other")
    items: Annotated[tuple[Mapping[str, str], ...], kinds.LINES, BeforeValidator(_items)] = Field(
        description="what is to be ticked"
    )
