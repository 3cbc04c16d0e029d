"""What webhooks are checked against, and how they are read: the secrets and the agency's own names."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bridge.engine.accounts import connector_called
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain
from bridge.wiring.agency import Agency
from bridge.wiring.connect import people_in, trello_callback
from bridge.wiring.credentials import planfix_account
from bridge.wiring.settings import Settings, shown

ReadPress: TypeAlias = Callable[[Mapping[str, Plain], datetime], Happening]
"""A scenario's call and when it came, as a happening. Raises ValueError with what is missing."""
ReadChange: TypeAlias = Callable[[Mapping[str, Plain]], Sequence[Ref]]
"""What a scenario's call says to have changed; nothing for a press. Raises ValueError with what is missing."""


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The scenarios of one Planfix account: the connector that reads it, their secret, and how calls are read."""

    connector: str
    secret: str
    read_press: ReadPress
    read_change: ReadChange


@dataclass(frozen=True, slots=True)
class Hooks:
    """`from_trello(body, signature)` says for each account, "" for the first, whether a call is Trello's.

    Of Planfix accounts the secret tells which one calls; one without a secret is called by nobody.
    """

    from_trello: Mapping[str, Callable[[bytes, str], bool]]
    planfix: Sequence[Scenarios] = ()

    def scenarios(self, secret: str) -> Scenarios | None:
        """The account whose scenarios send this secret; every one is looked at, whichever it is."""
        given = secret.encode()
        fits = [one for one in self.planfix if one.secret and hmac.compare_digest(given, one.secret.encode())]
        return fits[0] if fits else None


def hooks(settings: Settings, agency: Agency) -> Hooks:
    """The webhooks of this installation."""
    return Hooks(
        from_trello={account: _from_trello(settings, account) for account in agency.accounts("trello") or ("",)},
        planfix=tuple(_scenarios(settings, agency, account) for account in agency.accounts("planfix")),
    )


def _from_trello(settings: Settings, account: str) -> Callable[[bytes, str], bool]:
    from connectors.trello import verify

    secret = shown(settings.trello.of(account).secret)
    callback = trello_callback(settings, account) or "/hooks/trello"
    return lambda body, signature: bool(secret) and verify(secret, body, callback, signature)


def _scenarios(settings: Settings, agency: Agency, account: str) -> Scenarios:
    from connectors.planfix import parse_scenario_call, parse_scenario_change

    access, connector = settings.planfix.of(account), connector_called("planfix", account)
    name = account or planfix_account(access.base_url or "")
    people = people_in(agency, connector)
    buttons = agency.planfix.of(account).buttons if agency.planfix else {}
    return Scenarios(
        connector,
        shown(access.scenario_secret),
        read_press=lambda call, received_at: parse_scenario_call(call, received_at, name, people, buttons),
        read_change=lambda call: parse_scenario_change(call, name),
    )
