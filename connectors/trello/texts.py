"""Texts that fit into Trello, with the mark of the delivery that wrote them: split or cut, never silently. Pure.

A mark names the installation as well, where it has a name: of two bridges on one board each knows the other by it.
"""

from __future__ import annotations

import re

from bridge.model.values import utf16_units

LONGEST_TEXT = 16384
"""Of a description and of a comment, counted in UTF-16 units, the more careful way."""
_MARK = re.compile(r"^[ \t]*‹міст ([0-9a-f]{10})(?:·([0-9a-f]+))?(?: (\d+)/\d+)?›[ \t]*$", re.MULTILINE)
_CUT = re.compile(r"^[ \t]*‹міст: далі[^\n›]*›[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"^[ \t]*(Planfix: https?://\S+)[ \t]*$", re.MULTILINE)
_LONGEST_MARK = len("\n\n‹міст 0123456789·01234567 99/99›")
_ENDS = ("\n\n", "\n", ". ", " ")
"""Where a text is best divided."""


def mark_in(text: str) -> str:
    """The delivery id the bridge left in a text, or ""."""
    found = _MARK.search(text)
    return found[1] if found else ""


def installation_in(text: str) -> str:
    """The installation whose mark stands in a text, "" where none is named."""
    found = _MARK.search(text)
    return (found[2] or "") if found else ""


def part_in(text: str, delivery: str) -> int:
    """Which part of a delivery's text this is, counted from 1; 0 for none."""
    found = _MARK.search(text)
    return int(found[3] or 1) if found and found[1] == delivery else 0


def is_cut(text: str) -> bool:
    """Whether the bridge left something of this text out."""
    return _CUT.search(text) is not None


def without_mark(text: str) -> str:
    """The text as people wrote it."""
    return _CUT.sub("", _MARK.sub("", text)).strip()


def task_line(url: str) -> str:
    """The line by which a card that the bridge makes names its task."""
    return f"Planfix: {url}"


def task_line_in(text: str) -> str:
    """That line, as it stands in a text with the bridge's mark; "" for none, or one that people wrote."""
    found = _LINK.search(text) if mark_in(text) else None
    return found[1] if found else ""


def without_task_line(text: str) -> str:
    """The text without that line."""
    return _LINK.sub("", text, count=1) if mark_in(text) else text


def parts(text: str, delivery: str, installation: str = "") -> tuple[str, ...]:
    """The text in as few parts as it needs, the delivery's id alone on the last line of each."""
    body = text.strip()
    name = f"{delivery}·{installation}" if installation else delivery
    mark = f"‹міст {name}›"
    if utf16_units(body) + len(mark) + 2 <= LONGEST_TEXT:
        return (f"{body}\n\n{mark}" if body else mark,)
    pieces = []
    while body:
        piece = _first_piece(body, LONGEST_TEXT - _LONGEST_MARK)
        pieces.append(piece.rstrip())
        body = body[len(piece) :].lstrip()
    return tuple(f"{piece}\n\n‹міст {name} {number}/{len(pieces)}›" for number, piece in enumerate(pieces, start=1))


def shortened(text: str, delivery: str = "", link: str = "", below: str = "") -> str:
    """The text in one piece; what does not fit is left out, a line of its own says so and where all of it is.

    What is to stand `below` it stays whole.
    """
    body = text.strip()
    mark = "".join(f"\n\n{one}" for one in (below, delivery and f"‹міст {delivery}›") if one)
    if utf16_units(body) + utf16_units(mark) <= LONGEST_TEXT:
        return f"{body}{mark}".strip()
    end = f"\n\n‹міст: далі {link}›" if link else "\n\n‹міст: далі не вмістилося›"
    return f"{_first_piece(body, LONGEST_TEXT - len(end) - utf16_units(mark)).rstrip()}{end}{mark}"


def _first_piece(text: str, room: int) -> str:
    """What of a text fits, up to the end of a paragraph, line, sentence or word in its second half."""
    fitting = text[:room]
    while utf16_units(fitting) > room:
        fitting = fitting[: len(fitting) - (utf16_units(fitting) - room + 1) // 2]
    if fitting == text:
        return text
    for end in _ENDS:
        at = fitting.rfind(end, len(fitting) // 2)
        if at > 0:
            return fitting[: at + len(end)]
    return fitting
