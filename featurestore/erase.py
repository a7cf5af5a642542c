"""Erasing an entity: out of every file of tiles and every online row, with a record that does not say who it was."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from builders.plan import ReadSource
from builders.tile_table import TileTable
from definitions.durations import BEGINNING, END
from definitions.online_row import OnlineRow
from featurestore.bases import erase_bases
from featurestore.context import Context, Progress, no_progress
from featurestore.entity_key import EntityKey, read_entity_key
from featurestore.erasure_findings import settle_erasure, tell_unfinished
from featurestore.held_lease import held_lease
from featurestore.leftovers import delete_leftovers, remove_empty
from featurestore.online.codec import encode_value
from featurestore.registry.erasures import Erasure
from featurestore.registry.generations import Generation
from featurestore.resolve import Applied
from featurestore.runs import recorded
from featurestore.serving_record import decode_view
from featurestore.stored_views import stored_views

_CLOCKS_DIFFER: Final = 60_000_000
"""By how much (microseconds) the clocks of machines may, at most."""


@dataclass(frozen=True)
class EraseReport:
    """What an erasure did: `files` of tiles written again without `tiles` of the entity, `rows` emptied online,
    `lookups` that were kept deleted.

    `sources` has, by name, how many rows of the entity sources still hold: the next run that builds tiles of them
    brings the entity back.
    """

    number: int
    keys: tuple[str, ...]
    resumed: bool
    files: int
    tiles: int
    rows: int
    lookups: int
    sources: Mapping[str, int]


def erase_entity(
    context: Context, given: Mapping[str, Any], reason: str, progress: Progress = no_progress
) -> EraseReport:
    """Erase the entities whose key has these parts; again, where it was begun and did not finish.

    Raises:
        RequestError: no entity has such keys, or a value is not of its type.
        ConflictError: somebody else is materializing or publishing and does not finish.
    """
    applied = context.applied()
    key = read_entity_key(given, applied.repository.entities)
    erasure, resumed = _begin(context, key, reason)
    detail = {"erasure": erasure.id, "keys": list(erasure.keys), "digest": erasure.digest, "reason": reason}
    with recorded(context, "erase", detail) as outcome:
        tell_unfinished(context, erasure)
        files = tiles = 0
        held = {segment.tile_table for segment in context.registry.segments.present()}
        tables = sorted(held | context.registry.bases.tables())
        for position, table in enumerate(tables):
            progress(0.6 * position / len(tables), f"erasing tiles of {table}")
            counts = _erase_tiles(context, erasure, key, table)
            files, tiles = files + counts[0], tiles + counts[1]
        progress(0.6, "emptying online rows")
        rows = _empty_rows(context, applied, key)
        lookups = _delete_lookups(context, applied, key)
        delete_leftovers(context)
        progress(0.8, "looking into the sources")
        sources = _count_in_sources(context, applied, key)
        outcome |= {"files": files, "tiles": tiles, "rows": rows, "lookups": lookups, "sources": sources}
        context.registry.erasures.finish(erasure.id, outcome, context.clock.now())
        settle_erasure(context, key)
    progress(1.0, "erased")
    return EraseReport(erasure.id, erasure.keys, resumed, files, tiles, rows, lookups, sources)


def _begin(context: Context, key: EntityKey, reason: str) -> tuple[Erasure, bool]:
    """The erasure of this key that did not finish, or a new one."""
    for erasure in context.registry.erasures.all():
        if erasure.finished_at is None and erasure.digest == key.digest(erasure.salt):
            return erasure, True
    salt = secrets.token_hex(16)
    names = tuple(key.texts)
    who, now = context.principal(), context.clock.now()
    made = context.registry.erasures.begin(names, salt, key.digest(salt), reason, who, now)
    return made, False


def _erase_tiles(context: Context, erasure: Erasure, key: EntityKey, table: str) -> tuple[int, int]:
    """Write the segments of a table that hold the entity again without it; returns how many, and how many tiles.

    Superseded ones too, as they hold it for as long as nobody vacuums. Bases that hold it are dropped, and made again
    by the next materialization.
    """
    with held_lease(context.registry.leases, f"tiles/{table}") as lease:
        # Before the segments: without its bases a table is what it was, and with them it would have the entity again.
        erase_bases(context, lease, erasure, table)
        present = [item for item in context.registry.segments.present() if item.tile_table == table]
        folder = context.offline_root / table / uuid.uuid4().hex
        rewritten, former, tiles = [], [], 0
        for number, segment in enumerate(present):
            target = folder / f"{number:04d}"
            target.mkdir(parents=True)
            kept = context.engine.erase_entities(context.offline_root / segment.path, key.texts, target)
            if kept is None:
                target.rmdir()
                continue
            statistics = {**segment.statistics, "entities": kept.entities}
            path = str(kept.path.relative_to(context.offline_root))
            rewritten.append(replace(segment, path=path, rows=kept.rows, bytes=kept.bytes, statistics=statistics))
            former.append(segment.path)
            tiles += segment.rows - kept.rows
        if not rewritten:
            remove_empty(context.offline_root, folder)
            return 0, 0
        context.registry.segments.rewrite(lease, erasure.id, rewritten, former)
    delete_leftovers(context)
    return len(rewritten), tiles


def _empty_rows(context: Context, applied: Applied, key: EntityKey) -> int:
    """Give the rows of these entities the value over no rows, in every generation; returns how many.

    They are not deleted: a publisher that wakes up late would write its old row where none is.
    """
    emptied = 0
    for generation in context.registry.generations.kept():
        names = _key_names(applied, generation)
        if key.parts.keys() <= set(names):
            with held_lease(context.registry.leases, f"publish/{generation.view}"):
                emptied += _empty_rows_of(context, generation, names, key)
    return emptied


def _delete_lookups(context: Context, applied: Applied, key: EntityKey) -> int:
    """Delete the look-ups of these entities that were kept; returns how many.

    After their rows are empty: other processes may hold some that were served before, and these are taken no more.
    """
    registry = context.registry
    views = registry.kept_lookups.views()
    generations = {item.id: item for view in views for item in registry.generations.of(view)}

    @cache
    def names(generation: int) -> tuple[str, ...]:
        return _key_names(applied, generations[generation])

    def is_erased(generation: int, held: bytes) -> bool:
        # Of what generation this registry does not know, nobody can tell the keys, nor recompute a look-up.
        return generation not in generations or key.is_of(names(generation), held)

    return registry.kept_lookups.erase(is_erased, context.clock.now() + _CLOCKS_DIFFER)


def _key_names(applied: Applied, generation: Generation) -> tuple[str, ...]:
    """The parts of the keys that a generation's rows have, in order."""
    if generation.record is not None:
        return tuple(name for name, _ in decode_view(generation.record).keys)
    view = next(stored_views(applied.registry, generation.view.partition("@")[0]))
    return tuple(view.entity.keys)


