"""What the conditions of statements are put together from."""

from __future__ import annotations

import sqlalchemy as sa

P = sa.bindparam


def same(table: sa.Table, *names: str) -> list[sa.ColumnElement[bool]]:
    """The row or rows in which these columns have the values of the parameters called alike."""
    return [table.c[name] == P(name) for name in names]
