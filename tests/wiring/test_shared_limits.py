"""Workspaces that share a token share its limit; all others wait for nobody but themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bridge.model.protocols import Measured, Pace
from bridge.wiring.shared_limits import SharedLimits
from connectors.http import TokenBuckets

LIMITS = {"trello.token": (1, 10.0), "telegram": (100, 1.0), "telegram:chat": (1, 1.0)}


@dataclass
class Watch:
    """A clock that a wait moves on."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def shared(watch: Watch) -> SharedLimits:
    return SharedLimits(TokenBuckets({}, margin=0, now=lambda: watch.now, sleep=watch.sleep))


def of(shared: SharedLimits, workspace: str, token: str, **limits: tuple[int, float]) -> Pace:
    secrets = {"trello.token": token, "telegram": workspace, "telegram:chat": workspace}
    return shared.pace(workspace, {**LIMITS, **{name.replace("_", "."): one for name, one in limits.items()}}, secrets)


def test_workspaces_with_tokens_of_their_own_do_not_wait_for_each_other(shared: SharedLimits, watch: Watch) -> None:
    for name in ("alpha", "beta"):
        of(shared, name, token=name).take("trello.token")
    assert watch.now == 0


def test_workspaces_with_one_token_wait_for_its_limit_together(shared: SharedLimits, watch: Watch) -> None:
    for name in ("alpha", "beta"):
        of(shared, name, token="one").take("trello.token")
    assert watch.now >= 10


def test_a_vendor_that_says_stop_stops_all_who_share_the_token(shared: SharedLimits, watch: Watch) -> None:
    alpha, beta, gamma = of(shared, "alpha", "one"), of(shared, "beta", "one"), of(shared, "gamma", "other")
    alpha.pause(timedelta(seconds=30), "trello.token")
    gamma.take("trello.token")
    assert watch.now == 0
    beta.take("trello.token")
    assert watch.now >= 30


def test_of_two_limits_said_for_one_token_the_tighter_one_holds(shared: SharedLimits, watch: Watch) -> None:
    of(shared, "alpha", "one", trello_token=(1, 60.0))
    beta = of(shared, "beta", "one")
    beta.take("trello.token")
    beta.take("trello.token")
    assert watch.now >= 60


def test_equal_chats_of_two_bots_are_counted_apart(shared: SharedLimits, watch: Watch) -> None:
    for name in ("alpha", "beta"):
        of(shared, name, token=name).take("telegram", "telegram:chat:42")
    assert watch.now == 0
    of(shared, "alpha", token="alpha").take("telegram:chat:42")
    assert watch.now >= 1


def test_each_workspace_is_told_what_its_own_limits_cost(shared: SharedLimits) -> None:
    alpha, beta = of(shared, "alpha", "a"), of(shared, "beta", "b")
    alpha.take("trello.token")
    alpha.take("trello.token")
    alpha.pause(timedelta(seconds=1), "trello.token")
    assert isinstance(alpha, Measured)
    assert isinstance(beta, Measured)
    assert alpha.waited().keys() == alpha.pauses().keys() == {"trello.token"}
    assert not beta.waited()
