"""A check run: the sources of views and their values as they are now, whether or not anything is about to be built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from builders.request import RequestedColumn, needed_slots
from definitions.model import FeatureView, Source
from featurestore.checks.broken_rows import broken_rows
from featurestore.checks.check_findings import REMEMBERED, CheckFindings
from featurestore.checks.check_relation import CheckedSource, check_sources
from featurestore.checks.check_values import CheckValues
from featurestore.checks.relation_parts import part_names
from featurestore.checks.report import CheckedDays, CheckReport, FoundBroken
from featurestore.checks.stored_values import SAMPLE
from featurestore.checks.touched import find_touched
from featurestore.checks.value_stability import ColumnStability, judge_values
from featurestore.checks.view_values import ViewValues
from featurestore.context import Context
from featurestore.ready_boundary import ready_boundary
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied
from featurestore.review import reviewed
from featurestore.runs import recorded
from featurestore.skew import review_skew
from quality.judgement import check_key
from quality.row_checks import source_row_checks


def run_checks(
    context: Context, views: Mapping[str, FeatureView], since: int | None, full: bool, shows_rows: bool
) -> CheckReport:
    """Check the sources that views read, of the days since an instant (UTC microseconds; as far back as findings
    remember if None), and the values of their features, how stable these are with `full` over all entities;
    `shows_rows` looks at some of the rows that break a check."""
    applied, until = context.applied(), context.clock.now()
    columns = {name: applied.view_columns(view) for name, view in views.items()}
    relations: list[Source] = [held[0].source for held in columns.values()]
    with reviewed(context, applied) as stale, recorded(context, "check", {"views": list(views)}):
        checked = check_sources(context, relations, (until - REMEMBERED if since is None else since, until))
        _keep_findings(context, checked)
        most = None if full else SAMPLE
        stability = {name: _look_at_values(context, name, held, until, most) for name, held in columns.items()}
        skew = review_skew(context, applied, views)
        names = {name for relation in relations for name in part_names(relation)}
        broken = CheckFindings(context).about(names, views)
    return CheckReport(
        until,
        tuple(
            CheckedDays(each.source.name, len(each.source.expect), _days(each))
            for each in checked
            if context.sees is None or context.sees("source", each.source.name)
        ),
        tuple(_found(context, applied, finding, checked, shows_rows) for finding in broken),
        {name: verdicts for name, verdicts in stability.items() if verdicts},
        skew,
        tuple(stale),
    )


def _keep_findings(context: Context, checked: Iterable[CheckedSource]) -> None:
    findings = CheckFindings(context)
    for each in checked:
        findings.look(each.judged)
        findings.settle_others("source", each.source.name, {judged.subject for judged in each.judged})


def _look_at_values(
    context: Context, name: str, columns: Sequence[RequestedColumn], until: int, most: int | None
) -> tuple[ColumnStability, ...]:
    """Hold the values of a view at the latest boundary that is stored against what is expected; returns how stable
    they are."""
    asked = tuple(replace(column, raw=False) for column in columns)
    tables = {table: context.registry.segments.current(table.name) for table in needed_slots(asked)}
    ready = ready_boundary(asked, tables, asked[0].grid.boundary(until)).boundary
    if ready is None:
        return ()
    checks, findings = CheckValues(name, ViewValues(context, asked, tables), ready), CheckFindings(context)
    verdicts = judge_values(context, asked, until, most)
    findings.look([*checks.judge(), *checks.judge_stable(verdicts), *checks.judge_others(verdicts)])
    findings.settle_others("view", name, checks.subjects)
    return verdicts


def _days(checked: CheckedSource) -> int:
    return len({judgement.instant for judgement in checked.judgements})


def _found(
    context: Context, applied: Applied, finding: Finding, checked: Sequence[CheckedSource], shows_rows: bool
) -> FoundBroken:
    rows = _rows_of(finding, checked) if shows_rows else ()
    return FoundBroken(finding, rows, find_touched(context, applied, finding))


def _rows_of(finding: Finding, checked: Sequence[CheckedSource]) -> tuple[dict[str, Any], ...]:
    """Some of the rows of the last day that breaks a check of single rows."""
    for each in checked:
        for judged in each.judged:
            if judged.subject == finding.subject and judged.broken:
                last = judged.broken[-1]
                row_checks = {check_key(item.check): item for item in source_row_checks(each.source)}
                found = row_checks.get(check_key(last.check))
                return () if found is None else broken_rows(each.days, found, last.instant)
    return ()
