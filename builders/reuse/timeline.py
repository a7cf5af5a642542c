"""Timelines: of which rows, whose, and when a column's value changes; columns are compared on one timeline only."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.columns import FeatureColumn, column_types
from definitions.durations import Duration
from definitions.expressions import parse_expression
from definitions.fingerprint import digest, reading_fingerprint
from definitions.model import Entity, Feature, FeatureView, Source
from definitions.types import FLOAT, DataType


def timeline_of(view: FeatureView, source: Source, entity: Entity, feature: Feature) -> str:
    """A digest of what decides the rows of an entity at a moment, apart from filters and windows.

    `source` is what the view reads. What an entity, its keys or a source are called does not count, nor does a
    dimension that the feature does not use: it takes no row away.
    """
    types = column_types(source)
    columns = [view.keys.get(key, key) for key in entity.keys]
    named = {*columns, *_columns_read(feature, types)}
    used = tuple(join for join in source.joins if any(name.startswith(f"{join.name}.") for name in named))
    read = source if used == source.joins else source.model_copy(update={"dimensions": used})
    timed = source.timestamp is not None
    return digest([
        "timeline", reading_fingerprint(read), sorted((name, str(types[name])) for name in columns),
        (view.every.microseconds if isinstance(view.every, Duration) else view.every) if timed else None,
        view.delay.microseconds if timed else None,
        # An expression reads a float as a double; what another source takes for doubles may be other numbers.
        sorted(name for name, data_type in types.items() if data_type == FLOAT),
    ])  # fmt: skip


def window_of(column: FeatureColumn) -> int | None:
    """A column's window in microseconds; None for all history."""
    return None if column.window is None else column.window.microseconds


def _columns_read(feature: Feature, types: Mapping[str, DataType]) -> set[str]:
    """The columns that a feature's expressions read."""
    texts = [text for text in (feature.of, feature.where, feature.by) if text is not None]
    return {name for text in texts for name in parse_expression(text, types).columns}
