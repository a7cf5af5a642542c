"""Which segments become one: small ones that adjoin and hold the same slots, in tiers and at the end of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

from builders.tile_table import TileTable
from definitions.durations import BEGINNING, floor_to_hop
from featurestore.registry.segments import NewSegment
from featurestore.segment_plan import segment_span

FEW: Final = 8
"""How many segments of about one length become one: a frame over the open cell meets fewer than so many of each
length, and a tile is written again once for each length."""

Held = TypeVar("Held", bound=NewSegment)


def plan_compactions(table: TileTable, segments: Sequence[Held], few: int = FEW) -> list[tuple[Held, ...]]:
    """The segments of a table that are to become one, each group in order of time.

    A cell of the grid that segments of history are cut by becomes one segment when its last part is there, never more:
    a late row builds its whole segment again. Before that, `few` neighbours become one of which none is that many
    times as long as the shortest.
    """
    if table.hop == 0:
        return []
    span = segment_span(table)
    found = []
    for neighbours in _adjoining(segments):
        for end, parts in _by_cell(neighbours, span):
            if parts[-1].end == end:
                found.append(parts)
            else:
                found += _in_tiers(parts, few)
    return [parts for parts in found if len(parts) > 1]


def _adjoining(segments: Sequence[Held]) -> Iterator[tuple[Held, ...]]:
    """Runs of segments that hold the same slots and of which each begins where the one before ends."""
    by_slots: dict[frozenset[str], list[Held]] = {}
    for segment in sorted(segments, key=lambda item: item.start):
        by_slots.setdefault(frozenset(segment.slots), []).append(segment)
    for held in by_slots.values():
        run: list[Held] = []
        for segment in held:
            if run and run[-1].end != segment.start:
                yield tuple(run)
                run = []
            run.append(segment)
        yield tuple(run)


def _by_cell(neighbours: tuple[Held, ...], span: int) -> Iterator[tuple[int, tuple[Held, ...]]]:
    """The neighbours that end in one cell and begin in none before it, with the cell's end; the first of all segments
    begins with time itself and counts for the cell that it ends in."""
    cells: dict[int, list[Held]] = {}
    for segment in neighbours:
        end = floor_to_hop(segment.end - 1, span) + span
        if segment.start >= end - span or segment.start <= BEGINNING:
            cells.setdefault(end, []).append(segment)
    return ((end, tuple(parts)) for end, parts in cells.items())


def _in_tiers(parts: tuple[Held, ...], few: int) -> list[tuple[Held, ...]]:
    """The parts in groups, as they are after every tier that is full has become one."""
    groups: list[tuple[Held, ...]] = [(part,) for part in parts]
    while (tier := _full_tier(groups, few)) is not None:
        groups[tier] = [tuple(chain.from_iterable(groups[tier]))]
    return groups


def _full_tier(groups: Sequence[tuple[Held, ...]], few: int) -> slice | None:
    """The newest `few` or more neighbours of about one length."""
    last, lengths = len(groups), list[int]()
    for first in reversed(range(len(groups))):
        length = groups[first][-1].end - groups[first][0].start
        if lengths and max(length, *lengths) >= few * min(length, *lengths):
            if len(lengths) >= few:
                break
            last, lengths = first + 1, []
        lengths.append(length)
    return slice(last - len(lengths), last) if len(lengths) >= few else None
