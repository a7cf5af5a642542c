"""Some of a source's files, to stand for all of them: what is looked at before anything is planned has to cost the same
for a million rows and for a billion. Which files reach into a range is in their footers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builders.coverage import Range
from builders.request import Meeting, RelationFiles, SourceFiles
from definitions.durations import DAY
from definitions.formats import source_format
from definitions.model import Source

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ENOUGH: Final = 1_000_000
"""Rows that say enough of all."""

_MICROSECONDS: Final = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0, "ns": 0.001}


@dataclass(frozen=True)
class SomeFiles:
    """Files that have a `share` of the rows that all have in a range; `span` is how far apart (microseconds) the first
    and the last of all of these may be, None if it is for those that are read to tell."""

    files: RelationFiles
    share: float
    span: int | None

    def of_all(self, found: Meeting) -> Meeting:
        """What all files meet, by what some of them do."""
        return Meeting(
            round(found.rows / self.share),
            round(found.tiles / self.share),
            found.span if self.span is None else self.span,
            found.asked_share,
            found.rows_met / self.share,
        )


@dataclass(frozen=True)
class _File:
    name: str
    rows: float
    first: int
    last: int


def choose_files(source: Source, files: RelationFiles, within: Range) -> SomeFiles:
    """Every so many of the files of each member that reach into a range, for enough rows; all files where these are
    few, or where one does not say what it holds."""
    whole = SomeFiles(files, 1.0, None)
    if files.rows <= ENOUGH:
        return whole
    listed = [_files_within(*pair, within) for pair in zip(source.members, files.members, strict=True)]
    held = [file for found in listed if found is not None for file in found]
    rows = sum(file.rows for file in held)
    if None in listed or rows <= ENOUGH:
        return whole
    step = int(rows // ENOUGH)
    # From the middle of each stretch: the newest file may be half a day, and the oldest a beginning.
    chosen = [(found or [])[step // 2 :: step] or (found or [])[:1] for found in listed]
    members = tuple(
        replace(member, files=tuple(file.name for file in kept), rows=round(sum(file.rows for file in kept)))
        for member, kept in zip(files.members, chosen, strict=True)
    )
    share = sum(file.rows for kept in chosen for file in kept) / rows
    span = max(file.last for file in held) - min(file.first for file in held)
    return SomeFiles(replace(files, members=members), share, span)


def middle_stretch(source: Source, files: RelationFiles, within: Range, hop: int) -> tuple[RelationFiles, Range]:
    """The middle file of the source's first member that reaches into a range, as much of its time around its middle as
    holds enough rows, in whole hops; all of it where it does not say what it holds."""
    member, *others = files.members
    held = _files_within(source.members[0], member, within)
    named = member.files if held is None else tuple(file.name for file in held)
    middle = len(named) // 2
    kept = named[middle : middle + 1]
    chosen = replace(files, members=(replace(member, files=kept), *(replace(other, files=()) for other in others)))
    if not held:
        return chosen, within
    file = held[middle]
    first, hops = file.first // hop, file.last // hop - file.first // hop + 1
    enough = ceil(hops * min(1.0, ENOUGH / file.rows))
    start = first + (hops - enough) // 2
    return chosen, (max(start * hop, within[0]), min((start + enough) * hop, within[1]))


def _files_within(member: Source, files: SourceFiles, within: Range) -> list[_File] | None:
    """The files that reach into a range, with the rows and the instants that they may have in it; None if one does not
    say."""
    if source_format(member) == "csv" or member.timestamp is None:
        return None
    found = []
    for name in files.files:
        file = _look_at(name, member.timestamp)
        if file is None:
            return None
        first, last = max(file.first, within[0]), min(file.last, within[1] - 1)
        if file.rows and first <= last:
            share = (last - first + 1) / (file.last - file.first + 1)
            found.append(_File(name, file.rows * share, first, last))
    return found


def _look_at(name: str, timestamp: str) -> _File | None:
    """A file by its footer; None if that does not say which instants there are."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(Path(name))
    if not metadata.num_rows:
        return _File(name, 0.0, 0, 0)
    place = next((at for at in range(metadata.num_columns) if metadata.schema.column(at).path == timestamp), None)
    unit = _unit_of(metadata, timestamp)
    if place is None or unit is None:
        return None
    groups = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
    limits: list[tuple[Any, Any]] = [
        (group.min_raw, group.max_raw) for group in groups if group is not None and group.has_min_max
    ]
    if len(limits) < len(groups):
        return None
    first, last = min(least for least, _ in limits), max(most for _, most in limits)
    return _File(name, float(metadata.num_rows), int(first * unit), int(last * unit))


def _unit_of(metadata: pq.FileMetaData, timestamp: str) -> float | None:
    """Microseconds of one unit of a column in a file."""
    import pyarrow as pa

    kind = metadata.schema.to_arrow_schema().field(timestamp).type
    if pa.types.is_date32(kind):
        return float(DAY)
    return _MICROSECONDS[kind.unit] if pa.types.is_timestamp(kind) else None
