"""What is online: generations, their publishes, and holds."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from featurestore.registry.tables.base import IDENTITY, metadata

generations: Final = Table(
    "generations",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("watermark", BigInteger),
    Column("segments_version", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("record", LargeBinary),
    Index(None, "view", "state"),
    sqlite_autoincrement=True,
)
"""`record` is the serving record under which it was served last; null if it never was."""

publishes: Final = Table(
    "publishes",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("generation_id", ForeignKey("generations.id"), nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("segments_version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index(None, "generation_id", "state"),
    sqlite_autoincrement=True,
)

holds: Final = Table(
    "holds",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("generation_id", ForeignKey("generations.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("released_by", Text),
    Column("released_at", BigInteger),
    Index(None, "view", "released_at"),
    sqlite_autoincrement=True,
)
"""`released_at` is null as long as the hold is on; a view has one such row at most."""
