"""The content of files on outside things, so that one file is hung on each of them once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("thing", sa.String(length=320), nullable=False),
        sa.Column("file", sa.String(length=320), nullable=False),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "thing", "file", name=op.f("pk_files")),
    )
