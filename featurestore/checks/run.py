"""A check run: the sources of views and their values as they are now, whether or not anything is about to be built."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from definitions.durations import DAY
from definitions.model import FeatureView
from definitions.relation import resolve_source
from featurestore.checks.broken_rows import broken_rows
from featurestore.checks.check_findings import EXPECTATION, record_source_findings
from featurestore.checks.check_relation import CheckedSource, check_relation, subject_of
from featurestore.checks.drifts import record_drifts
from featurestore.checks.frame_checks import names_of
from featurestore.checks.report import CheckedDays, CheckReport, FoundBroken
from featurestore.checks.stored_values import SAMPLE
from featurestore.checks.touched import find_touched
from featurestore.checks.value_stability import judge_values
from featurestore.context import Context
from featurestore.registry.findings import OPEN, Finding
from featurestore.resolve import Applied
from featurestore.review import reviewed
from featurestore.runs import recorded
from featurestore.skew import review_skew
from featurestore.survey import survey_source
from quality.judgement import check_key
from quality.row_checks import source_row_checks

WEEKS = 8
"""How far back the days are that a run looks at, unless told otherwise."""


def run_checks(
    context: Context, views: Mapping[str, FeatureView], since: int | None, full: bool, shows_rows: bool
) -> CheckReport:
    """Check the sources that views read, of the days since an instant (UTC microseconds), and the stability of their
    values, with `full` over all entities; `shows_rows` looks at some of the rows that break a check."""
    applied, until = context.applied(), context.clock.now()
    with reviewed(context, applied) as stale, recorded(context, "check", {"views": list(views)}):
        start = until - WEEKS * 7 * DAY if since is None else since
        checked = _check_sources(context, applied, views, (start, until))
        record_source_findings(context, checked)
        most = None if full else SAMPLE
        stability = {
            name: judge_values(context, applied.view_columns(view), until, most) for name, view in views.items()
        }
        for name, columns in stability.items():
            record_drifts(context, name, columns)
        skew = review_skew(context, applied, views)
        names = {name for view in views.values() for name in names_of(_relation(applied, view))}
        broken = [finding for finding in open_findings(context) if _is_about(finding, names, views)]
    return CheckReport(
        until,
        tuple(CheckedDays(each.source.name, len(each.source.expect), _days(each)) for each in checked),
        tuple(_found(context, applied, finding, checked, shows_rows) for finding in broken),
        {name: columns for name, columns in stability.items() if columns},
        skew,
        tuple(stale),
    )


def open_findings(context: Context) -> list[Finding]:
    """What checks found, and lasts, as far as it may be told to who works with the store."""
    found = filter(context.sees_finding, context.registry.findings.all())
    return [finding for finding in found if finding.kind == EXPECTATION and finding.state == OPEN]


def _check_sources(
    context: Context, applied: Applied, views: Mapping[str, FeatureView], span: tuple[int, int]
) -> list[CheckedSource]:
    """Each source once, however many views read it."""
    checked: dict[str, CheckedSource] = {}
    for view in views.values():
        for name in sorted(names_of(_relation(applied, view)) - checked.keys()):
            source = resolve_source(name, applied.repository.sources)
            if source.expect:
                for each in check_relation(context, source, survey_source(context, source), [span], span[1]):
                    checked.setdefault(each.source.name, each)
    return list(checked.values())


def _relation(applied: Applied, view: FeatureView) -> Any:
    return applied.view_columns(view)[0].source


def _days(checked: CheckedSource) -> int:
    return len({judgement.instant for judgement in checked.judgements})


def _is_about(finding: Finding, sources: Collection[str], views: Collection[str]) -> bool:
    return finding.numbers.get("source") in sources or finding.numbers.get("view") in views


def _found(
    context: Context, applied: Applied, finding: Finding, checked: Sequence[CheckedSource], shows_rows: bool
) -> FoundBroken:
    rows: tuple[dict[str, Any], ...] = ()
    for each in checked if shows_rows else ():
        for judgement in each.broken:
            if subject_of(each.source, judgement) == finding.subject:
                row_checks = {check_key(item.check): item for item in source_row_checks(each.source)}
                if check_key(judgement.check) in row_checks:
                    rows = broken_rows(each.days, row_checks[check_key(judgement.check)], judgement.instant)
    return FoundBroken(finding, rows, find_touched(context, applied, finding))
