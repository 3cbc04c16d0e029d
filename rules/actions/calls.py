"""Actions that tell other systems what happened."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from rules.actions.action import Action, Footprint, action
from rules.names import FieldName, WebhookName, as_tuple


@action("call")
class Call(Action):
    """Calls a webhook of bridge.yaml: what happened and the facts that are named, signed, until it is taken.

    It is told the facts of the moment of the decision. One that is not known then is left out, and named as such.

    Example:
        call: accounting
        facts: [client.name, card.list]
    """

    call: WebhookName = Field(description="the webhook")
    facts: Annotated[tuple[FieldName, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what it is told"
    )

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.call, *self.facts)
