"""Connectors over the simulated world. They know what the vendors' services do, and meet the troubles laid for them."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.twins.documents import DocumentsTwin
from tests.simulation.twins.email import EmailTwin
from tests.simulation.twins.forms import FormsTwin
from tests.simulation.twins.planfix import PlanfixTwin
from tests.simulation.twins.telegram import TelegramTwin
from tests.simulation.twins.trello import TrelloTwin
from tests.simulation.twins.twin import Surroundings, Twin


def twins(around: Surroundings) -> dict[str, Twin]:
    """One of each, by name."""
    kinds: tuple[Callable[[Surroundings], Twin], ...] = (
        TrelloTwin,
        PlanfixTwin,
        FormsTwin,
        TelegramTwin,
        DocumentsTwin,
        EmailTwin,
    )
    return {twin.name: twin for twin in (kind(around) for kind in kinds)}
