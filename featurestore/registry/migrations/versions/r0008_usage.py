"""Who uses what: counts of fetches and look-ups, models and the features they are bound to, versions kept online."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_usage()
    _make_models()
    _make_versions()


def _make_usage() -> None:
    op.create_table(
        "usage_requests",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_requests")),
        sa.UniqueConstraint("digest", name=op.f("uq_usage_requests_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_usage_requests_service"), "usage_requests", ["service"], unique=False)
    op.create_table(
        "usage_columns",
        sa.Column("request_id", IDENTITY, nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("feature_column", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["usage_requests.id"], name=op.f("fk_usage_columns_request_id")),
        sa.PrimaryKeyConstraint(
            "request_id", "view", "feature_column", "fingerprint", name=op.f("pk_usage_columns")
        ),
    )
    op.create_index(
        op.f("ix_usage_columns_view_feature_column"), "usage_columns", ["view", "feature_column"], unique=False
    )
    op.create_table(
        "usage_counts",
        sa.Column("request_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["usage_requests.id"], name=op.f("fk_usage_counts_request_id")),
        sa.PrimaryKeyConstraint("request_id", "kind", "day", "principal", name=op.f("pk_usage_counts")),
    )
    op.create_index(op.f("ix_usage_counts_day"), "usage_counts", ["day"], unique=False)


def _make_models() -> None:
    op.create_table(
        "models",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column("unbound_by", sa.Text(), nullable=True),
        sa.Column("unbound_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_models_name_version"), "models", ["name", "version"], unique=False)
    op.create_table(
        "model_columns",
        sa.Column("model_id", IDENTITY, nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("feature_column", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_model_columns_model_id")),
        sa.PrimaryKeyConstraint("model_id", "view", "feature_column", "version", name=op.f("pk_model_columns")),
    )
    op.create_index(op.f("ix_model_columns_view_feature_column"), "model_columns", ["view", "feature_column"])


def _make_versions() -> None:
    op.create_table(
        "kept_versions",
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_by", sa.Text(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("view", "version", name=op.f("pk_kept_versions")),
    )
    op.create_table(
        "overrides",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("overridden_by", sa.Text(), nullable=False),
        sa.Column("overridden_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_overrides_kind_name"), "overrides", ["kind", "name"])
