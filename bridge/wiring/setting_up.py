"""What `bridge init` does: what the files want of the systems, the making, and choices written into bridge.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bridge.engine.accounts import account_in, connector_called, system_of
from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldSpec
from bridge.model.findings import Finding, Level, Position
from bridge.model.protocols import Preparing
from bridge.model.setting_up import Does, Step, Thing, Wishes
from bridge.model.wording import worded
from bridge.wiring.agency import Agency
from bridge.wiring.credentials import missing_credentials
from bridge.wiring.live_checks import held_by
from bridge.wiring.settings import Settings
from bridge.wiring.shapes import PlanfixConfig, TrelloConfig
from bridge.wiring.writing import with_value
from rules.reader import Path as Steps

_Section = TypeVar("_Section", TrelloConfig, PlanfixConfig)

_AUTHORIZE = "https://trello.com/1/authorize?expiration=never&scope=read,write&response_type=token&name=Bridge&key=KEY"
SYSTEMS = ("trello", "planfix")
"""What can be set up: the other systems have nothing to be made in."""

_LISTS, _LABELS, _STATUS = "trello.card.list", "trello.card.labels", "planfix.task.status"


def connectors_of(agency: Agency) -> list[str]:
    """The accounts that can be set up, by the names of their connectors."""
    return [connector_called(system, account) for system in SYSTEMS for account in agency.accounts(system)]


def locked_out(settings: Settings, agency: Agency) -> dict[str, list[Finding]]:
    """The findings about credentials that are missing, by connector. Those of unusable ones are told by a check."""
    found = missing_credentials(settings, agency)
    wrong = {name: [one for one in found if one.where == agency.places[name]] for name in connectors_of(agency)}
    return {name: findings for name, findings in wrong.items() if findings}


def out_of_reach(settings: Settings, agency: Agency) -> list[Finding]:
    """A note that no service can call the bridge: it works all the same."""
    if settings.public_url is not None or not connectors_of(agency):
        return []
    what = "no public address is set (BRIDGE_PUBLIC_URL): changes are seen at the next reading, and nothing is lost"
    see = "docs/reference/configuration.md"
    return [Finding(Position("environment"), "no-public-address", worded(what), see=see, level=Level.NOTE)]


def vault_reach(settings: Settings, agency: Agency) -> list[Finding]:
    """What keeps clients from the page for accesses, or would show others what they write there."""
    if agency.vault is None:
        return []
    how = worded("set BRIDGE_PUBLIC_URL to the https address under which this bridge is reached")
    where, see = agency.places["vault"], "docs/how-to/take-accesses-safely.md"
    address = settings.public_url
    if address is None:
        what = worded("clients cannot reach the page for accesses: no public address is set")
    elif address.startswith("http://") and urlsplit(address).hostname not in ("127.0.0.1", "localhost", "::1"):
        what = worded("accesses would travel without encryption: {address} is not https", address=address)
    else:
        return []
    return [Finding(where, "vault-unreachable", what, how, see, level=Level.WARNING)]


def only(agency: Agency, connectors: Collection[str]) -> Agency:
    """The agency as if it used no account but these: what can be set up while others have no token yet.

    A system without its first account is not used at all: the further ones lean on it.
    """
    return replace(
        agency,
        trello=_left(agency.trello, "trello", connectors),
        planfix=_left(agency.planfix, "planfix", connectors),
        telegram=None,
        email=None,
        sms=None,
        webhooks={},
        forms=(),
        paces={lane: pace for lane, pace in agency.paces.items() if system_of(lane) in connectors},
    )


def reachable(settings: Settings, agency: Agency) -> Agency:
    """The agency as if it used only the systems that have their credentials."""
    lacking = {one.where for one in missing_credentials(settings, agency)}
    kept = only(agency, [name for name in connectors_of(agency) if agency.places[name] not in lacking])
    telegram = agency.telegram if agency.places.get("telegram") not in lacking else None
    return replace(
        kept, telegram=telegram, forms=agency.forms if agency.places.get("google_forms") not in lacking else ()
    )


def _left(section: _Section | None, system: str, connectors: Collection[str]) -> _Section | None:
    if section is None or system not in connectors:
        return None
    kept = {name: own for name, own in section.accounts.items() if connector_called(system, name) in connectors}
    return section.model_copy(update={"accounts": kept})


def wishes_of(agency: Agency) -> Wishes:
    """What the facts and the rules of an agency want of Trello and Planfix."""
    specs = tuple(agency.ruleset.fields.values())
    named = agency.names.unchecked if agency.names is not None else set()
    return Wishes(
        lists=_values(specs, _LISTS, (name for kind, name in sorted(named) if kind == "list")),
        labels=_values(specs, _LABELS, (name for kind, name in sorted(named) if kind == "label")),
        statuses=_values(specs, _STATUS, ()),
        fields={place: holds for spec in reversed(specs) for place, holds in held_by(spec)},
    )


def wishes_for(connector: str, wishes: Wishes) -> Wishes:
    """What is wanted of one account: lists and labels have to be somewhere, and are made in the first one."""
    return replace(wishes, lists=(), labels=()) if account_in(connector) else wishes


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


def choice_written(agency: Agency, connector: str, step: Step, chosen: str) -> dict[Path, str]:
    """The file that names another thing than the one of this step. Comments stay."""
    name, path = _place(agency, connector, step) or ("bridge.yaml", ())
    file = agency.folder / name
    return {file: with_value(file.read_text(encoding="utf-8"), path, chosen)}


def can_be_chosen(agency: Agency, connector: str, step: Step) -> bool:
    """Whether the files may name another thing that is there already."""
    return bool(step.others) and step.does is not Does.USE and _place(agency, connector, step) is not None


def can_be_renamed(step: Step) -> bool:
    """Whether a list or a label that is there already may be meant, which only a person can give its name."""
    return step.thing in (Thing.LIST, Thing.LABEL) and step.does is Does.CREATE and bool(step.others)


def _place(agency: Agency, connector: str, step: Step) -> tuple[str, Steps] | None:
    """The file that names what a step is about, and where; None where a further account has it from the first one."""
    system, account = system_of(connector), account_in(connector)
    if step.thing is Thing.PEOPLE:
        return None if account or not step.key else ("people.yaml", ("people", step.key, "ids", system))
    section: Any = getattr(agency, system)
    own = section.accounts[account] if account else section
    inside = _inside(own, step)
    return None if inside is None else ("bridge.yaml", (system, *(("accounts", account) if account else ()), *inside))


def _inside(own: Any, step: Step) -> Steps | None:
    named: list[Steps] = []
    if step.thing is Thing.BOARD:
        named = [("boards", number) for number, name in enumerate(own.boards) if name == step.name]
    elif step.thing is Thing.TEMPLATE:
        named = [("deal_templates", n) for n, name in enumerate(own.deal_templates or ()) if name == step.name]
        named += [("task_template",)] if own.task_template == step.name else []
    elif step.thing is Thing.FIELD and step.key.startswith("button:"):
        named = [("buttons", name) for name in own.buttons if step.key == f"button:{name}"]
    elif step.thing is Thing.FIELD:
        short = step.key.removeprefix("trello.card.")
        named = [("fields", name) for name in own.fields if name == short]
        named += [("card_field",)] if step.key == "planfix.task.card" and own.card_field == step.name else []
    return named[0] if named else None


def _values(specs: Sequence[FieldSpec], source: str, others: Iterable[str]) -> tuple[str, ...]:
    declared = [value for spec in specs if spec.source == source for value in spec.choices or ()]
    return tuple(dict.fromkeys([*declared, *others]))


def scopes_in_words(connector: str) -> Iterator[str]:
    """What the token of an account must be allowed, and where it is made."""
    system = system_of(connector)
    if system == "trello":
        yield worded("a token with the scope read,write, of a member of its own for the bridge")
        yield worded("the link, with your API key in place of KEY: {link}", link=_AUTHORIZE)
    if system == "planfix":
        from connectors.planfix import SCOPES

        yield worded("a token with these scopes: {scopes}", scopes=list(SCOPES))
        yield worded("for `bridge init` also custom_field_add: without it, make the fields by hand")
