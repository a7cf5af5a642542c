"""From sources to tiles: which segments are missing or stale, built in one scan a table, swapped in one step."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from builders.coverage import Range, merge_ranges, uncovered
from builders.engine import BuiltSegment, SegmentTask
from builders.exact import run_exactly
from builders.limbs import DEFAULT_LIMBS, widest
from builders.plan import Measure, ReadSource, TileSlot, tile_slot
from builders.request import RelationFiles, RequestedColumn, needed_slots
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.columns import column_types
from definitions.durations import BEGINNING
from definitions.expressions import parse_expression
from featurestore.bases import make_bases
from featurestore.checks.gate import ask_gate
from featurestore.compact import compact_table
from featurestore.context import Context, Progress, no_progress
from featurestore.erasure_findings import find_erased_again
from featurestore.held_lease import held_lease
from featurestore.late_rows import DAYS, SOURCE_ROWS, count_days, measure_late_rows
from featurestore.registry.findings import Finding
from featurestore.registry.leases import Lease
from featurestore.registry.segments import NewSegment, Segment
from featurestore.retention import drop_expired, kept_of, kept_since
from featurestore.segment_plan import Build, plan_builds
from featurestore.survey import Survey, survey_source


@dataclass(frozen=True)
class TableReport:
    """What materialize did to one tile table.

    `gaps` are the ranges (UTC microseconds) before its end of which wanted tiles are not stored; `expired` segments
    were dropped before, as views keep them no longer, and afterwards
    `compacted` segments became `compacted_into` larger ones and `bases` were made. `returned` are findings of erased
    entities that the source brought back. `held` are the ranges that were not built, as `findings` say of their rows
    that they are not as expected.
    """

    table: str
    label: str
    built: int
    rebuilt: int
    tiles: int
    bytes: int
    source_rows: int
    null_keys: int
    null_timestamps: int
    invalid: Mapping[str, int] = field(default_factory=dict)
    gaps: tuple[Range, ...] = ()
    expired: int = 0
    compacted: int = 0
    compacted_into: int = 0
    bases: int = 0
    returned: tuple[Finding, ...] = ()
    held: tuple[Range, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def did_nothing(self) -> bool:
        return self.built == self.rebuilt == self.expired == self.compacted == self.bases == 0


def materialize_tables(
    context: Context,
    columns: tuple[RequestedColumn, ...],
    everything: tuple[RequestedColumn, ...],
    span: Range,
    full: bool = False,
    progress: Progress = no_progress,
) -> list[TableReport]:
    """Bring the tiles that `columns` need of the instants `span` up to date.

    Whole segments are built: those that reach into the span and are missing or stale, with `full` the others too. What
    lies outside stays as it is. A source without timestamp lies in every span.
    `everything` are the columns of all applied views: a segment that is built again keeps the slots of the others, and
    bases hold what they have over all history.

    Raises:
        SourceError: a source's data cannot be read; its tables stay as they were.
        ConflictError: somebody else is materializing the same tables and does not finish.
    """
    wanted = needed_slots(columns)
    known = needed_slots(everything)
    kept = kept_of(everything)
    reports = []
    for position, (table, slots) in enumerate(wanted.items()):
        progress(position / len(wanted), f"tiles of {table.label}")
        grids = [column.grid for column in columns if column.table == table]
        end = max(grid.boundary(span[1]) for grid in grids)
        # Without a timestamp there is one segment, which is of all time.
        asked, end = ((BEGINNING, BEGINNING + 1), BEGINNING + 1) if table.hop == 0 else (span, end)
        with held_lease(context.registry.leases, f"tiles/{table.name}") as lease:
            survey = survey_source(context, table.source)
            since = kept_since(kept[table], context.registry.segments.current(table.name), end)
            expired = drop_expired(context, lease, table, since)

            def tell(doing: str, position: int = position, table: TileTable = table) -> None:
                progress(position / len(wanted), f"tiles of {table.label}: {doing}")

            with context.engine.reporting(tell):
                report = _materialize_table(context, lease, table, survey, slots, known[table], asked, end, full, since)
            compaction = compact_table(context, lease, table, survey)
            progress(position / len(wanted), f"bases of {table.label}")
            bases = make_bases(context, lease, table, everything)
            done = replace(report, expired=expired, compacted=compaction.before, compacted_into=compaction.after)
            reports.append(replace(done, bases=bases))
    progress(1.0, "tiles are up to date")
    return reports


def _materialize_table(
    context: Context,
    lease: Lease,
    table: TileTable,
    survey: Survey,
    wanted: tuple[Slot, ...],
    known: tuple[Slot, ...],
    span: Range,
    end: int,
    full: bool,
    since: Mapping[str, int],
) -> TableReport:
    current = context.registry.segments.current(table.name)
    reached = [segment for segment in current if segment.start < span[1] and span[0] < segment.end]

    def plan(held: Sequence[Range]) -> tuple[list[Build], list[Segment]]:
        """What to build, and which segments that replaces: none that holds something of what is held back."""
        free = [segment for segment in reached if not _overlaps(segment, held)]
        stale = [segment for segment in free if full or survey.is_stale(segment)]
        if not (full and free):
            within = span[0], end
            return plan_builds(table, wanted, known, current, stale, within, survey.instants(), since, held), stale
        # As if they were not there yet: what they hold and views still need, over all they cover, cut afresh.
        names = {name for segment in free for name in segment.slots}
        again = tuple(slot for slot in known if slot in wanted or slot.name in names)
        others = [segment for segment in current if segment not in free]
        within = min(span[0], free[0].start), max(end, *(segment.end for segment in free))
        return plan_builds(table, again, known, others, (), within, survey.instants(), since, held), stale

    builds, stale = plan(())
    gate = ask_gate(context, table, survey, [piece for build in builds for piece in build.ranges], end)
    if gate.held:
        builds, stale = plan(gate.held)
    if not builds and not stale:
        report = _report(table, [], [], 0, survey, _gaps(wanted, current, end, since))
        return replace(report, held=gate.held, findings=gate.findings)
    folder = context.offline_root / table.name / uuid.uuid4().hex
    try:
        built, null_keys = _run_builds(context, table, builds, current, survey, folder)
        added = [_new_segment(context, table, segment, survey) for segment in built]
        removed = [segment.id for segment in stale]
        late = measure_late_rows(context, table, stale, added, survey)
        context.registry.segments.swap(lease, table.name, removed, added, context.clock.now(), late)
    except BaseException:
        # Nothing points at what was written so far, and nothing ever will.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    present = [*(segment for segment in current if segment not in stale), *added]
    report = _report(table, built, stale, null_keys, survey, _gaps(wanted, present, end, since))
    returned = find_erased_again(context, table, [segment.path for segment in built])
    return replace(report, returned=returned, held=gate.held, findings=gate.findings)


def _overlaps(segment: Segment, ranges: Sequence[Range]) -> bool:
    return any(start < segment.end and segment.start < end for start, end in ranges)


def _gaps(
    wanted: Sequence[Slot], present: Sequence[NewSegment], end: int, since: Mapping[str, int]
) -> tuple[Range, ...]:
    """The ranges before `end` of which some wanted slot has no tiles, but for what is kept no longer."""
    missing: list[Range] = []
    for slot in wanted:
        covered = [(item.start, item.end) for item in present if slot.name in item.slots]
        missing += uncovered(since.get(slot.name, BEGINNING), end, covered)
    return tuple(merge_ranges(missing))


def _run_builds(
    context: Context,
    table: TileTable,
    builds: Sequence[Build],
    current: Sequence[Segment],
    survey: Survey,
    folder: Path,
) -> tuple[list[BuiltSegment], int]:
    files = context.inspect(table.source, survey.listed)
    known = _known_limbs(current)
    built: list[BuiltSegment] = []
    null_keys = 0
    for build in builds:
        tasks = [
            _task(context, table, folder, len(built) + position, item) for position, item in enumerate(build.ranges)
        ]

        def plan(limbs: Mapping[str, tuple[int, ...]], build: Build = build) -> tuple[ReadSource, tuple[TileSlot, ...]]:
            return _read(table, build, files), tuple(tile_slot(slot, limbs) for slot in build.slots)

        def run(
            planned: tuple[ReadSource, tuple[TileSlot, ...]], tasks: list[SegmentTask] = tasks
        ) -> list[BuiltSegment]:
            return context.engine.build_segments(planned[0], planned[1], tasks)

        def measure(planned: tuple[ReadSource, tuple[TileSlot, ...]]) -> Mapping[str, tuple[int, ...]]:
            return context.engine.measure_limbs([planned[0]])

        built += run_exactly(plan, run, measure, known)
        null_keys += context.engine.count_null_keys(_read(table, build, files))
    return built, null_keys


def _task(context: Context, table: TileTable, folder: Path, number: int, piece: Range) -> SegmentTask:
    place = context.offline_root / table.name / folder.name / f"{number:04d}"
    place.mkdir(parents=True, exist_ok=True)
    return SegmentTask(piece[0], piece[1], place)


def _read(table: TileTable, build: Build, files: RelationFiles) -> ReadSource:
    measures = [Measure(SOURCE_ROWS)]
    types = column_types(table.source)
    for slot in build.slots:
        if slot.of is not None and slot.monoid != "count" and parse_expression(slot.of, types).fallible:
            measures.append(Measure(f"invalid_{slot.name}", slot.of))
    start, end = build.ranges[0][0], build.ranges[-1][1]
    return ReadSource(f"rows_{table.label}", table, files, start, end, build.slots, None, tuple(measures))


def _known_limbs(current: Sequence[Segment]) -> dict[str, tuple[int, ...]]:
    """The limbs that values needed so far: a good first guess for the next segment."""
    known: dict[str, tuple[int, ...]] = {}
    for segment in current:
        for name, limbs in segment.statistics["limbs"].items():
            if limbs:
                known[name] = widest(known.get(name, DEFAULT_LIMBS), limbs)
    return known


def _new_segment(context: Context, table: TileTable, built: BuiltSegment, survey: Survey) -> NewSegment:
    task = built.task
    measures = dict(built.measures)
    return NewSegment(
        tile_table=table.name,
        start=task.start,
        end=task.end,
        path=str(built.path.relative_to(context.offline_root)),
        slots={held.slot.name: tuple(item.name for item in held.columns) for held in built.slots},
        inputs=survey.inputs(task.start, task.end),
        rows=built.rows,
        bytes=built.bytes,
        statistics={
            "limbs": {held.slot.name: list(held.limbs) for held in built.slots},
            "entities": built.entities,
            DAYS: count_days(survey, task.start, task.end),
            SOURCE_ROWS: measures.pop(SOURCE_ROWS),
            "invalid": {name.removeprefix("invalid_"): count for name, count in measures.items()},
        },
    )


def _report(
    table: TileTable,
    built: Sequence[BuiltSegment],
    stale: Sequence[Segment],
    null_keys: int,
    survey: Survey,
    gaps: tuple[Range, ...],
) -> TableReport:
    again = {(segment.start, segment.end) for segment in stale}
    rebuilt = sum(1 for segment in built if (segment.task.start, segment.task.end) in again)
    invalid: dict[str, int] = {}
    for segment in built:
        for name, count in segment.measures.items():
            if name != SOURCE_ROWS and count:
                invalid[name.removeprefix("invalid_")] = invalid.get(name.removeprefix("invalid_"), 0) + count
    return TableReport(
        table=table.name,
        label=table.label,
        built=len(built) - rebuilt,
        rebuilt=rebuilt,
        tiles=sum(segment.rows for segment in built),
        bytes=sum(segment.bytes for segment in built),
        source_rows=sum(segment.measures[SOURCE_ROWS] for segment in built),
        null_keys=null_keys,
        null_timestamps=survey.null_timestamps,
        invalid=invalid,
        gaps=gaps,
    )
