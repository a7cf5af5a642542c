"""What people do with the HBase that holds a store's online rows: `FeatureStore.hbase`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.config import Configuration
from featurestore.context import Progress, no_progress
from featurestore.hbase_access import local_folder, open_admin
from featurestore.online.hbase import open_hbase
from online_hbase.regions import RegionMerge, RegionSplit

if TYPE_CHECKING:
    from online_hbase.admin import HBaseAdmin, Snapshot
    from online_hbase.pool_metrics import Latency
    from online_hbase.regions import RegionLoad

_NO_GENERATION: Final = (1 << 32) - 1
"""One that no registry ever counts to: look-ups in it go all the way and find nothing."""


@dataclass(frozen=True)
class LocalHBase:
    """A HBase of one node that runs on this machine: where its Thrift server listens, the table of the store's online
    rows, and the folder with its data and logs."""

    host: str
    port: int
    table: str
    folder: Path


@dataclass(frozen=True)
class HBaseStatus:
    """How the table of online rows is: the region servers, its regions with their loads, the names of those that are
    hot, and how long look-ups of ours take."""

    table: str
    servers: tuple[str, ...]
    regions: tuple[RegionLoad, ...]
    hot: tuple[str, ...]
    reads: Latency


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
        from online_hbase.local import start
        from online_hbase.site import HOST

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

    def status(self, seconds: float = 1.0, probes: int = 50) -> HBaseStatus:
        """How the table is: what its regions hold and are asked within some seconds, and how long a look-up of ours
        takes, of as many as `probes`."""
        from online_hbase.pool_metrics import Latency
        from online_hbase.regions import find_hot, measure_loads

        with open_admin(self.configuration) as admin:
            before, started = admin.regions(self.table), time.monotonic()
            online = open_hbase(self.configuration)
            for number in range(probes):
                online.read(_NO_GENERATION, [b"%d" % number])
            reads = online.pool.metrics.latencies.get("read", Latency(0, 0.0, 0.0, 0.0))
            online.close()
            time.sleep(max(0.0, seconds - (time.monotonic() - started)))
            loads = measure_loads(before, admin.regions(self.table), time.monotonic() - started)
            hot = tuple(load.region.name for load in find_hot(loads))
            return HBaseStatus(self.table, tuple(admin.servers()), tuple(loads), hot, reads)

    def plan_regions(
        self, merge_small: bool, split_hot: bool, target: int | None = None, seconds: float = 5.0
    ) -> list[RegionMerge | RegionSplit]:
        """What would bring the table's regions towards `target` bytes each (1 GiB if not given): small neighbours
        merged, hot and large ones split; what is hot, some seconds of requests tell."""
        from online_hbase.regions import TARGET_BYTES, measure_loads, plan_merges, plan_splits

        wanted = TARGET_BYTES if target is None else target
        with open_admin(self.configuration) as admin:
            regions = admin.regions(self.table)
            plan: list[RegionMerge | RegionSplit] = []
            if split_hot:
                time.sleep(seconds)
                plan += plan_splits(measure_loads(regions, admin.regions(self.table), seconds), wanted)
            if merge_small:
                split = {change.region.name for change in plan if isinstance(change, RegionSplit)}
                others = [region for region in regions if region.name not in split]
                plan += plan_merges(others, wanted, at_least=len(admin.servers()))
            return plan

    def change_regions(self, plan: Sequence[RegionMerge | RegionSplit], progress: Progress | None = None) -> None:
        """Do what a plan says, one change after another; rows stay, and are served meanwhile."""
        told = progress or no_progress
        with open_admin(self.configuration) as admin:
            for number, change in enumerate(plan):
                told(number / len(plan), change.reason)
                if isinstance(change, RegionMerge):
                    admin.merge(change.regions)
                else:
                    admin.split(change.region)

    def compact(self) -> None:
        """Put each region's files together and be rid of what was replaced or dropped; returns when it is done."""
        with open_admin(self.configuration) as admin:
            admin.flush(self.table)
            admin.compact(self.table)

    def take_snapshot(self, name: str | None = None) -> Snapshot:
        """Keep the table as it is now, under a name that says when, if none is given; no row is copied."""
        with open_admin(self.configuration) as admin:
            chosen = name or f"{self.table}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
            admin.snapshot(self.table, chosen)
            return next(item for item in admin.snapshots(self.table) if item.name == chosen)

    def snapshots(self) -> list[Snapshot]:
        """Snapshots of the table, oldest first."""
        with open_admin(self.configuration) as admin:
            return admin.snapshots(self.table)

    def restore_snapshot(self, name: str) -> None:
        """Make the table what it was when a snapshot was taken; look-ups fail meanwhile."""
        with open_admin(self.configuration) as admin:
            self._check_snapshot(admin, name)
            admin.restore_snapshot(self.table, name)

    def delete_snapshot(self, name: str) -> None:
        """Let a snapshot go."""
        with open_admin(self.configuration) as admin:
            self._check_snapshot(admin, name)
            admin.delete_snapshot(name)

    def _check_snapshot(self, admin: HBaseAdmin, name: str) -> None:
        names = [item.name for item in admin.snapshots(self.table)]
        if name not in names:
            raise RequestError(f"there is no snapshot {name!r} of {self.table}; {suggest(name, names, 'snapshots')}")

    @property
    def table(self) -> str:
        """The table of the store's online rows."""
        from online_hbase.table_layout import table_name

        return table_name(self.configuration.online.table_prefix)
