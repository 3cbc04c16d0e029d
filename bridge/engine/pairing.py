"""Whose a card or an answer is that nothing names: the one contact that has the same phone or e-mail, or nobody yet.

Equal phones are a proof only where nothing speaks against it: one client has the number, one card, and that client has
one place for it. Anything else is a proposal, and people decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.model.records import Record, Ref
from bridge.store.intake import Intake
from bridge.store.keys import EMAIL, LINK, PHONE, SEVERAL, keys_of
from bridge.store.rows import parse_ref

PAIR = "pair"
"""The kind of a proposal on people's desk."""
APART, GONE = "stays apart", "gone"
"""How one was settled that people turned down, and one whose card was taken away before they said anything."""
_BECAUSE = {PHONE: "equal phone", EMAIL: "equal e-mail"}
APART_BY = "taken apart"
"""In the summary of a card on the desk: who took it out of a deal that it was joined to by mistake."""
COPY = "copy"
"""Why a card may be a client's: it is a copy of that one's card."""
BIND, LEAVE_APART = "pair-bind", "pair-apart"
"""What people press under a proposal."""
_NAMELESS = ("card", "response")


@dataclass(frozen=True, slots=True)
class Pair:
    """A card or answer that is a client's by an equal phone or e-mail, or a copy of a client's card.

    `subject` is what it was bound to, "" while people have to decide between `maybe`, the clients that it may be of.
    `original` is the deal whose card a copy was made of.
    """

    ref: Ref
    by: str
    subject: str = ""
    maybe: tuple[str, ...] = ()
    original: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """The clients that share a key with a thing, and whether the sharing proves whose it is."""

    clients: tuple[str, ...]
    by: str
    proves: bool


