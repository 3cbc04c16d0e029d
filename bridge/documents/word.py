"""Word templates: what they need, and the Word file that comes of them and some data.

Runs in the child process only (see child.py): a template is somebody else's program.
"""

from __future__ import annotations

import html
import io
import re
import traceback
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import TemplateSyntaxError

from bridge.documents.environment import DocumentEnvironment
from bridge.documents.errors import DocumentRefused
from bridge.documents.fields import Needs

MEMBERS_LIMIT = 2000
UNPACKED_LIMIT_BYTES = 50 * 1024 * 1024
RATIO_LIMIT = 100

_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_QUOTE_LIMIT = 160
# Word's own limit for the title of a file.
_TITLE_LIMIT = 255
_FIRST_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def word_needs(content: bytes, jinja: DocumentEnvironment) -> tuple[dict[str, str], dict[str, str]]:
    """The fields and the labels a Word template needs, each with the text of the paragraph it first stands in."""
    fields: dict[str, str] = {}
    labels: dict[str, str] = {}
    for source in _sources(_opened(content)):
        try:
            needs = Needs.of(jinja.parse(source))
        except TemplateSyntaxError as error:
            raise _syntax_error(error, source) from error
        fields = {name: _paragraph(source, line) for name, line in needs.fields.items()} | fields
        labels = {name: _paragraph(source, line) for name, line in needs.labels.items()} | labels
    return fields, labels


def render_word(content: bytes, context: dict[str, Any], jinja: DocumentEnvironment, on: date) -> bytes:
    """The Word file: the same template, context and day give the same bytes."""
    template = _opened(content)
    try:
        template.render(context, jinja_env=jinja)
    except TemplateSyntaxError as error:
        raise _syntax_error(error, _source_in(error)) from error
    except MemoryError:
        raise
    except Exception as error:
        where = _paragraph(_source_in(error), _line_in(error))
        raise DocumentRefused("template-failed", f"{type(error).__name__}: {error}", where=where) from error
    _describe(template, context["doc"], on)
    made = io.BytesIO()
    template.save(made)
    return _repacked(made.getvalue())


class _Template(DocxTemplate):  # type: ignore[misc]
    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Leave the file's properties alone: `_describe` writes them, and docxtpl would escape them twice."""


def _opened(content: bytes) -> _Template:
    _refuse_bomb(content)
    try:
        template = _Template(io.BytesIO(content))
        template.init_docx()
    except Exception as error:
        advice = "save it in Word as a .docx document"
        raise DocumentRefused("template-unreadable", "the template is not a Word file", advice=advice) from error
    return template


def _refuse_bomb(content: bytes) -> None:
    """Read the zip's list of contents only, before anything is unpacked."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile as error:
        advice = "save it in Word as a .docx document"
        raise DocumentRefused("template-unreadable", "the template is not a Word file", advice=advice) from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS_LIMIT or unpacked > UNPACKED_LIMIT_BYTES or unpacked > RATIO_LIMIT * len(content):
        what = f"the template unpacks from {len(content)} to {unpacked} bytes in {len(members)} parts"
        raise DocumentRefused("template-too-large", what, advice="make it anew in Word, with smaller pictures")


def _sources(template: _Template) -> Iterator[str]:
    """Every part that docxtpl renders, as the text it hands to Jinja: one paragraph a line."""
    yield _lined(template.patch_xml(template.get_xml()))
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(uri):
            yield _lined(template.patch_xml(template.get_part_xml(part)))
    for part in template.docx.part.package.parts:
        if part.content_type == _FOOTNOTES:
            yield _lined(template.patch_xml(part.blob.decode("utf-8")))


def _lined(xml: str) -> str:
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", xml)


def _paragraph(source: str, line: int) -> str:
    lines = source.split("\n")
    text = html.unescape(re.sub(r"<[^>]+>", "", lines[line - 1])) if 0 < line <= len(lines) else ""
    return " ".join(text.split())[:_QUOTE_LIMIT]


def _source_in(error: BaseException) -> str:
    """The text that docxtpl was rendering, found in the frame it was rendered from."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "render_xml_part":
            return str(frame.f_locals.get("src_xml", ""))
    return ""


def _line_in(error: BaseException) -> int:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else 0


def _syntax_error(error: TemplateSyntaxError, source: str) -> DocumentRefused:
    advice = ""
    if re.search(r"unknown tag '(tr|tc|p|r)'", str(error.message)):
        advice = "{%tr … %} stands in a table row, {%tc … %} in a cell, {%p … %} in a paragraph, and nothing else there"
    where = _paragraph(source, error.lineno)
    return DocumentRefused("template-syntax", str(error.message), where=where, advice=advice)


def _describe(template: _Template, doc: dict[str, Any], on: date) -> None:
    """Title, language and dates of the file; the dates are the document's, not the clock's."""
    properties = template.docx.core_properties
    properties.title = doc["title"][:_TITLE_LIMIT]
    properties.language = doc["lang"]
    properties.created = properties.modified = datetime.combine(on, time(), UTC).replace(tzinfo=None)


def _repacked(content: bytes) -> bytes:
    """The same parts in a fixed order, with fixed times and one compression: equal parts give equal bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            member = zipfile.ZipInfo(name, _FIRST_ZIP_DAY)
            member.create_system = 0
            new.writestr(member, old.read(name), zipfile.ZIP_DEFLATED, compresslevel=6)
    return made.getvalue()
