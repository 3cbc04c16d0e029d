"""What is already known of a form, and what a new reading of its sheet adds to it. Pure.

A sheet gives its rows no identity: rows are sorted, deleted and pasted, and an edited answer overwrites its own row and
moves its time. A response is therefore its token, or, without one, what it said when it was first read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from connectors.google_forms.sheet import Row


class Known(BaseModel):
    """One response: every content read of it with its revision and time, and the content that stands now.

    `lacked` are, by content, the fields that lacked a column when it was read, and lack it still.
    """

    seen: dict[str, tuple[int, float | None]] = Field(default_factory=dict)
    shown: str = ""
    lacked: dict[str, list[str]] = Field(default_factory=dict)

    def newest(self) -> int:
        """The highest revision given so far; 0 when there is none."""
        return max((revision for revision, _ in self.seen.values()), default=0)

    def shown_serial(self) -> float:
        """The time of the content that stands now."""
        return _order(self.seen[self.shown][1]) if self.shown else 0.0

    def is_found_again(self, content: str, lacking: Collection[str]) -> bool:
        """Whether a column that this content lacked has been found since; from then on it has been read with it."""
        before = self.lacked.get(content, [])
        still = [field for field in before if field in lacking]
        if still == before:
            return False
        self.lacked.pop(content)
        self.lacked.update({content: still} if still else {})
        return True


class FormMemory(BaseModel):
    """What the cursor keeps of one form. `spec` and `header` are digests of what the rows were read with."""

    spec: str = ""
    header: str = ""
    timestamp_title: str = ""
    responses: dict[str, Known] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """A row of a response. `key` names the response: its token, or "~" and a fingerprint.

    `answered` when it is new: it is told as an event. `stands` when it is the response's present content. `lacked` are
    the fields whose column was missing when it was read first, and is.
    """

    key: str
    row: Row
    number: int
    answered: bool
    stands: bool
    lacked: frozenset[str] = frozenset()


def compare(
    memory: FormMemory, rows: Sequence[Row], header: str, spec: str, lacking: Collection[str] = ()
) -> tuple[FormMemory, list[Revision]]:
    """What of `rows` is new, and the memory that goes with it; the memory handed in stays as it is.

    A content that differs only because the header was changed (a question renamed or deleted) is taken over silently:
    its time did not move, so nobody answered anything. A changed `spec` shows all responses again, without events, and
    a field that is no longer among the `lacking` those that were read without its column.
    """
    known = {key: response.model_copy(deep=True) for key, response in memory.responses.items()}
    reread = memory.spec != spec
    renamed = bool(memory.header) and memory.header != header
    revisions = []
    for key, versions in _by_response(known, rows).items():
        response = known.setdefault(key, Known())
        revisions += _compare_one(key, response, versions, lacking, renamed=renamed, reread=reread)
    return FormMemory(spec=spec, header=header, timestamp_title=memory.timestamp_title, responses=known), revisions


def _compare_one(
    key: str, response: Known, rows: Iterable[Row], lacking: Collection[str], *, renamed: bool, reread: bool
) -> list[Revision]:
    ordered = sorted(rows, key=lambda row: (_order(row.serial), row.number))
    fresh = []
    for row in ordered:
        if row.content in response.seen:
            continue
        if renamed and _take_over(response, row):
            continue
        response.seen[row.content] = (response.newest() + 1, row.serial)
        if lacking:
            response.lacked[row.content] = sorted(lacking)
        fresh.append(row)
    latest = max(ordered, key=lambda row: (_order(row.serial), response.seen[row.content][0]))
    moved = latest.content != response.shown and _order(latest.serial) >= response.shown_serial()
    if moved:
        response.shown = latest.content
    found = {row.content for row in ordered if response.is_found_again(row.content, lacking)}
    news = moved or reread or latest.content in found
    stands = latest if response.shown == latest.content and news else None
    told = [*fresh, stands] if stands is not None and stands not in fresh else fresh
    return [_revision(key, response, row, answered=row in fresh, stands=row is stands) for row in told]


def _revision(key: str, response: Known, row: Row, *, answered: bool, stands: bool) -> Revision:
    number, lacked = response.seen[row.content][0], frozenset(response.lacked.get(row.content, ()))
    return Revision(key, row, number, answered, stands, lacked)


def _take_over(response: Known, row: Row) -> bool:
    before = next((content for content, (_, serial) in response.seen.items() if serial == row.serial), None)
    if before is None:
        return False
    response.seen[row.content] = response.seen.pop(before)
    if before in response.lacked:
        response.lacked[row.content] = response.lacked.pop(before)
    if response.shown == before:
        response.shown = row.content
    return True


def _by_response(known: Mapping[str, Known], rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the response they belong to. A row without a token that was edited keeps the time it was sent at."""
    groups: dict[str, list[Row]] = defaultdict(list)
    strangers = []
    present = set()
    by_content = {content: key for key, response in known.items() if key.startswith("~") for content in response.seen}
    for row in rows:
        if row.token:
            groups[row.token].append(row)
        elif row.content in by_content:
            groups[by_content[row.content]].append(row)
            present.add(by_content[row.content])
        else:
            strangers.append(row)
    gone: dict[float | None, list[str]] = defaultdict(list)
    for key, response in known.items():
        if key.startswith("~") and key not in present:
            gone[response.seen[response.shown][1]].append(key)
    for row in strangers:
        same_time = gone[row.serial] if row.serial is not None else []
        groups[same_time.pop(0) if same_time else f"~{row.content}"].append(row)
    return groups


def _order(serial: float | None) -> float:
    return serial if serial is not None else 0.0
