"""A twin of a mail server: it takes letters, knows who has a mailbox, and keeps what comes into the agency's."""

from __future__ import annotations

from bridge.model.decisions import Capability, SendMessage
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.records import Cursor, Happening, Page, Ref
from tests.simulation.trouble import LETTERS
from tests.simulation.twins.twin import Twin
from tests.simulation.world import Mail, mail_ref

_BATCH = 3


class EmailTwin(Twin):
    """Letters of any length. What was taken cannot be asked for; an address of nobody's is refused."""

    name = LETTERS
    capabilities = frozenset({Capability.LETTERS})
    sources = frozenset({"email.inbox"})

    def read(self, cursor: Cursor | None) -> Page:
        at, known = self.now, int(cursor or 0)
        waiting = [mail for mail in self.world.mail if mail.number > known]
        batch = waiting[:_BATCH]
        more = len(waiting) > _BATCH
        return Page(
            cursor=Cursor(str(batch[-1].number if batch else known)),
            happenings=[_happened(mail) for mail in batch],
            seen_up_to={} if more else {"email.inbox": at},
            more=more,
        )

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


def _happened(mail: Mail) -> Happening:
    about = Ref(LETTERS, "main", "address", mail.address)
    return Happening(mail_ref(mail), mail.kind, mail.at, about, mail.actor, dict(mail.data))
