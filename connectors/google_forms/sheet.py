"""A response sheet as values: which column is what, and the rows under it. Pure.

Questions are added, moved, renamed and deleted while answers stand below them, two questions may share a title, and
Google leaves out empty cells at the end of a row. So columns are found by title first and by place second, and what a
row says is compared by title: moving a column changes no row.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bridge.model.wording import worded
from connectors.google_forms.settings import FormSpec

Cell: TypeAlias = str | int | float | bool | None

_LETTERS = re.compile(r"[A-Za-z]{1,3}")
_FIXED_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2}):?(\d{2})?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number counts local days; the sheet's zone is put on later


class ColumnMissing(LookupError):
    """A column without which no row can be told from another is not in the header: `title` is what was looked for."""

    def __init__(self, title: str, known: Sequence[str]) -> None:
        self.title = title
        self.known = tuple(known)
        super().__init__(title)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in one reading of a sheet. Indexes count from 0.

    `answers` gives each question column its own name: equal titles are numbered, an empty one is named by its letter.
    `mapped` lists, for each field, the columns that may fill it: the first one that is not empty does. `missing` are
    the titles that the mapping names and the header lacks, each with the field that it fills.
    """

    titles: tuple[str, ...]
    timestamp: int
    token: int | None
    answers: Mapping[int, str]
    mapped: Mapping[str, tuple[int, ...]]
    missing: Mapping[str, str]

    @property
    def timestamp_title(self) -> str:
        """The header of the time column, by which it is found when it has moved."""
        return self.titles[self.timestamp] if self.timestamp < len(self.titles) else ""

    @property
    def lacking(self) -> frozenset[str]:
        """The fields of which a column is missing: an answer to it may stand under another title."""
        return frozenset(self.missing.values())

    def nearest(self, title: str) -> str:
        """The title that a missing one may have become: the most alike of those that mean nothing yet, "" for none."""
        taken = {self.timestamp, self.token, *(index for indexes in self.mapped.values() for index in indexes)}
        free = {one.casefold(): one for index, one in enumerate(self.titles) if one and index not in taken}
        wanted = tidy(title).casefold()
        alike = difflib.get_close_matches(wanted, free, 1) or [one for one in free if wanted in one or one in wanted]
        return free[alike[0]] if alike else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that somebody sent in. `number` is its place in the sheet, counting from 1; `cells` are unformatted.

    `serial` is the time of the answer as the sheet keeps it (local days since 1899-12-30), None when it has none.
    `content` is equal for equal time and answers, wherever row and columns stand.
    """

    number: int
    token: str
    serial: float | None
    content: str
    cells: tuple[Cell, ...]


def find_columns(spec: FormSpec, header: Sequence[Cell], timestamp_title: str = "", width: int = 0) -> Columns:
    """Where the columns of `spec` are. `timestamp_title` is what the time column was called when it was read last.

    `width` is the longest row: answers may stand to the right of the last title. Raises ColumnMissing for the columns
    of code and time; and for the first of the mapping when none of it is there and no code vouches for the header: the
    row was cleared or deleted.
    """
    titles = tuple(tidy(_plain_text(cell)) for cell in header)
    titles += ("",) * (width - len(titles))
    token = find_column(spec.token_column, titles) if spec.token_column else None
    if spec.token_column and token is None:
        raise ColumnMissing(spec.token_column, titles)
    timestamp = _timestamp_column(spec, titles, timestamp_title)
    answers = _named(titles, {timestamp, token})
    mapped: dict[str, tuple[int, ...]] = {}
    for column, field in spec.columns.items():
        mapped[field] = (*mapped.get(field, ()), *_all_columns(column, titles))
    missing = {column: field for column, field in spec.columns.items() if find_column(column, titles) is None}
    if missing and len(missing) == len(spec.columns) and token is None:
        raise ColumnMissing(next(iter(missing)), titles)
    return Columns(
        titles, timestamp, token, answers, {field: found for field, found in mapped.items() if found}, missing
    )


def find_column(name: str, titles: Sequence[str]) -> int | None:
    """The index of the column with that title, or else with that letter; None when there is neither."""
    found = _all_columns(name, titles)
    return found[0] if found else None


def _all_columns(name: str, titles: Sequence[str]) -> tuple[int, ...]:
    wanted = tidy(name)
    by_title = tuple(index for index, title in enumerate(titles) if title and title == wanted)
    if by_title or not _LETTERS.fullmatch(wanted):
        return by_title
    index = _index(wanted)
    return (index,) if index < len(titles) else ()


def _timestamp_column(spec: FormSpec, titles: Sequence[str], remembered: str) -> int:
    if spec.timestamp_column:
        index = find_column(spec.timestamp_column, titles)
        if index is None:
            raise ColumnMissing(spec.timestamp_column, titles)
        return index
    return titles.index(remembered) if remembered and remembered in titles else 0


def _named(titles: Sequence[str], taken: set[int | None]) -> dict[int, str]:
    names: dict[int, str] = {}
    seen: dict[str, int] = {}
    for index, title in enumerate(titles):
        if index in taken:
            continue
        name = title or f"Column {letter(index)}"
        seen[name] = seen.get(name, 0) + 1
        names[index] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def read_rows(columns: Columns, body: Sequence[Sequence[Cell]]) -> list[Row]:
    """The rows below the header that somebody sent in: with a time or a token. Notes typed by hand have neither."""
    rows = []
    for number, cells in enumerate(body, 2):
        serial = _serial(_at(cells, columns.timestamp))
        token = token_text(_at(cells, columns.token)) if columns.token is not None else ""
        stamped = serial is not None or _plain_text(_at(cells, columns.timestamp)) != ""
        if stamped or token:
            rows.append(Row(number, token, serial, _content(columns, cells, token, serial), tuple(cells)))
    return rows


def _content(columns: Columns, cells: Sequence[Cell], token: str, serial: float | None) -> str:
    said = {name: _plain_text(_at(cells, index)) for index, name in columns.answers.items()}
    return digest([token, serial, sorted((name, text) for name, text in said.items() if text)])


def digest(value: object) -> str:
    """A short name for a value that JSON can hold: equal values have equal ones."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


