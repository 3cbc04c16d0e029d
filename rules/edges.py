"""Conditions that become true: each is compared with its last value, and a rise is an event of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.model.events import Actor, Cause, Event
from bridge.model.planning import Edge
from rules.conditions import Lookup
from rules.ruleset import Rule

if TYPE_CHECKING:
    from rules.plan import Planning


class Edges:
    """The `becomes` triggers of one plan. `made` are the values that are new, or have turned."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._facts = planning.facts
        self._kept = planning.snapshot.edges
        self.made: dict[tuple[str, str], Edge] = {}
        self._subjects_of: dict[str, list[tuple[str, Lookup]]] = {}
        self._compared = False

    def risen(self, cause: Event | None) -> list[Event]:
        """Compares each `becomes` with its last value; each rise is an event. First sight only primes.

        All of them once in a plan; after that those that look at a fact which has changed since.
        """
        changed, first = self._facts.changed(), not self._compared
        self._compared = True
        risen: list[Event] = []
        for place, number, maybe in self._awake() if first else self._over(self._planning.waking.reading(changed)):
            rule, trigger, name = self._planning.waking.becomes[place]
            subject, lookup = self._subjects_of[rule.per][number]
            answer = trigger.condition.holds(lookup, self._planning.now) if maybe else False
            if answer is not None and (event := self._turned(rule, name, subject, answer, cause)) is not None:
                risen.append(event)
        return risen

    def _awake(self) -> list[tuple[int, int, bool]]:
        """What has to be compared at first, by place and number of the subject, and whether it may be true now.

        The rest was false when it was last seen, and still is.
        """
        kept, waking, found = self._kept, self._planning.waking, []
        for per, named in waking.becomes_of.items():
            for number, (subject, lookup) in enumerate(self._lookups(per)):
                may = waking.may_hold(lookup)
                found += [
                    (place, number, bool(may >> place & 1))
                    for place, name in named
                    if may >> place & 1 or (before := kept.get((name, subject))) is None or before.value
                ]
        return sorted(found)

    def _over(self, places: Sequence[int]) -> list[tuple[int, int, bool]]:
        """These triggers for all their subjects."""
        becomes = self._planning.waking.becomes
        return [
            (place, number, True) for place in places for number in range(len(self._lookups(becomes[place][0].per)))
        ]

    def _turned(self, rule: Rule, name: str, subject: str, answer: bool, cause: Event | None) -> Event | None:
        """The rise of a trigger. A rule that is off keeps its values too, or turning it on would wake it for all."""
        key = (name, subject)
        before = self.made.get(key) or self._kept.get(key)
        if before is not None and answer == before.value:
            return None
        self.made[key] = Edge(answer, before.flips + answer if before is not None else 0)
        return self._rise(rule, name, subject, before.flips + 1, cause) if answer and before is not None else None

    def _lookups(self, per: str) -> list[tuple[str, Lookup]]:
        """The subjects of a kind, each with the facts it has."""
        if per not in self._subjects_of:
            subjects = [one.id for one in self._planning.subjects if self._planning.counts_as(one, per)]
            self._subjects_of[per] = [(name, self._facts.lookup(name)) for name in subjects]
        return self._subjects_of[per]

    def _rise(self, rule: Rule, name: str, subject: str, flips: int, cause: Event | None) -> Event:
        depth = cause.cause.depth + 1 if cause and cause.cause else 1
        return Event(
            id=f"becomes:{name}:{subject}:{flips}",
            kind="becomes",
            at=cause.at if cause else self._planning.now,
            seen_at=self._planning.now,
            actor=cause.actor if cause else Actor(),
            source="bridge",
            subject=subject,
            data={"rule": rule.id},
            cause=Cause(rule.id, "", cause.id if cause else "", depth, cause.trace if cause else ""),
        )
