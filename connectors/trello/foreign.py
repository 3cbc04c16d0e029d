"""Trello's JSON as typed values: no more of it than the bridge looks at. What is not named here is passed over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_T = TypeVar("_T")
_MOMENTS = frozenset({"due", "date", "dateLastActivity", "dateExpires"})


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, coerce_numbers_to_str=True)


def without_nothing(answer: Any) -> Any:
    """An answer without what says nothing: nulls, and moments without a letter."""
    if isinstance(answer, Mapping):
        return {
            name: without_nothing(value)
            for name, value in answer.items()
            if value is not None and not (value == "" and name in _MOMENTS)
        }
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return [without_nothing(value) for value in answer if value is not None]
    return answer


def read(adapter: TypeAdapter[_T], answer: Any) -> _T:
    """What an answer says. Raises ValidationError when it says something else than is described."""
    try:
        return adapter.validate_python(answer)
    except ValidationError:
        return adapter.validate_python(without_nothing(answer))


def read_json(adapter: TypeAdapter[_T], body: bytes) -> _T:
    """The same of a body. Looking for nothing in every one would cost more than all else."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        try:
            return adapter.validate_python(without_nothing(json.loads(body)))
        except ValueError:
            raise error from None


class TrelloList(_Foreign):
    """A list of a board."""

    id: str
    name: str = ""
    closed: bool = False


class Label(_Foreign):
    """A label of a board; many have a colour and no name."""

    id: str
    name: str | None = ""
    color: str | None = None

    @property
    def title(self) -> str:
        """Its name, or its colour when it has none."""
        return self.name or self.color or ""


class Member(_Foreign):
    """A member of Trello."""

    id: str
    username: str = ""
    fullName: str | None = ""


class _Text(_Foreign):
    text: str | None = ""


class Option(_Foreign):
    """One choice of a custom field of type `list`."""

    id: str
    value: _Text = _Text()


class _Display(_Foreign):
    name: str = ""
    options: tuple[Option, ...] = ()


class CustomField(_Foreign):
    """The definition of a custom field: text, number, checkbox, date or list."""

    id: str
    name: str = ""
    type: str = "text"
    options: tuple[Option, ...] | None = None
    display: _Display = _Display()

    @property
    def title(self) -> str:
        """Its name; the published description has it below `display`."""
        return self.name or self.display.name

    @property
    def choices(self) -> Mapping[str, str]:
        """Text of each option by its id; of one that has two, the last."""
        return {option.id: option.value.text or "" for option in self.all_options}

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Wherever they stand."""
        return self.options or self.display.options


class FieldItem(_Foreign):
    """A custom field's value on a card; an option's id for lists, texts for everything else."""

    idCustomField: str
    idValue: str | None = None
    value: Mapping[str, Any] | str | None = None


class Attachment(_Foreign):
    """A file or link on a card. `bytes` is a number or a text, None for links; `isUpload` tells a file from a link."""

    id: str
    name: str | None = ""
    url: str | None = ""
    date: datetime | None = None
    bytes: int | str | None = None
    isUpload: bool | None = None

    @property
    def is_file(self) -> bool:
        """Whether it was uploaded; where that is not told, whether it has a size."""
        return self.isUpload if self.isUpload is not None else self.bytes is not None


class _Badges(_Foreign):
    comments: int = 0
    attachments: int = 0


class CheckItem(_Foreign):
    """A line of a checklist. `state` is complete or incomplete."""

    id: str
    name: str = ""
    state: str = "incomplete"
    pos: float = 0


class Checklist(_Foreign):
    """A checklist with its lines."""

    id: str
    name: str = ""
    idCard: str = ""
    pos: float = 0
    checkItems: tuple[CheckItem, ...] = ()


class Card(_Foreign):
    """A card, closed or not."""

    id: str
    name: str = ""
    desc: str | None = ""
    closed: bool = False
    idBoard: str = ""
    idList: str = ""
    idLabels: tuple[str, ...] = ()
    idMembers: tuple[str, ...] = ()
    due: datetime | None = None
    dueComplete: bool | None = False
    dateLastActivity: datetime | None = None
    url: str | None = ""
    shortLink: str | None = ""
    pos: float = 0
    isTemplate: bool | None = False
    badges: _Badges = _Badges()
    customFieldItems: tuple[FieldItem, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    checklists: tuple[Checklist, ...] = ()


class Board(_Foreign):
    """A board with whatever was asked along with it."""

    id: str
    name: str = ""
    closed: bool = False
    dateLastActivity: datetime | None = None
    lists: tuple[TrelloList, ...] = ()
    labels: tuple[Label, ...] = ()
    members: tuple[Member, ...] = ()
    customFields: tuple[CustomField, ...] = ()
    cards: tuple[Card, ...] = ()
    checklists: tuple[Checklist, ...] = ()


class _Named(_Foreign):
    id: str = ""
    name: str = ""


class Before(_Foreign):
    """Values are as they come: who needs one reads it."""

    closed: bool | None = None
    name: Any = None
    desc: Any = None
    due: Any = None
    dueComplete: Any = None
    value: Any = None
    idValue: Any = None


class _Acted(_Named):
    """The card of an action, with what an update made of it."""

    desc: str | None = ""
    due: Any = None
    dueComplete: Any = None


class _Ticked(_Named):
    state: str = ""


class _Data(_Foreign):
    card: _Acted = _Acted()
    customField: _Named | None = None
    customFieldItem: Before | None = None
    checklist: _Named = _Named()
    checkItem: _Ticked = _Ticked()
    board: _Named = _Named()
    boardTarget: _Named | None = None
    list: _Named | None = None
    listBefore: _Named | None = None
    listAfter: _Named | None = None
    text: str | None = None
    old: Before | None = None
    """What an update replaced."""


class Action(_Foreign):
    """Something that was done, and by whom."""

    id: str
    type: str
    date: datetime
    idMemberCreator: str | None = ""
    memberCreator: Member | None = None
    data: _Data = _Data()


class WebhookCall(_Foreign):
    """The body of a webhook's call. https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/"""

    action: Action


class Membership(_Foreign):
    """A member of a board: `admin`, `normal`, or an `observer`, who changes nothing."""

    idMember: str = ""
    memberType: str = ""


class Webhook(_Foreign):
    """Whom Trello calls when something of `idModel` changes, and how that fares."""

    id: str
    idModel: str = ""
    callbackURL: str = ""
    active: bool = True
    consecutiveFailures: int = 0


class Permission(_Foreign):
    """What a token may do to one kind of thing."""

    modelType: str = ""
    read: bool = False
    write: bool = False


class Token(_Foreign):
    """The token's own rights and end."""

    idMember: str = ""
    dateExpires: datetime | None = None
    permissions: tuple[Permission, ...] = Field(default=())
