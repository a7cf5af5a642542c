"""What a feature's value is, as the theory says it and in the most naive way: filter a list, fold it in Python.

Rows are dicts of Python values; timestamps in them and instants are integers, microseconds in UTC. Sources, entities
and views are the declared models. Where the theory leaves a choice, the oracle takes it here and says so:

- A row with a null key part (of the view's entity) or a null timestamp is dropped first of all, before `dedupe`.
- `dedupe` looks at one hop of the view at a time (`every: exact`: at one timestamp): of the rows with the same dedupe
  key there, whatever their entity, the one with the greatest (`by`, timestamp) counts; of equal ones, as two members of
  a union may have, the one with the greatest values, column by column in the order of their names. Nulls are lowest.
- NaN and infinity in a column of doubles are null wherever that column is used, and so are results of expressions.
- `first` and `last` order by (timestamp, tiebreak, value), nulls lowest in the tiebreak and, with `nulls: keep`, in
  the value.
- A source without timestamp has all its rows at every instant: neither windows nor `ttl` apply to it.
- A sum of doubles is the exact sum rounded once, null if a double cannot hold it; so is the mean of such a sum.
- A variance is that of a sample, of the values as doubles, null of fewer than two of them.
- `quantile: q` of n values is the one with rank ceil(q * n) among them, q being the decimal number that was written.
- Lists and counts of nothing are null. Values of equal count stand in the order of the values.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

from definitions.durations import Duration
from definitions.model import Entity, Feature, FeatureView, Source, column_name
from tests.oracle.expressions import Row, evaluate

Key = tuple[Any, ...]


def view_values(
    source: Source, entity: Entity, view: FeatureView, rows: Iterable[Row], key: Key, instant: int
) -> dict[str, Any]:
    """Every column of `view` for the entity `key` at `instant`, given all rows of the source in any order."""
    return {
        column_name(feature, window): _aggregate(source, feature, among, instant)
        for feature, window, among in _rows_per_column(source, entity, view, rows, key, instant)
    }


def view_magnitudes(
    source: Source, entity: Entity, view: FeatureView, rows: Iterable[Row], key: Key, instant: int
) -> dict[str, tuple[Fraction, ...]]:
    """|x| of every number behind each sum, mean and deviation of `view`: what a tolerance for them is measured by."""
    return {
        column_name(feature, window): tuple(abs(Fraction(number)) for number in _values(feature, among))
        for feature, window, among in _rows_per_column(source, entity, view, rows, key, instant)
        if feature.agg in ("sum", "mean", "variance", "stddev")
    }


def entities_with_rows(
    source: Source, entity: Entity, view: FeatureView, rows: Iterable[Row], instant: int
) -> set[Key]:
    """The keys with a row, whatever the features' filters, in the window of any feature of `view` at `instant`."""
    counted = counted_rows(source, entity, view, rows)
    windows = _windows(view)
    return {
        row_key(entity, view, row)
        for row in counted
        if any(_in_window(source, view, window, row, instant) for window in windows)
    }


def row_key(entity: Entity, view: FeatureView, row: Row) -> Key:
    """The entity key of a source row, in the entity's order of keys."""
    return tuple(row[view.keys.get(name, name)] for name in entity.keys)


def counted_rows(source: Source, entity: Entity, view: FeatureView, rows: Iterable[Row]) -> list[Row]:
    """The rows that count for `view` at all: none without key or timestamp, no duplicates, no NaN or infinity."""
    usable = [
        _without_unreal_numbers(row)
        for row in rows
        if None not in row_key(entity, view, row) and (source.timestamp is None or row[source.timestamp] is not None)
    ]
    return usable if source.dedupe is None else _newest_of_duplicates(source, view, usable)


def boundary(view: FeatureView, instant: int) -> int:
    """The instant before which rows count at `instant`."""
    known = instant - view.delay.microseconds
    if not isinstance(view.every, Duration):
        return known
    hop = view.every.microseconds
    return known // hop * hop


def _rows_per_column(
    source: Source, entity: Entity, view: FeatureView, rows: Iterable[Row], key: Key, instant: int
) -> list[tuple[Feature, Duration | None, list[Row]]]:
    own = [row for row in counted_rows(source, entity, view, rows) if row_key(entity, view, row) == key]
    return [
        (feature, window, [row for row in own if _in_window(source, view, window, row, instant)])
        for feature in view.features
        for window in feature.windows or (None,)
    ]


def _windows(view: FeatureView) -> set[Duration | None]:
    return {window for feature in view.features for window in feature.windows or (None,)}


def _in_window(source: Source, view: FeatureView, window: Duration | None, row: Row, instant: int) -> bool:
    if source.timestamp is None:
        return True
    end = boundary(view, instant)
    timestamp = row[source.timestamp]
    return bool(timestamp < end and (window is None or timestamp >= end - window.microseconds))


def _without_unreal_numbers(row: Row) -> Row:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()
    }


def _newest_of_duplicates(source: Source, view: FeatureView, rows: list[Row]) -> list[Row]:
    assert source.dedupe is not None
    groups: defaultdict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        hop_start = 0
        if source.timestamp is not None:
            hop_start = row[source.timestamp]
            if isinstance(view.every, Duration):
                hop_start = hop_start // view.every.microseconds * view.every.microseconds
        groups[(hop_start, *(row[name] for name in source.dedupe.key))].append(row)
    by = source.dedupe.by
    others = [name for name in sorted(source.columns) if name not in (by, source.timestamp)]

    def rank(row: Row) -> tuple[Any, ...]:
        return (_nulls_first(row[by]), _timestamp(source, row), *(_nulls_first(row[name]) for name in others))

    return [max(group, key=rank) for group in groups.values()]


