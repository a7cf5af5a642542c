"""A plan in words: what is read, how it is combined and why, how many rows each step has."""

from __future__ import annotations

from collections.abc import Mapping

from builders.answers import FramePlan
from builders.plan import BuildTiles, ReadBase, ReadSegments, Tiles, walk


def explain_plan(plan: FramePlan, sql: str, actual: Mapping[str, int]) -> str:
    """The plan's steps from the inputs to the frame, the choices with their reasons, and the SQL.

    `actual` are counted rows by step, empty when the plan was not run; without `sql` its section is left out.
    """
    sections = [_tables(plan), _choices(plan), _steps(plan, actual), *([["SQL", "", sql]] if sql else [])]
    return "\n".join(line for section in sections for line in [*section, ""])


def _tables(plan: FramePlan) -> list[str]:
    lines = ["Tile tables", ""]
    for node in walk(plan.frame):
        if isinstance(node, Tiles):
            bases = [part.label for part in node.parts if isinstance(part, ReadBase)]
            stored = sum(
                len(part.files)
                for part in node.parts
                if isinstance(part, ReadSegments) and not isinstance(part, ReadBase)
            )
            built = sum(isinstance(part, BuildTiles) for part in node.parts)
            ways = [*bases, *([f"{stored} stored segments"] if stored else [])]
            ways += [f"{built} ranges straight from the source"] if built else []
            lines.append(f"  {node.table.label} ({node.table.name}): {', '.join(ways)}")
            for held in node.slots:
                what = held.slot.of or "rows"
                where = f" where {held.slot.where}" if held.slot.where else ""
                lines.append(f"    {held.slot.monoid} of {what}{where}  [{held.slot.name}]")
    return lines


def _choices(plan: FramePlan) -> list[str]:
    lines = ["Forms", ""]
    for choice in plan.choices:
        lines.append(
            f"  {choice.table} on the grid {choice.grid}: {choice.form} for {choice.windows} slot windows, "
            f"because {choice.reason}"
        )
    return lines


def _steps(plan: FramePlan, actual: Mapping[str, int]) -> list[str]:
    lines = ["Steps", ""]
    for node in walk(plan.frame):
        rows = []
        if node.name in plan.estimates:
            rows.append(f"about {plan.estimates[node.name]:,} rows expected")
        if node.name in actual:
            rows.append(f"{actual[node.name]:,} rows found")
        lines.append(f"  {node.name}: {node.describe()}{'; ' + ', '.join(rows) if rows else ''}")
    return lines
