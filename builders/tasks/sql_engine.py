"""An engine that works in SQL: whatever is the same for all of them, on the database that each opens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from sqlglot import exp

from builders.answers import BuildBase, FramePlan, ListEntities
from builders.engine import BuiltSegment, ErasedKey, Limbs, NodeRows, Report, SegmentTask, Spine, StoredTiles
from builders.grid import Grid
from builders.limbs import widest
from builders.plan import ReadSource, TileSlot, walk
from builders.profiles import LookAtRows, MeasureDays, Profiles
from builders.request import AskedSource, Meeting, Roles, SpineShape
from builders.sql.ast import select
from builders.sql.joined import JoiningNode
from builders.sql.looked_at import render_look_at_rows
from builders.sql.pairs import ENTITY_DATAFRAME
from builders.sql.render import render_candidates, render_statement
from builders.tasks.database import Database, single_number
from builders.tasks.erasing import erase_entities, find_erased
from builders.tasks.magnitudes import limbs_of_slot
from builders.tasks.meeting import sample_meetings
from builders.tasks.segments import build_base, build_segments, compact_segments
from builders.tasks.source_rows import count_entity_rows, count_null_keys, count_source_rows
from builders.tasks.spine import measure_spine
from builders.tasks.statistics import measure_days, measure_rows
from builders.tile_table import TileTable
from definitions.statistic import Profile, Statistic
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa

    from builders.engine import SpineData

COMPUTING: Final = "computing the frame"
OPENING: Final = "reading the entity_dataframe"

Opened = TypeVar("Opened", bound=Database)


class SqlEngine(ABC, Generic[Opened]):
    """The part of `builders.engine.Engine` that is queries alone; each engine adds how it reads and hands over data."""

    @abstractmethod
    def working(self, what: str) -> AbstractContextManager[Opened]:
        """A database for one call; its errors come in our words and say `what` was being done."""

    @abstractmethod
    def bind_spine(self, database: Opened, spine: Spine) -> None:
        """Make an entity dataframe available under its name, with its row number."""

    def reporting(self, report: Report) -> AbstractContextManager[None]:
        return nullcontext()

    def sample_meetings(self, asked: Sequence[AskedSource], spine: Spine) -> list[Meeting]:
        names = ", ".join(dict.fromkeys(item.table.source.name for item in asked))
        with self.working(f"reading source {names}") as database:
            self.bind_spine(database, spine)
            return sample_meetings(database, asked)

    def measure_limbs(self, reads: Sequence[ReadSource]) -> Limbs:
        limbs: dict[str, tuple[int, ...]] = {}
        for read in reads:
            with self.working(f"measuring {read.table.source.name}") as database:
                for slot in read.slots:
                    if slot.is_in_limbs:
                        found = limbs_of_slot(database, read, slot)
                        limbs[slot.name] = widest(limbs.get(slot.name, found), found)
        return limbs

    def build_segments(
        self, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
    ) -> list[BuiltSegment]:
        with self.working(f"building tiles of {read.table.label}") as database:
            return build_segments(database, read, slots, tasks)

    def build_base(self, plan: BuildBase, folder: Path) -> StoredTiles:
        with self.working(f"making a base of {plan.tiles.table.label}") as database:
            return build_base(database, plan, folder)

    def compact_segments(
        self, table: TileTable, columns: Sequence[str], paths: Sequence[Path], folder: Path
    ) -> StoredTiles:
        with self.working(f"compacting tiles of {table.label}") as database:
            return compact_segments(database, table, columns, paths, folder)

    def erase_entities(self, path: Path, key: Mapping[str, str], folder: Path) -> StoredTiles | None:
        with self.working("erasing tiles") as database:
            return erase_entities(database, path, key, folder)

    def find_erased(self, paths: Sequence[Path], erased: Sequence[ErasedKey]) -> dict[int, int]:
        with self.working("looking for erased entities") as database:
            return find_erased(database, paths, erased)

    def count_entity_rows(self, read: ReadSource, key: Mapping[str, str]) -> int:
        with self.working(_reading(read.table)) as database:
            return count_entity_rows(database, read, key)

    def count_null_keys(self, read: ReadSource) -> int:
        with self.working(_reading(read.table)) as database:
            return count_null_keys(database, read)

    def count_source_rows(self, read: ReadSource) -> int:
        with self.working(_reading(read.table)) as database:
            return count_source_rows(database, read)

    def look_at_rows(self, asked: LookAtRows) -> pa.Table:
        with self.working(f"reading source {asked.rows.source.name}") as database:
            return database.table(render_look_at_rows(database.dialect, asked))

    def list_entities(self, plan: ListEntities) -> pa.Table:
        with self.working("listing entities") as database:
            return database.table(render_statement(database.dialect, plan))

    def measure_days(self, asked: MeasureDays) -> Profiles:
        with self.working(f"measuring {asked.rows.source.name}") as database:
            return measure_days(database, asked)

    def measure_rows(self, rows: SpineData, types: Mapping[str, DataType], statistics: Sequence[Statistic]) -> Profile:
        with self.working("measuring rows") as database:
            self.bind_spine(database, Spine(rows, None, tuple(types), {}))
            return measure_rows(database, exp.to_table(ENTITY_DATAFRAME), types, statistics)

    def measure_spine(
        self, spine: Spine, now: int, roles: Mapping[str, Roles], on_grids: Mapping[tuple[str, Grid], Roles]
    ) -> SpineShape:
        with self.working(OPENING) as database:
            self.bind_spine(database, spine)
            return measure_spine(database, spine, now, roles, on_grids)

    def count_rows(self, plan: FramePlan, spine: Spine) -> list[NodeRows]:
        with self.working(COMPUTING) as database:
            self.bind_spine(database, spine)

            def count(query: exp.Query) -> int:
                counted = select(exp.Count(this=exp.Star())).from_(query.subquery("step", copy=False), copy=False)
                return single_number(database, counted)

            return [
                NodeRows(
                    node.name,
                    count(render_statement(database.dialect, node)),
                    count(render_candidates(database.dialect, node)) if isinstance(node, JoiningNode) else None,
                )
                for node in walk(plan.frame)
            ]


def _reading(table: TileTable) -> str:
    return f"reading source {table.source.name}"
