"""By what things can be told to be the same person's, each with an index: phones, e-mails, links."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_REF = ("workspace", "system", "account", "kind", "remote_id")
_SHORT_LINK = re.compile(r"[A-Za-z0-9]{4,40}")


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("remote_id", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace", "what", "value", "system", "account", "kind", "remote_id", name=op.f("pk_keys")
        ),
    )
    op.create_index("ix_keys_thing", "keys", [*_REF], unique=False)
    op.create_index("ix_links_kind", "links", ["workspace", "system", "kind", "remote_id"], unique=False)
    op.drop_index("ix_records_url", table_name="records")
    _fill_links()


def _fill_links() -> None:
    """What is found by its address is found at once; phones and e-mails come with the next reading."""
    columns = (*_REF, "url")
    records = sa.table("records", *(sa.column(name, sa.String) for name in columns), sa.column("deleted", sa.Boolean))
    keys = sa.table("keys", *(sa.column(name, sa.String) for name in ("what", "value", *_REF)))
    bind = op.get_bind()
    living = sa.select(*(records.c[name] for name in columns)).where(records.c.deleted.is_(False), records.c.url != "")
    rows = []
    for record in bind.execute(living):
        parts = re.split("[?#]", record.url.partition("://")[2])[0].split("/")[1:]
        links = {part for part in parts if _SHORT_LINK.fullmatch(part)} - {record.kind, record.remote_id}
        ref = {name: getattr(record, name) for name in _REF}
        rows += [{**ref, "what": "link", "value": link} for link in sorted(links)]
    if rows:
        bind.execute(keys.insert(), rows)
