"""Phone numbers as people write them: in E.164, the one form that systems agree on. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

_EIGHT = re.compile(r"(?<![\d+])8(?=[\s(-]*0)")
"""What stood before a long-distance call in Ukraine, and still stands before numbers: 8 067 123-45-67."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that stands in a text from `start` to `end`; `e164` is +380671234567. `text` has its extension, too."""

    start: int
    end: int
    e164: str
    text: str


def phones_in(text: str, region: str) -> tuple[Phone, ...]:
    """The numbers in a text that exist somewhere in the world; one without a country code is one of `region`.

    Dates, sums and codes are none.
    """
    called = _EIGHT.sub(" ", text) if region == "UA" else text  # as long as the text itself: the places stay
    return tuple(
        Phone(
            found.start,
            found.end,
            phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164),
            found.raw_string,
        )
        for found in phonenumbers.PhoneNumberMatcher(called, region)
    )


def phone_of(text: str, region: str) -> str | None:
    """The number that a text is; None for what is none."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def answered_phone(answer: str, region: str) -> str:
    """The number of an answer like "call me at 067 123-45-67 after 6"; one without such words stays as it was typed.

    Raises ValueError where there is none.
    """
    found = phones_in(answer, region)
    if not found:
        raise ValueError(answer)
    beside = answer
    for phone in reversed(found):
        beside = f"{beside[: phone.start]}{beside[phone.end :]}"
    if not any(sign.isalnum() for sign in beside):
        return answer
    return ", ".join(one.text if _has_extension(one) else one.e164 for one in found)


def _has_extension(phone: Phone) -> bool:
    return any(sign.isalpha() for sign in phone.text)
