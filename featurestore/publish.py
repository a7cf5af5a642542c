"""From tiles to the online store: the entities whose values can have changed, then the watermark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builders.coverage import Range, merge_ranges, uncovered
from builders.entities import plan_changes, plan_entities, ranges_between, ranges_in_reach
from builders.exact import run_exactly
from builders.grid import Grid
from builders.plan import FramePlan, ListEntities
from builders.planner import SpineColumns, plan_frame
from builders.request import RequestedColumn, SpineShape, StoredSegment, needed_slots
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from definitions.errors import ConflictError
from definitions.fingerprint import view_fingerprint
from definitions.model import FeatureView
from featurestore.context import Context, Progress, no_progress
from featurestore.held_lease import held_lease
from featurestore.online.codec import KeyEncoder, encode_value
from featurestore.online.protocol import OnlineRow
from featurestore.registry.generations import Generation, Publish
from featurestore.registry.leases import Lease
from featurestore.registry.segments import Segment
from featurestore.serving_record import ServedColumn, ServedView, encode_view, view_key

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH: Final = 5_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
AT: Final = "__at"


@dataclass(frozen=True)
class PublishReport:
    """What publishing a view did: `rows` written at `boundary` (UTC microseconds), None where nothing was due."""

    view: str
    generation: int
    boundary: int | None
    rows: int
    reason: str


def publish_view(
    context: Context,
    view: FeatureView,
    name: str,
    columns: tuple[RequestedColumn, ...],
    until: int,
    progress: Progress = no_progress,
) -> PublishReport:
    """Write what changed since the last publish, as of the latest boundary that is materialized by `until`.

    `columns` are the view's own, raw. `name` is the view's, with `@version` where a service pins an old one.

    Raises:
        ConflictError: somebody else publishes the view and does not finish, or took over while we wrote.
    """
    with held_lease(context.registry.leases, f"publish/{name}") as lease:
        return _Publishing(context, lease, view, name, columns, until, progress).run()


@dataclass(frozen=True)
class _Publishing:
    context: Context
    lease: Lease
    view: FeatureView
    name: str
    columns: tuple[RequestedColumn, ...]
    until: int
    progress: Progress

    def run(self) -> PublishReport:
        registry, context = self.context.registry, self.context
        version = registry.segments.latest_version()
        tables = {table: registry.segments.at(table.name, version) for table in needed_slots(self.columns)}
        generation = self._open_generation()
        boundary = self._boundary(tables)
        if boundary is None:
            return PublishReport(self.name, generation.id, None, 0, "nothing is materialized yet")
        last = registry.generations.last_finished(generation.id)
        unfinished = registry.generations.unfinished(generation.id)
        self._refuse_older(boundary, unfinished)
        if last is not None and boundary < last.boundary:
            self._serve(generation, last.boundary)
            return PublishReport(self.name, generation.id, None, 0, "a later boundary is published already")
        entities, reason = self._changed(tables, boundary, last, unfinished)
        if entities is None and last is not None and last.boundary == boundary:
            self._serve(generation, boundary)
            return PublishReport(self.name, generation.id, None, 0, "nothing changed since it was published")
        publish = registry.generations.begin_publish(self.lease, generation.id, boundary, version, context.clock.now())
        rows = 0 if entities is None else self._write(entities, generation, boundary, version, tables)
        registry.generations.finish_publish(self.lease, publish, context.clock.now())
        self._serve(generation, boundary)
        return PublishReport(self.name, generation.id, boundary, rows, reason)

    def _serve(self, generation: Generation, watermark: int) -> None:
        """Let look-ups see what is published; once more where a publish was killed before it came to this."""
        registry, now = self.context.registry, self.context.clock.now()
        registry.generations.promote(self.lease, generation.id, now)
        served = served_view(self.name, self.columns, generation.id, watermark)
        registry.serving.store(view_key(self.name), encode_view(served), now, self.lease)

    @property
    def _grid(self) -> Grid:
        return self.columns[0].grid

    def _open_generation(self) -> Generation:
        first = self.columns[0]
        listed = [(column.name, str(column.column.type), column.column.default) for column in self.columns]
        fingerprint = view_fingerprint(self.view, first.source, first.entity)
        return self.context.registry.generations.open(self.name, fingerprint, listed, self.context.clock.now())

    def _boundary(self, tables: Mapping[TileTable, Sequence[Segment]]) -> int | None:
        """The latest boundary by `until` before which every slot's tiles are stored."""
        boundary = self._grid.boundary(self.until)
        for table, slots in needed_slots(self.columns).items():
            for slot in slots:
                covered = [(item.start, item.end) for item in tables[table] if slot.name in item.slots]
                end = BEGINNING + 1 if table.hop == 0 else boundary
                gaps = uncovered(BEGINNING, end, covered)
                if gaps and table.hop == 0:
                    return None
                if gaps:
                    boundary = gaps[0][0]
                if boundary <= BEGINNING:
                    return None
        return boundary

    def _refuse_older(self, boundary: int, unfinished: Sequence[Publish]) -> None:
        latest = max((publish.boundary for publish in unfinished), default=boundary)
        if latest > boundary:
            raise ConflictError(
                f"a publish of {self.name} at a later boundary did not finish, so rows of it may be online; "
                "publish up to that boundary or later"
            )

    def _changed(
        self,
        tables: Mapping[TileTable, tuple[Segment, ...]],
        boundary: int,
        last: Publish | None,
        unfinished: Sequence[Publish],
    ) -> tuple[pa.Table | None, str]:
        """The entities to write, and why these; None where nothing can have changed."""
        context = self.context
        inputs = context.inputs(tables, {})
        attempts = (*([] if last is None else [last]), *unfinished)
        # Whoever may have a row with a value: also those that had one then and are out of reach now.
        reached = self._in_reach([boundary, *(publish.boundary for publish in attempts)])
        replaced = []
        for publish in attempts:
            before = {table: context.registry.segments.at(table.name, publish.segments_version) for table in tables}
            old, new = _different(before, tables)
            if not all(Path(context.offline_root / item.path).exists() for held in old.values() for item in held):
                return self._list(
                    plan_entities(self.columns, reached, inputs)
                ), "earlier tiles were vacuumed: every entity"
            if any(old.values()):
                replaced.append((_stored(context, old), _stored(context, new)))
        if last is None:
            plan = plan_changes(self.columns, reached, inputs, replaced)
            reason = "first publish of this generation: every entity"
        else:
            first = min([last.boundary, *(publish.boundary for publish in unfinished)])
            plan = plan_changes(self.columns, ranges_between(self.columns, first, boundary), inputs, replaced)
            reason = "entities whose windows or tiles changed"
        return (None if plan is None else self._list(plan)), reason

    def _in_reach(self, boundaries: Sequence[int]) -> dict[TileTable, tuple[Range, ...]]:
        """The hop starts that some window sees at any of the boundaries."""
        found: dict[TileTable, list[Range]] = {}
        for boundary in boundaries:
            for table, ranges in ranges_in_reach(self.columns, self._grid.instant_of(boundary)).items():
                found.setdefault(table, []).extend(ranges)
        return {table: tuple(merge_ranges(ranges)) for table, ranges in found.items()}

    def _list(self, plan: ListEntities) -> pa.Table | None:
        return self.context.engine.list_entities(plan) if plan.within or plan.changed else None

    def _write(
        self,
        entities: pa.Table,
        generation: Generation,
        boundary: int,
        version: int,
        tables: Mapping[TileTable, tuple[Segment, ...]],
    ) -> int:
        """Compute and write the packed rows of these entities."""
        context, keys = self.context, self.columns[0].table.keys
        instant = self._grid.instant_of(boundary)
        types = dict(zip(keys, self.columns[0].table.key_types, strict=True))
        spine = context.engine.open_spine(entities, None, types)
        shape = SpineShape(entities.num_rows, instant, instant)

        def plan(limbs: Mapping[str, tuple[int, ...]]) -> FramePlan:
            return plan_frame(self.columns, SpineColumns((), None, ""), shape, context.inputs(tables, limbs))

        frame = run_exactly(plan, lambda planned: context.engine.compute_frame(planned, spine), lambda planned: {}, {})
        encoder = KeyEncoder([str(kind) for kind in types.values()], keys)
        packed = self._pack(entities, frame, encoder, generation.id, boundary, version)
        written = 0
        for batch in _batches(packed):
            written += len(batch)
            context.online().write(generation.id, batch)
            self.progress(written / max(entities.num_rows, 1), f"publishing {self.name}")
        return written

    def _pack(
        self, entities: pa.Table, frame: pa.Table, encoder: KeyEncoder, schema: int, boundary: int, version: int
    ) -> Iterator[OnlineRow]:
        key_columns = [entities.column(name) for name in entities.column_names]
        values = []
        for column in self.columns:
            value = frame.column(column.name)
            at = frame.column(column.name + AT) if column.column.feature.agg == "last" else None
            values.append((value, at, column.column.feature.ttl is not None))
        for start in range(0, entities.num_rows, _BATCH):
            keys = zip(*(item.slice(start, _BATCH).to_pylist() for item in key_columns), strict=True)
            packed = zip(*(_packed(value, at, ttl, start) for value, at, ttl in values), strict=True)
            for key, row in zip(keys, packed, strict=True):
                encoded = encoder.encode(key)
                assert encoded is not None
                yield OnlineRow(encoded, boundary, version, encode_value(schema, row))


