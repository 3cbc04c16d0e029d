"""What could not be read of a record when it was read last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("records", sa.Column("unknown", sa.JSON(), nullable=True))
