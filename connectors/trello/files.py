"""Files of cards: fetched for another system, and another system's hung on a card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bridge.model.errors import ConnectorError, FileGone, FileTooLarge
from bridge.model.files import Fetched, FileThere
from bridge.model.records import Ref
from connectors.trello.api import TrelloApi, TrelloReading
from connectors.trello.attached import file_there
from connectors.trello.foreign import Attachment
from connectors.trello.session import NAME, is_not_found
from connectors.trello.settings import SYSTEM, TrelloMapping

TOO_LARGE = "413"


@contextmanager
def fetch(api: TrelloReading, card: str, attachment: str, most: int) -> Iterator[Fetched]:
    """An uploaded file of a card: two requests. Raises ConnectorError, FileGone and FileTooLarge among them."""
    with ExitStack() as stack:
        try:
            item = api.attachment(card, attachment)
            if not item.is_file:
                raise FileGone(NAME, f"{item.name} is a link, not a file")
            file = stack.enter_context(api.download(card, item, most))
        except ConnectorError as error:
            if is_not_found(error):
                raise FileGone(NAME, "the file hangs on the card no more") from error
            raise
        yield file


class CardFiles:
    """The files of one card. Raises ConnectorError."""

    def __init__(self, api: TrelloApi, card: str, mapping: TrelloMapping) -> None:
        self._api = api
        self._card = card
        self._mapping = mapping
        self._there: tuple[Attachment, ...] | None = None

    @property
    def largest(self) -> int:
        return self._mapping.largest_file * 1_000_000

    def files(self) -> Sequence[FileThere]:
        return [file_there(one) for one in self._attachments()]

    def ref(self, file: str) -> Ref:
        return Ref(SYSTEM, self._mapping.account, "attachment", file)

    @contextmanager
    def fetch(self, file: Ref, most: int) -> Iterator[Fetched]:
        with fetch(self._api, self._card, file.id, most) as found:
            yield found

    def hang(self, name: str, file: Fetched) -> Ref:
        try:
            return self.ref(self._api.attach(self._card, name, file.media_type, file.content, file.size).id)
        except ConnectorError as error:
            if error.code == TOO_LARGE:
                raise FileTooLarge(NAME, error.what) from error
            raise

    def linked(self, name: str, address: str) -> Ref | None:
        """One by hand counts as well: the same address is the same link."""
        found = (one for one in self._attachments() if not one.is_file and one.url == address)
        return next((self.ref(one.id) for one in found if one.name in (name, address, "") or not one.name), None)

    def link(self, name: str, address: str, note: str) -> Ref:
        return self.ref(self._api.attach_link(self._card, name, address).id)

    def _attachments(self) -> tuple[Attachment, ...]:
        if self._there is None:
            self._there = self._api.attachments(self._card)
        return self._there
