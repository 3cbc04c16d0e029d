"""Whom staff mean: a client by a part of the name, by phone, by e-mail, with what else was said behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bridge.engine.context import Context
from bridge.model.phones import phone_of
from bridge.store.intake import Intake
from bridge.store.keys import EMAIL, PHONE

FEW = 6
"""So many clients are offered where several may be meant."""
_QUOTES = re.compile(r"[«»„“”\"'’‘]")
_SIGNS = re.compile(r"[+\d().-]+")
"""A word of which a phone may be made."""


@dataclass(frozen=True, slots=True)
class Found:
    """The clients that may be meant, by local id, and what was said behind the name."""

    clients: tuple[str, ...] = ()
    rest: str = ""


def find(intake: Intake, context: Context, text: str) -> Found:
    """Whom a text begins with: as many of its words as name somebody. One whose whole name it is comes alone."""
    words = text.split()
    if numbers := list(_phones(words, context.customs.region)):
        known = ((_bearers(intake, PHONE, phone), rest) for phone, rest in numbers)
        return next((Found(clients, rest) for clients, rest in known if clients), Found((), numbers[0][1]))
    if words and "@" in words[0]:
        return Found(_bearers(intake, EMAIL, words[0].casefold()), " ".join(words[1:]))
    alike = {client: bare(name) for client, name in names(intake, context).items()}
    for called in (_wholly, _partly):
        for count in range(len(words), 0, -1):
            wanted = bare(" ".join(words[:count]))
            if wanted and (clients := called(wanted, alike)):
                return Found(clients, " ".join(words[count:]))
    return Found(rest=text)


def names(intake: Intake, context: Context) -> dict[str, str]:
    """Every client's name by local id, as the place where clients are kept tells it."""
    spec = context.ruleset.fields.get("client.name")
    system, _, kind = (spec.source_name if spec else "planfix.contact").partition(".")
    return intake.names_of_clients(system, kind)


class Called:
    """What clients are called in one transaction: read when it is first asked for, and once."""

    def __init__(self, intake: Intake, context: Context) -> None:
        self._intake = intake
        self._context = context

    @cached_property
    def by_client(self) -> Mapping[str, str]:
        """Every client's name by local id."""
        return names(self._intake, self._context)

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """The client of every name, the name bare."""
        return {bare(name): client for client, name in self.by_client.items()}


def bare(name: str) -> str:
    """A name without quotes, capitals and spare spaces: so that names are compared."""
    return " ".join(_QUOTES.sub("", name).casefold().split())


def _phones(words: Sequence[str], region: str) -> Iterator[tuple[str, str]]:
    """The numbers that the first words may be, the longest first, each with what is said behind it.

    Digits behind a phone may be a part of it ("+49 30 901820 3") or not ("067 123 45 67 3 дні"): somebody's tells.
    """
    signs = next((place for place, word in enumerate(words) if not _SIGNS.fullmatch(word)), len(words))
    for count in range(signs, 0, -1):
        phone = phone_of(" ".join(words[:count]), region)
        if phone is not None:
            yield phone, " ".join(words[count:])


def _wholly(wanted: str, alike: dict[str, str]) -> tuple[str, ...]:
    return tuple(client for client, name in alike.items() if name == wanted)


def _partly(wanted: str, alike: dict[str, str]) -> tuple[str, ...]:
    parts = wanted.split()
    return tuple(client for client, name in alike.items() if all(part in name for part in parts))


def _bearers(intake: Intake, what: str, value: str) -> tuple[str, ...]:
    owners: Sequence[str] = [intake.client_of(intake.local(ref)) for ref in intake.bearers(what, value)]
    return tuple(dict.fromkeys(one for one in owners if one))
