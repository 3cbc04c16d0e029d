"""How many messages a text is paid as. Pure. https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model.values import utf16_units

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
"""Signs that count as two."""
_GSM, _GSM_PART, _WIDE, _WIDE_PART = 160, 153, 70, 67


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text takes: its letters, how many signs they count as, and how many messages it is paid as.

    One message holds `whole` of them, each of several `part`. GSM-7 is what operators know of Latin; a single sign that
    it lacks makes all of a text UCS-2.
    """

    letters: str
    length: int
    parts: int
    whole: int
    part: int


def measured(text: str) -> Measured:
    """Of one part up to 160 Latin or 70 other signs; of several, each holds 153 or 67. An empty text is one."""
    signs = set(text)
    if signs <= _BASIC | _EXTENDED:
        letters, length, whole, part = "GSM-7", sum(2 if sign in _EXTENDED else 1 for sign in text), _GSM, _GSM_PART
    else:
        letters, length, whole, part = "UCS-2", utf16_units(text), _WIDE, _WIDE_PART
    return Measured(letters, length, 1 if length <= whole else -(-length // part), whole, part)


def segments(text: str) -> int:
    """How many messages a text is paid as."""
    return measured(text).parts
