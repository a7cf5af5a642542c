"""The logical plan, before any engine's SQL: here what is read and becomes tiles, and what is asked.

Every node is frozen, names the CTE it becomes and knows its inputs, so that plan and SQL read in the same order. How
tiles and pairs meet is in `forms`, what comes of it in `answers`:

    ReadDimension -> ReadSource -> BuildTiles ─┐
    ReadSegments, ReadBase ────────────────────┴> Tiles ─┬─> Merge ──> MergedWindows ─┐
    ReadSpine -> DistinctPairs ──────────────────────────┴─> TileJoin, RowJoin, ──────┴> Frame
                                                             SlidingFrame, ValueCounts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from builders.grid import Grid
from builders.layout import EntityLayout, are_few
from builders.limbs import DEFAULT_LIMBS, DEFAULT_LIMBS_OF_SQUARES
from builders.request import RelationFiles
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import spell_instant
from definitions.relation import JoinedSource, own_columns
from definitions.types import BIGINT, BINARY, DECIMAL_INTEGER, INT, DataType, array_of, counts_of


@dataclass(frozen=True)
class TileColumn:
    """A physical column of a tile."""

    name: str
    type: DataType


@dataclass(frozen=True)
class TileSlot:
    """A slot as tiles hold it: a sum of doubles in `limbs`, everything else in its own columns."""

    slot: Slot
    limbs: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[TileColumn, ...]:
        slot = self.slot
        if slot.is_in_limbs:
            return tuple(TileColumn(limb_column(slot, limb), DECIMAL_INTEGER) for limb in self.limbs)
        if slot.picks_row:
            return (TileColumn(f"{slot.name}_at", BIGINT), TileColumn(slot.name, slot.type))
        return (TileColumn(slot.name, _held_type(slot)),)


def _held_type(slot: Slot) -> DataType:
    """The type of a slot's only column."""
    match slot.monoid:
        case "count":
            return BIGINT
        case "sum":
            return DataType("decimal", 38, slot.type.scale or 0)
        case "last_n":
            return array_of(slot.type)
        case "histogram":
            return counts_of(slot.type)
        case "buckets":
            return counts_of(INT)
        case "distinct":
            return BINARY
        case _:
            return slot.type


def limb_column(slot: Slot, limb: int) -> str:
    """The tile column of one limb of a sum of doubles: limb 0 has the slot's name, others a suffix (`_p1`, `_m1`)."""
    return slot.name if limb == 0 else f"{slot.name}_{'p' if limb > 0 else 'm'}{abs(limb)}"


def tile_slot(slot: Slot, limbs: Mapping[str, tuple[int, ...]]) -> TileSlot:
    """`slot` with the limbs recorded for it, by slot name; the default ones where none are."""
    if not slot.is_in_limbs:
        return TileSlot(slot)
    return TileSlot(slot, limbs.get(slot.name, DEFAULT_LIMBS if slot.monoid == "sum" else DEFAULT_LIMBS_OF_SQUARES))


@dataclass(frozen=True)
class Node:
    """A step of the plan; `name` is its CTE, unique in the plan. `rows` is an estimate, None when unknown."""

    name: str

    @property
    def inputs(self) -> tuple[Node, ...]:
        return ()

    def describe(self) -> str:
        """One line for people."""
        return type(self).__name__


@dataclass(frozen=True)
class Measure:
    """A statistic that rides the tile pass: the number of rows, or of those to which the expression `of` gives no
    value although every column it reads has one (an error, a division by zero, NaN or infinity)."""

    name: str
    of: str | None = None


@dataclass(frozen=True)
class ReadDimension(Node):
    """The rows of a joined dimension that were known before `end`, one for each key and instant."""

    join: JoinedSource
    files: RelationFiles
    end: int

    @property
    def is_sent(self) -> bool:
        """Whether, where rows have to be moved to meet, it is sent to all rows instead. One that is looked up as of a
        row's instant is not: each row would look through all versions of its key."""
        return self.join.dimension.timestamp is None and are_few(self.files.rows)

    def describe(self) -> str:
        return f"read dimension {self.join.dimension.name} by {', '.join(self.join.on.values())}"


@dataclass(frozen=True)
class FrequentEntities:
    """The entities that far more rows are of than of others, each by its key's parts as text; a source's rows of them
    are read `alone`, or all but those."""

    keys: tuple[tuple[str, ...], ...]
    alone: bool


@dataclass(frozen=True)
class ReadSource(Node):
    """Rows of a source with an instant in `[start, end)`, keyed by a tile table's entity; rows with a null key are out.

    `files` are those of the source and of what is joined to it. `slots` say which expressions are read. `key_filter`
    keeps only entities that a frame asks for, `frequent` those that most rows are of, or all others. With a `layout`
    they are moved to where it says.
    """

    table: TileTable
    files: RelationFiles
    start: int
    end: int
    slots: tuple[Slot, ...]
    key_filter: KeyFilter | None = None
    measures: tuple[Measure, ...] = ()
    layout: EntityLayout | None = None
    frequent: FrequentEntities | None = None

    @property
    def dimensions(self) -> tuple[ReadDimension, ...]:
        """The dimensions that a key or a slot reads; the others change no row, as each row has one row of them."""
        read = {*self.table.key_columns, *(name for slot in self.slots for name, _ in slot.reads)}
        joins = zip(self.table.source.joins, self.files.dimensions, strict=True)
        return tuple(
            ReadDimension(f"{join.name}_as_of_{self.name.removeprefix('rows_')}", join, files, self.end)
            for join, files in joins
            if any(join.qualified(name) in read for name in own_columns(join.dimension))
        )

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (*(self.key_filter.pairs if self.key_filter else ()), *self.dimensions)

    def describe(self) -> str:
        count = sum(len(member.files) for member in self.files.members)
        joined = "".join(f", joined with {item.join.dimension.name} as of each row" for item in self.dimensions)
        return f"read source {self.table.source.name} ({count} files){joined}"


