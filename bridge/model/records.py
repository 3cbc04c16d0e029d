"""What connectors read: the newest state of outside things, and what happened there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from bridge.model.errors import ConnectorError, SourceEmptied
from bridge.model.events import Actor
from bridge.model.values import Plain

Cursor = NewType("Cursor", str)
"""The remote's position, opaque to all but its connector: stored, handed back, never parsed."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The identity of one outside thing: which system, which account of it, which kind, its id there."""

    system: str
    account: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.system}:{self.account}:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Record:
    """The newest known state of one outside thing, normalized.

    `fields` are named as in mapping names without system and kind: `prepaid` of Planfix is `planfix.task.prepaid`.
    `names` are other outside things this one names explicitly (the contact of a task, the card URL in a field): binding
    follows them. `token` is a respondent's or binder's code found in it. `mark` is the id of the bridge's own delivery
    that created it, when the thing carries one. `phones` and `emails` are normalized.
    `changed_at` is the vendor's own time of the last change, when it tells; `read_at` is when the request was sent.
    `unknown` are names that could not be read here (no such field on this board any more, no right to see it): they are
    neither empty nor changed, and `fields` has none of them.
    `first_of` are single values that are the first of a list, by name (`assignee` of `assignees`): what changes the one
    shows in the other.
    """

    ref: Ref
    fields: Mapping[str, Plain]
    read_at: datetime
    changed_at: datetime | None = None
    url: str = ""
    names: tuple[Ref, ...] = ()
    token: str = ""
    mark: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    deleted: bool = False
    unknown: frozenset[str] = frozenset()
    first_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """Equal for equal content: a touched but equal record wakes no rule. Reading times do not count."""
        body: list[object] = [dict(self.fields), [str(ref) for ref in self.names], self.token, self.mark, self.deleted]
        if self.unknown:
            body.append(sorted(self.unknown))
        if self.phones or self.emails:  # of several phones a contact shows but one as a field
            body.append({"keys": sorted({*self.phones, *self.emails})})
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is an event at the vendor itself: a comment, a message, a press, a binding.

    `ref` carries the vendor's own id of it, so that reading it twice makes one event. `about` is the record or chat it
    belongs to. `kind` is a trigger kind (`comment.added`, `message`, `button`, `bound`, `chat.blocked` ...). `mark` is
    the delivery id found in it when the bridge itself wrote it.
    """

    ref: Ref
    kind: str
    at: datetime
    about: Ref
    actor: Actor
    data: Mapping[str, Plain] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of `pull`: stored whole in one transaction together with its cursor.

    `seen_up_to` says, for each source of this connector, up to which moment everything was read: the time the request
    was sent minus the source's known lag. `whole` names kinds (`trello.card`) of which this page holds every living
    record of the account: stored ones that are absent have been deleted. `listed` names kinds of which it shows every
    living record as far as a list can tell that may move while it is read: absent ones are read one by one. `failed`
    says of which sources this page could bring nothing, and why: they are not in `seen_up_to`, and everything else in
    the page counts. `lacking` are, for a source that was read but for a part of it, the titles that were not found
    there, each with the one that it may be now ("" where none is alike); empty for a source that was read whole.

    `happenings` stand in the order in which they happened, as their system tells it: they are taken in as they stand,
    since their `at` may be no more than the moment of reading. Those of an import may stand in any order.
    """

    cursor: Cursor | None
    records: Sequence[Record] = ()
    happenings: Sequence[Happening] = ()
    seen_up_to: Mapping[str, datetime] = field(default_factory=dict)
    whole: frozenset[tuple[str, str]] = frozenset()
    listed: frozenset[tuple[str, str]] = frozenset()
    more: bool = False
    failed: Mapping[str, ConnectorError | SourceEmptied] = field(default_factory=dict)
    lacking: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a system tells by itself, by a webhook.

    `happenings` are those that `pull` gives, under the same ids: whichever comes second is no second event. `touched`
    are records that are not what they were: what they are now is not told and has to be read. `unclear` is a change
    of which only a poll can say what it was.
    """

    happenings: Sequence[Happening] = ()
    touched: Sequence[Ref] = ()
    unclear: bool = False
