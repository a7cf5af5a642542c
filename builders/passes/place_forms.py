"""The plan's steps for the chosen forms: one tile join per table and grid, one merge per table or per entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from builders.engine_traits import MergeScope
from builders.forms import Form, Merge, MergedWindows, Probes, RowJoin, SlidingFrame, TileJoin, ValueCounts
from builders.grid import Grid
from builders.passes.choose_forms import Chosen, windows_of_form
from builders.passes.group_requests import Group, GroupKey
from builders.plan import BuildTiles, DistinctPairs, ReadSegments, Tiles
from builders.slots import SlotWindow
from builders.tile_table import TileTable

Placed = Mapping[tuple[TileTable, Grid, str], Form]
"""The step that gives each slot window, by table, grid and the window's name."""


def place_forms(
    groups: Mapping[GroupKey, Group],
    chosen: Chosen,
    tiles: Mapping[TileTable, Tiles],
    pairs: Mapping[tuple[str, Grid], DistinctPairs],
    scope: MergeScope,
) -> Placed:
    """Where every slot window is found."""
    placed: dict[tuple[TileTable, Grid, str], Form] = {}
    merging: dict[tuple[str, str], dict[Grid, list[tuple[Tiles, SlotWindow]]]] = {}
    for key, group in groups.items():
        entity, held = group.table.entity.name, tiles[group.table]
        label = held.name.removeprefix("tiles_")
        for join in _plan_joins(label, held, pairs[entity, group.grid], windows_of_form(group, chosen, "tile join")):
            placed.update({(*key, window.name): join for window in join.slot_windows})
        sliding = windows_of_form(group, chosen, "sliding frame")
        if sliding:
            framed = SlidingFrame(f"framed_{label}_{group.grid.name}", held, pairs[entity, group.grid], sliding)
            placed.update({(*key, window.name): framed for window in sliding})
        merged = [(held, window) for window in windows_of_form(group, chosen, "merge")]
        if merged:
            together = (entity, entity if scope == "entity" else label)
            merging.setdefault(together, {}).setdefault(group.grid, []).extend(merged)
    for (entity, label), by_grid in merging.items():
        merge = _plan_merge(entity, label, by_grid, pairs, scope)
        for probes in merge.probes:
            node = MergedWindows(f"merged_{label}_{probes.pairs.grid.name}", merge, probes)
            placed.update({(held.table, probes.pairs.grid, window.name): node for held, window in probes.windows})
    return placed


def drop_filters_that_joins_apply(groups: Mapping[GroupKey, Group], chosen: Chosen, tiles: Tiles) -> Tiles:
    """Tiles that only one tile join reads need no filter by entity first: the join is one."""
    asking = [group for group in groups.values() if group.table == tiles.table]
    if len(asking) != 1 or windows_of_form(asking[0], chosen, "tile join") != asking[0].windows:
        return tiles
    return replace(tiles, parts=tuple(_unfiltered(part) for part in tiles.parts))


def _unfiltered(part: ReadSegments | BuildTiles) -> ReadSegments | BuildTiles:
    """Without the filter; rows of a source keep theirs where they are grouped into tiles, or moved, before the join."""
    if isinstance(part, ReadSegments):
        return replace(part, key_filter=None)
    keeps = part.table.hop is not None or part.source.layout is not None
    return part if keeps else replace(part, source=replace(part.source, key_filter=None))


def _plan_joins(
    label: str, tiles: Tiles, pairs: DistinctPairs, windows: tuple[SlotWindow, ...]
) -> list[TileJoin | RowJoin | ValueCounts]:
    """One join for all slots, and one for each slot that counts values: its rows are of values.

    Tiles of an exact table are as many as its rows; straight from the source, the rows themselves will do.
    """
    joins: list[TileJoin | RowJoin | ValueCounts] = []
    only = tiles.parts[0]
    rows = only.source if tiles.table.hop is None and len(tiles.parts) == 1 and isinstance(only, BuildTiles) else None
    together = tuple(window for window in windows if not window.slot.counts_values)
    if together:
        name = f"joined_{label}_{pairs.grid.name}"
        joins.append(
            TileJoin(name, tiles, pairs, together) if rows is None else RowJoin(name, tiles, pairs, together, rows)
        )
    for slot in dict.fromkeys(window.slot for window in windows if window.slot.counts_values):
        asked = tuple(window for window in windows if window.slot == slot)
        joins.append(ValueCounts(f"counted_{slot.name}_{label}_{pairs.grid.name}", tiles, pairs, asked, rows))
    return joins


def _plan_merge(
    entity: str,
    label: str,
    by_grid: Mapping[Grid, list[tuple[Tiles, SlotWindow]]],
    pairs: Mapping[tuple[str, Grid], DistinctPairs],
    scope: MergeScope,
) -> Merge:
    probes = tuple(Probes(pairs[entity, grid], tuple(windows)) for grid, windows in by_grid.items())
    tables = {held.name: held for windows in by_grid.values() for held, _ in windows}
    return Merge(f"merge_{label}", probes[0].pairs.keys, tuple(tables.values()), probes, scope)
