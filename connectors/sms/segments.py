"""How many messages a text is paid as. Pure. https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/"""

from __future__ import annotations

from bridge.model.values import utf16_units

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
"""Signs that count as two."""
_GSM, _GSM_PART, _WIDE, _WIDE_PART = 160, 153, 70, 67


def segments(text: str) -> int:
    """Of one part up to 160 Latin or 70 other signs; of several, each holds 153 or 67. An empty text is one."""
    signs = set(text)
    if signs <= _BASIC | _EXTENDED:
        length, whole, part = sum(2 if sign in _EXTENDED else 1 for sign in text), _GSM, _GSM_PART
    else:
        length, whole, part = utf16_units(text), _WIDE, _WIDE_PART
    return 1 if length <= whole else -(-length // part)