def _empty_rows_of(context: Context, generation: Generation, names: Sequence[str], key: EntityKey) -> int:
    online = context.online()
    keys = list(_online_keys(context, generation, names, key))
    held = [row for row in online.read(generation.id, keys) if row is not None]
    if not held:
        return 0
    version = context.registry.segments.advance_version()
    begun = [publish.boundary for publish in context.registry.generations.unfinished(generation.id)]
    nothing = encode_value(generation.id, [default for _, _, default in generation.columns])
    rows = [OnlineRow(row.key, max([row.boundary, *begun]), version, nothing) for row in held]
    online.overwrite(generation.id, rows)
    return len(rows)


def _online_keys(context: Context, generation: Generation, names: Sequence[str], key: EntityKey) -> Iterator[bytes]:
    """The one that a whole key has, or those that some parts have in common."""
    whole = key.encode(names)
    if whole is not None:
        yield whole
    else:
        yield from (held for held in context.online().keys(generation.id) if key.is_of(names, held))


def _count_in_sources(context: Context, applied: Applied, key: EntityKey) -> dict[str, int]:
    """Rows of these entities that sources hold, by the source's name; those that hold none are left out."""
    tables: dict[tuple[str, tuple[str, ...]], TileTable] = {}
    for column in applied.all_columns():
        if key.parts.keys() <= column.entity.keys.keys():
            tables.setdefault((column.source.name, column.table.key_columns), column.table)
    found: dict[str, int] = {}
    for (name, _), table in tables.items():
        read = ReadSource(f"rows_{table.label}", table, context.source_files(table.source), BEGINNING, END, ())
        if rows := context.engine.count_entity_rows(read, key.texts):
            found[name] = found.get(name, 0) + rows
    return found
