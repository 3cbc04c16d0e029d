"""Documents from templates and facts: Word and PDF files whose bytes follow from what went in.

Templates are opened in a child process only; what is imported from here opens none in its own.
"""

from __future__ import annotations

from bridge.documents.clean import clean_text, file_name
from bridge.documents.errors import DocumentRefused
from bridge.documents.rendering import (
    RenderedFile,
    available_formats,
    missing_fields,
    needed_fields,
    render,
)
from bridge.documents.templates import DocumentTemplate, Format, document_key, load_templates

__all__ = [
    "DocumentRefused",
    "DocumentTemplate",
    "Format",
    "RenderedFile",
    "available_formats",
    "clean_text",
    "document_key",
    "file_name",
    "load_templates",
    "missing_fields",
    "needed_fields",
    "render",
]
