"""A storm over one response sheet: thousands of answers, edits, deletions, sorting and new columns between two polls.

`python -m benchmarks.forms [--answers 10000]` prints measured against allowed; exits 1 when a revision was lost, was
applied twice, or anything took too long or too many requests. Every answer belongs to a deal of its own. Reading and
storing is measured, with the stand-in in the same process; making the deals before that is not.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks.fast_agency import bridge_settings, fast_config
from benchmarks.requests import LanesTaken, Measure, report
from bridge.engine.engine import Engine
from bridge.model.records import Cursor, Page, Record, Ref
from bridge.wiring.agency import load_agency
from bridge.wiring.assemble import assemble, closing
from sandbox import Sandbox
from sandbox.google.sheets import Cell, Row, Sheet
from sandbox.server import serve_in_thread
from sandbox.world import RESPONSE_SHEET, SPREADSHEET_ID

ROUNDS = 25
"""Polls after the first one; half of the answers are there before it."""
SECONDS = 60.0
_BATCH = 500
_REVISION = re.compile(r":response:brief:(\w+):revision:\d+$")
_CODE, _NAME, _SITE = "Код клієнта", "Назва компанії", "Сайт"
_APART = timedelta(milliseconds=500)
"""How soon one answer follows another: nobody waits an hour between two polls, after which the zone is asked anew."""


@dataclass
class Storm:
    """People at one sheet: `revisions` counts what each code's owner has sent, `newest` is what stands of it."""

    sandbox: Sandbox
    codes: Sequence[str]
    dice: Random = field(default_factory=lambda: Random(8))
    revisions: Counter[str] = field(default_factory=Counter)
    newest: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._unused = iter(self.codes)
        self._deleted: set[str] = set()

    @property
    def sheet(self) -> Sheet:
        book = self.sandbox.google.books[SPREADSHEET_ID]
        return next(sheet for sheet in book.sheets if sheet.title == RESPONSE_SHEET)

    def answer(self, count: int) -> None:
        """So many further people fill the form in."""
        for _ in range(count):
            row = Row(from_form=True)
            self._write(row, next(self._unused))
            self.sheet.rows.append(row)

    def edit(self, count: int) -> None:
        """So many change what they have sent."""
        for row in self.dice.sample(self._theirs(), count):
            self._write(row, str(row.cells[self._column(_CODE)]))

    def delete(self, count: int) -> None:
        """So many rows are deleted that were read before."""
        gone = {id(row) for row in self.dice.sample(self._theirs(), count)}
        self.sheet.rows[:] = [row for row in self.sheet.rows if id(row) not in gone]

    def sort(self) -> None:
        """Somebody sorts the sheet, by one of its columns or by chance, and notes something between the rows."""
        header, *rows = self.sheet.rows
        column = self.dice.choice([_CODE, _NAME, _SITE, ""])
        place = self._column(column) if column else -1
        rows.sort(key=lambda row: str(row.cells[place]) if 0 <= place < len(row.cells) else self.dice.random().hex())
        rows.insert(self.dice.randrange(len(rows)), Row([None, None, "передзвонити"]))
        self.sheet.rows[:] = [header, *rows]

    def add_column(self, title: str, place: int) -> None:
        """A question is added: its column stands there."""
        for number, row in enumerate(self.sheet.rows):
            row.cells += [None] * (place - len(row.cells))
            row.cells.insert(place, title if number == 0 else None)

    def _theirs(self) -> list[Row]:
        place = self._column(_CODE)
        return [row for row in self.sheet.rows[1:] if len(row.cells) > place and row.cells[place]]

    def _column(self, title: str) -> int:
        return self.sheet.rows[0].cells.index(title)

    def _write(self, row: Row, code: str) -> None:
        book = self.sandbox.google.books[SPREADSHEET_ID]
        self.sandbox.clock.advance(_APART)
        self.revisions[code] += 1
        self.newest[code] = f"https://{code.lower()}.example/{self.revisions[code]}"
        given: dict[str, Cell] = {_CODE: code, _NAME: f"Кав’ярня {code}", _SITE: self.newest[code]}
        shown = [str(title) for title in self.sheet.rows[0].cells]
        row.cells = [book.moment(self.sandbox.clock.now()), *(given.get(title) for title in shown[1:])]


