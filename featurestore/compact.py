"""Compaction: small segments become larger ones with the same tiles, so that frames meet few files."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from builders.layout import layout_of
from builders.tile_table import TileTable
from featurestore.compaction_plan import FEW, plan_compactions
from featurestore.context import Context
from featurestore.held_lease import held_lease
from featurestore.late_rows import DAYS, SOURCE_ROWS
from featurestore.registry.leases import Lease
from featurestore.registry.segments import ERASURES, LEAVES, NewSegment, Segment
from featurestore.survey import Survey, survey_source


@dataclass(frozen=True)
class Compaction:
    """How many segments of a tile table, by its label, became how many; the others stayed as they were."""

    label: str
    before: int = 0
    after: int = 0


def compact_tables(context: Context, tables: Iterable[TileTable], few: int = FEW) -> list[Compaction]:
    """Put the small segments of tile tables together, each under its lease; an engine that moves rows also puts tiles
    into the buckets of their entity that are in none or in others.

    Raises:
        SourceError: a source's data cannot be read; its tables stay as they were.
        ConflictError: somebody else is materializing one of them and does not finish.
    """
    reports = []
    for table in tables:
        with held_lease(context.registry.leases, f"tiles/{table.name}") as lease:
            survey = survey_source(context, table.source)
            reports.append(compact_table(context, lease, table, survey, few, places=context.engine.traits.moves_rows))
    return reports


def compact_table(
    context: Context, lease: Lease, table: TileTable, survey: Survey, few: int = FEW, places: bool = False
) -> Compaction:
    """Put small adjoining segments of a table together, all in one swap; nothing where there are few.

    Values do not change, and publishes see that nothing did. What was read before stays until `vacuum`. A stale segment
    stays as it is until it is built again: beside one that has a late file already it would look as if it had it too.
    `few` of about one length are enough to become one. With `places`, those that are not in the buckets of their entity
    are written again even if they stay alone.

    Raises:
        ConflictError: somebody else took over the lease or replaced one of the segments.
    """
    current = context.registry.segments.current(table.name)
    fresh = [segment for segment in current if not survey.is_stale(segment)]
    planned = plan_compactions(table, fresh, few)
    if places:
        alone = [item for item in fresh if not any(item in parts for parts in planned)]
        planned += [(item,) for item in alone if not layout_of(table.entity).holds(item.path)]
    if planned:
        join_segments(context, lease, table, planned)
    return Compaction(table.label, sum(map(len, planned)), len(planned))


def join_segments(context: Context, lease: Lease, table: TileTable, groups: Sequence[Sequence[Segment]]) -> None:
    """Put the segments of each group, which hold the same slots and adjoin in this order, into one; all in one swap.

    Raises:
        ConflictError: somebody else took over the lease or replaced one of the segments.
    """
    folder = context.offline_root / table.name / uuid.uuid4().hex
    try:
        added = [_compact(context, table, parts, folder.name, number) for number, parts in enumerate(groups)]
        removed = [segment.id for parts in groups for segment in parts]
        context.registry.segments.swap(lease, table.name, removed, added, context.clock.now())
    except BaseException:
        # Nothing points at what was written so far, and nothing ever will.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _compact(context: Context, table: TileTable, parts: Sequence[Segment], folder: str, number: int) -> NewSegment:
    slots = {
        name: tuple(dict.fromkeys(column for part in parts for column in part.slots[name])) for name in parts[0].slots
    }
    place = context.offline_root / table.name / folder / f"{number:04d}"
    place.mkdir(parents=True)
    paths = [context.offline_root / part.path for part in parts]
    columns = [column for held in slots.values() for column in held]
    written = context.engine.compact_segments(table, columns, paths, place)
    return NewSegment(
        tile_table=table.name,
        start=parts[0].start,
        end=parts[-1].end,
        path=str(written.path.relative_to(context.offline_root)),
        slots=slots,
        inputs=tuple(dict.fromkeys(file for part in parts for file in part.inputs)),
        rows=written.rows,
        bytes=written.bytes,
        statistics={**_sum_statistics(parts), "entities": written.entities},
    )


def _sum_statistics(parts: Sequence[Segment]) -> dict[str, Any]:
    """What was measured of all parts together.

    A day that lies in several of them counts as the one that was built last saw it.
    """
    days: dict[str, int] = {}
    limbs: dict[str, set[int]] = {}
    invalid: dict[str, int] = {}
    for part in sorted(parts, key=lambda item: item.version):
        days.update(part.statistics.get(DAYS, {}))
        for name, held in part.statistics["limbs"].items():
            limbs.setdefault(name, set()).update(held)
        for name, count in part.statistics["invalid"].items():
            invalid[name] = invalid.get(name, 0) + count
    return {
        "limbs": {name: sorted(held) for name, held in limbs.items()},
        DAYS: days,
        SOURCE_ROWS: sum(int(part.statistics[SOURCE_ROWS]) for part in parts),
        "invalid": invalid,
        LEAVES: sorted(leaf for part in parts for leaf in part.leaves),
        ERASURES: sorted({number for part in parts for number in part.erasures}),
    }
