"""Deliveries that survive anything: catch-up, alarms, stops, erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_index("ix_timers_state_due", table_name="timers")
    op.create_index("ix_timers_state_due", "timers", ["workspace", "state", "due"], unique=False)
    op.drop_index("ix_deliveries_state_next", table_name="deliveries")
    op.create_index("ix_deliveries_state_next", "deliveries", ["workspace", "state", "next_at"], unique=False)
    op.drop_index("ix_deliveries_lane", table_name="deliveries")
    op.create_index("ix_deliveries_lane", "deliveries", ["lane", "state", "n"], unique=False)
    claimable = ["workspace", "connector", "state", "next_at", "lane"]
    op.create_index("ix_deliveries_connector", "deliveries", claimable, unique=False)
    op.create_index(op.f("ix_subjects_parent"), "subjects", ["parent"], unique=False)
    op.create_index("ix_edges_subject", "edges", ["subject"], unique=False)
    op.create_index("ix_runs_subject", "runs", ["subject"], unique=False)
    op.create_index(op.f("ix_expected_delivery"), "expected", ["delivery"], unique=False)
    op.add_column("deliveries", sa.Column("background", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("deliveries", sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("deliveries", sa.Column("together", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("sources", sa.Column("fault", sa.String(length=12), nullable=False, server_default=""))
    op.create_table(
        "alarms",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.String(length=32), nullable=True),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("mended_at", sa.String(length=32), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "kind", "about", name=op.f("pk_alarms")),
    )
    op.create_table(
        "stops",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "scope", "about", name=op.f("pk_stops")),
    )
    op.create_table(
        "erasures",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_erasures")),
    )
