"""Training frames: point-in-time correct feature values beside the rows of an entity dataframe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from builders.answers import FramePlan
from builders.coverage import Range
from builders.engine import Spine
from builders.entities import plan_entities, ranges_in_reach
from builders.exact import run_exactly
from builders.explain import Explanation, explain_plan
from builders.gaps import find_gaps
from builders.plan import ReadSource, walk
from builders.planner import Form, SpineColumns, plan_frame
from builders.request import Inputs, RequestedColumn, SpineShape, needed_slots, roles_of, roles_on_grids
from builders.tile_table import TileTable
from definitions.errors import RequestError
from definitions.types import DataType
from featurestore.clock import format_range
from featurestore.context import Context
from featurestore.entity_dataframe import EntityDataframe, read_entity_dataframe
from featurestore.frame_files import FrameFiles
from featurestore.manifest import describe_frame
from featurestore.registry.findings import Finding
from featurestore.registry.segments import Segment

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from builders.spark.engine import SparkEngine

Result = TypeVar("Result")

_PIN_MICROSECONDS = 3_600_000_000
"""How long the segments of a running frame are safe from `vacuum`."""


def _nobody_counts() -> None:
    """What a frame calls that nobody counts."""


@dataclass(frozen=True)
class Frame:
    """Feature values for the rows of an entity dataframe, computed when they are asked for.

    Rows, their order and the dataframe's own columns stay as they are; each feature column stands behind them.
    `known_erasures` are those that had reached an earlier frame's segments when it was made; None for a new one.
    `fetched` is called whenever its values are computed for somebody. With `read_held` it reads rows that are held
    back too.
    """

    context: Context
    columns: tuple[RequestedColumn, ...]
    entities: EntityDataframe
    spine: Spine
    shape: SpineShape
    version: int
    files: FrameFiles
    form: Form | None = None
    known_erasures: frozenset[int] | None = None
    fetched: Callable[[], None] = field(default=_nobody_counts, compare=False, repr=False)
    read_held: bool = False

    def to_arrow(self) -> pa.Table:
        """The frame as an Arrow table."""
        return self.entities.with_features(self._features)

    def to_pandas(self) -> pd.DataFrame:
        """The frame as pandas; integers with missing values are floats there, as pandas has it."""
        return self.entities.with_features_in_pandas(self._features)

    def to_parquet(self, path: str | Path) -> int:
        """Write the frame to a Parquet file and return its number of rows.

        An entity dataframe that is Parquet itself streams through without ever being in memory as a whole.
        """
        target = Path(path)
        if self.entities.carried:
            written = self._run(lambda plan: self.context.engine.write_frame(plan, self.spine, target))
            self.fetched()
            return written
        import pyarrow.parquet as pq

        pq.write_table(self.to_arrow(), target, compression="zstd")
        return self.shape.rows

    def to_spark(self) -> DataFrame:
        """The frame as a DataFrame of the store's own Spark session, computed when it is asked for; the entity
        dataframe is moved and kept at once.

        Its rows are in no order. `vacuum` leaves its segments alone for an hour.

        Raises:
            RequestError: the engine is another one.
        """
        engine = self.context.engine
        if engine.name != "spark":
            raise RequestError("to_spark needs the Spark engine; set `engine: spark`, or hand a session over")
        on_spark = cast("SparkEngine", engine)
        if not self.entities.carried:
            return on_spark.session.createDataFrame(self.to_arrow())
        if any(self.segments.values()):
            self.context.registry.segments.pin(self.version, self.context.clock.now() + _PIN_MICROSECONDS)
        # Computed later, it cannot be planned again: sums are measured before.
        limbs = self._measure(self._plan({})) if any(self._free_gaps.values()) else {}
        self.fetched()
        return on_spark.open_frame(self._plan(limbs), self.spine)

    def explain(self, analyze: bool = False, sql: bool = True) -> str:
        """Tile tables, slots, probes, forms and why, estimated rows (and, with `analyze`, actual ones), the SQL."""
        return self.explanation(analyze, sql).text

    def explanation(self, analyze: bool = False, sql: bool = True) -> Explanation:
        """What `explain` says, with its forms and steps as values."""
        plan = self._plan({})
        text = self.context.engine.explain_sql(plan) if sql else ""
        counted = self._run(lambda final: self.context.engine.count_rows(final, self.spine)) if analyze else []
        moved = self._run(lambda final: self.context.engine.list_exchanges(final, self.spine)) if analyze else []
        chosen = self.context.chosen
        return explain_plan(plan, text, counted, moved, f"{chosen.engine.name}, as {chosen.why}")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the frame is made of, enough to have it again: definitions, segments, files, rows, JSON throughout."""
        return describe_frame(
            self.columns, self.version, self.segments, self.gaps, self.files, self.entities, self.spine, self.shape
        ) | {"erasures": list(self.erasures), "findings": [finding.subject for finding in self.findings]}

    @cached_property
    def erasures(self) -> tuple[int, ...]:
        """The numbers of the erasures that reached the segments that the frame is made of."""
        return tuple(sorted({number for held in self.segments.values() for item in held for number in item.erasures}))

    @property
    def erased_since(self) -> tuple[int, ...]:
        """Those of them that came after the frame was first made: rows of these entities have the value over no rows
        now, all others are to the bit what they were."""
        known = self.known_erasures
        return () if known is None else tuple(number for number in self.erasures if number not in known)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What checks found of the sources and views that it is made of, and that lasts."""
        from featurestore.checks.frame_checks import findings_of

        return findings_of(self.context, self.columns)

    @cached_property
    def _free_gaps(self) -> dict[TileTable, list[Range]]:
        """The ranges that are read from sources, once their rows were held against what is expected of them; an earlier
        frame reads what it read then.

        Raises:
            QualityError: some of them are held back.
        """
        if not self.read_held and self.files.pinned is None and any(self.gaps.values()):
            from featurestore.checks.frame_checks import refuse_held_rows

            refuse_held_rows(self.context, self.gaps)
        return self.gaps

    @cached_property
    def segments(self) -> dict[TileTable, tuple[Segment, ...]]:
        """The segments of the frame's version.

        Raises:
            RequestError: `vacuum` deleted some of them.
        """
        registry = self.context.registry.segments
        found = {table: registry.at(table.name, self.version) for table in needed_slots(self.columns)}
        gone = [(table, item) for table, items in found.items() for item in items if item.vacuumed_at is not None]
        if gone:
            listed = "".join(
                f"\n{table.label} {format_range(item.start, item.end)} (segment {item.id})" for table, item in gone
            )
            raise RequestError(
                f"vacuum deleted {len(gone)} of the segments that this frame is made of; "
                f"ask for a later knowledge, or for a new frame:{listed}"
            )
        return found

    @cached_property
    def gaps(self) -> dict[TileTable, list[Range]]:
        """The ranges that no segment holds, read from the sources."""
        return find_gaps(
            self.columns, self.shape, {table: self.context.stored(held) for table, held in self.segments.items()}
        )

    @cached_property
    def _features(self) -> pa.Table:
        features = self._run(lambda plan: self.context.engine.compute_frame(plan, self.spine))
        self.fetched()
        return features

    def _plan(self, limbs: Mapping[str, tuple[int, ...]]) -> FramePlan:
        columns = SpineColumns(
            self.entities.carried, self.spine.timestamp, self.spine.types.get(self.spine.timestamp or "", "")
        )
        inputs = replace(self._inputs, limbs=limbs)
        return plan_frame(self.columns, columns, self.shape, inputs, self.form)

    @cached_property
    def _inputs(self) -> Inputs:
        """What there is to compute from, the same for every plan; how it meets the spine is sampled once."""
        return self.context.inputs(self.segments, {}, self.files.inspect, self.spine)

    def _run(self, run: Callable[[FramePlan], Result]) -> Result:
        gaps, registry = self._free_gaps, self.context.registry.segments
        pin = (
            registry.pin(self.version, self.context.clock.now() + _PIN_MICROSECONDS)
            if any(self.segments.values())
            else None
        )
        try:
            result = run_exactly(self._plan, run, self._measure, {})
            self.files.refuse_changed(table.source for table in gaps)
            return result
        finally:
            if pin is not None:
                registry.unpin(pin)

    def _measure(self, plan: FramePlan) -> Mapping[str, tuple[int, ...]]:
        return self.context.engine.measure_limbs([node for node in walk(plan.frame) if isinstance(node, ReadSource)])

    def __repr__(self) -> str:
        return f"Frame({self.shape.rows:,} rows, {len(self.columns)} feature columns)"

    def _repr_html_(self) -> str:
        names = "".join(f"<li><code>{column.name}</code> {column.column.type}</li>" for column in self.columns)
        return f"<b>{self.shape.rows:,} rows, {len(self.columns)} feature columns</b><ul>{names}</ul>"


def historical_frame(
    context: Context,
    columns: tuple[RequestedColumn, ...],
    given: Any,
    timestamp: str | None,
    form: Form | None = None,
    version: int | None = None,
    now: int | None = None,
    files: FrameFiles | None = None,
) -> Frame:
    """A frame for the rows of an entity dataframe, from the segments as they are now.

    For an earlier frame, `version` is that of its segments, `now` the instant that rows without a timestamp mean
    (UTC microseconds), and `files` are what it reads where no segment reaches.

    Raises:
        RequestError: the entity dataframe does not fit the features.
    """
    version = context.registry.segments.latest_version() if version is None else version
    entities, held = read_entity_dataframe(given, timestamp, key_types(columns), [column.name for column in columns])
    spine = context.engine.open_spine(entities.data, held, key_types(columns))
    now = context.clock.now() if now is None else now
    shape = context.engine.measure_spine(spine, now, roles_of(columns), roles_on_grids(columns))
    return Frame(context, columns, entities, spine, shape, version, files or FrameFiles(context), form)


def as_of_frame(context: Context, columns: tuple[RequestedColumn, ...], instant: int) -> Frame:
    """The values at `instant` (UTC microseconds) of all entities that have a row in any window.

    Raises:
        RequestError: the features are of several entities, or of one in several roles.
    """
    if len({(column.entity.name, column.key_columns) for column in columns}) > 1:
        raise RequestError(
            "the features belong to several entities or roles; ask for those of one entity at a time, "
            "as there are no rows that would have them all"
        )
    version = context.registry.segments.latest_version()
    tables = {table: context.registry.segments.at(table.name, version) for table in needed_slots(columns)}
    listing = plan_entities(columns, ranges_in_reach(columns, instant), context.inputs(tables, {}))
    listed = context.engine.list_entities(listing)
    names = list(columns[0].key_columns)
    keys = listed.rename_columns(names).sort_by([(name, "ascending") for name in names])
    entities = EntityDataframe(keys, tuple(names), keys)
    spine = context.engine.open_spine(keys, None, key_types(columns))
    return Frame(
        context, columns, entities, spine, SpineShape(keys.num_rows, instant, instant), version, FrameFiles(context)
    )


def key_types(columns: Sequence[RequestedColumn]) -> dict[str, DataType]:
    """The entity dataframe's key columns and their types."""
    return {
        held: kind
        for column in columns
        for held, kind in zip(column.key_columns, column.entity.keys.values(), strict=True)
    }
