"""The brief summary: an answered brief becomes a Word file and a PDF in the client's language."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from bridge.documents import RenderedFile, render
from tests.conftest import Golden
from tests.documents.reading import pdf_pages, pdf_text, same_words, word_text
from tests.documents.samples import DAY, NASTY_NAME, brief, make, shipped_brief, typst_template

MANY = [(f"Питання {number}: розкажіть про вашу аудиторію", "Малий бізнес, 25–45 років. " * 30) for number in range(9)]
INJECTION = '{{ 7*7 }} {% raw %} #panic("x") $x$ *a* _b_ @c </w:t> <w:p/> {#d#}'


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_brief_reads_like_this(language: str, golden: Golden) -> None:
    answers = [("Як вас звати?", NASTY_NAME), ("Бюджет?", "95 300 ₴ (№ 5, ґанок, м’ята)"), ("Логотип?", "")]
    word, pdf = _files(brief(language, answers=answers), language)
    read = f"{word_text(word.content)}\n\n--- PDF, {pdf_pages(pdf.content)} page ---\n{pdf_text(pdf.content)}\n"
    golden.check(f"brief.{language}.txt", read)


def test_a_long_brief_takes_as_many_pages_as_it_did() -> None:
    assert pdf_pages(make(shipped_brief(), brief(answers=MANY), "pdf")) == 4


def test_the_header_of_the_table_stands_on_every_page() -> None:
    pdf = make(shipped_brief(), brief(answers=MANY), "pdf")
    assert pdf_text(pdf).count("Питання\nВідповідь") == pdf_pages(pdf)


def test_no_letter_is_lost_with_ampersands_and_angle_brackets() -> None:
    answer = "A & B <b>жирний</b> &amp; 1 < 2 > 0 «ок» “лапки” 'a' \"b\" \\ /"
    word, pdf = _files(brief(answers=[("Q & <A>", answer)]), "uk")
    assert answer in word_text(word.content)
    assert same_words(answer) in same_words(pdf_text(pdf.content))


def test_what_a_client_writes_is_text_and_never_a_template() -> None:
    word, pdf = _files(brief(answers=[(INJECTION, INJECTION)]), "uk")
    assert word_text(word.content).count(INJECTION) == 2
    assert same_words(pdf_text(pdf.content)).count(same_words(INJECTION)) == 2


def test_a_word_longer_than_a_line_is_whole_and_gains_no_letters() -> None:
    word, pdf = _files(brief(answers=[("W" * 200, "Ж" * 300)]), "uk")
    assert "Ж" * 300 in word_text(word.content)
    assert "Ж" * 300 in same_words(pdf_text(pdf.content))
    assert "Ж" * 40 not in pdf_text(pdf.content)


def test_line_breaks_of_an_answer_stay() -> None:
    word, pdf = _files(brief(answers=[("?", "перший\r\nдругий\x0bтретій")]), "uk")
    assert "перший\nдругий\nтретій" in word_text(word.content)
    assert "перший\nдругий\nтретій" in pdf_text(pdf.content)


def test_emoji_are_drawn_and_letters_no_font_has_are_named() -> None:
    answered = brief(answers=[("?", "👍🏽 გამარჯობა 中")])
    [pdf] = render(shipped_brief(), answered, language="uk", on=DAY, formats=["pdf"], title="Бриф")
    assert "👍🏽გამარჯობა" in same_words(pdf_text(pdf.content))
    assert pdf.undrawn == "中"


def test_an_evening_answer_has_the_day_of_the_office() -> None:
    assert "25 листопада 2026\u202fр., 00:59 (Київ)" in word_text(make(shipped_brief(), brief(), "docx"))


def test_facts_that_are_not_filled_in_leave_no_empty_rows() -> None:
    answered = brief() | {"deal": {}}
    del answered["client"]["phone"]
    word, pdf = _files(answered, "uk")
    assert "Проєкт" not in word_text(word.content) + pdf_text(pdf.content)
    assert "Телефон" not in word_text(word.content) + pdf_text(pdf.content)


def test_the_same_brief_gives_the_same_bytes_in_another_process() -> None:
    here = [hashlib.sha256(file.content).hexdigest() for file in _files(brief(), "uk")]
    program = (
        "import hashlib\n"
        "from bridge.documents import render\n"
        "from tests.documents.samples import DAY, brief, shipped_brief\n"
        "turned = dict(reversed(brief().items()))\n"
        "made = render(shipped_brief(), turned, language='uk', on=DAY, formats=['docx', 'pdf'], title='Бриф')\n"
        "print(*[hashlib.sha256(file.content).hexdigest() for file in made])\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    there = subprocess.check_output(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], env=environment, text=True
    )
    assert there.split() == here


def test_the_parts_of_a_word_file_carry_no_clock() -> None:
    parts = zipfile.ZipFile(BytesIO(make(shipped_brief(), brief(), "docx"))).infolist()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}
    assert parts[0].filename == "[Content_Types].xml"


def test_the_word_file_carries_the_documents_day_and_title() -> None:
    [word] = render(shipped_brief(), brief(), language="uk", on=DAY, formats=["docx"], title="Бриф A & B")
    core = zipfile.ZipFile(BytesIO(word.content)).read("docProps/core.xml").decode()
    assert "2026-11-24T00:00:00Z" in core
    assert "<dc:title>Бриф A &amp; B</dc:title>" in core


def test_today_in_a_pdf_is_the_documents_day_and_not_the_clocks() -> None:
    assert pdf_text(make(typst_template("#datetime.today().display()"), brief(), "pdf")) == "2026-11-24"


def test_files_are_named_after_the_title() -> None:
    made = render(shipped_brief(), brief(), language="uk", on=DAY, formats=["pdf", "docx"], title='Бриф: A/B "C" v1')
    assert [file.name for file in made] == ["Бриф A B C v1.pdf", "Бриф A B C v1.docx"]
    assert made[0].media_type == "application/pdf"


def test_the_data_handed_in_is_left_as_it_was() -> None:
    answered = brief()
    before = json.dumps(answered)
    make(shipped_brief(), answered, "docx")
    assert json.dumps(answered) == before


def _files(answered: dict[str, object], language: str) -> list[RenderedFile]:
    return render(shipped_brief(), answered, language=language, on=DAY, formats=["docx", "pdf"], title="Бриф")
