"""Comments of tasks: theirs as happenings, ours as HTML. Pure."""

from __future__ import annotations

import html
import re

from bridge.model.events import Actor, ActorKind
from bridge.model.records import Happening, Ref
from connectors.planfix.answers import Comment, Person
from connectors.planfix.mapping import SYSTEM, PlanfixMapping, mark_in
from connectors.planfix.values import moment_of

COMMENT_FIELDS = (
    *("id", "dateTime", "type", "description", "task", "owner", "isDeleted", "sourceObjectId", "sourceDataVersion"),
)
LONGEST_BYTES = 64 * 1024
_ENDS_A_LINE = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6]|blockquote)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_EMPTY_LINES = re.compile(r"\n\s*\n+")


def text_of(written: str) -> str:
    """What a person reads in a comment's HTML, line by line."""
    text = html.unescape(_TAG.sub("", _ENDS_A_LINE.sub("\n", written))).replace("\xa0", " ")
    lines = "\n".join(line.strip() for line in text.splitlines())
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def html_of(text: str) -> str:
    """A comment's HTML from HTML with plain line breaks; shortened where it is longer than Planfix takes."""
    written = text.strip().replace("\n", "<br>")
    if len(written.encode()) <= LONGEST_BYTES:
        return written
    plain = html.escape(text_of(written), quote=False).replace("\n", "<br>").encode()
    kept = plain[: LONGEST_BYTES - 10].decode(errors="ignore")
    return (kept.rpartition(" ")[0] or kept) + " …"


def parse_comment(
    comment: Comment, about: Ref, client: Person | None, mapping: PlanfixMapping, account: str
) -> Happening | None:
    """A comment that somebody wrote on a task; None for a reminder, an empty or a deleted one.

    `client` is the task's counterparty: a comment in that name is the client's own.
    """
    text, at = text_of(comment.description or ""), moment_of(comment.dateTime, mapping.zone)
    if comment.isDeleted or comment.type not in (None, "", "Comment") or not text or at is None:
        return None
    return Happening(
        ref=Ref(SYSTEM, account, "comment", str(comment.id)),
        kind="comment.added",
        at=at,
        about=about,
        actor=_actor(comment.owner, client, mapping),
        data={"text": text},
        mark=mark_in(comment),
    )


def _actor(owner: Person | None, client: Person | None, mapping: PlanfixMapping) -> Actor:
    if owner is None or not owner.id:
        return Actor()
    if client is not None and _number(client) == _number(owner) and not owner.id.startswith("user:"):
        return Actor(ActorKind.CLIENT, owner.id, owner.name or "")
    person = mapping.people.get(owner.id)
    if person is not None:
        return Actor(ActorKind.PERSON, person, owner.name or "")
    return Actor(ActorKind.UNKNOWN, owner.id, owner.name or "")


def _number(person: Person) -> str:
    return person.id.rpartition(":")[2]
