"""Whose an outside thing is: what is tied to which local thing, and the codes by which it becomes tied."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from bridge.model.correspondents import Correspondent
from bridge.model.records import Ref
from bridge.store import statements as q
from bridge.store import tables as t
from bridge.store.correspondents import correspondents
from bridge.store.rows import Token
from bridge.store.subjects import Subjects

ERASED = "erased"
"""What stands in the place of everything that told whose a row was, once its client is erased."""
_TOKEN_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # noqa: S105 - an alphabet without look-alikes, not a secret


class Bindings(Subjects):
    """Links between outside and local things as one transaction sees and changes them."""

    def local(self, ref: Ref) -> str:
        """The local id a remote thing is bound to, through aliases; "" when it is not bound."""
        found = self._c.execute(q.LOCAL, self._names(ref)).scalar()
        return self.real(found) if found else ""

    def awaited(self, ref: Ref, url: str) -> tuple[Ref, str] | None:
        """The link by which something named this thing before it was read, and the local thing it was tied to."""
        path = sorted({part for part in url.split("/") if part})
        if not path:
            return None
        given = {"system": ref.system, "kind": f"{ref.kind}_link", "ids": path}
        found = self._c.execute(q.LINKS_AMONG, {"workspace": self.workspace, **given}).first()
        if found is None:
            return None
        return Ref(found.system, found.account, found.kind, found.remote_id), self.real(found.local_id)

    def elsewhere(self, ref: Ref) -> tuple[Ref, str] | None:
        """What is bound under the same id in another account, for systems whose ids are no account's own."""
        given = {"system": ref.system, "kind": ref.kind, "ids": [ref.id]}
        for row in self._c.execute(q.LINKS_AMONG, {"workspace": self.workspace, **given}):
            if row.account != ref.account and row.local_id:
                return Ref(row.system, row.account, row.kind, row.remote_id), self.real(row.local_id)
        return None

    def has_link(self, local_id: str, kind: str) -> bool:
        """Whether any system's thing of a kind is bound to a local one."""
        given = {"workspace": self.workspace, "local_id": local_id, "kind": kind}
        return self._c.execute(q.LINKED, given).first() is not None

    def things(self, local_id: str, kind: str) -> list[Ref]:
        """The remote things of a kind that are bound to a local one, of whichever system."""
        given = {"workspace": self.workspace, "local_id": local_id, "kind": kind}
        return [Ref(row.system, row.account, row.kind, row.remote_id) for row in self._c.execute(q.THINGS_OF, given)]

    def bound(self, local_id: str, system: str, kind: str) -> list[Ref]:
        """The remote things of a kind that are bound to a local one, newest binding first."""
        given = {"workspace": self.workspace, "local_id": local_id, "system": system, "kind": kind}
        return [Ref(row.system, row.account, row.kind, row.remote_id) for row in self._c.execute(q.LINKS_OF, given)]

    def erased(self) -> set[Ref]:
        """The outside things of erased clients: reading them again brings nobody back. A new binding ends it."""
        query = sa.select(t.links).where(
            t.links.c.workspace == self.workspace, t.links.c.local_id == "", t.links.c.because == ERASED
        )
        return {Ref(row.system, row.account, row.kind, row.remote_id) for row in self._c.execute(query)}

    def bind(self, ref: Ref, local_id: str, because: str) -> None:
        """Ties a remote thing to a local one; a later binding replaces an earlier one. Its unbound events find home."""
        local_id, client = self._place(local_id)
        before = self.local(ref)
        if before != local_id:
            self._journal.bound(ref, before)
        self._upsert(t.links, self._names(ref), {"local_id": local_id, "because": because, "at": self.now})
        waiting = {"the_workspace": self.workspace, "the_about": str(ref), "subject": local_id, "client": client}
        if self._c.execute(q.BIND_EVENTS, waiting).rowcount:
            self.dirty(client)
        self._c.execute(q.BIND_PAST, waiting)

    def unbind(self, ref: Ref) -> None:
        """Forgets a binding."""
        self._c.execute(q.UNBIND, self._names(ref))

    # -- tokens -------------------------------------------------------------------------------------------------

    def new_token(self, purpose: str, subject: str, length: int = 12) -> str:
        """A random code for a purpose (`start`, `brief`), tied to a subject. Letters and digits nobody mixes up."""
        token = "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(length))
        row = {
            "token": token,
            "workspace": self.workspace,
            "purpose": purpose,
            "subject": subject,
            "created_at": self.now,
            "used_by": "",
        }
        self._c.execute(q.NEW_TOKEN, row)
        return token

    def token(self, token: str, purpose: str) -> Token | None:
        """The code as kept, None when nobody made it."""
        given = {"workspace": self.workspace, "token": token, "purpose": purpose}
        row = self._c.execute(q.TOKEN, given).first()
        return self._parsed_token(row) if row is not None else None

    def code(self, token: str, purposes: Collection[str]) -> Token | None:
        """The code as kept, made for one of these purposes; None when nobody made it."""
        given = {"workspace": self.workspace, "token": token, "purposes": list(purposes)}
        row = self._c.execute(q.CODE, given).first()
        return self._parsed_token(row) if row is not None else None

    def codes(self, subject: str, purposes: Collection[str]) -> list[Token]:
        """All codes of a subject for these purposes, the newest first."""
        given = {"workspace": self.workspace, "subject": subject, "purposes": list(purposes)}
        return [self._parsed_token(row) for row in self._c.execute(q.CODES_OF, given)]

    def _parsed_token(self, row: Any) -> Token:
        return Token(row.token, row.purpose, self.real(row.subject), row.created_at, row.used_at, row.used_by)

    def use_token(self, token: str, by: str) -> None:
        """Marks a one-time code as used."""
        self._c.execute(q.CHANGE_TOKEN, {"the_token": token, "used_at": self.now, "used_by": by})

    # -- who is written to --------------------------------------------------------------------------------------

    def correspondents(self, client: str) -> tuple[Correspondent, ...]:
        """Everybody at the client who has a chat, who came last first."""
        return correspondents(self._c, self.workspace, self.real(client))
