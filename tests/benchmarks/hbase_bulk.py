"""Many rows from a Parquet file into HBase: as HFiles, against batches through Thrift."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from builders.request import RequestedColumn
from definitions.online_row import OnlineRow
from featurestore.online.codec import KeyEncoder
from featurestore.packed_rows import AT, pack_rows
from online_hbase.admin import HBaseAdmin, open_admin
from online_hbase.gateway import open_gateway
from online_hbase.site import Site
from online_hbase.store import BULK_ROWS, BulkAccess, HBaseOnlineStore
from online_hbase.table_layout import PREFIXES
from tests.benchmarks import datasets, repositories
from tests.benchmarks.hbase_views import FEATURES
from tests.benchmarks.report import Figure, interleave
from tests.online_hbase.servers import settings_of

_ROWS: Final = 5_000_000
_THRIFT_SHARE: Final = 10
"""Batches are as fast at the end as at the beginning, so that a tenth of the rows tells their rate."""
_ROUNDS: Final = 3
_GENERATION: Final = 1
_COMPARED: Final = 1_000

PARTS: Final = ("packing", "cells", "hfiles", "batches")
"""Reading and packing rows, on either way; then what a load does, the adoption of HFiles with them; then batches."""
ON_DISK: Final = "bytes_a_row"


def bulk_figures(site: Site, scale: float) -> list[Figure]:
    """Rows a second of either way, from the file to when they can be read; beside them those of each part, and what a
    row takes on disk."""
    rows = int(_ROWS * scale)
    file = datasets.profiles(rows, FEATURES)
    folder = repositories.profiles_repository("hbase_bulk", rows, FEATURES)
    columns = repositories.applied_store(folder)._context.applied().resolve(["profile:*"])
    adopting: list[float] = []
    bulk = BulkAccess(lambda: _timed_admin(site, adopting))
    loads = _Way(site, HBaseOnlineStore(settings_of(site), "bulk", bulk), _Packing(file, columns), rows)
    few = max(1, rows // _THRIFT_SHARE)
    batches = _Way(site, HBaseOnlineStore(settings_of(site), "thrift"), _Packing(file, columns), few)
    seconds = interleave({"loads": loads.run, "batches": batches.run}, _ROUNDS)
    _assert_same(loads.store, batches.store, _first_keys(file, min(batches.rows, _COMPARED)))
    packing, hfiles = median(loads.packing[1:]), median(adopting[1:])
    spent = (packing, seconds["loads"] - packing - hfiles, hfiles)
    beside = {name: round(rows / part) for name, part in zip(PARTS, spent, strict=False)}
    beside[PARTS[-1]] = round(batches.rows / (seconds["batches"] - median(batches.packing[1:])))
    beside[ON_DISK] = round(_bytes_on_disk(site, loads.store.table) / rows)
    rates = (rows / seconds["loads"], batches.rows / seconds["batches"])
    return [Figure("hbase_bulk_vs_thrift", *rates, "rows/s", _ROUNDS, goal=2.5, higher_is_better=True, beside=beside)]


@dataclass
class _Packing:
    """The rows of a file as a publish packs them; `seconds` is what reading and packing took since it was last asked
    for the first row."""

    file: Path
    columns: Sequence[RequestedColumn]
    seconds: float = 0.0

    def __iter__(self) -> Iterator[OnlineRow]:
        self.seconds = 0.0
        batches = self._batches()
        while True:
            start = time.perf_counter()
            batch = next(batches, None)
            self.seconds += time.perf_counter() - start
            if batch is None:
                return
            yield from batch

    def _batches(self) -> Iterator[list[OnlineRow]]:
        boundary = datasets.END * 1_000_000
        with pq.ParquetFile(self.file) as opened:
            for read in opened.iter_batches():
                frame = pa.Table.from_batches([read])
                for column in self.columns:
                    frame = frame.append_column(column.name + AT, frame.column("event_timestamp"))
                entities = frame.select([repositories.KEY])
                yield from pack_rows(entities, frame, self.columns, _GENERATION, boundary, 1)


@dataclass
class _Way:
    """The way of a store, which decides by itself what it is, for the first `rows`; `packing` has the seconds of that
    in each run."""

    site: Site
    store: HBaseOnlineStore
    rows_packed: _Packing
    rows: int
    packing: list[float] = field(default_factory=list)

    def run(self) -> float:
        """The seconds that it takes into a new table."""
        with open_admin(self.site) as admin:
            if admin.has_table(self.store.table):
                admin.drop_table(self.store.table)
            admin.create_table(self.store.table, PREFIXES)
        start = time.perf_counter()
        # However few they are, a store that can make HFiles does.
        self.store.load(_GENERATION, islice(self.rows_packed, self.rows), max(self.rows, BULK_ROWS))
        seconds = time.perf_counter() - start
        self.packing.append(self.rows_packed.seconds)
        return seconds


class _TimedAdmin(HBaseAdmin):
    """Keeps how long HFiles took to be made and adopted."""

    seconds: float = 0.0

    def load_cells(self, *given: Any, **named: Any) -> int:
        start = time.perf_counter()
        try:
            return super().load_cells(*given, **named)
        finally:
            self.seconds = time.perf_counter() - start


@contextmanager
def _timed_admin(site: Site, seconds: list[float]) -> Iterator[HBaseAdmin]:
    """The Admin API, of which one load is asked: its seconds are put into the list."""
    with open_gateway(site) as gateway:
        admin = _TimedAdmin(gateway)
        try:
            yield admin
        finally:
            admin.close()
    seconds.append(admin.seconds)


def _first_keys(file: Path, count: int) -> list[bytes]:
    """The keys of the first rows of a file."""
    with pq.ParquetFile(file) as opened:
        entities = next(opened.iter_batches(count, columns=[repositories.KEY])).column(0).to_pylist()
    encoder = KeyEncoder(["bigint"])
    return [encoder.encode([entity]) or b"" for entity in entities]


def _assert_same(loaded: HBaseOnlineStore, written: HBaseOnlineStore, keys: Sequence[bytes]) -> None:
    found = loaded.read(_GENERATION, keys)
    if None in found or found != written.read(_GENERATION, keys):
        raise AssertionError("what was loaded differs from what was written")


def _bytes_on_disk(site: Site, table: str) -> int:
    """Of a table's HFiles after a major compaction; the table is disabled afterwards."""
    with open_admin(site) as admin:
        admin.compact(table)
        # The files that were put together lie there until regions close.
        admin.enable(table, False)
    regions = site.folder / "data" / "hbase" / "data" / "default" / table
    return sum(file.stat().st_size for file in regions.glob("*/v/*") if not file.name.startswith("."))
