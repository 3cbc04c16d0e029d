"""A message that is too long for one: what of it goes out next, and what is left then."""

from __future__ import annotations

from dataclasses import replace

from bridge.model.decisions import Decision, SendMessage
from bridge.model.protocols import Connector, Parting


def in_parts(decision: Decision, connector: Connector) -> Decision:
    """The decision with the parts that it goes out as. They stay as they are once the first one is out.

    A connector that takes messages of any length gets all of it, whatever was cut for another one.
    """
    if not isinstance(decision, SendMessage):
        return decision
    if not isinstance(connector, Parting):
        return replace(decision, whole=bool(decision.parts))
    if decision.said:
        return replace(decision, whole=False)
    parts = connector.parts(decision)
    return replace(decision, parts=parts if len(parts) > 1 else (), whole=False)


def next_part(decision: Decision) -> Decision:
    """What of it goes in the next call."""
    return decision.part if isinstance(decision, SendMessage) else decision


def rest_of(decision: Decision) -> SendMessage | None:
    """What is left when that call has succeeded; None for nothing."""
    return decision.rest if isinstance(decision, SendMessage) else None
