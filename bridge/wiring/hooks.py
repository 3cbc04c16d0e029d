"""What webhooks are checked against, and how they are read: the secrets and the agency's own names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bridge.model.records import Happening, Ref
from bridge.model.values import Plain
from bridge.wiring.agency import Agency
from bridge.wiring.connect import planfix_account, trello_callback
from bridge.wiring.settings import Settings, shown

ReadPress: TypeAlias = Callable[[Mapping[str, Plain], datetime], Happening]
"""A scenario's call and when it came, as a happening. Raises ValueError with what is missing."""
ReadChange: TypeAlias = Callable[[Mapping[str, Plain]], Sequence[Ref]]
"""What a scenario's call says to have changed; nothing for a press. Raises ValueError with what is missing."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """`from_trello(body, signature)` says whether a call is Trello's; a `planfix_secret` of "" closes that door."""

    from_trello: Callable[[bytes, str], bool]
    planfix_secret: str
    read_press: ReadPress
    read_change: ReadChange


def hooks(settings: Settings, agency: Agency) -> Hooks:
    """The webhooks of this installation."""
    from connectors.planfix import parse_scenario_call, parse_scenario_change
    from connectors.trello import verify

    trello = shown(settings.trello.secret)
    callback = trello_callback(settings) or "/hooks/trello"
    account = planfix_account(settings.planfix.base_url or "")
    people = {person.ids["planfix"]: key for key, person in agency.people.people.items() if "planfix" in person.ids}
    buttons = agency.planfix.buttons if agency.planfix else {}
    return Hooks(
        from_trello=lambda body, signature: bool(trello) and verify(trello, body, callback, signature),
        planfix_secret=shown(settings.planfix.scenario_secret),
        read_press=lambda call, received_at: parse_scenario_call(call, received_at, account, people, buttons),
        read_change=lambda call: parse_scenario_change(call, account),
    )
