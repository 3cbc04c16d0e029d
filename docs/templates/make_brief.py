"""Writes the starter config/templates/brief.docx. Run once; from then on the file is edited in Word.

    python docs/templates/make_brief.py config/templates/brief.docx

Shown in it once: a field, a field with a default, rows that appear only if a field is filled, and a repeated row.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

ACCENT, INK, MUTED, LINE, STRIPE = "1D4ED8", "0F172A", "64748B", "E2E8F0", "F4F7FB"
FONT = "Calibri"

TABLE_STYLE = f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="AnswersTable">
  <w:name w:val="Answers Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/>
  <w:pPr><w:spacing w:after="0" w:line="252" w:lineRule="auto"/></w:pPr>
  <w:tblPr>
    <w:tblStyleRowBandSize w:val="1"/>
    <w:tblBorders>
      <w:bottom w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>
      <w:insideH w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>
    </w:tblBorders>
    <w:tblCellMar>
      <w:top w:w="85" w:type="dxa"/><w:left w:w="140" w:type="dxa"/>
      <w:bottom w:w="85" w:type="dxa"/><w:right w:w="140" w:type="dxa"/>
    </w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:rPr><w:b/><w:color w:val="FFFFFF"/></w:rPr>
    <w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{INK}"/></w:tcPr>
  </w:tblStylePr>
  <w:tblStylePr w:type="band2Horz">
    <w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{STRIPE}"/></w:tcPr>
  </w:tblStylePr>
</w:style>
"""

OPTIONAL_FACTS = (
    ("deal.project", "{{ labels.project }}", "{{ deal.project }}"),
    ("deal.work_type", "{{ labels.work_type }}", "{{ deal.work_type }}"),
    ("client.phone", "{{ labels.phone }}", "{{ client.phone | phone }}"),
)
ANSWER_ROW = ("{{ loop.index }}", '{{ item.question | default("—") }}', "{{ item.answer | default(labels.no_answer) }}")


def main(target: Path) -> None:
    """Write the starter template."""
    document = docx.Document()
    _set_page(document)
    _write(document.add_paragraph(), "{{ labels.kicker | upper }}", size=9, bold=True, colour=ACCENT, after=2)
    _write(document.add_paragraph(), "{{ client.name }}", size=22, bold=True, colour=INK, after=2)
    under = _write(document.add_paragraph(), "{{ brief.title }}", size=13, colour=MUTED, after=12)
    under._p.get_or_add_pPr().find(qn("w:spacing")).addprevious(_line_below())
    _add_facts(document)
    _add_answers(document)
    _add_footer(document)
    package = document.part.package
    for key in [key for key, relation in package.rels.items() if relation.reltype.endswith("/thumbnail")]:
        del package.rels[key]
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = properties.title = ""
    properties.created = properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001 (Word's dates have no zone)
    document.save(str(target))


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(1.8), Cm(2)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10.5)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    # A client's words are not to be underlined as misspelt.
    fonts.addnext(parse_xml(f"<w:noProof {nsdecls('w')}/>"))
    normal.paragraph_format.space_after = Pt(0)
    document.styles.element.append(parse_xml(TABLE_STYLE))


def _write(
    paragraph: Paragraph, text: str, *, size: float, bold: bool = False, colour: str = INK, after: float = 0
) -> Paragraph:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, RGBColor.from_string(colour)
    paragraph.paragraph_format.space_after = Pt(after)
    return paragraph


def _line_below() -> Any:
    line = f'<w:bottom w:val="single" w:sz="12" w:space="8" w:color="{ACCENT}"/>'
    return parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")


def _add_facts(document: Any) -> None:
    table = _table(document, (Cm(4.5), Cm(12.5)), style=None)
    for field, label, value in OPTIONAL_FACTS:
        _row(table, f"{{%tr if {field} %}}")
        _fact(table, label, value)
        _row(table, "{%tr endif %}")
    _fact(table, "{{ labels.answered }}", "{{ labels.answered_on }}, {{ labels.answered_at }}")
    _fact(table, "{{ labels.revision }}", "{{ brief.revision }}")


def _fact(table: Any, label: str, value: str) -> None:
    cells = table.add_row().cells
    _write(cells[0].paragraphs[0], label, size=10, colour=MUTED, after=3)
    _write(cells[1].paragraphs[0], value, size=10.5, bold=True, after=3)


def _add_answers(document: Any) -> None:
    heading = _write(document.add_paragraph(), "{{ labels.answers }}", size=14, bold=True, after=6)
    heading.paragraph_format.space_before = Pt(16)
    heading.paragraph_format.keep_with_next = True
    heading.paragraph_format.tab_stops.add_tab_stop(Cm(17), WD_TAB_ALIGNMENT.RIGHT)
    _write(heading, "\t{{ labels.count }}", size=9.5, colour=MUTED, after=6)
    table = _table(document, (Cm(1.3), Cm(5.9), Cm(9.8)), style="Answers Table")
    # Word sets a table out by its cell margin, so that its text stands under the text above; ours has a filled edge.
    table._tbl.tblPr.find(qn("w:tblW")).addnext(parse_xml(f'<w:tblInd {nsdecls("w")} w:w="140" w:type="dxa"/>'))
    titles = table.add_row()
    for cell, label in zip(titles.cells, ("number", "question", "answer"), strict=True):
        cell.paragraphs[0].add_run(f"{{{{ labels.{label} }}}}").font.size = Pt(9.5)
    titles._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    _row(table, "{%tr for item in brief.answers %}")
    for cell, text in zip(table.add_row().cells, ANSWER_ROW, strict=True):
        cell.paragraphs[0].add_run(text)
    _row(table, "{%tr endfor %}")


def _table(document: Any, widths: tuple[Cm, ...], style: str | None) -> Any:
    table = document.add_table(rows=0, cols=len(widths), style=style)
    table.autofit = False
    # Word and converters obey the grid; a cell's own width only follows it.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return table


def _row(table: Any, tag: str) -> None:
    table.add_row().cells[0].paragraphs[0].add_run(tag)


def _add_footer(document: Any) -> None:
    # Word's own footer style stops a tab in the middle, too.
    document.styles["Footer"].paragraph_format.tab_stops.clear_all()
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(17), WD_TAB_ALIGNMENT.RIGHT)
    _write(paragraph, "{{ labels.kicker }}\t{{ labels.page }} ", size=8.5, colour=MUTED)
    _add_number(paragraph, "PAGE")
    _write(paragraph, " {{ labels.of }} ", size=8.5, colour=MUTED)
    _add_number(paragraph, "NUMPAGES")


def _add_number(paragraph: Paragraph, field: str) -> None:
    look = f'<w:rPr><w:color w:val="{MUTED}"/><w:sz w:val="17"/></w:rPr>'
    shown = f"<w:r>{look}<w:t>1</w:t></w:r>"
    paragraph._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" {field} ">{shown}</w:fldSimple>'))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
