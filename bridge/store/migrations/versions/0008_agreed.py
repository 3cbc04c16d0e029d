"""What places of one fact last agreed upon, and the values of which not all could be kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "agreed",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=320), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("based", sa.Boolean(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "ref", "field", name=op.f("pk_agreed")),
    )
    op.create_index(op.f("ix_agreed_subject"), "agreed", ["subject"], unique=False)
    op.create_table(
        "conflicts",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("key", name=op.f("uq_conflicts_key")),
    )
    op.create_index(op.f("ix_conflicts_client"), "conflicts", ["client"], unique=False)
