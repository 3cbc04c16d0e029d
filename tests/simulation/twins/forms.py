"""A twin of Google Forms: the response sheet."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from bridge.model.decisions import Capability
from bridge.model.errors import SourceEmptied
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.model.values import moment_text
from tests.simulation.twins.twin import LAG, Twin
from tests.simulation.world import FORM


class FormsTwin(Twin):
    """The response sheet: rows are overwritten and deleted; a response is its token."""

    name = "google_forms"
    capabilities = frozenset({Capability.FORMS})
    sources = frozenset({"google_forms.brief"})

    def read(self, cursor: Cursor | None) -> Page:
        at = self.now
        memory: dict[str, dict[str, Any]] = json.loads(cursor) if cursor else {}
        rows = [(row, shown) for row in self.world.rows if (shown := row.listed(at)) is not None]
        if memory and not rows:
            raise SourceEmptied("google_forms.brief", len(memory))
        records = []
        for row, (answers, answered_at) in rows:
            content = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:12]
            known = memory.setdefault(row.key, {"seen": [], "shown": ""})
            if content == known["shown"]:
                continue
            if content not in known["seen"]:
                known["seen"].append(content)
            known["shown"] = content
            records.append(self._record(row.key, row.token, answers, known["seen"].index(content) + 1, answered_at))
        seen = {"google_forms.brief": at - LAG}
        return Page(Cursor(json.dumps(memory)), records, seen_up_to=seen)

    def _record(self, key: str, token: str, answers: dict[str, str], revision: int, at: datetime) -> Record:
        return Record(
            ref=Ref("google_forms", "main", "response", f"brief:{key}"),
            fields={
                "form": "brief",
                "revision": revision,
                "answered_at": moment_text(at),
                "answers": dict(answers),
                "values": {"client.site": answers["Сайт"], "deal.audience": answers["Аудиторія"]},
                "token": token,
            },
            read_at=self.now,
            changed_at=at,
            token=token,
        )


def form_link(token: str) -> str:
    """The personal link of a respondent."""
    return f"{FORM}{token}"
