"""What an engine does: look at files, build segments of tiles, compute frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from builders.answers import BuildBase, FramePlan, ListEntities
from builders.engine_traits import EngineTraits
from builders.grid import Grid
from builders.plan import ReadSource, TileSlot
from builders.profiles import LookAtRows, MeasureDays, Profiles
from builders.request import AskedSource, Meeting, Roles, SourceFiles, SpineShape
from builders.tile_table import TileTable
from definitions.model import Source
from definitions.statistic import Profile, Statistic
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    SpineData = pa.Table | tuple[Path, ...] | DataFrame


def is_spark_dataframe(given: object) -> bool:
    """Whether it is a DataFrame of Spark, told without loading Spark."""
    return hasattr(given, "sparkSession")


Report = Callable[[str], None]
"""Called with what is being done right now."""

Limbs = Mapping[str, tuple[int, ...]]
"""The limbs of sums of doubles, by slot name."""


@dataclass(frozen=True)
class Spine:
    """An entity dataframe: an Arrow table, Parquet files, or a DataFrame of Spark, which no other engine takes;
    `timestamp` names its column of instants, if any."""

    data: SpineData
    timestamp: str | None
    columns: tuple[str, ...]
    types: Mapping[str, str]
    """Each column's type in the engine's own words."""


@dataclass(frozen=True)
class FileDays:
    """What one file of a source holds: by UTC day (days since 1970) its rows and their first and last instant."""

    path: str
    rows: int
    null_timestamps: int
    days: Mapping[int, tuple[int, int, int]]


@dataclass(frozen=True)
class SegmentTask:
    """A segment to build: tiles with a hop start in `[start, end)` into a folder that is there and empty."""

    start: int
    end: int
    folder: Path


@dataclass(frozen=True)
class BuiltSegment:
    """A segment that was built: `rows` tiles of about `entities` entities in `bytes`, and what was measured; `path` is
    its file or its folder of buckets (`builders.layout`)."""

    task: SegmentTask
    path: Path
    slots: tuple[TileSlot, ...]
    rows: int
    entities: int
    bytes: int
    measures: Mapping[str, int]


@dataclass(frozen=True)
class StoredTiles:
    """Tiles at `path`, a file or a folder of buckets: `rows` of them, of about `entities` entities, in `bytes`."""

    path: Path
    rows: int
    entities: int
    bytes: int


@dataclass(frozen=True)
class ErasedKey:
    """Whom an erasure `number` took out, without saying who: `digest` is the SHA-256 (hex) of `salt` and the texts of
    the key's parts `names`, in this order, each after a line feed."""

    number: int
    names: tuple[str, ...]
    salt: str
    digest: str


