"""Too much at once: breakers that tripped, and the rule of each delivery beside it, so that it can be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "floods",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("whose", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.String(length=24), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("answered_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_floods")),
    )
    op.add_column("deliveries", sa.Column("rule", sa.String(length=80), nullable=False, server_default=""))
    deliveries = sa.table("deliveries", sa.column("rule", sa.String), sa.column("cause", sa.JSON))
    op.execute(deliveries.update().values(rule=sa.func.coalesce(deliveries.c.cause["rule"].as_string(), "")))
    op.create_index("ix_deliveries_rule", "deliveries", ["workspace", "rule", "first_tried_at"], unique=False)
    op.drop_index("ix_deliveries_client", table_name="deliveries")
    op.create_index("ix_deliveries_client", "deliveries", ["client", "first_tried_at"], unique=False)
