"""The logical plan: what is read, aggregated, merged and joined, before any engine's SQL.

Every node is frozen, names the CTE it becomes and knows its inputs, so that plan and SQL read in the same order:

    ReadSource -> BuildTiles ─┐
    ReadSegments ─────────────┴> Tiles ─┬─> Merge ──> MergedWindows ─┐
    ReadSpine -> DistinctPairs ─────────┴─> TileJoin, RowJoin, ──────┴> Frame
                                            SlidingFrame, ValueCounts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from builders.grid import Grid
from builders.limbs import DEFAULT_LIMBS, DEFAULT_LIMBS_OF_SQUARES
from builders.slots import Slot, SlotWindow
from builders.tile_table import TileTable
from definitions.columns import FeatureColumn
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
class ReadSource(Node):
    """Rows of a source with an instant in `[start, end)`, keyed by a tile table's entity; rows with a null key are out.

    `files` are absolute paths, `timestamp_type` is the engine's own type of the timestamp column in them.
    `slots` say which expressions are read. `key_filter` keeps only entities that a frame asks for.
    """

    table: TileTable
    files: tuple[str, ...]
    timestamp_type: str
    start: int
    end: int
    slots: tuple[Slot, ...]
    key_filter: KeyFilter | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.key_filter.pairs if self.key_filter else ()

    def describe(self) -> str:
        return f"read source {self.table.source.name} ({len(self.files)} files)"


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
    """Stored tiles with a hop start in `[start, end)`; `files` are absolute paths, one a segment.

    Columns in `absent` are in none of the files and given as nulls.
    """

    table: TileTable
    files: tuple[str, ...]
    start: int
    end: int
    slots: tuple[TileSlot, ...]
    key_filter: KeyFilter | None = None
    absent: frozenset[str] = frozenset()

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.key_filter.pairs if self.key_filter else ()

    def describe(self) -> str:
        return f"read {len(self.files)} segments of {self.table.label}"


@dataclass(frozen=True)
class ReadSpine(Node):
    """The entity dataframe with a row number and, for each grid, the boundary of each row.

    `keys` are the columns that hold entity keys, each with the type that it must have; `carried` are those that go
    through to the result. `timestamp` holds the instants and `timestamp_type` is its type in the engine's own words;
    without one, every row asks for `instant`.
    """

    keys: tuple[tuple[str, DataType], ...]
    carried: tuple[str, ...]
    timestamp: str | None
    timestamp_type: str
    instant: int
    grids: tuple[Grid, ...]

    def describe(self) -> str:
        return "read the entity dataframe"


@dataclass(frozen=True)
class Role:
    """The part that an entity plays in a request: `columns` of the entity dataframe hold its keys, in order."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class DistinctPairs(Node):
    """The distinct (entity, boundary) pairs of a spine on one grid, over all roles of the entity; no null keys."""

    spine: ReadSpine
    grid: Grid
    keys: tuple[str, ...]
    key_types: tuple[DataType, ...]
    roles: tuple[Role, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.spine,)

    def describe(self) -> str:
        return f"distinct ({', '.join(self.keys)}, boundary) pairs on the grid {self.grid.name}"


@dataclass(frozen=True)
class KeyFilter:
    """Only entities of these pairs matter."""

    pairs: tuple[DistinctPairs, ...]


