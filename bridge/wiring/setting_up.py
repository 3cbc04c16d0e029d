"""What `bridge init` does: what the files want of the systems, the making, and choices written into bridge.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding
from bridge.model.protocols import Preparing
from bridge.model.setting_up import Does, Holds, Step, Thing, Wishes
from bridge.model.wording import worded
from bridge.wiring.agency import Agency
from bridge.wiring.connect import missing_credentials
from bridge.wiring.settings import Settings
from bridge.wiring.writing import with_value
from rules.reader import Path as Steps

_AUTHORIZE = "https://trello.com/1/authorize?expiration=never&scope=read,write&response_type=token&name=Bridge&key=KEY"
SYSTEMS = ("trello", "planfix")
"""What can be set up: the other systems have nothing to be made in."""

_LISTS, _LABELS, _STATUS = "trello.card.list", "trello.card.labels", "planfix.task.status"


def locked_out(settings: Settings, agency: Agency) -> dict[str, list[Finding]]:
    """The findings about credentials that are missing, by system. Those of unusable ones are told by `bridge check`."""
    found = missing_credentials(settings, agency)
    places = {system: agency.places[system] for system in SYSTEMS if system in agency.places}
    wrong = {name: [one for one in found if one.where == place] for name, place in places.items()}
    return {name: findings for name, findings in wrong.items() if findings}


def only(agency: Agency, systems: Collection[str]) -> Agency:
    """The agency as if it used nothing but these systems: what can be set up while others have no token yet."""
    return replace(
        agency,
        trello=agency.trello if "trello" in systems else None,
        planfix=agency.planfix if "planfix" in systems else None,
        telegram=None,
        forms=(),
        paces={lane: pace for lane, pace in agency.paces.items() if lane.partition(".")[0] in systems},
    )


def wishes_of(agency: Agency) -> Wishes:
    """What the facts and the rules of an agency want of Trello and Planfix."""
    specs = tuple(agency.ruleset.fields.values())
    named = agency.names.unchecked if agency.names is not None else set()
    return Wishes(
        lists=_values(specs, _LISTS, (name for kind, name in sorted(named) if kind == "list")),
        labels=_values(specs, _LABELS, (name for kind, name in sorted(named) if kind == "label")),
        statuses=_values(specs, _STATUS, ()),
        fields={place: holds for spec in reversed(specs) for place, holds in _held(spec)},
    )


def carry_out(connector: Preparing, steps: Iterable[Step]) -> Iterator[Step]:
    """Makes each thing in turn, and gives it when it is there. Raises ConnectorError at the first that cannot be made.

    Every making looks first whether the thing is there, so one whose answer was lost is simply tried again.
    """
    for step in steps:
        try:
            connector.carry_out(step)
        except ConnectorError as error:
            if error.retry not in (Retry.UNKNOWN, Retry.PASSING):
                raise
            connector.carry_out(step)
        yield step


def choice_written(agency: Agency, step: Step, chosen: str) -> dict[Path, str]:
    """The bridge.yaml that names another thing than the one of this step. Comments stay."""
    path = _place(agency, step)
    file = agency.folder / "bridge.yaml"
    return {file: with_value(file.read_text(encoding="utf-8"), path, chosen)}


def can_be_chosen(step: Step) -> bool:
    """Whether bridge.yaml may name another thing that is there already."""
    return bool(step.others) and step.does is not Does.USE and step.thing in (Thing.BOARD, Thing.TEMPLATE, Thing.FIELD)


def _place(agency: Agency, step: Step) -> Steps:
    """Where bridge.yaml names what a step is about."""
    if step.thing is Thing.BOARD and agency.trello:
        return "trello", "boards", agency.trello.boards.index(step.name)
    planfix = agency.planfix
    if step.thing is Thing.TEMPLATE and planfix:
        known = planfix.deal_templates
        return (
            ("planfix", "deal_templates", known.index(step.name))
            if step.name in known
            else ("planfix", "task_template")
        )
    if step.key.startswith("trello.card."):
        return "trello", "fields", step.key.removeprefix("trello.card.")
    if step.key.startswith("button:"):
        return "planfix", "buttons", step.key.removeprefix("button:")
    if step.key == "planfix.task.card" and planfix and step.key not in planfix.fields:
        return "planfix", "card_field"
    return "planfix", "fields", step.key


def _values(specs: Sequence[FieldSpec], source: str, others: Iterable[str]) -> tuple[str, ...]:
    declared = [value for spec in specs if spec.source == source for value in spec.choices or ()]
    return tuple(dict.fromkeys([*declared, *others]))


def _held(spec: FieldSpec) -> Iterator[tuple[str, Holds]]:
    written = {*spec.write_to, *(spec.also if spec.sync != "none" else ())}
    written |= {spec.source} if spec.sync == "both" else set()
    for place in dict.fromkeys((spec.source, *spec.also, *spec.write_to)):
        words = spec.written.get(place.partition(".")[0], {})
        options = tuple(words.get(value, value) for value in spec.choices or ())
        yield place, Holds(spec.type, options, place in written)


def scopes_in_words(system: str) -> Iterator[str]:
    """What the token of a system must be allowed, and where it is made."""
    if system == "trello":
        yield worded("a token with the scope read,write, of a member of its own for the bridge")
        yield worded("the link, with your API key in place of KEY: {link}", link=_AUTHORIZE)
    if system == "planfix":
        from connectors.planfix import SCOPES

        yield worded("a token with these scopes: {scopes}", scopes=list(SCOPES))
        yield worded("for `bridge init` also custom_field_add: without it, make the fields by hand")
