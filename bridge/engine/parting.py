"""A message that is too long for one: what of it goes out next, and what is left then."""

from __future__ import annotations

from dataclasses import replace

from bridge.model.decisions import Decision, SendMessage
from bridge.model.protocols import Connector, Parting


def in_parts(decision: Decision, connector: Connector) -> Decision:
    """The decision with the parts that it goes out as. They stay as they are once the first one is out."""
    if not isinstance(decision, SendMessage) or not isinstance(connector, Parting) or decision.said:
        return decision
    parts = connector.parts(decision)
    return replace(decision, parts=parts if len(parts) > 1 else ())


def next_part(decision: Decision, connector: Connector) -> Decision:
    """What of it goes in the next call: all of it where the connector takes messages of any length."""
    if not isinstance(decision, SendMessage):
        return decision
    return decision.part if isinstance(connector, Parting) else replace(decision, parts=(), said=0)


def rest_of(decision: Decision, connector: Connector) -> SendMessage | None:
    """What is left when that call has succeeded; None for nothing."""
    return decision.rest if isinstance(decision, SendMessage) and isinstance(connector, Parting) else None
