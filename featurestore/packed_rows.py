"""A frame's rows as the online store holds them: keys and values packed, by position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from builders.request import RequestedColumn
from definitions.online_row import OnlineRow
from featurestore.online.codec import KeyEncoder, encode_value

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH: Final = 5_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
AT: Final = "__at"
"""What the name of a `last` column's row timestamp ends with."""


def pack_rows(
    entities: pa.Table,
    frame: pa.Table,
    columns: Sequence[RequestedColumn],
    generation: int,
    boundary: int,
    version: int,
) -> Iterator[list[OnlineRow]]:
    """The rows of `entities` with the columns' values in `frame`, in batches; `columns` are by position."""
    first = columns[0].table
    encoder = KeyEncoder([str(kind) for kind in first.key_types], first.keys)
    key_columns = [entities.column(name) for name in entities.column_names]
    values = []
    for column in columns:
        value = frame.column(column.name)
        at = frame.column(column.name + AT) if column.column.feature.agg == "last" else None
        values.append((value, at, column.column.feature.ttl is not None))
    for start in range(0, entities.num_rows, _BATCH):
        keys = zip(*(item.slice(start, _BATCH).to_pylist() for item in key_columns), strict=True)
        packed = zip(*(_packed(value, at, ttl, start) for value, at, ttl in values), strict=True)
        batch = []
        for key, row in zip(keys, packed, strict=True):
            encoded = encoder.encode(key)
            assert encoded is not None
            batch.append(OnlineRow(encoded, boundary, version, encode_value(generation, row)))
        yield batch


def _packed(value: pa.ChunkedArray[Any], at: pa.ChunkedArray[Any] | None, ttl: bool, start: int) -> list[object]:
    """A batch of one column's values as they are packed; with a ttl, (timestamp, value), None where there is no row."""
    held = value.slice(start, _BATCH).to_pylist()
    plain = held if _is_packed_as_it_is(value.type) else [packable(item) for item in held]
    if at is None or not ttl:
        return plain
    instants = at.slice(start, _BATCH).to_pylist()
    return [None if instant is None else (instant, item) for instant, item in zip(instants, plain, strict=True)]


def _is_packed_as_it_is(kind: pa.DataType) -> bool:
    """Whether values of a type are numbers, truths or text: most are, and there are many."""
    from pyarrow import types

    tests = (types.is_floating, types.is_integer, types.is_boolean, types.is_string, types.is_large_string)
    return any(test(kind) for test in tests)


def packable(value: Any) -> object:
    """A value as msgpack holds it: decimals as text, dates as days and instants as microseconds since 1970, maps as
    pairs."""
    match value:
        case list() | tuple():
            return [packable(item) for item in value]
        case Decimal():
            return str(value)
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return (aware - _EPOCH) // (datetime.resolution)
        case date():
            return (value - _EPOCH.date()).days
        case _:
            return value
