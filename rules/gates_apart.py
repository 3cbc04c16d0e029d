"""Conditions whose gates share facts with the rest of them: on facts alone, each gate taken apart into its needs.

A gate that shares no fact with anything else in a condition opens and closes by itself: it stays whole, because people
know it by its name. Where it does share one, asking for the gate and for the fact apart from each other could ask for
what excludes itself, or for more than it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

from rules.conditions import Clause, Condition, Group, Lookup, Verdict, compiled, condition_of
from rules.nearest import nearest
from rules.waking import facts_behind

if TYPE_CHECKING:
    from rules.ruleset import Gate

_VALUES = ("open", "closed")
_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""Any moment: whether a gate is open does not hang on the clock once its needs are answered."""


class GatesApart:
    """The conditions of one rule set as far as they have to be taken apart; each is looked at once."""

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self._known: dict[Condition, Condition | None] = {}

    def of(self, condition: Condition) -> Condition | None:
        """The same condition on facts alone, None where its gates may stay whole."""
        if condition not in self._known:
            entangled = self._shares(condition) or self._cannot_turn(condition)
            self._known[condition] = _Apart(self._gates).condition(condition.root) if entangled else None
        return self._known[condition]

    def seen(self, condition: Condition, verdict: Verdict, lookup: Lookup, now: datetime) -> tuple[Condition, int, int]:
        """The condition in the form of which the smallest change is told, with its masks for these facts."""
        apart = self.of(condition)
        if apart is not None:
            condition, verdict = apart, apart.evaluate(lookup, now)
        return condition, verdict.true_mask, verdict.unknown_mask

    def _shares(self, condition: Condition) -> bool:
        gates = {name for name in condition.fields if name.startswith("gate.")}
        behind = [facts_behind([name], self._gates) for name in gates]
        shared = any(one & other for one, other in combinations(behind, 2))
        return shared or any(one & (condition.fields - gates) for one in behind)

    def _cannot_turn(self, condition: Condition) -> bool:
        """Whether some gate can never be open, or never closed."""
        for clause in condition.clauses:
            for value in _VALUES if clause.field.startswith("gate.") else ():
                alone = _Apart(self._gates).condition(replace(clause, operator="is", constant=value))
                nothing_known = (1 << len(alone.clauses)) - 1
                if nearest(alone, 0, nothing_known, _AT) is None:
                    return True
        return False


class _Apart:
    """Puts one condition together anew, its clauses numbered as they come."""

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self._clauses: list[Clause] = []

    def condition(self, root: Clause | Group) -> Condition:
        return condition_of(self._node(root), self._clauses)

    def _node(self, node: Clause | Group) -> Clause | Group:
        """The node without gates. None of them needs itself: such a set is not taken."""
        if isinstance(node, Group):
            return Group(node.kind, tuple(self._node(item) for item in node.inside))
        gate = self._gates.get(node.field[5:]) if node.field.startswith("gate.") else None
        if gate is None:
            self._clauses.append(replace(node, bit=len(self._clauses)))
            return self._clauses[-1]
        test = compiled(node)
        ways = [self._gate(gate, value) for value in _VALUES if test(value, _AT)]
        return ways[0] if len(ways) == 1 else Group("any", tuple(ways))

    def _gate(self, gate: Gate, value: str) -> Group:
        """What it takes for the gate to be so: every need is met or not asked; closed is the opposite."""
        needs: list[Clause | Group] = []
        for need in gate.needs:
            met = self._node(need.condition.root)
            if need.only_if is not None:
                met = Group("any", (Group("none", (self._node(need.only_if.root),)), met))
            needs.append(met)
        whole = Group("all", tuple(needs))
        return whole if value == "open" else Group("none", (whole,))
