"""Comments of tasks and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.planfix.errors import COMMENT_FAILED, PlanfixError
from sandbox.planfix.model import Comment, Employee, Thing
from sandbox.planfix.store import Store
from sandbox.planfix.values import Values

TEXT_LIMIT_BYTES = 64 * 1024


class Comments:
    """Changes of comments. A comment does not move the last update of what it is about, only its last activity."""

    def __init__(self, store: Store, values: Values) -> None:
        self._store = store
        self._values = values

    def add(self, about: Thing, body: Mapping[str, Any], by: Employee) -> Comment:
        """Write a comment, in the name of `owner` if given. Raises PlanfixError."""
        now = self._store.clock.now()
        comment = Comment(0, about, by.person_id, now, _read_text(body.get("description")), now)
        if body.get("owner"):
            comment.owner = self._owner(body["owner"])
        self._set(comment, body)
        comment.id = self._store.number("comment")
        self._store.comments[comment.id] = comment
        about.commented = now
        return comment

    def update(self, comment: Comment, body: Mapping[str, Any]) -> None:
        """Change a comment. Raises PlanfixError."""
        if "description" in body:
            comment.text = _read_text(body["description"])
        self._set(comment, body)
        comment.updated = self._store.clock.now()

    def delete(self, comment: Comment) -> None:
        """Remove a comment."""
        del self._store.comments[comment.id]

    def _set(self, comment: Comment, body: Mapping[str, Any]) -> None:
        comment.is_pinned = bool(body.get("isPinned", comment.is_pinned))
        comment.is_hidden = bool(body.get("isHidden", comment.is_hidden))
        comment.source_id = body.get("sourceId", comment.source_id)
        comment.source_object_id = body.get("sourceObjectId", comment.source_object_id)
        comment.source_version = body.get("sourceDataVersion", comment.source_version)
        try:
            if "recipients" in body:
                comment.recipients = self._values.read_people(body["recipients"])
            if "files" in body:
                comment.file_ids = [self._store.file(int(one["id"])).id for one in body["files"] or []]
        except (ValueError, TypeError, KeyError) as error:
            raise PlanfixError(400, COMMENT_FAILED, str(error)) from None

    def _owner(self, value: Any) -> str:
        try:
            owner = self._values.read_person(value, "user")
        except ValueError as error:
            raise PlanfixError(400, COMMENT_FAILED, str(error)) from None
        if owner is None:
            raise PlanfixError(400, COMMENT_FAILED, "Comment owner is empty")
        return owner


def _read_text(value: Any) -> str:
    text = "" if value is None else str(value)
    if len(text.encode()) > TEXT_LIMIT_BYTES:
        raise PlanfixError(400, COMMENT_FAILED, "Comment is too long")
    return text
