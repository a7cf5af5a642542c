"""What suggestions are made of: a sample of a source's rows, and what its days were like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from definitions.columns import own_types
from definitions.model import Column, Source
from definitions.relation import own_columns
from definitions.statistic import Profile, Statistic
from definitions.types import DataType
from quality.column_profile import ColumnProfile, column_profile

if TYPE_CHECKING:
    from quality.reference import Reference

ROWS: Final = Statistic("rows")
WEEKS: Final = 4
"""How many weeks of history there have to be before anything is said that compares days."""
_NAMED_AS_IDS: Final = re.compile(r"(.*_)?(id|ids|key|no|number|uuid)")
_CATEGORIES: Final = 20
_ENOUGH: Final = 1_000


@dataclass(frozen=True)
class SourceSample:
    """Some rows of a source: `values` by column, in the order of the rows, and what is `seen` by the expressions that
    columns are looked at through. `keys` are the sets of its columns that tell
    entities apart; of its `personal` ones no value may be told."""

    source: Source
    values: Mapping[str, Sequence[Any]]
    keys: tuple[tuple[str, ...], ...] = ()
    personal: frozenset[str] = frozenset()
    seen: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[str, Column]:
        return own_columns(self.source)

    @cached_property
    def types(self) -> dict[str, DataType]:
        return own_types(self.source)

    @cached_property
    def rows(self) -> int:
        return max((len(values) for values in self.values.values()), default=0)

    @cached_property
    def profiles(self) -> dict[str, ColumnProfile]:
        """How each column is looked at, day by day."""
        timestamp = self.source.timestamp
        return {name: column_profile(name, self.types, timestamp, self.is_personal(name)) for name in self.types}

    def known(self, column: str) -> list[Any]:
        """The values of a column that are there."""
        return [value for value in self.values[column] if value is not None]

    def is_personal(self, column: str) -> bool:
        """Whether it tells something about a person."""
        return column in self.personal or bool(self.columns[column].pii)

    def is_like_id(self, column: str) -> bool:
        """Whether values of a column tell rows or things apart, rather than say what they are like: keys, whole numbers
        that are called so or never occur twice, and texts of which no few are common."""
        return column in self._like_ids

    @cached_property
    def _like_ids(self) -> frozenset[str]:
        dedupe = () if self.source.dedupe is None else self.source.dedupe.key
        keys = {*dedupe, *(name for key in self.keys for name in key)}
        return frozenset(name for name in self.types if name in keys or self._tells_apart(name))

    def _tells_apart(self, column: str) -> bool:
        kind = self.types[column]
        if not kind.is_integer and kind.name != "string":
            return False
        counted = Counter(self.known(column))
        if kind.is_integer:
            never_twice = counted.total() >= _ENOUGH and len(counted) == counted.total()
            return _NAMED_AS_IDS.fullmatch(column) is not None or (never_twice and self.columns[column].unit is None)
        return 2 * sum(count for _, count in counted.most_common(_CATEGORIES)) < counted.total()


@dataclass(frozen=True)
class SourceHistory:
    """Days (since 1970; day 0 of rows without timestamp) of a source and what each was like; of a day that has no rows
    there is nothing, and days that are `left_out` say nothing. `references` are what columns are held against, by the
    expression that they are looked at through."""

    sample: SourceSample
    days: Mapping[int, Profile]
    references: Mapping[str, Reference]
    left_out: frozenset[int] = frozenset()

    @property
    def source(self) -> Source:
        return self.sample.source

    @cached_property
    def rows(self) -> int:
        return sum(self.count(day, ROWS) for day in self.days)

    @property
    def span(self) -> range:
        """All days from the first one to the last."""
        return range(min(self.days), max(self.days) + 1) if self.days else range(0)

    @property
    def due(self) -> tuple[int, ...]:
        """Those of them that say something: that have rows, or should have some."""
        return tuple(day for day in self.span if day not in self.left_out)

    @property
    def has_weeks(self) -> bool:
        """Whether there are days enough to say what is usual of them."""
        return self.source.timestamp is not None and len(self.days) >= 7 * WEEKS

    def count(self, day: int, statistic: Statistic) -> int:
        """What a count comes to on a day that has rows."""
        counted = self.days[day][statistic]
        assert isinstance(counted, int)
        return counted

    def total(self, statistic: Statistic) -> int:
        """What a count comes to in all."""
        return sum(self.count(day, statistic) for day in self.days)

    def reference(self, column: str) -> Reference | None:
        """What a column is held against, if it has ever had values."""
        of = self.sample.profiles[column].of
        return None if of is None else self.references.get(of)