def _timestamp(source: Source, row: Row) -> int:
    return 0 if source.timestamp is None else int(row[source.timestamp])


def _nulls_first(value: Any) -> tuple[int, Any]:
    """A value to order by: nulls are lowest, NaN is highest."""
    if value is None:
        return (0, 0)
    return (2, 0) if value != value else (1, value)  # noqa: PLR0124 NaN is what differs from itself


def _passing(feature: Feature, rows: Sequence[Row]) -> list[Row]:
    where = feature.where
    return [row for row in rows if where is None or evaluate(where, row) is True]


def _values(feature: Feature, rows: Sequence[Row]) -> list[Any]:
    """The values of `of` that are not null, for the rows that pass the filter."""
    assert feature.of is not None
    values = [evaluate(feature.of, row) for row in _passing(feature, rows)]
    return [value for value in values if value is not None]


def _aggregate(source: Source, feature: Feature, rows: Sequence[Row], instant: int) -> Any:
    if feature.by is not None:
        categories = [evaluate(feature.by, row) for row in _passing(feature, rows)]
        return _most_frequent([value for value in categories if value is not None])[: feature.top] or None
    if feature.agg == "count":
        return len(_passing(feature, rows) if feature.of is None else _values(feature, rows))
    if feature.agg in ("first", "last"):
        return _picked(source, feature, rows, instant)
    values = _values(feature, rows)
    if feature.agg == "count_distinct":
        return len(set(values))
    if not values:
        return None
    if feature.agg == "last_n":
        latest = sorted(_candidates(source, feature, rows), key=lambda candidate: candidate[0], reverse=True)
        return [value for _, value in latest[: feature.n]]
    return _FOLDS[feature.agg](feature, values)


def _picked(source: Source, feature: Feature, rows: Sequence[Row], instant: int) -> Any:
    candidates = _candidates(source, feature, rows)
    if not candidates:
        return None
    pick = min if feature.agg == "first" else max
    (timestamp, _, _), value = pick(candidates, key=lambda candidate: candidate[0])
    expired = feature.ttl is not None and timestamp < instant - feature.ttl.microseconds
    return None if expired else value


def _candidates(source: Source, feature: Feature, rows: Sequence[Row]) -> list[tuple[tuple[Any, ...], Any]]:
    """What rows are ordered by, and their values."""
    assert feature.of is not None
    candidates = []
    for row in _passing(feature, rows):
        value = evaluate(feature.of, row)
        if value is None and feature.nulls == "skip":
            continue
        tiebreak = None if source.tiebreak is None else row[source.tiebreak]
        candidates.append(((_timestamp(source, row), _nulls_first(tiebreak), _nulls_first(value)), value))
    return candidates


def _most_frequent(values: Sequence[Any]) -> list[tuple[Any, int]]:
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))


def _variance(values: Sequence[Any]) -> Fraction | None:
    """Exact."""
    numbers = [Fraction(float(value)) for value in values]
    if len(numbers) < 2:
        return None
    mean = sum(numbers, Fraction(0)) / len(numbers)
    return sum(((number - mean) ** 2 for number in numbers), Fraction(0)) / (len(numbers) - 1)


def _deviation(values: Sequence[Any]) -> float | None:
    variance = _variance(values)
    if variance is None:
        return None
    with localcontext(prec=60):
        return float((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())


def _quantile(values: Sequence[Any], quantile: float | None) -> float:
    rank = math.ceil(Fraction(repr(quantile)) * len(values))
    return sorted(map(float, values))[rank - 1]


_FOLDS: Final[Mapping[str, Callable[[Feature, Sequence[Any]], Any]]] = {
    "min": lambda feature, values: min(values),
    "max": lambda feature, values: max(values),
    "sum": lambda feature, values: _exact_sum(values),
    "mean": lambda feature, values: _mean(values),
    "variance": lambda feature, values: None if _variance(values) is None else _nearest_double(_variance(values)),
    "stddev": lambda feature, values: _deviation(values),
    "quantile": lambda feature, values: _quantile(values, feature.quantile),
    "most_frequent": lambda feature, values: [value for value, _ in _most_frequent(values)][: feature.n],
}


def _exact_sum(values: Sequence[Any]) -> Any:
    """Exact for integers (booleans are 0 and 1) and decimals; for doubles rounded once, None beyond their range.

    Fractions rather than `math.fsum`, which gives up where only an intermediate sum leaves the range of doubles.
    """
    if isinstance(values[0], float):
        return _nearest_double(sum(map(Fraction, values), Fraction(0)))
    if isinstance(values[0], Decimal):
        with localcontext(prec=100):
            return sum(values, Decimal(0))
    return sum(map(int, values))


def _mean(values: Sequence[Any]) -> float | None:
    total = sum(map(Fraction, values), Fraction(0))
    return None if _nearest_double(total) is None else _nearest_double(total / len(values))


def _nearest_double(number: Fraction) -> float | None:
    try:
        return float(number)
    except OverflowError:
        return None
