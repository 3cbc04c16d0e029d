"""What a seed draws: who does what and when, and what goes wrong. Each step draws its details from a source of its own,
so that leaving one out changes none of the others. Troubles are aimed: seeds in a row go through the whole table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random

from tests.simulation.trouble import CELLS

DAY = 86400.0
ACTS = {
    "move": 26,
    "prepay": 12,
    "project": 8,
    "label": 12,
    "comment": 8,
    "command": 5,
    "message": 9,
    "press": 9,
    "site": 4,
    "tick": 10,
    "stray answer": 1,
    "block": 2,
    "migrate": 2,
    "answer again": 5,
    "drop row": 1,
    "colleague": 1,
    "silence": 3,
    "mailbox": 2,
}
"""What people do, and how often."""
WEATHER = {
    "storm": 3,
    "blind": 5,
    "no rights": 2,
    "emptied": 2,
    "disk full": 3,
    "locked": 2,
    "crash": 4,
    "stop": 3,
    "newer rules": 3,
    "hold all": 2,
    "hold client": 3,
    "hold rule": 2,
    "suspend": 3,
    "slow reading": 5,
    "late actions": 3,
    "same moment": 6,
    "race": 6,
}
"""What goes wrong beside the troubles that wait for one effect."""

_LED_TO = {
    "create_task": (("prepay", "yes"), ("project", "yes"), ("move", "Ліди"), ("move", "Ініціалізація")),
    "move_card": (("prepay", "no"), ("move", "Ліди"), ("move", "Договір")),
    "move_back": (("prepay", "no"), ("move", "Ліди"), ("move", "Ініціалізація")),
    "put_checklist": (("move", "Ліди"), ("move", "Договір")),
    "label_add": (("comment", "терміново!"),),
    "label_remove": (("label", "Надіслати бриф"),),
    "send_long": (("project", "yes"), ("project", "yes")),
    "send_letter": (("shut", ""), ("project", "yes"), ("move", "Ліди"), ("move", "Договір")),
    "edit_message": (("project", "yes"), ("comment", "дзвонили")),
}
"""What people do on purpose, so that a trouble in wait for a rare effect meets one."""
_WHEN = {"create_card": (0.0, 0.05), **dict.fromkeys(_LED_TO, (0.25, 0.6))}
"""In what part of all days an effect's troubles are laid: a card is made early, and what is led to needs one."""


@dataclass(frozen=True)
class Scale:
    """How much happens: days, clients, acts of people for each client, single troubles, and spells of bad weather.

    `coming` is within how many days all clients have come, a quarter of all days at most.
    """

    days: int = 7
    clients: int = 10
    acts: int = 8
    troubles: int = 12
    spells: int = 11
    coming: float = 1.5


@dataclass(frozen=True)
class Step:
    """One thing that the seed has drawn. `at` is seconds from the start."""

    seed: int
    number: int
    at: float
    kind: str
    client: int = -1
    what: str = ""
    where: str = ""

    @property
    def random(self) -> Random:
        """The step's own source of chance."""
        return Random(f"{self.seed}:{self.number}")

    def __str__(self) -> str:
        who = f" client {self.client}" if self.client >= 0 else ""
        return " ".join(f"{timedelta(seconds=int(self.at))} {self.kind}{who} {self.what} {self.where}".split())


def draw(seed: int, scale: Scale) -> list[Step]:
    """All steps of a seed in order of time."""
    random = Random(f"{seed}:steps")
    length = scale.days * DAY
    made: list[tuple[float, str, int, str, str]] = []
    leads = [random.uniform(0, min(length / 4, scale.coming * DAY)) for _ in range(scale.clients)]
    for client, born in enumerate(leads):
        made.append((born, "lead", client, "", ""))
        for kind in random.choices(
            list(ACTS), list(ACTS.values()), k=random.randint(scale.acts // 2, scale.acts * 3 // 2)
        ):
            made.append((_working(random, born, length), kind, client, "", ""))
    for effect, column in aims(seed, scale.troubles):
        first, last = _WHEN.get(effect, (0.0, 0.7))
        at = random.uniform(first * length, last * length)
        made.append((at, "trouble", -1, effect, column))
        client = random.randrange(scale.clients)
        for place, (kind, what) in enumerate(_LED_TO.get(effect, ()), 1):
            made.append((at + place * random.uniform(60, 600), kind, client, what, ""))
    for kind in random.choices(list(WEATHER), list(WEATHER.values()), k=scale.spells):
        made.append((random.uniform(0, 0.9 * length), kind, -1, "", ""))
    made.sort()
    return [
        Step(seed, number, at, kind, client, what, where) for number, (at, kind, client, what, where) in enumerate(made)
    ]


def aims(seed: int, count: int) -> list[tuple[str, str]]:
    """The cells of the table at which a seed aims.

    Seeds in a row go through all of them, and then again in another order, so that other troubles come together.
    """
    places = range(seed * count, (seed + 1) * count)
    return [_lap(place // len(CELLS))[place % len(CELLS)] for place in places]


@cache
def _lap(number: int) -> list[tuple[str, str]]:
    cells = list(CELLS)
    Random(f"{number}:cells").shuffle(cells)
    return cells


def _working(random: Random, after: float, until: float) -> float:
    """A moment when people are at work, mostly: day time, and some night owls."""
    for _ in range(20):
        at = random.uniform(after, until)
        hour = (at / 3600 + 7) % 24
        if 6 <= hour <= 17 or random.random() < 0.1:
            return at
    return until
