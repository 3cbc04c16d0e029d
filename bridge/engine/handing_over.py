"""Handing over: what the page of a one-time link shows, and what is written there, sealed before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.engine.accesses import access_event
from bridge.engine.context import Context
from bridge.engine.sealing import seal
from bridge.engine.telling import Teller
from bridge.model.events import Actor, ActorKind
from bridge.model.vault import THERE, Access, AccessLink, digest_of, key_name, newest_of
from bridge.store import Store


@dataclass(frozen=True, slots=True)
class OpenPage:
    """What a one-time link opens: the link, and the names of the accesses that are still asked for by it."""

    link: AccessLink
    names: tuple[str, ...]

    def is_over(self, now: datetime) -> bool:
        """Whether the link opens no more, though it was not used."""
        return self.link.expires_at <= now

    @property
    def is_done(self) -> bool:
        """Whether it was used, or everything came by another link."""
        return self.link.used_at is not None or not self.names


def opened(store: Store, token: str, now: datetime) -> OpenPage | None:
    """What a one-time link opens; None for what is no link. Looking changes nothing: messengers look first."""
    found = store.access_link(digest_of(token), now)
    return _page(*found) if found is not None else None


def _page(link: AccessLink, accesses: Sequence[Access]) -> OpenPage:
    known = newest_of(accesses)
    return OpenPage(link, tuple(name for name in link.names if name not in known or known[name].state not in THERE))


def hand_over(
    store: Store, context: Context, token: str, given: Mapping[str, Mapping[str, str]], now: datetime
) -> tuple[str, ...] | None:
    """Seals what a client wrote, by the name of the access, and keeps it. Gives the names that came.

    None when the link opens no more: of two that hand in at once the first one counts. Raises StoreError.
    """
    vault = context.vault
    if vault is None:
        return None
    digest = digest_of(token)
    with store.intake(now) as intake:
        link = intake.accesses.link(digest)
        if link is None:
            return None
        accesses = intake.accesses.of(link.subject)
        page = _page(link, accesses)
        if page.is_over(now) or not intake.accesses.use_link(digest):
            return None
        names = tuple(name for name in page.names if name in given)
        known = newest_of(accesses)
        for access in (known[name] for name in names):
            box = seal(vault.public_key, given[access.name], about(store.workspace, access.id))
            intake.accesses.receive(access.id, box, key_name(vault.public_key), now + vault.keep)
            intake.add_event(access_event(access, "received", Actor(ActorKind.CLIENT), now))
            Teller(intake, context).access_received(access)
        return names


def about(workspace: str, access: str) -> str:
    """What a box is sealed as: one of another access, or of another agency, does not open in its place."""
    return f"bridge vault 1 {workspace} {access}"
