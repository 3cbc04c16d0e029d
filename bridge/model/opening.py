"""The first words of a text: what people know it by, where its id would tell them nothing. Pure."""

from __future__ import annotations

import re
from html import unescape

_LONGEST = 48
_TAG = re.compile(r"</?[a-z][^>]*>")
_WHOSE = re.compile(r"(?:<b>[^<]*</b>|\*\*[^*\n]+\*\*|\[[^\]\n]*\]|…)(?:: +| — +)")
"""A name in bold, or in its place what the name is, in front of what is said of it."""
_SENTENCE = re.compile(r".{14,47}?[.?!…](?= )")
_GREETS = re.compile(r"[^\n]*!\s*\n")


def opening(text: str) -> str:
    """How a text begins: without its markup, without a greeting, and without the name of whom it is about."""
    text = text.replace("```", "")
    begun = _GREETS.sub("", text.strip(), count=1) if _GREETS.match(text.strip()) else text.strip()
    plain = unescape(_TAG.sub("", _WHOSE.sub("", begun, count=1) if _WHOSE.match(begun) else begun))
    words = " ".join(plain.replace("**", "").replace("….", "…").split())
    if len(words) <= _LONGEST:
        return words.removesuffix(".")
    whole = _SENTENCE.match(words)
    return (whole[0] if whole else words[:_LONGEST].rpartition(" ")[0]).rstrip(" .,;:—-•…") + "…"
