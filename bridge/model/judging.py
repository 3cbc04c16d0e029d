"""Answers that people accept or ask again, one by one: how those of one form stand for one deal. Pure.

Kept as one plain map by deal and form. What was accepted is what counts until a person accepts another answer to the
same question, or asks it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bridge.model.values import Plain

_KEPT = "judged:"


class Verdict(StrEnum):
    """How the answers stand: nobody was asked, somebody is to judge them, some are asked again, all are accepted."""

    NONE = "none"
    OPEN = "open"
    AGAIN = "again"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers of one form, by question.

    `notice` is the delivery that asks about `rows`, the answers nobody has judged yet ("" for one that was emptied);
    `chosen` are those of them that would be asked again. `accepted` are the answers that count, `again` the questions
    that the client is asked once more, with `remark`. `answer` is the event that brought the newest answers, `withheld`
    the values of facts in it that wait for a person's word because another answer is accepted. `by` judged last.
    """

    notice: str = ""
    answer: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    remark: str = ""
    withheld: Mapping[str, Plain] = field(default_factory=dict)
    by: str = ""

    @property
    def verdict(self) -> Verdict:
        """How they stand as a whole."""
        if self.rows:
            return Verdict.OPEN
        if self.again:
            return Verdict.AGAIN
        return Verdict.ACCEPTED if self.accepted else Verdict.NONE

    def came(self, answers: Mapping[str, str], notice: str, answer: str, withheld: Mapping[str, Plain]) -> Judged:
        """With newer answers: a person is asked about each that differs from what is accepted, or was asked again.

        A question that was left empty is asked about only where it was asked again, or where its answer was accepted
        and the client came by themselves: whoever is asked for some answers need not give the others once more.
        """
        named = dict.fromkeys((*answers, *(self.again or self.accepted)))
        given = {question: answers.get(question, "") for question in named}
        rows = {one: text for one, text in given.items() if one in self.again or self.accepted.get(one, "") != text}
        if not rows:
            return self
        return replace(
            self, notice=notice, answer=answer, rows=rows, chosen=(), again=(), remark="", withheld=dict(withheld)
        )

    def toggled(self, question: str) -> Judged:
        """One question more that would be asked again, or one less."""
        chosen = tuple(one for one in self.rows if (one in self.chosen) != (one == question))
        return replace(self, chosen=chosen)

    def settled(self, again: Collection[str], by: str, remark: str = "") -> Judged:
        """A person has judged: these are asked again, all others count from now on."""
        fine = {one: text for one, text in self.rows.items() if one not in again}
        accepted = {**self.accepted, **fine}
        return replace(
            self,
            rows={},
            chosen=(),
            accepted={one: text for one, text in accepted.items() if text},
            again=tuple(one for one in self.rows if one in again),
            remark=remark,
            withheld={},
            by=by,
        )


def kept_as(form: str) -> str:
    """The name under which the answers of a form are kept at their deal."""
    return f"{_KEPT}{form}"


def written(judged: Judged) -> Plain:
    """As it is kept."""
    return {
        "notice": judged.notice,
        "answer": judged.answer,
        "rows": dict(judged.rows),
        "chosen": list(judged.chosen),
        "accepted": dict(judged.accepted),
        "again": list(judged.again),
        "remark": judged.remark,
        "withheld": dict(judged.withheld),
        "by": judged.by,
    }


def read(kept: Plain) -> Judged:
    """What was kept; nobody has judged anything where nothing was."""
    if not isinstance(kept, Mapping):
        return Judged()
    return Judged(
        notice=str(kept.get("notice", "")),
        answer=str(kept.get("answer", "")),
        rows=_texts(kept.get("rows")),
        chosen=_names(kept.get("chosen")),
        accepted=_texts(kept.get("accepted")),
        again=_names(kept.get("again")),
        remark=str(kept.get("remark", "")),
        withheld=_map(kept.get("withheld")),
        by=str(kept.get("by", "")),
    )


def _map(plain: Plain) -> dict[str, Plain]:
    return dict(plain) if isinstance(plain, Mapping) else {}


def _texts(plain: Plain) -> dict[str, str]:
    return {name: str(text) for name, text in _map(plain).items()}


def _names(plain: Plain) -> tuple[str, ...]:
    return tuple(map(str, plain)) if isinstance(plain, (list, tuple)) else ()
