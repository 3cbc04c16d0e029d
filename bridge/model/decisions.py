"""What a plan wants done: frozen values that a dry run prints, the outbox keeps and connectors carry out.

Decisions name roles and fields, not vendors: the engine finds the connector by the decision's capability and resolves
the subject to a remote id at the moment of sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, cast

from bridge.model.values import Plain


class Capability(StrEnum):
    """What a connector can carry out. One connector is in charge of each in a workspace."""

    CARDS = "cards"  # create, move, comment, label, attach, write card fields
    TASKS = "tasks"  # create tasks for staff, write deal and contact fields
    CHAT = "chat"  # messages to clients and staff
    FORMS = "forms"  # reads answers; writes nothing
    SMS = "sms"  # short messages to clients whom neither a chat nor a letter reaches
    WEBHOOKS = "webhooks"  # calls of other systems
    LETTERS = "letters"  # messages to clients who cannot be reached in a chat
    DOCUMENTS = "documents"  # makes files (inside the bridge)


@dataclass(frozen=True, slots=True)
class Decision:
    """The base of all decisions. `kind` names it in the outbox, `capability` says who carries it out."""

    kind: ClassVar[str]
    capability: ClassVar[Capability]


@dataclass(frozen=True, slots=True)
class CreateCard(Decision):
    """A card for the subject, in the list of that name; bound to it at birth."""

    kind: ClassVar[str] = "create_card"
    capability: ClassVar[Capability] = Capability.CARDS
    list: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MoveCard(Decision):
    """The subject's card into the list of that name (or "Board / List").

    With `only_from` it stays where it is when it no longer stands in that list: somebody moved it on meanwhile.
    """

    kind: ClassVar[str] = "move_card"
    capability: ClassVar[Capability] = Capability.CARDS
    list: str
    back: bool = False
    only_from: str = ""


@dataclass(frozen=True, slots=True)
class CommentCard(Decision):
    """A comment on the subject's card, in the card system's own markup."""

    kind: ClassVar[str] = "comment_card"
    capability: ClassVar[Capability] = Capability.CARDS
    text: str
    template: str = ""


@dataclass(frozen=True, slots=True)
class CommentTask(Decision):
    """A comment on the subject's deal in the task system, for staff to read. `text` is HTML with plain line breaks."""

    kind: ClassVar[str] = "comment_task"
    capability: ClassVar[Capability] = Capability.TASKS
    text: str
    template: str = ""


@dataclass(frozen=True, slots=True)
class NoteTime(Decision):
    """Time that somebody of the staff spent on the subject's deal: an entry in the task system, under a comment.

    `what` is talk or work, `by` who it was (a key of people.yaml), `day` ISO 8601 where the office is; `text` is HTML.
    """

    kind: ClassVar[str] = "note_time"
    capability: ClassVar[Capability] = Capability.TASKS
    minutes: int
    what: str
    by: str
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelCard(Decision):
    """A label put on the subject's card, or taken off."""

    kind: ClassVar[str] = "label_card"
    capability: ClassVar[Capability] = Capability.CARDS
    label: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class PutChecklist(Decision):
    """A checklist with these lines on the subject's card. A list of that title there is completed, never doubled.

    `template` names where the lines come from, `role` and `person` who is to tick them. With `another` a tick of
    `not_by`, and of whoever ticked the same line of another list of the card, does not count.
    """

    kind: ClassVar[str] = "put_checklist"
    capability: ClassVar[Capability] = Capability.CARDS
    title: str
    items: tuple[str, ...]
    template: str = ""
    role: str = ""
    person: str = ""
    another: bool = False
    not_by: str = ""


