"""A view's values boundary by boundary, over a fixed sample of entities or all.

What a boundary was like is computed from the tiles that are stored, so that history is there from the first check on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from builders.lineage import trace_column
from builders.request import RequestedColumn, SpineShape, needed_slots
from definitions.durations import BEGINNING, DAY, floor_to_hop
from definitions.expressions import parse_condition
from definitions.fingerprint import view_fingerprint
from definitions.statistic import Profile, Statistic
from definitions.terms import render_name
from definitions.types import DataType
from featurestore.checks.view_values import INSTANT, ViewValues
from featurestore.context import Context
from featurestore.governance.pii import declassified_levels, pii_of
from featurestore.late_rows import DAYS
from featurestore.ready_boundary import ready_boundary
from featurestore.registry.profiles import StoredProfile
from featurestore.registry.segments import Segment
from quality.column_profile import ColumnProfile, column_profile, reference_of

if TYPE_CHECKING:
    import pyarrow as pa

    from quality.reference import Reference

SAMPLE: Final = 1_000
"""How many entities are looked at, always the same ones."""
HISTORY: Final = 26 * 7
"""How many boundaries are looked back at."""
_REFERENCE: Final = 28
"""How many of the first boundaries a reference is made of."""
_ROWS: Final = Statistic("rows")


def values_of(
    context: Context, columns: Sequence[RequestedColumn], until: int, most: int | None = SAMPLE
) -> StoredValues:
    """The values of a view's columns, as frames have them."""
    return StoredValues(context, tuple(replace(column, raw=False) for column in columns), until, most)