@dataclass(frozen=True)
class BuildTiles(Node):
    """Rows reduced to tiles: entity key, hop start, slots, and what is measured on the way."""

    source: ReadSource
    slots: tuple[TileSlot, ...]

    @property
    def table(self) -> TileTable:
        return self.source.table

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.source,)

    def describe(self) -> str:
        return f"build {len(self.slots)} slots of {self.table.label} in one pass"


@dataclass(frozen=True)
class ReadSegments(Node):
    """Stored tiles with a hop start in `[start, end)`; `files` are absolute paths, one a segment: of its file,
    or of its folder of buckets.

    Columns in `absent` are in none of the files and given as nulls. With a `layout` they are where it says: segments in
    other buckets, or in none, are moved.
    """

    table: TileTable
    files: tuple[str, ...]
    start: int
    end: int
    slots: tuple[TileSlot, ...]
    key_filter: KeyFilter | None = None
    absent: frozenset[str] = frozenset()
    layout: EntityLayout | None = None

    @property
    def misplaced(self) -> int:
        """How many of the segments have to be moved."""
        return 0 if self.layout is None else sum(not self.layout.holds(path) for path in self.files)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.key_filter.pairs if self.key_filter else ()

    def describe(self) -> str:
        return f"read {len(self.files)} segments of {self.table.label}"


@dataclass(frozen=True)
class ReadBase(ReadSegments):
    """A base, read as one more segment: of each entity it has a single tile, which starts just before `end` and holds
    what all its earlier ones add up to; `in_place_of` is how many segments they are in."""

    in_place_of: int = 0

    def describe(self) -> str:
        return f"read {self.label}"

    @property
    def label(self) -> str:
        """What people call it."""
        return f"1 base of {spell_instant(self.end)} in place of {self.in_place_of} segments"


@dataclass(frozen=True)
class ReadSpine(Node):
    """The entity dataframe with a row number and, for each grid, the boundary of each row.

    `keys` are the columns that hold entity keys, each with the type that it must have; `carried` are those that go
    through to the result. `timestamp` holds the instants and `timestamp_type` is its type in the engine's own words;
    without one, every row asks for `instant`. With a `layout` the rows are moved to where it says.
    """

    keys: tuple[tuple[str, DataType], ...]
    carried: tuple[str, ...]
    timestamp: str | None
    timestamp_type: str
    instant: int
    grids: tuple[Grid, ...]
    layout: EntityLayout | None = None

    def describe(self) -> str:
        return "read the entity dataframe"


@dataclass(frozen=True)
class Role:
    """The part that an entity plays in a request: `columns` of the entity dataframe hold its keys, in order."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class DistinctPairs(Node):
    """The distinct (entity, boundary) pairs of a spine on one grid, over all roles of the entity; no null keys. With a
    `layout` they are moved to where it says; without one they are where the spine is."""

    spine: ReadSpine
    grid: Grid
    keys: tuple[str, ...]
    key_types: tuple[DataType, ...]
    roles: tuple[Role, ...]
    layout: EntityLayout | None = None
    hashed: bool = False
    """Whether those of one bucket are few enough to be joined by hash tables of them, instead of sorted."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.spine,)

    def describe(self) -> str:
        return f"distinct ({', '.join(self.keys)}, boundary) pairs on the grid {self.grid.name}"


@dataclass(frozen=True)
class KeyFilter:
    """Only entities of these pairs matter; where rows have to be moved, the pairs are `sent` to all of them before."""

    pairs: tuple[DistinctPairs, ...]
    sent: bool = False


@dataclass(frozen=True)
class Tiles(Node):
    """All tiles of one table that a frame needs: stored segments and what is built from the source, side by side.

    A slot that a part does not hold is null there; parts of one slot never overlap in time. A base comes before all
    others of its slots.
    """

    table: TileTable
    parts: tuple[ReadSegments | BuildTiles, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.parts

    @property
    def slots(self) -> tuple[TileSlot, ...]:
        """Every slot held, with the limbs of all parts together, in a fixed order."""
        limbs: dict[Slot, set[int]] = {}
        for part in self.parts:
            for held in part.slots:
                limbs.setdefault(held.slot, set()).update(held.limbs)
        return tuple(
            TileSlot(slot, tuple(sorted(used))) for slot, used in sorted(limbs.items(), key=lambda item: item[0].name)
        )

    @property
    def is_filtered(self) -> bool:
        """Whether only tiles of entities that are asked for are in it."""
        return all((part if isinstance(part, ReadSegments) else part.source).key_filter for part in self.parts)

    def describe(self) -> str:
        return f"tiles of {self.table.label}, {len(self.parts)} parts"


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including `node`, inputs before what uses them, each once."""
    seen: set[str] = set()

    def visit(current: Node) -> Iterator[Node]:
        if current.name in seen:
            return
        seen.add(current.name)
        for below in current.inputs:
            yield from visit(below)
        yield current

    yield from visit(node)
