"""Segments that vacuum deleted keep their record, so that earlier versions can say what is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("vacuumed_at", sa.BigInteger(), nullable=True))
