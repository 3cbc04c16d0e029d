"""Forms: questions, responses, and the rows they write into the response sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.google.errors import invalid, not_found
from sandbox.google.sheets import Cell, Row, Sheet, Spreadsheet

QuestionKind = Literal["short", "paragraph", "choice"]
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?")
_FILTER = re.compile(r'timestamp\s*(>=|>)\s*"?([^"\s]+)"?')


class FormClosed(ValueError):
    """The form takes no responses now."""


class AnswersMissing(ValueError):
    """Required questions were left empty; `entries` says which."""

    def __init__(self, entries: list[int]) -> None:
        super().__init__(f"required: {entries}")
        self.entries = entries


@dataclass
class Question:
    """One question; `entry` is its number in prefilled links, `column` its place in the response sheet.

    A column that the owner formatted as plain text (`plain_text`) keeps digits as typed; in any other, an answer
    that looks like a number becomes one, and loses its leading zeros.
    """

    entry: int
    title: str
    kind: QuestionKind = "short"
    required: bool = False
    options: tuple[str, ...] = ()
    help: str = ""
    plain_text: bool = False
    column: int = 0

    @property
    def id(self) -> str:
        """The id in the Forms API: the same number in hexadecimal digits."""
        return f"{self.entry:08x}"


@dataclass
class FormResponse:
    """One person's answers by entry number. `edit_key` is the secret of the link that edits them."""

    id: str
    edit_key: str
    created_at: datetime
    submitted_at: datetime
    answers: dict[int, str]
    row: Row


