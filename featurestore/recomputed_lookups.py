"""Kept look-ups of one generation computed again: from the segments that they were served of, and from those of now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from builders.entities import ranges_in_reach
from builders.request import RequestedColumn, needed_slots
from builders.tile_table import TileTable
from featurestore.context import Context
from featurestore.held_views import columns_of, definitions_of
from featurestore.online.codec import decode_value
from featurestore.publish import in_order_of, online_columns
from featurestore.ready_boundary import Tables, ready_boundary
from featurestore.recomputed_rows import EntityAt, recompute_rows
from featurestore.registry.generations import Generation, Publish
from featurestore.registry.lookup_writer import KeptLookup
from featurestore.registry.segments import Segment
from featurestore.replaced_tiles import replaced_tiles
from featurestore.resolve import Applied


@dataclass(frozen=True)
class RecomputedLookup:
    """A look-up with the raw values that were `served`, and those that the same segments give again (`same`), and the
    segments of now at the same boundary (`now`); None where tiles of them are not there any more."""

    kept: KeptLookup
    version: int
    served: list[Any]
    same: list[Any] | None
    now: list[Any] | None


def columns_of_generation(
    context: Context, applied: Applied, generation: Generation
) -> tuple[RequestedColumn, ...] | None:
    """The columns that its rows hold, raw and by position; None where the registry does not know their definition."""
    definitions = definitions_of(applied, generation)
    if definitions is None:
        return None
    return in_order_of(generation, online_columns(columns_of(definitions, generation.view, raw=True)))


def recompute_lookups(
    context: Context,
    columns: tuple[RequestedColumn, ...],
    generation: int,
    publishes: Sequence[Publish],
    kept: Iterable[KeptLookup],
    latest: int,
) -> list[RecomputedLookup]:
    """Compute look-ups of a generation again, in few queries: all of them whose tiles have not changed in one, with
    those of now (of the segment version `latest`), and one for each other set of segments.

    `publishes` are those of the generation that finished. A look-up that found no row is held against the first one
    that had come to its boundary: the watermark it read says so much, and not whether a later one had.
    """
    rows = []
    for item in kept:
        version = _version(item, publishes)
        if version is not None:
            rows.append((item, version))
    asked = dict.fromkeys(((item.key, item.boundary), version) for item, version in rows)
    same, now = _Recomputing(context, columns, generation, latest).run(asked)
    nothing = [column.column.default for column in columns]
    return [
        RecomputedLookup(
            item,
            version,
            nothing if item.value is None else decode_value(item.value)[1],
            same.get(((item.key, item.boundary), version)),
            now.get((item.key, item.boundary)),
        )
        for item, version in rows
    ]


def _version(kept: KeptLookup, publishes: Sequence[Publish]) -> int | None:
    if kept.version is not None:
        return kept.version
    at_boundary = (item.segments_version for item in publishes if item.boundary == kept.boundary)
    return next(at_boundary, None)


_Asked = tuple[EntityAt, int]
"""An entity at a boundary, and a segment version."""


@dataclass(frozen=True)
class _Recomputing:
    context: Context
    columns: tuple[RequestedColumn, ...]
    generation: int
    latest: int
    _tables: dict[int, Tables] = field(default_factory=dict)
    _are_as_now: dict[tuple[int, int], bool] = field(default_factory=dict)

    def run(self, asked: Iterable[_Asked]) -> tuple[dict[_Asked, list[Any]], dict[EntityAt, list[Any]]]:
        """The values by what was asked, and by entity and boundary those of now."""
        as_now: list[_Asked] = []
        of_then: dict[tuple[int, ...], list[_Asked]] = {}
        asked_now: dict[EntityAt, None] = {}
        for item in asked:
            (_, boundary), version = item
            if self._is_complete(self._now, boundary):
                asked_now[item[0]] = None
            if self._is_as_now(version, boundary):
                as_now.append(item)
            elif self._is_complete(_there(self._at(version)), boundary):
                of_then.setdefault(_ids(self._at(version)), []).append(item)
        now = self._compute(self._now, list(asked_now))
        same = {item: now[item[0]] for item in as_now if item[0] in now}
        for items in of_then.values():
            tables = _there(self._at(items[0][1]))
            computed = self._compute(tables, list(dict.fromkeys(entity_at for entity_at, _ in items)))
            same |= {item: computed[item[0]] for item in items}
        return same, now

    def _compute(self, tables: Tables, asked: Sequence[EntityAt]) -> dict[EntityAt, list[Any]]:
        rows = recompute_rows(self.context, self.columns, self.generation, tables, asked)
        return {item: decode_value(value)[1] for item, value in rows.items()}

    @cached_property
    def _now(self) -> Tables:
        return self._at(self.latest)

    def _at(self, version: int) -> Tables:
        if version not in self._tables:
            registry = self.context.registry.segments
            self._tables[version] = {table: registry.at(table.name, version) for table in needed_slots(self.columns)}
        return self._tables[version]

    def _is_as_now(self, version: int, boundary: int) -> bool:
        """Whether no tile that a window sees at the boundary has changed since the version, but was compacted."""
        if (version, boundary) not in self._are_as_now:
            reach = ranges_in_reach(self.columns, self.columns[0].grid.instant_of(boundary))
            replaced, _ = replaced_tiles(self._at(version), self._now, reach)
            self._are_as_now[version, boundary] = not any(replaced.values())
        return self._are_as_now[version, boundary]

    def _is_complete(self, tables: Tables, boundary: int) -> bool:
        """Whether all that windows see at the boundary is stored, so that nothing is read from a source."""
        return ready_boundary(self.columns, tables, boundary).boundary == boundary


def _there(tables: Tables) -> dict[TileTable, tuple[Segment, ...]]:
    """The segments whose files `vacuum` left."""
    return {table: tuple(item for item in held if item.vacuumed_at is None) for table, held in tables.items()}


def _ids(tables: Tables) -> tuple[int, ...]:
    return tuple(item.id for held in tables.values() for item in held)
