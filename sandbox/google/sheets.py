"""Spreadsheets: cells with typed values, and how the Sheets API shows them.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sandbox.google.errors import invalid

EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
"""Day 0 of serial numbers; they count wall-clock days of the spreadsheet's zone, so no zone is converted here."""

_RANGE = re.compile(r"(?:(?:'((?:[^']|'')+)'|([^!']+))!)?([A-Za-z]*)(\d*)(?::(?=[A-Za-z\d])([A-Za-z]*)(\d*))?")
_DATE_FORMATS = {
    "en_US": "{d.month}/{d.day}/{d.year} {d.hour}:{d:%M:%S}",
    "en_GB": "{d:%d/%m/%Y} {d:%H:%M:%S}",
}


@dataclass(frozen=True)
class Moment:
    """A date-time cell: days since 1899-12-30 in the spreadsheet's zone."""

    serial: float


Cell = str | int | float | bool | Moment | None
ValueRender = Literal["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"]


@dataclass(eq=False)
class Row:
    """One row of a sheet; `from_form` when a form wrote it, else somebody typed it."""

    cells: list[Cell] = field(default_factory=list)
    from_form: bool = False


@dataclass
class Sheet:
    """One tab: its rows from the top, with a grid at least as large."""

    id: int
    title: str
    rows: list[Row] = field(default_factory=list)
    grid_rows: int = 1000
    grid_columns: int = 26

    @property
    def row_count(self) -> int:
        """The number of rows of the grid."""
        return max(self.grid_rows, len(self.rows))

    @property
    def column_count(self) -> int:
        """The number of columns of the grid."""
        return max([self.grid_columns, *(len(row.cells) for row in self.rows)])


@dataclass
class Spreadsheet:
    """One file with its tabs; `readers` are the e-mail addresses it is shared with."""

    id: str
    title: str
    locale: str = "uk_UA"
    zone: str = "Europe/Kyiv"
    sheets: list[Sheet] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)

    def moment(self, at: datetime) -> Moment:
        """The cell that shows this instant in the spreadsheet's zone, to the millisecond."""
        wall = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=UTC)
        wall = wall.replace(microsecond=wall.microsecond // 1000 * 1000)
        return Moment((wall - EPOCH) / timedelta(days=1))

    def metadata(self) -> dict[str, Any]:
        """The Spreadsheet object without grid data."""
        return {
            "spreadsheetId": self.id,
            "properties": {
                "title": self.title,
                "locale": self.locale,
                "autoRecalc": "ON_CHANGE",
                "timeZone": self.zone,
            },
            "sheets": [
                {
                    "properties": {
                        "sheetId": sheet.id,
                        "title": sheet.title,
                        "index": index,
                        "sheetType": "GRID",
                        "gridProperties": {"rowCount": sheet.row_count, "columnCount": sheet.column_count},
                    }
                }
                for index, sheet in enumerate(self.sheets)
            ],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{self.id}/edit",
        }

    def shown(self, cell: Cell) -> str:
        """The cell as it looks on screen."""
        return str(self._shown(cell, "FORMATTED_VALUE", "SERIAL_NUMBER"))

    def values(self, a1: str, render: str, dates: str, dimension: str) -> dict[str, Any]:
        """The ValueRange object: without empty cells at the ends of rows and empty rows at the end."""
        area = self._area(a1)
        shown = [
            [self._shown(cell, render, dates) for cell in row.cells[area.left : area.right]]
            for row in area.sheet.rows[area.top : area.bottom]
        ]
        if dimension == "COLUMNS":
            height = max(map(len, shown), default=0)
            shown = [[row[i] if i < len(row) else "" for row in shown] for i in range(height)]
        rows = [_without_end(row) for row in shown]
        while rows and not rows[-1]:
            rows.pop()
        result: dict[str, Any] = {"range": area.a1(), "majorDimension": dimension}
        return {**result, "values": rows} if rows else result

    def _shown(self, cell: Cell, render: str, dates: str) -> Any:
        if cell is None:
            return ""
        if isinstance(cell, Moment):
            as_number = render != "FORMATTED_VALUE" and dates == "SERIAL_NUMBER"
            return cell.serial if as_number else self._date_text(cell)
        if render != "FORMATTED_VALUE" or isinstance(cell, str):
            return cell
        if isinstance(cell, bool):
            return str(cell).upper()
        text = f"{cell:.15g}"
        return text if self.locale.startswith("en") else text.replace(".", ",")

    def _date_text(self, cell: Moment) -> str:
        date = EPOCH + timedelta(seconds=round(cell.serial * 86_400))
        pattern = _DATE_FORMATS.get(self.locale, "{d:%d.%m.%Y} {d.hour}:{d:%M:%S}")
        return pattern.format(d=date)

    def _area(self, a1: str) -> _Area:
        """Read A1 notation, cut to the grid. Raises the API's 400 for what is none or begins outside the grid."""
        for sheet in self.sheets:
            if a1 == sheet.title:
                return _Area(sheet, 0, sheet.row_count, 0, sheet.column_count)
        match = _RANGE.fullmatch(a1)
        if match is None or not (match[3] or match[4]):
            raise _no_range(a1)
        quoted, bare, from_column, from_row, to_column, to_row = match.groups()
        sheet = self._sheet(quoted.replace("''", "'") if quoted else bare, a1)
        single = ":" not in a1[match.start(3) :]
        top, left = int(from_row or 1) - 1, _column(from_column)
        if single:
            to_column, to_row = from_column, from_row
        bottom = int(to_row) if to_row else sheet.row_count
        right = _column(to_column) + 1 if to_column else sheet.column_count
        if single and not (from_column and from_row):
            raise _no_range(a1)
        if top >= sheet.row_count or left >= sheet.column_count:
            raise invalid(
                f"Range ({a1}) exceeds grid limits. Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
            )
        return _Area(
            sheet,
            min(top, bottom - 1),
            min(max(bottom, top + 1), sheet.row_count),
            min(left, right - 1),
            min(max(right, left + 1), sheet.column_count),
        )

    def _sheet(self, title: str | None, a1: str) -> Sheet:
        if title is None:
            return self.sheets[0]
        for sheet in self.sheets:
            if sheet.title == title:
                return sheet
        raise _no_range(a1)


@dataclass(frozen=True)
class _Area:
    """A rectangle of a sheet; rows and columns from 0, ends excluded."""

    sheet: Sheet
    top: int
    bottom: int
    left: int
    right: int

    def a1(self) -> str:
        title = self.sheet.title
        if not re.fullmatch(r"[A-Za-z_]\w*", title, re.ASCII):
            title = "'" + title.replace("'", "''") + "'"
        first, last = f"{_letters(self.left)}{self.top + 1}", f"{_letters(self.right - 1)}{self.bottom}"
        return f"{title}!{first}" if first == last else f"{title}!{first}:{last}"


def _without_end(row: list[Any]) -> list[Any]:
    size = len(row)
    while size and row[size - 1] == "":
        size -= 1
    return row[:size]


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return max(number - 1, 0)


def _letters(column: int) -> str:
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _no_range(a1: str) -> Exception:
    return invalid(f"Unable to parse range: {a1}")
