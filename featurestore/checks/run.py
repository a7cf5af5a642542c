"""A check run: the sources of views and their values as they are now, whether or not anything is about to be built."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from definitions.durations import DAY
from definitions.model import FeatureView
from definitions.relation import resolve_source
from featurestore.checks.broken_rows import broken_rows
from featurestore.checks.check_findings import EXPECTATION, record_source_findings
from featurestore.checks.check_relation import CheckedSource, check_relation, subject_of
from featurestore.checks.drifts import record_drifts
from featurestore.checks.frame_checks import names_of
from featurestore.checks.report import CheckedDays, CheckReport, FoundBroken, Touched
from featurestore.checks.value_stability import SAMPLE, judge_values
from featurestore.consumers import find_consumers
from featurestore.context import Context
from featurestore.impact import trace_impact
from featurestore.models import seen_models
from featurestore.registry.findings import OPEN, Finding
from featurestore.resolve import Applied
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
    start = until - WEEKS * 7 * DAY if since is None else since
    checked = _check_sources(context, applied, views, (start, until))
    record_source_findings(context, checked)
    most = None if full else SAMPLE
    stability = {name: judge_values(context, applied.view_columns(view), until, most) for name, view in views.items()}
    for name, columns in stability.items():
        record_drifts(context, name, columns)
    names = {name for view in views.values() for name in names_of(_relation(applied, view))}
    broken = [finding for finding in open_findings(context) if _is_about(finding, names, views)]
    return CheckReport(
        until,
        tuple(CheckedDays(each.source.name, len(each.source.expect), _days(each)) for each in checked),
        tuple(_found(context, applied, finding, checked, shows_rows) for finding in broken),
        {name: columns for name, columns in stability.items() if columns},
    )


def open_findings(context: Context) -> list[Finding]:
    """What checks found, and lasts."""
    found = context.registry.findings.all()
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


def find_touched(context: Context, applied: Applied, finding: Finding) -> Touched:
    """Who depends on the source, its column or the view that a finding is about, as far as one sees."""
    numbers = finding.numbers
    models = seen_models(context)
    if "source" in numbers:
        if numbers["source"] not in applied.repository.sources:
            return Touched()
        impact = trace_impact(applied, str(numbers["source"]), numbers["check"].get("column"))
        references = {column.reference for column in impact.columns}
        consumers = find_consumers(applied, models, references)
        views = tuple(view.name for view in impact.views)
        services = tuple(service.name for service in impact.services)
        return Touched(views, services, _titles(consumers.models), impact.teams, impact.owners)
    reference = f"{numbers['view']}:{numbers['column']}"
    consumers = find_consumers(applied, models, {reference})
    found = [service for service, _ in consumers.services]
    return Touched(
        (str(numbers["view"]),),
        tuple(service.name for service in found),
        _titles(consumers.models),
        tuple(dict.fromkeys(service.team for service in found if service.team)),
        tuple(dict.fromkeys(service.owner for service in found if service.owner)),
    )


def _titles(models: Iterable[tuple[Any, Any]]) -> tuple[str, ...]:
    return tuple(model.title for model, _ in models)
