"""How two columns of one formula differ, in words."""

from __future__ import annotations

from typing import Any

from definitions.durations import Duration, spell_duration
from definitions.model import FeatureView
from featurestore.registry.feature_columns import IndexedColumn


def differences(
    theirs: FeatureView, their_column: IndexedColumn, mine: FeatureView, column: IndexedColumn
) -> tuple[str, ...]:
    """What is not the same, theirs first, such as `its delay is 6h, here it is 1h`."""
    pairs: list[tuple[str, Any, Any]] = [
        ("window", _window(their_column.window), _window(column.window)),
        ("delay", theirs.delay, mine.delay),
        ("every", theirs.every, mine.every),
        ("entity", theirs.entity, mine.entity),
        ("source", theirs.source, mine.source),
    ]
    found = [f"its {what} is {other}, here it is {own}" for what, other, own in pairs if _extent(other) != _extent(own)]
    return tuple(found) or ("its source is read otherwise",)


def _extent(value: Any) -> Any:
    """A span by its length, however it is written."""
    return value.microseconds if isinstance(value, Duration) else value


def _window(microseconds: int | None) -> str:
    return "all history" if microseconds is None else spell_duration(microseconds)
