"""Online rows in HBase, as a configuration has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from definitions.errors import ConfigurationError
from featurestore.config import OnlineConfiguration

if TYPE_CHECKING:
    from online_hbase.store import HBaseOnlineStore


def open_hbase(configuration: OnlineConfiguration) -> HBaseOnlineStore:
    """The store behind the configured Thrift server, which is asked nothing yet.

    Raises:
        ConfigurationError: the libraries are missing.
    """
    try:
        from online_hbase.pool import PoolSettings
        from online_hbase.store import HBaseOnlineStore
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"online.type is hbase and {error.name} is not installed; run: pip install 'featurestore[hbase]'"
        ) from error
    settings = PoolSettings(
        configuration.host, configuration.port, size=configuration.connections, timeout=configuration.timeout
    )
    return HBaseOnlineStore(settings, configuration.table_prefix)
