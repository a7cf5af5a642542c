"""Segments, bases and the files that they are made of; runs, leases and pins."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from featurestore.registry.tables.base import IDENTITY, metadata

segments: Final = Table(
    "segments",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("range_start", BigInteger, nullable=False),
    Column("range_end", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("statistics", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    Column("superseded_by_version", BigInteger),
    Column("vacuumed_at", BigInteger),
    UniqueConstraint("path"),
    Index(None, "tile_table", "superseded_by_version"),
    sqlite_autoincrement=True,
)

bases: Final = Table(
    "bases",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("leaves", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    UniqueConstraint("path"),
    Index(None, "tile_table", "superseded_at"),
    sqlite_autoincrement=True,
)
"""A cache: `leaves` are those of the segments whose state a base holds, `slots` gives the limbs of each slot."""

late_rows: Final = Table(
    "late_rows",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("range_start", BigInteger, nullable=False),
    Column("range_end", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("lateness", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "tile_table", "recorded_at"),
    sqlite_autoincrement=True,
)
"""`version` is that of the segments that were built again because of them."""

source_files: Final = Table(
    "source_files",
    metadata,
    Column("source_fingerprint", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("null_timestamps", BigInteger, nullable=False),
    Column("days", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)

pins: Final = Table(
    "pins",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fencing", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)
"""`expires_at` is null once the lease was given back."""

runs: Final = Table(
    "runs",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("outcome", Text),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    sqlite_autoincrement=True,
)

erasures: Final = Table(
    "erasures",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("keys", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("leftovers", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Whom it was is told by `digest` alone. `leftovers` are files that hold the entity and that nothing points at any
more; `finished_at` is null until the erasure has reached everything."""
