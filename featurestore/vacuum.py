"""Deleting what nobody can read any more: superseded segments and bases, orphaned folders, dropped generations."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from definitions.durations import DAY
from featurestore.bases import drop_bases
from featurestore.clock import SystemClock
from featurestore.context import Context
from featurestore.held_lease import held_lease
from featurestore.leftovers import delete_leftovers, remove_empty, remove_segment
from featurestore.registry.bases import Base
from featurestore.registry.generations import PREVIOUS, Generation
from featurestore.registry.lookup_writer import KEPT_FOR
from featurestore.registry.segments import Segment
from featurestore.serving_record import LIFECYCLES, decode_lifecycles, view_key

DEFAULT_MINIMUM_AGE: Final = 7 * DAY
"""How long (microseconds) superseded segments stay, so that earlier frames can be had again."""

_DAILY_USAGE: Final = 90 * DAY
"""How long (microseconds) uses are told by day; those of earlier months are added up."""

_ORPHAN_SECONDS: Final = 3600.0
"""How long a folder that no segment points at is left alone: a build may be about to point at it."""


@dataclass(frozen=True)
class VacuumReport:
    """What was deleted: segments with their bytes, bases, folders nobody pointed at, rows of generations."""

    segments: int
    bases: int
    bytes: int
    orphans: int
    generations: int


def vacuum(context: Context, minimum_age: int = DEFAULT_MINIMUM_AGE) -> VacuumReport:
    """Delete segments and bases that were superseded at least `minimum_age` microseconds ago and that no reader pins,
    folders that none of them is in, online generations before the one that was served last, and what erasures left.
    Uses of months long past are added up, and look-ups that were kept long enough deleted."""
    delete_leftovers(context)
    now = context.clock.now()
    registry = context.registry.segments
    pinned = registry.pinned_versions(now)
    gone = [item for item in registry.superseded(now - minimum_age + 1) if not _is_pinned(item, pinned)]
    registry.forget([segment.id for segment in gone], now)
    for segment in gone:
        remove_segment(context.offline_root, context.offline_root / segment.path)
    bases = [
        base for base in context.registry.bases.superseded(now - minimum_age + 1) if not _is_read(context, base, pinned)
    ]
    drop_bases(context, bases)
    context.registry.usage.roll_up((now - _DAILY_USAGE) // DAY)
    context.registry.kept_lookups.drop_before(now - KEPT_FOR)
    return VacuumReport(
        segments=len(gone),
        bases=len(bases),
        bytes=sum(segment.bytes for segment in gone),
        orphans=_remove_orphans(context),
        generations=_drop_generations(context),
    )


def _is_read(context: Context, base: Base, pinned: tuple[int, ...]) -> bool:
    """Whether a pinned version may be read with the help of the base."""
    registry = context.registry.segments
    return any(base.fits(registry.at(base.tile_table, version)) for version in pinned)


def _is_pinned(segment: Segment, pinned: tuple[int, ...]) -> bool:
    """Whether a pinned version may still read the segment; what superseded it came later than the pin."""
    return any(segment.version <= version for version in pinned)


def _remove_orphans(context: Context) -> int:
    """Folders that no segment and no base is in, not touched for a while: of a build that ended before its pointers
    were there, or of a vacuum that was interrupted."""
    root = context.offline_root
    tables = [folder for folder in sorted(root.glob("*")) if not _is_being_built(context, folder.name)]
    # Asked in this order, a build that ended just now is among the known ones.
    segments, bases = context.registry.segments.paths(), context.registry.bases.paths()
    known = {(root / path).parent for path in segments | bases}
    if not segments:
        # A registry that knows no segment may be a lost one, or one whose restore is still copying.
        return 0
    builds = [build for table in tables for build in table.glob("*") if _is_old(build)]
    orphans = [folder for build in builds for folder in build.glob("*") if folder not in known]
    for folder in orphans:
        shutil.rmtree(folder)
        remove_empty(root, folder.parent)
    return len(orphans)


def _is_being_built(context: Context, tile_table: str) -> bool:
    """Whether somebody holds the lease under which folders of the table get their pointers."""
    return context.registry.leases.holder(f"tiles/{tile_table}", SystemClock().now()) is not None


def _is_old(folder: Path) -> bool:
    return all(time.time() - item.stat().st_mtime > _ORPHAN_SECONDS for item in (folder, *folder.rglob("*")))


def _drop_generations(context: Context) -> int:
    """Keep the generation that is served and the one that was served before it, to go back to; of what is retired,
    unless readers are held on it, keep none."""
    dropped = 0
    generations = context.registry.generations
    retired = {name for name in _retired_views(context) if context.registry.holds.of(name) is None}
    for name in sorted({generation.view for generation in generations.kept()}):
        gone = _served_before(generations.of(name))[:-1]
        if name in retired:
            with held_lease(context.registry.leases, f"publish/{name}") as lease:
                generations.withdraw(lease, name, view_key(name), context.clock.now())
            gone = _served_before(generations.of(name))
        for generation in gone:
            with held_lease(context.registry.leases, f"publish/{name}") as lease:
                generations.drop(lease, generation.id, context.clock.now())
            context.online().drop(generation.id)
            dropped += 1
    return dropped


def _retired_views(context: Context) -> set[str]:
    """The views, and versions of views, that are retired, by the name that they had online."""
    record = context.registry.serving.load(LIFECYCLES)
    lifecycles = {} if record is None else decode_lifecycles(record)
    retired = {name for name, lifecycle in lifecycles.items() if lifecycle.state == "retired"}
    names = {generation.view for generation in context.registry.generations.kept()}
    return {name for name in names if {view_key(name), view_key(name.partition("@")[0])} & retired}


def _served_before(generations: Sequence[Generation]) -> list[Generation]:
    """Those that are served no more; last the one that was served last, which some reader may still be at."""
    previous = [item for item in generations if item.state == PREVIOUS]
    return sorted(previous, key=lambda item: (item.changed_at, item.id))
