"""What hangs on cards, as records tell it. Pure."""

from __future__ import annotations

from bridge.model.files import FileThere
from connectors.trello.foreign import Attachment, Card


def files_of(card: Card) -> list[FileThere] | None:
    """What hangs on a card as it was read; None where that was left out of the answer."""
    if card.badges.attachments and not card.attachments:
        return None
    return [file_there(one) for one in card.attachments]


def file_there(item: Attachment) -> FileThere:
    """An attachment; what was not uploaded is a link."""
    size = str(item.bytes) if item.bytes is not None else ""
    link = "" if item.is_file else item.url or ""
    return FileThere(item.id, item.name or "", int(size) if size.isdigit() and not link else None, link)
