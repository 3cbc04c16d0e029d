"""What was said on deals before they were first read: all comments of the account, page by page, oldest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from bridge.model.records import Cursor, Happening, Page, Ref
from bridge.model.values import moment_text, parse_moment
from bridge.model.wording import worded
from connectors.planfix.account import Account
from connectors.planfix.answers import Comment, Task
from connectors.planfix.api import OVERLAP_ROWS, PAGE, PlanfixReading, PlanfixSettings
from connectors.planfix.comments import COMMENT_FIELDS, parse_comment
from connectors.planfix.mapping import SYSTEM, PlanfixMapping, commented_after, of_templates
from connectors.planfix.reading import began_at
from connectors.planfix.values import moment_of

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_MINUTES = timedelta(minutes=2)
"""Filters count in whole minutes: the next page begins a little before the end of this one."""
_NO_CHANGES = worded("Planfix tells no changes of the past: only when deals and contacts were made, and comments")
_NO_COMMENTS = worded("comments of Planfix were not read: bridge.yaml says no comments: true under planfix")


class _Position(BaseModel):
    """How far the past was read.

    All between `back_to` ("" for nothing yet) and `top` was read. A reading under way goes from `since` ("" for none)
    up to there; it has come to the row `offset` of those written after `after`.
    """

    top: str
    back_to: str = ""
    since: str = ""
    after: str = ""
    offset: int = 0

    @property
    def ends(self) -> datetime:
        """Up to when comments are still to be read."""
        return parse_moment(self.back_to or self.top)

    def begin(self, since: datetime) -> None:
        """A reading from that moment on; one that is under way goes on when it began as early."""
        if not self.since or since < parse_moment(self.since):
            self.since = self.after = moment_text(since)
            self.offset = 0

    def end(self) -> None:
        """All since its beginning was read."""
        self.back_to, self.since, self.after, self.offset = self.since, "", "", 0

    def go_on(self, written: list[datetime]) -> None:
        """Behind a full page, by the time of its last row where the rows came as they were asked for."""
        last = max(written, default=_BEGINNING) - _MINUTES if written == sorted(written) else _BEGINNING
        if last > parse_moment(self.after):
            self.after, self.offset = moment_text(last), 0
        else:
            self.offset += PAGE - OVERLAP_ROWS


class Past:
    """Reads the comments of an account. What tasks they are about is asked once."""

    def __init__(
        self, api: PlanfixReading, account: Account, settings: PlanfixSettings, mapping: PlanfixMapping
    ) -> None:
        self._api = api
        self._account = account
        self._settings = settings
        self._mapping = mapping
        self._deals: dict[int, Task] | None = None

    @property
    def untold(self) -> tuple[str, ...]:
        """What of the past cannot be told."""
        return (_NO_CHANGES,) if self._mapping.comments else (_NO_CHANGES, _NO_COMMENTS)

    def page(self, cursor: Cursor | None, pulled: Cursor, since: datetime | None) -> Page:
        """The next page of comments; see `Historical.past`."""
        began = began_at(pulled, self._account, self._mapping)
        position = _Position.model_validate_json(cursor) if cursor else _Position(top=moment_text(began))
        begins = since or _BEGINNING
        done = bool(position.back_to) and parse_moment(position.back_to) <= begins
        if done or not self._mapping.comments:
            return Page(cursor)
        position.begin(begins)
        after = parse_moment(position.after)
        filters = [commented_after(after, self._mapping.zone)] if after > _BEGINNING else []
        rows = self._api.oldest_comments(COMMENT_FIELDS, filters, position.offset)
        written = [at for row in rows if (at := moment_of(row.dateTime, self._mapping.zone)) is not None]
        told = [self._told(row) for row in rows]
        ends = position.ends
        if len(rows) < PAGE or (written == sorted(written) and written and written[0] > ends):
            position.end()
        else:
            position.go_on(written)
        return Page(
            Cursor(position.model_dump_json()),
            happenings=tuple(one for one in told if one is not None and one.at <= ends),
            more=True,
        )

    def _told(self, comment: Comment) -> Happening | None:
        """As `pull` tells it; None for one that is not about a deal."""
        if self._deals is None:
            wanted = [of_templates(self._account.deal_templates())]
            self._deals = {task.id: task for task in self._api.tasks(("id", "template", "counterparty"), wanted)}
        task = self._deals.get(comment.task.id or 0) if comment.task else None
        if task is None:
            return None
        about = Ref(SYSTEM, self._settings.account, "task", str(task.id))
        return parse_comment(comment, about, task.counterparty, self._mapping, self._settings.account)
