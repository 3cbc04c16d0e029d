"""What the SMS connector is handed: how a gateway is asked, as its operator describes it."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bridge.model.wording import worded

_NAMES = frozenset({"phone", "text", "sender", "secret", "id"})
"""What a request may name: the number as +380…, the words, who they are from, the secret, the delivery's id."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway. `body` is its JSON, or the fields of a form (`as_form`), with {phone}, {text}, {sender}, {secret}
    and {id} where those go; `headers` may name them too. `taken` are values of the answer's JSON by their path that
    mean that the message was taken; `id_path` is where the answer names it. `segments` is how long one may be.

    Raises ValueError, in words for admins, for an address that is not https, and for a name that is none of these.
    """

    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    as_form: bool = False
    sender: str = ""
    taken: Mapping[str, str] = field(default_factory=dict)
    id_path: str = ""
    segments: int = 3
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(worded("{url} is no https address", url=self.url))
        named = {name for text in _texts([self.body, self.headers]) for name in _named(text)}
        strange = sorted(named - _NAMES)
        if strange:
            names = _listed()
            raise ValueError(worded("{name} is none of what a gateway is told: {names}", name=strange[0], names=names))
        lacking = sorted({"phone", "text"} - {name for text in _texts([self.body]) for name in _named(text)})
        if lacking:
            raise ValueError(worded("the gateway is not told {name}", name=lacking[0]))

    def filled(self, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """The body and the headers of one message."""
        told = {**given, "sender": self.sender, "secret": self.secret}
        return dict(_filled(self.body, told)), dict(_filled(self.headers, told))

    def refusal(self, answer: str) -> str:
        """Why an answer of 200 means that the message was not taken; "" where it was."""
        found = _parsed(answer) if self.taken else None
        wrong = [path for path, value in self.taken.items() if str(_at(found, path)).casefold() != value.casefold()]
        return answer[:200] if wrong else ""

    def id_in(self, answer: str) -> str:
        """How the gateway names the message; "" where it does not."""
        found = _at(_parsed(answer), self.id_path) if self.id_path else None
        return str(found) if isinstance(found, (str, int)) else ""


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(_NAMES))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def _named(text: str) -> set[str]:
    try:
        return {name for _literal, name, _form, _conversion in string.Formatter().parse(text) if name is not None}
    except ValueError:
        raise ValueError(worded("{text}: a brace is open", text=text)) from None


def _filled(value: Any, told: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _filled(one, told) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(one, told) for one in value]
    if not isinstance(value, str):
        return value
    pieces = string.Formatter().parse(value)
    return "".join(f"{literal}{told[name] if name is not None else ''}" for literal, name, _form, _conversion in pieces)


def _parsed(answer: str) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _at(found: Any, path: str) -> Any:
    """The value at `a.0.b` of a parsed JSON; None where there is none."""
    for name in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found
