"""What people do with the HBase that holds a store's online rows: `FeatureStore.hbase`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from featurestore.config import Configuration
from featurestore.hbase_access import local_folder, open_admin


@dataclass(frozen=True)
class LocalHBase:
    """A HBase of one node that runs on this machine: where its Thrift server listens, the table of the store's online
    rows, and the folder with its data and logs."""

    host: str
    port: int
    table: str
    folder: Path


@dataclass(frozen=True)
class HBaseOperations:
    """Operations on the HBase of a configuration. Those of its Admin API go to the local HBase, if one runs in the
    repository, or to the one whose ZooKeeper is configured."""

    configuration: Configuration

    def up(self) -> LocalHBase:
        """Start a HBase of one node in the repository, on loopback addresses, with the store's table; it goes on when
        this process ends. The first time its jars are fetched through Maven.

        Raises:
            ConfigurationError: Java or Maven is missing; names the packages. Or the port is somebody else's.
            OnlineStoreError: it does not start; names its log.
        """
        from online_hbase.local import HOST, start

        site = start(local_folder(self.configuration), self.configuration.online.port)
        self.create_table()
        return LocalHBase(HOST, site.ports.thrift, self.table, local_folder(self.configuration))

    def down(self) -> bool:
        """Stop what `up` started, and keep its data; False if nothing runs."""
        from online_hbase.local import stop

        return stop(local_folder(self.configuration))

    def create_table(self, regions: int | None = None) -> bool:
        """Make the table of the store's online rows, in `regions` regions; False if it is there already."""
        from online_hbase.table_layout import PREFIXES

        with open_admin(self.configuration) as admin:
            if admin.has_table(self.table):
                return False
            admin.create_table(self.table, PREFIXES if regions is None else regions)
            return True

    @property
    def table(self) -> str:
        """The table of the store's online rows."""
        from online_hbase.table_layout import table_name

        return table_name(self.configuration.online.table_prefix)
