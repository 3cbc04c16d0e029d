"""A question with buttons under a message of ours: the first answer counts, and it is kept who gave it and when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.model.decisions import SendMessage
from bridge.model.reasons import NO_REASON, Reason, read
from bridge.model.values import moment_text, parse_moment

APPROVE, POSTPONE, REFUSE, COMMENT = "approve", "postpone", "refuse", "comment"
SEND, BY_HAND = "send", "by-hand"
READY = "ready"
NOTE_FIRST = timedelta(seconds=5)
"""How long a message that tells of a press too late waits for the note at the button, which makes it needless."""


class Kind(StrEnum):
    """What a question is about: an action that staff agree to, a text or document that the client accepts, a message
    that staff let go, a made document that staff call ready."""

    PROPOSAL = "proposal"
    APPROVAL = "approval"
    SENDING = "sending"
    DOCUMENT = "document"


class Asked(StrEnum):
    """How a question stands. Void: its reason is gone, or a newer one took its place."""

    OPEN = "open"
    ANSWERED = "answered"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `id` is that of the delivery that asks it: a press names it.

    `rule`, `step`, `action` and `occurrence` name the firing that asked; `about` is the template it was asked with, or
    the document, and `text` how its words begin. `round` grows with each postponement, and `again_at` is when it is
    asked once more. `holds` is the delivery that waits for the answer. `document` and `document_key` say which version
    of which document goes with it. `content` is the fingerprint of the words that were read, known once they went out;
    `remark` is what the client wrote after a "no".
    """

    id: str
    kind: Kind
    subject: str
    rule: str
    about: str
    text: str
    to: str
    asked_at: datetime
    buttons: tuple[str, ...] = ()
    step: str = ""
    action: str = ""
    occurrence: str = ""
    event: str = ""
    round: int = 0
    role: str = ""
    holds: str = ""
    document: str = ""
    document_key: str = ""
    state: Asked = Asked.OPEN
    because: Reason = NO_REASON
    answer: str = ""
    by: str = ""
    answered_at: datetime | None = None
    again_at: datetime | None = None
    content: str = ""
    remark: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the answer was yes."""
        return self.state is Asked.ANSWERED and self.answer in (APPROVE, SEND, READY)


IN_COLUMNS = ("id", "kind", "subject", "rule", "state", "asked_at", "answered_at")
_REST = tuple(name for name in Question.__slots__ if name not in (*IN_COLUMNS, "content"))


def plain_question(question: Question) -> dict[str, object]:
    """What of a question has no column of its own."""
    plain: dict[str, object] = {name: getattr(question, name) for name in _REST}
    plain["buttons"] = list(question.buttons)
    plain["because"] = str(question.because)
    plain["again_at"] = moment_text(question.again_at) if question.again_at else None
    return plain


def parse_question(columns: Mapping[str, object], rest: Mapping[str, object], content: str) -> Question:
    """The question again. `content` is the fingerprint of the message as it went out, "" before."""
    again = rest.get("again_at")
    given: dict[str, object] = {name: rest[name] for name in _REST if name in rest}
    buttons = rest.get("buttons")
    given["buttons"] = tuple(buttons) if isinstance(buttons, list) else ()
    given["because"] = read(str(rest.get("because") or ""))
    given["again_at"] = parse_moment(again) if isinstance(again, str) else None
    given |= {name: columns[name] for name in IN_COLUMNS}
    given |= {"kind": Kind(str(columns["kind"])), "state": Asked(str(columns["state"])), "content": content}
    return Question(**given)  # type: ignore[arg-type]


def fingerprint(message: SendMessage) -> str:
    """Names the words that were read: what was approved can be told from any other version of them."""
    return hashlib.sha256(f"{message.template}\n{message.text}".encode()).hexdigest()[:16]
