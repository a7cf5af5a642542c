"""From tiles to the online store: the entities whose values can have changed, then the watermark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from builders.answers import FramePlan, ListEntities
from builders.coverage import Range, merge_ranges
from builders.entities import plan_changes, plan_entities, ranges_between, ranges_in_reach
from builders.exact import run_exactly
from builders.grid import Grid
from builders.planner import SpineColumns, plan_frame
from builders.request import RequestedColumn, SpineShape, StoredSegment, needed_slots
from builders.tile_table import TileTable
from definitions.errors import ConflictError
from definitions.fingerprint import view_fingerprint
from definitions.model import FeatureView
from definitions.online_row import Loaded, OnlineRow
from featurestore.checks.value_gate import ask_value_gate
from featurestore.context import Context, Progress, no_progress
from featurestore.held_lease import held_lease
from featurestore.held_views import held_view
from featurestore.online.codec import encode_value
from featurestore.packed_rows import pack_rows
from featurestore.ready_boundary import Tables, ready_boundary
from featurestore.registry.findings import Finding
from featurestore.registry.generations import Generation, Publish
from featurestore.registry.holds import Hold
from featurestore.registry.leases import Lease
from featurestore.replaced_tiles import replaced_tiles
from featurestore.resolve import Applied
from featurestore.serving_record import ServedColumn, ServedView, encode_view, view_key

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH: Final = 5_000


@dataclass(frozen=True)
class PublishReport:
    """What publishing a view did: `rows` written at `boundary` (UTC microseconds), None where nothing was due.

    `hold` is on the view, if not None: readers stay on `generation`, whatever is applied. Nothing was written if checks
    of the values were `withheld`; `findings` are what is new of them.
    """

    view: str
    generation: int
    boundary: int | None
    rows: int
    reason: str
    hold: Hold | None = None
    withheld: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def publish_view(
    context: Context, applied: Applied, name: str, view: FeatureView, end: int, progress: Progress = no_progress
) -> PublishReport | None:
    """Write what changed since the last publish, as of the latest boundary that is materialized by `end`.

    `name` is the view's, with `@version` where a service pins an old one. A hold on it makes the generation that
    readers stay on the one that is published. None where the view has nothing that can be online.

    Raises:
        ConflictError: somebody else publishes the view and does not finish, or took over while we wrote.
    """
    with held_lease(context.registry.leases, f"publish/{name}") as lease:
        held = held_view(context, applied, name)
        if held is not None and held.obstacle:
            reason = f"it cannot be computed any more: {held.obstacle}"
            return PublishReport(name, held.generation.id, None, 0, reason, held.hold)
        columns = online_columns(held.columns(raw=True) if held else applied.view_columns(view, raw=True))
        if not columns:
            return None
        generation = held.generation if held else _open_generation(context, name, columns)
        ordered = in_order_of(generation, columns)
        report = _Publishing(context, lease, name, ordered, generation, end, progress).run()
        return replace(report, hold=context.registry.holds.of(name))


def online_columns(columns: Sequence[RequestedColumn]) -> tuple[RequestedColumn, ...]:
    """Those that look-ups can have."""
    return tuple(column for column in columns if not column.offline_only)


def in_order_of(generation: Generation, columns: Sequence[RequestedColumn]) -> tuple[RequestedColumn, ...]:
    """The columns by their place in a generation's rows, which keep the order that they were first written in."""
    # The order of features is no computation, so that columns in another order may be of the same generation.
    places = {column: place for place, (column, *_) in enumerate(generation.columns)}
    return tuple(sorted(columns, key=lambda column: places[column.name]))


def _open_generation(context: Context, name: str, columns: Sequence[RequestedColumn]) -> Generation:
    listed = [(column.name, str(column.column.type), column.column.default) for column in columns]
    fingerprint = view_fingerprint(columns[0].view, columns[0].source, columns[0].entity)
    return context.registry.generations.open(name, fingerprint, listed, context.clock.now())


