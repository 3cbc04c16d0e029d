"""How wanted effects are carried out in Trello, and found again after an attempt whose outcome is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

from bridge.model.decisions import (
    AttachDocument,
    CommentCard,
    CopyFile,
    CreateCard,
    Decision,
    LabelCard,
    MoveCard,
    PutChecklist,
    WriteFields,
)
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry
from bridge.model.protocols import Clock
from bridge.model.records import Ref
from bridge.model.values import Plain, aware
from connectors import copying
from connectors.trello.api import TrelloApi
from connectors.trello.directory import Directory
from connectors.trello.files import TOO_LARGE, CardFiles
from connectors.trello.filling import FieldWriter
from connectors.trello.foreign import Action, Attachment, Card, Label
from connectors.trello.listing import ChecklistWriter
from connectors.trello.mapping import action_ref, address_of, card_ref, labels_of, task_url
from connectors.trello.names import Place
from connectors.trello.session import NAME, is_not_found
from connectors.trello.settings import SYSTEM, TrelloMapping
from connectors.trello.texts import mark_in, part_in, parts, task_line

CLOCKS_APART = timedelta(minutes=10)
"""How far Trello's clock and ours may disagree when something is looked for by its time."""
_MOVES_APART = timedelta(seconds=30)
"""The same for moves: the longer it is, the sooner an earlier move to the same list would be taken for this one."""


