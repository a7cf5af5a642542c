"""Merge or tile join for each slot window, by estimated rows, with the reason; and what a value then still needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from builders.passes.group_requests import Group, GroupKey
from builders.passes.plan_tiles import TilesEstimate
from builders.plan import Choice
from builders.request import RequestedColumn, SpineShape
from builders.slots import SlotWindow

Form = Literal["merge", "tile join"]

_JOIN_CANDIDATE: Final = 0.08
_BAND_CANDIDATE: Final = 0.15
_BAND_VALUE: Final = 0.1
_INSTANT_CANDIDATE: Final = 0.7
_MERGE_TILE: Final = 0.45
_MERGE_PROBE: Final = 0.6
_MERGE_DIFFERENCE: Final = 0.4
"""CPU microseconds on DuckDB, fitted to frames of 10,000 to 1,000,000 rows over 1M source rows and over 5M events
(docs/decisions/0005): a tile that a pair is joined with, what bands add for it and for each of their values, a source
row that becomes a tile after the join; a tile and a probe of a merge, and a probe that is grouped back to be
subtracted."""

_MOST_REACHES_WITHOUT_BANDS: Final = 2

Chosen = Mapping[GroupKey, Mapping[str, tuple[Form, str]]]
"""The form and the reason of each slot window, by its name."""


def choose_forms(
    group: Group, shape: SpineShape, tiles: TilesEstimate, forced: Form | None
) -> dict[str, tuple[Form, str]]:
    """The form of each slot window of a group, and why; `forced` where a form is able to answer."""
    join, merge = _join_cost(group, shape, tiles), _merge_cost(group, shape, tiles)
    form: Form = "tile join" if join <= merge else "merge"
    estimate = (
        f"about {tiles.per_entity:,.1f} tiles an entity make a join cost {join / 1e6:,.3f} CPU seconds "
        f"and a merge {merge / 1e6:,.3f}"
    )
    chosen: dict[str, tuple[Form, str]] = {}
    for window in group.windows:
        if not window.slot.has_running_value:
            chosen[window.name] = "tile join", f"a {window.slot.monoid} has no running value"
        elif window.window is not None and window.slot.monoid in ("min", "max", "first"):
            reason = "a window's minimum, maximum or first is no difference of running values"
            chosen[window.name] = "tile join", reason
        else:
            chosen[window.name] = (form, estimate) if forced is None else (forced, "asked for")
    return chosen


def _join_cost(group: Group, shape: SpineShape, tiles: TilesEstimate) -> float:
    """Every pair meets the tiles inside the longest reach."""
    reaches = {window.reach for window in group.windows}
    longest = tiles.span if None in reaches else max(reach for reach in reaches if reach is not None)
    candidates = shape.rows * tiles.per_entity * min(1.0, longest / tiles.span)
    slots = {window.slot for window in group.windows}
    if group.table.hop is None and tiles.from_source and any(slot.picks_row for slot in slots):
        return candidates * _INSTANT_CANDIDATE
    if len(reaches) <= _MOST_REACHES_WITHOUT_BANDS:
        return candidates * _JOIN_CANDIDATE
    return candidates * (_JOIN_CANDIDATE + _BAND_CANDIDATE) + shape.rows * len(reaches) * len(slots) * _BAND_VALUE


def _merge_cost(group: Group, shape: SpineShape, tiles: TilesEstimate) -> float:
    """The tiles of the asked entities are sorted, and each probe among them."""
    offsets = {window.window for window in group.windows if window.window and window.slot.is_invertible}
    probe = _MERGE_PROBE + (_MERGE_DIFFERENCE if offsets else 0.0)
    return tiles.rows * min(1.0, shape.rows / tiles.entities) * _MERGE_TILE + shape.rows * (1 + len(offsets)) * probe


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
