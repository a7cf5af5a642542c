"""Runs: materialize and publish over views, recorded in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from builders.request import RequestedColumn
from definitions.errors import RequestError
from definitions.model import FeatureView
from definitions.suggest import suggest
from featurestore.context import Context, Progress, no_progress
from featurestore.materialize import TableReport, materialize_tables
from featurestore.promises import review_promises
from featurestore.publish import PublishReport, publish_view
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied
from featurestore.serve_services import serve_services


@dataclass(frozen=True)
class MaterializeReport:
    """What a run did: one report a tile table, one a published view; and the promises that it found broken."""

    until: int
    tables: tuple[TableReport, ...]
    published: tuple[PublishReport, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def did_nothing(self) -> bool:
        return all(table.did_nothing for table in self.tables) and all(item.boundary is None for item in self.published)


def run_materialize(
    context: Context,
    until: int,
    views: Sequence[str] | None,
    full: bool,
    publish: bool,
    progress: Progress | None,
) -> MaterializeReport:
    """Tiles of the chosen views, then their online rows."""
    applied = context.applied()
    chosen = _choose(applied, views)
    say = progress or no_progress
    with _recorded(context, "materialize", {"until": until, "views": list(chosen), "full": full}) as outcome:
        columns = tuple(column for view in chosen.values() for column in applied.view_columns(view))
        half = 0.5 if publish else 1.0
        tables = materialize_tables(
            context, columns, applied.all_columns(), until, full, lambda share, doing: say(share * half, doing)
        )
        outcome["tables"] = [[report.label, report.built, report.rebuilt, report.tiles] for report in tables]
        published: tuple[PublishReport, ...] = ()
        if publish:
            published = _publish(context, applied, chosen, until, lambda share, doing: say(half + share / 2, doing))
            outcome["published"] = [[report.view, report.boundary, report.rows] for report in published]
        findings = review_promises(context, applied, chosen)
    return MaterializeReport(until, tuple(tables), published, findings)


def build_tiles_for(context: Context, columns: tuple[RequestedColumn, ...], until: int) -> None:
    """The tiles that a frame of these columns reads for instants up to `until`."""
    detail = {"until": until, "views": sorted({column.view.name for column in columns})}
    with _recorded(context, "build", detail) as outcome:
        tables = materialize_tables(context, columns, context.applied().all_columns(), until)
        outcome["tables"] = [[report.label, report.built, report.rebuilt, report.tiles] for report in tables]


def run_publish(
    context: Context, until: int, views: Sequence[str] | None, progress: Progress | None
) -> tuple[PublishReport, ...]:
    """Online rows of the chosen views from the tiles there are."""
    applied = context.applied()
    chosen = _choose(applied, views)
    with _recorded(context, "publish", {"until": until, "views": list(chosen)}) as outcome:
        published = _publish(context, applied, chosen, until, progress or no_progress)
        outcome["published"] = [[report.view, report.boundary, report.rows] for report in published]
        review_promises(context, applied, chosen)
    return published


def _publish(
    context: Context, applied: Applied, chosen: dict[str, FeatureView], until: int, progress: Progress
) -> tuple[PublishReport, ...]:
    reports = []
    for position, (name, view) in enumerate(chosen.items()):

        def say(share: float, doing: str, position: int = position) -> None:
            progress((position + share) / len(chosen), doing)

        say(0.0, f"publishing {name}")
        online = tuple(column for column in applied.view_columns(view, raw=True) if not column.offline_only)
        if online:
            reports.append(publish_view(context, view, name, online, until, say))
    serve_services(context, applied)
    progress(1.0, "online is up to date")
    return tuple(reports)


def _choose(applied: Applied, views: Sequence[str] | None) -> dict[str, FeatureView]:
    """The views to work on by the name they have online; all, with versions that services pin, if none are named."""
    known = applied.repository.feature_views
    if not known:
        raise RequestError("no feature views are applied; run `featurestore apply` first")
    if views is not None:
        for name in views:
            if name not in known:
                raise RequestError(f"there is no feature view {name!r}; {suggest(name, known, 'feature views')}")
        return {name: known[name] for name in views}
    return {**known, **applied.pinned_views()}


@contextmanager
def _recorded(context: Context, kind: str, detail: dict[str, Any]) -> Iterator[dict[str, Any]]:
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
