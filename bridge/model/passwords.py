"""Passwords in what somebody writes, told by their shape, so that they are cut out before anything is kept. Pure.

What is cut may at worst be a word too many; what is left must read as it was written. Ordinary words, telephones,
links, prices, dates, e-mail addresses and names of things are no passwords.
"""

from __future__ import annotations

import re
from itertools import pairwise

CUT = "•••"
"""What stands in the place of a password."""

_LABEL = (
    r"(?:пароль|пароля|паролі|пароли|паролем|пас|password|passwd|passcode|pass|pwd"
    r"|pin[ -]?code|пін-код|пин-код|pin|пін|пин|токен|token|secret|api[ _-]?key)"
)
_NAMED = re.compile(
    rf"(?<!\w)(?P<label>{_LABEL})(?!\w)(?P<between>[^\S\n]*(?:[:=—–-]|is\b|це\b|это\b)?\s*)(?P<value>\S+)",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)")
_TOKEN = re.compile(r"\S+")
_EDGES = "«»“”\"'’`()[]<>,;:…"
_ENDS = ".!?"
_PLACE = re.compile(r"(?i)[a-z][a-z0-9+.-]{0,20}://|www\.|^[\w-]{1,63}(\.[\w-]{1,63}){1,10}(/|:|$)|/")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[a-z]{2,63}", re.IGNORECASE)
_STRONG = frozenset("!@#$%^&*?+=~|\\")
_LOGIN = re.compile(r"(?<!\w)(?:логін|логин|login|user|username|користувач|пользователь)(?!\w)", re.IGNORECASE)
"""Each part of these patterns has an end: a text of a hundred thousand signs must not take a minute."""
_SHORT, _SHORTEST_BARE, _RANDOM = 4, 8, 12


def without_passwords(text: str) -> str:
    """The text with every password in it cut out; the same text where there is none."""
    left = _NAMED.sub(_cut_named, _IN_ADDRESS.sub(CUT, text))
    beside_login = bool(_LOGIN.search(left) or _MAIL.search(left))
    alone = len(left.split()) == 1
    return _TOKEN.sub(lambda found: _cut_bare(found[0], beside_login=beside_login, alone=alone), left)


def _cut_named(found: re.Match[str]) -> str:
    """A password behind its name. Without a sign between both only what no sentence goes on with counts."""
    value, signed = found["value"], bool(found["between"].strip()) or "\n" in found["between"]
    if not _may_follow(value.strip(_EDGES), signed=signed):
        return found[0]
    return f"{found['label']}{found['between']}{CUT}"


def _may_follow(value: str, *, signed: bool) -> bool:
    if len(value) < _SHORT or value == CUT or _MAIL.fullmatch(value) or "://" in value:
        return False
    letters, digits = any(one.isalpha() for one in value), any(one.isdigit() for one in value)
    if letters and (digits or _inner(value)):
        return True
    if not letters:
        return digits and len(value) >= (_SHORT if signed else 6)
    return signed and value.rstrip(_ENDS).isascii() and len(value) >= _SHORT


def _cut_bare(token: str, *, beside_login: bool, alone: bool) -> str:
    """A word that looks like nothing but a password; beside a login or alone in a message less is enough."""
    value = token.strip(_EDGES)
    bare = value.rstrip(_ENDS)
    if len(value) < _SHORTEST_BARE or not value.isascii() or value[0] in "@#" or _PLACE.search(bare):
        return token
    if _MAIL.fullmatch(bare) or re.match(r"[a-z_]+=", value):
        return token
    lower, upper, digit = (any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit))
    if not digit or not (lower or upper):
        return token
    mixed = lower and upper
    strong = mixed and _inner(bare)
    random = mixed and len(bare) >= _RANDOM and _changes(bare) >= 3
    near = (beside_login or alone) and (mixed or _inner(value))
    return token.replace(value, CUT) if strong or random or near else token


def _inner(value: str) -> bool:
    """Whether a sign that words do not have stands before the last letter."""
    return any(one in _STRONG for one in value.rstrip(_ENDS))


def _changes(value: str) -> int:
    """How often letters and digits take turns."""
    return sum(one.isdigit() != other.isdigit() for one, other in pairwise(value))
