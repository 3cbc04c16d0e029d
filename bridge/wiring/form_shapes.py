"""The shape of forms.yaml: the forms that clients fill in, and what becomes of each answer."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bridge.model.files import UPLOAD_WORDS
from bridge.model.findings import did_you_mean
from bridge.model.wording import worded
from bridge.wiring.shape_values import Count, Titles, Words
from rules.flaws import Flaw, Flawed, Params


def _page(link: str) -> str:
    if not link.startswith("https://") or "/viewform" not in link:
        advice = "copy the address of the form as clients see it, up to /viewform"
        raise Flawed([Flaw("bad-link", worded('"{link}" is no address of a form', link=link), advice)])
    return link.partition("?")[0]


class TokenQuestion(Params):
    """The question that carries the client's code: its entry number in a prefilled link, its column in the sheet."""

    entry: Count
    column: str


def _upload_name(pattern: str) -> str:
    words = [word for _text, word, _spec, _conversion in _parsed(pattern) if word is not None]
    odd = next((word for word in words if word not in UPLOAD_WORDS), None)
    if odd is not None or not words:
        what = worded('"{name}" is no pattern of a file\'s name', name=pattern)
        advice = worded("{words} may stand in it, and one of them has to", words="{client}, {doc}, {date}")
        raise Flawed([Flaw("bad-value", what, advice)])
    return pattern


def _parsed(pattern: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(pattern))
    except ValueError:
        return [("", "", None, None)]  # a brace that is never closed


class UploadEntry(Params):
    """A question to which clients upload files: what those are called on the card. See docs/how-to/receive-files.md.

    `doc` is what stands for `{doc}` in `name`; without it the question does. The file's own ending comes behind.
    """

    doc: str | None = None
    name: Annotated[str, AfterValidator(_upload_name)] = "{client}-{doc}-{date}"


class PrefillEntry(Params):
    """A question that stands filled in when a client opens the form: its entry number, and how it is answered.

    `fact` is what it is about where `answers` do not say so; `options` are those that the form lists.
    """

    entry: Count
    fact: str = ""
    kind: Literal["text", "choice", "boxes", "date", "time"] = "text"
    options: Words = ()


def _as_entry(given: object) -> object:
    """A bare number says where a question is that is answered in words."""
    return {"entry": given} if isinstance(given, int) and not isinstance(given, bool) else given


class FormEntry(Params):
    """One Google form: where its answers are, its address, and which answer fills which fact.

    `map` is the name by which rules fill facts from it. `lag` is how many seconds answers may take to reach the sheet.
    `files` are the questions to which clients upload files: those are hung on their card. `prefill` are those that a
    link fills in: see docs/how-to/fill-in-what-is-known.md. `judged_by` is the role that accepts answers one by one.
    `obligatory` are questions that must have an answer, `not_past` those that ask for a day to come.
    """

    title: Titles
    spreadsheet: str
    sheet: str
    link: Annotated[str, AfterValidator(_page)]
    token: TokenQuestion
    map: str
    answers: dict[str, str]
    files: dict[str, UploadEntry] = Field(default_factory=dict)
    prefill: dict[str, Annotated[PrefillEntry, BeforeValidator(_as_entry)]] = Field(default_factory=dict)
    judged_by: str = ""
    obligatory: list[str] = Field(default_factory=list)
    not_past: list[str] = Field(default_factory=list)
    timestamp_column: str | None = None
    lag: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _says_one_thing_of_a_question(self) -> Self:
        both = next((question for question in self.files if question in self.answers), None)
        if both is not None:
            what = worded('"{question}" stands among answers and among files', question=both)
            raise Flawed([Flaw("bad-value", what, "leave it in one of them", ("files", both))])
        return self

    @model_validator(mode="after")
    def _asks_back_only_what_fills_a_fact(self) -> Self:
        for name, questions in (("obligatory", self.obligatory), ("not_past", self.not_past)):
            for place, question in enumerate(questions):
                if question not in self.answers:
                    what = worded('"{question}" is not among the answers', question=question)
                    advice = did_you_mean(question, self.answers)
                    raise Flawed([Flaw("bad-value", what, advice, (name, place))])
        return self

    @model_validator(mode="after")
    def _fills_in_each_question_once(self) -> Self:
        seen = {self.token.entry: self.token.column}
        for question, one in self.prefill.items():
            if (other := seen.setdefault(one.entry, question)) != question:
                what = worded('"{question}" has the entry number of "{other}"', question=question, other=other)
                advice = "each question has a number of its own in the pre-filled link of the form"
                raise Flawed([Flaw("bad-value", what, advice, ("prefill", question))])
            if question == self.token.column or question in self.files:
                what = worded('"{question}" cannot be filled in with an answer', question=question)
                advice = "leave it out of prefill: the code stands in every link, and files cannot stand in one"
                raise Flawed([Flaw("bad-value", what, advice, ("prefill", question))])
        return self


class FormsFile(Params):
    """forms.yaml: the forms clients fill in."""

    version: Literal[1] = 1
    forms: dict[str, FormEntry]
