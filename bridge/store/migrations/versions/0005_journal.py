"""The journal: what was read, bound and planned, each with what stood there before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_about", "journal", ["about", "n"])
    op.create_index("ix_journal_at", "journal", ["at"])
