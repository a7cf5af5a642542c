"""The form of each slot window, by what the ways to answer a group cost; and what a value then still needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Literal

from builders.answers import Choice
from builders.form_costs import FormCosts, Work
from builders.passes.group_requests import Group, GroupKey
from builders.request import RequestedColumn
from builders.slots import SlotWindow

Form = Literal["merge", "tile join", "sliding frame"]

Chosen = Mapping[GroupKey, Mapping[str, tuple[Form, str]]]
"""The form and the reason of each slot window, by its name."""


def choose_forms(group: Group, work: Work, costs: FormCosts, forced: Form | None) -> dict[str, tuple[Form, str]]:
    """The form of each slot window of a group, and why; `forced` where it is able to answer."""
    if forced is not None:
        able = {window.name: forced in able_forms(window) for window in group.windows}
        return {name: (forced, "asked for") if able[name] else ("tile join", f"no {forced} can") for name in able}
    ways = [(assigned, _cost(group, work, costs, assigned)) for assigned in _ways_to_answer(group)]
    best, least = min(ways, key=lambda way: way[1])
    others = [f"{_spell(assigned)} {cost / 1e6:.2g}" for assigned, cost in ways if assigned is not best]
    reason = (
        f"{work.pairs:,.0f} pairs meet {work.tiles:,.0f} tiles, {work.matches(None):,.1f} each: in CPU seconds "
        f"{_spell(best)} {least / 1e6:.2g}" + "".join(f", {other}" for other in others)
    )
    return {name: (form, reason) for name, form in best.items()}


def able_forms(window: SlotWindow) -> tuple[Form, ...]:
    """The forms that can answer a slot window."""
    if not window.slot.has_running_value:
        return ("tile join",)
    if window.window is not None and window.slot.monoid in ("min", "max", "first"):
        # Of a window these are no difference of running values.
        return ("tile join", "sliding frame")
    return ("tile join", "merge", "sliding frame")


def _ways_to_answer(group: Group) -> Iterator[dict[str, Form]]:
    """A form for each slot window, those that the same forms can answer together; what a merge can answer never slides:
    one running value serves all of its windows."""
    ways = {window.name: able_forms(window)[:2] for window in group.windows}
    distinct = list(dict.fromkeys(ways.values()))
    for taken in product(*distinct):
        form_of = dict(zip(distinct, taken, strict=True))
        yield {name: form_of[way] for name, way in ways.items()}


def _cost(group: Group, work: Work, costs: FormCosts, assigned: Mapping[str, Form]) -> float:
    of_form = {"merge": costs.of_merge, "tile join": costs.of_join, "sliding frame": costs.of_sliding_frame}
    return sum(
        of_form[form](work, tuple(window for window in group.windows if assigned[window.name] == form))
        for form in dict.fromkeys(assigned.values())
    )


def _spell(assigned: Mapping[str, Form]) -> str:
    return " and ".join(dict.fromkeys(assigned.values()))


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
