"""Which migration a registry's tables are of."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect, text

NEWEST_REVISION: Final = "0012"
"""The migration that this code's tables are of."""


def stored_revision(connection: Connection) -> str | None:
    """The migration that the database is of; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
