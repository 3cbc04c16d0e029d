"""What must be so after a storm, asked of the chats as people see them and of the world in which it all happened."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import OPEN, State
from bridge.store.rows import Row
from sandbox.telegram import Message
from tests.daemon.weekend import MONDAY, STAFF, STAFF_CHAT, chat_of

if TYPE_CHECKING:
    from tests.daemon.monday_storm import MondayStorm

KYIV = ZoneInfo("Europe/Kyiv")
CAP = 3
"""What the agency says: `at_most: 3 per day`."""
WINDOW = time(9), time(19)
_NUMBER = re.compile(r"(news|note|питання) №\d+\.")


def messages_on_a_day(storm: MondayStorm) -> Counter[tuple[int, date]]:
    """How many messages that the cap counts each client got, by client and day."""
    counts = _counted(storm)
    return Counter(
        (number, message.sent_at.astimezone(KYIV).date())
        for number in range(storm.clients + 1)
        for message in storm.said_in(chat_of(number))
        if (str(chat_of(number)), message.id) in counts
    )


def over_cap(storm: MondayStorm) -> dict[tuple[int, date], int]:
    """The same where it was more than the agency allows."""
    return {whose: many for whose, many in messages_on_a_day(storm).items() if many > CAP}


def out_of_hours(storm: MondayStorm) -> list[Message]:
    """What clients got while they may not be written to."""
    since, until = WINDOW
    got = [message for number in range(storm.clients + 1) for message in storm.said_in(chat_of(number))]
    return [message for message in got if not since <= message.sent_at.astimezone(KYIV).time() < until]


def not_told(storm: MondayStorm) -> Counter[str]:
    """Words that somebody should read once and reads otherwise: how often."""
    wanted = Counter(word for words in storm.weekend.notes.values() for word in words)
    wanted.update(word for words in storm.weekend.news.values() for word in words)
    read = Counter(_numbers(storm.said_in(STAFF_CHAT)))
    for number in range(storm.clients + 1):
        theirs = _numbers(storm.said_in(chat_of(number)))
        read.update(word for word in theirs if word in storm.weekend.news.get(number, ()))
    return Counter({word: read[word] for word in wanted | read if read[word] != wanted[word]})


def disordered(storm: MondayStorm) -> list[str]:
    """Whose words are read in another order than they were said: of a client all news, of a chat each side's."""
    found = []
    group = _numbers(storm.said_in(STAFF_CHAT))
    for (number, side), words in storm.weekend.notes.items():
        if [word for word in group if word in set(words)] != words:
            found.append(f"{side} of {number} in the group")
    for number, words in storm.weekend.news.items():
        if _numbers(storm.said_in(chat_of(number))) != words:
            found.append(f"news of {number}")
    return found


def unsettled(storm: MondayStorm) -> list[Row]:
    """What is neither done nor told why not."""
    rows = storm.store.deliveries(limit=100_000)
    bad = (*OPEN, State.UNKNOWN)
    return [row for row in rows if row.state in bad or (row.state != State.CONFIRMED and not row.reason)]


def waits(storm: MondayStorm) -> Mapping[str, float]:
    """The longest that each kind of act waited until the words were read, in seconds."""
    longest: dict[str, float] = defaultdict(float)
    for what, words, chat, at in storm.acted:
        read = next(one.sent_at for one in storm.said_in(chat) if words in one.body.text)
        longest[what] = max(longest[what], (read - storm.begin).total_seconds() - at)
    return longest


def group_lag(storm: MondayStorm) -> float:
    """Seconds from the start on Monday until the staff group had read of the whole weekend."""
    told = [one.sent_at for one in storm.said_in(STAFF_CHAT) if any(words in one.body.text for words in storm.before)]
    return (max(told) - MONDAY).total_seconds()


def steps(storm: MondayStorm) -> Counter[str]:
    """By what their rules say of missed steps: how many clients were asked how the first week was."""
    asked: Counter[str] = Counter()
    for number, word in storm.weekend.steps.items():
        asked[word] += sum("перший тиждень" in one.body.text for one in storm.said_in(chat_of(number)))
    return asked


def questions(storm: MondayStorm) -> int:
    """How many missed steps somebody was asked about."""
    said = [message for person in STAFF.values() for message in storm.said_in(person)]
    return sum("storm-ask" in message.body.text and message.markup is not None for message in said)


def _counted(storm: MondayStorm) -> set[tuple[str, int]]:
    """The messages, by chat and number, with something that the cap counts: no word of the bridge's own."""
    texts, counted = storm.agency.ruleset.texts, set()
    for row in storm.store.deliveries(limit=100_000):
        if isinstance(row.decision, SendMessage) and row.decision.to_client and row.cause.rule not in texts:
            details = (row.receipt or {}).get("details", {})
            counted.add((details.get("chat", ""), details.get("message_id", 0)))
    return counted


def _numbers(messages: Sequence[Message]) -> list[str]:
    return [found.group() for message in messages for found in _NUMBER.finditer(message.body.text)]