def header_digest(titles: Sequence[str]) -> str:
    """Equal for equal headers: tells a renamed or deleted question from an edited answer."""
    return digest("\n".join(titles).rstrip("\n"))


def has_figures(columns: Columns, row: Row) -> bool:
    """Whether a row answers a question by a number, a date or a box: what people see of it is not what is kept."""
    return any(isinstance(_at(row.cells, index), int | float) for index in columns.answers)


def answer_texts(columns: Columns, cells: Sequence[Cell]) -> dict[str, str]:
    """What was answered, by question. Questions without an answer are left out."""
    texts = {name: _answer(_at(cells, index)) for index, name in columns.answers.items()}
    return {name: text for name, text in texts.items() if text}


def mapped_texts(columns: Columns, cells: Sequence[Cell]) -> dict[str, str]:
    """The text for each mapped field; "" when its question was left empty."""
    return {
        field: next((text for index in indexes if (text := _answer(_at(cells, index)))), "")
        for field, indexes in columns.mapped.items()
    }


def waiting_fields(columns: Columns, cells: Sequence[Cell], lacked: Collection[str]) -> dict[str, str]:
    """The fields that a row may answer under a title that is missing, each with that title.

    `lacked` are the fields that lacked a column when the row was read first: what was read then is no longer waited
    for. One of two columns that fill a field is enough where it is answered.
    """
    read = mapped_texts(columns, cells)
    return {field: title for title, field in columns.missing.items() if field in lacked and not read.get(field)}


def same_row(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    """Whether two readings of a row, unformatted and formatted, are of the same row: most of its texts are equal."""
    texts = [(index, cell) for index, cell in enumerate(one) if isinstance(cell, str) and cell]
    equal = sum(_at(other, index) == cell for index, cell in texts)
    return equal * 2 >= len(texts)


def moment(serial: float, zone: tzinfo) -> datetime:
    """The moment, aware UTC, that a sheet in `zone` shows as this serial number, to the millisecond.

    An hour that the autumn change repeats is taken as its first pass: an answer is never made later than it was.
    """
    local = _EPOCH + timedelta(milliseconds=round(serial * 86_400_000))
    return local.replace(tzinfo=zone).astimezone(UTC)


def find_zone(name: str) -> tzinfo:
    """The zone a spreadsheet names: a CLDR name such as Europe/Kyiv, or GMT-07:00. Raises ValueError for another."""
    fixed = _FIXED_OFFSET.fullmatch(name)
    if fixed:
        offset = timedelta(hours=int(fixed[2]), minutes=int(fixed[3] or 0))
        return timezone(offset if fixed[1] == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError) as error:
        raise ValueError(worded("no such time zone: {name}", name=repr(name))) from error


def token_text(cell: Cell) -> str:
    """A respondent's code as it is compared: without spaces, in capitals."""
    return "".join(_plain_text(cell).split()).upper()


def tidy(title: str) -> str:
    """A title with its spaces evened out: forms keep trailing and no-break ones that nobody sees."""
    return " ".join(title.split())


def clean(text: str) -> str:
    """The text without what a database refuses: NUL characters and halves of surrogate pairs become U+FFFD."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def letter(index: int) -> str:
    """The letter of a column: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _index(letters: str) -> int:
    index = 0
    for character in letters.upper():
        index = index * 26 + ord(character) - ord("A") + 1
    return index - 1


def _at(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else None


def _serial(cell: Cell) -> float | None:
    plausible = (
        isinstance(cell, int | float) and not isinstance(cell, bool) and 1 <= cell < 2_958_466
    )  # up to year 9999
    return float(cell) if plausible and cell is not None else None


def _answer(cell: Cell) -> str:
    return _plain_text(cell).strip()


def _plain_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean(str(cell))
