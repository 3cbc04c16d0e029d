"""Saying a text truly: the right language, the right alternative, or nothing while it is not known to be true."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.model.reasons import NO_TEXT, NOT_KNOWN_TRUE, NOT_TRUE, Reason
from rules.facts import Facts
from rules.holders import holder_of
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Said:
    """A text that is true now, and which template it came from in the end."""

    text: str
    template: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Nothing to say: not true and no alternative, or not known because `sources` were not read.

    `text` is what would have been said, were it true.
    """

    reason: Reason
    sources: tuple[str, ...] = ()
    text: str = ""


def say(
    ruleset: RuleSet,
    facts: Facts,
    subject: str,
    template: str,
    language: str,
    *,
    gate: str = "",
    markup: str = "telegram",
    extra: Mapping[str, Any] | None = None,
    past: datetime | None = None,
) -> Said | Unsaid:
    """The text of a template for a subject, or its `otherwise` while what it asserts is false.

    What it asserts must have been read past the moment `past`; without one, ever.
    """
    said = template
    seen: set[str] = set()
    while True:
        if said not in ruleset.texts:
            return Unsaid(NO_TEXT.of(text=said))
        text = ruleset.texts[said]
        seen.add(said)
        if text.asserts is None:
            break
        answer = text.asserts.evaluate(facts.lookup(subject, past=past), facts.now).answer
        if answer is None:
            return Unsaid(NOT_KNOWN_TRUE.of(text=said), facts.blind(text.asserts, subject, past))
        if answer:
            break
        if not text.otherwise or text.otherwise in seen:
            untrue = _rendered(ruleset, facts, subject, template, language, gate, markup, extra)
            return Unsaid(NOT_TRUE.of(text=said), text=untrue)
        said = text.otherwise
    return Said(_rendered(ruleset, facts, subject, said, language, gate, markup, extra), said)


def _rendered(
    ruleset: RuleSet,
    facts: Facts,
    subject: str,
    template: str,
    language: str,
    gate: str,
    markup: str,
    extra: Mapping[str, Any] | None,
) -> str:
    by_language = ruleset.texts[template].by_language
    rendered = by_language.get(language) or by_language[ruleset.defaults.language]
    values = facts.for_text(subject, language, gate=gate, extra=extra)
    for need in values["gate"]["missing"] if gate else ():
        held = holder_of(need["owed_by"], subject, facts, ruleset, facts.directory)
        need["who"] = f"{facts.directory.name(held)}, {need['who']}" if held else need["who"]
    return rendered.render(values, markup, ruleset.zone).strip()


def bare(text: str) -> str:
    """The words of a text without its markup."""
    return html.unescape(re.sub(r"</?[a-z][^>]*>", "", text))


def buttons_of(ruleset: RuleSet, template: str, language: str) -> tuple[tuple[str, str], ...]:
    """The buttons under a text as (action, title) in the reader's language."""
    named = ruleset.texts[template].buttons
    return tuple((name, ruleset.buttons.get(name, {}).get(language, name)) for name in named)
