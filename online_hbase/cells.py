"""Cells: a row's value, and which of two values is the newer.

The newest (boundary, version) has to win, whoever comes last; HBase lets the highest timestamp win, and among equal
ones whoever comes last. A timestamp is 63 bits, and milliseconds by custom; a boundary alone has 64, in microseconds.
So both stand in the qualifier, whole and in an order that bytes have, and each pair is a cell of its own: none
overwrites another, and a reader takes the greatest. The timestamp is the boundary in whole milliseconds: whoever writes
a boundary removes what is older than its millisecond by a tombstone, which hides nothing newer. Tombstones only clean
up: without them, or before they come, readers take the same cell.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from definitions.errors import RequestError
from definitions.online_row import OnlineRow
from online_hbase.row_key import LONGEST
from online_hbase.table_layout import FAMILY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Cell(Protocol):
    """A cell as Thrift has it."""

    value: bytes


_PAIR: Final = struct.Struct(">QQ")
_ZERO: Final = 1 << 63
"""What makes a signed number one whose bytes are in order."""
_COLUMN: Final = FAMILY + b":"
_LENGTH: Final = struct.Struct(">I")
_LARGEST: Final = 10_000_000
"""Bytes of key and value; HBase takes 10 MiB a cell unless it is told otherwise, the cell's coordinates included."""


def column_of(boundary: int, version: int) -> bytes:
    """The column of a value, by which later ones come after earlier ones."""
    return _COLUMN + _PAIR.pack(boundary + _ZERO, version + _ZERO)


def timestamp_of(boundary: int) -> int:
    """A cell's timestamp: milliseconds; HBase knows none before 1970, where all have the same."""
    return max(0, boundary // 1000)


def qualifiers_of(boundaries: NDArray[np.int64], versions: NDArray[np.int64]) -> bytes:
    """The qualifiers of many values, one after another, as `column_of` makes them."""
    import numpy as np

    pairs = np.stack([boundaries, versions], axis=1).view(np.uint64) ^ np.uint64(_ZERO)
    return pairs.astype(">u8").tobytes()


def timestamps_of(boundaries: NDArray[np.int64]) -> bytes:
    """Their timestamps, as `timestamp_of` has them, in little-endian numbers."""
    import numpy as np

    return np.maximum(boundaries // 1000, 0).astype("<i8").tobytes()


def value_of(key: bytes, value: bytes) -> bytes:
    """What a cell holds: the value, after the key where the row has no room for that.

    Raises:
        RequestError: HBase takes no cell that is so large.
    """
    if len(key) + len(value) > _LARGEST:
        raise RequestError(f"the online row of {shown_key(key)} has {len(value):,} bytes, HBase takes {_LARGEST:,}")
    return value if len(key) <= LONGEST else _LENGTH.pack(len(key)) + key + value


def shown_key(key: bytes) -> str:
    """A key for messages."""
    return repr(key if len(key) <= 40 else key[:40] + b"...")


def newest(key: bytes, cells: Mapping[bytes, Cell]) -> OnlineRow:
    """The online row that the cells of a key's row, by column, stand for."""
    # Nearly always there is one.
    column = next(iter(cells)) if len(cells) == 1 else max(cells)
    boundary, version = _PAIR.unpack_from(column, len(_COLUMN))
    value = cells[column].value
    if len(key) > LONGEST:
        value = value[_LENGTH.size + len(key) :]
    return OnlineRow(key, boundary - _ZERO, version - _ZERO, value)


def key_in_cells(cells: Mapping[bytes, Cell]) -> bytes:
    """The key that cells hold, of a row that has no room for it."""
    value = next(iter(cells.values())).value
    (length,) = _LENGTH.unpack_from(value)
    return value[_LENGTH.size : _LENGTH.size + length]