@dataclass(frozen=True)
class NodeRows:
    """How many rows a step of the plan gave, for `explain`, and how many a join brought together for them."""

    node: str
    rows: int
    candidates: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rows that moved between the tasks of an engine, `by` what they were spread: a `shuffle` writes all of them to
    disk and reads them elsewhere, a `broadcast` sends all of them to everyone. None is not known."""

    kind: Literal["shuffle", "broadcast"]
    by: str
    columns: tuple[str, ...]
    rows: int | None
    bytes: int | None


class Engine(Protocol):
    """Runs plans. Implementations hold no state between calls but their settings.

    Raises everywhere: `SourceError` for data that is missing, unreadable or not of the declared shape;
    `LimbsExceededError` when a sum of doubles needs more limbs than it was planned with; `TimeLimitError` when it was
    cancelled at the engine's limit of time.
    """

    name: str
    traits: EngineTraits
    """What the planner has to know of it."""

    def reporting(self, report: Report) -> AbstractContextManager[None]:
        """Tell meanwhile, from another thread, how far an engine of many tasks is; others say nothing."""
        ...

    def list_table(self, source: Source) -> list[Path]:
        """The files of the table that a source is, by name.

        Raises:
            SourceError: the engine has no catalog with such a table, or its files are not Parquet.
        """
        ...

    def inspect_source(self, source: Source, files: Sequence[Path]) -> SourceFiles:
        """Check the files of a source that has some, so no union, against the declared columns."""
        ...

    def survey(self, source: Source, files: Sequence[Path]) -> list[FileDays]:
        """What each file holds by day: by its footer where that tells it, else its timestamp column is read."""
        ...

    def sample_meetings(self, asked: Sequence[AskedSource], spine: Spine) -> list[Meeting]:
        """How an entity dataframe meets rows of each of these sources, by samples of them."""
        ...

    def measure_limbs(self, reads: Sequence[ReadSource]) -> Limbs:
        """The limbs that hold the values of each sum of doubles among the slots that `reads` need."""
        ...

    def build_segments(
        self, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
    ) -> list[BuiltSegment]:
        """Scan the source once and write the tasks' segments."""
        ...

    def build_base(self, plan: BuildBase, folder: Path) -> StoredTiles:
        """Combine stored tiles, and a base before them, into another base, which is read like a segment. No source is
        read."""
        ...

    def compact_segments(
        self, table: TileTable, columns: Sequence[str], paths: Sequence[Path], folder: Path
    ) -> StoredTiles:
        """Put the tiles of several segments into one; `columns` are those of the slots, and one that a segment does not
        have, as limbs that it did not need, is null there."""
        ...

    def erase_entities(self, path: Path, key: Mapping[str, str], folder: Path) -> StoredTiles | None:
        """Write a segment again without the entities whose key has these parts, each as a text of its value, in as many
        buckets; None, and nothing is written, where it holds none of them."""
        ...

    def find_erased(self, paths: Sequence[Path], erased: Sequence[ErasedKey]) -> dict[int, int]:
        """How many tiles segments have of erased entities, by the number of the erasure; those without are left out.
        Segments whose entities have other keys are passed over."""
        ...

    def count_entity_rows(self, read: ReadSource, key: Mapping[str, str]) -> int:
        """Rows of the range whose entity's key has these parts."""
        ...

    def count_null_keys(self, read: ReadSource) -> int:
        """Rows of the range that have a null in their key and therefore no tile."""
        ...

    def count_source_rows(self, read: ReadSource) -> int:
        """Rows of the range that go into tiles."""
        ...

    def measure_days(self, asked: MeasureDays) -> Profiles:
        """Statistics of the days that have rows, in a few passes over the columns that they need."""
        ...

    def look_at_rows(self, asked: LookAtRows) -> pa.Table:
        """Some rows of a source, to learn from or to show."""
        ...

    def measure_rows(self, rows: SpineData, types: Mapping[str, DataType], statistics: Sequence[Statistic]) -> Profile:
        """Statistics of all rows of a table, of files or of a DataFrame, as they are."""
        ...

    def measure_frame(
        self, plan: FramePlan, spine: Spine, statistics: tuple[Statistic, ...], where: str | None = None
    ) -> Profiles:
        """Statistics of a frame's rows, by the instants that the entity dataframe asks at; with a canonical condition
        over the feature columns, of those rows that it is true of."""
        ...

    def open_spine(self, data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
        """Look at an entity dataframe's columns: `keys` are the types that its key columns must have.

        Raises:
            RequestError: a column is missing or of another type.
        """
        ...

    def measure_spine(
        self, spine: Spine, now: int, roles: Mapping[str, Roles], on_grids: Mapping[tuple[str, Grid], Roles]
    ) -> SpineShape:
        """Count its rows and, about, its entities and their pairs on each grid; find its first and last instant.

        Raises:
            RequestError: a row has no timestamp.
        """
        ...

    def list_entities(self, plan: ListEntities) -> pa.Table:
        """The keys of the entities, one column a key, in no particular order."""
        ...

    def explain_sql(self, plan: FramePlan) -> str:
        """The statements that `compute_frame` would run, formatted."""
        ...

    def count_rows(self, plan: FramePlan, spine: Spine) -> list[NodeRows]:
        """Run the plan and count the rows of each step."""
        ...

    def list_exchanges(self, plan: FramePlan, spine: Spine) -> list[Exchange]:
        """Run the plan and tell what moved for it; nothing does where all work is done in one process."""
        ...

    def compute_frame(self, plan: FramePlan, spine: Spine) -> pa.Table:
        """The frame's carried columns and outputs, in the spine's order."""
        ...

    def write_frame(self, plan: FramePlan, spine: Spine, target: Path) -> int:
        """Stream the frame to a Parquet file; returns its rows."""
        ...
