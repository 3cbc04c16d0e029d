"""One message as a letter: the same words as in a chat, as plain text and as HTML, in one thread a deal. Pure."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bridge.model.decisions import SendMessage
from bridge.model.deliveries import StoredFile
from connectors.email.settings import EmailMapping, SmtpSettings

_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_REPLY = {
    "uk": "Відповісти можна просто на цей лист.",
    "ru": "Ответить можно просто на это письмо.",
    "en": "You can simply reply to this letter.",
}
"""Said where the chat would have buttons: nobody can press them in a letter."""


def letter(
    settings: SmtpSettings,
    mapping: EmailMapping,
    decision: SendMessage,
    to: str,
    mark: str,
    thread: str,
    at: datetime,
    file: StoredFile | None = None,
) -> EmailMessage:
    """The letter to one address, with the document that goes along.

    `mark` is the delivery's id: each attempt at one delivery is the same letter, so that a mailbox which drops repeats
    can. `thread` names what letters of one conversation have in common: the same deal, the same address. `at` is aware.
    """
    text, buttons = decision.text.strip(), decision.buttons
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(mapping.agency, addr_spec=settings.sender)
    made["To"] = Address(addr_spec=to)
    if mapping.reply_to:
        made["Reply-To"] = Address(addr_spec=mapping.reply_to)
    made["Subject"] = mapping.subject_in(decision.language)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{mark}@{settings.domain}>"
    root = f"<{hashlib.sha256(thread.encode()).hexdigest()[:20]}.client@{settings.domain}>"
    made["In-Reply-To"] = root
    made["References"] = root
    made["Auto-Submitted"] = "auto-generated"  # no "I am on leave" in answer: RFC 3834
    made.set_content(plain_text(text, buttons, decision.language))
    made.add_alternative(html_text(text, buttons, decision.language), subtype="html")
    if file is not None:
        main, _, sub = file.media_type.partition("/")
        made.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return made


def plain_text(text: str, buttons: Sequence[tuple[str, str]], language: str) -> str:
    """The words without markup: each address stands behind its title."""
    said = _LINK.sub(lambda found: html.escape(_titled(_bare(found[2]), html.unescape(found[1]))), text)
    lines = [_bare(said)]
    lines += [_titled(title, action) for action, title in buttons if _is_address(action)]
    return "\n\n".join([*lines, *_asks(buttons, language)]) + "\n"


def html_text(text: str, buttons: Sequence[tuple[str, str]], language: str) -> str:
    """The same with its bold words and links, for programs that show them. The markup of a chat is HTML already."""
    parts = [text.replace("\n", "<br>\n")]
    parts += [
        f'<a href="{html.escape(action)}">{html.escape(title)}</a>' for action, title in buttons if _is_address(action)
    ]
    body = "".join(f"<p>{part}</p>\n" for part in [*parts, *_asks(buttons, language)])
    style = "font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 1em auto; padding: 0 1em"
    head = f'<html lang="{language}"><head><meta charset="utf-8"></head>'
    return f'<!doctype html>\n{head}<body style="{style}">\n{body}</body></html>\n'


def _asks(buttons: Sequence[tuple[str, str]], language: str) -> list[str]:
    return [_REPLY.get(language, _REPLY["en"])] if any(not _is_address(action) for action, _title in buttons) else []


def _bare(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))


def _titled(title: str, url: str) -> str:
    """An address stands in angle brackets, so that no full stop becomes a part of it: RFC 3986, appendix C."""
    return f"<{url}>" if title == url else f"{title} <{url}>"


def _is_address(action: str) -> bool:
    return action.startswith(("http://", "https://"))
