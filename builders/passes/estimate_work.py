"""How many pairs, tiles and meetings of both a frame is: from statistics of segments, else a sample of the source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from builders.coverage import Range
from builders.form_costs import Work
from builders.passes.find_needs import Need
from builders.passes.group_requests import Group
from builders.passes.plan_tiles import missing_ranges, overlapping_segments
from builders.request import AskedSource, Inputs, Meeting, Roles, SpineShape, StoredSegment
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


@dataclass(frozen=True)
class Amount:
    """About how many rows or tiles: of the entities that are asked for, and of all."""

    asked: float
    all: float


@dataclass(frozen=True)
class TileWork:
    """What a frame reads of one table: `stored` tiles, `rows` of the source and the tiles `built` of these; how many
    tiles a pair meets if all of the `span` (microseconds) is in its reach; whether all of it are rows, which are tiles
    themselves."""

    stored: Amount
    rows: Amount
    built: Amount
    tiles_met: float
    span: int
    are_rows: bool

    @property
    def tiles(self) -> Amount:
        return Amount(self.stored.asked + self.built.asked, self.stored.all + self.built.all)

    def of_pairs(self, pairs: float) -> Work:
        """The work that so many pairs are."""
        return Work(pairs, self.tiles.asked, self.tiles_met, self.span, self.are_rows)


def estimate_tiles(
    needs: Mapping[TileTable, Need], shape: SpineShape, roles: Mapping[str, Roles], inputs: Inputs
) -> dict[TileTable, TileWork]:
    """The tiles that are needed of each table, those of a base too; sources are looked at together."""
    asked = {table: _ask_source(table, need, roles[table.entity.name], inputs) for table, need in needs.items()}
    looked_at = [item for item in asked.values() if item is not None]
    found = dict(zip(looked_at, inputs.meetings(looked_at) if looked_at else (), strict=True))
    return {table: _estimate(table, need, asked[table], found, shape, inputs) for table, need in needs.items()}


def _needed_range(need: Need) -> Range:
    return min(within[0] for _, within in need.reads), need.within[1]


def _ask_source(table: TileTable, need: Need, roles: Roles, inputs: Inputs) -> AskedSource | None:
    """What is to be read of the source; None where segments have all."""
    segments = overlapping_segments(table, *_needed_range(need), inputs)
    missing = [gap for slots, read in need.reads for gap in missing_ranges(segments, slots, *read)]
    if not missing:
        return None
    # Ranges that different slots lack are read one by one, but mostly there is one, at the end or in front.
    within = min(first for first, _ in missing), max(last for _, last in missing)
    return AskedSource(table, inputs.files(table.source), roles, within)


def _estimate(
    table: TileTable,
    need: Need,
    asked_source: AskedSource | None,
    found: Mapping[AskedSource, Meeting],
    shape: SpineShape,
    inputs: Inputs,
) -> TileWork:
    start, end = needed = _needed_range(need)
    segments = overlapping_segments(table, start, end, inputs)
    in_base = need.base.rows if need.base is not None and need.in_base else 0
    held = in_base + sum(segment.rows * _overlap(segment, start, end) for segment in segments)
    entities = max(in_base, *(segment.entities for segment in segments), 1)
    asked = shape.entities.get(table.entity.name, shape.rows)
    stored, met = Amount(held * min(1.0, asked / entities), held), held / entities
    rows = built = Amount(0.0, 0.0)
    begins = [segment.start for segment in segments]
    if asked_source is not None:
        meeting = found[asked_source]
        rows = Amount(meeting.rows * meeting.asked_share, meeting.rows)
        built = Amount(meeting.tiles * meeting.asked_share, meeting.tiles)
        met += _tiles_of(meeting.rows_met, table, meeting.span)
        begins.append(max(asked_source.within[0], asked_source.within[1] - meeting.span - 1))
    are_rows = table.hop is None and not segments and not in_base
    return TileWork(stored, rows, built, met, _known_span(needed, begins), are_rows)


def estimate_pairs(group: Group, shape: SpineShape, roles: Roles) -> float:
    """About how many distinct (entity, boundary) pairs the spine has on the group's grid."""
    return shape.pairs.get((group.table.entity.name, group.grid), shape.rows * len(roles))


def _known_span(needed: tuple[int, int], begins: list[int]) -> int:
    """From the beginning of what there is to the end; the first segment may say no more than that it is the first."""
    start, end = needed
    if start > BEGINNING:
        return max(1, end - start)
    return max(1, end - min((begin for begin in begins if begin > BEGINNING), default=start))


def _tiles_of(rows: float, table: TileTable, span: int) -> float:
    """How many tiles so many rows of one entity become, that lie that far apart."""
    return rows if table.hop is None else _occupied(rows, 1 + span / (table.hop or max(span, 1)))


def _occupied(thrown: float, cells: float) -> float:
    """How many of the cells are hit, on average."""
    return cells * (1.0 if cells <= 1.0 else -math.expm1(thrown * math.log1p(-1.0 / cells)))


def _overlap(segment: StoredSegment, start: int, end: int) -> float:
    if segment.start <= BEGINNING:
        return 1.0
    return (min(segment.end, end) - max(segment.start, start)) / (segment.end - segment.start)
