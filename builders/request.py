"""What a frame is asked for and what there is to compute it from: the planner's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from builders.coverage import Range
from builders.engine_traits import EngineTraits
from builders.grid import Grid, grid_of
from builders.layout import EntityLayout, layout_of
from builders.slots import Slot, SlotWindow, slots_of
from builders.tile_table import TileTable, tile_table_of
from definitions.columns import FeatureColumn, column_types
from definitions.durations import Duration
from definitions.model import Entity, FeatureView, Source


@dataclass(frozen=True)
class RequestedColumn:
    """A feature column under its output name, with the definitions it needs.

    `key_columns` are the entity dataframe's columns that hold the entity's keys, in the entity's order.
    `raw` asks for what online rows hold: no ttl applied, the row's timestamp beside the value.
    """

    name: str
    column: FeatureColumn
    view: FeatureView
    source: Source
    entity: Entity
    key_columns: tuple[str, ...]
    raw: bool = False

    @cached_property
    def table(self) -> TileTable:
        return tile_table_of(self.view, self.source, self.entity)

    @cached_property
    def grid(self) -> Grid:
        return grid_of(self.view, self.source)

    @property
    def offline_only(self) -> bool:
        """Whether look-ups cannot have it: a window that slides with every instant is no value as of a boundary."""
        return self.grid.hop is None and self.column.window is not None

    @cached_property
    def slot_windows(self) -> tuple[SlotWindow, ...]:
        """The slots of the feature over the column's window, in the order in which the value is made of them."""
        types = column_types(self.source)
        window = self.column.window
        return tuple(SlotWindow(slot, window, self._reach(window)) for slot in slots_of(self.column.feature, types))

    def _reach(self, window: Duration | None) -> int | None:
        ttl = self.column.feature.ttl
        bounds = [window.microseconds] if window is not None else []
        if ttl is not None and not self.raw:
            bounds.append(self.grid.reach_of_ttl(ttl.microseconds))
        return min(bounds) if bounds else None


@dataclass(frozen=True)
class StoredSegment:
    """A segment of tiles: one file with a hop start in `[start, end)`; `slots` gives the limbs of each slot held."""

    start: int
    end: int
    file: str
    slots: Mapping[str, tuple[int, ...]]
    rows: int
    entities: int


@dataclass(frozen=True)
class StoredBase:
    """The state before `boundary`: one file with a row an entity, its tiles that start earlier combined into one;
    `slots` gives the limbs of each slot held, `segments` is how many it stands for."""

    boundary: int
    file: str
    slots: Mapping[str, tuple[int, ...]]
    rows: int
    segments: int


@dataclass(frozen=True)
class SourceFiles:
    """The files of a source as they are now: absolute paths, the engine's type of the timestamp in them, and about how
    many rows."""

    files: tuple[str, ...]
    timestamp_type: str
    rows: int


@dataclass(frozen=True)
class RelationFiles:
    """The files of all that a source is read from: of its members, and of the dimensions joined to it, each in the
    source's own order."""

    members: tuple[SourceFiles, ...]
    dimensions: tuple[RelationFiles, ...] = ()

    @property
    def rows(self) -> int:
        """About how many rows the members have together."""
        return sum(member.rows for member in self.members)


def inspect_relation(source: Source, inspect: Callable[[Source], SourceFiles]) -> RelationFiles:
    """The files of a source's members and dimensions, by what `inspect` finds of each source with files."""
    return RelationFiles(
        tuple(inspect(member) for member in source.members),
        tuple(inspect_relation(join.dimension, inspect) for join in source.joins),
    )


@dataclass(frozen=True)
class SpineShape:
    """What the planner knows of the entity dataframe: rows, the first and last instant asked for (microseconds), and
    about how many distinct entities, by the entity's name, and distinct pairs of entity and boundary it asks for;
    unknown, every row has one of its own."""

    rows: int
    first: int
    last: int
    entities: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[tuple[str, Grid], int] = field(default_factory=dict)


Roles = tuple[tuple[str, ...], ...]
"""The columns of an entity dataframe that hold an entity's keys, once for each role that it plays."""


@dataclass(frozen=True)
class AskedSource:
    """The rows of a source that a tile table lacks `within` a range, and the columns of the entity dataframe that ask
    for its entities."""

    table: TileTable
    files: RelationFiles
    roles: Roles
    within: Range


@dataclass(frozen=True)
class Meeting:
    """How an entity dataframe meets a source's rows of a range: how many these are, about how many tiles they make,
    and how far apart the first and the last are (microseconds); by a sample of them, the share that is of entities it
    asks for, and how many of them a row of it has on average. Skewed keys meet far more than the average."""

    rows: int
    tiles: int
    span: int
    asked_share: float
    rows_met: float


def meet_everything(asked: Sequence[AskedSource]) -> list[Meeting]:
    """Without an entity dataframe: all rows are asked for, once."""
    return [Meeting(item.files.rows, item.files.rows, 0, 1.0, 1.0) for item in asked]


def no_bases(table: TileTable) -> tuple[StoredBase, ...]:
    """All tiles are read."""
    return ()


@dataclass(frozen=True)
class Inputs:
    """Where tiles come from, and the traits of the engine that reads them. `files` is asked only for sources that the
    segments do not cover, and so are `meetings`, of all of them together. `bases` is asked where slots are needed over
    all history, for those that are the state of exactly these segments."""

    segments: Mapping[TileTable, tuple[StoredSegment, ...]]
    files: Callable[[Source], RelationFiles]
    meetings: Callable[[Sequence[AskedSource]], Sequence[Meeting]]
    limbs: Mapping[str, tuple[int, ...]]
    traits: EngineTraits
    bases: Callable[[TileTable], Sequence[StoredBase]] = no_bases

    def layout(self, entity: Entity) -> EntityLayout | None:
        """Where what meets tiles of an entity has to be; None where nothing has to move."""
        return layout_of(entity) if self.traits.moves_rows else None


def roles_of(columns: Sequence[RequestedColumn]) -> dict[str, Roles]:
    """The roles of each entity in a request, by the entity's name."""
    roles: dict[str, dict[tuple[str, ...], None]] = {}
    for column in columns:
        roles.setdefault(column.entity.name, {})[column.key_columns] = None
    return {name: tuple(held) for name, held in roles.items()}


def roles_on_grids(columns: Sequence[RequestedColumn]) -> dict[tuple[str, Grid], Roles]:
    """The roles in which a request asks on each grid, by the entity's name and the grid."""
    roles: dict[tuple[str, Grid], dict[tuple[str, ...], None]] = {}
    for column in columns:
        roles.setdefault((column.entity.name, column.grid), {})[column.key_columns] = None
    return {key: tuple(held) for key, held in roles.items()}


def needed_slots(columns: tuple[RequestedColumn, ...]) -> dict[TileTable, tuple[Slot, ...]]:
    """The distinct slots that columns need of each tile table, in a fixed order: sharing happens here."""
    needed: dict[TileTable, dict[str, Slot]] = {}
    for column in columns:
        for asked in column.slot_windows:
            needed.setdefault(column.table, {})[asked.slot.name] = asked.slot
    return {table: tuple(slots[name] for name in sorted(slots)) for table, slots in needed.items()}
