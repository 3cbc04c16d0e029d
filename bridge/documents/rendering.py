"""Documents as files: the same template, data, language, day and title give the same bytes.

A fresh child process makes each document. A warm one would save some 0.4 s, of which nobody waits for a single
one, and would carry what one template did to its memory into the next client's file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridge.documents.clean import clean_text, file_name
from bridge.documents.errors import DocumentRefused
from bridge.documents.fields import missing_in
from bridge.documents.templates import DocumentTemplate, Format, canonical_json

TIME_LIMIT_SECONDS = 30

_PACKAGES = Path(__file__).parents[2]
# The child sees the same modules as we do, whatever way they were installed.
_START = """
import sys
from pathlib import Path
sys.path[:] = sys.argv[2:]
from bridge.documents.child import main
main(Path(sys.argv[1]))
"""
_MEDIA_TYPES: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class RenderedFile:
    """One finished file. `undrawn` holds the characters that no shipped font has: the PDF shows boxes for them."""

    name: str
    media_type: str
    content: bytes
    undrawn: str = ""


def available_formats(template: DocumentTemplate) -> tuple[Format, ...]:
    """What `render` can make here: of the formats the template has, PDF only where the extra `pdf` is installed."""
    return tuple(name for name in template.formats if name != "pdf" or _has_typst())


def needed_fields(template: DocumentTemplate) -> frozenset[str]:
    """The dotted names that the template's Word file and labels cannot do without; `[]` marks repeated rows.

    Not in it: names behind `| default(…)`, in a condition or in a block whose condition tests them, and what
    `render` brings itself. Raises DocumentRefused when the template cannot be read.
    """
    return _needed(template)


def missing_fields(template: DocumentTemplate, data: Mapping[str, object]) -> list[str]:
    """The needed names that are absent or empty in the data, sorted, rows counted from 1: `brief.answers[2].question`.

    `render` refuses the document as long as there are any.
    """
    return missing_in(_cleaned(data), _needed(template))


def render(
    template: DocumentTemplate,
    data: Mapping[str, object],
    *,
    language: str,
    on: date,
    formats: Sequence[Format],
    title: str,
) -> list[RenderedFile]:
    """The document as one file per format, in the order asked for, named after the title.

    `language` is uk, ru or en, `on` the document's own day (it is the date inside the files). Takes some 0.5 s, at
    most TIME_LIMIT_SECONDS, in a child process with 1 GB of memory. Raises DocumentRefused, and then makes no file.
    """
    cleaned = _cleaned(data)
    _refuse_formats(template, formats)
    _refuse_other_language(cleaned, language)
    name = clean_text(title)
    request = {"data": cleaned, "language": language, "on": on.isoformat(), "formats": list(formats), "title": name}
    with _work_folder(template) as folder:
        answer = _ask_child(folder, template, {"task": "render", **request})
        return [
            RenderedFile(
                name=file_name(name, wanted),
                media_type=_MEDIA_TYPES[wanted],
                content=(folder / f"made.{wanted}").read_bytes(),
                undrawn=answer["undrawn"],
            )
            for wanted in formats
        ]


@lru_cache(maxsize=64)
def _needed(template: DocumentTemplate) -> frozenset[str]:
    with _work_folder(template) as folder:
        return frozenset(_ask_child(folder, template, {"task": "inspect"})["fields"])


@contextmanager
def _work_folder(template: DocumentTemplate) -> Iterator[Path]:
    """A fresh folder for one child; a full disk or a refused process is told of as an error of ours."""
    try:
        with tempfile.TemporaryDirectory(prefix="document-") as folder:
            yield Path(folder)
    except OSError as error:
        what = f"the machine gave no room to work in: {error.strerror}"
        raise DocumentRefused("machine-failed", what, kind=template.kind) from error


def _cleaned(data: Mapping[str, object]) -> dict[str, Any]:
    cleaned: dict[str, Any] = json.loads(canonical_json(data))
    return cleaned


def _refuse_formats(template: DocumentTemplate, formats: Sequence[str]) -> None:
    for wanted in formats:
        if wanted not in template.formats:
            known = " and ".join(template.formats) or "nothing"
            what = f"the template has no source for `{wanted}`"
            raise DocumentRefused("format-unknown", what, kind=template.kind, advice=f"it can make {known}")
    if "pdf" in formats and not _has_typst():
        advice = "install it with: pip install 'agency-bridge[pdf]'; Word files can be made without it"
        raise DocumentRefused("pdf-missing", "PDF files need the package typst", kind=template.kind, advice=advice)


def _refuse_other_language(data: dict[str, Any], language: str) -> None:
    """`doc.lang` is part of the document's key, so it may not say another language than the file is in."""
    doc = data.get("doc")
    said = doc.get("lang") if isinstance(doc, dict) else None
    if said not in (None, language):
        raise DocumentRefused("data-kind", f"doc.lang is `{said}`, but the document is asked for in `{language}`")


def _has_typst() -> bool:
    return importlib.util.find_spec("typst") is not None


def _ask_child(folder: Path, template: DocumentTemplate, request: dict[str, Any]) -> dict[str, Any]:
    _hand_over(folder, template, {**request, "kind": template.kind})
    paths = [str(_PACKAGES), *(path for path in sys.path if path)]
    try:
        subprocess.run(
            [sys.executable, "-I", "-c", _START, str(folder), *paths],
            env=_child_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"it was not done after {TIME_LIMIT_SECONDS} seconds"
        raise DocumentRefused("template-too-heavy", what, kind=template.kind) from None
    return _read_answer(folder, template)


def _hand_over(folder: Path, template: DocumentTemplate, request: dict[str, Any]) -> None:
    (folder / "request.json").write_text(json.dumps(request, ensure_ascii=False), "utf-8")
    (folder / "labels.yaml").write_bytes(template.labels)
    if template.docx is not None:
        (folder / "template.docx").write_bytes(template.docx)
    if template.typ is not None:
        (folder / "template.typ").write_text(template.typ, "utf-8")


def _child_environment(folder: Path) -> dict[str, str]:
    """Nothing of ours: no token, and a proxy that leads nowhere, so that no template can fetch a package.

    Threads and heaps are kept few because each of them counts against the limit of address space.
    """
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "ALL_PROXY": nowhere,
        "RAYON_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
    }


def _read_answer(folder: Path, template: DocumentTemplate) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    except (OSError, ValueError):
        what = "it needs more memory or time than a document may take"
        raise DocumentRefused("template-too-heavy", what, kind=template.kind) from None
    if "error" in answer:
        raise DocumentRefused.from_json(answer["error"])
    return answer
