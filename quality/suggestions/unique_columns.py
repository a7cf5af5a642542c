"""The fewest columns whose values no two rows of a day share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from definitions.expectation import Unique
from quality.suggestions.history import SourceSample


def propose_unique_columns(sample: SourceSample) -> Iterator[Unique]:
    """Sets of columns that are never repeated in the sample: single ones first, then an entity's keys at an instant."""
    singles = [name for name in sample.types if sample.is_like_id(name) and None not in sample.values[name]]
    timed = () if sample.source.timestamp is None else (sample.source.timestamp,)
    keyed = [(*key, *timed) for key in sample.keys if set(key) <= sample.types.keys()]
    for columns in dict.fromkeys([*((name,) for name in singles), *sorted(keyed, key=len)]):
        rows = list(zip(*(sample.values[name] for name in columns), strict=True))
        if rows and len(set(rows)) == len(rows):
            yield Unique(check="unique", columns=columns)


def keep_fewest(unique: Iterable[Unique]) -> list[Unique]:
    """Of sets that were never repeated on any day, the single columns; without such, the smallest."""
    ordered = sorted(unique, key=lambda check: len(check.columns))
    return [check for place, check in enumerate(ordered) if len(check.columns) == 1 or place == 0]
