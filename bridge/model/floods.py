"""Too much at once: how much of one rule, or about one client, may leave the bridge in a while. Pure.

A breaker trips at the limit. From then on what it is about is held, and a person says what becomes of it. What was
wanted before that answer is neither held nor counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.model.reasons import TOO_MUCH_OF_CLIENT, TOO_MUCH_OF_RULE, Reason


class Whose(StrEnum):
    """What a breaker is about."""

    RULE = "rule"
    CLIENT = "client"


class Answer(StrEnum):
    """What a person says to a flood: all of it goes, none of it does, or nothing more of it is to be wanted at all."""

    SEND = "send"
    DROP = "drop"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many effects within a time, and no more."""

    count: int
    within: timedelta

    def __str__(self) -> str:
        return f"{self.count} in {self.minutes}m"

    @property
    def minutes(self) -> int:
        """The time in minutes."""
        return int(self.within.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Limits:
    """`defaults.flood` of the rule files; None is no limit. `messages` are those of one rule to clients.

    The usual ones let a thousand cards pass that are moved at once, and a weekend's events of fifty clients.
    """

    rule: Limit | None = Limit(3000, timedelta(minutes=10))
    messages: Limit | None = Limit(1000, timedelta(minutes=10))
    client: Limit | None = Limit(200, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Flood:
    """A breaker that tripped. `about` is a rule's id or a client's local id; it is open until it is answered."""

    whose: Whose
    about: str
    limit: str
    since: datetime
    answer: str = ""
    by: str = ""
    answered_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether what it is about is held."""
        return self.answered_at is None

    @property
    def because(self) -> Reason:
        """What a delivery that it holds gives as its reason."""
        return because(self.whose, self.about)


@dataclass(frozen=True, slots=True)
class Sent:
    """How much has left the bridge within each limit's time."""

    rule: int = 0
    messages: int = 0
    client: int = 0


def because(whose: Whose, about: str) -> Reason:
    """The reason of a delivery that is held because there is too much at once."""
    return TOO_MUCH_OF_RULE.of(rule=about) if whose is Whose.RULE else TOO_MUCH_OF_CLIENT.of(client=about)


def tripped(limits: Limits, sent: Sent, *, to_client: bool) -> tuple[Whose, Limit] | None:
    """The breaker that one effect more would trip; None when it may go."""
    if limits.rule is not None and sent.rule >= limits.rule.count:
        return Whose.RULE, limits.rule
    if to_client and limits.messages is not None and sent.messages >= limits.messages.count:
        return Whose.RULE, limits.messages
    if limits.client is not None and sent.client >= limits.client.count:
        return Whose.CLIENT, limits.client
    return None


def holding(floods: Sequence[Flood], rule: str, client: str, wanted_at: datetime) -> Flood | None:
    """The open breaker that holds an effect of a rule for a client, unless a person has let it pass before."""
    names = {(Whose.RULE, rule), (Whose.CLIENT, client)}
    found = (one for one in floods if one.open and one.about and (one.whose, one.about) in names)
    return next((one for one in found if not _answered(floods, one.whose, one.about, wanted_at)), None)


def limits_for(limits: Limits, floods: Sequence[Flood], rule: str, client: str, wanted_at: datetime) -> Limits:
    """The limits of one effect: a person who has answered since it was wanted has let it pass."""
    if _answered(floods, Whose.RULE, rule, wanted_at):
        limits = replace(limits, rule=None, messages=None)
    return replace(limits, client=None) if _answered(floods, Whose.CLIENT, client, wanted_at) else limits


def counted_from(floods: Iterable[Flood], whose: Whose, about: str) -> datetime | None:
    """Since when effects count anew: a person's last answer; None while there was none."""
    moments = [one.answered_at for one in floods if (one.whose, one.about) == (whose, about) and one.answered_at]
    return max(moments, default=None)


def _answered(floods: Iterable[Flood], whose: Whose, about: str, wanted_at: datetime) -> bool:
    answered_at = counted_from(floods, whose, about)
    return answered_at is not None and wanted_at <= answered_at
