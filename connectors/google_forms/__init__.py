"""Google Forms, read from their response sheets: who answered what, and every later revision of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

import gspread
from pydantic import BaseModel, Field, ValidationError

from bridge.model.decisions import Capability
from bridge.model.deliveries import Delivery, Receipt
from bridge.model.errors import CannotTell, ConnectorError, Retry, SourceEmptied
from bridge.model.files import Fetched
from bridge.model.findings import Finding, Level, Position, did_you_mean
from bridge.model.protocols import Clock, Pace
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.model.wording import worded
from connectors.google_forms.api import LIMITS, NAME, Sheets, sheet_rows, whole_sheet
from connectors.google_forms.drive import Drive
from connectors.google_forms.links import Kind, Prefilled, prefill_link, with_answers
from connectors.google_forms.mapping import Reading, answered, response_record
from connectors.google_forms.revisions import FormMemory, Revision, compare
from connectors.google_forms.settings import FormSpec, GoogleSettings
from connectors.google_forms.sheet import (
    Cell,
    ColumnMissing,
    Columns,
    Row,
    digest,
    find_column,
    find_columns,
    find_zone,
    has_figures,
    header_digest,
    moment,
    read_rows,
    same_row,
    tidy,
)

__all__ = [
    "LIMITS",
    "FormSpec",
    "GoogleFormsConnector",
    "GoogleFormsReader",
    "GoogleSettings",
    "Kind",
    "Prefilled",
    "prefill_link",
    "with_answers",
]

_LOG = logging.getLogger(__name__)
_PROPERTIES_AGE = timedelta(days=1)
_UNWATCHED = timedelta(hours=1)
"""After so long without a reading the owner may have set another zone, and no answer would show it."""
_SLACK = timedelta(minutes=10)
"""A new answer is in the sheet within this time: one that seems older was given in another zone, or typed by hand."""


class _Known(BaseModel):
    """What the cursor keeps of one spreadsheet: how to read its times, and when that was asked."""

    time_zone: str
    asked_at: datetime


class _Memory(BaseModel):
    """The cursor, opened."""

    spreadsheets: dict[str, _Known] = Field(default_factory=dict)
    forms: dict[str, FormMemory] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """One form's sheet as it was read: the new memory, and all that is new, rows with figures as people see them."""

    reading: Reading
    memory: FormMemory
    revisions: Sequence[Revision]
    cells: Mapping[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class _Found:
    """What several spreadsheets gave: how to read their times, the forms read, and by source why others were not."""

    known: dict[str, _Known] = field(default_factory=dict)
    reads: list[_Read] = field(default_factory=list)
    failed: dict[str, ConnectorError | SourceEmptied] = field(default_factory=dict)

    def fail(self, forms: Iterable[FormSpec], error: ConnectorError | SourceEmptied) -> None:
        """Goes on without these forms. Raises the error where nothing else can be read either, or should be asked."""
        if isinstance(error, ConnectorError):
            passing = [one for one in self.failed.values() if isinstance(one, ConnectorError) and _passes(one)]
            if error.wait is not None or (_passes(error) and passing and not self.reads):
                raise error  # Google itself: asking about each further sheet would take a timeout each
        self.failed.update((form.source, error) for form in forms)


class GoogleFormsReader:
    """Answers of Google Forms; one call per spreadsheet and poll, a second one when there are new figures."""

    name = NAME
    capabilities = frozenset({Capability.FORMS})

    def __init__(
        self,
        settings: GoogleSettings,
        forms: Sequence[FormSpec],
        clock: Clock,
        pace: Pace,
        client: gspread.Client | None = None,
    ) -> None:
        self._forms = tuple(sorted(forms, key=lambda form: form.spreadsheet))
        self._clock = clock
        self._sheets = Sheets(settings, pace, client)
        self._drive = Drive(settings, pace)
        self._last: _Memory | None = None
        self._read_at: dict[str, datetime] = {}
        """When each spreadsheet was read last by this process."""
        self._may_be_empty: set[str] = set()
        self.sources = frozenset(form.source for form in forms)

    def pull(self, cursor: Cursor | None) -> Page:
        """What was answered since `cursor`. Rows that disappeared change nothing: an answer once read is kept.

        A form whose sheet cannot be read, or shows no row any more where there were some, is `failed` in the page, and
        goes on from where it was once it can be. Raises what its first form failed with when none could be read.
        """
        before = self._without_accepted(_open_cursor(cursor))
        sent_at = self._clock.now()
        found = self._read_all(self._forms, before, sent_at)
        configured = {form.spreadsheet for form in self._forms}
        memory = _Memory(
            spreadsheets={id: known for id, known in (before.spreadsheets | found.known).items() if id in configured},
            forms={**before.forms, **{read.reading.form.id: read.memory for read in found.reads}},
        )
        self._last = memory
        happenings = [answered(read.reading, item) for read in found.reads for item in read.revisions if item.answered]
        return Page(
            cursor=Cursor(memory.model_dump_json()),
            records=[record for read in found.reads for record in _records(read)],
            happenings=sorted(happenings, key=lambda happening: happening.at),
            seen_up_to={read.reading.form.source: sent_at - read.reading.form.lag for read in found.reads},
            failed=found.failed,
            lacking={read.reading.form.source: _lacking(read.reading.columns) for read in found.reads},
        )

    def refresh(self, refs: Sequence[Ref], *, background: bool = False) -> Page:
        """These responses as they stand now, numbered as the last pull numbered them.

        One that is no longer in its sheet, newer than the last pull, or in a sheet that cannot be read while others
        can, is left out: the next pull tells.
        """
        memory = self._last
        wanted = {ref.id for ref in refs if ref.system == NAME and ref.kind == "response"}
        forms = [form for form in self._forms if any(ref.startswith(f"{form.id}:") for ref in wanted)]
        if memory is None or not forms:
            return Page(cursor=None)
        sent_at = self._clock.now()
        again = memory.model_copy(deep=True)
        for form in again.forms.values():
            form.spec = ""  # shows all responses again
        records = [
            record
            for read in self._read_all(forms, again, sent_at).reads
            for record in _records(read)
            if record.ref.id in wanted and _was_numbered(memory, read, record.ref)
        ]
        return Page(cursor=None, records=records)

    def accept_empty(self, source: str) -> None:
        """The next `pull` takes this form's sheet as it is. Answers once read are kept all the same."""
        self._may_be_empty.add(source)

    def check(self) -> list[Finding]:
        """Opens every spreadsheet: sign-in, sharing, sheet titles and the columns of the mapping."""
        findings: list[Finding] = []
        for spreadsheet, group in groupby(self._forms, key=lambda form: form.spreadsheet):
            forms = tuple(group)
            try:
                titles = self._sheets.sheet_titles(spreadsheet)
                find_zone(self._sheets.properties(spreadsheet).time_zone)
                for form in forms:
                    findings += self._check_form(form, titles)
            except ConnectorError as error:
                findings += [_live_finding(form, error) for form in forms]
            except ValueError as error:
                findings += [_finding(form, "unknown-zone", error.args[0], _ZONE_ADVICE) for form in forms]
        return findings

    def close(self) -> None:
        """Lets go of the connections."""
        self._sheets.close()
        self._drive.close()

    def fetch(self, holder: Ref, file: Ref, most: int) -> AbstractContextManager[Fetched]:
        """A file that was uploaded with a response."""
        return self._drive.fetch(file.id, most)

    def _without_accepted(self, before: _Memory) -> _Memory:
        """What is known, without the forms whose emptiness a person accepted. Told again, events keep their names."""
        accepted, self._may_be_empty = self._may_be_empty, set()
        known = {form.id: form for form in self._forms}
        forms = {id: memory for id, memory in before.forms.items() if id in known and known[id].source not in accepted}
        return before.model_copy(update={"forms": forms})

    def _properties(self, spreadsheet: str, before: _Memory) -> _Known:
        known, now = before.spreadsheets.get(spreadsheet), self._clock.now()
        if known is None:
            return self._ask_properties(spreadsheet)
        watched = spreadsheet in self._read_at and now - self._read_at[spreadsheet] < _UNWATCHED
        most = _PROPERTIES_AGE if watched else _UNWATCHED
        return self._ask_properties(spreadsheet) if now - known.asked_at >= most else known

    def _ask_properties(self, spreadsheet: str) -> _Known:
        return _Known(time_zone=self._sheets.properties(spreadsheet).time_zone, asked_at=self._clock.now())

    def _read_all(self, forms: Sequence[FormSpec], before: _Memory, sent_at: datetime) -> _Found:
        """Every form that can be read, and why the others cannot. Raises when none can."""
        found = _Found()
        for spreadsheet, group in groupby(forms, key=lambda form: form.spreadsheet):
            self._read_spreadsheet(spreadsheet, tuple(group), before, sent_at, found)
        if found.failed and not found.reads:
            raise next(iter(found.failed.values()))
        return found

    def _read_spreadsheet(
        self, spreadsheet: str, forms: Sequence[FormSpec], before: _Memory, sent_at: datetime, found: _Found
    ) -> None:
        """The forms of one spreadsheet in one call; one by one when the answer is that one of its sheets is wrong."""
        try:
            known = found.known[spreadsheet] = self._properties(spreadsheet, before)
            values = self._sheets.values(spreadsheet, [whole_sheet(form.sheet) for form in forms])
        except ConnectorError as error:
            if len(forms) == 1 or error.retry is Retry.PASSING:
                found.fail(forms, error)
                return
            for form in forms:
                self._read_spreadsheet(spreadsheet, (form,), before, sent_at, found)
            return
        reads: list[_Read] = []
        for form, cells in zip(forms, values, strict=True):
            try:
                reads.append(_read_form(form, cells, before.forms.get(form.id, FormMemory()), known, sent_at))
            except (ConnectorError, SourceEmptied) as error:
                found.fail([form], error)
        try:
            since = self._read_at.get(spreadsheet)
            if known.asked_at < sent_at and any(_is_of_another_zone(read, since) for read in reads):
                known = found.known[spreadsheet] = self._ask_properties(spreadsheet)
                reads = [_in_zone(read, _zone(read.reading.form, known)) for read in reads]
            found.reads.extend(self._with_texts(spreadsheet, reads))
            self._read_at[spreadsheet] = sent_at
        except ConnectorError as error:
            found.fail([read.reading.form for read in reads], error)

    def _with_texts(self, spreadsheet: str, reads: Sequence[_Read]) -> list[_Read]:
        """The same, with the cells of new rows as people see them: one more call when figures are among them.

        A text is read as it is seen; a number, date or box is not (0671234567 may be 671234567).
        """
        changed = [read for read in reads if _with_figures(read)]
        if not changed:
            return list(reads)
        spans = [_span(read) for read in changed]
        ranges = [sheet_rows(read.reading.form.sheet, *span) for read, span in zip(changed, spans, strict=True)]
        texts = self._sheets.texts(spreadsheet, ranges)
        shown = {
            read.reading.form.id: _shown_cells(read, span[0], rows)
            for read, span, rows in zip(changed, spans, texts, strict=True)
        }
        return [_Read(read.reading, read.memory, read.revisions, shown.get(read.reading.form.id, {})) for read in reads]

    def _check_form(self, form: FormSpec, titles: Sequence[str]) -> list[Finding]:
        if form.sheet not in titles:
            return [
                _finding(
                    form,
                    "unknown-sheet",
                    worded('no sheet "{name}"', name=form.sheet),
                    did_you_mean(form.sheet, titles),
                )
            ]
        [header] = self._sheets.texts(form.spreadsheet, [sheet_rows(form.sheet, 1, 1)])
        columns = tuple(tidy(str(cell)) for cell in (header[0] if header else ()) if cell is not None)
        named = [column for column in (form.token_column, form.timestamp_column, *form.columns) if column]
        return [
            _finding(
                form,
                "unknown-column",
                worded('no column "{name}"', name=column),
                did_you_mean(column, filter(None, columns)),
            )
            for column in named
            if find_column(column, columns) is None
        ]


class GoogleFormsConnector(GoogleFormsReader):
    """The same among connectors that write: whoever wants something written here is told that forms are only read."""

    def push(self, delivery: Delivery) -> Receipt:
        """Nothing can be written through this connector: always a ConnectorError."""
        raise ConnectorError(
            NAME, f"cannot carry out {delivery.decision.kind}: forms are only read", retry=Retry.PERMANENT
        )

    def look(self, delivery: Delivery) -> Receipt | None:
        """Nothing is ever written, so there is nothing to look for."""
        raise CannotTell(NAME, f"{delivery.decision.kind} was never carried out here")


def _passes(error: ConnectorError) -> bool:
    return error.retry is Retry.PASSING


_NO_COLUMN = (
    'sheet "{sheet}" of form "{form}" has no column "{column}", so answers cannot be told apart: give the '
    "column its title back in the first row, or change the form's mapping; {advice}"
)
_ZONE_ADVICE = worded("choose a zone under File > Settings of the spreadsheet")


def _open_cursor(cursor: Cursor | None) -> _Memory:
    """What is known. A position that cannot be read is as good as none: events told before keep their names."""
    if cursor is None:
        return _Memory()
    try:
        return _Memory.model_validate_json(cursor)
    except ValidationError:
        _LOG.warning("the stored position of the forms cannot be read; every sheet is read from its start")
        return _Memory()


def _read_form(
    form: FormSpec, cells: Sequence[Sequence[Cell]], memory: FormMemory, known: _Known, sent_at: datetime
) -> _Read:
    columns = _columns(form, cells, memory)
    rows = read_rows(columns, cells[1:])
    if not rows and memory.responses:
        raise SourceEmptied(form.source, len(memory.responses))
    after, revisions = compare(memory, rows, header_digest(columns.titles), _spec_digest(form), columns.lacking)
    after.timestamp_title = columns.timestamp_title
    reading = Reading(form, columns, _zone(form, known), sent_at)
    return _Read(reading, after, revisions, {})


def _columns(form: FormSpec, cells: Sequence[Sequence[Cell]], memory: FormMemory) -> Columns:
    if not any(cells) and memory.responses:
        raise SourceEmptied(form.source, len(memory.responses))
    header = cells[0] if cells else ()
    try:
        return find_columns(form, header, memory.timestamp_title, max(map(len, cells), default=0))
    except ColumnMissing as missing:
        advice = did_you_mean(missing.title, filter(None, missing.known))
        names = {"sheet": form.sheet, "form": form.id, "column": missing.title, "advice": advice}
        raise ConnectorError(NAME, worded(_NO_COLUMN, **names), retry=Retry.ASK_ADMIN, code="no-column") from missing


def _lacking(columns: Columns) -> dict[str, str]:
    """The titles that the mapping names and the sheet lacks, each with what it may be called now."""
    return {title: columns.nearest(title) for title in columns.missing}


def _zone(form: FormSpec, known: _Known) -> tzinfo:
    try:
        return find_zone(known.time_zone)
    except ValueError as error:
        words = "{what} in the sheet of form {form}; {advice}"
        what = worded(words, what=error.args[0], form=form.id, advice=_ZONE_ADVICE)
        raise ConnectorError(NAME, what, retry=Retry.ASK_ADMIN) from error


def _spec_digest(form: FormSpec) -> str:
    return digest([form.sheet, form.token_column, form.timestamp_column, sorted(form.columns.items()), form.region])


def _is_of_another_zone(read: _Read, since: datetime | None) -> bool:
    """Whether a new answer is later than its reading, or older than the one before, which did not show it.

    Then the owner may have set the spreadsheet to another zone since. People type times, too: asking tells.
    """
    given = [(item, item.row.serial) for item in read.revisions if item.answered]
    times = [(item, moment(serial, read.reading.zone)) for item, serial in given if serial is not None]
    oldest = since - read.reading.form.lag - _SLACK if since is not None else None
    return any(
        at > read.reading.read_at or (oldest is not None and item.number == 1 and at < oldest) for item, at in times
    )


def _in_zone(read: _Read, zone: tzinfo) -> _Read:
    return replace(read, reading=replace(read.reading, zone=zone))


def _with_figures(read: _Read) -> list[Row]:
    """The rows that stand and answer something by other than a text."""
    rows = (item.row for item in read.revisions if item.stands)
    return [row for row in rows if has_figures(read.reading.columns, row)]


def _span(read: _Read) -> tuple[int, int]:
    numbers = [row.number for row in _with_figures(read)]
    return min(numbers), max(numbers)


def _shown_cells(read: _Read, first: int, rows: Sequence[Sequence[Cell]]) -> dict[int, Sequence[Cell]]:
    """The rows as people see them, by number. Between both calls rows may have moved: then it has to be read anew."""
    shown: dict[int, Sequence[Cell]] = {}
    for row in _with_figures(read):
        place = row.number - first
        cells = rows[place] if place < len(rows) else ()
        if not same_row(row.cells, cells):
            raise ConnectorError(
                NAME, f'sheet "{read.reading.form.sheet}" was being changed while it was read', retry=Retry.PASSING
            )
        shown[row.number] = cells
    return shown


def _records(read: _Read) -> list[Record]:
    stand = [item for item in read.revisions if item.stands]
    return [response_record(read.reading, item, read.cells.get(item.row.number, item.row.cells)) for item in stand]


def _was_numbered(memory: _Memory, read: _Read, ref: Ref) -> bool:
    form, _, key = ref.id.partition(":")
    before = memory.forms[form].responses.get(key)
    return before is not None and before.shown == read.memory.responses[key].shown


def _live_finding(form: FormSpec, error: ConnectorError) -> Finding:
    code = "not-asked" if error.retry is Retry.PASSING else "no-access"
    level = Level.WARNING if error.retry is Retry.PASSING else Level.ERROR
    return _finding(form, code, error.what, level=level)


def _finding(form: FormSpec, code: str, what: str, advice: str = "", level: Level = Level.ERROR) -> Finding:
    told = worded('form "{form}": {what}', form=form.id, what=what)
    return Finding(Position(form.source), code, told, advice, "connectors/google_forms/README.md", level)