@dataclass(frozen=True)
class Tiles(Node):
    """All tiles of one table that a frame needs: stored segments and what is built from the source, side by side.

    A slot that a part does not hold is null there; parts of one slot never overlap in time.
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


@dataclass(frozen=True)
class Probes:
    """What one grid asks of a merge: at the boundary and at `boundary - window` for each window."""

    pairs: DistinctPairs
    windows: tuple[tuple[Tiles, SlotWindow], ...]

    @property
    def offsets(self) -> tuple[int, ...]:
        """Microseconds before the boundary at which a probe stands; 0 is the boundary itself."""
        differences = {
            asked.window.microseconds for _, asked in self.windows if asked.window and asked.slot.is_invertible
        }
        return (0, *sorted(differences))


@dataclass(frozen=True)
class Merge(Node):
    """One union of all tile tables of an entity and all probes, one sort, one running window."""

    keys: tuple[str, ...]
    tiles: tuple[Tiles, ...]
    probes: tuple[Probes, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (*self.tiles, *(probe.pairs for probe in self.probes))

    def describe(self) -> str:
        count = sum(len(probe.offsets) for probe in self.probes)
        return (
            f"merge {len(self.tiles)} tile tables with {count} probes a pair: one union, one sort, one running window"
        )


@dataclass(frozen=True)
class MergedWindows(Node):
    """The probes of one grid grouped back into their pairs; each window is a difference of running values."""

    merge: Merge
    probes: Probes

    @property
    def pairs(self) -> DistinctPairs:
        return self.probes.pairs

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return self.probes.windows

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.merge,)

    def describe(self) -> str:
        return f"group probes back to pairs of the grid {self.pairs.grid.name}: {len(self.windows)} slot windows"


@dataclass(frozen=True)
class TileJoin(Node):
    """Pairs joined with the tiles inside their longest reach, then aggregated."""

    tiles: Tiles
    pairs: DistinctPairs
    slot_windows: tuple[SlotWindow, ...]

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return tuple((self.tiles, window) for window in self.slot_windows)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.tiles, self.pairs)

    def describe(self) -> str:
        return f"tile join of {self.tiles.table.label} to its pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class RowJoin(Node):
    """Pairs joined with the source's own rows inside their longest reach: the tile join without building tiles first,
    where building them would merge hardly any rows. `tiles` are those that this stands for; they are never computed."""

    tiles: Tiles
    read: ReadSource
    pairs: DistinctPairs
    slot_windows: tuple[SlotWindow, ...]

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return tuple((self.tiles, window) for window in self.slot_windows)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.read, self.pairs)

    def describe(self) -> str:
        return f"join rows of {self.tiles.table.source.name} to pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class SlidingFrame(Node):
    """Pairs put among the tiles of their entity, sorted, and each window a frame over the tiles before the pair: for
    minima and maxima where a join would bring many tiles to many pairs."""

    tiles: Tiles
    pairs: DistinctPairs
    slot_windows: tuple[SlotWindow, ...]

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return tuple((self.tiles, window) for window in self.slot_windows)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.tiles, self.pairs)

    def describe(self) -> str:
        return f"slide frames over {self.tiles.table.label} and its pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class ValueCounts(Node):
    """How often each value of one slot occurs in the windows of a pair: tiles' counts, or rows of an exact source, are
    spread out by value, added up and collected again."""

    tiles: Tiles
    read: ReadSource | None
    pairs: DistinctPairs
    slot_windows: tuple[SlotWindow, ...]

    @property
    def slot(self) -> Slot:
        return self.slot_windows[0].slot

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return tuple((self.tiles, window) for window in self.slot_windows)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.read or self.tiles, self.pairs)

    def describe(self) -> str:
        return f"count values of {self.slot.of} by pair: {len(self.slot_windows)} slot windows"


Form = MergedWindows | TileJoin | RowJoin | SlidingFrame | ValueCounts
"""A node that gives slot windows by pair."""


@dataclass(frozen=True)
class Answer:
    """Where a feature column's slot windows are found for one role."""

    role: Role
    windows: tuple[tuple[Form, Tiles, SlotWindow], ...]


@dataclass(frozen=True)
class Output:
    """A column of the frame: a feature column under its output name.

    With `raw`, a ttl is not applied and the row's timestamp stands beside the value as `<name>__at`:
    that is what online rows hold.
    """

    name: str
    column: FeatureColumn
    answer: Answer
    raw: bool = False


@dataclass(frozen=True)
class Frame(Node):
    """The spine's rows in their order with one column per requested feature column."""

    spine: ReadSpine
    outputs: tuple[Output, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        seen: dict[str, Node] = {self.spine.name: self.spine}
        for output in self.outputs:
            for form, _, _ in output.answer.windows:
                seen.setdefault(form.name, form)
        return tuple(seen.values())

    def describe(self) -> str:
        return f"join {len(self.outputs)} feature columns back to the spine"


@dataclass(frozen=True)
class Choice:
    """Why a form was chosen for slot windows of a table."""

    table: str
    grid: str
    form: str
    windows: int
    reason: str


@dataclass(frozen=True)
class FramePlan:
    """A frame's plan and what the planner thought: `choices`, and estimated rows by node name."""

    frame: Frame
    choices: tuple[Choice, ...] = ()
    estimates: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TilesWithin:
    """The tiles with a hop start in any of the ranges `[start, end)`."""

    tiles: Tiles
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ChangedSegments:
    """Stored tiles of one table before and after: what one has and the other does not have is a change."""

    before: ReadSegments
    after: ReadSegments


@dataclass(frozen=True)
class ListEntities(Node):
    """The distinct entities that have a tile in some ranges, or whose stored tiles changed."""

    keys: tuple[str, ...]
    within: tuple[TilesWithin, ...]
    changed: tuple[ChangedSegments, ...] = ()

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (
            *(item.tiles for item in self.within),
            *(part for item in self.changed for part in (item.before, item.after)),
        )

    def describe(self) -> str:
        return f"list the entities of {', '.join(self.keys)}"


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
