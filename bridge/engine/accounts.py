"""Several accounts of one vendor: which connector holds a thing, and how far those of a client were read.

The connector of a system's first account is called like the system, that of another one `trello:second`, and its
sources after it: `trello:second.card`. Connectors themselves know nothing of each other; rules know no accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.planning import Plan
from bridge.model.records import Page, Ref
from bridge.store.rows import ClientState

Failure: TypeAlias = ConnectorError | SourceEmptied


def connector_called(system: str, account: str) -> str:
    """The connector of an account by its name in bridge.yaml; "" is the first account."""
    return f"{system}:{account}" if account else system


def system_of(connector: str) -> str:
    """The vendor's system that a connector, or a source of it, belongs to."""
    return connector.partition(".")[0].partition(":")[0]


def account_in(connector: str) -> str:
    """The account that the name of a connector, or of a source of it, tells; "" for the first one."""
    return connector.partition(".")[0].partition(":")[2]


def source_of(connector: str, source: str) -> str:
    """What a connector calls a source (`trello.card`), as the source of its account."""
    return f"{connector}.{source.partition('.')[2]}" if account_in(connector) else source


def own_source(connector: str, source: str) -> str:
    """The source of an account, as its connector calls it."""
    return f"{system_of(connector)}.{source.partition('.')[2]}" if account_in(connector) else source


def page_of(connector: str, page: Page) -> Page:
    """What a connector brought, with its sources named after its account."""
    if not account_in(connector):
        return page
    return replace(
        page,
        seen_up_to={source_of(connector, source): at for source, at in page.seen_up_to.items()},
        failed={source_of(connector, source): failure_of(connector, why) for source, why in page.failed.items()},
        lacking={source_of(connector, source): titles for source, titles in page.lacking.items()},
    )


def failure_of(connector: str, error: Failure) -> Failure:
    """Why a connector brought nothing, with its sources named after its account."""
    if not isinstance(error, SourceEmptied) or not account_in(connector):
        return error
    return SourceEmptied(source_of(connector, error.source), error.before, error.left)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that are read: the connector of each, by system and account as refs name them.

    A system of which nothing is said has one account. `maker` names the connector whose boards have a list; "" for a
    list of no account or of several.
    """

    connectors: Mapping[tuple[str, str], str] = field(default_factory=dict)
    maker: Callable[[str], str] = lambda _list: ""

    def holder(self, ref: Ref) -> str:
        """The connector that reads and writes a thing; one that is not there when its account is read no more."""
        if self.account(ref.system) is None:
            return ref.system
        return self.connectors.get((ref.system, ref.account), f"{ref.system}:{ref.account}")

    def account(self, connector: str) -> str | None:
        """The account that a connector reads, None where its system has but one."""
        for (_system, account), name in self.connectors.items():
            if name == connector:
                return account
        return None

    def source(self, ref: Ref) -> str:
        """The source that a thing is read from."""
        return f"{self.holder(ref)}.{ref.kind}"

    def seen(self, state: ClientState) -> Mapping[str, datetime]:
        """How far each system was read, as far as it matters to a client: rules name no accounts."""
        if not self._several:
            return state.seen_up_to
        found = {name: at for name, at in state.seen_up_to.items() if system_of(name) not in self._several}
        for name in {self._plain(name) for name in state.seen_up_to} - found.keys():
            moments = [state.seen_up_to.get(source) for source in self.sources(name, state)]
            known = [moment for moment in moments if moment is not None]
            if len(known) == len(moments):
                found[name] = min(known)
        return found

    def sources(self, name: str, state: ClientState) -> tuple[str, ...]:
        """The sources behind a name that rules know: those of the accounts that hold something of the client.

        Of all accounts, where none does: a card that is nowhere is known to be nowhere when all were read.
        """
        system, _, kind = name.partition(".")
        every = self._several.get(system)
        if every is None:
            return (name,)
        held = {
            self.holder(record.ref)
            for records in state.records.values()
            for record in records
            if record.ref.system == system and not record.deleted
        }
        return tuple(f"{connector}.{kind}" for connector in sorted(held & every or every))

    def with_sources(self, plan: Plan, state: ClientState) -> Plan:
        """The plan with what it waits for named by account: it goes on as soon as that one is read."""
        if not self._several or not plan.blind:
            return plan
        blind = [
            replace(one, sources=tuple(source for name in one.sources for source in self.sources(name, state)))
            for one in plan.blind
        ]
        return replace(plan, blind=tuple(blind))

    @property
    def _several(self) -> dict[str, frozenset[str]]:
        """The connectors of each system that has more than one."""
        by_system: dict[str, set[str]] = {}
        for (system, _account), connector in self.connectors.items():
            by_system.setdefault(system, set()).add(connector)
        return {system: frozenset(names) for system, names in by_system.items() if len(names) > 1}

    def _plain(self, source: str) -> str:
        """A source as rules know it."""
        return own_source(source.partition(".")[0], source)
