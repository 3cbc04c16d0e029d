"""Accounts in which nothing was made yet, and what `bridge init` makes of them."""

from __future__ import annotations

from bridge.engine.clock import SystemClock
from bridge.model.protocols import Preparing
from bridge.model.setting_up import Does
from bridge.wiring.agency import Agency
from bridge.wiring.connect import build_connectors
from bridge.wiring.setting_up import carry_out, connectors_of, only, wishes_of
from bridge.wiring.settings import Settings
from sandbox import Sandbox
from sandbox.trello.model import Actor
from tests.pace import FreePace


def emptied(sandbox: Sandbox) -> Sandbox:
    """Takes away what the demo agency has made of its Trello and Planfix; the template of deals stays."""
    store = sandbox.trello.store
    for kept in (store.boards, store.lists, store.labels, store.custom_fields, store.short_links):
        kept.clear()
    sandbox.planfix.store.custom_fields.clear()
    return sandbox


def set_up(sandbox: Sandbox, settings: Settings, agency: Agency) -> None:
    """Makes all that the pack wants; then the people of the agency are invited to its board."""
    wishes, here = wishes_of(agency), only(agency, connectors_of(agency))
    for connector in build_connectors(settings, here, SystemClock(), FreePace()).values():
        assert isinstance(connector, Preparing)
        for _made in carry_out(connector, [step for step in connector.lacking(wishes) if step.does is Does.CREATE]):
            pass
        connector.close()
    [board] = sandbox.trello.store.boards.values()
    everybody = list(sandbox.trello.store.members.values())
    robot = next(one for one in everybody if one.id in board.member_ids)
    for member in everybody:
        if member is not robot:
            sandbox.trello.boards.add_member(board, member, "normal", Actor(robot))
