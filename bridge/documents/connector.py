"""The documents room as the engine sees it: a connector that makes files and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from bridge.documents.errors import DocumentRefused
from bridge.documents.rendering import available_formats, render
from bridge.documents.templates import DocumentTemplate, document_key
from bridge.model.decisions import Capability, MakeDocument
from bridge.model.deliveries import Delivery, Receipt, StoredFile
from bridge.model.errors import ConnectorError, Retry
from bridge.model.findings import Finding, Level, Position
from bridge.model.protocols import Clock
from bridge.model.records import Cursor, Page, Ref
from bridge.model.values import Plain


class DocumentMaker:
    """Makes documents from the agency's templates. Making one twice gives the same bytes, so no doubt needs looking."""

    name = "documents"
    capabilities = frozenset({Capability.DOCUMENTS})
    sources: frozenset[str] = frozenset()

    def __init__(self, templates: Mapping[str, DocumentTemplate], zone: str, clock: Clock) -> None:
        self._templates = templates
        self._zone = ZoneInfo(zone)
        self._clock = clock

    def key(self, template: str, data: Mapping[str, Plain]) -> str | None:
        """The key of a document: it changes exactly when template or data do. None for a template nobody has."""
        known = self._templates.get(template)
        return document_key(known, data) if known else None

    def pull(self, cursor: Cursor | None) -> Page:
        """Nothing: documents are made, not read."""
        return Page(cursor)

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """Nothing."""
        return Page(None)

    def push(self, delivery: Delivery) -> Receipt:
        """The files of a `MakeDocument`, in every format that template and machine allow."""
        decision = delivery.decision
        if not isinstance(decision, MakeDocument):
            raise ConnectorError(self.name, f"cannot carry out {decision.kind}", retry=Retry.PERMANENT)
        template = self._templates.get(decision.template)
        if template is None:
            raise DocumentRefused("template-unreadable", "no such template", kind=decision.template)
        now = self._clock.now()
        formats = [form for form in available_formats(template) if str(form) in decision.formats]
        try:
            files = render(
                template,
                decision.data,
                language=decision.language,
                on=now.astimezone(self._zone).date(),
                formats=formats,
                title=decision.name,
            )
        except DocumentRefused as error:
            if error.code == "machine-failed":
                raise ConnectorError(self.name, error.what, retry=Retry.PASSING, code=error.code) from error
            raise
        return Receipt(now, files=tuple(StoredFile(file.name, file.media_type, file.content) for file in files))

    def look(self, delivery: Delivery) -> Receipt | None:
        """None: making it again harms nobody."""
        return None

    def check(self) -> list[Finding]:
        """A note for every template that this machine cannot make in full."""
        return [
            Finding(
                Position(f"templates/{kind}"),
                "pdf-missing",
                "only Word files can be made here",
                "install the extra: pip install agency-bridge[pdf]",
                level=Level.NOTE,
            )
            for kind, template in sorted(self._templates.items())
            if template.typ is not None and "pdf" not in available_formats(template)
        ]

    def close(self) -> None:
        """Nothing is held open."""