@dataclass
class Form:
    """One form with its responses. `public_id` stands in the public address, `id` is what the API knows."""

    id: str
    public_id: str
    title: str
    description: str
    questions: list[Question]
    book: Spreadsheet
    sheet: Sheet
    language: str = "uk"
    open: bool = True
    published: bool = True
    editable: bool = True
    responses: list[FormResponse] = field(default_factory=list)

    def __post_init__(self) -> None:
        for column, question in enumerate(self.questions, start=1):
            question.column = question.column or column

    def submit(self, answers: Mapping[int, str], now: datetime) -> FormResponse:
        """Take a response and write its row below the last one the form wrote, above rows typed by hand.

        Raises FormClosed and AnswersMissing; nothing is kept then.
        """
        kept = self._accepted(answers)
        number = len(self.responses) + 1
        row = Row(from_form=True)
        response = FormResponse(
            id=f"ACYDBNhSandbox{number:08d}",
            edit_key=f"2_ABaOnudSandbox{number:08d}",
            created_at=now,
            submitted_at=now,
            answers=kept,
            row=row,
        )
        self._write(response)
        self.sheet.rows.insert(self._next_place(), row)
        self.responses.append(response)
        return response

    def edit(self, response: FormResponse, answers: Mapping[int, str], now: datetime) -> FormResponse:
        """Overwrite a response: the same row with the new answers, and the moment of the edit as its time stamp."""
        if not self.editable:
            raise FormClosed
        response.answers = self._accepted(answers)
        response.submitted_at = now
        if response.row not in self.sheet.rows:
            self.sheet.rows.insert(self._next_place(), response.row)
        self._write(response)
        return response

    def by_edit_key(self, key: str) -> FormResponse | None:
        """The response that this edit link is about."""
        return next((response for response in self.responses if response.edit_key == key), None)

    def at_row(self, number: int) -> FormResponse:
        """The response in that row of the sheet (from 1, the header). Raises ValueError when a form wrote none."""
        rows = self.sheet.rows
        for response in self.responses:
            if 1 <= number <= len(rows) and rows[number - 1] is response.row:
                return response
        raise ValueError(f"no response stands in row {number}")

    def add_question(self, question: Question) -> Question:
        """One more question at the end, with a new column behind all others."""
        question.column = max([0, *(other.column for other in self.questions)]) + 1
        self.questions.append(question)
        header = self.sheet.rows[0].cells
        header += [None] * (question.column + 1 - len(header))
        header[question.column] = question.title
        return question

    def as_json(self, base_url: str) -> dict[str, Any]:
        """The Form object of the Forms API."""
        return {
            "formId": self.id,
            "revisionId": f"{len(self.questions):08d}",
            "info": {"title": self.title, "description": self.description, "documentTitle": self.title},
            "items": [_item(number, question) for number, question in enumerate(self.questions, start=1)],
            "responderUri": self.address(base_url),
            "linkedSheetId": self.book.id,
            "publishSettings": {
                "publishState": {"isPublished": self.published, "isAcceptingResponses": self.published and self.open}
            },
        }

    def response_json(self, response: FormResponse) -> dict[str, Any]:
        """The FormResponse object of the Forms API."""
        ids = {question.entry: question.id for question in self.questions}
        return {
            "responseId": response.id,
            "createTime": _rfc3339(response.created_at),
            "lastSubmittedTime": _rfc3339(response.submitted_at),
            "answers": {
                ids[entry]: {"questionId": ids[entry], "textAnswers": {"answers": [{"value": text}]}}
                for entry, text in response.answers.items()
                if text and entry in ids
            },
        }

    def page_of_responses(self, wanted: str, size: int, token: str) -> dict[str, Any]:
        """One page of the Forms API's list, oldest first; `wanted` is its filter by time of the last submission."""
        found = self.responses
        if wanted:
            match = _FILTER.fullmatch(wanted.strip())
            if match is None:
                raise invalid(f"Invalid filter: {wanted}")
            since = _moment(match[2])
            strictly = match[1] == ">"
            found = [r for r in found if (r.submitted_at > since if strictly else r.submitted_at >= since)]
        start = int(token) if token.isdigit() else 0
        end = start + (min(size, 5000) if size > 0 else 5000)
        page: dict[str, Any] = {}
        if found[start:end]:
            page["responses"] = [self.response_json(response) for response in found[start:end]]
        if end < len(found):
            page["nextPageToken"] = str(end)
        return page

    def response(self, response_id: str) -> FormResponse:
        """The response by id. Raises the API's 404."""
        for response in self.responses:
            if response.id == response_id:
                return response
        raise not_found()

    def address(self, base_url: str) -> str:
        """The public address of the form."""
        return f"{base_url}/forms/d/e/{self.public_id}/viewform"

    def _accepted(self, answers: Mapping[int, str]) -> dict[int, str]:
        if not (self.open and self.published):
            raise FormClosed
        missing = [q.entry for q in self.questions if q.required and not answers.get(q.entry, "").strip()]
        if missing:
            raise AnswersMissing(missing)
        return {q.entry: answers[q.entry] for q in self.questions if q.entry in answers}

    def _write(self, response: FormResponse) -> None:
        cells: list[Cell] = [None] * (1 + max(question.column for question in self.questions))
        cells[: len(response.row.cells)] = response.row.cells
        cells[0] = self.book.moment(response.submitted_at)
        for question in self.questions:
            cells[question.column] = _cell(response.answers.get(question.entry, ""), question.plain_text)
        response.row.cells = cells

    def _next_place(self) -> int:
        written = [index for index, row in enumerate(self.sheet.rows) if row.from_form]
        return max(written, default=0) + 1


def _cell(answer: str, plain_text: bool) -> Cell:
    if not answer:
        return None
    if plain_text or not _PLAIN_NUMBER.fullmatch(answer):
        return answer
    return float(answer) if "." in answer else int(answer)


def _item(number: int, question: Question) -> dict[str, Any]:
    asked: dict[str, Any] = {"questionId": question.id}
    if question.required:
        asked["required"] = True
    if question.kind == "choice":
        asked["choiceQuestion"] = {"type": "RADIO", "options": [{"value": option} for option in question.options]}
    else:
        asked["textQuestion"] = {"paragraph": True} if question.kind == "paragraph" else {}
    item: dict[str, Any] = {"itemId": f"{number:08x}", "title": question.title, "questionItem": {"question": asked}}
    return {**item, "description": question.help} if question.help else item


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"Invalid timestamp in filter: {text}") from None
    if moment.tzinfo is None:
        raise invalid(f"Invalid timestamp in filter: {text}")
    return moment
