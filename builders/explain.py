"""A plan in words and as a document: what is read, how it is combined and why, expected rows beside those found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builders.answers import Expected, FramePlan
from builders.engine import Exchange, NodeRows
from builders.explained_exchanges import ExplainedExchange, explain_exchanges
from builders.passes.budget_exchanges import budget_exchanges
from builders.plan import BuildTiles, ReadBase, ReadSegments, Tiles, walk

if TYPE_CHECKING:
    from builders.spark.diagnosis import Diagnosis

OFF: Final = 3.0
"""From this factor between what was expected and what was found a step is marked."""

FEW: Final = 1_000
"""Steps of fewer rows than this are never marked: whatever form they have costs nothing."""


@dataclass(frozen=True)
class ExplainedStep:
    """A step, or what a join brings together: about how many rows were expected, and how many there were; None where
    it is unknown, or the plan was not run."""

    name: str
    what: str
    expected: int | None
    found: int | None

    @property
    def factor(self) -> float | None:
        """How many times more rows were found than expected; below 1 they were fewer. Of none there is about half a
        row."""
        if self.expected is None or self.found is None:
            return None
        return 1.0 if self.expected == self.found else max(self.found, 0.5) / max(self.expected, 0.5)

    @property
    def is_off(self) -> bool:
        """Whether the factor and the rows are such that the choice of forms may have been wrong."""
        factor = self.factor
        return factor is not None and not 1 / OFF < factor < OFF and max(self.expected or 0, self.found or 0) >= FEW


@dataclass(frozen=True)
class Explanation:
    """A plan, explained; `engine` is what computes it and why. `sql` is empty where it was not asked for, `diagnosis`
    None where nobody looked."""

    plan: FramePlan
    engine: str
    steps: tuple[ExplainedStep, ...]
    exchanges: tuple[ExplainedExchange, ...]
    sql: str
    diagnosis: Diagnosis | None = None

    @property
    def text(self) -> str:
        """For people: tile tables with their slots, forms with their reasons, steps with their rows, the SQL."""
        sections = [["Engine", "", f"  {self.engine}"]] if self.engine else []
        sections += [_tables(self.plan), _choices(self.plan), _steps(self.steps)]
        sections += [_exchanges(self.exchanges)] if self.exchanges else []
        sections += [["Diagnosis", "", *_indented(self.diagnosis.lines)]] if self.diagnosis else []
        sections += [["SQL", "", self.sql]] if self.sql else []
        return "\n".join(line for section in sections for line in [*section, ""])

    @property
    def document(self) -> dict[str, Any]:
        """Forms and steps for programs."""
        return {
            "forms": [
                {"tile_table": item.table, "grid": item.grid, "form": item.form, "slot_windows": item.windows,
                 "reason": item.reason}
                for item in self.plan.choices
            ],
            "steps": [
                {"step": step.name, "what": step.what, "expected": step.expected, "found": step.found,
                 "factor": step.factor, "off": step.is_off}
                for step in self.steps
            ],
            "engine": self.engine,
            "exchanges": [item.document for item in self.exchanges],
            "diagnosis": None if self.diagnosis is None else self.diagnosis.document,
        }  # fmt: skip


def explain_plan(
    plan: FramePlan, sql: str, counted: Sequence[NodeRows], exchanges: Sequence[Exchange] = (), engine: str = ""
) -> Explanation:
    """The plan's steps from the inputs to the frame; `counted` and `exchanges` are empty when the plan was not run."""
    steps = tuple(_explain_steps(plan, {item.node: item for item in counted}))
    moved = explain_exchanges(budget_exchanges(plan.frame), exchanges)
    return Explanation(plan, engine, steps, moved, sql)


def _explain_steps(plan: FramePlan, counted: Mapping[str, NodeRows]) -> Iterator[ExplainedStep]:
    for node in walk(plan.frame):
        expected, found = plan.expected.get(node.name, Expected(None)), counted.get(node.name)
        if expected.candidates is not None:
            met = None if found is None else found.candidates
            yield ExplainedStep(
                f"{node.name} (candidates)", "pairs beside what lies in their reach", expected.candidates, met
            )
        yield ExplainedStep(node.name, node.describe(), expected.rows, None if found is None else found.rows)


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


def _steps(steps: Sequence[ExplainedStep]) -> list[str]:
    """One line a step, numbers first, so that they stand below each other however long the words are."""
    was_run = any(step.found is not None for step in steps)
    heads = ("expected", "found", "factor")[: 3 if was_run else 1]
    lines = ["Steps", "", f"  {''.join(f'{head:>14}' for head in heads)}"]
    for step in steps:
        numbers = (_count(step.expected), _count(step.found), _factor(step))[: len(heads)]
        lines.append(f"  {''.join(f'{number:>14}' for number in numbers)}  {step.name}: {step.what}")
    if any(step.is_off for step in steps):
        lines += ["", f"  !  off by {OFF:g} times or more: the forms that were chosen by it may be the wrong ones"]
    return lines


def _exchanges(exchanges: Sequence[ExplainedExchange]) -> list[str]:
    """What moves, in the order of the plan; once it ran, with how much it was."""
    was_run = any(item.seen is not None for item in exchanges)
    lines = ["Exchanges", "", *([f"  {'rows':>14}{'bytes':>14}"] if was_run else [])]
    for item in exchanges:
        figures = (item.seen.rows, item.seen.bytes) if item.seen is not None else (None, None)
        shown = f"  {''.join(f'{_count(figure):>14}' for figure in figures)}" if was_run else ""
        lines.append(f"{shown}  {item.line}")
    if any(item.planned is None for item in exchanges):
        lines += ["", "  !  the budget is exceeded: report it with this explanation"]
    return lines


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"


def _factor(step: ExplainedStep) -> str:
    return "" if step.factor is None else f"{'! ' if step.is_off else ''}{step.factor:.2f}"
