"""Column lineage: which source columns a feature column is made of, what each does there, and by which slots.

It is read from the objects that the planner reads, a requested column with its tile table and slots, so that it says
what is computed and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, get_args

from builders.request import RequestedColumn
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.columns import column_types, own_types
from definitions.expressions import parse_expression
from definitions.model import Source
from definitions.relation import JoinedSource
from definitions.types import DataType

Use = Literal["value", "filter", "key", "join", "timestamp", "dedupe", "tiebreak"]
"""What a source column does for a feature column: `value` and `filter` are read by the slot's expressions, `key` and
`timestamp` say whose row it is and since when, `join` which row of a dimension stands beside it, `dedupe` which of
several rows counts, and `tiebreak` orders rows that are equal in everything that was asked."""

USES: Final[tuple[Use, ...]] = get_args(Use)


@dataclass(frozen=True)
class Input:
    """A column of a source and its uses, in the order of `USES`; `members` are those of a source that is a union."""

    source: str
    column: str
    type: DataType
    uses: tuple[Use, ...]
    members: tuple[str, ...] = ()

    def is_of(self, source: str, column: str | None) -> bool:
        """Whether it is that column of the source or union member, or any of them where `column` is None."""
        return source in (self.source, *self.members) and column in (None, self.column)


@dataclass(frozen=True)
class SlotLineage:
    """A slot of a tile table, and the source columns that its tiles are built from."""

    table: TileTable
    slot: Slot
    inputs: tuple[Input, ...]

    def reads(self, source: str, column: str | None = None) -> bool:
        """Whether it is built from that column of the source, or from any without `column`."""
        return any(item.is_of(source, column) for item in self.inputs)


@dataclass(frozen=True)
class ColumnLineage:
    """A feature column as it was asked for, and the slots that its values are made of.

    `version` is what `view@2` pins, else None.
    """

    requested: RequestedColumn
    version: int | None
    slots: tuple[SlotLineage, ...]

    @property
    def view(self) -> str:
        """The view's name, with its version if that is pinned."""
        name = self.requested.view.name
        return name if self.version is None else f"{name}@{self.version}"

    @property
    def reference(self) -> str:
        return f"{self.view}:{self.requested.column.name}"

    @property
    def of(self) -> str | None:
        """The canonical expression whose values are aggregated; None where rows are counted."""
        return self.slots[0].slot.of

    @property
    def where(self) -> str | None:
        """The canonical filter; None where every row counts."""
        return self.slots[0].slot.where

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The source columns that the value depends on, each once, with its uses in any of the slots."""
        return _merge(item for traced in self.slots for item in traced.inputs)

    def reads(self, source: str, column: str | None = None) -> bool:
        """Whether its values depend on that column of the source, or on any without `column`."""
        return any(item.is_of(source, column) for item in self.inputs)


def trace_column(requested: RequestedColumn, version: int | None = None) -> ColumnLineage:
    """The lineage of one requested column; `version` is the pinned one of its view."""
    slots = tuple(trace_slot(requested.table, asked.slot) for asked in requested.slot_windows)
    return ColumnLineage(requested, version, slots)


def trace_slot(table: TileTable, slot: Slot) -> SlotLineage:
    """The source columns that one slot of a tile table is built from."""
    source, types = table.source, column_types(table.source)
    uses = [*_uses_of_slot(slot, types), *_uses_of_rows(table, slot)]
    held_by = {name: (source, name) for name in own_types(source)}
    for join in source.joins:
        named = {join.qualified(name): (join.dimension, name) for name in own_types(join.dimension)}
        held_by |= named
        if any(name in named for name, _ in uses):
            uses += _uses_of_join(join)
    return SlotLineage(table, slot, _merge(_input(*held_by[name], types[name], use) for name, use in uses))


def _input(source: Source, column: str, kind: DataType, use: Use) -> Input:
    members = tuple(member.name for member in source.members if member.name != source.name)
    return Input(source.name, column, kind, (use,), members)


def _uses_of_join(join: JoinedSource) -> Iterator[tuple[str, Use]]:
    """What decides which row of a dimension stands beside a row of the source."""
    yield from ((left, "join") for left in join.on)
    yield from ((join.qualified(right), "join") for right in join.on.values())
    deciding = {*join.on.values(), join.dimension.timestamp}
    if join.dimension.timestamp is not None:
        yield join.qualified(join.dimension.timestamp), "timestamp"
    # Rows of one key and instant are told apart by everything else that they hold.
    yield from ((join.qualified(name), "tiebreak") for name in own_types(join.dimension) if name not in deciding)


def _uses_of_slot(slot: Slot, types: Mapping[str, DataType]) -> Iterator[tuple[str, Use]]:
    """What the slot's own expressions read: a column that only filters is no value, every other one is."""
    filtered, valued = (
        parse_expression(text, types).columns if text is not None else frozenset() for text in (slot.where, slot.of)
    )
    yield from ((name, "filter") for name in filtered)
    yield from ((name, "value") for name, _ in slot.reads if name in valued or name not in filtered)


def _uses_of_rows(table: TileTable, slot: Slot) -> Iterator[tuple[str, Use]]:
    """What decides to which tile a row goes, whether it counts there, and which of equal rows comes first."""
    source = table.source
    yield from ((name, "key") for name in table.key_columns)
    if source.timestamp is not None:
        yield source.timestamp, "timestamp"
    if source.dedupe is not None:
        deciding = (*source.dedupe.key, source.dedupe.by)
        yield from ((name, "dedupe") for name in deciding)
        # Rows of one key that are equal in `by` and in time are told apart by everything else that they hold.
        yield from ((name, "tiebreak") for name in source.columns if name not in (*deciding, source.timestamp))
    if source.tiebreak is not None and slot.orders_rows:
        yield source.tiebreak, "tiebreak"


def _merge(inputs: Iterable[Input]) -> tuple[Input, ...]:
    """Each column once with all of its uses, the most telling ones first."""
    first: dict[tuple[str, str], Input] = {}
    uses: dict[tuple[str, str], set[Use]] = {}
    for item in inputs:
        first.setdefault((item.source, item.column), item)
        uses.setdefault((item.source, item.column), set()).update(item.uses)
    merged = [
        replace(item, uses=tuple(use for use in USES if use in uses[item.source, item.column]))
        for item in first.values()
    ]
    return tuple(sorted(merged, key=lambda item: (USES.index(item.uses[0]), item.source, item.column)))
