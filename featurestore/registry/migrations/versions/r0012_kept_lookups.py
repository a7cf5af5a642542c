"""Look-ups that are kept, to be recomputed; those of before the instant in the counter are taken no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEGINNING = -(2**62)


def upgrade() -> None:
    counters = sa.table("counters", sa.column("name", sa.Text()), sa.column("value", sa.BigInteger()))
    op.bulk_insert(counters, [{"name": "kept_lookups", "value": BEGINNING}])
    op.create_table(
        "kept_lookups",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("generation_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_key", sa.LargeBinary(), nullable=False),
        sa.Column("boundary", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("looked_up_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_lookups")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_kept_lookups_view_id"), "kept_lookups", ["view", "id"], unique=False)
    op.create_index(op.f("ix_kept_lookups_looked_up_at"), "kept_lookups", ["looked_up_at"], unique=False)
