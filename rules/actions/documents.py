"""Actions on documents: one is made from a template, and hung on the subject's records."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from rules.actions.action import Action, Footprint, action
from rules.flaws import Params
from rules.names import DocumentName, InlineText, as_tuple
from rules.texts import Template


class NewDocument(Params):
    """The template of a document and the name of the file."""

    template: DocumentName
    name: InlineText | None = Field(default=None, description="the name of the file")


@action("document")
class Document(Action):
    """Makes a document from a template. Refuses while a fact that it needs is empty.

    Example:
        document: {template: contract.docx, name: "Договір {{ client.name }}"}
    """

    document: NewDocument = Field(description="the document to make")

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.document.template,)

    @property
    def texts(self) -> tuple[Template, ...]:
        return () if self.document.name is None else (self.document.name,)


class Attachment(Params):
    """A document that was made, and the systems on whose records it hangs."""

    document: DocumentName
    to: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = Field(description="the systems: trello, planfix")


@action("attach")
class Attach(Action):
    """Hangs the newest version of a document on the subject's records.

    Example:
        attach: {document: contract.docx, to: [trello, planfix]}
    """

    attach: Attachment = Field(description="the document, and where it hangs")

    @property
    def footprint(self) -> Footprint:
        return Footprint()

    @property
    def content(self) -> tuple[str, ...]:
        return (self.attach.document, "+".join(sorted(self.attach.to)))
