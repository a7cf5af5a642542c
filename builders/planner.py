"""From a request to a frame's plan, in passes that each do one thing:

group_requests   which tile tables, grids and roles the columns need
plan_tiles       stored segments where they cover, the source where they do not
choose_forms     merge or tile join for each slot window, with the reason
answer_columns   where each column's slot windows are found
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from builders.coverage import uncovered
from builders.grid import Grid
from builders.limbs import widest
from builders.plan import (
    Answer,
    BuildTiles,
    Choice,
    DistinctPairs,
    Frame,
    FramePlan,
    KeyFilter,
    Merge,
    MergedWindows,
    Output,
    Probes,
    ReadSegments,
    ReadSource,
    ReadSpine,
    Role,
    RowJoin,
    TileJoin,
    Tiles,
    TileSlot,
    tile_slot,
)
from builders.plan import Form as PlannedForm
from builders.request import Inputs, RequestedColumn, SpineShape, StoredSegment, needed_slots
from builders.slots import Slot, SlotWindow
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from definitions.model import Entity

Form = Literal["merge", "tile join"]
MergeScope = Literal["entity", "table"]

JOIN_CANDIDATE_COST = 0.25
"""What a candidate of the tile join costs against a row of the merge, which is sorted; measured on DuckDB."""


@dataclass(frozen=True)
class SpineColumns:
    """The entity dataframe's columns: those to carry through, and the timestamp's name and type in the engine."""

    carried: tuple[str, ...]
    timestamp: str | None
    timestamp_type: str


@dataclass(frozen=True)
class _Group:
    """The slot windows that are asked of one tile table on one grid."""

    table: TileTable
    grid: Grid
    windows: tuple[SlotWindow, ...]


def plan_frame(
    columns: tuple[RequestedColumn, ...],
    spine_columns: SpineColumns,
    shape: SpineShape,
    inputs: Inputs,
    form: Form | None = None,
    scope: MergeScope = "table",
) -> FramePlan:
    """The plan of a frame with one output per requested column.

    `form` forces a form where it is able to answer, for tests and comparisons; None lets estimates decide.
    `scope` says how many tile tables a merge takes in one union: all of an entity where an exchange costs more than
    wide rows, one where nothing moves (docs/decisions/0003).
    """
    groups = _group_requests(columns)
    spine = _plan_spine(columns, spine_columns, shape)
    pairs = _plan_pairs(columns, spine)
    labels = _label_tables(groups)
    tiles = {}
    estimates: dict[str, int] = {spine.name: shape.rows}
    densities = {}
    for table, slots in needed_slots(columns).items():
        own = [group for group in groups if group.table == table]
        asking = tuple(pairs[table.entity.name, group.grid] for group in own)
        start, end = _needed_range(own, shape)
        tiles[table], rows, entities = _plan_tiles(table, labels[table], slots, (start, end), KeyFilter(asking), inputs)
        estimates[tiles[table].name] = rows
        densities[table] = (rows, max(entities, 1))
    chosen = {group: _choose(group, shape, *densities[group.table], form) for group in groups}
    _drop_filters_that_joins_apply(chosen, tiles)
    forms = _plan_forms(chosen, tiles, pairs, labels, scope)
    outputs = tuple(_answer(column, forms, tiles) for column in columns)
    choices = tuple(choice for group in groups for choice in chosen[group][1])
    return FramePlan(Frame("frame", spine, outputs), choices, estimates)


def _group_requests(columns: tuple[RequestedColumn, ...]) -> tuple[_Group, ...]:
    windows: dict[tuple[TileTable, Grid], dict[SlotWindow, None]] = {}
    for column in columns:
        windows.setdefault((column.table, column.grid), {}).update(dict.fromkeys(column.slot_windows))
    return tuple(
        _Group(table, grid, tuple(sorted(_widest_reach(asked), key=lambda window: window.name)))
        for (table, grid), asked in windows.items()
    )


def _widest_reach(windows: Mapping[SlotWindow, None]) -> list[SlotWindow]:
    """One entry per slot and window: two features may ask for the same with different ttl."""
    found: dict[str, SlotWindow] = {}
    for window in windows:
        other = found.get(window.name)
        if other is None or (other.reach is not None and (window.reach is None or window.reach > other.reach)):
            found[window.name] = window
    return list(found.values())


def _plan_spine(columns: tuple[RequestedColumn, ...], spine: SpineColumns, shape: SpineShape) -> ReadSpine:
    keys = {
        held: kind
        for column in columns
        for held, kind in zip(column.key_columns, column.entity.keys.values(), strict=True)
    }
    grids = tuple(dict.fromkeys(column.grid for column in columns))
    return ReadSpine(
        "spine", tuple(keys.items()), spine.carried, spine.timestamp, spine.timestamp_type, shape.first, grids
    )


def _plan_pairs(columns: tuple[RequestedColumn, ...], spine: ReadSpine) -> dict[tuple[str, Grid], DistinctPairs]:
    roles: dict[tuple[str, Grid], dict[Role, None]] = {}
    entities: dict[str, Entity] = {}
    for column in columns:
        entities[column.entity.name] = column.entity
        roles.setdefault((column.entity.name, column.grid), {})[Role(column.key_columns)] = None
    return {
        (name, grid): DistinctPairs(
            f"pairs_{name}_{grid.name}",
            spine,
            grid,
            tuple(entities[name].keys),
            tuple(entities[name].keys.values()),
            tuple(asked),
        )
        for (name, grid), asked in roles.items()
    }


def _label_tables(groups: Sequence[_Group]) -> dict[TileTable, str]:
    """A readable name per table; those that would share one (an entity by two source columns) are numbered."""
    labels: dict[TileTable, str] = {}
    for group in groups:
        if group.table not in labels:
            same = sum(1 for other in labels if other.label == group.table.label)
            labels[group.table] = group.table.label if same == 0 else f"{group.table.label}_{same + 1}"
    return labels


def _needed_range(groups: Sequence[_Group], shape: SpineShape) -> tuple[int, int]:
    """The hop starts that any of the windows can see from any instant of the spine."""
    if groups[0].table.hop == 0:
        return BEGINNING, BEGINNING + 1
    starts, ends = [], []
    for group in groups:
        reaches = [window.reach for window in group.windows]
        first = group.grid.boundary(shape.first)
        starts.append(BEGINNING if None in reaches else first - max(reach for reach in reaches if reach is not None))
        ends.append(group.grid.boundary(shape.last))
    return min(starts), max(*ends, min(starts) + 1)


def _plan_tiles(
    table: TileTable,
    label: str,
    slots: tuple[Slot, ...],
    needed: tuple[int, int],
    key_filter: KeyFilter,
    inputs: Inputs,
) -> tuple[Tiles, int, int]:
    """Tiles of a table for the needed range, with about how many there are and of how many entities."""
    start, end = needed
    segments = [item for item in inputs.segments.get(table, ()) if item.start < end and start < item.end]
    parts: list[ReadSegments | BuildTiles] = []
    rows = 0
    entities = max((segment.entities for segment in segments), default=0)
    for held, group in _group_segments(segments, slots):
        name = f"stored_{label}" if not parts else f"stored_{label}_{len(parts) + 1}"
        limbs = {slot.name: widest(*(item.slots[slot.name] for item in group)) for slot in held if slot.is_double_sum}
        chosen = tuple(tile_slot(slot, limbs) for slot in held)
        parts.append(ReadSegments(name, table, tuple(item.file for item in group), start, end, chosen, key_filter))
        rows += sum(round(item.rows * _overlap(item, start, end)) for item in group)
    for (first, last), missing in _missing_ranges(segments, slots, start, end).items():
        source = inputs.files(table.source)
        number = sum(isinstance(part, BuildTiles) for part in parts) + 1
        suffix = label if number == 1 else f"{label}_{number}"
        read = ReadSource(
            f"rows_{suffix}", table, source.files, source.timestamp_type, first, last, tuple(missing), key_filter
        )
        chosen = tuple(tile_slot(slot, inputs.limbs) for slot in missing)
        parts.append(BuildTiles(f"built_{suffix}", read, chosen))
        rows += source.rows
        entities = max(entities, inputs.entities(table, source))
    return Tiles(f"tiles_{label}", table, tuple(parts)), rows, entities


def _overlap(segment: StoredSegment, start: int, end: int) -> float:
    if segment.start <= BEGINNING:
        return 1.0
    return (min(segment.end, end) - max(segment.start, start)) / (segment.end - segment.start)


def _group_segments(
    segments: Sequence[StoredSegment], slots: tuple[Slot, ...]
) -> list[tuple[tuple[Slot, ...], list[StoredSegment]]]:
    """Segments that hold the same needed slots are read together."""
    groups: dict[tuple[Slot, ...], list[StoredSegment]] = {}
    for segment in segments:
        held = tuple(slot for slot in slots if slot.name in segment.slots)
        if held:
            groups.setdefault(held, []).append(segment)
    return list(groups.items())


def _missing_ranges(
    segments: Sequence[StoredSegment], slots: tuple[Slot, ...], start: int, end: int
) -> dict[tuple[int, int], list[Slot]]:
    """The ranges to build from the source, each with the slots that are missing there: one scan a range."""
    missing: dict[tuple[int, int], list[Slot]] = {}
    for slot in slots:
        covered = [(item.start, item.end) for item in segments if slot.name in item.slots]
        for gap in uncovered(start, end, covered):
            missing.setdefault(gap, []).append(slot)
    return missing


def _choose(
    group: _Group, shape: SpineShape, rows: int, entities: int, forced: Form | None
) -> tuple[dict[SlotWindow, Form], tuple[Choice, ...]]:
    """The form of each slot window of a group, and why."""
    per_entity = rows / entities
    candidates = shape.rows * per_entity
    offsets = {window.window for window in group.windows if window.window and window.slot.is_invertible}
    merged = rows * min(1.0, shape.rows / entities) + shape.rows * (1 + len(offsets))
    join_is_cheaper = candidates * JOIN_CANDIDATE_COST <= merged
    estimate = (
        f"about {per_entity:,.1f} tiles an entity: {candidates:,.0f} candidates to join, {merged:,.0f} rows to merge"
    )
    forms: dict[SlotWindow, Form] = {}
    reasons: dict[tuple[Form, str], int] = {}
    for window in group.windows:
        form, reason = _choose_one(window, join_is_cheaper, estimate, forced)
        forms[window] = form
        reasons[form, reason] = reasons.get((form, reason), 0) + 1
    return forms, tuple(
        Choice(group.table.label, group.grid.name, form, count, reason) for (form, reason), count in reasons.items()
    )


def _choose_one(window: SlotWindow, join_is_cheaper: bool, estimate: str, forced: Form | None) -> tuple[Form, str]:
    if window.window is not None and window.slot.monoid in ("min", "max"):
        return "tile join", "a window's minimum or maximum is no difference of running values"
    if forced is not None:
        return forced, "asked for"
    return ("tile join" if join_is_cheaper else "merge"), estimate


def _plan_forms(
    chosen: Mapping[_Group, tuple[dict[SlotWindow, Form], tuple[Choice, ...]]],
    tiles: Mapping[TileTable, Tiles],
    pairs: Mapping[tuple[str, Grid], DistinctPairs],
    labels: Mapping[TileTable, str],
    scope: MergeScope,
) -> dict[tuple[TileTable, Grid, str], PlannedForm]:
    """One tile join per table and grid; one merge per entity or per table, for all grids together."""
    forms: dict[tuple[TileTable, Grid, str], PlannedForm] = {}
    merging: dict[tuple[str, str], dict[Grid, list[tuple[Tiles, SlotWindow]]]] = {}
    for group, (by_window, _) in chosen.items():
        entity = group.table.entity.name
        joined = tuple(window for window in group.windows if by_window[window] == "tile join")
        if joined:
            name = f"joined_{labels[group.table]}_{group.grid.name}"
            join = _plan_join(name, tiles[group.table], pairs[entity, group.grid], joined)
            forms.update({(group.table, group.grid, window.name): join for window in joined})
        merged = [(tiles[group.table], window) for window in group.windows if by_window[window] == "merge"]
        if merged:
            label = entity if scope == "entity" else labels[group.table]
            merging.setdefault((entity, label), {}).setdefault(group.grid, []).extend(merged)
    for (entity, label), by_grid in merging.items():
        merge = _plan_merge(entity, label, by_grid, pairs)
        for probes in merge.probes:
            node = MergedWindows(f"merged_{label}_{probes.pairs.grid.name}", merge, probes)
            forms.update({(held.table, probes.pairs.grid, window.name): node for held, window in probes.windows})
    return forms


def _drop_filters_that_joins_apply(
    chosen: Mapping[_Group, tuple[dict[SlotWindow, Form], tuple[Choice, ...]]], tiles: dict[TileTable, Tiles]
) -> None:
    """Tiles that only one tile join reads need no filter by entity first: the join is one."""
    for table, held in tiles.items():
        asking = [forms for group, (forms, _) in chosen.items() if group.table == table]
        if len(asking) == 1 and set(asking[0].values()) == {"tile join"}:
            parts = tuple(_unfiltered(part) for part in held.parts)
            tiles[table] = replace(held, parts=parts)


def _unfiltered(part: ReadSegments | BuildTiles) -> ReadSegments | BuildTiles:
    """Without the filter; rows of a source keep theirs where they are grouped into tiles before the join."""
    if isinstance(part, ReadSegments):
        return replace(part, key_filter=None)
    return replace(part, source=replace(part.source, key_filter=None)) if part.table.hop is None else part


def _plan_join(name: str, tiles: Tiles, pairs: DistinctPairs, windows: tuple[SlotWindow, ...]) -> TileJoin | RowJoin:
    """Tiles of an exact table are as many as its rows; straight from the source, the rows themselves will do."""
    if tiles.table.hop is None and len(tiles.parts) == 1 and isinstance(tiles.parts[0], BuildTiles):
        return RowJoin(name, tiles, tiles.parts[0].source, pairs, windows)
    return TileJoin(name, tiles, pairs, windows)


def _plan_merge(
    entity: str,
    label: str,
    by_grid: Mapping[Grid, list[tuple[Tiles, SlotWindow]]],
    pairs: Mapping[tuple[str, Grid], DistinctPairs],
) -> Merge:
    probes = tuple(Probes(pairs[entity, grid], tuple(windows)) for grid, windows in by_grid.items())
    tables = {held.name: held for windows in by_grid.values() for held, _ in windows}
    return Merge(f"merge_{label}", probes[0].pairs.keys, tuple(tables.values()), probes)


def _answer(
    column: RequestedColumn,
    forms: Mapping[tuple[TileTable, Grid, str], PlannedForm],
    tiles: Mapping[TileTable, Tiles],
) -> Output:
    windows = tuple(
        (forms[column.table, column.grid, window.name], tiles[column.table], window) for window in column.slot_windows
    )
    return Output(column.name, column.column, Answer(Role(column.key_columns), windows), column.raw)


__all__ = ["Form", "SpineColumns", "TileSlot", "plan_frame"]
