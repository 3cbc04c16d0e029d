"""Who may press the buttons under answers that people accept one by one."""

from __future__ import annotations

from bridge.engine.context import Context
from bridge.model.decisions import STAFF_CHAT, SendMessage
from bridge.model.events import Actor


def may_press(context: Context, asks: SendMessage, actor: Actor) -> bool:
    """Whether somebody of the staff may press a button of a message: whoever has the role that judges, or was asked.

    Where a person was asked who stands in for another, it is theirs, too; what falls into the group is not everybody's.
    Where nobody at all has the role, everybody of the staff may; and so with any message that is not about answers.
    """
    form = context.forms.get(str(asks.values.get("answers.of", "")))
    if form is None or asks.to == f"person:{actor.id}":
        return True
    judges = {key for key, person in context.office.directory.people.items() if form.judged_by in person.roles}
    return actor.id in judges or (not judges and asks.to == STAFF_CHAT)
