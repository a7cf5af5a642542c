"""Runs: materialize and publish over views, recorded in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from builders.request import RequestedColumn
from definitions.durations import BEGINNING
from definitions.errors import RequestError
from definitions.model import FeatureView
from definitions.suggest import suggest
from featurestore.clock import format_instant
from featurestore.compact import Compaction, compact_tables
from featurestore.context import Context, Progress, no_progress
from featurestore.held_views import HeldView, held_views, needed_columns
from featurestore.materialize import TableReport, materialize_tables
from featurestore.promises import review_promises
from featurestore.publish import PublishReport, publish_view
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied
from featurestore.reuse.drafts import review_drafts, unbuilt_drafts
from featurestore.review import reviewed
from featurestore.rollback import release, roll_back
from featurestore.serve_lifecycles import serve_lifecycles
from featurestore.serve_services import serve_services


@dataclass(frozen=True)
class MaterializeReport:
    """What a run did to the instants from `start` (None: the beginning) to `end` (UTC microseconds): one report a tile
    table, one a published view; and the promises that it found broken, those of other views included."""

    start: int | None
    end: int
    tables: tuple[TableReport, ...]
    published: tuple[PublishReport, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def did_nothing(self) -> bool:
        return all(table.did_nothing for table in self.tables) and all(item.boundary is None for item in self.published)

    @property
    def holds_something(self) -> bool:
        """Whether checks let some rows into no tile, or some values not online."""
        return any(table.held for table in self.tables) or any(item.withheld for item in self.published)


def run_materialize(
    context: Context,
    start: int | None,
    end: int,
    views: Sequence[str] | None,
    full: bool,
    publish: bool,
    progress: Progress | None,
) -> MaterializeReport:
    """Tiles of the chosen views, then their online rows; also of what holds keep online of them.

    Raises:
        RequestError: an unknown view, nothing is applied, or the start is not before the end.
    """
    if start is not None and start >= end:
        raise RequestError(
            f"the start, {format_instant(start)}, is not before the end, {format_instant(end)}; nothing lies between"
        )
    applied = context.applied()
    chosen = _choose(applied, views)
    say = progress or no_progress
    detail = {"start": start, "end": end, "views": list(chosen), "full": full}
    with reviewed(context, applied) as stale, recorded(context, "materialize", detail) as outcome:
        held = held_views(context, applied)
        columns, everything = _columns(applied, chosen, held), needed_columns(applied, held)
        new_drafts = unbuilt_drafts(context, chosen, columns)
        span = (BEGINNING if start is None else start, end)
        half = 0.5 if publish else 1.0
        tables = materialize_tables(
            context, columns, everything, span, full, lambda share, doing: say(share * half, doing)
        )
        outcome["tables"] = [[report.label, report.built, report.rebuilt, report.tiles] for report in tables]
        published: tuple[PublishReport, ...] = ()
        if publish:
            published = _publish(context, applied, chosen, end, lambda share, doing: say(half + share / 2, doing))
            outcome["published"] = [[report.view, report.boundary, report.rows] for report in published]
        returned = (finding for table in tables for finding in (*table.findings, *table.returned))
        checked = (finding for report in published for finding in report.findings)
        alike = review_drafts(context, applied, new_drafts)
        findings = (*returned, *checked, *review_promises(context, applied, chosen), *alike)
    return MaterializeReport(start, end, tuple(tables), published, (*findings, *stale))


def build_tiles_for(context: Context, columns: tuple[RequestedColumn, ...], end: int) -> None:
    """The tiles that a frame of these columns reads for instants up to `end`."""
    detail = {"end": end, "views": sorted({column.view.name for column in columns})}
    with recorded(context, "build", detail) as outcome:
        applied = context.applied()
        everything = needed_columns(applied, held_views(context, applied))
        tables = materialize_tables(context, columns, everything, (BEGINNING, end))
        outcome["tables"] = [[report.label, report.built, report.rebuilt, report.tiles] for report in tables]


def run_compact(context: Context, views: Sequence[str] | None) -> tuple[Compaction, ...]:
    """Small segments of the chosen views' tile tables put together."""
    applied = context.applied()
    chosen = _choose(applied, views)
    with recorded(context, "compact", {"views": list(chosen)}) as outcome:
        columns = _columns(applied, chosen, held_views(context, applied))
        reports = compact_tables(context, dict.fromkeys(column.table for column in columns))
        outcome["tables"] = [[report.label, report.before, report.after] for report in reports]
    return tuple(reports)


