"""Statements that stay are compiled once, and go straight to SQLite: a fifth of what carrying them out costs otherwise.

Only the way of execution is another: the text, and how values are written and read, are SQLAlchemy's own.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar

import sqlalchemy as sa

_Processor = Callable[[Any], Any]
_KINDS = (sa.Select, sa.CompoundSelect, sa.Insert, sa.Update, sa.Delete)


class Found:
    """What a statement gave. Behaves as SQLAlchemy's result does, as far as the store needs it."""

    def __init__(self, rows: Iterator[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def all(self) -> list[Any]:
        """All rows."""
        return list(self._rows)

    def first(self) -> Any:
        """The first row, None without one."""
        return next(self._rows, None)

    def one(self) -> Any:
        """The only row. Raises SQLAlchemy's errors when there is none, or more."""
        rows = list(self._rows)
        if not rows:
            raise sa.exc.NoResultFound("No row was found when one was required")
        if len(rows) > 1:
            raise sa.exc.MultipleResultsFound("Multiple rows were found when exactly one was required")
        return rows[0]

    def scalar(self) -> Any:
        """The first value of the first row, None without one."""
        row = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """The first value of the only row."""
        return self.one()[0]

    def scalars(self) -> Found:
        """The first value of each row."""
        return Found(map(itemgetter(0), self._rows), self.rowcount)


class _Shape:
    """How the rows of a statement are read."""

    def __init__(self, names: Sequence[str], processors: Sequence[_Processor | None]) -> None:
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        self._make = row._make
        self._processed = [(place, process) for place, process in enumerate(processors) if process is not None]

    def row(self, values: Sequence[Any]) -> Any:
        """The values as Python knows them, by the names of their columns."""
        if not self._processed:
            return self._make(values)
        read = [*values]
        for place, process in self._processed:
            read[place] = process(read[place])
        return self._make(read)


@dataclass(frozen=True, slots=True)
class _Bind:
    """One `?`: the parameter it stands for, which of its values when that is a list, and what it is without one."""

    name: str
    place: int | None
    usual: Any
    process: _Processor | None


class _Prepared:
    """One statement with parameters of certain names: its text, and how they are written, in order."""

    def __init__(
        self, text: str, binds: Sequence[_Bind], shape: _Shape | None, given: Iterable[str], *, spreads: bool
    ) -> None:
        self.text = text
        self.shape = shape
        self.spreads = spreads
        names = set(given)
        self._usual = {bind.name: bind.usual for bind in binds if bind.name not in names}
        self._pick = _picker([bind.name for bind in binds])
        self._spread = [(at, bind.place) for at, bind in enumerate(binds) if bind.place is not None]
        self._processed = [(at, bind.process) for at, bind in enumerate(binds) if bind.process is not None]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The parameters as SQLite takes them."""
        values = self._pick({**self._usual, **given} if self._usual else given)
        for at, place in self._spread:
            values[at] = values[at][place]
        for at, process in self._processed:
            values[at] = process(values[at])
        return values


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], list[Any]]:
    """What gives the values of these names, in order."""
    if len(names) < 2:
        return lambda given: [given[name] for name in names]
    pick = itemgetter(*names)
    return lambda given: [*pick(given)]


class PreparedConnection(sa.Connection):
    """A connection of SQLAlchemy that carries out by itself what it has seen before.

    A statement object that comes a second time is one that stays; those that are put together anew for every use are
    carried out as ever, and so are those whose text depends on their values.
    """

    _seen: ClassVar[weakref.WeakValueDictionary[int, Any]] = weakref.WeakValueDictionary()
    _staying: ClassVar[dict[int, tuple[Any, dict[Any, _Prepared | None]]]] = {}
    driver: Any = None
    """The driver's connection, of one that stays open (see lines.py): what SQLAlchemy takes for its transaction does
    not end there."""

    @classmethod
    def keep(cls, statements: Iterable[Any]) -> None:
        """These stay: they are carried out by itself from the first time on."""
        cls._staying.update({id(one): (one, {}) for one in statements if isinstance(one, _KINDS)})

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """The result. Raises what SQLAlchemy raises."""
        several = isinstance(parameters, (list, tuple))
        sample: Mapping[str, Any] = (parameters[0] if several else parameters) if parameters else {}
        nothing = several and not parameters
        prepared = None if nothing or execution_options else self._prepared(statement, sample)
        if prepared is None:
            return super().execute(statement, parameters, execution_options=execution_options)
        driver = self.driver
        if driver is None:
            if not self.in_transaction():
                self.begin()
            driver = self.connection.driver_connection
        try:
            if several:
                cursor = driver.executemany(prepared.text, [prepared.values(one) for one in parameters])
            else:
                cursor = driver.execute(prepared.text, prepared.values(sample))
        except sqlite3.Error as error:
            # Without the parameters: they may hold what a client wrote.
            raise sa.exc.DBAPIError.instance(prepared.text, None, error, sqlite3.Error, dialect=self.dialect) from error
        return Found(map(prepared.shape.row, cursor) if prepared.shape else iter(()), cursor.rowcount)

    def _prepared(self, statement: Any, given: Mapping[str, Any]) -> _Prepared | None:
        known = self._staying.get(id(statement))
        if known is None:
            if self._seen.get(id(statement)) is not statement:
                self._seen[id(statement)] = statement
                return None
            known = self._staying[id(statement)] = statement, {}
        ways = known[1]
        names = tuple(given)
        if names not in ways:
            ways[names] = _prepare(statement, given, self.dialect)
        found = ways[names]
        if found is None or not found.spreads:
            return found
        # Each length of a list is a text of its own.
        lengths = tuple(len(value) if isinstance(value, (list, tuple)) else -1 for value in given.values())
        if (names, lengths) not in ways:
            ways[names, lengths] = _prepare(statement, given, self.dialect)
        return ways[names, lengths]


def _prepare(statement: Any, given: Mapping[str, Any], dialect: Any) -> _Prepared | None:
    """The statement for SQLite; None when SQLAlchemy itself has to make a value or to fetch one."""
    if dialect.name != "sqlite" or not isinstance(statement, _KINDS):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=sorted(given))
    usual = dict(compiled.construct_params(_check=False))
    column: Any
    for column in (*compiled.insert_prefetch, *compiled.update_prefetch):
        if column.default is None or not column.default.is_scalar:
            return None
        usual[column.key] = column.default.arg
    if compiled.literal_execute_params or compiled.effective_returning:
        return None
    text, order = str(compiled), tuple(compiled.positiontup or ())
    processors: dict[str, Any] = dict(compiled._bind_processors)
    listed: dict[str, tuple[str, int]] = {}
    if compiled.post_compile_params:
        spread = compiled._process_parameters_for_postcompile({**usual, **given})
        text, order = spread.statement, tuple(spread.positiontup or ())
        processors.update(spread.processors)
        for name, parts in spread.parameter_expansion.items():
            listed.update({part: (name, place) for place, part in enumerate(parts)})
    binds = tuple(_bind(part, listed, usual, processors) for part in order)
    columns = compiled._result_columns
    read = [column.type._cached_result_processor(dialect, None) for column in columns]
    shape = _Shape([column.keyname for column in columns], read) if columns else None
    return _Prepared(text, binds, shape, given, spreads=bool(compiled.post_compile_params))


def _bind(
    part: str,
    listed: Mapping[str, tuple[str, int]],
    usual: Mapping[str, Any],
    processors: Mapping[str, Any],
) -> _Bind:
    name, place = listed.get(part, (part, None))
    return _Bind(name, place, usual.get(name), processors.get(part))
