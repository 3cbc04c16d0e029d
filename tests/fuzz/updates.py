"""`python -m tests.fuzz.updates --count 20000`: hostile and broken updates of Telegram, as outsiders may cause them.

Batches of them go through the reading of the bot, intake and planning of a small agency. None may crash, speak for
the staff, bind a chat, decide a question, stop anything, or leave behind what a database refuses.
"""

from __future__ import annotations

import copy
import random
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import State
from bridge.model.events import ActorKind
from bridge.model.records import Ref
from connectors.telegram import TelegramMapping, TelegramReader
from tests.engine.office import Desk
from tests.fuzz.batches import run_batches
from tests.fuzz.slips import in_branches

BATCH = 25
STAFF, CLIENT, STRANGER, CHAT = 77, 501, 666, Ref("telegram", "bot", "chat", "501")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_COMMANDS = ("/stop all", "/go all", "/help", "/status Ромашка", "/override Ромашка так", "/правило Ромашка", "/inbox")
_SAID = (
    *_COMMANDS,
    *(command.replace(" ", "@agency_bot ", 1) for command in _COMMANDS),
    "/start", "/start {token}", "/start {token}{token}", "/start ' OR 1=1 --", "\ud800", "\x00", "👩‍👧" * 1365,
    "<b>", "{{ 7*7 }}", "пароль: Qw3rty!zx9", "x" * 100_000,
)  # fmt: skip
_PRESSED = (
    *("{delivery}:approve", "{delivery}:again", "{delivery}:arrived", "{delivery}:ok"),
    *("desk-stop", "", ":", "a:b:c", "x" * 300),
)
_NUMBERS: tuple[Any, ...] = (0, -1, 1, 10**9, 2**63, -(2**63), 10**40, 1.5, "7", None, True, [], {})


class Waiting:
    """What waits at Telegram."""

    number = "7000000001"

    def __init__(self, updates: Sequence[dict[str, Any]]) -> None:
        self._updates = list(updates)

    def waiting(self) -> list[dict[str, Any]]:
        return self._updates

    def close(self) -> None:
        return


class Bot(TelegramReader):
    """The reading of the bot before these updates."""

    def __init__(self, updates: Sequence[dict[str, Any]], desk: Desk) -> None:
        mapping = TelegramMapping(people={STAFF: "olena"}, bot_username="agency_bot")
        self._use(Waiting(updates), mapping, desk.clock)  # type: ignore[arg-type]


def updates(dice: random.Random, names: Mapping[str, str], count: int = BATCH) -> list[dict[str, Any]]:
    """So many updates by outsiders, most of them broken somewhere."""
    made: list[dict[str, Any]] = []
    for number in range(count):
        update = _update(dice, names)
        broken = in_branches(dice, update, [update, *(made or [update])]) if dice.random() < 0.7 else update
        whole = dict(broken) if isinstance(broken, dict) else {"odd": broken}
        whole["update_id"] = dice.choice([number, number, number, *_NUMBERS]) if dice.random() < 0.2 else number
        made.append(_from_outside(whole))
    return made


def _update(dice: random.Random, names: Mapping[str, str]) -> dict[str, Any]:
    sender = {"id": dice.choice([CLIENT, STRANGER]), "is_bot": dice.random() < 0.1, "first_name": "Хтось"}
    private = {"id": sender["id"], "type": "private"}
    chat = dice.choice(
        [private, {"id": -dice.randrange(1, 9), "type": dice.choice(["group", "supergroup", "channel"])}]
    )
    text = dice.choice(_SAID).replace("{token}", names["token"])
    date = dice.choice([1_772_000_000, *_NUMBERS])
    message = {"message_id": 5, "date": date, "chat": chat, "from": sender, "text": text}
    member = {"chat": chat, "from": sender, "date": 1_772_000_000}
    match dice.randrange(8):
        case 0:
            return {"callback_query": {"id": "1", "from": sender, "message": message, "data": _press(dice, names)}}
        case 1:
            status = {"status": dice.choice(["kicked", "member", "left", "restricted", "administrator", "?"])}
            return {"my_chat_member": {**member, "old_chat_member": {"status": "member"}, "new_chat_member": status}}
        case 2:
            return {dice.choice(["channel_post", "business_message", "edited_message", "guest_message"]): message}
        case 3:
            return {"inline_query": {"id": "1", "from": sender, "query": text, "offset": ""}}
        case 4:
            return {"message": {**message, dice.choice(["migrate_to_chat_id", "migrate_from_chat_id"]): -77_000}}
        case 5:
            return {"message": {**message, "forward_origin": {"type": "user", "sender_user": {"id": STAFF}}}}
        case _:
            return {"message": message}


def _press(dice: random.Random, names: Mapping[str, str]) -> str:
    return dice.choice(_PRESSED).replace("{delivery}", names["delivery"])


def _from_outside(update: dict[str, Any]) -> dict[str, Any]:
    """Who wrote is told by Telegram: nothing that outsiders do makes a sender of the staff."""
    made = copy.deepcopy(update)
    for kind in ("message", "edited_message", "callback_query", "my_chat_member"):
        message = made.get(kind)
        sender = message.get("from") if isinstance(message, dict) else None
        if isinstance(sender, dict) and str(sender.get("id")) == str(STAFF):
            sender["id"] = STRANGER
    return made


def wrong(seed: int, number: int) -> str:
    """What a batch did that it must not; "" for nothing."""
    dice = random.Random(f"{seed} {number}")
    desk = Desk()
    client, deal = desk.client()
    delivery = desk.want(SendMessage("client", "Так?", "hello", buttons=(("approve", "Так"),)), deal)
    desk.deliver()
    names = {"token": desk.token(client, "start"), "delivery": delivery}
    with desk.store.intake(desk.now) as intake:
        intake.use_token(names["token"], str(CHAT))
    before = (desk.local(CHAT), desk.store.stops(), desk.state(delivery))
    kinds = len(desk.events)
    page = Bot(updates(dice, names), desk).pull(None)
    desk.engine.take_in("telegram", replace(page, cursor=None))
    desk.engine.plan_due()
    new = desk.events[kinds:]
    if any(event.actor.kind is ActorKind.PERSON for event in new):
        return "an outsider spoke for the staff"
    if any(event.kind in ("command", "desk.asked") for event in new):
        return "an outsider gave a command"
    if any(_UNFIT.search(repr(event.data).encode().decode("unicode_escape", "ignore")) for event in new):
        return "an event holds what a database refuses"
    if (desk.local(CHAT), desk.store.stops(), desk.state(delivery)) != before:
        return "a chat, a stop or a message is another"
    if any(desk.local(Ref("telegram", "bot", "chat", str(one))) == client for one in (STRANGER, -1, -2, -3)):
        return "a stranger's chat was bound"
    return "" if desk.state(delivery) is State.CONFIRMED else "the message is no longer confirmed"


def main() -> int:
    """Runs the batches; 1 when one did what it must not."""
    return run_batches("updates", __doc__, BATCH, wrong)


if __name__ == "__main__":
    sys.exit(main())
