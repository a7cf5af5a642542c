"""Which rows a view reads, in the most naive way: members of a union one after the other, dimensions looked up by hand.

Where the theory leaves a choice, the oracle takes it here and says so:

- A row without timestamp has no row of a dimension that has timestamps, unless the dimension has none either.
- Of a dimension's rows of one key and instant the one with the greatest tiebreak counts, then the one with the greatest
  value of the first other column by name, and so on; nulls are lowest, and so are NaN and infinity, which are null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from definitions.model import FeatureView, Join, Source
from tests.oracle.expressions import Row


def rows_of(name: str, sources: Mapping[str, Source], files: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows of a source, given those of each source with files."""
    return [row for member in sources[name].union or (name,) for row in files[member]]


def shape_of(name: str, sources: Mapping[str, Source]) -> Source:
    """A source that says what the rows of the named one are: for a union, any member."""
    return sources[(sources[name].union or (name,))[0]]


def rows_of_view(view: FeatureView, sources: Mapping[str, Source], files: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows that a view reads: each with its dimensions' columns as `<join>.<column>`."""
    timestamp = shape_of(view.source, sources).timestamp
    rows = [dict(row) for row in rows_of(view.source, sources, files)]
    for join in view.join:
        dimension = shape_of(join.source, sources)
        known = [_without_unreal_numbers(row) for row in rows_of(join.source, sources, files)]
        for row in rows:
            found = _as_of(row, timestamp, join, dimension, known)
            row |= {f"{join.name}.{column}": found.get(column) for column in dimension.columns}
    return list(rows)


def _as_of(row: Row, timestamp: str | None, join: Join, dimension: Source, known: Sequence[Row]) -> Row:
    at = None if timestamp is None else row[timestamp]
    matching = [
        candidate
        for candidate in known
        if all(row[left] is not None and row[left] == candidate[right] for left, right in join.on.items())
        and _is_known(candidate, dimension, at)
    ]
    return max(matching, key=lambda candidate: _order(candidate, dimension), default={})


def _is_known(candidate: Row, dimension: Source, at: int | None) -> bool:
    if dimension.timestamp is None:
        return True
    since = candidate[dimension.timestamp]
    return at is not None and since is not None and since <= at


def _order(candidate: Row, dimension: Source) -> list[Any]:
    names = [dimension.timestamp, dimension.tiebreak, *sorted(dimension.columns)]
    values = [candidate[name] for name in names if name is not None]
    return [(value is not None, 0 if value is None else value) for value in values]


def _without_unreal_numbers(row: Row) -> Row:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()
    }
