"""What a scenario of the account calls in, a press or a change: a free body that an admin typed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from bridge.model.events import Actor, ActorKind
from bridge.model.records import Happening, Ref
from bridge.model.values import Plain, moment_text
from connectors.planfix.mapping import SYSTEM


def parse_scenario_call(
    body: Mapping[str, Plain],
    received_at: datetime,
    account: str = "main",
    people: Mapping[str, str] | None = None,
    buttons: Mapping[str, str | int] | None = None,
) -> Happening:
    """The press that a scenario's HTTP request tells of.

    `task` (the deal's number) and `button` must be there; `press` names this press, `user` is who did it ("user:5").
    `buttons` gives the title of a button by ours: the call may say either.
    Without `press` the body and the minute of receipt name it: Planfix repeats a call after 15 minutes or more, when it
    got no 200. Raises ValueError with what is missing.
    """
    task, button = str(body.get("task") or "").strip(), str(body.get("button") or "").strip()
    if not task.isdigit():
        raise ValueError('the scenario\'s call has no "task": send the number of the task')
    if not button:
        raise ValueError("the scenario's call has no \"button\": send the button's name")
    user = str(body.get("user") or "").strip()
    user = f"user:{user}" if user.isdigit() else user
    person = (people or {}).get(user)
    return Happening(
        ref=Ref(SYSTEM, account, "press", str(body.get("press") or "") or _name_of(body, received_at)),
        kind="button",
        at=received_at,
        about=Ref(SYSTEM, account, "task", task),
        actor=Actor(ActorKind.PERSON, person) if person else Actor(ActorKind.UNKNOWN, user),
        data={"button": next((key for key, title in (buttons or {}).items() if title == button), button)},
    )


def parse_scenario_change(body: Mapping[str, Plain], account: str = "main") -> tuple[Ref, ...]:
    """What a call with `changed` says to have changed: a `task`, whichever kind it has here, or a `contact`.

    Empty for every other call. Raises ValueError with what is missing.
    """
    if not body.get("changed"):
        return ()
    for name, kinds in (("task", ("task", "todo")), ("contact", ("contact",))):
        number = str(body.get(name) or "").strip().removeprefix(f"{name}:")
        if number.isdigit():
            return tuple(Ref(SYSTEM, account, kind, number) for kind in kinds)
    raise ValueError('the scenario\'s call has no "task" and no "contact": send the number of what was changed')


def _name_of(body: Mapping[str, Plain], received_at: datetime) -> str:
    whole = json.dumps(body, sort_keys=True, ensure_ascii=False) + moment_text(
        received_at.replace(second=0, microsecond=0)
    )
    return hashlib.sha256(whole.encode()).hexdigest()[:24]