def _packed(value: pa.ChunkedArray[Any], at: pa.ChunkedArray[Any] | None, ttl: bool, start: int) -> list[object]:
    """A batch of one column's values as they are packed; with a ttl, (timestamp, value), None where there is no row."""
    plain = [packable(item) for item in value.slice(start, _BATCH).to_pylist()]
    if at is None or not ttl:
        return plain
    instants = at.slice(start, _BATCH).to_pylist()
    return [None if instant is None else (instant, item) for instant, item in zip(instants, plain, strict=True)]


def packable(value: Any) -> object:
    """A value as msgpack holds it: decimals as text, dates as days and instants as microseconds since 1970, maps as
    pairs."""
    match value:
        case list() | tuple():
            return [packable(item) for item in value]
        case Decimal():
            return str(value)
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return (aware - _EPOCH) // (datetime.resolution)
        case date():
            return (value - _EPOCH.date()).days
        case _:
            return value


def _batches(rows: Iterator[OnlineRow]) -> Iterator[list[OnlineRow]]:
    batch: list[OnlineRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _different(
    before: Mapping[TileTable, Sequence[Segment]], after: Mapping[TileTable, Sequence[Segment]]
) -> tuple[dict[TileTable, tuple[Segment, ...]], dict[TileTable, tuple[Segment, ...]]]:
    """The segments that only one side has."""
    old, new = {}, {}
    for table in after:
        ids = [{segment.id for segment in side.get(table, ())} for side in (before, after)]
        old[table] = tuple(item for item in before.get(table, ()) if item.id not in ids[1])
        new[table] = tuple(item for item in after[table] if item.id not in ids[0])
    return old, new


def _stored(
    context: Context, segments: Mapping[TileTable, tuple[Segment, ...]]
) -> dict[TileTable, tuple[StoredSegment, ...]]:
    return {table: context.stored(held) for table, held in segments.items()}


def served_view(name: str, columns: Sequence[RequestedColumn], generation: int, boundary: int) -> ServedView:
    """What look-ups need to know of a published view."""
    first = columns[0]
    return ServedView(
        view=name,
        generation=generation,
        watermark=boundary,
        keys=tuple((key, str(kind)) for key, kind in first.entity.keys.items()),
        columns=tuple(
            ServedColumn(
                column.name,
                position,
                str(column.column.type),
                column.column.default,
                column.column.feature.ttl.microseconds if column.column.feature.ttl else None,
            )
            for position, column in enumerate(columns)
        ),
        hop=first.grid.hop,
        delay=first.grid.delay,
    )
