"""What rows and values are like, what was found of them, and what was accepted all the same."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from featurestore.registry.tables.base import IDENTITY, metadata

findings: Final = Table(
    "findings",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
)

notices: Final = Table(
    "notices",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("logged", Integer, nullable=False),
    Column("claimed_until", BigInteger),
    sqlite_autoincrement=True,
)
"""Findings as they were when they opened or were settled, until that has been told; ids are never used again.
`claimed_until` says until when somebody is telling it."""

profiles: Final = Table(
    "profiles",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("instant", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs", Text, nullable=False),
    Column("statistics", Text, nullable=False),
    Column("measured_at", BigInteger, nullable=False),
)
"""A cache: what a source's day, or a view's values at a boundary, are like; `inputs` tells what was measured."""

profile_references: Final = Table(
    "profile_references",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("of", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""What profiles of a column are held against: frozen, so that they can be compared with each other."""

acceptances: Final = Table(
    "acceptances",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("instant", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
)
"""What broke an expectation and goes on all the same, as long as it is made of the same `inputs`."""

kept_lookups: Final = Table(
    "kept_lookups",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("generation_id", BigInteger, nullable=False),
    Column("entity_key", LargeBinary, nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("version", BigInteger),
    Column("value", LargeBinary),
    Column("looked_up_at", BigInteger, nullable=False),
    Index(None, "view", "id"),
    Index(None, "looked_up_at"),
    sqlite_autoincrement=True,
)
"""Online rows as they were served. Where the entity had none, `version` and `value` are null and `boundary` is up to
where the view was complete. They are of the online rows of one store, and personal: no backup has them."""
