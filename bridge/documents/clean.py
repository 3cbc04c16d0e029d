"""Makes outside texts safe to stand in a document, and in a file name."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from bridge.documents.errors import DocumentRefused

# The most that one spreadsheet cell holds, so no answer that a form can deliver is cut.
TEXT_LIMIT = 50_000
NAME_LIMIT_BYTES = 120
# The same for every format, so that the files of one document differ in their extension only.
_EXTENSION_ROOM = len(".docx")

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Controls are commands to docxtpl (\a starts a paragraph), lone surrogates cut a value short, bidi overrides
# let a text read differently from what it says, and XML knows no U+FFFE and U+FFFF.
_DROPPED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NAME_BREAKERS = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')


def clean_text(text: str) -> str:
    """The same words without what would command a renderer: NFC, `\\n` the only control, outer blanks cut.

    A text over TEXT_LIMIT characters ends with a visible note of how many were left out.
    """
    plain = _DROPPED.sub("", _LINE_BREAKS.sub("\n", text).replace("\t", " "))
    plain = unicodedata.normalize("NFC", plain).strip()
    if len(plain) <= TEXT_LIMIT:
        return plain
    return f"{plain[:TEXT_LIMIT]} […+{len(plain) - TEXT_LIMIT}]"


def clean_value(value: object) -> object:
    """A copy made of JSON values only, every text in it cleaned; dates become ISO texts, decimals exact texts.

    Raises DocumentRefused `data-kind` for anything else (an object would be walked by templates) and for a date with
    a time but no zone.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean_text(value)
        case Decimal():
            return format(value, "f")
        case float() if math.isfinite(value):
            return value
        case datetime() if value.tzinfo is not None:
            return value.isoformat()
        case date() if not isinstance(value, datetime):
            return value.isoformat()
        case Mapping():
            return {clean_text(str(key)): clean_value(item) for key, item in value.items()}
        case Sequence() if not isinstance(value, (bytes, bytearray, memoryview)):
            return [clean_value(item) for item in value]
    raise DocumentRefused("data-kind", f"a document cannot hold a {type(value).__name__}", advice=_kind_advice(value))


def _kind_advice(value: object) -> str:
    if isinstance(value, datetime):
        return "give the date and time its zone"
    return "hand in texts, numbers, dates, lists and mappings"


def file_name(title: str, extension: str) -> str:
    """The title as a file name that Windows, Trello and Telegram accept: at most 120 bytes with its extension."""
    plain = _NAME_BREAKERS.sub(" ", clean_text(title).replace("\n", " "))
    plain = re.sub(r"\s+", " ", plain).strip(" .") or "document"
    room = NAME_LIMIT_BYTES - _EXTENSION_ROOM
    short = plain.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{short}.{extension}"
