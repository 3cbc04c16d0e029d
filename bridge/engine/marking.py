"""What becomes of a message whose button was pressed: it shows who chose what, and asks no more.

Whoever presses is told at once what came of it, in the little note that their program shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from bridge.model.decisions import BETWEEN, EditMessage, SendMessage
from bridge.model.deliveries import OPEN, State, delivery_id
from bridge.model.events import Cause, Event
from bridge.model.planning import Plan, Wanted
from bridge.model.questions import Asked, Question
from bridge.model.records import Happening
from bridge.model.values import moment_text, parse_moment
from bridge.store.intake import Intake
from bridge.store.rows import Row
from rules.speaking import bare

DOUBTS = ("system.unknown_delivery", "system.unknown_restored")
"""The bridge's own questions whether a message arrived."""
_SHOWN_NOTE = 200
"""So long a note may be: https://core.telegram.org/bots/api#answercallbackquery"""
_OVER = {
    "client": {
        "uk": "Є новіша версія.",
        "ru": "Есть более новая версия.",
        "en": "There is a newer version.",
    },
    "staff": {
        "uk": "Це запитання вже неактуальне.",
        "ru": "Этот вопрос уже неактуален.",
        "en": "This question is not asked any more.",
    },
}
"""Stands under a question that nobody need answer any more."""
_NOT_YOURS = {
    "uk": "Ця кнопка для іншої людини або вже не діє.",
    "ru": "Эта кнопка для другого человека или уже не действует.",
    "en": "This button is for somebody else, or does not work any more.",
}
_ASKED_ANEW = {
    "uk": "Ще не надіслано: питання давнє, тож запитуємо ще раз.",
    "ru": "Ещё не отправлено: вопрос давний, поэтому спрашиваем ещё раз.",
    "en": "Not sent yet: the question is old, so it is asked once more.",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What whoever pressed reads at once. `instead` is the message that would say the same, "" for none."""

    text: str
    instead: str = ""


def with_marks(plan: Plan) -> Plan:
    """The plan with what its questions' messages show from now on."""
    marks = [_mark(one) for one in plan.questions if one.state is not Asked.OPEN]
    return replace(plan, wanted=(*plan.wanted, *marks)) if marks else plan


def _mark(question: Question) -> Wanted:
    answered = question.state is Asked.ANSWERED and question.answered_at is not None
    decision = EditMessage(question.id)
    if answered and question.answered_at is not None:
        decision = EditMessage(question.id, question.answer, question.by, moment_text(question.answered_at))
    return _wanted(decision, question.subject)


def pressed(notice: Row, event: Event) -> Wanted:
    """What the message of a press shows from now on, where it asks about the bridge's own work."""
    decision = EditMessage(
        notice.id, str(event.data.get("button")), event.actor.name or event.actor.id, moment_text(event.at)
    )
    return _wanted(decision, notice.subject)


def shown_with(decision: EditMessage, subject: str, cause: str) -> Wanted:
    """A change of a message that somebody waits for with the finger on it; `cause` names what brought it about."""
    return Wanted(f"mark:{decision.delivery}:{cause}", decision, subject, Cause("", "", cause))


def _wanted(decision: EditMessage, subject: str) -> Wanted:
    key = f"mark:{decision.delivery}:{decision.answer}:{decision.at}"
    return Wanted(key, decision, subject, Cause(""), background=True)


def marked(decision: EditMessage, notice: Row | None, zone: str, before: Sequence[str] = ()) -> EditMessage | None:
    """The change of a message as it is now; None where there is no such message. `before` was said in front of it.

    Only a chat's message can be changed, and only one of which Telegram has told the number.
    """
    place = place_of(notice)
    if notice is None or place is None or not isinstance(notice.decision, SendMessage):
        return None
    chat, message = place
    if decision.buttons:
        return replace(decision, chat=chat, message=message)
    said = notice.decision.part
    line = _line(decision, said, notice.created_at, ZoneInfo(zone))
    text = BETWEEN.join(filter(None, (*before, said.text, line)))
    whole = all((said.text or said.document, *before))  # of one that was emptied by now nobody knows what it said
    return replace(decision, chat=chat, message=message, text=text if whole else "", under=bool(said.document))


def place_of(notice: Row | None) -> tuple[str, int] | None:
    """The chat and the number of a message that is out; None where nobody knows them."""
    if notice is None or notice.state is not State.CONFIRMED or not isinstance(notice.decision, SendMessage):
        return None
    details = (notice.receipt or {}).get("details") or {}
    chat, message = details.get("chat"), details.get("message_id")
    return (str(chat), message) if chat and isinstance(message, int) else None


def may_come(notice: Row | None) -> bool:
    """Whether a message is still on its way."""
    return notice is not None and notice.state in OPEN


def _line(decision: EditMessage, said: SendMessage, sent_at: datetime, zone: ZoneInfo) -> str:
    if not decision.answer:
        return f"<i>{_in(_OVER['client' if said.to_client else 'staff'], said.language)}</i>"
    at = parse_moment(decision.at).astimezone(zone)
    same_day = at.date() == sent_at.astimezone(zone).date()
    when = f"{at:%H:%M}" if same_day else f"{at:%d.%m %H:%M}"
    title = said.titles.get(decision.answer, decision.answer)
    who = "" if said.to_client else f": {escape(decision.by, quote=False)}"
    return f"✓ <b>{escape(title, quote=False)}</b>{who}, {when}"


def note_on(intake: Intake, press: Happening, language: str) -> Note:
    """What came of a press, once it was taken in and planned on. `language` is for those whom nobody knows."""
    mark, _, action = str(press.data.get("data", "")).partition(":")
    notice = intake.delivery(mark)
    if notice is None or not isinstance(notice.decision, SendMessage) or not intake.has_event(str(press.ref)):
        return Note(_in(_NOT_YOURS, language))
    late = _late(intake, str(press.ref), notice)
    if late is not None and isinstance(late.decision, SendMessage):
        return Note(_short(bare(late.decision.text)), late.id if late.state is State.WAITING else "")
    if _is_asked_anew(intake, str(press.ref), notice.decision):
        return Note(_in(_ASKED_ANEW, language))
    return Note(f"✓ {notice.decision.titles.get(action, action)}")


def _late(intake: Intake, event: str, notice: Row) -> Row | None:
    """The message that tells a person that their press came too late."""
    to = notice.decision.to if isinstance(notice.decision, SendMessage) else ""
    own = (f"{event}:{word}" for word in ("decided_already", "question_void"))
    keys = (*own, f"system.decided_already:{event}:{to}")
    return next((row for key in keys if (row := intake.delivery(delivery_id(key))) is not None), None)


def _is_asked_anew(intake: Intake, event: str, asked: SendMessage) -> bool:
    """Whether a press had the bridge ask once more about a doubtful message, instead of sending it again."""
    doubtful = intake.delivery(str(asked.values.get("delivery.id", "")))
    if doubtful is None:
        return False
    about = f"{doubtful.id}:{doubtful.fence}:{event}:{asked.to}"
    return any(intake.delivery(delivery_id(f"{word}:{about}")) is not None for word in DOUBTS)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_NOTE else f"{text[: _SHOWN_NOTE - 1].rstrip()}…"


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language, words["en"])
