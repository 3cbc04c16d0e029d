"""Reads the text back out of finished files, so that tests compare what a person would read."""

from __future__ import annotations

import io
import re
import zlib

import docx

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
# A string of glyphs in round brackets may hold balanced brackets unescaped; four deep is more than any test has.
_PLAIN = rb"\\.|[^\\()]"
_NESTED = rb"\((?:" + _PLAIN + rb"|\((?:" + _PLAIN + rb"|\((?:" + _PLAIN + rb")*\))*\))*\)"
_STRING = rb"\(((?:" + _PLAIN + rb"|" + _NESTED + rb")*)\)"
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|" + _STRING + rb"|<([0-9A-F]+)>|\b(ET)\b", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def word_text(content: bytes) -> str:
    """Paragraphs, then table rows with their cells divided by ` | `."""
    document = docx.Document(io.BytesIO(content))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return "\n".join([*(p.text for p in document.paragraphs), *(" | ".join(row) for row in rows)])


def pdf_pages(content: bytes) -> int:
    """How many pages the PDF has."""
    return len(re.findall(rb"/Type/Page/", content))


def pdf_text(content: bytes) -> str:
    """The text of a PDF made by typst: one line for each run of glyphs, found through the fonts' ToUnicode tables."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    pages = [body for body in objects.values() if b"/Type/Page/" in body]
    return "\n".join(line for page in pages for line in _page_lines(page, objects))


def same_words(text: str) -> str:
    """The text without white space, as lines break where the page ends."""
    return re.sub(r"\s+", "", text)


def _page_lines(page: bytes, objects: dict[int, bytes]) -> list[str]:
    resources = objects[_reference(page, b"/Resources")]
    fonts = re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    tables = {name: _unicode_table(objects[int(number)], objects) for name, number in fonts}
    lines, line, table = [], "", {}
    for font, string, digits, end in _SHOWN.findall(_stream(objects[_reference(page, b"/Contents")])):
        if font:
            table = tables[font]
        elif end:
            lines.append(line)
            line = ""
        else:
            glyphs = bytes.fromhex(digits.decode()) if digits else _ESCAPED.sub(_unescaped, string)
            codes = [glyphs[at : at + 2] for at in range(0, len(glyphs), 2)]
            line += "".join(table.get(code, "") for code in codes)
    return lines


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return bytes([int(escape, 8)]) if escape[:1].isdigit() else _CONTROLS.get(escape, escape)


def _unicode_table(font: bytes, objects: dict[int, bytes]) -> dict[bytes, str]:
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", _stream(objects[_reference(font, b"/ToUnicode")]))
    return {bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return int(found[1])


def _stream(body: bytes) -> bytes:
    raw = body.split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]
    return zlib.decompress(raw) if b"/FlateDecode" in body.split(b"stream\n", 1)[0] else raw
