"""Running Alembic's migrations on a connection, inside the caller's transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from definitions.errors import ConfigurationError
from featurestore.registry.database import shown
from featurestore.registry.revision import NEWEST_REVISION, stored_revision
from featurestore.registry.tables import metadata


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file: where the scripts are, and the connection that `env.py` uses."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> frozenset[str]:
    """The revisions that this code can make and upgrade."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())


def make_anew(connection: Connection, revision: str) -> None:
    """Drop the newest revision's tables with all they hold, and make those of `revision`, which must be a known one."""
    config = configuration(connection)
    metadata.drop_all(connection)
    command.stamp(config, "base")
    command.upgrade(config, revision)


def migrate(connection: Connection) -> None:
    """Run every migration that the database lacks.

    Raises:
        ConfigurationError: the database is of a revision that this code does not know.
    """
    stored = stored_revision(connection)
    if stored is not None and stored not in known_revisions():
        raise ConfigurationError(
            f"the registry {shown(connection.engine.url)} is of revision {stored}, newer than this version's "
            f"{NEWEST_REVISION}; upgrade the featurestore package here"
        )
    command.upgrade(configuration(connection), "head")
