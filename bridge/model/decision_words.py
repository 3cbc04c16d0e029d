"""Decisions in a few words, for those who look after them."""

from __future__ import annotations

from bridge.model.decisions import (
    STAFF_CHAT,
    AttachDocument,
    CallWebhook,
    CommentCard,
    CommentTask,
    CopyFile,
    CreateCard,
    CreateContact,
    CreateDeal,
    CreateTask,
    Decision,
    EditMessage,
    LabelCard,
    MakeDocument,
    MoveCard,
    NoteTime,
    PutChecklist,
    SendMessage,
    WriteFields,
)
from bridge.model.opening import opening
from bridge.model.people import Directory
from bridge.model.wording import Worded, worded

_LONGEST = 60
_NOBODY = Directory()
_RECORDS = {
    "planfix.contact": worded("the contact in Planfix"),
    "planfix.task": worded("the task in Planfix"),
    "trello.card": worded("the card in Trello"),
}


def in_words(decision: Decision, people: Directory = _NOBODY) -> Worded:
    """What a decision does, and to what; colleagues are called by their names as far as `people` knows them.

    A text is called by its first words.
    """
    if isinstance(decision, SendMessage):
        message = _begins(decision.text) if decision.text else worded("a message")
        if not decision.to:  # of one who was erased
            return worded("{message}", message=message)
        return worded("{message} to {whom}", message=message, whom=_whom(decision.to, people))
    what, named = _what(decision)
    if len(named) > _LONGEST:
        named = named[:_LONGEST]
    return worded("{what}: {named}", what=what, named=named) if named else what


def _begins(text: str) -> Worded:
    return worded("“{words}”", words=opening(text))


def _whom(to: str, people: Directory) -> str:
    if to == "client":
        return worded("the client")
    if to == STAFF_CHAT:
        return worded("the staff chat")
    return people.name(to.removeprefix("person:"))


def _what(decision: Decision) -> tuple[Worded, str]:
    match decision:
        case CreateCard(name=name):
            return worded("make a card"), name
        case MoveCard(list=to, back=True):
            return worded("move the card back"), to
        case MoveCard(list=to):
            return worded("move the card"), to
        case CommentCard(text=text):
            return worded("comment on the card"), _begins(text) if text else ""
        case CommentTask(text=text):
            return worded("comment on the deal"), _begins(text) if text else ""
        case LabelCard(label=label, present=True):
            return worded("put label on"), label
        case LabelCard(label=label):
            return worded("take label off"), label
        case PutChecklist(title=title):
            return worded("put a checklist on the card"), title
        case WriteFields(record=record):
            return worded("write fields"), _RECORDS.get(record, record)
        case CreateContact(name=name):
            return worded("make a contact"), name
        case CreateDeal(name=name):
            return worded("make a deal"), name
        case CreateTask(title=title):
            return worded("make a task"), title
        case EditMessage():
            return worded("show what was pressed"), ""
        case MakeDocument(name=name):
            return worded("make a document"), name
        case AttachDocument(file_name=name, template=template, format=form):
            return worded("attach a document"), name or f"{template}.{form}"
        case NoteTime(text=text):
            return worded("note time"), _begins(text)
        case CallWebhook(webhook=name):
            return worded("call a webhook"), name
        case CopyFile(name=name):
            return worded("copy a file"), name
        case _:
            return worded("{kind}", kind=decision.kind), ""
