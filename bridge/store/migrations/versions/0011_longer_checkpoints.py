"""Checkpoints of the past of an account whose name is long: `planfix:southoffice:past`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("checkpoints") as table:
        table.alter_column("connector", existing_type=sa.String(length=20), type_=sa.String(length=40))
