"""A twin of what makes documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bridge.model.decisions import Capability, MakeDocument
from bridge.model.deliveries import Delivery, Receipt, StoredFile
from bridge.model.errors import ConnectorError, Retry
from bridge.model.values import Plain
from tests.simulation.twins.twin import Twin


class DocumentsTwin(Twin):
    """Makes files: the same bytes for the same data."""

    name = "documents"
    capabilities = frozenset({Capability.DOCUMENTS})

    def apply(self, delivery: Delivery) -> Receipt:
        decision = delivery.decision
        if not isinstance(decision, MakeDocument):
            raise ConnectorError(self.name, f"cannot do {decision.kind}", retry=Retry.PERMANENT)
        content = document_key(decision.template, decision.data) or ""
        files = [StoredFile(f"{decision.name}.{form}", "x", f"{content}.{form}".encode()) for form in decision.formats]
        return Receipt(self.now, files=tuple(files))


def document_key(template: str, data: Mapping[str, Plain]) -> str | None:
    """Changes exactly when the data do. None for a template nobody has."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12] if template == "brief" else None
