"""A few entities to try features on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from builders.request import RequestedColumn, needed_slots
from definitions.types import DataType
from featurestore.context import Context
from featurestore.governance.pii import pii_of_keys
from featurestore.view_tests import arrow_type


def sample_entities(context: Context, columns: Sequence[RequestedColumn], rows: int) -> pa.Table:
    """Up to `rows` rows with every key column of `columns`, of entities that have tiles.

    The keys of several entities stand beside each other as they come; where nothing is materialized they are null, and
    so are keys that tell who somebody is.
    """
    roles: dict[tuple[str, ...], list[RequestedColumn]] = {}
    for column in columns:
        roles.setdefault(column.key_columns, []).append(column)
    found = {
        names: [] if pii_of_keys(held[0]).restricted else _keys(context, held, rows) for names, held in roles.items()
    }
    height = max(1, *map(len, found.values()))
    values: dict[str, pa.Array[Any]] = {}
    for names, held in roles.items():
        keys = list(islice(cycle(found[names] or [(None,) * len(names)]), height))
        types: Sequence[DataType] = tuple(held[0].entity.keys.values())
        for position, (name, kind) in enumerate(zip(names, types, strict=True)):
            values[name] = pa.array([key[position] for key in keys], arrow_type(kind))
    return pa.table(values)


def _keys(context: Context, columns: Sequence[RequestedColumn], rows: int) -> list[tuple[Any, ...]]:
    """Keys of the latest tiles of these columns' entity, each once."""
    for table in needed_slots(tuple(columns)):
        for segment in reversed(context.registry.segments.current(table.name)):
            if segment.rows:
                file = pq.ParquetFile(context.offline_root / segment.path)
                batch = next(file.iter_batches(batch_size=10_000, columns=list(table.keys)))
                tuples = zip(*(batch.column(name).to_pylist() for name in table.keys), strict=True)
                return list(dict.fromkeys(tuples))[:rows]
    return []
