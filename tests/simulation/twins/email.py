"""A twin of a mail server: it takes letters, and knows who has a mailbox."""

from __future__ import annotations

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from tests.simulation.trouble import LETTERS
from tests.simulation.twins.twin import Twin


class EmailTwin(Twin):
    """Letters of any length. What was taken cannot be asked for; an address of nobody's is refused."""

    name = LETTERS
    capabilities = frozenset({Capability.LETTERS})

    def apply(self, delivery: Delivery) -> Receipt:
        decision, target = delivery.decision, delivery.target
        if not isinstance(decision, SendMessage) or target is None or target.kind != "address":
            raise ConnectorError(self.name, "no letter", retry=Retry.PERMANENT)
        if target.id in self.world.no_mailbox:
            raise ConnectorError(self.name, "550", retry=Retry.PERMANENT, code="no-mailbox")
        self.world.say(target.id, delivery, decision)
        return Receipt(self.now, target, details={"channel": self.name})

    def find(self, delivery: Delivery) -> Receipt | None:
        raise CannotTell(self.name, "a mail server cannot be asked what it took")
