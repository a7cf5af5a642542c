"""Bases: what all-history slots add up to before an instant, so that frames and publishes need not read everything."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Sequence

from builders.bases import plan_base
from builders.coverage import uncovered
from builders.engine import ErasedKey
from builders.plan import TileSlot
from builders.request import RequestedColumn
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from featurestore.context import Context
from featurestore.leftovers import remove_segment
from featurestore.registry.bases import Base, NewBase
from featurestore.registry.erasures import Erasure
from featurestore.registry.leases import Lease
from featurestore.registry.segments import NewSegment, Segment
from featurestore.segment_plan import segment_span


def make_bases(context: Context, lease: Lease, table: TileTable, columns: Iterable[RequestedColumn]) -> int:
    """Make the bases that the present segments of a table lack, for the slots that some of `columns` has over all
    history; returns how many. Those that do not fit any more or are too many are superseded.

    Raises:
        ConflictError: somebody else acquired the lease of the table; bases made before stay.
    """
    registry = context.registry
    ever = _all_history_slots(table, columns)
    segments = registry.segments.current(table.name)
    fitting = [base for base in registry.bases.current(table.name) if base.fits(segments)]
    made, kept = 0, set()
    for boundary in boundaries_to_keep(segments, segment_span(table)) if ever and table.hop != 0 else ():
        slots = _stored_slots(ever, segments, boundary)
        wanted = {slot.name for slot in slots}
        found = next((base for base in fitting if base.boundary == boundary and wanted <= base.slots.keys()), None)
        if found is None and slots:
            found = _make_base(context, lease, table, slots, segments, boundary)
            made += 1
        if found is not None:
            kept.add(found.id)
    others = [base.id for base in registry.bases.current(table.name) if base.id not in kept]
    registry.bases.supersede(lease, others, context.clock.now())
    return made


def erase_bases(context: Context, lease: Lease, erasure: Erasure, tile_table: str) -> None:
    """Drop the bases of a table that hold an erased entity; their files are left to `delete_leftovers`.

    Raises:
        ConflictError: somebody else acquired the lease of the table.
    """
    erased = [ErasedKey(erasure.id, erasure.keys, erasure.salt, erasure.digest)]
    registry, root = context.registry.bases, context.offline_root
    holding = [base for base in registry.of(tile_table) if context.engine.find_erased([root / base.path], erased)]
    registry.erase(lease, erasure.id, holding)


def drop_bases(context: Context, bases: Sequence[Base]) -> None:
    """Forget bases and delete their files; the next materialization makes again what is worth having."""
    context.registry.bases.forget([base.id for base in bases])
    for base in bases:
        remove_segment(context.offline_root, context.offline_root / base.path)


def boundaries_to_keep(segments: Sequence[NewSegment], span: int) -> list[int]:
    """Where bases are worth having, ascending: at ends of complete cells of the grid, which are `span` microseconds
    long; at the newest two, and ever fewer the older they are, about two for each doubling of the age.

    Whichever cell is the newest, what is kept was kept before: a base is thinned out, never made for later.
    """
    cells = sorted({segment.end // span for segment in segments if segment.end % span == 0})
    return [cell * span for cell in cells if cell == 0 or cells[-1] - cell < 2 * (cell & -cell)]


def _all_history_slots(table: TileTable, columns: Iterable[RequestedColumn]) -> tuple[Slot, ...]:
    """Also of a feature with a ttl: online it is computed without."""
    found = {
        asked.slot.name: asked.slot
        for column in columns
        if column.table == table
        for asked in column.slot_windows
        if asked.window is None
    }
    return tuple(found[name] for name in sorted(found))


def _stored_slots(slots: Sequence[Slot], segments: Sequence[Segment], boundary: int) -> tuple[Slot, ...]:
    """The slots of which segments that end by the boundary hold everything before it."""
    before = [segment for segment in segments if segment.end <= boundary]
    return tuple(
        slot
        for slot in slots
        if not uncovered(BEGINNING, boundary, [(item.start, item.end) for item in before if slot.name in item.slots])
    )


def _make_base(
    context: Context,
    lease: Lease,
    table: TileTable,
    slots: tuple[Slot, ...],
    segments: tuple[Segment, ...],
    boundary: int,
) -> Base:
    plan = plan_base(table, slots, boundary, context.inputs({table: segments}, {}))
    names = {slot.name for slot in slots}
    folder = context.offline_root / table.name / uuid.uuid4().hex
    place = folder / "base"
    place.mkdir(parents=True)
    try:
        built = context.engine.build_base(plan, place)
        new = NewBase(
            tile_table=table.name,
            boundary=boundary,
            path=str(built.path.relative_to(context.offline_root)),
            slots=_limbs(plan.tiles.slots),
            leaves=frozenset(
                leaf for item in segments if item.end <= boundary and names & item.slots.keys() for leaf in item.leaves
            ),
            rows=built.rows,
            bytes=built.bytes,
        )
        return context.registry.bases.add(lease, new, context.clock.now())
    except BaseException:
        # Nothing points at it, and nothing ever will.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _limbs(slots: Sequence[TileSlot]) -> dict[str, tuple[int, ...]]:
    return {held.slot.name: held.limbs for held in slots}
