"""Whether views keep the promise of their `delay`: rows there, and their boundary published, that long after it.

Both halves are measured over `REMEMBERED`; where one did not hold it becomes a finding, with the delay that would have
held for 99.9 % of the late rows and of the publishes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from builders.grid import Grid
from definitions.durations import DAY
from definitions.errors import RequestError
from definitions.model import FeatureView
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.registry.findings import OPEN, Finding
from featurestore.registry.generations import Publish
from featurestore.registry.late_rows import LateRows
from featurestore.resolve import Applied

LATE_ROWS: Final = "late_rows"
PUBLISHING_LAG: Final = "publishing_lag"
REMEMBERED: Final = 30 * DAY
"""How long (microseconds) what was measured counts; after that a promise that is kept holds again."""
_SHARE: Final = 0.999


@dataclass(frozen=True)
class Measured:
    """What a view did over `REMEMBERED`: rows that were late, and the boundaries it was published at for the first
    time, each with how long after the boundary (microseconds) and a weight."""

    rows: Sequence[LateRows]
    publishes: Sequence[Publish]
    passed_over: int

    @property
    def lateness(self) -> list[tuple[int, int]]:
        return [pair for item in self.rows for pair in item.lateness]

    @property
    def lags(self) -> list[tuple[int, int]]:
        return [(lag_of(publish), 1) for publish in self.publishes]

    @property
    def would_have_held(self) -> int:
        """The delay for both halves of the promise."""
        return max(quantile(self.lateness, _SHARE), quantile(self.lags, _SHARE))


def review_promises(context: Context, applied: Applied, views: Mapping[str, FeatureView]) -> tuple[Finding, ...]:
    """Compare what was measured of the views with the delay they promise, and keep the findings.

    Returns those that something new was seen of.
    """
    registry, since = context.registry.findings, context.clock.now() - REMEMBERED
    fresh = []
    for name, view in views.items():
        column = applied.view_columns(view)[0]
        grid = column.grid
        if grid.hop == 0:
            continue
        measured = _measure(context, name, column.table.name, grid, since)
        about = {"view": view.name, "source": column.source.name, "delay": grid.delay}
        for kind, numbers, seen_at in (_late_rows(measured, grid.delay), _publishing_lag(measured, grid.delay)):
            if numbers is None:
                registry.settle(kind, name)
            elif found := registry.see(kind, name, {**about, **numbers}, seen_at):
                fresh.append(found)
    return tuple(fresh)


def _measure(context: Context, name: str, table: str, grid: Grid, since: int) -> Measured:
    rows = context.registry.late_rows.since(table, since)
    if grid.hop is None:
        # There is a boundary at every instant; no run can be done before the next one.
        return Measured(rows, (), 0)
    first_times, passed_over = _first_times(context.registry.generations.finished(name), grid)
    recent = [publish for publish in first_times if (publish.finished_at or 0) >= since]
    return Measured(rows, recent, sum(passed_over[publish.id] for publish in recent))


def _first_times(finished: Sequence[Publish], grid: Grid) -> tuple[list[Publish], dict[int, int]]:
    """The publishes of a boundary that none of their generation had before, and how many boundaries each passed over.

    The first of a generation is not among them: nothing was promised of what was not online yet.
    """
    found, passed_over = [], {}
    last: dict[int, int] = {}
    for publish in finished:
        former = last.setdefault(publish.generation_id, publish.boundary)
        if publish.boundary > former:
            assert grid.hop
            found.append(publish)
            passed_over[publish.id] = (publish.boundary - former) // grid.hop - 1
            last[publish.generation_id] = publish.boundary
    return found, passed_over


def lag_of(publish: Publish) -> int:
    """The publishing lag: how long (microseconds) after its boundary a publish had finished."""
    return max((publish.finished_at or publish.started_at) - publish.boundary, 0)


def _late_rows(measured: Measured, delay: int) -> tuple[str, dict[str, Any] | None, int]:
    broken = [item for item in measured.rows if any(late > delay for late, _ in item.lateness)]
    if not broken:
        return LATE_ROWS, None, 0
    numbers = {
        "rows": sum(item.rows for item in broken),
        "longest": max(late for item in broken for late, _ in item.lateness),
        "would_have_held": measured.would_have_held,
    }
    return LATE_ROWS, numbers, max(item.recorded_at for item in broken)


def _publishing_lag(measured: Measured, delay: int) -> tuple[str, dict[str, Any] | None, int]:
    broken = [publish for publish in measured.publishes if lag_of(publish) > delay]
    if not broken:
        return PUBLISHING_LAG, None, 0
    numbers = {
        "publishes": len(broken),
        "of": len(measured.publishes),
        "passed_over": measured.passed_over,
        "longest": max(lag_of(publish) for publish in broken),
        "would_have_held": measured.would_have_held,
    }
    return PUBLISHING_LAG, numbers, max(publish.finished_at or 0 for publish in broken)


def quantile(weighted: Iterable[tuple[int, int]], share: float) -> int:
    """The smallest of the numbers that at least `share` of the weight does not exceed; 0 of none."""
    ordered = sorted(weighted)
    needed = math.ceil(share * sum(weight for _, weight in ordered))
    for number, weight in ordered:
        needed -= weight
        if needed <= 0:
            return number
    return 0


def list_findings(
    context: Context, views: Sequence[str] | None, settled: bool, seen: Callable[[Finding], bool] = lambda _: True
) -> tuple[Finding, ...]:
    """The findings about all views or about `views`, seen last first; open ones, and `settled` ones if told so.

    Raises:
        RequestError: a view that is neither applied nor in any finding.
    """
    found = tuple(filter(seen, context.registry.findings.all()))
    if views is not None:
        about = (item.numbers["view"] for item in found if "view" in item.numbers)
        known = {*context.applied().repository.feature_views, *about}
        for name in views:
            if name not in known:
                raise RequestError(f"there is no feature view {name!r}; {suggest(name, known, 'feature views')}")
        found = tuple(item for item in found if item.numbers.get("view") in views)
    return tuple(item for item in found if settled or item.state == OPEN)


def promise_words(finding: Finding) -> str:
    """A finding about a promise in a sentence: what was, what was promised, what would have held."""
    numbers = finding.numbers
    longest, held = duration_words(numbers["longest"]), duration_words(numbers["would_have_held"])
    if finding.kind == LATE_ROWS:
        rows = numbers["rows"]
        what = (
            f"{rows:,} {'row' if rows == 1 else 'rows'} of {numbers['source']} arrived up to {longest} after their "
            f"boundary; {finding.subject}"
        )
    else:
        what = f"{finding.subject} was published up to {longest} after its boundary"
        if passed := numbers["passed_over"]:
            what += f", and {passed:,} {'boundary was' if passed == 1 else 'boundaries were'} passed over"
        what += "; it"
    return f"{what} promises delay {duration_words(numbers['delay'])}, {held} would have held"


def duration_words(microseconds: int) -> str:
    """A span in its two greatest units, rounded up: `3h 20m`, `2d`, `45s`."""
    seconds = -(-microseconds // 1_000_000)
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    for position, (unit, size) in enumerate(units):
        if seconds >= size:
            below, lower = units[min(position + 1, len(units) - 1)]
            whole = -(-seconds // lower) * lower
            rest = whole % size // lower
            return f"{whole // size}{unit}" + (f" {rest}{below}" if rest else "")
    return "0s"
