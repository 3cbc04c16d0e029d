"""The gates of a set, from their entries: none needs itself, and each has the needs of those it includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.model.wording import worded
from rules.circles import circle_from
from rules.conditions import read_condition
from rules.entries import GateEntry
from rules.flaws import Flaw
from rules.names import Known
from rules.ruleset import Gate, Need
from rules.sections import Sections


def read_gates(sections: Sections, names: Known) -> dict[str, Gate]:
    """The gates that can be asked; one that needs itself is a finding, and left out."""
    said = sections.each("gates", lambda entry: GateEntry.model_validate(entry.data, context=names))
    leads_to = {
        gate: {
            *entry.includes,
            *(name[5:] for need in entry.all_needs for name in need.if_.fields if name[:5] == "gate."),
        }
        for gate, entry in said.items()
    }
    for gate in sorted(said):
        circle = circle_from(gate, leads_to)
        if circle:
            what = worded("gate {gate} needs itself: {circle}", gate=gate, circle=" -> ".join(circle))
            sections.flaw(sections.maps["gates"][gate], Flaw("gate-cycle", what, path=("includes",)))
    return {
        gate: Gate(
            gate,
            entry.name,
            tuple(_needs(gate, said, names, frozenset())),
            entry.includes,
            where=sections.maps["gates"][gate].position(key=True),
        )
        for gate, entry in said.items()
        if not circle_from(gate, leads_to)
    }


def _needs(gate: str, said: Mapping[str, GateEntry], names: Known, above: frozenset[str]) -> Iterator[Need]:
    """The needs of the included gates first, then its own, then those of each kind of work."""
    entry = said.get(gate)
    if entry is None or gate in above:
        return
    for included in entry.includes:
        yield from _needs(included, said, names, above | {gate})
    for need in entry.needs:
        yield Need(need.if_, need.say, need.owed_by)
    if entry.profiles is None:
        return
    profiles = entry.profiles
    for kind, profile in profiles.of.items():
        like = sorted(other for other in profiles.of if kind in profiles.line(other))
        only_if = read_condition({profiles.by: like}, names.fields)
        for need in profile.needs:
            yield Need(need.if_, need.say, need.owed_by, only_if)
