"""Bases: the state of all-history slots before an instant, made of segments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bases",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("tile_table", sa.Text(), nullable=False),
        sa.Column("boundary", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.Column("leaves", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bases")),
        sa.UniqueConstraint("path", name=op.f("uq_bases_path")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bases_tile_table_superseded_at"), "bases", ["tile_table", "superseded_at"], unique=False)