class Writer:
    """Carries out `push` and `look`. Raises ConnectorError."""

    def __init__(
        self,
        api: TrelloApi,
        directory: Directory,
        mapping: TrelloMapping,
        clock: Clock,
        lists: ChecklistWriter,
        installation: str = "",
    ) -> None:
        self._installation = installation
        self._api = api
        self._lists = lists
        self._fields = FieldWriter(api, directory, mapping)
        self._directory = directory
        self._mapping = mapping
        self._clock = clock

    def push(self, delivery: Delivery) -> Receipt:
        """Do it; a move, label or field that is already so is read, not written."""
        match delivery.decision:
            case CreateCard() as wanted:
                return self._create(delivery, wanted)
            case CommentCard() as wanted:
                return self._comment(delivery, wanted)
            case AttachDocument() as wanted:
                return self._attach(delivery, wanted)
            case CopyFile() as wanted:
                return copying.copy(delivery, wanted, self._files(delivery), self._clock.now())
            case PutChecklist() as wanted:
                already, details = self._lists.put(_target(delivery).id, wanted)
                return self._receipt(card_ref(_target(delivery).id, self._mapping), details, already=already)
            case WriteFields() as wanted:
                card = self._fields.look(_target(delivery).id)
                already, details = self._fields.fill(card, wanted, self._task_url(delivery))
                return self._receipt(card_ref(card.id, self._mapping), details, already=already)
            case wanted:
                card = self._api.card(_target(delivery).id)
                return self._as_wanted(card, wanted) or self._change(card, wanted)

    def look(self, delivery: Delivery) -> Receipt | None:
        """What an earlier attempt left, or None. A card that is gone took nothing."""
        try:
            match delivery.decision:
                case CreateCard() as wanted:
                    return self._find_card(delivery, wanted)
                case CommentCard() as wanted:
                    return self._find_comment(delivery, wanted)
                case AttachDocument() as wanted:
                    return self._find_attachment(delivery, wanted)
                case CopyFile() as wanted:
                    return copying.find(delivery, wanted, self._files(delivery), self._clock.now())
                case MoveCard() as wanted:
                    return self._find_move(delivery, wanted)
                case PutChecklist() as wanted:
                    found = self._lists.find(_target(delivery).id, wanted)
                    card = card_ref(_target(delivery).id, self._mapping)
                    return self._receipt(card, found, already=True) if found is not None else None
                case wanted:
                    return self._as_wanted(self._api.card(_target(delivery).id), wanted)
        except ConnectorError as error:
            if is_not_found(error):
                return None
            raise

    def _create(self, delivery: Delivery, wanted: CreateCard) -> Receipt:
        """A description that does not fit goes on in comments; the address of the task stands in its first part."""
        place = self._place(wanted.list)
        first, *others = self._texts_of_card(delivery, wanted)
        made = self._find_made(delivery, place) if others and delivery.first_tried_at is not None else None
        card = made or self._api.create_card(place.id, wanted.name, first)
        for text in self._missing(card.id, delivery, others, known=made is not None):
            self._api.comment(card.id, text)
        return self._created(card, place, already=False)

    def _texts_of_card(self, delivery: Delivery, wanted: CreateCard) -> tuple[str, ...]:
        url = self._task_url(delivery)
        at_end = self._parts(f"{wanted.description}\n\n{task_line(url)}" if url else wanted.description, delivery)
        if len(at_end) == 1 or not url:
            return at_end
        return self._parts(f"{task_line(url)}\n\n{wanted.description}", delivery)

    def _parts(self, text: str, delivery: Delivery) -> tuple[str, ...]:
        return parts(text, delivery.id, self._installation)

    def _task_url(self, delivery: Delivery) -> str:
        task = delivery.related.get("planfix.task")
        return task_url(task, self._mapping) if task else ""

    def _find_card(self, delivery: Delivery, wanted: CreateCard) -> Receipt | None:
        place = self._place(wanted.list)
        card = self._find_made(delivery, place)
        _first, *others = self._texts_of_card(delivery, wanted)
        if card is None or self._missing(card.id, delivery, others, known=True):
            return None
        return self._created(card, place, already=True)

    def _find_made(self, delivery: Delivery, place: Place) -> Card | None:
        """The card on whichever board. Raises CannotTell when one of them is out of sight and no other has it."""
        known = self._directory.known_boards()
        out_of_sight = []
        for board in sorted(known, key=lambda name: known[name] != place.board):
            try:
                cards = [*self._api.described_cards(known[board])]
            except ConnectorError as error:
                if not is_not_found(error):
                    raise
                out_of_sight.append(board)
                continue
            found = [card for card in cards if mark_in(card.desc or "") == delivery.id]
            if found:  # a card copied by hand carries the mark too: the oldest one is ours
                return min(found, key=lambda card: card.id)
        if out_of_sight:
            raise CannotTell(NAME, f'the card may be on board "{out_of_sight[0]}", which is out of sight')
        return None

    def _created(self, card: Card, place: Place, *, already: bool) -> Receipt:
        details: dict[str, Plain] = {"list": place.title, "list_id": place.id, "url": address_of(card)}
        return self._receipt(card_ref(card.id, self._mapping), details, already=already)

    def _attach(self, delivery: Delivery, wanted: AttachDocument) -> Receipt:
        if delivery.file is None:
            raise _permanent("there is no file to attach: the document was not made")
        file = delivery.file
        if len(file.content) > self._mapping.largest_file * 1_000_000:
            return self._linked(delivery, wanted)
        try:
            content, size = BytesIO(file.content), len(file.content)
            made = self._api.attach(_target(delivery).id, wanted.file_name, file.media_type, content, size)
        except ConnectorError as error:
            if error.code != TOO_LARGE:
                raise
            return self._linked(delivery, wanted)
        return self._attached(made, already=False)

    def _files(self, delivery: Delivery) -> CardFiles:
        return CardFiles(self._api, _target(delivery).id, self._mapping)

    def _linked(self, delivery: Delivery, wanted: AttachDocument) -> Receipt:
        """A link to the deal's task in place of a file that a card does not take."""
        url = self._task_url(delivery)
        if not url:
            raise _permanent(f"{_too_large(delivery, wanted)}, and the deal has no task in Planfix to link to")
        made = self._api.attach_link(_target(delivery).id, wanted.file_name, url)
        return self._told_as_link(self._attached(made, already=False), delivery, wanted)

    def _told_as_link(self, receipt: Receipt, delivery: Delivery, wanted: AttachDocument) -> Receipt:
        """The receipt with what people have to do."""
        told = f"{_too_large(delivery, wanted)}; the card links to the task in Planfix, and the file is put there"
        return replace(receipt, details={**receipt.details, "linked": True, "not_set": told})

    def _find_attachment(self, delivery: Delivery, wanted: AttachDocument) -> Receipt | None:
        since = _first_tried(delivery)
        for item in self._api.attachments(_target(delivery).id):
            size = str(item.bytes) if item.bytes is not None else ""
            same_size = delivery.file is None or not size.isdigit() or int(size) == len(delivery.file.content)
            if item.name == wanted.file_name[:256] and same_size and (item.date is None or aware(item.date) >= since):
                found = self._attached(item, already=True)
                is_link = item.url == self._task_url(delivery) and item.url
                return self._told_as_link(found, delivery, wanted) if is_link else found
        return None

    def _attached(self, item: Attachment, *, already: bool) -> Receipt:
        ref = Ref(SYSTEM, self._mapping.account, "attachment", item.id)
        return self._receipt(ref, {"url": item.url or ""}, already=already)

    def _comment(self, delivery: Delivery, wanted: CommentCard) -> Receipt:
        """A text that does not fit into one comment goes into several; those of an earlier attempt are not repeated."""
        card, texts = _target(delivery).id, self._parts(wanted.text, delivery)
        there = self._parts_on(card, delivery) if len(texts) > 1 and delivery.first_tried_at is not None else {}
        for number, text in enumerate(texts, start=1):
            if number not in there:
                there[number] = self._api.comment(card, text)
        return self._receipt(action_ref(there[1].id, self._mapping))

    def _find_comment(self, delivery: Delivery, wanted: CommentCard) -> Receipt | None:
        there = self._parts_on(_target(delivery).id, delivery)
        if not all(number in there for number in range(1, len(self._parts(wanted.text, delivery)) + 1)):
            return None
        return self._receipt(action_ref(there[1].id, self._mapping), already=True)

    def _missing(self, card: str, delivery: Delivery, texts: Sequence[str], *, known: bool) -> list[str]:
        """The further parts of a card's text that are not among its comments yet; `known` is a card made before."""
        there = self._parts_on(card, delivery) if texts and known else {}
        return [text for text in texts if part_in(text, delivery.id) not in there]

    def _parts_on(self, card: str, delivery: Delivery) -> dict[int, Action]:
        """The comments of a delivery by the number of their part."""
        found = self._api.comments(card, _first_tried(delivery))
        numbered = ((part_in(action.data.text or "", delivery.id), action) for action in found)
        return {number: action for number, action in numbered if number}

    def _find_move(self, delivery: Delivery, wanted: MoveCard) -> Receipt | None:
        """Where the card stands as wanted, or was put there since the first attempt: who moved it on meant it so.

        A person may have drawn it through that list just before: ours leaves the list which the move was decided for.
        """
        card = self._api.card(_target(delivery).id)
        so = self._as_wanted(card, wanted)
        if so is not None or delivery.first_tried_at is None:
            return so
        place, names = self._place(wanted.list), self._directory.names()
        leaves = self._place(wanted.only_from).id if wanted.only_from else None
        for action in self._api.moves(card.id, delivery.first_tried_at - _MOVES_APART):
            left, entered = action.data.listBefore, action.data.listAfter
            ours = left is None or leaves in (None, left.id)
            if ours and entered is not None and entered.id == place.id:
                before = left.id if left is not None else card.idList
                return self._moved(card, names.places.get(card.idList, place), already=True, left=before)
        return None

    def _as_wanted(self, card: Card, decision: Decision) -> Receipt | None:
        """The receipt when the card is already as wanted."""
        match decision:
            case MoveCard() as wanted:
                place = self._place(wanted.list)
                moved_on = wanted.only_from and card.idList not in (place.id, self._place(wanted.only_from).id)
                stands_in = self._directory.names().places.get(card.idList, place) if moved_on else place
                return self._moved(card, stands_in, already=True) if card.idList == stands_in.id else None
            case LabelCard() as wanted:
                label = self._label(card, wanted)
                so = (label.id in card.idLabels) is wanted.present
                return self._labelled(card, label, wanted, already=True) if so else None
            case WriteFields() as wanted:
                found = self._fields.find(card, wanted)
                return self._receipt(card_ref(card.id, self._mapping), found, already=True) if found else None
            case other:
                raise _permanent(f"Trello cannot do {other.kind}")

    def _change(self, card: Card, decision: Decision) -> Receipt:
        match decision:
            case MoveCard() as wanted:
                place = self._place(wanted.list)
                self._api.move_card(card.id, place.id, place.board if card.idBoard != place.board else None)
                return self._moved(card, place, already=False)
            case LabelCard() as wanted:
                label = self._label(card, wanted)
                change = self._api.add_label if wanted.present else self._api.remove_label
                change(card.id, label.id)
                return self._labelled(card, label, wanted, already=False)
            case other:
                raise _permanent(f"Trello cannot do {other.kind}")

    def _place(self, wanted: str) -> Place:
        return self._directory.find(lambda names: names.place(wanted))

    def _label(self, card: Card, wanted: LabelCard) -> Label:
        return self._directory.find(lambda names: names.label(card.idBoard, wanted.label))

    def _moved(self, card: Card, place: Place, *, already: bool, left: str = "") -> Receipt:
        """`left` is the list that the card was in before, when it has been moved on since."""
        left = left or card.idList
        before = self._directory.names().places.get(left)
        details: dict[str, Plain] = {
            "list": place.title,
            "list_id": place.id,
            "from": before.title if before else left,
        }
        return self._receipt(card_ref(card.id, self._mapping), details, already=already)

    def _labelled(self, card: Card, label: Label, wanted: LabelCard, *, already: bool) -> Receipt:
        known = set(labels_of(card, self._directory.names()))
        labels = known | {label.title} if wanted.present else known - {label.title}
        details: dict[str, Plain] = {"label": label.title, "labels": sorted(labels)}
        return self._receipt(card_ref(card.id, self._mapping), details, already=already)

    def _receipt(self, remote: Ref, details: Mapping[str, Plain] | None = None, *, already: bool = False) -> Receipt:
        return Receipt(at=self._clock.now(), remote=remote, already=already, details=details or {})


def _target(delivery: Delivery) -> Ref:
    if delivery.target is None:
        raise _permanent(f"{delivery.subject} has no card yet")
    return delivery.target


def _too_large(delivery: Delivery, wanted: AttachDocument) -> str:
    size = len(delivery.file.content) / 1_000_000 if delivery.file else 0
    return f"{wanted.file_name} has {size:.1f} MB, more than a file on a card may have in this workspace's plan"


def _first_tried(delivery: Delivery) -> datetime:
    """The moment before which an earlier attempt cannot have left anything, by Trello's clock."""
    if delivery.first_tried_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return delivery.first_tried_at - CLOCKS_APART


def _permanent(what: str) -> ConnectorError:
    return ConnectorError(NAME, what, retry=Retry.PERMANENT)
