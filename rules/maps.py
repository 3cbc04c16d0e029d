"""Which answer of a form is which fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.model.answers import fact_of


@dataclass(frozen=True, slots=True)
class FormMap:
    """Which answer of a form fills which fact: question title -> field key. Named by `fill: {map: ...}`.

    `obligatory` are the questions that must have an answer, `not_past` those whose day must not lie before the day of
    the answer. What is missing or does not fit is owed by the client: `owed` and `owed_words` name the facts for that.
    """

    id: str
    form: str
    answers: Mapping[str, str]
    obligatory: tuple[str, ...] = ()
    not_past: tuple[str, ...] = ()

    @property
    def owed(self) -> str:
        """The fact that names the questions to be corrected, where it is declared."""
        return fact_of(self.form, "owed")

    @property
    def owed_words(self) -> str:
        """The fact that says the same to the client: what stands there, and what is asked for."""
        return fact_of(self.form, "owed_words")
