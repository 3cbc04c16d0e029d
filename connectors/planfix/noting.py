"""Time that staff note on a deal: a comment that says it, and an entry of a data tag in that comment."""

from __future__ import annotations

from decimal import Decimal

from bridge.model.decisions import NoteTime
from bridge.model.deliveries import Delivery
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from bridge.model.wording import worded
from connectors.planfix.api import NAME, PlanfixApi
from connectors.planfix.tag_fields import TimeTag
from connectors.planfix.tags import numbers_in, tag_called
from connectors.planfix.values import NUMBER, PERIOD, Names, field_body

_AN_HOUR = 60
_NOT_SET_UP = worded("bridge.yaml does not say where time is noted: planfix, time")


class TimeNotes:
    """Writes entries. The comment is made by its caller, and found again by its mark; an entry, by its comment."""

    def __init__(self, api: PlanfixApi, wanted: TimeTag | None, names: Names) -> None:
        self._api = api
        self._wanted = wanted
        self._names = names

    def add(self, delivery: Delivery, note: NoteTime, task: str, comment: str) -> None:
        """The entry in that comment, unless it has one. Raises ConnectorError."""
        if self.is_there(task, comment):
            return
        wanted = self._tag()
        tag = tag_called(wanted.tag, self._api.data_tags())
        values = self._values(wanted, note)
        numbers, known = numbers_in(tag, values), {one.id: one for one in tag.fields}
        try:
            data = [field_body(known[numbers[name]], self._fit(known[numbers[name]].type, name, value), self._names)
                    for name, value in values.items()]  # fmt: skip
        except ValueError as error:
            raise ConnectorError(NAME, str(error), retry=Retry.PERMANENT) from None
        self._api.add_tag_entry(task, comment, tag.id or 0, data)

    def is_there(self, task: str, comment: str) -> bool:
        """Whether a comment has an entry of this data tag."""
        tag = tag_called(self._tag().tag, self._api.data_tags())
        entries = self._api.tag_entries(tag.id or 0, ("key", "commentId"), int(task))
        return any(str(one.commentId) == comment for one in entries)

    def asked(self) -> None:
        """Raises ConnectorError where nobody has said where time is noted."""
        self._tag()

    def _tag(self) -> TimeTag:
        if self._wanted is None:
            raise ConnectorError(NAME, _NOT_SET_UP, retry=Retry.PERMANENT, code="not-set-up")
        return self._wanted

    def _values(self, wanted: TimeTag, note: NoteTime) -> dict[str | int, Plain]:
        named: dict[str | int | None, Plain] = {
            wanted.kind: wanted.kinds.get(note.what, note.what),
            wanted.day: note.day,
            wanted.person: note.by,
        }
        return {wanted.spent: note.minutes, **{name: value for name, value in named.items() if name is not None}}

    def _fit(self, type: int, name: str | int, value: Plain) -> Plain:
        """Minutes as the field takes them: hours as a number, or a period that begins at midnight."""
        if self._wanted is None or name != self._wanted.spent:
            return value
        minutes = int(str(value))
        if type == PERIOD:
            return f"00:00-{minutes // _AN_HOUR:02}:{minutes % _AN_HOUR:02}"
        if type == NUMBER:
            return f"{round(Decimal(minutes) / _AN_HOUR, 2).normalize():f}"
        raise ValueError(worded('"{name}" is neither a number of hours nor a period', name=name))
