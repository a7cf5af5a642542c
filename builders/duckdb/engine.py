"""The DuckDB engine: embedded, for the laptop and for everything that fits on one machine."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from builders.answers import FramePlan
from builders.deadline import deadline
from builders.duckdb import dialect, source_files, spine
from builders.duckdb.connection import Connection, DuckDBSettings, connect, open_database, translated_errors
from builders.duckdb.form_costs import DuckDBCosts
from builders.duckdb.macros import MACROS
from builders.engine import Exchange, FileDays, Spine
from builders.engine_traits import EngineTraits
from builders.profiles import Profiles
from builders.request import SourceFiles
from builders.sql.ast import column, select
from builders.sql.pairs import ROW
from builders.sql.render import render, render_statement
from builders.tasks.sql_engine import COMPUTING, OPENING, SqlEngine
from builders.tasks.statistics import measure_frame
from definitions.errors import SourceError
from definitions.model import Source
from definitions.statistic import Statistic
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa

    from builders.engine import SpineData


class DuckDBEngine(SqlEngine[Connection]):
    """Implements `builders.engine.Engine`; each call has a connection of its own, so calls may run in threads."""

    name = "duckdb"
    traits = EngineTraits(DuckDBCosts(), moves_rows=False, merge_scope="table")

    def __init__(self, settings: DuckDBSettings | None = None) -> None:
        self.settings = settings or DuckDBSettings()

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        database = open_database(self.settings)
        # With functions in Python a database that outlives the interpreter is reported as a leak.
        weakref.finalize(self, database.close)
        return database

    @contextmanager
    def working(self, what: str) -> Iterator[Connection]:
        with (
            connect(self._database) as connection,
            translated_errors(what),
            deadline(self.settings.timeout, connection.native.interrupt, what),
        ):
            yield connection

    def bind_spine(self, database: Connection, opened: Spine) -> None:
        spine.bind_spine(database, opened.data)

    def list_table(self, source: Source) -> list[Path]:
        raise SourceError(
            f"source {source.name} is the table {source.table} of Spark's catalog, which DuckDB does not see; "
            "set engine: spark in featurestore.yaml, or give the source the path of its files"
        )

    def inspect_source(self, source: Source, files: Sequence[Path]) -> SourceFiles:
        with self.working(f"reading source {source.name}") as connection:
            return source_files.inspect(connection, source, files)

    def survey(self, source: Source, files: Sequence[Path]) -> list[FileDays]:
        with self.working(f"reading source {source.name}") as connection:
            inspected = source_files.inspect(connection, source, files)
            return source_files.survey(connection, source, inspected)

    def open_spine(self, data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
        with self.working(OPENING) as connection:
            return spine.open_spine(connection, data, timestamp, keys)

    def measure_frame(
        self, plan: FramePlan, opened: Spine, statistics: tuple[Statistic, ...], where: str | None = None
    ) -> Profiles:
        with self.working("measuring features") as connection:
            self.bind_spine(connection, opened)
            frame = render_statement(dialect, plan.frame).subquery("frame", copy=False)
            return measure_frame(connection, frame, plan.frame.outputs, opened.timestamp, statistics, where)

    def explain_sql(self, plan: FramePlan) -> str:
        macros = "".join(f"{macro};\n" for macro in MACROS)
        return f"{macros}\n{render(dialect, plan.frame)}"

    def list_exchanges(self, plan: FramePlan, opened: Spine) -> list[Exchange]:
        return []

    def compute_frame(self, plan: FramePlan, opened: Spine) -> pa.Table:
        with self.working(COMPUTING) as connection:
            self.bind_spine(connection, opened)
            computed: pa.Table = connection.native.sql(render(dialect, plan.frame)).to_arrow_table()
            return computed.drop_columns([ROW])

    def write_frame(self, plan: FramePlan, opened: Spine, target: Path) -> int:
        query = select(exp.Star(except_=[column(ROW)])).from_(
            render_statement(dialect, plan.frame).subquery("frame", copy=False), copy=False
        )
        with self.working(COMPUTING) as connection:
            self.bind_spine(connection, opened)
            return connection.copy(query, target)
