"""The entries of rules that `use:` makes of blueprints, each standing where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.model.findings import Level, did_you_mean
from bridge.model.wording import worded
from rules.blueprints import Blueprint, Use, blanks_of, expanded
from rules.flaws import Flaw
from rules.names import Known
from rules.sections import Entry, Sections


def made_of_blueprints(sections: Sections, names: Known) -> list[Entry]:
    """One entry for each use that is right; what is wrong in the others, or in a blueprint, is a finding."""
    blueprints = sections.each("blueprints", lambda entry: Blueprint.model_validate(entry.data, context=names))
    for name, blueprint in list(blueprints.items()):
        given = sections.maps["blueprints"][name]
        versions = sections.attempt(given, blueprint.versions) or {}
        unknown = [
            (one, (*place, "rule", *path), blank)
            for one, place in versions.values()
            for path, blank in blanks_of(one.rule)
            if blank not in one.inputs
        ]
        for one, path, blank in unknown:
            advice = did_you_mean(blank, one.inputs)
            what = worded('unknown input "{blank}"', blank=blank)
            sections.flaw(given, Flaw("unknown-input", what, advice, path))
        if unknown or not versions:
            del blueprints[name]
    return [entry for use in sections.lists["use"] if (entry := _used(sections, use, blueprints, names)) is not None]


def _used(sections: Sections, entry: Entry, blueprints: Mapping[str, Blueprint], names: Known) -> Entry | None:
    use = sections.shaped(entry, Use, names)
    if use is None:
        return None
    blueprint = blueprints.get(use.blueprint)
    if blueprint is None:
        if use.blueprint not in sections.maps["blueprints"]:
            advice = did_you_mean(use.blueprint, sections.maps["blueprints"])
            what = worded('unknown blueprint "{blueprint}"', blueprint=use.blueprint)
            sections.flaw(entry, Flaw("unknown-blueprint", what, advice, ("blueprint",)))
        return None
    versions, made_of = blueprint.versions(), sections.maps["blueprints"][use.blueprint]
    number = blueprint.version if use.version is None else use.version
    if number not in versions:
        there = ", ".join(map(str, sorted(versions)))
        what = worded("{name} has no version {version}", name=use.blueprint, version=number)
        sections.flaw(entry, Flaw("unknown-version", what, worded("there are {there}", there=there), ("version",)))
        return None
    if number != blueprint.version:
        what = worded("{name} is at version {version} now", name=use.blueprint, version=blueprint.version)
        advice = "take `version:` away and let `bridge plan` show what changes"
        sections.flaw(entry, Flaw("newer-version", what, advice, ("version",), level=Level.NOTE))
    wanted, place = versions[number]
    data = sections.attempt(entry, lambda: expanded(wanted, use, names))
    if data is None:
        return None
    origin = replace(made_of, path=(*made_of.path, *place))
    return Entry(data, entry.document, entry.path, made_of=origin)
