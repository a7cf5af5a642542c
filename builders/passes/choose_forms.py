"""Merge or tile join for each slot window, by estimated rows, with the reason; and what a value then still needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from builders.passes.group_requests import Group, GroupKey
from builders.passes.plan_tiles import TilesEstimate
from builders.plan import Choice
from builders.request import RequestedColumn, SpineShape
from builders.slots import SlotWindow

Form = Literal["merge", "tile join"]

JOIN_CANDIDATE_COST = 0.25
"""What a candidate of the tile join costs against a row of the merge, which is sorted; measured on DuckDB."""

Chosen = Mapping[GroupKey, Mapping[str, tuple[Form, str]]]
"""The form and the reason of each slot window, by its name."""


def choose_forms(
    group: Group, shape: SpineShape, tiles: TilesEstimate, forced: Form | None
) -> dict[str, tuple[Form, str]]:
    """The form of each slot window of a group, and why; `forced` where a form is able to answer."""
    candidates = shape.rows * tiles.per_entity
    offsets = {window.window for window in group.windows if window.window and window.slot.is_invertible}
    merged = tiles.rows * min(1.0, shape.rows / tiles.entities) + shape.rows * (1 + len(offsets))
    form: Form = "tile join" if candidates * JOIN_CANDIDATE_COST <= merged else "merge"
    estimate = (
        f"about {tiles.per_entity:,.1f} tiles an entity: {candidates:,.0f} candidates to join, "
        f"{merged:,.0f} rows to merge"
    )
    chosen: dict[str, tuple[Form, str]] = {}
    for window in group.windows:
        if window.window is not None and window.slot.monoid in ("min", "max"):
            chosen[window.name] = "tile join", "a window's minimum or maximum is no difference of running values"
        else:
            chosen[window.name] = (form, estimate) if forced is None else (forced, "asked for")
    return chosen


def keep_needed(column: RequestedColumn, chosen: Chosen) -> tuple[SlotWindow, ...]:
    """The slot windows that the column's value is made of.

    A sum needs the count of what it added up to tell nothing from zero; but over no rows a join has no sum at all.
    """
    windows = column.slot_windows
    form, _ = chosen[column.table, column.grid][windows[0].name]
    return windows[:1] if column.column.feature.agg == "sum" and form == "tile join" else windows


def list_choices(groups: Mapping[GroupKey, Group], chosen: Chosen) -> tuple[Choice, ...]:
    """Forms and reasons, with how many slot windows each answers."""
    counted: dict[tuple[str, str, Form, str], int] = {}
    for key, group in groups.items():
        for window in group.windows:
            form, reason = chosen[key][window.name]
            found = (group.table.label, group.grid.name, form, reason)
            counted[found] = counted.get(found, 0) + 1
    return tuple(Choice(table, grid, form, count, reason) for (table, grid, form, reason), count in counted.items())


def windows_of_form(group: Group, chosen: Chosen, form: Form) -> tuple[SlotWindow, ...]:
    """The slot windows of a group that `form` answers."""
    return tuple(window for window in group.windows if chosen[group.table, group.grid][window.name][0] == form)
