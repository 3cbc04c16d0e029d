"""Which answer of a form is which fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormMap:
    """Which answer of a form fills which fact: question title -> field key. Named by `fill: {map: ...}`."""

    id: str
    form: str
    answers: Mapping[str, str]
