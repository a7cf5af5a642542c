"""What is applied, and the numbers that rooms count by."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint

from featurestore.registry.tables.base import IDENTITY, metadata

counters: Final = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""One number each for `definitions`, `segments`, `generations`, `serving`, `access` and `audit`; its row is that room's
write lock. That of `kept_lookups` is an instant (UTC microseconds): what was looked up by then is taken no more."""

definitions: Final = Table(
    "definitions",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("retired_at", BigInteger),
    UniqueConstraint("kind", "name", "version"),
    sqlite_autoincrement=True,
)

definition_bodies: Final = Table(
    "definition_bodies",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("definition_id", ForeignKey("definitions.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
    Index(None, "definition_id", "id"),
    sqlite_autoincrement=True,
)

applications: Final = Table(
    "applications",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("principal", Text, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
)

kept_versions: Final = Table(
    "kept_versions",
    metadata,
    Column("view", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("kept_by", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
    Column("retired_by", Text),
    Column("retired_at", BigInteger),
    Column("reason", Text),
)
"""Versions of views that go on being published after a later one took their place, until they are retired."""

overrides: Final = Table(
    "overrides",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("overridden_by", Text, nullable=False),
    Column("overridden_at", BigInteger, nullable=False),
    Index(None, "kind", "name"),
    sqlite_autoincrement=True,
)
"""What may be retired although it is in use."""

serving: Final = Table(
    "serving",
    metadata,
    Column("name", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
)
