"""Cells in files that `HFiles.java` reads: gathered in any order, written in the order of their rows.

Cells are gathered by the prefix of their row, which spreads them evenly, and lie in a file a prefix meanwhile; so what
is sorted at a time, and held in memory, is one prefix's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from definitions.online_row import OnlineRow
from online_hbase.cells import qualifiers_of, timestamps_of, value_of
from online_hbase.row_key import Shelf

if TYPE_CHECKING:
    import pyarrow as pa

_GATHERED: Final = 50_000
"""Rows that are put into columns at a time."""
_IN_BLOCK: Final = 200_000
"""Cells of one block; its lengths have to fit 31 bits, whatever the values."""
_BYTES_IN_BLOCK: Final = 1 << 30
_COUNT: Final = struct.Struct("<i")


def write_cell_files(shelf: Shelf, rows: Iterable[OnlineRow], folder: Path) -> int:
    """Write the cells of `rows`, of which the newest of each key counts, into the folder `sorted` in `folder`; returns
    how many rows there were."""
    import pyarrow as pa

    gathered, ordered = folder / "gathered", folder / "sorted"
    gathered.mkdir()
    ordered.mkdir()
    taken = 0
    with ExitStack() as open_files:
        writers = [
            open_files.enter_context(pa.ipc.new_stream(str(gathered / f"{prefix:03d}"), _schema()))
            for prefix in range(shelf.prefixes)
        ]
        pending = iter(rows)
        while batch := list(islice(pending, _GATHERED)):
            taken += len(batch)
            for writer, cells in zip(writers, _by_prefix(shelf, batch), strict=True):
                writer.write_table(cells)
    for file in sorted(gathered.iterdir()):
        with pa.OSFile(str(file), "rb") as opened:
            cells = pa.ipc.open_stream(opened).read_all()
        file.unlink()
        if cells.num_rows:
            with (ordered / file.name).open("wb") as written:
                for block in _blocks(_newest_in_order(cells)):
                    _write_block(block, written)
    return taken


def _schema() -> pa.Schema:
    import pyarrow as pa

    kinds = {"row": pa.binary(), "boundary": pa.int64(), "version": pa.int64(), "value": pa.large_binary()}
    return pa.schema([pa.field(name, kind) for name, kind in kinds.items()])


def _by_prefix(shelf: Shelf, batch: Sequence[OnlineRow]) -> Iterator[pa.Table]:
    """The cells of each prefix."""
    import numpy as np
    import pyarrow as pa

    places = [shelf.row_of(row.key) for row in batch]
    columns: list[Any] = [
        places,
        [row.boundary for row in batch],
        [row.version for row in batch],
        [value_of(row.key, row.value) for row in batch],
    ]
    prefixes = np.fromiter((place[0] for place in places), np.uint8, len(places))
    order = np.argsort(prefixes, kind="stable")
    cells = pa.table(columns, schema=_schema()).take(order)
    ends = np.searchsorted(prefixes[order], np.arange(shelf.prefixes), side="right")
    for start, end in pairwise((0, *ends.tolist())):
        yield cells.slice(start, end - start)


def _newest_in_order(cells: pa.Table) -> pa.Table:
    """By row; of one row the newest cell, of equally new ones the one that was gathered last."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    numbered = cells.append_column("number", pa.chunked_array([np.arange(cells.num_rows)]))
    keys: Any = [("row", "ascending"), ("boundary", "descending"), ("version", "descending"), ("number", "descending")]
    order = pc.sort_indices(numbered, sort_keys=keys)
    ordered = cells.take(order).combine_chunks()
    row = ordered["row"].combine_chunks()
    is_first = np.ones(len(row), bool)
    is_first[1:] = pc.not_equal(row[1:], row[:-1]).to_numpy(zero_copy_only=False)
    return ordered if is_first.all() else ordered.filter(is_first).combine_chunks()


def _blocks(cells: pa.Table) -> Iterator[pa.Table]:
    """In pieces that a block can have."""
    import numpy as np
    import pyarrow.compute as pc

    sizes = np.cumsum(pc.binary_length(cells["value"]).to_numpy())
    start = 0
    while start < cells.num_rows:
        before = int(sizes[start - 1]) if start else 0
        within = int(np.searchsorted(sizes, before + _BYTES_IN_BLOCK, side="right"))
        end = max(start + 1, min(start + _IN_BLOCK, within, cells.num_rows))
        yield cells.slice(start, end - start)
        start = end


def _write_block(cells: pa.Table, file: IO[bytes]) -> None:
    boundaries = cells["boundary"].to_numpy()
    file.write(_COUNT.pack(cells.num_rows))
    for part in _ends_and_bytes(cells["row"], "<i4"):
        file.write(part)
    file.write(qualifiers_of(boundaries, cells["version"].to_numpy()))
    file.write(timestamps_of(boundaries))
    for part in _ends_and_bytes(cells["value"], "<i8"):
        file.write(part)


def _ends_and_bytes(column: pa.ChunkedArray[Any], held_as: str) -> tuple[bytes, memoryview]:
    """Where each item begins and the last one ends, as 32-bit numbers, and all bytes; Arrow has both already."""
    import numpy as np

    (array,) = column.chunks
    buffers: list[Any] = array.buffers()
    _, offsets, data = buffers
    ends = np.frombuffer(offsets, held_as)[array.offset : array.offset + len(array) + 1]
    first, last = int(ends[0]), int(ends[-1])
    return (ends - first).astype("<i4").tobytes(), memoryview(data)[first:last]
