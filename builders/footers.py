"""What a Parquet file's footer says of the rows' timestamps: nothing of the file has to be read for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builders.engine import FileDays
from definitions.durations import BEGINNING, DAY, END
from definitions.formats import source_format
from definitions.model import Source

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@dataclass(frozen=True)
class RowGroup:
    """So many rows that have a timestamp and `nulls` that have none; the `first` and the `last` instant among them, in
    UTC microseconds."""

    rows: int
    nulls: int
    first: int
    last: int


def read_row_groups(source: Source, file: str | Path) -> list[RowGroup] | None:
    """The row groups of a file of a source with a timestamp; None if the file does not say which instants they have."""
    if source.timestamp is None or source.timestamp in source.partitions or source_format(source) != "parquet":
        return None
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(Path(file))
    place = next(
        (at for at in range(metadata.num_columns) if metadata.schema.column(at).path == source.timestamp), None
    )
    scale = _scale_of(metadata, source.timestamp)
    if place is None or scale is None:
        return None
    groups = [_row_group(metadata.row_group(number), place, *scale) for number in range(metadata.num_row_groups)]
    known = [group for group in groups if group is not None]
    return known if len(known) == len(groups) else None


def days_by_footer(source: Source, file: str | Path) -> FileDays | None:
    """What a file holds by day, where each of its row groups is of one day; None where rows have to be read for it."""
    groups = read_row_groups(source, file)
    if groups is None or any(group.rows and group.first // DAY != group.last // DAY for group in groups):
        return None
    days: dict[int, tuple[int, int, int]] = {}
    for group in groups:
        if group.rows:
            day = group.first // DAY
            rows, first, last = days.get(day, (0, group.first, group.last))
            days[day] = (rows + group.rows, min(first, group.first), max(last, group.last))
    nulls = sum(group.nulls for group in groups)
    return FileDays(str(file), sum(group.rows for group in groups) + nulls, nulls, days)


def _row_group(metadata: pq.RowGroupMetaData, place: int, factor: int, divisor: int) -> RowGroup | None:
    found = metadata.column(place).statistics
    nulls = None if found is None else found.null_count
    if found is None or nulls is None:
        return None
    if nulls == metadata.num_rows:
        return RowGroup(0, nulls, 0, 0)
    least, most = found.min_raw, found.max_raw
    if not found.has_min_max or least is None or most is None:
        return None
    first, last = least * factor // divisor, most * factor // divisor
    # Beyond these an instant is what some writers mean by infinity.
    if not BEGINNING < first <= last < END:
        return None
    return RowGroup(metadata.num_rows - nulls, nulls, first, last)


def _scale_of(metadata: pq.FileMetaData, timestamp: str) -> tuple[int, int] | None:
    """By what a raw value is to be multiplied and divided to be microseconds."""
    import pyarrow as pa

    kind = metadata.schema.to_arrow_schema().field(timestamp).type
    if pa.types.is_date32(kind):
        return DAY, 1
    return (1_000_000, _PER_SECOND[kind.unit]) if pa.types.is_timestamp(kind) else None
