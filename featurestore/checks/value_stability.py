"""Whether a view's features are stable: the values at the latest boundary by those at the ones before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builders.request import RequestedColumn
from featurestore.checks.source_days import profile_of
from featurestore.checks.stored_values import SAMPLE, values_of
from featurestore.context import Context

if TYPE_CHECKING:
    from quality.stability import Column, Verdict


@dataclass(frozen=True)
class ColumnStability:
    """What came of one feature column at the latest boundary (UTC microseconds)."""

    column: str
    verdict: Verdict


def judge_values(
    context: Context, columns: Sequence[RequestedColumn], until: int, most: int | None = SAMPLE
) -> tuple[ColumnStability, ...]:
    """The stability of each column of a view at the latest boundary by `until` that is stored, by those before it, over
    a sample of `most` entities, or all; none where nothing is stored. Boundaries are a day apart, or a hop that is
    longer."""
    values = values_of(context, columns, until, most)
    if not values.boundaries:
        return ()
    from quality.stability import Column, judge_series

    profiles = values.measure()
    judged: dict[str, Column] = {}
    for each in values.profiled:
        reference = values.references.get(each.of or "")
        statistics = each.statistics(reference)
        series = {at: each.summary(profile_of(held, statistics), reference) for at, held in profiles.items()}
        series = {at: summary for at, summary in series.items() if summary.rows}
        if series:
            judged[each.column] = Column(series, reference, with_rows=not judged)
    return tuple(ColumnStability(name, verdicts[-1]) for name, verdicts in judge_series(judged).items())