@dataclass(frozen=True)
class StoredValues:
    """The values of a view's columns at its boundaries by `until` (UTC microseconds), over `most` entities or all."""

    context: Context
    columns: tuple[RequestedColumn, ...]
    until: int
    most: int | None

    @cached_property
    def view_values(self) -> ViewValues:
        segments = self.context.registry.segments
        return ViewValues(
            self.context, self.columns, {table: segments.current(table.name) for table in needed_slots(self.columns)}
        )

    @cached_property
    def boundaries(self) -> tuple[int, ...]:
        """The boundaries that are looked at, in their order."""
        grid, tables = self.columns[0].grid, self.view_values.tables
        if grid.hop == 0 or not all(tables.values()):
            return ()
        last = ready_boundary(self.columns, tables, grid.boundary(self.until)).boundary
        if last is None:
            return ()
        step = max(grid.hop or DAY, DAY)
        last = floor_to_hop(last, step)
        first = min(_first_instant(segment) for held in tables.values() for segment in held)
        reached = [last - step * back for back in range(HISTORY)]
        return tuple(sorted(boundary for boundary in reached if boundary > first and self._is_ready(boundary)))

    def _is_ready(self, boundary: int) -> bool:
        return ready_boundary(self.columns, self.view_values.tables, boundary).boundary == boundary

    @property
    def subject(self) -> str:
        first = self.columns[0]
        some = "all" if self.most is None else f"{self.most}"
        return f"values/{view_fingerprint(first.view, first.source, first.entity)}/{some}"

    def measure(self, more: Iterable[Statistic] = ()) -> dict[int, StoredProfile]:
        """What each boundary was like, with more statistics than stability needs: measured once, and again where tiles
        have changed."""
        asked = tuple(dict.fromkeys((*self.statistics, *more)))
        registry = self.context.registry.profiles
        inputs = {at: self.view_values.inputs(at) for at in self.boundaries}
        known = registry.between(self.subject, self.boundaries[0], self.boundaries[-1])
        keys = {item.key for item in asked}
        held = {
            at: known[at]
            for at in self.boundaries
            if at in known and known[at].inputs == inputs[at] and keys <= known[at].statistics.keys()
        }
        missing = [at for at in self.boundaries if at not in held]
        if missing:
            fresh = self._read(missing, asked)
            measured = [
                StoredProfile(at, inputs[at], {item.key: fresh[at][item] for item in asked}, {})
                for at in missing
                if at in fresh
            ]
            registry.record(self.subject, measured, self.context.clock.now())
            held |= {item.instant: item for item in measured}
        return dict(sorted(held.items()))

    def _read(self, boundaries: Sequence[int], statistics: tuple[Statistic, ...]) -> dict[int, Profile]:
        """What the boundaries are like over the entities that have some row in a window then."""
        asked = self._asked(boundaries)
        shape = self._shape(boundaries, asked.num_rows)
        found = self.view_values.measure(asked, INSTANT, shape, statistics, self._has_rows)
        delay = self.columns[0].grid.delay
        return {at - delay: profile for at, profile in found.items() if at is not None}

    @cached_property
    def statistics(self) -> tuple[Statistic, ...]:
        needed = [_ROWS]
        for column in self.profiled:
            needed += column.statistics(self.references.get(column.of or ""))
        return tuple(dict.fromkeys(needed))

    @cached_property
    def profiled(self) -> tuple[ColumnProfile, ...]:
        declassified = declassified_levels(self.context.registry.declassifications.on())
        return tuple(
            column_profile(column.name, self._types, personal=pii_of(trace_column(column), declassified).restricted)
            for column in self.columns
        )

    @property
    def _types(self) -> Mapping[str, DataType]:
        return {column.name: column.column.type for column in self.columns}

    @cached_property
    def _has_rows(self) -> str:
        """A condition that is true of whoever has another value than that over no rows in some column."""
        parts = [
            f"{render_name(column.name)} is not null"
            if column.column.default is None
            else f"{render_name(column.name)} <> {column.column.default}"
            for column in self.columns
        ]
        return parse_condition(" or ".join(parts), self._types).canonical

    @cached_property
    def references(self) -> dict[str, Reference]:
        """What the columns are held against: the values at the first boundaries that are there, frozen."""
        from quality.reference import Reference

        registry = self.context.registry.profiles
        known = registry.references(self.subject)
        missing = [column for column in self.profiled if column.of is not None and column.of not in known]
        if missing:
            first = self.boundaries[:_REFERENCE]
            asked = self._asked(first)
            frame = self.view_values.compute(asked, INSTANT, self._shape(first, asked.num_rows))
            made = {}
            for column in missing:
                reference = reference_of(column, _texts(frame.column(column.column).to_pylist(), column))
                if reference is not None and column.of is not None:
                    made[column.of] = reference.as_dict()
            known = registry.freeze(self.subject, made, self.context.clock.now())
        return {of: Reference.from_dict(plain) for of, plain in known.items()}

    @cached_property
    def _entities(self) -> pa.Table:
        return self.view_values.some_entities(BEGINNING, self.boundaries[-1], self.most)

    def _asked(self, boundaries: Sequence[int]) -> pa.Table:
        """The sampled entities at each boundary."""
        import numpy as np
        import pyarrow as pa

        entities, grid = self._entities, self.columns[0].grid
        instants = np.repeat([grid.instant_of(at) for at in boundaries], entities.num_rows)
        repeated = pa.concat_tables([entities] * len(boundaries))
        return repeated.append_column(INSTANT, pa.array(instants, pa.timestamp("us", "UTC")))

    def _shape(self, boundaries: Sequence[int], rows: int) -> SpineShape:
        grid = self.columns[0].grid
        return SpineShape(rows, grid.instant_of(boundaries[0]), grid.instant_of(boundaries[-1]))


def _first_instant(segment: Segment) -> int:
    """When a segment's rows begin, about; one that begins with time remembers the days of its rows."""
    days = segment.statistics.get(DAYS, {})
    return max(segment.start, min(map(int, days)) * DAY) if days else segment.end


def _texts(values: list[Any], column: ColumnProfile) -> list[Any]:
    """Booleans as the texts that they are looked at as."""
    if column.is_number:
        return values
    return [str(value).lower() if isinstance(value, bool) else value for value in values]
