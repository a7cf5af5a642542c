"""What columns are, what of them was waived, and what was looked for in vain."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text

from featurestore.registry.tables.base import IDENTITY, metadata

feature_columns: Final = Table(
    "feature_columns",
    metadata,
    Column("view", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("timeline", Text, nullable=False),
    Column("window", BigInteger),
    Column("tile_table", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("formula", Text, nullable=False),
    Column("reads", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    Column("visibility", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("services", Text, nullable=False),
    Index(None, "timeline", "window"),
    Index(None, "tile_table"),
    Index(None, "formula"),
)
"""A cache: what is said of every column of the applied views, for whoever looks for one."""

indexed: Final = Table(
    "indexed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""Up to which application `feature_columns` says what is applied."""

waivers: Final = Table(
    "waivers",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("column", Text, nullable=False),
    Column("instead_of", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("team", Text),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "column"),
    sqlite_autoincrement=True,
)
"""Why `column` (`view:column`) was built although `instead_of` (an expression) is there. `kind` is `waiver` or
`broken glass`; one that is not approved yet does not hold."""

reuse_modes: Final = Table(
    "reuse_modes",
    metadata,
    Column("team", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

unmet_searches: Final = Table(
    "unmet_searches",
    metadata,
    Column("words", Text, primary_key=True),
    Column("times", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
"""What was looked for and not found: demand."""