@dataclass(frozen=True, slots=True)
class WriteFields(Decision):
    """Values for the fields of one record of the subject.

    `record` is `planfix.contact`, `planfix.task` or `trello.card`; keys of `values` are mapping names without it.
    The connector whose name `record` starts with carries it out. `because` names where each value comes from.

    `base` says, for keys of `values`, what stood there when this was decided: a field that by now holds something else
    is left alone, and the receipt tells it. A key that `base` lacks is written whatever stands there.
    """

    kind: ClassVar[str] = "write_fields"
    capability: ClassVar[Capability] = Capability.TASKS
    record: str
    values: Mapping[str, Plain] = field(default_factory=dict)
    because: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreateTask(Decision):
    """A task for a member of staff. `person` is a key of people.yaml, `due` an ISO moment or ""."""

    kind: ClassVar[str] = "create_task"
    capability: ClassVar[Capability] = Capability.TASKS
    title: str
    role: str
    person: str
    due: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class CreateContact(Decision):
    """A contact for the client that is the subject, unless the client has one by then; bound to it at birth.

    `phones` and `emails` are normalized. One that has them already is taken instead of making a second.
    """

    kind: ClassVar[str] = "create_contact"
    capability: ClassVar[Capability] = Capability.TASKS
    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateDeal(Decision):
    """A deal in the task system for the subject, with its client's contact; bound to it at birth.

    `card` is the address of the subject's card, written into the deal so that people find it.
    """

    kind: ClassVar[str] = "create_deal"
    capability: ClassVar[Capability] = Capability.TASKS
    name: str
    card: str = ""


STAFF_CHAT = "staff-chat"
"""To whom a message goes that all of staff may read."""


BETWEEN = "\n\n"
"""Stands between what is said in one message."""


LATER = "title."
"""How a message keeps, among its values, what stands on a button that it may get later."""


@dataclass(frozen=True, slots=True)
class SendMessage(Decision):
    """A text to a client or to staff.

    `to` is `client`, `person:<key>` or `staff-chat`. `text` is Telegram HTML, ready. `template`, `values` and
    `language` allow it to be said again, truly, at the moment of sending. `chat` is set when a chat is answered that
    is nobody's yet. `buttons` are rows of (action, title).

    `parts` are the messages that the text goes out as where one does not hold it, written down before the first one
    goes; `said` of them are out. From then on the words stay as they are. `whole` is set where it goes in one piece all
    the same: by letter, after it was cut for a chat.

    `document` is the kind of made document that goes with it, in the version that `document_key` names.

    One that `renews` may be shown by the newest message to the same reader, where that says nothing less: `instead_of`
    is that one, as "chat:number", and known when it goes out.
    """

    kind: ClassVar[str] = "send_message"
    capability: ClassVar[Capability] = Capability.CHAT
    to: str
    text: str
    template: str = ""
    language: str = "uk"
    gate: str = ""
    chat: str = ""
    values: Mapping[str, Plain] = field(default_factory=dict)
    buttons: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    said: int = 0
    document: str = ""
    document_key: str = ""
    whole: bool = False
    renews: bool = False
    instead_of: str = ""

    @property
    def to_client(self) -> bool:
        """Whether a client reads it: then it is sent at most once, in contact hours."""
        return self.to == "client"

    @property
    def titles(self) -> Mapping[str, str]:
        """What stands on its buttons, by action: those it has, and those it may get later, kept behind `LATER`."""
        later = {name.removeprefix(LATER): str(one) for name, one in self.values.items() if name.startswith(LATER)}
        return {**later, **dict(self.buttons)}

    @property
    def part(self) -> SendMessage:
        """What of it goes out next, as a message of its own. Buttons and document go with the last one."""
        if self.whole:
            return replace(self, parts=(), said=0)
        if not self.parts:
            return self
        alone = replace(self, text=self.parts[self.said], parts=(), said=0)
        return alone if self.rest is None else replace(alone, buttons=(), document="", document_key="")

    @property
    def rest(self) -> SendMessage | None:
        """What is to be said once that part is out; None when it was the last."""
        more = not self.whole and self.said + 1 < len(self.parts)
        return replace(self, said=self.said + 1) if more else None


