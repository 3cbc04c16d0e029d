"""Whose is it: ties outside things to clients and deals by what names them. What nothing names is the inbox's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.engine import mailing
from bridge.engine.arriving import carry_over, started
from bridge.engine.context import Context
from bridge.engine.desk.commands import ASKED, Command, as_rules_call_it, meant_by, words_of_rules
from bridge.engine.desk.finding import Found, find
from bridge.engine.desk.hours import before_the_name
from bridge.engine.desk.judges import may_press
from bridge.engine.inviting import move, new_code
from bridge.engine.pairing import APART_BY, PAIR, Pair, Pairing, because
from bridge.engine.wishes import LANGUAGES, help_for, language, silence
from bridge.model.correspondents import may_decide
from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.events import ActorKind, Event
from bridge.model.questions import APPROVE, COMMENT, REFUSE
from bridge.model.records import Happening, Record, Ref
from bridge.model.values import Plain
from bridge.store.intake import Intake
from bridge.store.keys import keys_of

CLIENT, DEAL = "client", "deal"
_NEVER_OUT = (State.HELD, State.SHADOW)
"""Messages that nobody has seen: what names one of their buttons was made up, not pressed."""
ANSWERS = frozenset({APPROVE, REFUSE, COMMENT})
"""The presses by which somebody at a client decides."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The subject a record belongs to ("" for none), the kind of subject made for it, whether we made the record.

    `pairs` are what was bound, or proposed to be bound, because of an equal phone or e-mail.
    """

    subject: str = ""
    created: str = ""
    own: bool = False
    pairs: tuple[Pair, ...] = ()


class Binder:
    """Binds records and happenings inside one intake transaction."""

    def __init__(self, intake: Intake, context: Context) -> None:
        self._intake = intake
        self._context = context
        self._pairing = Pairing(intake)
        self.maybe: dict[Ref, tuple[str, ...]] = {}
        """The clients that answers of nobody may be of, by an equal phone or e-mail."""

    # -- records ------------------------------------------------------------------------------------------------

    def come_together(self, records: Iterable[Record]) -> None:
        """These records come on one page: of two cards with one phone none is the first."""
        self._pairing.come_together(records)

    def bind(self, record: Record) -> Bound:
        """The subject of a record, made or found: by an earlier binding, our own mark, or what the record names."""
        known = self._awaited(record) or self._intake.local(record.ref)
        if record.mark:
            marked = self._intake.delivery_subject(record.mark)
            if marked and (known == marked or not self._is_copy(record, known or marked)):
                if not known:
                    self._intake.bind(record.ref, marked, f"mark {record.mark}")
                return Bound(known or marked, own=True)
        match record.ref.kind:
            case "contact":
                return self._contact(record, known)
            case "task":
                return self._task(record, known)
            case "card":
                return self._card(record, known)
            case "response":
                return Bound(known) if known else self._response(record)
            case _:
                return Bound(known)

    def _awaited(self, record: Record) -> str:
        """The deal whose task named this card before it was read, or whose card it was in another account; "" for none.

        A task tells the address or the id of a card, never its account; both are the same in all of them.
        """
        if record.ref.kind != "card":
            return ""
        found = self._intake.awaited(record.ref, record.url)
        if found is None and not self._intake.local(record.ref):
            found = self._intake.elsewhere(record.ref)
        if found is None:
            return ""
        link, deal = found
        self._intake.unbind(link)
        if not self._intake.local(record.ref):
            self._intake.bind(record.ref, deal, f"named by {link}")
        return self._intake.local(record.ref)

    def _contact(self, record: Record, known: str) -> Bound:
        """A client. Cards and answers that nothing names may be its own."""
        client = known or self.new_client(record.ref.system)
        if not known:
            self._intake.bind(record.ref, client, "its own client")
        pairs = tuple(pair for pair in self._pairing.of_contact(record) if self._propose(pair))
        return Bound(self._intake.real(client), "" if known else CLIENT, pairs=pairs)

    def _task(self, record: Record, known: str) -> Bound:
        """A deal. Its contact says whose; a card it names is its card."""
        contact = self._named(record, "contact")
        if known:
            self._adopt(known, contact)
            self._bind_card(record, known)
            return Bound(self._intake.real(known))
        card = self._named(record, "card")
        carded = self._intake.local(card) if card else ""
        if carded and self._lacks_task(carded, contact, record.ref.system):
            # The card was made by hand first: its deal is this deal.
            self._intake.bind(record.ref, carded, f"names {card}")
            self._adopt(carded, contact)
            return Bound(self._intake.real(carded))
        client = self._client_of_contact(contact, record)
        waiting = self._pairing.without_task(client)
        if waiting and not any(ref.kind.startswith("card") for ref in record.names):
            self._intake.bind(record.ref, waiting, "the one deal of its client that had no task")
            self._bind_card(record, waiting)
            return Bound(self._intake.real(waiting))
        deal = self._new_deal(client, record.ref.system)
        self._intake.bind(record.ref, deal, "its own deal")
        self._bind_card(record, deal)
        return Bound(deal, DEAL)

    def _lacks_task(self, deal: str, contact: Ref | None, system: str) -> bool:
        """Whether the deal of a card may be that of a task: it has no other one (a copied task names the same card),
        and its client is not known to be somebody else."""
        if self._intake.bound(deal, system, "task"):
            return False
        client = self._intake.client_of(deal)
        other = self._intake.local(contact) if contact is not None else ""
        return other in ("", client) or not self._intake.has_link(client, "contact")

    def _card(self, record: Record, known: str) -> Bound:
        """A card of a deal. A card that names no deal's task is a deal of its own, until somebody says whose."""
        task = self._named(record, "task")
        deal = self._intake.local(task) if task else ""
        original = self._original(record, deal) if not known or deal else ""
        if original:
            task, deal = None, ""
        if known:
            if task is not None:
                self._join_task(task, known, record)
            pair = self._pairing.card(record.ref, known) if task is None else None
            return Bound(self._intake.real(known), pairs=self._told(pair))
        if deal:
            self._intake.bind(record.ref, deal, f"names {task}")
            return Bound(deal)
        pair, deal = self._pairing.new_card(record) if task is None else (None, "")
        if original:
            pair = self._pairing.copy(record.ref, original, pair)
        if pair is not None and deal:
            self._intake.bind(record.ref, deal, because(pair))
            return Bound(deal, pairs=(pair,))
        client = pair.subject if pair is not None and pair.subject else self.new_client(record.ref.system)
        deal = self._new_deal(client, record.ref.system)
        own = f"a copy of a card of {original}" if original else "a card of its own"
        self._intake.bind(record.ref, deal, because(pair) if pair and pair.subject else own)
        if task is not None:
            self._intake.bind(task, deal, f"named by {record.ref}")
        return Bound(deal, DEAL, pairs=self._told(pair))

    def _told(self, pair: Pair | None) -> tuple[Pair, ...]:
        """What people have to hear of; a proposal lies on their desk from here on."""
        if pair is None:
            return ()
        return (pair,) if self._propose(pair) else ()

    def _propose(self, pair: Pair) -> bool:
        """Puts a proposal on the desk; False for one that lay there before, as it is or answered."""
        if pair.subject:
            return True
        known = self._intake.on_desk(str(pair.ref))
        if known is not None and known.summary.get("maybe") == list(pair.maybe):
            return False
        if pair.ref.kind != "card":  # an answer lies there anyway, since it says no client
            if known is not None:
                self._intake.add_inbox(known.kind, str(pair.ref), {**known.summary, "maybe": list(pair.maybe)})
            return False
        kept = self._intake.stored([pair.ref]).get(pair.ref)
        summary = {
            "client": pair.maybe[0] if len(pair.maybe) == 1 else "",
            "maybe": list(pair.maybe),
            "by": pair.by,
            "name": str(kept.fields.get("name", "")) if kept else "",
            **({APART_BY: known.summary[APART_BY]} if known is not None and APART_BY in known.summary else {}),
        }
        return self._intake.add_inbox(PAIR, str(pair.ref), summary)

    def _is_copy(self, record: Record, deal: str) -> bool:
        """Whether a deal has another such thing that is still there: people copy things with all that marks them."""
        if record.ref.kind not in ("card", "task"):
            return False
        others = [ref for ref in self._intake.bound(deal, record.ref.system, record.ref.kind) if ref != record.ref]
        kept = self._intake.stored(others)
        return any(ref not in kept or not kept[ref].deleted for ref in others)

    def _original(self, record: Record, named: str) -> str:
        """The deal of whose card this one is a copy: it names that deal's task, or bears its mark; "" for none."""
        marked = self._intake.delivery_subject(record.mark) if record.mark and not named else ""
        return next((deal for deal in (named, marked) if deal and self._is_copy(record, deal)), "")

    def _response(self, record: Record) -> Bound:
        form = str(record.fields.get("form", ""))
        token = self._intake.token(record.token, form) if record.token else None
        if token is None:
            pair = self._pairing.answer(record.ref, form, keys_of(record), contradicted=bool(record.token))
            if pair is None or not pair.subject:
                self.maybe[record.ref] = pair.maybe if pair else ()
                return Bound()
            return Bound(self._intake.local(record.ref), pairs=(pair,))
        self._intake.bind(record.ref, token.subject, f"code {record.token}")
        return Bound(token.subject)

    def _bind_card(self, record: Record, deal: str) -> None:
        """The card a task names is its deal's. One that is not read yet is waited for by its address."""
        card = self._named(record, "card") or next((ref for ref in record.names if ref.kind == "card_link"), None)
        if card is None:
            return
        carded = self._intake.local(card)
        if not carded:
            self._intake.bind(card, deal, f"named by {record.ref}")
        elif carded != deal and not self._intake.bound(carded, record.ref.system, "task"):
            self._one_deal(carded, deal, card)

    def _join_task(self, task: Ref, deal: str, record: Record) -> None:
        """The task a bound card names belongs to the same deal, unless the deal has a task already."""
        tasked = self._intake.local(task)
        if not tasked:
            self._intake.bind(task, deal, f"named by {record.ref}")
        elif tasked != deal and not self._intake.bound(deal, task.system, "task"):
            self._one_deal(deal, tasked, record.ref)

    def _one_deal(self, carded: str, tasked: str, card: Ref) -> None:
        """A card's deal and a task's deal turn out to be one, unless people took the card out of it.

        Of two known clients none is joined: people decide.
        """
        if self._pairing.was_taken_apart(card):
            return
        nameless, client = self._intake.client_of(carded), self._intake.client_of(tasked)
        if nameless != client:
            if self._intake.has_link(nameless, "contact"):
                return
            self._intake.merge(nameless, client)
        self._intake.merge(carded, tasked)

    def _client_of_contact(self, contact: Ref | None, record: Record) -> str:
        if contact is not None and (client := self._intake.local(contact)):
            return client
        client = self.new_client(record.ref.system)
        if contact is not None:
            self._intake.bind(contact, client, f"named by {record.ref}")
        return client

    def _adopt(self, deal: str, contact: Ref | None) -> None:
        """A deal whose client was not known gets the contact; two clients found to be one are merged."""
        if contact is None:
            return
        client, known = self._intake.client_of(deal), self._intake.local(contact)
        if not known:
            self._intake.bind(contact, client, f"named by the task of {deal}")
        elif known != client and not self._has_contact(client, contact.system):
            self._intake.merge(client, known)

    def _has_contact(self, client: str, system: str) -> bool:
        """Whether a client has a contact that is still there. One may be gone because it was merged into another."""
        kept = self._intake.stored(bound := self._intake.bound(client, system, "contact"))
        return any(ref not in kept or not kept[ref].deleted for ref in bound)

    def back(self, ref: Ref) -> None:
        """A card is there again."""
        self._pairing.put_back(ref)

    def gone(self, ref: Ref) -> str:
        """A thing is no more; a card is taken off people's desk.

        Where all tasks of a contact name one other by now, both were merged: so are their clients. Gives the client
        that stays, "" where nothing follows.
        """
        self._pairing.take_off(ref)
        client = self._intake.local(ref) if ref.kind == "contact" else ""
        if not client or self._has_contact(client, ref.system):
            return ""
        deals = self._intake.children(client, DEAL)
        tasks = self._intake.stored(task for deal in deals for task in self._intake.bound(deal, ref.system, "task"))
        named = {str(task.fields.get("contact")) for task in tasks.values() if not task.deleted}
        if len(named) != 1:
            return ""
        kind, _, id = named.pop().partition(":")
        other = self._intake.local(replace(ref, id=id)) if kind == "contact" and id != ref.id else ""
        if other and other != client:
            self._intake.merge(client, other)
        return other

    def _named(self, record: Record, kind: str) -> Ref | None:
        """The thing of a kind that a record names; a short link is looked up among what was read."""
        for ref in record.names:
            if ref.kind == kind:
                elsewhere = None if kind != "card" or self._intake.local(ref) else self._intake.elsewhere(ref)
                return elsewhere[0] if elsewhere is not None else ref
            if ref.kind == f"{kind}_link":
                found = self._intake.find_by_url(ref.system, kind, ref.id)
                if found is not None:
                    return found
        return None

    # -- births -------------------------------------------------------------------------------------------------

    def new_client(self, origin: str) -> str:
        """A client with the code of its one-time /start link."""
        return new_client(self._intake, origin)

    def _new_deal(self, client: str, origin: str) -> str:
        """A deal with its respondent's code for every form."""
        return new_deal(self._intake, client, origin, (form.id for form in self._context.forms.values()))

    # -- happenings ---------------------------------------------------------------------------------------------

    def happened(self, happening: Happening, event: Event) -> Event | None:
        """The event as it belongs to somebody, or None for what is no event of anybody's."""
        match happening.kind:
            case "start":
                return started(self._intake, self._context, happening, event)
            case "press":
                return self._press(happening, event)
            case "stop":
                return silence(self._intake, happening, event)
            case "language":
                return language(self._intake, happening, event)
            case "help":
                return help_for(self._intake, happening, event)
            case "chat.migrated":
                return self._migrated(happening, event)
            case mailing.LETTER:
                return mailing.came(self._intake, happening, event)
            case mailing.RETURNED:
                return mailing.returned(self._intake, happening, event)
            case "command" if happening.actor.kind is not ActorKind.PERSON:
                return None
            case _ if (meant := meant_by(event, self._context.ruleset)) is not None:
                return self._asked(event, meant)
            case _ if event.kind == "command" and not event.subject:
                return self._spoken_of(event)
            case _:
                return event

    def _press(self, happening: Happening, event: Event) -> Event | None:
        """A button under one of our messages: the message says whose it is; only its readers may press it.

        A client answers what the client was asked, staff what staff were: what a program other than Telegram's says was
        pressed is believed of nobody else, and only of a button that is there. What staff are asked about the bridge
        itself is nobody's.
        """
        mark, _, action = str(happening.data.get("data", "")).partition(":")
        notice = self._intake.delivery(mark)
        if (
            notice is None
            or not isinstance(notice.decision, SendMessage)
            or action not in notice.decision.titles
            or notice.state in _NEVER_OUT
        ):
            return None
        subject = notice.subject
        data: dict[str, Plain] = {"button": action, "delivery": mark}
        if not notice.decision.to_client:
            is_staff = happening.actor.kind is ActorKind.PERSON
            may = is_staff and may_press(self._context, notice.decision, happening.actor)
            return replace(event, kind="button", subject=subject, data=data) if may else None
        own = subject and self._intake.client_of(subject) == self._intake.client_of(event.subject) != ""
        if own and happening.actor.kind is ActorKind.CLIENT:
            if action in LANGUAGES:
                return language(self._intake, happening, replace(event, subject=subject), action)
            if action in ANSWERS and not self._decides(happening, self._intake.client_of(subject)):
                return replace(event, kind="answer.refused", subject=subject, data={**happening.data, **data})
            return replace(event, kind="answer", subject=subject, data=data)
        return None

    def _decides(self, happening: Happening, client: str) -> bool:
        """Whether whoever pressed decides for the client: somebody with a chat of their own is who they are there.

        In a group everybody else is what the group is.
        """
        theirs = self._intake.correspondents(client)
        own = replace(happening.about, id=happening.actor.id)
        return may_decide(own if any(one.chat == own for one in theirs) else happening.about, theirs)

    def _migrated(self, happening: Happening, event: Event) -> Event | None:
        """A group became a supergroup: its binding moves to the new id at once."""
        new = replace(happening.about, id=str(happening.data.get("to", "")))
        if new.id:
            move(self._intake, happening.about, new)
            carry_over(self._intake, happening.about, new)
        return event

    def _asked(self, event: Event, meant: Command) -> Event:
        """A question to the desk, about the clients that it names; without a name, about whose chat it is."""
        text = str(event.data.get("text", ""))
        head, text = before_the_name(text) if meant.name == "time" else ("", text)
        found = find(self._intake, self._context, text) if meant.names_client else Found(rest=text)
        own = self._intake.client_of(event.subject) if event.subject else ""
        if own and meant.names_client and not found.clients:
            found = Found((own,), text)
        about: dict[str, Plain] = {
            "desk": meant.name,
            "clients": list(found.clients),
            "rest": f"{head} {found.rest}".strip(),
        }
        subject = found.clients[0] if len(found.clients) == 1 else ""
        return replace(event, kind=ASKED, subject=subject, data={**event.data, **about})

    def _spoken_of(self, event: Event) -> Event:
        """A command of staff names its client: `/бриф Ромашка` is about the one deal whose client is called so.

        One that no rule listens to is asked back. Behind the client's name only the reason of an override may follow.
        """
        ruleset = self._context.ruleset
        word = as_rules_call_it(event, ruleset)
        if word not in words_of_rules(ruleset):
            return replace(event, kind="command.unclear")
        found = find(self._intake, self._context, str(event.data.get("text", "")))
        data: dict[str, Plain] = {**event.data, "command": f"/{word}"}
        if any(rule.override and rule.override.command.casefold() == f"/{word}" for rule in ruleset.rules):
            data["text"] = found.rest
        elif found.rest:
            found = Found()
        deals = [deal for client in found.clients for deal in self._intake.children(client, DEAL)]
        if len(deals) == 1:
            return replace(event, subject=deals[0], data=data)
        return replace(event, kind="command.unclear", data={**event.data, "found": len(deals)})


