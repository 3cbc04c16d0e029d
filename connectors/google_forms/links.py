"""Prefilled form links: how a respondent's code gets into an answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def prefill_link(form_link: str, entry: str | int, token: str, extra: Mapping[str, str] | None = None) -> str:
    """The form's link with `token` filled in as the answer to question `entry`.

    `form_link` is any link to the form that ends in viewform (its own query is kept); `entry` is the number in "Get
    pre-filled link", with or without `entry.`; `extra` fills further questions, by number. Raises ValueError for a link
    that cannot be prefilled: an editor's link, a short one, or no link at all.
    """
    parts = urlsplit(form_link.strip())
    if parts.scheme not in ("http", "https") or not parts.path.rstrip("/").endswith("/viewform"):
        raise ValueError(f"not a form's public link (…/viewform): {form_link!r}")
    filled = {_entry(entry): token, **{_entry(number): text for number, text in (extra or {}).items()}}
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "usp" and name not in filled]
    query = urlencode([("usp", "pp_url"), *kept, *filled.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _entry(number: str | int) -> str:
    digits = str(number).removeprefix("entry.")
    if not digits.isdecimal():
        raise ValueError(f"not a question's entry number: {number!r}")
    return f"entry.{digits}"
