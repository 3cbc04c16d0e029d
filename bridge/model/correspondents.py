"""Who at a client the bridge writes to: people and groups in chats, what each of them is there for, and who is next.

Pure. One correspondent is one chat that is bound to the client: that of a person, or a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.model.records import Ref
from bridge.model.values import Plain, moment_text, parse_moment


class Role(StrEnum):
    """What somebody at the client is there for."""

    DECIDES = "decides"
    PAYS = "pays"
    ANSWERS = "answers"
    READS = "reads"


EVERY_ROLE = frozenset(Role)
"""The roles of whoever came first, or by a link that names none: the main person."""


def roles_with(role: Role) -> frozenset[Role]:
    """The roles of somebody who is one thing at the client: everybody reads the news."""
    return frozenset({role, Role.READS})


@dataclass(frozen=True, slots=True)
class Correspondent:
    """One chat of a client. `stopped_at` is when its person asked for no automatic messages; `language` is theirs.

    `is_open` tells whether a message would arrive, as far as it is known; `bound_at` is aware UTC. `thread` is the
    topic of a group in which they are written to, `before` the id of the group before it became a supergroup.
    """

    chat: Ref
    name: str = ""
    roles: frozenset[Role] = EVERY_ROLE
    is_open: bool = True
    stopped_at: datetime | None = None
    language: str = ""
    bound_at: datetime | None = None
    thread: str = ""
    before: str = ""

    def is_in(self, chat: str) -> bool:
        """Whether this is the chat of that id, or was before its group got another one."""
        return chat in (self.chat.id, self.before)

    @property
    def takes_messages(self) -> bool:
        """Whether automatic messages may go there and arrive."""
        return self.is_open and self.stopped_at is None

    @property
    def only_reads(self) -> bool:
        """Whether nothing is ever asked of them."""
        return self.roles <= {Role.READS}


def written_to(purpose: Role, correspondents: Sequence[Correspondent]) -> Correspondent | None:
    """To whom a message goes that is for `purpose`, out of the newest first; None when nobody of them takes any.

    Whoever is there for that before all; else the main person, who has most roles. What asks for something never goes
    to those who only read.
    """
    there = [one for one in correspondents if one.takes_messages]
    if purpose is not Role.READS:
        there = [one for one in there if not one.only_reads]
        fitting = [one for one in there if purpose in one.roles]
        if fitting:
            return min(fitting, key=lambda one: len(one.roles))
    return max(there, key=lambda one: len(one.roles), default=None)


def also_read_by(purpose: Role, chosen: Correspondent, correspondents: Sequence[Correspondent]) -> list[Correspondent]:
    """Who else reads a message that went to `chosen`: news is for all who are to read, anything else for one."""
    if purpose is not Role.READS:
        return []
    others = [one for one in correspondents if one.chat != chosen.chat]
    return [one for one in others if one.takes_messages and Role.READS in one.roles]


def may_decide(chat: Ref, correspondents: Sequence[Correspondent]) -> bool:
    """Whether a press in that chat decides for the client: of whoever decides, or takes the place of those who do."""
    acting = written_to(Role.DECIDES, correspondents)
    return any(
        one.chat == chat and (Role.DECIDES in one.roles or (acting is not None and one.chat == acting.chat))
        for one in correspondents
    )


def plain_correspondent(one: Correspondent) -> dict[str, Plain]:
    """What the bridge keeps of a correspondent beside what Telegram tells of the chat."""
    return {
        "roles": sorted(one.roles),
        "stopped_at": moment_text(one.stopped_at) if one.stopped_at else None,
        "language": one.language,
        "thread": one.thread,
    }


def parse_correspondent(
    chat: Ref, name: str, kept: Mapping[str, Plain], *, is_open: bool, bound_at: datetime, before: str = ""
) -> Correspondent:
    """The correspondent again; one of whom nothing is kept has every role."""
    roles, stopped = kept.get("roles"), kept.get("stopped_at")
    return Correspondent(
        chat,
        name,
        frozenset(Role(str(role)) for role in roles) if isinstance(roles, (list, tuple)) else EVERY_ROLE,
        is_open=is_open,
        stopped_at=parse_moment(stopped) if isinstance(stopped, str) else None,
        language=str(kept.get("language") or ""),
        bound_at=bound_at,
        thread=str(kept.get("thread") or ""),
        before=before,
    )
