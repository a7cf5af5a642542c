"""How many pairs, tiles and meetings of both a frame is: from statistics of segments, else a sample of the source."""

from __future__ import annotations

import math

from builders.passes.estimate_costs import Work
from builders.passes.find_needs import Need
from builders.passes.group_requests import Group
from builders.passes.plan_tiles import missing_ranges, overlapping_segments
from builders.request import Inputs, Roles, SpineShape, StoredSegment
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


def estimate_tiles(table: TileTable, need: Need, shape: SpineShape, roles: Roles, inputs: Inputs) -> Work:
    """The tiles needed that are of asked entities, those of a base too; what is not stored counts as built of all rows
    of its source. Pairs are still one for each row of the spine."""
    start, end = min(within[0] for _, within in need.reads), need.within[1]
    segments = overlapping_segments(table, start, end, inputs)
    in_base = need.base.rows if need.base is not None and need.in_base else 0
    stored = in_base + sum(segment.rows * _overlap(segment, start, end) for segment in segments)
    entities = max(in_base, *(segment.entities for segment in segments), 1)
    asked = shape.entities.get(table.entity.name, shape.rows)
    tiles, met, every = stored * min(1.0, asked / entities), stored / entities, stored
    if any(missing_ranges(segments, slots, *within) for slots, within in need.reads):
        source = inputs.files(table.source)
        meeting = inputs.meeting(table, source, roles)
        built = _tiles_of(meeting.rows_met, table, (start, end))
        share = built / meeting.rows_met if meeting.rows_met else 0.0
        tiles += source.rows * meeting.asked_share * share
        every += source.rows * share
        met += built
    return Work(shape.rows, tiles, met, end - start, are_rows=table.hop is None and not segments, tiles_of_all=every)


def estimate_pairs(group: Group, shape: SpineShape, roles: Roles) -> float:
    """About how many distinct (entity, boundary) pairs the spine has on the group's grid, its rows spread evenly."""
    span = group.grid.boundary(shape.last) - group.grid.boundary(shape.first)
    hop = 1 if group.table.hop is None else group.table.hop or max(span, 1)
    entities = max(1, min(shape.entities.get(group.table.entity.name, shape.rows), shape.rows * len(roles)))
    return entities * _occupied(shape.rows * len(roles) / entities, span / hop + 1)


def _tiles_of(rows: float, table: TileTable, needed: tuple[int, int]) -> float:
    """How many tiles so many rows of one entity become."""
    if table.hop is None or needed[0] <= BEGINNING:
        return rows
    return _occupied(rows, (needed[1] - needed[0]) / (table.hop or needed[1] - needed[0]))


def _occupied(thrown: float, cells: float) -> float:
    """How many of the cells are hit, on average."""
    return cells * (1.0 if cells <= 1.0 else -math.expm1(thrown * math.log1p(-1.0 / cells)))


def _overlap(segment: StoredSegment, start: int, end: int) -> float:
    if segment.start <= BEGINNING:
        return 1.0
    return (min(segment.end, end) - max(segment.start, start)) / (segment.end - segment.start)
