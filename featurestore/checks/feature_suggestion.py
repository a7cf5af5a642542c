"""What to expect of the features of a view, from what their values were like at the boundaries that are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from builders.request import RequestedColumn
from definitions.statistic import Statistic
from featurestore.checks.source_days import profile_of
from featurestore.checks.stored_values import StoredValues, values_of
from featurestore.context import Context
from featurestore.registry.profiles import StoredProfile
from quality.column_profile import ColumnProfile
from quality.expectation_yaml import expectation_yaml
from quality.judgement import check_name
from quality.suggestions.feature_values import ValueSummary, suggest_for_values
from quality.suggestions.suggested import Suggested

_INDENT: Final = 8


@dataclass(frozen=True)
class FeatureSuggestion:
    """What held for all columns of a feature at so many `boundaries`, over `entities` of them, or all if None."""

    feature: str
    boundaries: int
    entities: int | None
    suggested: tuple[Suggested, ...]

    @property
    def yaml(self) -> str:
        """What it rests on as a comment, and below it what goes into the feature."""
        over = "all entities" if self.entities is None else f"a sample of {self.entities:,} entities"
        comment = f"{' ' * _INDENT}# {self.feature}: {self.boundaries} boundaries, {over}.\n"
        return comment + expectation_yaml(self.suggested, _INDENT)


def suggest_for_features(
    context: Context, columns: Sequence[RequestedColumn], until: int, most: int | None
) -> tuple[FeatureSuggestion, ...]:
    """What held of a view's features at the boundaries by `until` (UTC microseconds) that are stored, over a sample of
    `most` entities, which only lets one warn, or all; of features of which nothing new is to be expected nothing."""
    values = values_of(context, columns, until, most)
    if not values.boundaries:
        return ()
    extremes = {each.column: _extremes(each) for each in values.profiled}
    measured = list(values.measure([item for items in extremes.values() for item in items]).values())
    found = []
    for name in dict.fromkeys(column.column.feature.name for column in columns):
        mine = [column for column in columns if column.column.feature.name == name]
        suggested = tuple(_suggest(values, mine, extremes, measured))
        if suggested:
            found.append(FeatureSuggestion(name, len(measured), most, suggested))
    return tuple(found)


def _suggest(
    values: StoredValues,
    columns: Sequence[RequestedColumn],
    extremes: dict[str, tuple[Statistic, ...]],
    measured: Sequence[StoredProfile],
) -> Iterator[Suggested]:
    """What held for all columns of one feature, as it expects the same of each."""
    names = {column.name for column in columns}
    profiled = [each for each in values.profiled if each.column in names]
    summaries = [_summary(profiled, extremes, at) for at in measured]
    whole = all(column.column.type.is_integer for column in columns)
    there = {check_name(check) for check in columns[0].column.feature.expect}
    sampled = "" if values.most is None else f"seen in a sample of {values.most:,} entities only"
    for each in suggest_for_values(summaries, whole, thin=sampled):
        if check_name(each.check) not in there:
            yield each


def _summary(
    profiled: Sequence[ColumnProfile], extremes: dict[str, tuple[Statistic, ...]], held: StoredProfile
) -> ValueSummary:
    """A feature's columns at one boundary as if they were one."""
    rows, nulls, limits = 0, 0, []
    for column in profiled:
        summary = column.summary(profile_of(held, column.statistics(None)), None)
        rows, nulls = rows + summary.rows, nulls + summary.nulls
        found = profile_of(held, extremes[column.column]).values()
        limits += [value for value in found if isinstance(value, float)]
    return ValueSummary(rows, nulls, min(limits, default=None), max(limits, default=None))


def _extremes(column: ColumnProfile) -> tuple[Statistic, ...]:
    """What tells how far the values of a column go; nothing of those that are no numbers, or personal."""
    if column.of is None or not column.is_number:
        return ()
    return Statistic("least", column.of), Statistic("greatest", column.of)
