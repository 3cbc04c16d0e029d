"""The loaded rule set: what the planner works with. Made by rules.load, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bridge.model.correspondents import Role
from bridge.model.fields import FieldSpec, FieldType
from bridge.model.findings import Position
from bridge.model.floods import Limits
from rules.gates_apart import GatesApart
from rules.waking import Waking

if TYPE_CHECKING:
    from rules.actions.action import Action
    from rules.calendars import Calendar
    from rules.checklists import ListTemplate
    from rules.conditions import Condition
    from rules.lengths import Length
    from rules.maps import FormMap
    from rules.texts import Template
    from rules.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Step:
    """Actions due some time after the start. `id` is explicit or made from the content, never from the position."""

    id: str
    after: Length
    then: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Who may let an event past a guard, and by which command."""

    role: str
    command: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:`. `per` is client, deal, task, invoice or "" (nobody's).

    `repeat` is "each", "once", or the Length during which it does not fire again. `starts_from` is the moment or date
    from which the steps count, "" for the trigger's own time; while `pause_while` holds, their clock stands still.
    `catch_up` says what becomes of a step that could not be taken in time: done late, skipped, or a person is asked.
    `grace` is for how long a guard remembers a card that it put back: filled in meanwhile, the card goes on by itself.
    `expect` is how often it is expected to fire, for anybody; when it does not, that is an alarm.
    """

    id: str
    name: str
    when: tuple[Trigger, ...]
    where: Position
    enabled: str
    condition: Condition | None
    per: str
    repeat: str | Length
    if_running: str
    unless: Condition | None
    then: tuple[Action, ...]
    otherwise: tuple[Action, ...]
    steps: tuple[Step, ...]
    guard: bool
    also_own: bool
    starts_from: str
    pause_while: Condition | None
    catch_up: str
    expect: Length | None
    override: Override | None
    grace: Length | None


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a gate asks for: the condition, its name in each language, and the role that owes it.

    `only_if` says for which subjects it is asked at all; None for everybody.
    """

    condition: Condition
    say: Mapping[str, str]
    owed_by: str
    only_if: Condition | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The facts and gates it looks at."""
        return self.condition.fields | (self.only_if.fields if self.only_if is not None else frozenset())


@dataclass(frozen=True, slots=True)
class Gate:
    """A named list of needs. `needs` has those of the included gates first, and `includes` names these."""

    id: str
    name: Mapping[str, str]
    needs: tuple[Need, ...]
    includes: tuple[str, ...] = ()
    where: Position = field(default_factory=lambda: Position(""))


@dataclass(frozen=True, slots=True)
class Text:
    """A message in each language. `asserts` must hold at the moment of sending, else `otherwise` is said.

    `whom` is who at a client it is for. `sms` says that it may go by SMS where nothing else reaches them.
    """

    id: str
    by_language: Mapping[str, Template]
    asserts: Condition | None = None
    otherwise: str = ""
    buttons: tuple[str, ...] = ()
    allows: frozenset[str] = frozenset()
    whom: Role = Role.READS
    sms: bool = False
    where: Position = field(default_factory=lambda: Position(""))


@dataclass(frozen=True, slots=True)
class Defaults:
    """`defaults:` of the rule files. `window` is contact hours as minutes from midnight.

    A step that is taken more than `late_after` after it was due has been missed: `catch_up` of its rule says what now.
    `flood` is how much may leave the bridge in a while before a person is asked.
    """

    language: str
    calendar: str
    window: tuple[int, int]
    at_most: int
    tell: str
    tell_after: timedelta
    loop_limit: int
    late_after: timedelta
    flood: Limits


@dataclass(frozen=True)
class RuleSet:
    """Everything the rules of one workspace say. `hash` names this set in traces and replays.

    `set_by` gives, for a field from `bridge`, the sources that the rules which set it depend on: a negative condition
    on it needs those to be fresh.
    """

    rules: tuple[Rule, ...]
    gates: Mapping[str, Gate]
    texts: Mapping[str, Text]
    fields: Mapping[str, FieldSpec]
    roles: Mapping[str, Mapping[str, str]]
    calendars: Mapping[str, Calendar]
    defaults: Defaults
    maps: Mapping[str, FormMap] = field(default_factory=dict)
    buttons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    checklists: Mapping[str, ListTemplate] = field(default_factory=dict)
    set_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hash: str = ""

    @cached_property
    def activity(self) -> tuple[FieldSpec, ...]:
        """The facts that keep the moment of people's last act."""
        return tuple(
            spec
            for spec in self.fields.values()
            if spec.by_people and spec.source == "bridge" and spec.type is FieldType.MOMENT
        )

    @cached_property
    def of_events(self) -> frozenset[str]:
        """The facts that only an event carries."""
        return frozenset(key for key, spec in self.fields.items() if spec.source == "event")

    @cached_property
    def waking(self) -> Waking:
        """The rules by what wakes them."""
        return Waking(self.rules, self.gates)

    @cached_property
    def gates_apart(self) -> GatesApart:
        """The conditions in the form of which the smallest change is told."""
        return GatesApart(self.gates)

    def called(self, name: str) -> Rule | None:
        """The rule of that id, else of that name; capital letters do not matter."""
        wanted = name.strip().casefold()
        by_name = [rule for rule in self.rules if rule.name.casefold() == wanted]
        return next((rule for rule in self.rules if rule.id.casefold() == wanted), next(iter(by_name), None))

    @property
    def zone(self) -> str:
        """The zone of the default calendar, in which people are told dates and hours."""
        return self.calendars[self.defaults.calendar].zone
