"""Who uses what: requests and their counts, models and their columns."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from featurestore.registry.tables.base import IDENTITY, metadata

usage_requests: Final = Table(
    "usage_requests",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("service", Text),
    UniqueConstraint("digest"),
    Index(None, "service"),
    sqlite_autoincrement=True,
)
"""What was asked for: a service as it stood, or (`service` is null) columns of one view by reference."""

usage_columns: Final = Table(
    "usage_columns",
    metadata,
    Column("request_id", ForeignKey("usage_requests.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("feature_column", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Index(None, "view", "feature_column"),
)

usage_counts: Final = Table(
    "usage_counts",
    metadata,
    Column("request_id", ForeignKey("usage_requests.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("principal", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Index(None, "day"),
)
"""`day` counts days since 1970; of months long past, their first day has it all."""

models: Final = Table(
    "models",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("features", Text, nullable=False),
    Column("owner", Text),
    Column("stage", Text),
    Column("bound_by", Text, nullable=False),
    Column("bound_at", BigInteger, nullable=False),
    Column("unbound_by", Text),
    Column("unbound_at", BigInteger),
    Index(None, "name", "version"),
    sqlite_autoincrement=True,
)
"""`unbound_at` is null as long as the model is bound; a name and version have one such row at most."""

model_columns: Final = Table(
    "model_columns",
    metadata,
    Column("model_id", ForeignKey("models.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("feature_column", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, nullable=False),
    Index(None, "view", "feature_column"),
)
