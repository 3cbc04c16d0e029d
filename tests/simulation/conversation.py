"""What must hold of everything that is said: to clients and colleagues, in chats and letters, and of their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby

from bridge.model.decisions import EditMessage, SendMessage
from bridge.model.deliveries import State
from bridge.model.questions import BY_HAND, SEND, Asked, Kind, Question
from tests.simulation.bureau import VERSIONS, WHOLE_PLAN, ruleset
from tests.simulation.looked import Looked
from tests.simulation.trouble import LONG
from tests.simulation.world import Said, client_of, colleague

_UNDER_WAY = timedelta(minutes=10)
"""Longer than the slowest call: what had begun before is through by then."""


def _each_doubt_is_shown(looked: Looked) -> Iterator[str]:
    """Of every call to a client that got no answer, or died with the process, a person was asked."""
    told = " ".join(said.text for said in looked.world.said if not said.to_client)
    for delivery, how in looked.world.doubts.items():
        if not any(f"unknown {row.id}" in told for row in looked.carried[delivery]):
            yield f"{delivery} may have arrived ({how}), and nobody was asked"


def _what_came_back_is_told(looked: Looked) -> Iterator[str]:
    """Nothing that went in a letter that came back counts as delivered, and staff were told of each."""
    told = " ".join(said.text for said in looked.world.said if not said.to_client)
    for delivery in looked.world.returned:
        for row in looked.carried[delivery]:
            if row.state is State.CANCELLED or looked.decided(row):
                continue  # a person has said what becomes of it
            if not row.returned and row.state is not State.DEAD:
                yield f"{row.id} came back, and is {row.state}"
            if not any(f"{word} {row.id}" in told for word in ("dead", "box")):
                yield f"{row.id} came back, and nobody was told"


def _parts_in_order(looked: Looked) -> Iterator[str]:
    """A long text arrives in a chat part by part from its first on, a client's each once; by letter it is whole."""
    for row in looked.rows:
        decision = row.decision
        if not isinstance(decision, SendMessage) or decision.template not in LONG:
            continue
        in_chat = [said.text for said in looked.said[row.id] if "@" not in said.chat]
        letters = [said.text for said in looked.said[row.id] if "@" in said.chat]
        read = [text for text, _same in groupby(in_chat)]
        if read != list(decision.parts[: len(read)]):
            yield f"{row.id}: parts arrived as {[text[:12] for text in read]}"
        if row.state is State.CONFIRMED and not letters and not looked.decided(row) and len(read) < len(decision.parts):
            yield f"{row.id} is confirmed, and {len(read)} of {len(decision.parts)} parts arrived"
        if not all(WHOLE_PLAN in text for text in letters):
            yield f"{row.id}: a letter is not the whole text"


def _silence_is_kept(looked: Looked) -> Iterator[str]:
    """Whoever asked for no automatic messages gets none, but the answer to what they do; nor a letter instead."""
    several = {
        client_of(update.chat) for update in looked.world.updates if update.actor == colleague(client_of(update.chat))
    }
    for silence in looked.world.silent:
        client = client_of(silence.chat)
        for said in looked.world.said:
            row = looked.by_id[said.delivery]
            theirs = said.chat == silence.chat or (said.client == client and "@" in said.chat and client not in several)
            if not said.to_client or not theirs or not isinstance(row.decision, SendMessage) or row.decision.chat:
                continue
            since = silence.known
            if (
                since is not None
                and since + _UNDER_WAY < said.at
                and (silence.until is None or said.at < silence.until)
            ):
                yield f"{row.id} {row.decision.template} reached {said.chat} at {said.at}, silent since {since}"


def _clients_sleep(looked: Looked) -> Iterator[str]:
    """What rules say to clients arrives in contact hours, by the calendar of one of the versions."""
    rules = [ruleset(version) for version in range(len(VERSIONS))]
    for said in looked.world.said:
        row = looked.by_id[said.delivery]
        if not said.to_client or row.cause.rule in rules[0].texts or row.cause.rule == "":
            continue
        begun = said.at - _UNDER_WAY
        opens = [one.calendars[one.defaults.calendar].next_contact(begun, one.defaults.window) for one in rules]
        if min(opens) > said.at:
            yield f"{row.id} {row.cause.rule} reached {said.chat} at {said.at}, out of hours"


def _first_answer_counts(looked: Looked) -> Iterator[str]:
    """Each question has the first answer of those who were asked, what follows from it once, and shows it."""
    told = Counter(trace.event.split(":")[1] for trace in looked.traces if trace.event.startswith("approved:"))
    for question in looked.questions:
        pressed = [
            one.button
            for one in looked.world.presses
            if one.may and one.delivery == question.id and one.button in question.buttons
        ]
        if question.state is Asked.ANSWERED and question.answer != next(iter(pressed), ""):
            yield f"{question.id} is answered {question.answer}, pressed were {pressed}"
        if question.state is Asked.OPEN and pressed:
            yield f"{question.id} is open though {pressed} were pressed"
        said_yes = question.kind is Kind.APPROVAL and question.accepted
        if told[question.id] != said_yes:
            yield f"{question.id} ({question.answer}) was told as approved {told[question.id]} times"
        yield from _what_was_held(looked, question)
        yield from _what_is_shown(looked, question)


def _what_was_held(looked: Looked, question: Question) -> Iterator[str]:
    """A text that waited for a yes goes after it, and never without it."""
    row = looked.by_id.get(question.holds)
    if row is None:
        return
    if question.state is Asked.ANSWERED and question.answer == SEND:
        if row.state is State.HELD and not row.reason:
            yield f"{row.id} may go, and is held still"
    elif looked.effects.get(row.id):
        yield f"{row.id} went out, and {question.id} is {question.state} {question.answer}"
    elif row.state is not State.CANCELLED and (question.state is Asked.VOID or question.answer == BY_HAND):
        yield f"{row.id} is {row.state}, and {question.id} is {question.state} {question.answer}"


def _what_is_shown(looked: Looked, question: Question) -> Iterator[str]:
    """A question that is not asked any more has lost its buttons, and an answered one shows the answer."""
    asked = _message(looked, question)
    marks = [
        row for row in looked.rows if isinstance(row.decision, EditMessage) and row.decision.delivery == question.id
    ]
    if question.state is Asked.OPEN:
        yield from (f"{question.id} is open, and {row.id} changes it" for row in marks)
        return
    if not marks and looked.by_id[question.id].state is State.CONFIRMED:
        yield f"{question.id} is {question.state}, and its message is as it was"
    if asked is None or not any(row.state is State.CONFIRMED for row in marks):
        return
    said = looked.by_id[question.id].decision
    title = dict(said.buttons).get(question.answer, "") if isinstance(said, SendMessage) else ""
    if asked.buttons or (question.accepted and title not in asked.shows):
        yield f"{question.id} is {question.state} {question.answer}, and shows {asked.shows!r} {asked.buttons}"


def _message(looked: Looked, question: Question) -> Said | None:
    """The message that asks, where it arrived in a chat and the bridge knows its number."""
    row = looked.by_id[question.id]
    details = (row.receipt or {}).get("details") or {}
    return looked.world.message(str(details.get("chat")), int(details.get("message_id") or 0))


CONVERSATION: dict[str, Callable[[Looked], Iterator[str]]] = {
    "what came back is told": _what_came_back_is_told,
    "each doubt about a client's message is shown": _each_doubt_is_shown,
    "a long text arrives in order": _parts_in_order,
    "who asked for silence has it": _silence_is_kept,
    "clients are written to in contact hours": _clients_sleep,
    "the first answer counts, and is shown": _first_answer_counts,
}