class Pairing:
    """Finds and joins pairs inside one intake transaction."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._crowded: set[tuple[str, tuple[str, str]]] = set()

    def come_together(self, records: Iterable[Record]) -> None:
        """These come on one page: of two with one key none is the first."""
        keys = Counter((one.ref.kind, key) for one in records for key in keys_of(one))
        self._crowded = {key for key, count in keys.items() if count > 1}

    # -- cards --------------------------------------------------------------------------------------------------

    def new_card(self, record: Record) -> tuple[Pair | None, str]:
        """For a card that nothing names: whose it is, with the deal that is its own ("" for one to be made)."""
        found = self._found(record.ref, keys_of(record))
        if found is None:
            return None, ""
        if found.proves:
            [client] = found.clients
            deals = self._intake.children(client, "deal")
            if not deals or self._has_room(deals, record.ref):
                return Pair(record.ref, found.by, client), next(iter(deals), "")
        return Pair(record.ref, found.by, maybe=found.clients), ""

    def copy(self, ref: Ref, original: str, pair: Pair | None) -> Pair:
        """For a copy of a deal's card, which may be further work of the same client, or of those with its phone."""
        if pair is not None and pair.subject:
            return pair
        others = pair.maybe if pair is not None else ()
        maybe = dict.fromkeys((self._intake.client_of(original), *others))
        return Pair(ref, COPY, maybe=tuple(maybe), original=original)

    def card(self, ref: Ref, deal: str) -> Pair | None:
        """For a card with a deal of its own: whose it is, joined at once. None while nobody shares a key with it."""
        nameless = self._intake.client_of(deal)
        if not self.is_nameless(deal):
            return None
        found = self._found(ref, self._intake.known_keys(ref))
        if found is None:
            return None
        if found.proves and not self.was_taken_apart(ref):
            [client] = found.clients
            deals = self._intake.children(client, "deal")
            both_talk = self._intake.has_link(nameless, "chat") and self._intake.has_link(client, "chat")
            if not both_talk and (not deals or self._has_room(deals, ref)):
                self.join(ref, client, _BECAUSE[found.by])
                return Pair(ref, found.by, client)
        return Pair(ref, found.by, maybe=found.clients)

    def was_taken_apart(self, ref: Ref) -> bool:
        """Whether people took a card out of a deal, and nobody has said since whose it is."""
        item = self._intake.on_desk(str(ref))
        return (
            item is not None and APART_BY in item.summary and (item.settled_at is None or item.settled in (APART, GONE))
        )

    def take_off(self, ref: Ref) -> None:
        """A card is gone: nobody has to say whose it is, until it is there again."""
        item = self._intake.on_desk(str(ref)) if ref.kind == "card" else None
        if item is not None and item.settled_at is None:
            self._intake.settle_inbox(str(ref), GONE)

    def put_back(self, ref: Ref) -> None:
        """A card is there again, and so is the question whose it is."""
        item = self._intake.on_desk(str(ref))
        if item is not None and item.settled == GONE:
            self._intake.add_inbox(item.kind, item.about, item.summary)

    def is_nameless(self, deal: str) -> bool:
        """Whether nothing but a card says whose a deal is."""
        client = self._intake.client_of(deal)
        return not (self._intake.has_link(deal, "task") or self._intake.has_link(client, "contact"))

    def join(self, ref: Ref, client: str, because: str) -> str:
        """Makes a card with a deal of its own a client's; gives its deal: the client's only one, if cardless."""
        deal, nameless = self._intake.local(ref), self._intake.client_of(self._intake.local(ref))
        deals = self._intake.children(client, "deal")
        if nameless != client:
            self._intake.merge(nameless, client)
        if deals != [deal] and self._has_room(deals, ref):
            self._intake.merge(deal, deals[0])
        deal = self._intake.real(deal)
        self._intake.bind(ref, deal, because)
        self._intake.settle_inbox(str(ref), f"belongs to {deal}")
        return deal

    def answer_of_a_person(self, about: str, client: str, by: str) -> str:
        """Takes a proposal off the desk: the card is the client's, or stays apart without one.

        Gives the client whose it is from now on; "" where somebody was quicker, or it may not be theirs any more.
        """
        item, ref = self._intake.on_desk(about), parse_ref(about)
        if item is None or item.settled_at is not None or item.kind != PAIR:
            return ""
        if not client:
            self._intake.settle_inbox(about, APART)
            return self._intake.client_of(self._intake.local(ref))
        if self._intake.real(client) not in {self._intake.real(str(one)) for one in item.summary["maybe"]}:
            return ""
        self.join(ref, self._intake.real(client), f"bound by {by}")
        return self._intake.real(client)

    def _has_room(self, deals: Sequence[str], ref: Ref) -> bool:
        """Whether a client's deals are one, and that has no living card of its own."""
        if len(deals) != 1:
            return False
        others = [one for one in self._intake.bound(deals[0], ref.system, ref.kind) if one != ref]
        kept = self._intake.stored(others)
        return all(one in kept and kept[one].deleted for one in others)

    def without_task(self, client: str) -> str:
        """The one deal of a client, where it began with a card that still lies open and has no task yet; else ""."""
        deals = self._intake.children(client, "deal")
        if len(deals) != 1 or self._intake.has_link(deals[0], "task") or not self._intake.has_link(client, "contact"):
            return ""
        cards = self._intake.stored(self._intake.things(deals[0], "card"))
        return deals[0] if any(not one.deleted and not one.fields.get("closed") for one in cards.values()) else ""

    # -- answers ------------------------------------------------------------------------------------------------

    def answer(self, ref: Ref, form: str, keys: set[tuple[str, str]], *, contradicted: bool = False) -> Pair | None:
        """For an answer without a code: whose it is, bound at once. None while nobody shares a key with it.

        One with a code that nobody gave out is looked at by a person, whatever its phone says.
        """
        found = self._found(ref, keys)
        if found is None:
            return None
        if found.proves and not contradicted:
            deals = self._intake.children(found.clients[0], "deal")
            if len(deals) == 1 and not self._has_answered(deals[0], ref, form):
                self._intake.bind(ref, deals[0], _BECAUSE[found.by])
                self._intake.settle_inbox(str(ref), f"belongs to {deals[0]}")
                return Pair(ref, found.by, found.clients[0])
        return Pair(ref, found.by, maybe=found.clients)

    def _has_answered(self, deal: str, ref: Ref, form: str) -> bool:
        kept = self._intake.stored(self._intake.bound(deal, ref.system, ref.kind))
        return any(one.fields.get("form") == form for one in kept.values())

    # -- contacts -----------------------------------------------------------------------------------------------

    def of_contact(self, record: Record) -> list[Pair]:
        """What waited for a contact with its phones and e-mails: cards with deals of their own, answers of nobody."""
        things = {
            ref
            for what, value in sorted(keys_of(record))
            if what != LINK
            for ref in self._intake.bearers(what, value)
            if ref.kind in _NAMELESS
        }
        return [pair for ref in sorted(things) if (pair := self._waiting(ref)) is not None]

    def _waiting(self, ref: Ref) -> Pair | None:
        local = self._intake.local(ref)
        if ref.kind == "card":
            return self.card(ref, local) if local else None
        kept = self._intake.stored([ref]).get(ref)
        if local or kept is None:
            return None
        form, contradicted = str(kept.fields.get("form", "")), self._is_contradicted(ref)
        return self.answer(ref, form, self._intake.known_keys(ref), contradicted=contradicted)

    def _is_contradicted(self, ref: Ref) -> bool:
        """Whether an answer carries a code that nobody gave out."""
        item = self._intake.on_desk(str(ref))
        return item is not None and bool(item.summary.get("token"))

    # -- what speaks for whom -----------------------------------------------------------------------------------

    def _found(self, ref: Ref, keys: set[tuple[str, str]]) -> _Found | None:
        clients: dict[str, str] = {}
        shared = False
        for what, value in sorted(keys, reverse=True):  # a phone says more than an e-mail
            bearers = self._intake.bearers(what, value) if what != LINK else []
            crowded = any((kind, (what, value)) in self._crowded for kind in ("contact", ref.kind))
            if len(bearers) >= SEVERAL:
                continue  # the agency's own number, in the foot of every card
            for one in bearers:
                if one.kind == "contact" and (client := self._intake.client_of(self._intake.local(one))):
                    clients.setdefault(client, what)
                    shared = shared or crowded
                elif self._is_rival(one, ref):
                    shared = True
        if not clients:
            return None
        by = next(iter(clients.values()))
        oldest_first = sorted(clients, key=lambda client: (len(client), client))
        return _Found(tuple(oldest_first), by, proves=len(clients) == 1 and not shared)

    def _is_rival(self, one: Ref, ref: Ref) -> bool:
        """Whether another thing with the same key has as good a right to be the client's."""
        if one.kind != ref.kind or one == ref:
            return False
        return ref.kind == "card" or not self._intake.local(one)


def because(pair: Pair) -> str:
    """Why a thing was bound, as the binding keeps it."""
    return _BECAUSE[pair.by]
