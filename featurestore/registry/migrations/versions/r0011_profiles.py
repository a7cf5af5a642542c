"""Profiles of rows and values, what they are held against, and what was accepted although it breaks an expectation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("instant", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("statistics", sa.Text(), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "instant", name=op.f("pk_profiles")),
    )
    op.create_table(
        "profile_references",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "of", name=op.f("pk_profile_references")),
    )
    op.create_table(
        "acceptances",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("instant", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "instant", "inputs", name=op.f("pk_acceptances")),
    )
