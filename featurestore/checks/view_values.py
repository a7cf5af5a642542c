"""A view's values at its boundaries, from the tiles that are stored: measured, not fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from builders.answers import FramePlan
from builders.engine import Spine
from builders.entities import plan_entities, ranges_in_reach
from builders.exact import run_exactly
from builders.planner import SpineColumns, plan_frame
from builders.profiles import Profiles
from builders.request import RequestedColumn, SpineShape
from definitions.fingerprint import digest
from definitions.statistic import Profile, Statistic
from featurestore.context import Context
from featurestore.ready_boundary import Tables

if TYPE_CHECKING:
    import pyarrow as pa

INSTANT = "asked_at"
"""The column of instants in an entity dataframe of several boundaries."""


@dataclass(frozen=True)
class ViewValues:
    """The columns of one view as frames give them, over the segments in `tables`, which reach what is asked."""

    context: Context
    columns: tuple[RequestedColumn, ...]
    tables: Tables

    def measure_all(self, boundary: int, statistics: tuple[Statistic, ...]) -> Profile | None:
        """The values of every entity that has a row in some window at a boundary; None if there is none."""
        instant = self.columns[0].grid.instant_of(boundary)
        inputs = self.context.inputs(self.tables, {})
        listing = plan_entities(self.columns, ranges_in_reach(self.columns, instant), inputs)
        if not listing.within:
            return None
        entities = self.context.engine.list_entities(listing)
        found = self.measure(entities, None, SpineShape(entities.num_rows, instant, instant), statistics)
        return found.get(None)

    def measure(
        self,
        entities: pa.Table,
        timestamp: str | None,
        shape: SpineShape,
        statistics: tuple[Statistic, ...],
        where: str | None = None,
    ) -> Profiles:
        """The values of an entity dataframe's rows, by its instants if it has some."""
        engine = self.context.engine
        spine = self.open(entities, timestamp)
        return run_exactly(
            lambda limbs: self.plan(spine, shape, limbs),
            lambda planned: engine.measure_frame(planned, spine, statistics, where),
            lambda planned: {},
            {},
        )

    def compute(self, entities: pa.Table, timestamp: str | None, shape: SpineShape) -> pa.Table:
        """The values themselves."""
        engine = self.context.engine
        spine = self.open(entities, timestamp)
        return run_exactly(
            lambda limbs: self.plan(spine, shape, limbs),
            lambda planned: engine.compute_frame(planned, spine),
            lambda planned: {},
            {},
        )

    def some_entities(self, start: int, end: int, most: int | None) -> pa.Table:
        """Some of the entities that have tiles from one instant to another, always the same ones; or all of them."""
        ranges = dict.fromkeys(self.tables, ((start, end),))
        listing = plan_entities(self.columns, ranges, self.context.inputs(self.tables, {}))
        return self.context.engine.list_entities(replace(listing, most=most))

    def open(self, entities: pa.Table, timestamp: str | None) -> Spine:
        """An entity dataframe whose key columns are named as the tile table's."""
        first = self.columns[0].table
        return self.context.engine.open_spine(entities, timestamp, dict(zip(first.keys, first.key_types, strict=True)))

    def plan(self, spine: Spine, shape: SpineShape, limbs: Mapping[str, tuple[int, ...]]) -> FramePlan:
        """The frame of the values."""
        carried = () if spine.timestamp is None else (spine.timestamp,)
        columns = SpineColumns(carried, spine.timestamp, spine.types.get(spine.timestamp or "", ""))
        return plan_frame(self.columns, columns, shape, self.context.inputs(self.tables, limbs))

    def inputs(self, boundary: int) -> str:
        """What tells whether the values at a boundary are what they were: the segments that windows see, as they were
        built."""
        reach = ranges_in_reach(self.columns, self.columns[0].grid.instant_of(boundary))
        leaves = {
            table.name: sorted(
                leaf
                for segment in self.tables[table]
                if any(segment.start < end and start < segment.end for start, end in ranges)
                for leaf in segment.leaves
            )
            for table, ranges in reach.items()
        }
        return digest(leaves)
