"""Document templates as bytes, and the keys under which their documents are known."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bridge.documents.clean import clean_value
from bridge.documents.errors import DocumentRefused

Format = Literal["docx", "pdf"]

_KIND = re.compile(r"[a-z][a-z0-9_-]*")
_LABELS = ".labels.yaml"


@dataclass(frozen=True)
class DocumentTemplate:
    """What one kind of document is made from: a Word file, a typst file, or both, with labels per language.

    `labels` is YAML, `{language: {name: text}}`; its texts may use fields like the Word file does. `version` is
    the SHA-256 over all three.
    """

    kind: str
    docx: bytes | None
    typ: str | None
    labels: bytes = b""
    version: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", _digest(self.docx or b"", (self.typ or "").encode(), self.labels))

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats it has a source for: "docx" from the Word file, "pdf" from the typst file."""
        sources: tuple[tuple[Format, object], ...] = (("docx", self.docx), ("pdf", self.typ))
        return tuple(name for name, source in sources if source is not None)


def load_templates(folder: Path) -> dict[str, DocumentTemplate]:
    """The templates of a folder by kind: `brief.docx`, `brief.typ` and `brief.labels.yaml` make the kind "brief".

    Other files, and those that Word or an editor keeps beside an open one, are passed over. Raises DocumentRefused
    for a name that is no kind, such as `Brief (2).docx`, and for a folder that is not there.
    """
    if not folder.is_dir():
        raise DocumentRefused("template-unreadable", f"there is no folder {folder}")
    sources = [path for path in sorted(folder.iterdir()) if path.suffix in (".docx", ".typ") and _is_kept(path)]
    return {kind: _load(folder, kind) for kind in sorted({_kind(path) for path in sources})}


def document_key(template: DocumentTemplate, data: Mapping[str, object]) -> str:
    """The name of one document: SHA-256 over the template and the data, never over the bytes made from them.

    So an update of a library attaches nothing again. `doc.version` is left out: it rises when this key changes.
    """
    return _digest(template.version.encode(), canonical_json(_without_version(data)).encode())


def canonical_json(data: Mapping[str, object]) -> str:
    """The cleaned data as one JSON text, the same for equal data whatever the order of its keys."""
    return json.dumps(clean_value(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _without_version(data: Mapping[str, object]) -> dict[str, object]:
    doc = data.get("doc")
    if not isinstance(doc, Mapping):
        return dict(data)
    return {**data, "doc": {name: value for name, value in doc.items() if name != "version"}}


def _is_kept(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(("~", "."))


def _kind(path: Path) -> str:
    if _KIND.fullmatch(path.stem) is None:
        advice = "name it in small latin letters after the kind of document, like brief.docx"
        raise DocumentRefused("template-unreadable", f"{path.name} names no kind of document", advice=advice)
    return path.stem


def _load(folder: Path, kind: str) -> DocumentTemplate:
    docx, typ, labels = (folder / f"{kind}{suffix}" for suffix in (".docx", ".typ", _LABELS))
    return DocumentTemplate(
        kind=kind,
        docx=docx.read_bytes() if docx.is_file() else None,
        typ=typ.read_text("utf-8") if typ.is_file() else None,
        labels=labels.read_bytes() if labels.is_file() else b"",
    )


def _digest(*parts: bytes) -> str:
    """SHA-256 over the parts, each with its length before it, so that no two divisions of the same bytes are equal."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()
