"""The things Trello keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Member:
    """A Trello user."""

    id: str
    username: str
    full_name: str
    email: str

    @property
    def initials(self) -> str:
        """Up to two capital letters of the name."""
        return "".join(word[0] for word in self.full_name.split()[:2]).upper()


@dataclass
class App:
    """An application: the key that names it and the secret that signs its webhooks."""

    id: str
    name: str
    key: str
    secret: str


@dataclass
class Token:
    """What an application may do in the name of a member."""

    id: str
    text: str
    app: App
    member: Member
    created: datetime
    may_write: bool = True


@dataclass(frozen=True)
class Actor:
    """Who does something: a member, through which application, with which client identifier."""

    member: Member
    app: App | None = None
    client_identifier: str | None = None


@dataclass
class Label:
    """A label of a board; a colour of None is a label without colour."""

    id: str
    board_id: str
    name: str
    color: str | None


@dataclass
class Option:
    """One choice of a list field."""

    id: str
    text: str
    color: str
    pos: float


@dataclass
class CustomField:
    """A custom field that every card of a board has; `type` is text, number, date, checkbox or list."""

    id: str
    board_id: str
    name: str
    type: str
    pos: float
    card_front: bool = True
    options: dict[str, Option] = field(default_factory=dict)


@dataclass
class CustomFieldItem:
    """The value a card has in a custom field."""

    id: str
    value: dict[str, str] | None
    option_id: str | None = None


@dataclass
class BoardList:
    """A column of a board."""

    id: str
    board_id: str
    name: str
    pos: float
    closed: bool = False


@dataclass
class CheckItem:
    """One line of a checklist."""

    id: str
    name: str
    pos: float
    complete: bool = False
    due: datetime | None = None
    member_id: str | None = None


@dataclass
class Checklist:
    """A checklist of a card."""

    id: str
    board_id: str
    card_id: str
    name: str
    pos: float
    items: dict[str, CheckItem] = field(default_factory=dict)


@dataclass
class Attachment:
    """A link or an uploaded file; `content` is None for a link."""

    id: str
    name: str
    url: str
    mime_type: str
    date: datetime
    member_id: str
    pos: float
    file_name: str | None = None
    content: bytes | None = None


@dataclass
class Card:
    """A card. `short_number` is its number on the board, `short_link` the letters of its address."""

    id: str
    board_id: str
    list_id: str
    name: str
    desc: str
    pos: float
    short_number: int
    short_link: str
    last_activity: datetime
    closed: bool = False
    due: datetime | None = None
    start: datetime | None = None
    due_complete: bool = False
    due_reminder: int | None = None
    label_ids: list[str] = field(default_factory=list)
    member_ids: list[str] = field(default_factory=list)
    checklists: dict[str, Checklist] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    fields: dict[str, CustomFieldItem] = field(default_factory=dict)
    """Custom field id to value; fields without a value are not there."""
    cover_id: str | None = None
    cover_color: str | None = None
    comments: int = 0
    is_template: bool = False
    actions: list[Action] = field(default_factory=list)
    """What stands in its action lists, oldest first."""


@dataclass
class Board:
    """A board with everything on it."""

    id: str
    name: str
    desc: str
    creator_id: str
    organization_id: str
    short_link: str
    last_activity: datetime
    closed: bool = False
    lists: dict[str, BoardList] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    member_ids: dict[str, str] = field(default_factory=dict)
    """Member id to role: admin, normal or observer."""
    actions: list[Action] = field(default_factory=list)
    """What stands in action lists, oldest first."""
    cards_made: int = 0


@dataclass
class Action:
    """Something that happened."""

    id: str
    type: str
    date: datetime
    data: dict[str, Any]
    actor: Actor
    card_id: str | None = None


@dataclass
class Webhook:
    """A wish to be told by HTTP of what happens to one model."""

    id: str
    token: Token
    callback_url: str
    model_id: str
    description: str
    active: bool = True
    failures: int = 0
    failing_since: datetime | None = None
