"""Online rows in HBase, as a configuration has it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from definitions.errors import ConfigurationError
from featurestore.config import Configuration
from featurestore.hbase_access import can_load_files, open_admin

if TYPE_CHECKING:
    from online_hbase.store import HBaseOnlineStore


def open_hbase(configuration: Configuration) -> HBaseOnlineStore:
    """The store behind the configured Thrift server, which is asked nothing yet.

    Raises:
        ConfigurationError: the libraries are missing.
    """
    try:
        from online_hbase.pool import PoolSettings
        from online_hbase.store import BulkAccess, HBaseOnlineStore
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"online.type is hbase and {error.name} is not installed; run: pip install 'featurestore[hbase]'"
        ) from error
    online = configuration.online
    settings = PoolSettings(online.host, online.port, size=online.connections, timeout=online.timeout)
    bulk = BulkAccess(partial(open_admin, configuration), online.staging) if can_load_files(configuration) else None
    return HBaseOnlineStore(settings, online.table_prefix, bulk)
