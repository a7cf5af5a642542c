"""The Spark engine: the same plan where data is larger than one machine."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from builders.answers import FramePlan
from builders.deadline import deadline
from builders.engine import Exchange, FileDays, Report, Spine, is_spark_dataframe
from builders.engine_traits import EngineTraits
from builders.explained_exchanges import warn_of_unplanned
from builders.passes.budget_exchanges import budget_exchanges
from builders.plan import Node, ReadSpine
from builders.profiles import Profiles
from builders.request import AskedSource, Meeting, SourceFiles
from builders.spark import source_files, spine
from builders.spark.catalog_tables import list_table
from builders.spark.dialect import SparkDialect
from builders.spark.errors import translated_errors
from builders.spark.executed_plan import list_exchanges
from builders.spark.form_costs import SparkCosts
from builders.spark.functions import functions_in
from builders.spark.held_steps import find_steps_to_hold
from builders.spark.jobs import job_group, reported_stages
from builders.spark.relations import Relations
from builders.spark.segments import is_placed
from builders.spark.session import SparkSettings, open_session
from builders.spark.some_files import choose_files
from builders.spark.statements import Statements, statements
from builders.sql.pairs import ROW
from builders.sql.render import render, render_statement
from builders.tasks.sql_engine import COMPUTING, SqlEngine
from builders.tasks.statistics import measure_frame
from definitions.model import Source
from definitions.statistic import Statistic
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from builders.engine import SpineData


class SparkEngine(SqlEngine[Statements]):
    """Implements `builders.engine.Engine` on the application of the session `given`, or on one of its own, which starts
    with the first call. Each call has a session of its own, so calls may run in threads."""

    name = "spark"
    traits = EngineTraits(SparkCosts(), moves_rows=True, merge_scope="entity")

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
        with statements(self.session) as opened, self._limited(what):
            yield opened

    @contextmanager
    def _limited(self, what: str) -> Iterator[None]:
        """Jobs that are cancelled with the call or at its limit of time, and whose errors come in our words."""
        with (
            translated_errors(what),
            job_group(self.session.sparkContext, what) as cancel,
            deadline(self.settings.timeout, cancel, what),
        ):
            yield

    def reporting(self, report: Report) -> AbstractContextManager[None]:
        return reported_stages(self.session.sparkContext, report)

    def bind_spine(self, database: Statements, opened: Spine) -> None:
        spine.bind_spine(database, opened.data)

    def list_table(self, source: Source) -> list[Path]:
        with self.working(f"reading source {source.name}") as opened:
            return list_table(opened.session, source)

    def inspect_source(self, source: Source, files: Sequence[Path]) -> SourceFiles:
        return source_files.inspect(source, files)

    def survey(self, source: Source, files: Sequence[Path]) -> list[FileDays]:
        with self.working(f"reading source {source.name}") as opened:
            return source_files.survey(opened, source, source_files.inspect(source, files))

    def open_spine(self, data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
        return spine.open_spine(data, timestamp, keys)

    def sample_meetings(self, asked: Sequence[AskedSource], spine: Spine) -> list[Meeting]:
        some = [choose_files(item.table.source, item.files, item.within) for item in asked]
        chosen = [replace(item, files=few.files) for item, few in zip(asked, some, strict=True)]
        met = super().sample_meetings(chosen, spine)
        return [few.of_all(found) for few, found in zip(some, met, strict=True)]

    def measure_frame(
        self, plan: FramePlan, opened: Spine, statistics: tuple[Statistic, ...], where: str | None = None
    ) -> Profiles:
        with self.working("measuring features") as database:
            self._frame(database, plan, opened).createOrReplaceTempView("frame")
            outputs = plan.frame.outputs
            return measure_frame(database, exp.to_table("frame"), outputs, opened.timestamp, statistics, where)

    def explain_sql(self, plan: FramePlan) -> str:
        sql = render(SparkDialect(Relations()), plan.frame)
        return "".join(f"{function};\n" for function in functions_in(sql)) + f"\n{sql}"

    def open_frame(self, plan: FramePlan, opened: Spine) -> DataFrame:
        """The frame's carried columns and outputs in no order, computed when they are asked for; the entity dataframe
        is kept where it moved to for as long as somebody has the frame."""
        with ExitStack() as kept:
            database = kept.enter_context(statements(self.session))
            with self._limited(COMPUTING):
                frame = self._frame(database, plan, opened).drop(ROW)
            weakref.finalize(frame, kept.pop_all().close)
            return frame

    def list_exchanges(self, plan: FramePlan, opened: Spine) -> list[Exchange]:
        with self.working(COMPUTING) as database:
            computed = self._frame(database, plan, opened)
            computed.toArrow()
            return list_exchanges(computed)

    def compute_frame(self, plan: FramePlan, opened: Spine) -> pa.Table:
        with self.working(COMPUTING) as database:
            frame = self._frame(database, plan, opened)
            computed = frame.toArrow()
            warn_of_unplanned(budget_exchanges(plan.frame), list_exchanges(frame))
            return computed.sort_by(ROW).drop_columns([ROW])

    def write_frame(self, plan: FramePlan, opened: Spine, target: Path) -> int:
        import pyarrow.parquet as pq

        with self.working(COMPUTING) as database:
            computed = self._frame(database, plan, opened)
            database.write_frame(computed, [ROW], target, but=[ROW])
            return int(pq.read_metadata(target).num_rows)

    def _frame(self, database: Statements, plan: FramePlan, opened: Spine) -> DataFrame:
        """The frame in no order, from an entity dataframe that moved once, to where the tiles of its entity are, or not
        at all if it was there."""
        self.bind_spine(database, opened)
        node = plan.frame.spine
        database.hold(node.name, render_statement(database.dialect, self._where_it_is(database, node, opened)))
        held: list[Node] = [node]
        for step in find_steps_to_hold(plan.frame):
            database.hold(step.name, render_statement(database.dialect, step, held))
            held.append(step)
        query = render_statement(database.dialect, plan.frame, held)
        query.set("order", None)
        return database.frame(query)

    def _where_it_is(self, database: Statements, node: ReadSpine, opened: Spine) -> ReadSpine:
        """An entity dataframe that need not move if it is a DataFrame whose rows are in place."""
        unmoved = replace(node, layout=None)
        if node.layout is None or not is_spark_dataframe(opened.data):
            return node
        rows = database.frame(render_statement(database.dialect, unmoved))
        return unmoved if is_placed(rows, node.layout) else node
