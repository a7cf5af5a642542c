"""Which online store a configuration means."""

from __future__ import annotations

from featurestore.config import OnlineConfiguration
from featurestore.online.protocol import OnlineStore


def open_online_store(configuration: OnlineConfiguration) -> OnlineStore:
    """The online store; each loads its own libraries only.

    Raises:
        ConfigurationError: it cannot be opened, or its extra is not installed.
    """
    if configuration.type == "hbase":
        from featurestore.online.hbase import open_hbase

        return open_hbase(configuration)
    from featurestore.online.sqlite import SqliteOnlineStore

    return SqliteOnlineStore(configuration.path)
