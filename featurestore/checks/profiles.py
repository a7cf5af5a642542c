"""What rows and values are like: of the sources of a view their last weeks, of its features the latest boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from builders.request import RequestedColumn
from definitions.columns import own_types
from definitions.durations import DAY
from featurestore.checks.judge_source import frozen_references
from featurestore.checks.relation_parts import parts_of
from featurestore.checks.source_days import SourceDays, profile_of
from featurestore.checks.stored_values import values_of
from featurestore.clock import format_instant
from featurestore.context import Context
from featurestore.survey import survey_source
from quality.column_profile import ColumnProfile, column_profile
from quality.summary import Summary
from quality.words import day_words

if TYPE_CHECKING:
    from quality.reference import Reference

WEEKS: Final = 4
"""How far back the rows are that a source's profile is of."""
_SHOWN: Final = 5
"""How many of the most frequent categories are told."""


@dataclass(frozen=True, slots=True)
class ColumnFigures:
    """A column of `rows` values, `nulls` of which are missing. Of numbers, their mean without outliers and where about
    5, 50 and 95 % of them lie below; of texts the most frequent with their shares; of what is personal neither."""

    column: str
    rows: int
    nulls: int
    mean: float | None = None
    quantiles: tuple[float | None, float | None, float | None] = (None, None, None)
    frequent: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class RowsProfile:
    """A source over days, or a view's values at a boundary: `of` says which, in words."""

    name: str
    of: str
    rows: int
    columns: tuple[ColumnFigures, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "name": self.name,
            "of": self.of,
            "rows": self.rows,
            "columns": [
                {
                    "column": each.column,
                    "rows": each.rows,
                    "nulls": each.nulls,
                    "mean": each.mean,
                    "quantiles": dict(zip(("5%", "50%", "95%"), each.quantiles, strict=True)),
                    "frequent": dict(each.frequent),
                }
                for each in self.columns
            ],
        }


def profile_view(context: Context, columns: Sequence[RequestedColumn]) -> tuple[RowsProfile, ...]:
    """The sources that a view reads, each over its last weeks, and the values of all its entities at the latest
    boundary that is stored; what has no rows is left out."""
    source, now = columns[0].source, context.clock.now()
    survey = survey_source(context, source)
    found = [_profile_source(SourceDays(context, part, now)) for part in parts_of(source, survey)]
    found.append(_profile_values(context, columns, now))
    return tuple(each for each in found if each is not None)


def _profile_source(days: SourceDays) -> RowsProfile | None:
    source = days.source
    chosen = [day for day in days.present if day >= days.until // DAY - WEEKS * 7 or source.timestamp is None]
    if not chosen:
        return None
    types = own_types(source)
    looked_at = [column_profile(name, types, source.timestamp, name in days.part.personal) for name in types]
    references = frozen_references(days, looked_at)
    statistics = {each.column: each.statistics(references.get(each.of or "")) for each in looked_at}
    measured = days.measure(chosen, [item for items in statistics.values() for item in items])
    figures = []
    for each in looked_at:
        reference = references.get(each.of or "")
        summaries = [each.summary(profile_of(measured[day], statistics[each.column]), reference) for day in chosen]
        figures.append(_figures(each, _together(summaries), reference))
    span = "all its rows" if source.timestamp is None else f"{day_words(chosen[0])} to {day_words(chosen[-1])}"
    return RowsProfile(source.name, span, figures[0].rows, tuple(figures))


def _profile_values(context: Context, columns: Sequence[RequestedColumn], until: int) -> RowsProfile | None:
    values = values_of(context, columns, until)
    if not values.boundaries:
        return None
    boundary = values.boundaries[-1]
    measured = values.view_values.measure_all(boundary, values.statistics)
    if measured is None:
        return None
    figures = []
    for each in values.profiled:
        reference = values.references.get(each.of or "")
        figures.append(_figures(each, each.summary(measured, reference), reference))
    return RowsProfile(
        columns[0].view.name, f"all entities at {format_instant(boundary)}", figures[0].rows, tuple(figures)
    )


def _together(summaries: Sequence[Summary]) -> Summary:
    """The days as one: means weigh by the values that they are of."""
    rows, nulls = sum(each.rows for each in summaries), sum(each.nulls for each in summaries)
    known = [(each.mean, each.rows - each.nulls) for each in summaries if each.mean is not None]
    weight = sum(count for _, count in known)
    mean = sum(value * count for value, count in known) / weight if weight else None
    counts = tuple(map(sum, zip(*(each.counts for each in summaries if each.counts), strict=True)))
    return Summary(rows, nulls, counts, mean)


def _figures(looked_at: ColumnProfile, summary: Summary, reference: Reference | None) -> ColumnFigures:
    total = sum(summary.counts)
    if reference is None or not total:
        return ColumnFigures(looked_at.column, summary.rows, summary.nulls)
    if looked_at.is_number:
        quantiles = tuple(_quantile(summary.counts, reference.edges, share * total) for share in (0.05, 0.5, 0.95))
        low, middle, high = quantiles
        return ColumnFigures(looked_at.column, summary.rows, summary.nulls, summary.mean, (low, middle, high))
    counted: Mapping[str, int] = dict(zip(reference.values, summary.counts, strict=False))
    frequent = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    shares = tuple((value, count / total) for value, count in frequent if count)
    return ColumnFigures(looked_at.column, summary.rows, summary.nulls, frequent=shares)


def _quantile(counts: Sequence[int], edges: Sequence[float], least: float) -> float | None:
    """The first edge up to which at least so many values lie; None beyond the last."""
    reached = accumulate(counts)
    return next((edge for edge, count in zip(edges, reached, strict=False) if count >= least), None)
