"""Which online store a configuration means."""

from __future__ import annotations

from featurestore.config import Configuration
from featurestore.online.protocol import OnlineStore


def open_online_store(configuration: Configuration) -> OnlineStore:
    """The online store; each loads its own libraries only.

    Raises:
        ConfigurationError: it cannot be opened, or its extra is not installed.
    """
    if configuration.online.type == "hbase":
        from featurestore.online.hbase import open_hbase

        return open_hbase(configuration)
    from featurestore.online.sqlite import SqliteOnlineStore

    return SqliteOnlineStore(configuration.online.path)
