"""PDF files from typst templates. Runs in the child process only (see child.py)."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

from bridge.documents.errors import DocumentRefused
from bridge.documents.fonts import FONTS_FOLDER

# An unknown package would be fetched from the network, and a document must not depend on it.
_PACKAGE = re.compile(r"""\b(?:import|include)\b[^\n]*["']@""")
_QUOTE_LIMIT = 300


def render_pdf(source: str, context: dict[str, Any], on: date, folder: Path) -> bytes:
    """The PDF file: the same source, context and day give the same bytes.

    The context reaches the template as JSON in `sys.inputs.data`, so a value is a text there and never code.
    `folder` is fresh and empty; the template can read nothing outside the part of it that holds itself.
    """
    if _PACKAGE.search(source):
        advice = "copy what you need into the template"
        raise DocumentRefused("template-failed", "a template may not load packages", advice=advice)
    root = folder / "root"
    root.mkdir()
    main = root / "main.typ"
    main.write_text(source, "utf-8")
    packages = folder / "packages"
    packages.mkdir()
    compiler = typst.Compiler(
        main,
        root=root,
        font_paths=[FONTS_FOLDER],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(context, ensure_ascii=False)},
        package_path=packages,
        package_cache_path=packages,
    )
    try:
        made, warnings = compiler.compile_with_warnings(format="pdf", timestamp=datetime.combine(on, time(), UTC))
    except typst.TypstError as error:
        raise DocumentRefused("template-failed", error.message, where=_place(error.diagnostic, root)) from error
    _refuse_unknown_fonts(warnings, root)
    if not isinstance(made, bytes):
        raise DocumentRefused("template-failed", "the template made no PDF")
    return made


def _refuse_unknown_fonts(warnings: list[typst.TypstWarning], root: Path) -> None:
    """typst only warns of a font it lacks and draws another one, so pages would break elsewhere."""
    for warning in warnings:
        if "unknown font family" in warning.message:
            advice = "use Onest, DejaVu Sans or Noto Emoji"
            raise DocumentRefused(
                "template-font", warning.message, where=_place(warning.diagnostic, root), advice=advice
            )


def _place(diagnostic: str, root: Path) -> str:
    """File, line and column with the line itself, as typst quotes them, without the folder of this run."""
    quoted = " ".join(diagnostic.replace(f"{root}/", "").split())
    return quoted[:_QUOTE_LIMIT]