def storm(answers: int) -> Iterator[Measure]:
    """What it costs, and what became of each revision."""
    sandbox = Sandbox(world="demo", limits="off")
    with serve_in_thread(sandbox) as running, tempfile.TemporaryDirectory(prefix="forms-") as name:
        folder = Path(name)
        key = sandbox.google.account.credentials(running.base_url)
        settings = bridge_settings(running.base_url, folder, fast_config(folder), key)
        agency, findings = load_agency(settings.config_dir)
        if agency is None:
            raise ValueError(f"the pack does not load: {findings}")
        with closing(assemble(settings, agency, sandbox.clock, LanesTaken())) as engine:
            people = Storm(sandbox, _deals(engine, answers, folder / "bridge.db"))
            engine.pull("google_forms")
            yield from _blow(engine, people, answers)


def _blow(engine: Engine, people: Storm, answers: int) -> Iterator[Measure]:
    seconds, asked = 0.0, []
    people.answer(answers // 2)
    for number in range(ROUNDS + 1):
        before = people.sandbox.journal.last()
        began = time.perf_counter()
        engine.pull("google_forms")
        seconds += time.perf_counter() - began
        asked.append(sum(1 for one in people.sandbox.journal.since(before) if one.service == "google"))
        if number < ROUNDS:
            people.edit(answers // 20 // ROUNDS)
            people.delete(answers // 50 // ROUNDS)
            people.answer(answers // 2 // ROUNDS)
            people.sort()
        if number in (5, 15):
            people.add_column("Бюджет" if number == 5 else "Терміни", 3 if number == 5 else 9)
    told, shown = _kept(engine)
    sent = sum(people.revisions.values())
    yield Measure(f"{answers} answers in {ROUNDS + 1} polls", seconds, SECONDS, "s")
    yield Measure("the most in a poll", max(asked), 1)
    yield Measure(f"of {sent} revisions lost", sum((people.revisions - told).values()), 0, "revisions")
    yield Measure(f"of {sent} revisions applied twice", sum((told - people.revisions).values()), 0, "revisions")
    wrong = sum(shown.get(code) != newest for code, newest in people.newest.items())
    yield Measure("answers that do not stand as they were sent last", wrong, 0, "answers")


def _deals(engine: Engine, count: int, database: Path) -> list[str]:
    """So many deals, each of a client of its own; gives the codes of their links to the form."""
    now = engine.clock.now()
    for start in range(0, count, _BATCH):
        records: list[Record] = []
        for number in range(start, min(start + _BATCH, count)):
            contact = Ref("planfix", "main", "contact", f"9{number}")
            records.append(Record(contact, {"name": f"Клієнт {number}"}, now))
            task = Ref("planfix", "main", "task", f"9{number}")
            records.append(Record(task, {"name": f"Сайт {number}"}, now, names=(contact,)))
        engine.take_in("planfix", Page(Cursor(f"{start}"), records), first=True)
    with sqlite3.connect(database) as connection:
        return [code for (code,) in connection.execute("SELECT token FROM tokens WHERE purpose = 'brief' ORDER BY 1")]


def _kept(engine: Engine) -> tuple[Counter[str], dict[str, str]]:
    """How many revisions the bridge took in of each code, and what stands."""
    told: Counter[str] = Counter()
    last = 0
    while events := engine.store.events_since(last):
        last += len(events)
        answered = (event.id for event in events if event.kind == "form.answered")
        told.update(found[1] for id in answered if (found := _REVISION.search(id)))
    with engine.store.intake(engine.clock.now()) as intake:
        kept = intake.find_records("google_forms", "response")
    answers = {one.ref.id.partition(":")[2]: one.fields["answers"] for one in kept}
    return told, {code: str(given[_SITE]) for code, given in answers.items() if isinstance(given, Mapping)}


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forms", description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000)
    began = time.monotonic()
    measures = list(storm(parser.parse_args().answers))
    print(report(measures, time.monotonic() - began))
    return 0 if all(one.good for one in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
