"""Tables of HBase, by its Admin API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from online_hbase.gateway import open_gateway, told_in_words
from online_hbase.regions import Region
from online_hbase.site import Site
from online_hbase.table_layout import FAMILY, LAYOUT_COLUMN, LAYOUT_ROW, VERSION, split_points

_PAUSE: Final = 0.1
_SILENT: Final = 4
_SECONDS_TO_COMPACT: Final = 600.0
_UNREADY: Final = ("splittable", "mergeable", "eference")
"""What HBase says, among other words, of a region that has to be compacted first."""


@dataclass(frozen=True)
class Snapshot:
    """A table as it was `taken_at` (UTC microseconds)."""

    name: str
    taken_at: int


class HBaseAdmin:
    """Calls of one gateway; each raises `OnlineStoreError` in HBase's words where it refuses."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self._java = gateway.jvm
        self._hbase = gateway.jvm.org.apache.hadoop.hbase
        with told_in_words("connecting to HBase"):
            self.configuration = self._hbase.HBaseConfiguration.create()
            self._connection = self._hbase.client.ConnectionFactory.createConnection(self.configuration)
            self._admin = self._connection.getAdmin()

    def is_ready(self) -> bool:
        """Whether the master takes orders."""
        from py4j.protocol import Py4JJavaError

        try:
            self._admin.listNamespaceDescriptors()
        except Py4JJavaError:
            return False
        return True

    def has_table(self, table: str) -> bool:
        with told_in_words(f"looking for the table {table}"):
            return bool(self._admin.tableExists(self._named(table)))

    def create_table(self, table: str, prefixes: int) -> None:
        """Make a table for online rows, split at its prefixes, and write down what it is.

        One version a cell, as the newest wins; a Bloom filter of rows, as most files lack most rows; an index in each
        block, by which a read takes half as long as with FAST_DIFF, for a quarter more bytes.
        """
        hbase = self._hbase
        with told_in_words(f"making the table {table}"):
            family = (
                hbase.client.ColumnFamilyDescriptorBuilder.newBuilder(FAMILY)
                .setMaxVersions(1)
                .setBloomFilterType(hbase.regionserver.BloomType.ROW)
                .setDataBlockEncoding(hbase.io.encoding.DataBlockEncoding.ROW_INDEX_V1)
                .build()
            )
            descriptor = hbase.client.TableDescriptorBuilder.newBuilder(self._named(table)).setColumnFamily(family)
            self._admin.createTable(descriptor.build(), self._arrays(split_points(prefixes)))
            self._put(table, LAYOUT_ROW, LAYOUT_COLUMN, b"%d %d" % (VERSION, prefixes))

    def drop_table(self, table: str) -> None:
        """Remove a table and all its rows."""
        with told_in_words(f"removing the table {table}"):
            named = self._named(table)
            if self._admin.isTableEnabled(named):
                self._admin.disableTable(named)
            self._admin.deleteTable(named)

    def load_cells(self, table: str, folder: Path, output: str, replacing: bool) -> int:
        """Make HFiles at the URL `output` of the cells in a folder of this machine, and have HBase adopt them."""
        with told_in_words(f"loading HFiles into {table}"):
            return int(
                self._java.HFiles.load(self.configuration, self._admin, table, FAMILY, str(folder), output, replacing)
            )

    def flush(self, table: str) -> None:
        """Write what is in memory to files."""
        with told_in_words(f"flushing {table}"):
            self._admin.flush(self._named(table))

    def compact(self, table: str) -> None:
        """Put the files of each region together, and be rid of what is deleted; returns when it is done."""
        with told_in_words(f"compacting {table}"):
            named = self._named(table)
            self._admin.majorCompact(named)
            self._wait_until_silent(partial(self._admin.getCompactionState, named))

    def enable(self, table: str, enabled: bool) -> None:
        """Let a table be read and written, or not."""
        with told_in_words(f"{'enabling' if enabled else 'disabling'} {table}"):
            (self._admin.enableTable if enabled else self._admin.disableTable)(self._named(table))

    def servers(self) -> list[str]:
        """The region servers that are alive, by host and port."""
        with told_in_words("asking for the region servers"):
            return sorted(server.getAddress().toString() for server in self._live_servers())

    def regions(self, table: str) -> list[Region]:
        """The regions of a table in the order of their rows, with what HBase counts of them."""
        with told_in_words(f"asking for the regions of {table}"):
            named = self._named(table)
            counted = {
                bytes(metrics.getRegionName()): (server.getAddress().toString(), metrics)
                for server in self._live_servers()
                for metrics in self._admin.getRegionMetrics(server, named)
            }
            found = []
            for info in self._admin.getRegions(named):
                held = counted.get(bytes(info.getRegionName()))
                # One that is on its way to a server is nobody's to count.
                if held is not None:
                    found.append(self._region(info, *held))
        return sorted(found, key=lambda region: region.start)

    def merge(self, regions: Sequence[Region]) -> None:
        """Make neighbours one region; returns when it serves."""
        names = [region.name.encode() for region in regions]
        with told_in_words(f"merging {len(regions)} regions"):
            self._when_compacted(names, lambda: self._admin.mergeRegionsAsync(self._arrays(names), False).get())

    def split(self, region: Region) -> None:
        """Make a region two at its middle; returns when both serve."""
        name = region.name.encode()
        with told_in_words(f"splitting the region {region.name}"):
            self._admin.flushRegion(name)
            self._when_compacted([name], lambda: self._admin.splitRegionAsync(name).get())

    def snapshot(self, table: str, name: str) -> None:
        """Keep a table as it is now under a name; no row is copied."""
        with told_in_words(f"taking the snapshot {name}"):
            self._admin.snapshot(name, self._named(table))

    def snapshots(self, table: str) -> list[Snapshot]:
        """Those of a table, oldest first."""
        with told_in_words(f"asking for the snapshots of {table}"):
            found = [
                Snapshot(item.getName(), item.getCreationTime() * 1000)
                for item in self._admin.listSnapshots()
                if item.getTableName().getNameAsString() == table
            ]
        return sorted(found, key=lambda snapshot: snapshot.taken_at)

    def restore_snapshot(self, table: str, name: str) -> None:
        """Make a table what it was; it cannot be read meanwhile. What it is now is kept in a snapshot of HBase's own
        until this is done."""
        with told_in_words(f"restoring the snapshot {name}"):
            named = self._named(table)
            self._admin.disableTable(named)
            try:
                self._admin.restoreSnapshot(name, True)
            finally:
                self._admin.enableTable(named)

    def delete_snapshot(self, name: str) -> None:
        with told_in_words(f"deleting the snapshot {name}"):
            self._admin.deleteSnapshot(name)

    def close(self) -> None:
        self._connection.close()

    def _put(self, table: str, row: bytes, column: bytes, value: bytes) -> None:
        family, qualifier = column.split(b":", 1)
        opened = self._connection.getTable(self._named(table))
        try:
            opened.put(self._hbase.client.Put(row).addColumn(family, qualifier, value))
        finally:
            opened.close()

    def _live_servers(self) -> Any:
        return self._admin.getClusterMetrics().getLiveServerMetrics().keySet()

    def _region(self, info: Any, server: str, metrics: Any) -> Region:
        byte = self._hbase.Size.Unit.BYTE
        return Region(
            name=info.getEncodedName(),
            server=server,
            start=bytes(info.getStartKey()),
            end=bytes(info.getEndKey()),
            files=metrics.getStoreFileCount(),
            file_bytes=int(metrics.getStoreFileSize().get(byte)),
            memory_bytes=int(metrics.getMemStoreSize().get(byte)),
            reads=metrics.getReadRequestCount(),
            writes=metrics.getWriteRequestCount(),
        )

    def _when_compacted(self, regions: Sequence[bytes], change: Callable[[], object]) -> None:
        """Change regions that may still read files of those that they were made of, which HBase refuses: a compaction
        makes the files their own, and it is over when HBase says so."""
        from py4j.protocol import Py4JJavaError

        deadline = time.monotonic() + _SECONDS_TO_COMPACT
        while True:
            try:
                change()
            except Py4JJavaError as error:
                refused = str(error.java_exception)
                if not any(word in refused for word in _UNREADY) or time.monotonic() > deadline:
                    raise
            else:
                return
            for region in regions:
                self._admin.majorCompactRegion(region)
                self._wait_until_silent(partial(self._admin.getCompactionStateForRegion, region))

    @staticmethod
    def _wait_until_silent(state: Callable[[], Any]) -> None:
        # It begins when the servers come to it, and nobody says that it is over but by being silent for a while.
        silent = 0
        while silent < _SILENT:
            time.sleep(_PAUSE)
            silent = silent + 1 if state().toString() == "NONE" else 0

    def _named(self, table: str) -> Any:
        return self._hbase.TableName.valueOf(table)

    def _arrays(self, items: Sequence[bytes]) -> Any:
        """A `byte[][]` of Java."""
        array = self._gateway.new_array(self._java.byte, len(items), 0)
        for position, item in enumerate(items):
            array[position] = item
        return array


@contextmanager
def open_admin(site: Site) -> Iterator[HBaseAdmin]:
    """The Admin API of the HBase behind a gateway."""
    with open_gateway(site) as gateway:
        admin = HBaseAdmin(gateway)
        try:
            yield admin
        finally:
            admin.close()
