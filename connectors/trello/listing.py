"""How a checklist comes onto a card: copied where there is an equal one, else line by line, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from bridge.model.checklists import plain_checklists, same_title
from bridge.model.decisions import PutChecklist
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from connectors.trello.api import TrelloApi
from connectors.trello.foreign import Checklist
from connectors.trello.mapping import read_checklists
from connectors.trello.session import NAME

LINES_AT_ONCE = 25
"""So many lines are written in one attempt: a quarter of what the token may ask in ten seconds."""
_NEXT_LINES = timedelta(seconds=10)


class ChecklistWriter:
    """Puts lists on cards. The title is the mark: a list of that title is completed, never doubled.

    `seen` gives the lists that the boards were last seen to have: one with the same lines is copied in one request,
    whoever made it.
    """

    def __init__(self, api: TrelloApi, seen: Callable[[], Iterable[Checklist]]) -> None:
        self._api = api
        self._seen = seen
        self._made: dict[tuple[str, ...], str] = {}

    def put(self, card: str, wanted: PutChecklist) -> tuple[bool, dict[str, Plain]]:
        """Whether all was there already, and what stands on the card now.

        Raises ConnectorError, PASSING while lines are left for the next attempt.
        """
        lists = list(self._api.checklists(card))
        mine = _called(wanted.title, lists)
        if mine is not None and not _missing(mine, wanted):
            return True, _shown(lists)
        if mine is None:
            mine = self._copied(card, wanted) or self._api.create_checklist(card, wanted.title)
        else:
            lists.remove(mine)
        mine = self._with_lines(mine, wanted)
        self._made[wanted.items] = mine.id
        return False, _shown([*lists, mine])

    def find(self, card: str, wanted: PutChecklist) -> dict[str, Plain] | None:
        """What stands on the card, when the list is there with all its lines."""
        lists = self._api.checklists(card)
        mine = _called(wanted.title, lists)
        return _shown(lists) if mine is not None and not _missing(mine, wanted) else None

    def _copied(self, card: str, wanted: PutChecklist) -> Checklist | None:
        """A copy of a list with the same lines; None when there is none, or it was deleted meanwhile."""
        lines = [same_title(line) for line in wanted.items]
        like = next((one.id for one in self._seen() if _lines(one) == lines), self._made.get(wanted.items, ""))
        if not like:
            return None
        try:
            return self._api.create_checklist(card, wanted.title, like)
        except ConnectorError as error:
            if error.retry is not Retry.PERMANENT:
                raise
            self._made.pop(wanted.items, None)
            return None

    def _with_lines(self, mine: Checklist, wanted: PutChecklist) -> Checklist:
        missing = _missing(mine, wanted)
        added = []
        with self._api.in_background():
            for line in missing[:LINES_AT_ONCE]:
                added.append(self._api.add_check_item(mine.id, line))
        left = len(missing) - len(added)
        if left:
            what = f"{len(wanted.items) - left} of {len(wanted.items)} lines are there, the others follow"
            raise ConnectorError(NAME, what, retry=Retry.PASSING, wait=_NEXT_LINES)
        return mine.model_copy(update={"checkItems": (*mine.checkItems, *added)})


def _called(title: str, lists: Sequence[Checklist]) -> Checklist | None:
    """The list of that title; the oldest one, should people have made another."""
    return min(
        (one for one in lists if same_title(one.name) == same_title(title)), key=lambda one: one.id, default=None
    )


def _lines(one: Checklist) -> list[str]:
    return [same_title(item.name) for item in sorted(one.checkItems, key=lambda item: (item.pos, item.id))]


def _missing(mine: Checklist, wanted: PutChecklist) -> list[str]:
    """The lines that are not there yet, in their order."""
    there = set(_lines(mine))
    return [line for line in wanted.items if same_title(line) not in there]


def _shown(lists: Iterable[Checklist]) -> dict[str, Plain]:
    return {"checklists": plain_checklists(read_checklists(lists))}
