"""The first tables: definitions, segments, leases, source files, generations, runs, serving."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTERS = ("definitions", "segments", "generations", "serving")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_applications")),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "definitions",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definitions")),
        sa.UniqueConstraint("kind", "name", "version", name=op.f("uq_definitions_kind_name_version")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "generations",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=True),
        sa.Column("segments_version", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generations")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_generations_view_state"), "generations", ["view", "state"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fencing", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "pins",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "segments",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("tile_table", sa.Text(), nullable=False),
        sa.Column("range_start", sa.BigInteger(), nullable=False),
        sa.Column("range_end", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("statistics", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("path", name=op.f("uq_segments_path")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_segments_tile_table_superseded_by_version"),
        "segments",
        ["tile_table", "superseded_by_version"],
        unique=False,
    )
    op.create_table(
        "serving",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_serving")),
    )
    op.create_table(
        "source_files",
        sa.Column("source_fingerprint", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("null_timestamps", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_fingerprint", "path", name=op.f("pk_source_files")),
    )
    op.create_table(
        "definition_bodies",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("definition_id", IDENTITY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["definition_id"], ["definitions.id"], name=op.f("fk_definition_bodies_definition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_bodies")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_definition_bodies_definition_id_id"), "definition_bodies", ["definition_id", "id"], unique=False
    )
    op.create_table(
        "publishes",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("generation_id", IDENTITY, nullable=False),
        sa.Column("boundary", sa.BigInteger(), nullable=False),
        sa.Column("segments_version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["generation_id"], ["generations.id"], name=op.f("fk_publishes_generation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_publishes_generation_id_state"), "publishes", ["generation_id", "state"], unique=False)
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in COUNTERS])
