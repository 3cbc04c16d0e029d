"""Why a document was not made: the documents room's branch of the error tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.model.errors import DocumentError


class DocumentRefused(DocumentError):
    """A document that was not made, and what a person can do about it.

    `code` is one of:

        data-missing        the template needs facts that the data lacks; `missing` names them
        data-kind           a value that is no text, number, flag, date, list or mapping
        language-unknown    the language has no labels, or none of our locales
        format-unknown      neither "docx" nor "pdf", or the template has no source for it
        pdf-missing         the extra `pdf` is not installed
        template-unreadable not a Word file, broken labels, a file name that is no kind
        template-too-large  unpacks to more than a template needs
        template-syntax     a tag that cannot be read
        template-name       a name or label that nobody provides
        template-font       a font that is not shipped
        template-failed     the template was refused while it ran
        template-too-heavy  it wanted more memory or time than a document may take
        machine-failed      no disk or no process to work with; passes when the machine recovers

    `where` quotes the paragraph of the template (or file, line and column), `advice` the next step. No text of
    a client is in any of them, only names of fields and texts of the template.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        kind: str = "",
        where: str = "",
        advice: str = "",
        missing: Sequence[str] = (),
    ) -> None:
        super().__init__(kind, what, missing=missing)
        self.code = code
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        place = f"{self.kind}: " if self.kind else ""
        quoted = f" (in: {self.where})" if self.where else ""
        hint = f"; {self.advice}" if self.advice else ""
        return f"{place}[{self.code}] {self.what}{quoted}{hint}"

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON, for the way out of the child process."""
        return {
            "code": self.code,
            "what": self.what,
            "kind": self.kind,
            "where": self.where,
            "advice": self.advice,
            "missing": list(self.missing),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> DocumentRefused:
        """The error that `to_json` wrote."""
        return cls(**saved)
