"""Online rows in HBase."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import happybase

from definitions.errors import OnlineStoreError
from definitions.online_row import Loaded, OnlineRow
from online_hbase.bulk_load import bulk_load
from online_hbase.cells import Cell, column_of, key_in_cells, newest, shown_key, timestamp_of, value_of
from online_hbase.incarnations import Incarnations
from online_hbase.pool import ConnectionPool, PoolSettings
from online_hbase.row_key import key_in_row
from online_hbase.table_layout import ABOUT, FAMILY, table_name

if TYPE_CHECKING:
    from online_hbase.admin import HBaseAdmin

Result = TypeVar("Result")

_ROWS_A_BATCH: Final = 2_000
_BYTES_A_BATCH: Final = 4_000_000
"""A batch is full with the first that it reaches: what a writer holds, and what a server gets at once."""
_ROWS_A_READ: Final = 1_000
_ROWS_A_PAGE: Final = 5_000
_KEYS_ONLY: Final = "FirstKeyOnlyFilter() AND KeyOnlyFilter()"
_FOREVER: Final = (1 << 63) - 2
"""The timestamp of tombstones over what nobody may see again, whoever writes it: a dropped incarnation, a value that
lost."""
BULK_ROWS: Final = 100_000
"""From how many rows on a load makes HFiles; in the seconds that it takes to begin, batches write half as many."""


@dataclass(frozen=True)
class BulkAccess:
    """How HFiles come into HBase: its Admin API, opened when it is needed, and `staging`, the URL of a folder that the
    region servers see (None: this machine's)."""

    open_admin: Callable[[], AbstractContextManager[HBaseAdmin]]
    staging: str | None = None


class HBaseOnlineStore:
    """An `OnlineStore` in one table of HBase, through its Thrift server. Threads and processes may share it.

    With `bulk` access, large loads go in as HFiles. Nothing is asked of the server before the first call. Reads of
    several generations are one round trip for each thousand rows; writes go out in batches of some thousand rows: the
    values, then what cleans up behind them.
    """

    def __init__(self, settings: PoolSettings, table_prefix: str = "", bulk: BulkAccess | None = None) -> None:
        self._bulk = bulk
        self.pool = ConnectionPool(settings)
        self.table = table_name(table_prefix)
        self._incarnations = Incarnations(self._call, self.table, f"{settings.host}:{settings.port}")

    def write(self, generation: int, rows: Iterable[OnlineRow]) -> int:
        """See `OnlineStore.write`.

        Raises:
            RequestError: a key is empty or a value too large; all rows before its batch are written.
            OnlineStoreError: the server does not answer, or refuses; all rows before the batch are written, those of it
                may be. The message names them; to write them again is right.
        """
        return self._write(generation, rows, replacing=True)

    def load(self, generation: int, rows: Iterable[OnlineRow], expected: int) -> Loaded:
        """See `OnlineStore.load`: many rows become HFiles that HBase adopts, where the Admin API can be reached."""
        (shelf,) = self._incarnations.shelves([generation])
        replacing = any(self._page(start, stop, 1) for start, stop in shelf.ranges())
        if self._bulk is None or expected < BULK_ROWS:
            return Loaded(self._write(generation, rows, replacing))
        with self._bulk.open_admin() as admin:
            taken = bulk_load(admin, self.table, shelf, rows, replacing, self._bulk.staging)
        return Loaded(taken, "as HFiles")

    def overwrite(self, generation: int, rows: Sequence[OnlineRow]) -> None:
        """See `OnlineStore.overwrite`. Cells of the same millisecond, which a write leaves as they are, get tombstones
        too; what tombstones hide is in HBase's files until a major compaction."""
        (shelf,) = self._incarnations.shelves([generation])
        kept = {shelf.row_of(row.key): column_of(row.boundary, row.version) for row in rows}
        held = self._fetch(list(kept))
        self.write(generation, rows)
        older = {place: [each for each in cells if each < kept[place]] for place, cells in held.items()}
        for place, columns in older.items():
            if columns:
                self._call("delete", _deleting_cells(place, columns))

    def read(self, generation: int, keys: Sequence[bytes]) -> list[OnlineRow | None]:
        """See `OnlineStore.read`."""
        return self.read_several([(generation, keys)])[0]

    def read_several(self, asked: Sequence[tuple[int, Sequence[bytes]]]) -> list[list[OnlineRow | None]]:
        """See `OnlineStore.read_several`."""
        shelves = self._incarnations.shelves(generation for generation, _ in asked)
        rows = [[shelf.row_of(key) for key in keys] for shelf, (_, keys) in zip(shelves, asked, strict=True)]
        found = self._fetch([row for held in rows for row in held])
        return [
            [newest(key, found[row]) if row in found else None for key, row in zip(keys, held, strict=True)]
            for (_, keys), held in zip(asked, rows, strict=True)
        ]

    def keys(self, generation: int) -> Iterator[bytes]:
        """See `OnlineStore.keys`; a page at a time, so that no scanner waits for the caller."""
        for page in self._pages(generation):
            hashed = self._fetch([row for row in page if key_in_row(row) is None])
            for row in page:
                key = key_in_row(row)
                if key is not None:
                    yield key
                # One that was dropped meanwhile is not among those that hold their keys.
                elif row in hashed:
                    yield key_in_cells(hashed[row])

    def count(self, generation: int) -> int:
        """See `OnlineStore.count`; reads the keys of all of the generation's rows."""
        return sum(len(page) for page in self._pages(generation))

    def is_empty(self) -> bool:
        """See `OnlineStore.is_empty`."""
        self._incarnations.shelves(())
        return not self._page(b"", ABOUT, 1)

    def drop(self, generation: int) -> None:
        """See `OnlineStore.drop`. Readers see none of the rows from the beginning; then they are removed, page by page.
        Another finishes a drop that was interrupted."""
        (shelf,) = self._incarnations.shelves([generation])
        if not any(self._page(start, stop, 1) for start, stop in (*shelf.earlier_ranges(), *shelf.ranges())):
            return
        for start, stop in self._incarnations.renew(generation).earlier_ranges():
            for page in self._pages_between(start, stop):
                self._call("delete", _deleting(page))

    def close(self) -> None:
        """See `OnlineStore.close`; the next call after it connects again."""
        self.pool.close()

    def _write(self, generation: int, rows: Iterable[OnlineRow], replacing: bool) -> int:
        """Write rows in batches; what they replace is cleaned up if there can be some."""
        taken = 0
        for batch in _batches(rows):
            try:
                self._write_batch(generation, batch, replacing)
            except OnlineStoreError as error:
                raise OnlineStoreError(
                    f"{error}. {taken:,} rows are written; write again, in generation {generation}, {_shown(batch)}"
                ) from error
            taken += len(batch)
        return taken

    def _write_batch(self, generation: int, batch: Sequence[OnlineRow], replacing: bool) -> None:
        (shelf,) = self._incarnations.shelves([generation])
        puts: dict[int, list[tuple[bytes, bytes, bytes]]] = {}
        for row in batch:
            at = shelf.row_of(row.key)
            put = (at, column_of(row.boundary, row.version), value_of(row.key, row.value))
            puts.setdefault(timestamp_of(row.boundary), []).append(put)
        for timestamp, group in puts.items():
            self._put(timestamp, group, replacing)

    def _put(self, timestamp: int, puts: Sequence[tuple[bytes, bytes, bytes]], replacing: bool) -> None:
        """Write cells, then, if they replace some, tombstones over what is older than their millisecond."""

        def write(table: happybase.Table) -> None:
            batch = table.batch(timestamp=timestamp)
            for row, column, value in puts:
                batch.put(row, {column: value})
            batch.send()

        def clean_up(table: happybase.Table) -> None:
            batch = table.batch(timestamp=timestamp - 1)
            for row, _, _ in puts:
                batch.delete(row, [FAMILY])
            batch.send()

        self._call("write", write)
        if replacing and timestamp > 0:
            self._call("clean_up", clean_up)

    def _fetch(self, rows: Sequence[bytes]) -> dict[bytes, dict[bytes, Cell]]:
        """The cells of the rows that are there, by row key and column."""
        found: dict[bytes, dict[bytes, Cell]] = {}
        for start in range(0, len(rows), _ROWS_A_READ):
            found |= self._call("read", _reading(rows[start : start + _ROWS_A_READ]))
        return found

    def _pages(self, generation: int) -> Iterator[list[bytes]]:
        (shelf,) = self._incarnations.shelves([generation])
        for start, stop in shelf.ranges():
            yield from self._pages_between(start, stop)

    def _pages_between(self, start: bytes, stop: bytes) -> Iterator[list[bytes]]:
        while page := self._page(start, stop, _ROWS_A_PAGE):
            yield page
            if len(page) < _ROWS_A_PAGE:
                return
            start = page[-1] + b"\x00"

    def _page(self, start: bytes, stop: bytes, size: int) -> list[bytes]:
        """The first rows of a range, in order."""

        def scan(table: happybase.Table) -> list[bytes]:
            found = table.scan(row_start=start, row_stop=stop, filter=_KEYS_ONLY, batch_size=size, limit=size)
            return [row for row, _ in found]

        return self._call("scan", scan)

    def _call(self, kind: str, work: Callable[[happybase.Table], Result]) -> Result:
        return self.pool.call(kind, lambda connection: work(connection.table(self.table)))


def _reading(rows: Sequence[bytes]) -> Callable[[happybase.Table], dict[bytes, dict[bytes, Cell]]]:
    def read(table: happybase.Table) -> dict[bytes, dict[bytes, Cell]]:
        # What `Table.rows` calls, without the dictionaries that it makes anew of each row.
        answer = table.connection.client.getRowsWithColumns(table.name, rows, [FAMILY], {})
        found = {each.row: each.columns for each in answer}
        # Inside of the call, so that a connection that answers another's question is closed.
        if not found.keys() <= set(rows):
            raise ConnectionError("it answered with rows that were not asked for")
        return found

    return read


def _deleting_cells(row: bytes, columns: Sequence[bytes]) -> Callable[[happybase.Table], None]:
    return lambda table: table.delete(row, columns, timestamp=_FOREVER)


def _deleting(rows: Sequence[bytes]) -> Callable[[happybase.Table], None]:
    def delete(table: happybase.Table) -> None:
        batch: Any = table.batch(timestamp=_FOREVER)
        for row in rows:
            batch.delete(row, [FAMILY])
        batch.send()

    return delete


def _batches(rows: Iterable[OnlineRow]) -> Iterator[list[OnlineRow]]:
    """Rows in batches that are bounded in number and bytes."""
    pending = iter(rows)
    batch: list[OnlineRow] = []
    size = 0
    for row in pending:
        batch.append(row)
        size += len(row.key) + len(row.value)
        if len(batch) == _ROWS_A_BATCH or size >= _BYTES_A_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _shown(batch: Sequence[OnlineRow]) -> str:
    names = ", ".join(shown_key(row.key) for row in islice(batch, 3))
    return f"the {len(batch):,} rows of {names}{' ...' if len(batch) > 3 else ''}"
