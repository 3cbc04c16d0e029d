"""Accesses that clients hand over, as the store keeps them: a state, a sealed box, and the digests of links.

What is in a box nobody here can read; what a link is nobody here can tell.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.model.vault import Access, AccessLink, AccessState
from bridge.store import tables as t
from bridge.store.rows import parse_access
from bridge.store.statements import ACCESS_COLUMNS
from bridge.store.subjects import Subjects

_LINKS_STAY = timedelta(days=30)
"""How long a link that opens no more is told from one that never was."""


class Accesses:
    """Accesses as one transaction sees and changes them. Every change has the client planned again."""

    def __init__(self, connection: sa.Connection, subjects: Subjects) -> None:
        self._c = connection
        self._subjects = subjects
        self._workspace, self._now = subjects.workspace, subjects.now

    def of(self, subject: str) -> tuple[Access, ...]:
        """The accesses of a deal, oldest first."""
        return self._found(t.accesses.c.subject == self._subjects.real(subject))

    def access(self, id: str) -> Access | None:
        """One access."""
        return next(iter(self._found(t.accesses.c.id == id)), None)

    def _found(self, which: sa.ColumnElement[bool]) -> tuple[Access, ...]:
        a = t.accesses.c
        query = (
            sa.select(*ACCESS_COLUMNS).where(a.workspace == self._workspace, which).order_by(a.asked_at, a.name, a.id)
        )
        return tuple(parse_access(row) for row in self._c.execute(query))

    def ask(self, subject: str, names: Sequence[str], digest: str, language: str, expires_at: datetime) -> None:
        """Notes what is asked of a deal, and the digest of the link by which it may come until `expires_at`."""
        deal = self._subjects.real(subject)
        known = {one.name for one in self.of(deal)}
        rows = [
            {
                "id": secrets.token_hex(8),
                "workspace": self._workspace,
                "subject": deal,
                "name": name,
                "state": AccessState.ASKED.value,
                "asked_at": self._now,
                "settled_by": "",
                "key": "",
            }
            for name in dict.fromkeys(names)
            if name not in known
        ]
        if rows:
            self._c.execute(t.accesses.insert(), rows)
        link = {"digest": digest, "workspace": self._workspace, "subject": deal, "names": list(names)}
        when = {"language": language, "made_at": self._now, "expires_at": expires_at}
        self._c.execute(t.access_links.insert().values(**link, **when))
        self._changed(deal)

    def link(self, digest: str) -> AccessLink | None:
        """The link with that digest; None for one that never was, or is long over."""
        li = t.access_links
        row = self._c.execute(sa.select(li).where(li.c.workspace == self._workspace, li.c.digest == digest)).first()
        if row is None:
            return None
        subject = self._subjects.real(row.subject)
        return AccessLink(subject, tuple(row.names), row.language, row.expires_at, row.used_at)

    def use_link(self, digest: str) -> bool:
        """Uses a link up; False when it was used before, is over, or never was. Of two at once one wins."""
        li = t.access_links.c
        open_still = (li.digest == digest, li.workspace == self._workspace, li.used_at.is_(None))
        used = t.access_links.update().where(*open_still, li.expires_at > self._now).values(used_at=self._now)
        return self._c.execute(used).rowcount == 1

    def receive(self, id: str, sealed: bytes, key: str, expires_at: datetime) -> None:
        """Keeps a box that came, in the place of what may have been there."""
        values = {"state": AccessState.RECEIVED.value, "received_at": self._now, "sealed": sealed, "key": key}
        self._change(id, **values, expires_at=expires_at, settled_at=None, settled_by="")

    def settle(self, id: str, state: AccessState, by: str) -> Access | None:
        """A person's word that an access works, or does not. Gives it as it was; None when there is nothing to settle.

        One that does not work is thrown away at once: nobody needs it.
        """
        access = self.access(id)
        allowed = {AccessState.RECEIVED} | ({AccessState.CHECKED} if state is AccessState.WRONG else set())
        if access is None or access.state not in allowed:
            return None
        gone: Mapping[str, Any] = {"sealed": None, "expires_at": None} if state is AccessState.WRONG else {}
        self._change(id, state=state.value, settled_at=self._now, settled_by=by, **gone)
        return access

    def box(self, id: str) -> bytes | None:
        """What was sealed, until it is over or thrown away."""
        a = t.accesses.c
        query = sa.select(a.sealed).where(a.id == id, a.workspace == self._workspace, a.expires_at > self._now)
        return self._c.execute(query).scalar()

    def forget(self, id: str) -> bool:
        """Throws a box away; that it was received, and whether it worked, stays known. False when there was none."""
        a = t.accesses.c
        there = self._c.execute(sa.select(a.id).where(a.id == id, a.sealed.is_not(None))).first() is not None
        if there:
            self._change(id, sealed=None, expires_at=None)
        return there

    def _change(self, id: str, **values: Any) -> None:
        self._c.execute(t.accesses.update().where(t.accesses.c.id == id).values(**values))
        access = self.access(id)
        if access is not None:
            self._changed(access.subject)

    def _changed(self, subject: str) -> None:
        self._subjects.dirty(self._subjects.client_of(subject))


def let_boxes_go(connection: sa.Connection, workspace: str, now: datetime) -> int:
    """Throws away the boxes that are over, and forgets links that opened nothing for a month. Gives how many boxes."""
    a, li = t.accesses, t.access_links
    old = sa.and_(a.c.workspace == workspace, a.c.expires_at <= now, a.c.sealed.is_not(None))
    gone = connection.execute(a.update().where(old).values(sealed=None)).rowcount
    connection.execute(li.delete().where(li.c.workspace == workspace, li.c.expires_at <= now - _LINKS_STAY))
    return gone
