"""Tables of HBase, by its Admin API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from online_hbase.gateway import open_gateway, told_in_words
from online_hbase.local import Site
from online_hbase.table_layout import FAMILY, LAYOUT_COLUMN, LAYOUT_ROW, VERSION, split_points

_PAUSE: Final = 0.1
_SILENT: Final = 4


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

        One version a cell, as the newest wins; a Bloom filter of rows, as most files lack most rows; neighbouring keys
        share their beginnings, which FAST_DIFF writes once.
        """
        hbase = self._hbase
        with told_in_words(f"making the table {table}"):
            family = (
                hbase.client.ColumnFamilyDescriptorBuilder.newBuilder(FAMILY)
                .setMaxVersions(1)
                .setBloomFilterType(hbase.regionserver.BloomType.ROW)
                .setDataBlockEncoding(hbase.io.encoding.DataBlockEncoding.FAST_DIFF)
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
            # It begins when the servers come to it, and nobody says that it is over but by being silent for a while.
            silent = 0
            while silent < _SILENT:
                time.sleep(_PAUSE)
                silent = silent + 1 if self._admin.getCompactionState(named).toString() == "NONE" else 0

    def enable(self, table: str, enabled: bool) -> None:
        """Let a table be read and written, or not."""
        with told_in_words(f"{'enabling' if enabled else 'disabling'} {table}"):
            (self._admin.enableTable if enabled else self._admin.disableTable)(self._named(table))

    def close(self) -> None:
        self._connection.close()

    def _put(self, table: str, row: bytes, column: bytes, value: bytes) -> None:
        family, qualifier = column.split(b":", 1)
        opened = self._connection.getTable(self._named(table))
        try:
            opened.put(self._hbase.client.Put(row).addColumn(family, qualifier, value))
        finally:
            opened.close()

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
