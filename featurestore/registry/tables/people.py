"""People, teams, tokens, rights and the audit."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from featurestore.registry.tables.base import IDENTITY, metadata

principals: Final = Table(
    "principals",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("left_at", BigInteger),
)
"""People and services; whoever left stays, so that what they did keeps its name."""

teams: Final = Table(
    "teams",
    metadata,
    Column("name", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column("team", ForeignKey("teams.name"), primary_key=True),
    Column("principal", ForeignKey("principals.name"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("given_by", Text, nullable=False),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("principal", ForeignKey("principals.name"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text),
    Index(None, "principal"),
)
"""`digest` is the SHA-256 of the secret, which is stored nowhere."""

access_requests: Final = Table(
    "access_requests",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("access_right", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("grantee_kind", Text, nullable=False),
    Column("grantee", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("decision", Text),
    Index(None, "state"),
    sqlite_autoincrement=True,
)
"""`expires_at` is when what is asked for is to end; `decision` is why it was decided so."""

grants: Final = Table(
    "grants",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("request_id", ForeignKey("access_requests.id"), nullable=False),
    Column("access_right", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("grantee_kind", Text, nullable=False),
    Column("grantee", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("self_approved", Integer, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text),
    Column("revocation", Text),
    Index(None, "revoked_at"),
    sqlite_autoincrement=True,
)

declassifications: Final = Table(
    "declassifications",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", BigInteger, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", BigInteger),
    Index(None, "reference"),
    sqlite_autoincrement=True,
)
"""Of the computation with the fingerprint alone: another one under the same reference is tagged again."""

audit: Final = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("principal", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("seal", LargeBinary),
)
"""Append-only. `seal` chains an entry to the one before by a key that is not here; null until it is sealed."""