@dataclass(frozen=True)
class _Publishing:
    context: Context
    lease: Lease
    name: str
    columns: tuple[RequestedColumn, ...]
    generation: Generation
    end: int
    progress: Progress

    def run(self) -> PublishReport:
        registry, context, generation = self.context.registry, self.context, self.generation
        version = registry.segments.latest_version()
        tables = {table: registry.segments.at(table.name, version) for table in needed_slots(self.columns)}
        ready = ready_boundary(self.columns, tables, self._grid.boundary(self.end))
        boundary = ready.boundary
        if boundary is None:
            return PublishReport(self.name, generation.id, None, 0, ready.gap or "nothing is materialized yet")
        because = f"; {ready.gap}" if ready.gap else ""
        last = registry.generations.last_finished(generation.id)
        unfinished = registry.generations.unfinished(generation.id)
        self._refuse_older(boundary, unfinished)
        if last is not None and boundary < last.boundary:
            return self._serve(last.boundary, f"a later boundary is published already{because}")
        attempts = (*([] if last is None else [last]), *unfinished)
        is_known = all(self._knows_tiles_of(publish, tables) for publish in attempts)
        if is_known:
            entities, reason = self._changed(tables, boundary, last, unfinished)
        else:
            entities, reason = self._everyone(tables, boundary, attempts)
        if is_known and entities is None and last is not None and last.boundary == boundary:
            return self._serve(boundary, f"nothing changed since it was published{because}")
        gate = ask_value_gate(context, self.name, self.columns, tables, boundary)
        if gate.held:
            reason = f"held back, as its values are not as expected: {', '.join(gate.held)}"
            report = PublishReport(self.name, generation.id, None, 0, reason)
            if last is not None:
                report = self._serve(last.boundary, reason)
            return replace(report, withheld=gate.held, findings=gate.findings)
        publish = registry.generations.begin_publish(self.lease, generation.id, boundary, version, context.clock.now())
        loaded = Loaded(0) if entities is None else self._write(entities, boundary, version, tables)
        rows = loaded.rows if is_known else loaded.rows + self._write_nothing(boundary, version)
        registry.generations.finish_publish(self.lease, publish, context.clock.now())
        how = f", {loaded.how}" if loaded.how else ""
        served = self._serve(boundary, reason + how + because)
        return replace(served, boundary=boundary, rows=rows, findings=gate.findings)

    def _serve(self, watermark: int, reason: str) -> PublishReport:
        """Let look-ups see what is published; once more where a publish was killed before it came to this."""
        generations, now = self.context.registry.generations, self.context.clock.now()
        record = encode_view(served_view(self.name, self.columns, self.generation.id, watermark))
        if not generations.promote(self.lease, self.generation.id, view_key(self.name), record, now):
            reason = f"{reason}; readers were put on another generation meanwhile"
        return PublishReport(self.name, self.generation.id, None, 0, reason)

    @property
    def _grid(self) -> Grid:
        return self.columns[0].grid

    def _refuse_older(self, boundary: int, unfinished: Sequence[Publish]) -> None:
        latest = max((publish.boundary for publish in unfinished), default=boundary)
        if latest > boundary:
            raise ConflictError(
                f"a publish of {self.name} at a later boundary did not finish, so rows of it may be online; "
                "publish up to that boundary or later"
            )

    def _changed(
        self,
        tables: Tables,
        boundary: int,
        last: Publish | None,
        unfinished: Sequence[Publish],
    ) -> tuple[pa.Table | None, str]:
        """The entities to write, and why these; None where nothing can have changed."""
        context = self.context
        inputs = context.inputs(tables, {})
        attempts = (*([] if last is None else [last]), *unfinished)
        replaced = []
        for publish in attempts:
            old, new = self._replaced(publish, tables)
            if any(old.values()):
                replaced.append((_stored(context, old), _stored(context, new)))
        if last is None:
            plan = plan_changes(self.columns, self._in_reach(boundary, attempts), inputs, replaced)
            reason = "first publish of this generation: every entity"
        else:
            first = min([last.boundary, *(publish.boundary for publish in unfinished)])
            plan = plan_changes(self.columns, ranges_between(self.columns, first, boundary), inputs, replaced)
            reason = "entities whose windows or tiles changed"
        return (None if plan is None else self._list(plan)), reason

    def _knows_tiles_of(self, publish: Publish, tables: Tables) -> bool:
        """Whether all that an earlier publish was computed from is still there, or what stands in its place and that to
        compare it with."""
        for side in (self._tables_at(publish, tables), tables):
            if ready_boundary(self.columns, side, publish.boundary).boundary != publish.boundary:
                return False
        old, _ = self._replaced(publish, tables)
        return all((self.context.offline_root / item.path).exists() for held in old.values() for item in held)

    def _replaced(self, publish: Publish, tables: Tables) -> tuple[Tables, Tables]:
        """What windows saw at an earlier publish and other tiles stand in the place of now, and these."""
        reach = self._in_reach(publish.boundary, ())
        return replaced_tiles(self._tables_at(publish, tables), tables, reach)

    def _tables_at(self, publish: Publish, tables: Tables) -> Tables:
        registry = self.context.registry.segments
        return {table: registry.at(table.name, publish.segments_version) for table in tables}

    def _everyone(self, tables: Tables, boundary: int, attempts: Sequence[Publish]) -> tuple[pa.Table | None, str]:
        """The entities that can have a value; others that have a row are `_write_nothing`'s."""
        plan = plan_entities(self.columns, self._in_reach(boundary, attempts), self.context.inputs(tables, {}))
        return self._list(plan), "earlier tiles are gone: every entity"

    def _in_reach(self, boundary: int, attempts: Sequence[Publish]) -> dict[TileTable, tuple[Range, ...]]:
        """The hop starts that some window sees, or saw at an attempt: whoever may have a row with a value."""
        found: dict[TileTable, list[Range]] = {}
        for reached in (boundary, *(publish.boundary for publish in attempts)):
            for table, ranges in ranges_in_reach(self.columns, self._grid.instant_of(reached)).items():
                found.setdefault(table, []).extend(ranges)
        return {table: tuple(merge_ranges(ranges)) for table, ranges in found.items()}

    def _list(self, plan: ListEntities) -> pa.Table | None:
        return self.context.engine.list_entities(plan) if plan.within or plan.changed else None

    def _write(self, entities: pa.Table, boundary: int, version: int, tables: Tables) -> Loaded:
        """Compute and write the packed rows of these entities."""
        context, first = self.context, self.columns[0].table
        instant = self._grid.instant_of(boundary)
        spine = context.engine.open_spine(entities, None, dict(zip(first.keys, first.key_types, strict=True)))
        shape = SpineShape(entities.num_rows, instant, instant)

        def plan(limbs: Mapping[str, tuple[int, ...]]) -> FramePlan:
            inputs = context.inputs(tables, limbs)
            return plan_frame(self.columns, SpineColumns((), None, ""), shape, inputs)

        frame = run_exactly(plan, lambda planned: context.engine.compute_frame(planned, spine), lambda planned: {}, {})
        batches = pack_rows(entities, frame, self.columns, self.generation.id, boundary, version)
        return context.online().load(self.generation.id, self._counted(batches, entities.num_rows), entities.num_rows)

    def _counted(self, batches: Iterator[list[OnlineRow]], expected: int) -> Iterator[OnlineRow]:
        """The rows of all batches; each time that one is asked for, those before are on their way."""
        taken = 0
        for batch in batches:
            yield from batch
            taken += len(batch)
            self.progress(taken / max(expected, 1), f"publishing {self.name}")

    def _write_nothing(self, boundary: int, version: int) -> int:
        """Give the value over no rows to whoever has a row of before and was not among `_everyone`."""
        online, generation = self.context.online(), self.generation.id
        nothing = encode_value(generation, [column.column.default for column in self.columns])
        written = 0
        every = online.keys(generation)
        while keys := list(islice(every, _BATCH)):
            held = zip(keys, online.read(generation, keys), strict=True)
            older = [key for key, row in held if row is not None and (row.boundary, row.version) < (boundary, version)]
            written += online.write(generation, [OnlineRow(key, boundary, version, nothing) for key in older])
        return written


def _stored(context: Context, segments: Tables) -> dict[TileTable, tuple[StoredSegment, ...]]:
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
