"""Chat links: codes by which somebody at a client comes to the bot, each for one person, for a while, in a role."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.engine.context import Context
from bridge.model.correspondents import EVERY_ROLE, Correspondent, Role, plain_correspondent, roles_with
from bridge.model.records import Ref
from bridge.store.correspondents import WAS, WITHDRAWN, fact_of
from bridge.store.intake import Intake
from bridge.store.rows import Token

START = "start"
"""What a code is for that makes a chat a client's; with a role behind it, one for somebody who is only that."""
STARTS = (START, *(f"{START}.{role}" for role in Role))
_LENGTH = 20
"""Some 98 random bits: nobody guesses one."""


def new_code(intake: Intake, client: str, role: Role | None = None) -> str:
    """A code for one more chat of a client. Whoever comes without a role has every one."""
    return intake.new_token(f"{START}.{role}" if role else START, client, length=_LENGTH)


def roles_of(code: Token) -> frozenset[Role]:
    """What somebody who comes by this code is at the client."""
    role = code.purpose.partition(".")[2]
    return roles_with(Role(role)) if role else EVERY_ROLE


def ends_at(code: Token, lasts: timedelta) -> datetime:
    """Until when a code may be used, aware UTC."""
    return code.created_at + lasts


def is_withdrawn(code: Token) -> bool:
    """Whether people have taken it back."""
    return code.used_by == WITHDRAWN


def good_code(intake: Intake, client: str, context: Context) -> str:
    """A code that staff can pass on now: the newest one without a role, or a new one where that is spent or too old."""
    for code in intake.codes(client, [START]):
        if code.used_at is None and ends_at(code, context.links_last) > intake.now:
            return code.token
    return new_code(intake, client)


def withdraw(intake: Intake, code: str) -> Token | None:
    """Takes a code back that nobody has used: it does nothing from now on. None where there is no such code."""
    found = intake.code(code, STARTS)
    if found is None or found.used_at is not None:
        return None
    intake.use_token(found.token, WITHDRAWN)
    intake.dirty(intake.client_of(found.subject))
    return found


def keep(intake: Intake, client: str, one: Correspondent, because: str) -> None:
    """Keeps what is known of somebody at a client: roles, language, whether they take messages."""
    intake.set_fact(client, fact_of(one.chat), plain_correspondent(one), because)


def move(intake: Intake, old: Ref, new: Ref) -> None:
    """A group's chat has another id: all that is known of it goes along, once. The old id stays the client's.

    It is learnt from an update, from a refused message, or from both, in any order.
    """
    client, before = intake.local(old), known(intake, old)
    if not client or before is None:
        return
    intake.bind(new, client, f"{WAS}{old.id}")
    keep(intake, client, replace(before, chat=new), f"{WAS}{old.id}")
    intake.dirty(client)


def known(intake: Intake, chat: Ref) -> Correspondent | None:
    """Who a chat is at the client that it is bound to; None for a chat that is nobody's."""
    client = intake.local(chat)
    found = intake.correspondents(client) if client else ()
    return next((one for one in found if one.chat == chat), None)