def run_publish(
    context: Context, end: int, views: Sequence[str] | None, progress: Progress | None, released: bool = False
) -> tuple[PublishReport, ...]:
    """Online rows of the chosen views from the tiles there are; `released` takes holds off them first."""
    applied = context.applied()
    chosen = _choose(applied, views)
    if released:
        for name in chosen:
            release(context, name)
    detail = {"end": end, "views": list(chosen)}
    with reviewed(context, applied), recorded(context, "publish", detail) as outcome:
        published = _publish(context, applied, chosen, end, progress or no_progress)
        outcome["published"] = [[report.view, report.boundary, report.rows] for report in published]
        review_promises(context, applied, chosen)
    return published


def run_roll_back(context: Context, view: str, generation: int, reason: str) -> PublishReport:
    """Readers of a view back to an earlier generation."""
    applied = context.applied()
    (name,) = _choose(applied, [view])
    detail = {"view": name, "generation": generation, "reason": reason}
    with reviewed(context, applied), recorded(context, "rollback", detail) as outcome:
        report = roll_back(context, applied, name, generation, reason)
        serve_services(context)
        outcome["reason"] = report.reason
    return report


def _publish(
    context: Context, applied: Applied, chosen: dict[str, FeatureView], end: int, progress: Progress
) -> tuple[PublishReport, ...]:
    reports = []
    for position, (name, view) in enumerate(chosen.items()):

        def say(share: float, doing: str, position: int = position) -> None:
            progress((position + share) / len(chosen), doing)

        say(0.0, f"publishing {name}")
        report = publish_view(context, applied, name, view, end, say)
        if report is not None:
            reports.append(report)
    serve_services(context)
    serve_lifecycles(context)
    progress(1.0, "online is up to date")
    return tuple(reports)


def _choose(applied: Applied, views: Sequence[str] | None) -> dict[str, FeatureView]:
    """The views to work on by the name they have online; if none are named all that are not retired, with versions
    that services pin or that are kept."""
    known = applied.repository.feature_views
    if not known:
        raise RequestError("no feature views are applied; run `featurestore apply` first")
    every = {**known, **applied.pinned_views()}
    for name in views or ():
        if name not in every:
            raise RequestError(f"there is no feature view {name!r}; {suggest(name, every, 'feature views')}")
    if views is None:
        return {name: view for name, view in every.items() if view.lifecycle.state != "retired"}
    return {name: every[name] for name in views}


def _columns(
    applied: Applied, chosen: dict[str, FeatureView], held: Mapping[str, HeldView]
) -> tuple[RequestedColumn, ...]:
    """The columns of the chosen views, and of what holds keep online of them."""
    return tuple(
        column
        for name, view in chosen.items()
        for column in (*applied.view_columns(view), *(held[name].columns() if name in held else ()))
    )


@contextmanager
def recorded(context: Context, kind: str, detail: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Keep a record of the run and how it ended."""
    runs = context.registry.runs
    run = runs.start(kind, detail, context.clock.now())
    outcome: dict[str, Any] = {}
    try:
        yield outcome
    except BaseException as error:
        runs.finish(run, "failed", {**outcome, "error": f"{type(error).__name__}: {error}"}, context.clock.now())
        raise
    runs.finish(run, "finished", outcome, context.clock.now())