@dataclass(frozen=True, slots=True)
class EditMessage(Decision):
    """A message of ours loses its buttons and shows what was chosen, by whom and when; `answer` is "" for nothing.

    With `buttons`, rows of (action, title), it keeps its words and has these from now on. `delivery` sent it, and `at`
    is a moment as text. Where it stands and what it says in the end are known when it goes out: `chat`, `message`,
    `text` (HTML, "" to leave the words), and whether they stand `under` a file.
    """

    kind: ClassVar[str] = "edit_message"
    capability: ClassVar[Capability] = Capability.CHAT
    delivery: str
    answer: str = ""
    by: str = ""
    at: str = ""
    chat: str = ""
    message: int = 0
    text: str = ""
    under: bool = False
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MakeDocument(Decision):
    """A file from a template, frozen data included. `key` changes exactly when template or data do."""

    kind: ClassVar[str] = "make_document"
    capability: ClassVar[Capability] = Capability.DOCUMENTS
    template: str
    name: str
    language: str
    key: str
    version: int
    data: Mapping[str, Plain] = field(default_factory=dict)
    formats: tuple[str, ...] = ("docx", "pdf")


@dataclass(frozen=True, slots=True)
class AttachDocument(Decision):
    """Hangs a made document on the subject's record in one system (`to` is a connector's name). One file each."""

    kind: ClassVar[str] = "attach_document"
    capability: ClassVar[Capability] = Capability.CARDS
    to: str
    template: str
    key: str
    format: str
    file_name: str


@dataclass(frozen=True, slots=True)
class CopyFile(Decision):
    """Hangs a file of one outside thing on another one of the same client, unless one of that content is there.

    `to` is what it is hung on (`planfix.task`), `holder` the thing that has it and `file` the file itself, both as
    written identities. `size` is in bytes, -1 while nobody knows. A file of more than `largest` bytes is not hung:
    a link to `page` takes its place. One with an address (`link`) is a link already. `note` is the HTML of a comment
    that stands where a system cannot hang links.
    """

    kind: ClassVar[str] = "copy_file"
    capability: ClassVar[Capability] = Capability.CARDS
    to: str
    holder: str
    file: str
    name: str
    size: int = -1
    link: str = ""
    page: str = ""
    note: str = ""
    largest: int = 0


@dataclass(frozen=True, slots=True)
class CallWebhook(Decision):
    """A call of another system: what happened (`type`), when (`at`, a moment as text), and what it is told of it.

    `webhook` is its name in bridge.yaml.
    """

    kind: ClassVar[str] = "call_webhook"
    capability: ClassVar[Capability] = Capability.WEBHOOKS
    webhook: str
    type: str
    at: str
    data: Mapping[str, Plain] = field(default_factory=dict)


_KINDS: dict[str, type[Decision]] = {
    cls.kind: cls
    for cls in (
        CreateCard,
        MoveCard,
        CommentCard,
        CommentTask,
        LabelCard,
        PutChecklist,
        WriteFields,
        CreateTask,
        CreateContact,
        CreateDeal,
        SendMessage,
        EditMessage,
        MakeDocument,
        AttachDocument,
        CopyFile,
        CallWebhook,
        NoteTime,
    )
}


def plain_decision(decision: Decision) -> dict[str, Plain]:
    """The written form of a decision, as the outbox keeps it."""
    return {"kind": decision.kind, **cast("dict[str, Plain]", asdict(decision))}


def parse_decision(plain: Mapping[str, Any]) -> Decision:
    """The decision that `plain_decision` wrote. Raises KeyError for an unknown kind."""
    cls = _KINDS[plain["kind"]]
    return cls(**{item.name: _frozen(plain[item.name]) for item in fields(cls) if item.name in plain})


def blank_decision(kind: str) -> Decision:
    """A decision of a kind with nothing in it: what stays where a client was erased. Raises KeyError as above."""
    cls = _KINDS[kind]
    needed = (item for item in fields(cls) if item.default is MISSING and item.default_factory is MISSING)
    return cls(**{item.name: 0 if item.type == "int" else "" for item in needed})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
