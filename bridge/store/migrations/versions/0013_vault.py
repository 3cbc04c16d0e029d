"""Accesses that clients hand over: sealed boxes, and the digests of the links by which they come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "accesses",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.String(length=32)),
        sa.Column("settled_at", sa.String(length=32)),
        sa.Column("settled_by", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.String(length=32)),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accesses")),
    )
    op.create_index(op.f("ix_accesses_subject"), "accesses", ["subject"])
    op.create_table(
        "access_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.String(length=32)),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_links")),
    )
    op.create_index(op.f("ix_access_links_subject"), "access_links", ["subject"])
