"""Who carries out a decision, in which order, on what: connector, lane, target, and the echo it will make."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.engine.accounts import system_of
from bridge.engine.context import Context
from bridge.model.decisions import (
    AttachDocument,
    CallWebhook,
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
from bridge.model.planning import Wanted
from bridge.model.reasons import NO_CARD, NO_CHAT, NO_REASON, NO_RECORD, Reason
from bridge.model.records import Ref
from bridge.model.values import Plain
from bridge.store.intake import Intake

_KINDS = {"trello": "card", "planfix": "task"}
"""What effects are about, by system, where they do not say so themselves."""


def connector_of(wanted: Wanted, context: Context, refs: Mapping[str, Ref] | None = None) -> str:
    """The connector in charge of a decision; "" when the workspace has none.

    Of several accounts of a system it is the one that holds what the decision is about, as far as `refs` tell.
    """
    decision = wanted.decision
    if isinstance(decision, WriteFields):
        system = decision.record.partition(".")[0]
    elif isinstance(decision, (AttachDocument, CopyFile)):
        system = system_of(decision.to)
    else:
        system = context.in_charge.get(decision.capability, "")
    return holder_of(decision, system, context, refs or {})


def holder_of(decision: Decision, connector: str, context: Context, refs: Mapping[str, Ref]) -> str:
    """Of the accounts of a connector's system the one for a decision: where its card or task is, its list or client.

    The connector itself where nothing tells.
    """
    if isinstance(decision, CreateCard):
        return context.accounts.maker(decision.list) or connector
    system = system_of(connector)
    kind = "contact" if isinstance(decision, CreateDeal) else _KINDS.get(system, "")
    held = refs.get(_record_of(decision) or f"{system}.{kind}")
    return context.accounts.holder(held) if held is not None else connector


def _record_of(decision: Decision) -> str:
    """The kind of thing that a decision names itself, "" where it does not."""
    match decision:
        case WriteFields(record=kind) | CopyFile(to=kind):
            return kind
        case _:
            return ""


def lane_of(wanted: Wanted, client: str) -> str:
    """Deliveries of one lane go out in order: one lane a chat, one a card with its files, one a deal's tasks."""
    decision = wanted.decision
    if isinstance(decision, SendMessage):
        return f"chat:{client}" if decision.to_client else f"chat:{decision.to}"
    if isinstance(decision, EditMessage):
        return f"mark:{decision.delivery}"  # holds up no message
    if isinstance(decision, (CreateContact, CreateDeal)):
        return f"tasks:{client}"  # a deal is made with the contact that was made before it
    if isinstance(decision, (CreateTask, CommentTask, NoteTime)):
        return f"tasks:{wanted.subject}"
    if isinstance(decision, CallWebhook):
        return f"call:{decision.webhook}:{wanted.subject}"
    if isinstance(decision, CopyFile):
        return f"files:{wanted.subject}"  # a large one takes minutes: nothing else waits behind it
    if isinstance(decision, WriteFields) and not decision.record.endswith(".card"):
        return f"fields:{wanted.subject}"
    return f"card:{wanted.subject}"


def put_out(intake: Intake, context: Context, wanted: Wanted, client: str) -> None:
    """Puts into the outbox what no plan wants: an answer, a note, a word of the bridge's own."""
    intake.want(wanted, client=client, connector=connector_of(wanted, context), lane=lane_of(wanted, client))


def target_of(decision: Decision, connector: str, refs: Mapping[str, Ref]) -> tuple[Ref | None, Reason]:
    """The remote thing a decision is about, and why there is none (no reason when none is needed)."""
    system = system_of(connector)
    match decision:
        case CreateCard() | CreateTask() | CreateContact() | CreateDeal():
            return None, NO_REASON
        case MakeDocument() | EditMessage() | CallWebhook():
            return None, NO_REASON
        case SendMessage(chat=chat) if chat:
            return refs.get(f"{system}.chat") or Ref(system, "bot", "chat", chat), NO_REASON
        case SendMessage(to="client"):
            found = refs.get(f"{system}.chat")
            return found, NO_REASON if found else NO_CHAT
        case SendMessage():
            return None, NO_REASON
        case WriteFields(record=record) | CopyFile(to=record):
            found = refs.get(record)
            return found, NO_REASON if found else NO_RECORD.of(record=record)
        case _:
            found = refs.get(f"{system}.{_KINDS.get(system, 'card')}")
            return found, NO_REASON if found else NO_CARD


def echo_of(decision: Decision, target: Ref | None) -> dict[tuple[str, str], Plain]:
    """The values that will come back from the source when the effect is there, by (ref, field)."""
    if target is None:
        return {}
    match decision:
        case MoveCard(list=name):
            return {(str(target), "list"): name}
        case LabelCard(label=label, present=present):
            return {(str(target), f"label:{label}"): present}
        case PutChecklist(title=title):
            return {(str(target), f"checklist:{title}"): True}
        case WriteFields(values=values):
            return {(str(target), name): value for name, value in values.items()}
        case _:
            return {}


def patch_of(decision: Decision, fields: Mapping[str, Plain]) -> dict[str, Plain]:
    """What a confirmed effect changes in the kept record, by field. `fields` are the receipt's details."""
    match decision:
        case MoveCard(list=name):
            extra = {"list_id": fields["list_id"]} if "list_id" in fields else {}
            return {"list": fields.get("list", name), **extra}
        case LabelCard() if "labels" in fields:
            return {"labels": fields["labels"]}
        case PutChecklist() if "checklists" in fields:
            return {"checklists": fields["checklists"]}
        case WriteFields(values=values):
            told: dict[str, Plain] = {}
            for part in (fields.get("holds"), fields.get("overtaken")):
                told.update(part if isinstance(part, Mapping) else {})
            return {name: told.get(name, value) for name, value in values.items()}
        case _:
            return {}


def along_of(decision: Decision, fields: Mapping[str, Plain]) -> dict[str, Plain]:
    """What else the thing holds because of a confirmed effect: the list that a written person is the first of."""
    holds = fields.get("holds")
    if not isinstance(decision, WriteFields) or not isinstance(holds, Mapping):
        return {}
    return {name: value for name, value in holds.items() if name not in decision.values}
