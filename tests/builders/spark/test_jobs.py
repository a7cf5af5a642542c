"""Calls on Spark that are cancelled, at their limit of time or because somebody gave up; and what is told meanwhile."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Timer

import pyarrow as pa
import pytest
from sqlglot import exp

from builders.duckdb.connection import DuckDBSettings
from builders.duckdb.engine import DuckDBEngine
from builders.spark.engine import SparkEngine
from builders.spark.session import SparkSettings
from builders.sql.ast import call, column, number, select
from definitions.errors import TimeLimitError
from definitions.statistic import Statistic
from definitions.types import parse_type
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import ONE_VIEW, Shop, random_orders, segments

NOW = "2024-04-02T05:00:00"


def _endless() -> exp.Select:
    """A count that takes an hour, on either engine."""
    hashed = exp.Mod(this=exp.Paren(this=column("id")), expression=number(7))
    rows = call("range", number(10**13))
    return select(exp.Sum(this=hashed)).from_(exp.Table(this=rows, alias=exp.TableAlias(this="rows", columns=["id"])))


def _active_jobs(engine: SparkEngine) -> int:
    return len(engine.session.sparkContext.statusTracker().getActiveJobsIds())


def _waits_for_no_job(engine: SparkEngine) -> bool:
    until = time.monotonic() + 20
    while _active_jobs(engine) and time.monotonic() < until:
        time.sleep(0.1)
    return _active_jobs(engine) == 0


def test_a_call_that_takes_too_long_is_cancelled_on_spark(engine: SparkEngine) -> None:
    hurried = SparkEngine(SparkSettings(timeout=1.0), engine.session)
    with (
        pytest.raises(TimeLimitError, match=r"counting for an hour: it was cancelled after 1 s.*`timeout`"),
        hurried.working("counting for an hour") as database,
    ):
        database.rows(_endless())
    assert _waits_for_no_job(engine)


def test_a_call_that_takes_too_long_is_cancelled_on_duckdb() -> None:
    hurried = DuckDBEngine(DuckDBSettings(timeout=0.5))
    with (
        pytest.raises(TimeLimitError, match="counting for an hour: it was cancelled after"),
        hurried.working("counting for an hour") as database,
    ):
        database.rows(_endless())
    with hurried.working("counting to three") as database:
        assert database.rows(select(number(3))) == [(3,)]


def test_an_interrupted_call_ends_its_jobs(engine: SparkEngine) -> None:
    interrupt = Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt), engine.working("counting for an hour") as database:
        database.rows(_endless())
    assert _waits_for_no_job(engine)


def test_a_build_that_is_cancelled_leaves_what_was_there(engine: SparkEngine, tmp_path: Path) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("march", random_orders(3, "2024-03-01", 28, 300, 40))
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    store.materialize(publish=False)
    before, files = segments(store), sorted(tmp_path.rglob("*.parquet"))
    shop.land("late", random_orders(4, "2024-03-01", 28, 300, 40))
    hurried = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    hurried._context.engine.settings = SparkSettings(timeout=0.01)  # type: ignore[attr-defined]
    with pytest.raises(TimeLimitError):
        hurried.materialize(publish=False)
    assert segments(store) == before
    assert [file for file in sorted(tmp_path.rglob("*.parquet")) if "late" not in file.name] == files
    assert sum(report.rebuilt for report in store.materialize(publish=False).tables) == len(before)


def test_the_stages_that_run_are_told(engine: SparkEngine) -> None:
    told: list[str] = []
    with engine.reporting(told.append), engine.working("waiting") as database:
        database.session.sparkContext.parallelize(range(4), 4).foreach(lambda _: time.sleep(0.8))
    assert any("of 4 tasks" in line for line in told)


def test_a_hundred_checks_of_rows_take_as_many_jobs_as_one(engine: SparkEngine) -> None:
    rows = pa.table({name: [1.0, 2.0] for name in ("a", "b", "c")})
    types = {name: parse_type("double") for name in rows.column_names}

    def jobs(statistics: list[Statistic]) -> int:
        scheduler = engine.session.sparkContext._jsc.sc().dagScheduler()  # type: ignore[attr-defined]
        before = int(scheduler.nextJobId())
        engine.measure_rows(rows, types, statistics)
        return int(scheduler.nextJobId()) - before

    few = [Statistic("true", "a > 1"), Statistic("repeated", columns=("a",))]
    many = [Statistic("true", f"a > {bound}") for bound in range(100)]
    many += [Statistic("repeated", columns=columns) for columns in (("a",), ("b",), ("c",), ("a", "b"))]
    jobs(few)
    assert jobs(many) <= jobs(few) + 1
