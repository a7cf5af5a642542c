"""The DuckDB engine: embedded, for the laptop and for everything that fits on one machine."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from sqlglot import exp

from builders.answers import BuildBase, FramePlan, ListEntities
from builders.coverage import Range
from builders.duckdb import dialect, erasing, meeting, segments, source_files, spine
from builders.duckdb.connection import DuckDBSettings, connect, open_database, translated_errors
from builders.duckdb.macros import MACROS
from builders.engine import BuiltSegment, ErasedKey, FileDays, Limbs, NodeRows, SegmentTask, Spine, StoredTiles
from builders.grid import Grid
from builders.limbs import LARGEST_SQUARED, limbs_for_range, limbs_for_squares, widest
from builders.plan import ReadSource, TileSlot, tile_slot, walk
from builders.request import Meeting, RelationFiles, Roles, SourceFiles, SpineShape
from builders.slots import Slot
from builders.sql.ast import call, column, number, only_where, select, text
from builders.sql.joined import JoiningNode
from builders.sql.pairs import ROW
from builders.sql.render import render, render_candidates, render_statement
from builders.sql.tiles import expression_columns
from builders.tile_table import TileTable
from definitions.errors import ValueRangeError
from definitions.model import Source
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa

_COMPUTING: Final = "computing the frame"


class DuckDBEngine:
    """Implements `builders.engine.Engine`; each call has a connection of its own, so calls may run in threads."""

    name = "duckdb"

    def __init__(self, settings: DuckDBSettings | None = None) -> None:
        self.settings = settings or DuckDBSettings()

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        database = open_database(self.settings)
        # With functions in Python a database that outlives the interpreter is reported as a leak.
        weakref.finalize(self, database.close)
        return database

    def inspect_source(self, source: Source, files: Sequence[Path]) -> SourceFiles:
        with connect(self._database) as connection, translated_errors(f"reading source {source.name}"):
            return source_files.inspect(connection, source, files)

    def survey(self, source: Source, files: Sequence[Path]) -> list[FileDays]:
        with connect(self._database) as connection, translated_errors(f"reading source {source.name}"):
            inspected = source_files.inspect(connection, source, files)
            return source_files.survey(connection, source, inspected)

    def sample_meeting(
        self, table: TileTable, source: RelationFiles, opened: Spine, roles: Roles, within: Range
    ) -> Meeting:
        with connect(self._database) as connection, translated_errors(f"reading source {table.source.name}"):
            return meeting.sample_meeting(connection, table, source, opened, roles, within)

    def measure_limbs(self, reads: Sequence[ReadSource]) -> Limbs:
        limbs: dict[str, tuple[int, ...]] = {}
        with connect(self._database) as connection:
            for read in reads:
                for slot in read.slots:
                    if slot.is_in_limbs:
                        found = self._limbs_of(slot, *self._magnitudes(connection, read, slot))
                        limbs[slot.name] = widest(limbs.get(slot.name, found), found)
        return limbs

    @staticmethod
    def _limbs_of(slot: Slot, smallest: float | None, largest: float | None) -> tuple[int, ...]:
        if smallest is None or largest is None:
            return tile_slot(slot, {}).limbs
        if slot.monoid == "sum":
            return limbs_for_range(smallest, largest)
        if largest > LARGEST_SQUARED:
            raise ValueRangeError(
                f"the square of {largest!r} among the values of {slot.of!r} is no double; leave such rows out with "
                "`where:`, as no variance can be told from them"
            )
        return limbs_for_squares(smallest, largest)

    def _magnitudes(self, connection: object, read: ReadSource, slot: Slot) -> tuple[float | None, float | None]:
        """The smallest and the largest magnitude among the slot's values; None where all are null or zero."""
        named = expression_columns(read.slots)
        assert slot.of is not None
        size = call("abs", column(named[slot.of]))
        some = exp.NEQ(this=size.copy(), expression=number(0))
        where = some if slot.where is None else exp.And(this=some, expression=column(named[slot.where]))
        bare = ReadSource(read.name, read.table, read.files, read.start, read.end, read.slots)
        query = select(only_where(exp.Min(this=size), where), only_where(exp.Max(this=size.copy()), where.copy()))
        statement = query.from_(render_statement(dialect, bare).subquery("rows", copy=False), copy=False)
        with translated_errors(f"measuring {read.table.source.name}"):
            low, high = connection.execute(statement.sql(dialect="duckdb", copy=False)).fetchall()[0]  # type: ignore[attr-defined]
        return low, high

    def build_segments(
        self, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
    ) -> list[BuiltSegment]:
        with connect(self._database) as connection:
            return segments.build_segments(connection, read, slots, tasks)

    def build_base(self, plan: BuildBase, file: Path) -> StoredTiles:
        with connect(self._database) as connection, translated_errors(f"making a base of {plan.tiles.table.label}"):
            return segments.build_base(connection, plan, file)

    def compact_segments(
        self, table: TileTable, columns: Sequence[str], files: Sequence[Path], target: Path
    ) -> StoredTiles:
        with connect(self._database) as connection, translated_errors(f"compacting tiles of {table.label}"):
            return segments.compact_segments(connection, table, columns, files, target)

    def erase_entities(self, file: Path, key: Mapping[str, str], target: Path) -> StoredTiles | None:
        with connect(self._database) as connection, translated_errors("erasing tiles"):
            return erasing.erase_entities(connection, file, key, target)

    def find_erased(self, files: Sequence[Path], erased: Sequence[ErasedKey]) -> dict[int, int]:
        with connect(self._database) as connection, translated_errors("looking for erased entities"):
            return erasing.find_erased(connection, files, erased)

    def count_entity_rows(self, read: ReadSource, key: Mapping[str, str]) -> int:
        with connect(self._database) as connection, translated_errors(f"reading source {read.table.source.name}"):
            return erasing.count_entity_rows(connection, read, key)

    def count_null_keys(self, read: ReadSource) -> int:
        with connect(self._database) as connection:
            return segments.count_null_keys(connection, read)

    def count_source_rows(self, read: ReadSource) -> int:
        with connect(self._database) as connection:
            return segments.count_source_rows(connection, read)

    def open_spine(
        self, data: pa.Table | tuple[Path, ...], timestamp: str | None, keys: Mapping[str, DataType]
    ) -> Spine:
        with connect(self._database) as connection, translated_errors("reading the entity_dataframe"):
            return spine.open_spine(connection, data, timestamp, keys)

    def measure_spine(
        self, opened: Spine, now: int, roles: Mapping[str, Roles], on_grids: Mapping[tuple[str, Grid], Roles]
    ) -> SpineShape:
        with connect(self._database) as connection, translated_errors("reading the entity_dataframe"):
            return spine.measure_spine(connection, opened, now, roles, on_grids)

    def list_entities(self, plan: ListEntities) -> pa.Table:
        with connect(self._database) as connection, translated_errors("listing entities"):
            listed: pa.Table = connection.sql(render(dialect, plan)).to_arrow_table()
            return listed

    def explain_sql(self, plan: FramePlan) -> str:
        macros = "".join(f"{macro};\n" for macro in MACROS)
        return f"{macros}\n{render(dialect, plan.frame)}"

    def count_rows(self, plan: FramePlan, opened: Spine) -> list[NodeRows]:
        def count(query: exp.Query) -> int:
            rows = select(exp.Count(this=exp.Star())).from_(query.subquery("step", copy=False), copy=False)
            return int(connection.execute(rows.sql(dialect="duckdb", copy=False)).fetchall()[0][0])

        with connect(self._database) as connection, translated_errors(_COMPUTING):
            spine.bind_spine(connection, opened)
            return [
                NodeRows(
                    node.name,
                    count(render_statement(dialect, node)),
                    count(render_candidates(dialect, node)) if isinstance(node, JoiningNode) else None,
                )
                for node in walk(plan.frame)
            ]

    def compute_frame(self, plan: FramePlan, opened: Spine) -> pa.Table:
        with connect(self._database) as connection, translated_errors(_COMPUTING):
            spine.bind_spine(connection, opened)
            computed: pa.Table = connection.sql(render(dialect, plan.frame)).to_arrow_table()
            return computed.drop_columns([ROW])

    def write_frame(self, plan: FramePlan, opened: Spine, target: Path) -> int:
        query = select(exp.Star(except_=[column(ROW)])).from_(
            render_statement(dialect, plan.frame).subquery("frame", copy=False), copy=False
        )
        written = text(str(target)).sql(dialect="duckdb", copy=False)
        with connect(self._database) as connection, translated_errors(_COMPUTING):
            spine.bind_spine(connection, opened)
            copied = f"COPY ({query.sql(dialect='duckdb', copy=False)}) TO {written} (FORMAT parquet, COMPRESSION zstd)"
            return int(connection.execute(copied).fetchall()[0][0])
