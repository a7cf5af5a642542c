"""From a request to a frame's plan, in passes that each do one thing:

group_requests   which tile tables and grids the columns need
find_needs       the slots and the time needed of each table, and the base that stands for the oldest of it
estimate_work    how many pairs and tiles there are, and how many of these meet
choose_forms     merge, tile join or sliding frame for each slot window, by what they cost the engine, with the reason
place_rows       where the entity dataframe and its pairs have to be, if rows move at all
plan_tiles       the base, stored segments where they cover, the source where they do not
place_forms      one join and one sliding frame per table and grid, one merge per table or entity
expect_rows      what the estimates mean for each step, to be held against what is found
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from builders.answers import Answer, Frame, FramePlan, Output
from builders.grid import Grid
from builders.passes.choose_forms import Form, choose_forms, keep_needed, list_choices
from builders.passes.estimate_work import estimate_pairs, estimate_tiles
from builders.passes.expect_rows import expect_rows
from builders.passes.find_needs import find_needs
from builders.passes.group_requests import group_requests, label_tables, slots_of_tables
from builders.passes.place_forms import Placed, drop_filters_that_joins_apply, place_forms
from builders.passes.place_rows import ask_only, place_pairs, place_spine
from builders.passes.plan_tiles import plan_tiles
from builders.plan import DistinctPairs, ReadSpine, Role, Tiles
from builders.request import Inputs, RequestedColumn, SpineShape, roles_of
from builders.slots import SlotWindow
from builders.tile_table import TileTable
from definitions.model import Entity


@dataclass(frozen=True)
class SpineColumns:
    """The entity dataframe's columns: those to carry through, and the timestamp's name and type in the engine."""

    carried: tuple[str, ...]
    timestamp: str | None
    timestamp_type: str


def plan_frame(
    columns: tuple[RequestedColumn, ...],
    spine_columns: SpineColumns,
    shape: SpineShape,
    inputs: Inputs,
    form: Form | None = None,
) -> FramePlan:
    """The plan of a frame with one output per requested column.

    `form` forces a form where it is able to answer, for tests and comparisons; None lets estimates decide.
    """
    everything = {column.name: column.slot_windows for column in columns}
    groups = group_requests(columns, everything)
    labels = label_tables(tuple(groups.values()))
    needs = find_needs(tuple(groups.values()), shape, inputs)
    roles = roles_of(columns)
    works = estimate_tiles(needs, shape, roles, inputs)
    pairs_estimates = {
        key: estimate_pairs(group, shape, roles[group.table.entity.name]) for key, group in groups.items()
    }
    chosen = {
        key: choose_forms(group, works[group.table].of_pairs(pairs_estimates[key]), inputs.traits.costs, form)
        for key, group in groups.items()
    }

    needed = {column.name: keep_needed(column, chosen) for column in columns}
    groups = group_requests(columns, needed)
    spine = place_spine(_plan_spine(columns, spine_columns, shape), columns, inputs)
    of_grids = {(table.entity.name, grid): found for (table, grid), found in pairs_estimates.items()}
    entities = {column.entity.name: column.entity for column in columns}
    pairs = {
        (name, grid): place_pairs(pair, entities[name], of_grids[name, grid], inputs)
        for (name, grid), pair in _plan_pairs(columns, spine).items()
    }
    tiles = {}
    for table, kept in slots_of_tables(tuple(groups.values())).items():
        keys = [(table.entity.name, grid) for asked, grid in groups if asked == table]
        asking = ask_only(tuple(pairs[key] for key in keys), sum(of_grids[key] for key in keys), inputs)
        held = plan_tiles(table, labels[table], replace(needs[table], slots=kept), asking, inputs)
        tiles[table] = drop_filters_that_joins_apply(groups, chosen, held)
    placed = place_forms(groups, chosen, tiles, pairs, inputs.traits.merge_scope)
    outputs = tuple(_answer(column, needed[column.name], placed, tiles) for column in columns)
    frame = Frame("frame", spine, outputs)
    of_pairs = {pairs[key].name: found for key, found in of_grids.items()}
    return FramePlan(frame, list_choices(groups, chosen), expect_rows(frame, shape.rows, works, of_pairs))


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


def _answer(
    column: RequestedColumn, needed: tuple[SlotWindow, ...], placed: Placed, tiles: Mapping[TileTable, Tiles]
) -> Output:
    windows = tuple((placed[column.table, column.grid, window.name], tiles[column.table], window) for window in needed)
    return Output(column.name, column.column, Answer(Role(column.key_columns), windows), column.raw)


__all__ = ["Form", "SpineColumns", "plan_frame"]
