"""The Spark engine: the same plan where data is larger than one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from builders.answers import FramePlan, ListEntities
from builders.engine import Exchange, FileDays, Spine
from builders.forms import MergeScope
from builders.request import SourceFiles
from builders.spark import source_files, spine
from builders.spark.dialect import SparkDialect
from builders.spark.executed_plan import read_executed_plan
from builders.spark.functions import FUNCTIONS
from builders.spark.relations import Relations
from builders.spark.session import SparkSettings, Statements, open_session, statements, translated_errors
from builders.sql.pairs import ROW, key_column
from builders.sql.render import render, render_statement
from builders.tasks.sql_engine import COMPUTING, SqlEngine
from definitions.model import Source
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from builders.engine import SpineData


class SparkEngine(SqlEngine[Statements]):
    """Implements `builders.engine.Engine` on a session of its own; `given` is an application's that is to be shared.

    Spark starts with the first call.
    """

    name = "spark"
    merge_scope: MergeScope = "entity"

    def __init__(self, settings: SparkSettings | None = None, given: SparkSession | None = None) -> None:
        self.settings = settings or SparkSettings()
        self._given = given

    @cached_property
    def session(self) -> SparkSession:
        """The session, whose settings are ours."""
        return open_session(self.settings, self._given)

    def stop(self) -> None:
        """End the application, unless it was handed to us."""
        if self._given is None and "session" in self.__dict__:
            self.session.stop()

    @contextmanager
    def working(self, what: str) -> Iterator[Statements]:
        with statements(self.session) as opened, translated_errors(what):
            yield opened

    def bind_spine(self, database: Statements, opened: Spine) -> None:
        spine.bind_spine(database, opened.data)

    def inspect_source(self, source: Source, files: Sequence[Path]) -> SourceFiles:
        return source_files.inspect(source, files)

    def survey(self, source: Source, files: Sequence[Path]) -> list[FileDays]:
        with self.working(f"reading source {source.name}") as opened:
            return source_files.survey(opened, source, source_files.inspect(source, files))

    def open_spine(self, data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
        return spine.open_spine(data, timestamp, keys)

    def list_entities(self, plan: ListEntities) -> pa.Table:
        with self.working("listing entities") as opened:
            return opened.frame(render_statement(opened.dialect, plan)).toArrow()

    def explain_sql(self, plan: FramePlan) -> str:
        functions = "".join(f"{function};\n" for function in FUNCTIONS)
        return f"{functions}\n{render(SparkDialect(Relations()), plan.frame)}"

    def open_frame(self, plan: FramePlan, opened: Spine) -> DataFrame:
        """The frame's carried columns and outputs in no order, computed when they are asked for."""
        with self.working(COMPUTING) as database:
            return self._frame(database, plan, opened).drop(ROW)

    def list_exchanges(self, plan: FramePlan, opened: Spine) -> list[Exchange]:
        with self.working(COMPUTING) as database:
            computed = self._frame(database, plan, opened)
            computed.toArrow()
            return list(read_executed_plan(computed).exchanges)

    def compute_frame(self, plan: FramePlan, opened: Spine) -> pa.Table:
        with self.working(COMPUTING) as database:
            computed = self._frame(database, plan, opened).toArrow()
            return computed.sort_by(ROW).drop_columns([ROW])

    def write_frame(self, plan: FramePlan, opened: Spine, target: Path) -> int:
        with self.working(COMPUTING) as database:
            computed = self._frame(database, plan, opened)
            database.write_frame(computed.repartition(1).sortWithinPartitions(ROW).drop(ROW), target)
            return int(database.session.read.parquet(f"file://{target}").count())

    def _frame(self, database: Statements, plan: FramePlan, opened: Spine) -> DataFrame:
        """The frame in no order, from an entity dataframe that moved once, to where the tiles of its entity are."""
        self.bind_spine(database, opened)
        node = plan.frame.spine
        first = plan.frame.outputs[0].answer.role
        by = [key_column(name) for name in first.columns]
        database.hold(node.name, render_statement(database.dialect, node), by)
        query = render_statement(database.dialect, plan.frame, held=[node])
        query.set("order", None)
        return database.frame(query)