def new_client(intake: Intake, origin: str) -> str:
    """A client with the code of its one-time /start link."""
    client = intake.new_subject(CLIENT, "", origin)
    new_code(intake, client)
    return client


def new_deal(intake: Intake, client: str, origin: str, forms: Iterable[str]) -> str:
    """A deal of a client, with a respondent's code for each of these forms."""
    deal = intake.new_subject(DEAL, client, origin)
    for form in forms:
        intake.new_token(form, deal)
    return deal


def take_apart(intake: Intake, card: Ref, forms: Iterable[str], by: str) -> str:
    """Takes a card out of the deal that it was joined to by mistake; gives the deal that is its own from now on.

    What happened until now stays in the history of the first deal, and the journal keeps whose the card was. The card
    lies on people's desk until somebody says whose it is; nothing joins it by itself any more.
    """
    wrong = intake.client_of(intake.local(card))
    deal = new_deal(intake, new_client(intake, card.system), card.system, forms)
    intake.bind(card, deal, f"taken apart by {by}")
    kept = intake.stored([card]).get(card)
    name = str(kept.fields.get("name", "")) if kept else ""
    summary = {"client": wrong, "maybe": [wrong], "by": APART_BY, "name": name, APART_BY: by}
    intake.add_inbox(PAIR, str(card), summary)
    intake.dirty(wrong)
    return deal
