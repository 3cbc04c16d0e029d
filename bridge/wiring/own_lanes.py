"""Rate limits of several accounts: vendors count by token and by account, so each has lanes of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from bridge.model.protocols import Pace
from bridge.wiring.agency import Agency
from bridge.wiring.settings import Settings, shown


class OwnLanes:
    """A pace in which some lanes are an account's own: under the same limit, and counted apart."""

    def __init__(self, pace: Pace, own: Mapping[str, str]) -> None:
        self._pace = pace
        self._own = own

    def take(self, *lanes: str) -> None:
        """Wait for one permit in each lane."""
        self._pace.take(*self._named(lanes))

    def pause(self, wait: timedelta, *lanes: str) -> None:
        """Give no permit in these lanes before `wait` is over."""
        self._pace.pause(wait, *self._named(lanes))

    def _named(self, lanes: Iterable[str]) -> list[str]:
        return [self._own.get(lane, lane) for lane in lanes]


def trello_lanes(settings: Settings, agency: Agency, account: str) -> dict[str, str]:
    """The lanes of a Trello account that are not those of an earlier one: another token, another API key."""
    from connectors.trello.session import KEY_LANE, MEMBER_LANE, ROLLING_LANE, TOKEN_LANE

    tokens = {name: shown(settings.trello.of(name).token) for name in agency.accounts("trello")}
    keys = {name: shown(settings.trello.of(name).key) for name in agency.accounts("trello")}
    return {
        **_apart((TOKEN_LANE, MEMBER_LANE, ROLLING_LANE), _first_with(tokens, account)),
        **_apart((KEY_LANE,), _first_with(keys, account)),
    }


def planfix_lanes(account: str) -> dict[str, str]:
    """The lanes of a further Planfix account: its limits are its own."""
    from connectors.planfix.api import DAY_LANE, SECOND_LANE

    return _apart((SECOND_LANE, DAY_LANE), account)


def _first_with(secrets: Mapping[str, str], account: str) -> str:
    """The first account that has the same secret as this one."""
    return next(name for name, secret in secrets.items() if secret == secrets[account])


def _apart(lanes: Iterable[str], account: str) -> dict[str, str]:
    return {lane: f"{lane}:{account}" for lane in lanes} if account else {}
