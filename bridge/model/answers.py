"""Answers to forms, as several rooms speak of them."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model.values import Plain

WAITING = "waiting"
"""The part of a response that was read without a column that its mapping names: each fact that it may fill, with the
column's title. The answer stands under another title, and nobody knows which."""
COMPLETED = "form.completed"
"""The kind of event by which such an answer follows when its column is found: the same answer, of the same time."""


def differences(before: Plain, now: Plain) -> list[Plain]:
    """What an answer changed in the one before it, question by question: `was` is "" for a new one, `now` for one that
    was taken back.

    A question that only has another title says what it said.
    """
    old, new = _texts(before), _texts(now)
    renamed = {text for question, text in old.items() if question not in new}
    renamed &= {text for question, text in new.items() if question not in old}
    found = {question: (old.get(question, ""), new.get(question, "")) for question in (*new, *old)}
    return [
        {"question": question, "was": was, "now": is_}
        for question, (was, is_) in found.items()
        if was != is_ and not ({was, is_} - {""} <= renamed and "" in (was, is_))
    ]


def _texts(answers: Plain) -> dict[str, str]:
    return {str(question): str(text) for question, text in answers.items()} if isinstance(answers, Mapping) else {}


_OWN_NAMES = frozenset({"brief", "access", "report", "client", "deal", "task", "invoice", "card", "checks"})
"""The first words that a fact may have: a form called like one has facts of its own there."""


def fact_of(form: str, name: str) -> str:
    """The fact that the bridge makes for a form: `brief.link` of the form brief, `brief.full_link` of the form full."""
    return f"{form}.{name}" if form in _OWN_NAMES else f"brief.{form.replace('-', '_')}_{name}"
