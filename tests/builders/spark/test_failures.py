"""What goes wrong on Spark is told in our words, and one call does not disturb another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException, PySparkException

from builders.spark.engine import SparkEngine
from builders.spark.errors import translated_errors
from builders.spark.spine import bind_spine
from builders.sql.ast import column, select
from builders.sql.pairs import ENTITY_DATAFRAME
from definitions.errors import ConfigurationError, RequestError, SourceError, ValueRangeError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import ONE_VIEW, Shop, frame, order

NOW = "2024-04-02T05:00:00"
SUMS = ONE_VIEW.replace(
    "{name: orders, agg: count, windows: [1d, 7d, 60d]}", "{name: all, agg: sum, of: pieces, windows: [7d]}"
)


def _store(shop: Shop, engine: SparkEngine) -> FeatureStore:
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    return store


def test_a_sum_that_leaves_bigint_names_its_feature(tmp_path: Path, engine: SparkEngine) -> None:
    shop = Shop(tmp_path, SUMS)
    shop.land("march", [order("2024-03-30", "ann", pieces=2**62) for _ in range(2)])
    with pytest.raises(ValueRangeError, match=r"sum of feature all_7d leaves the range of bigint"):
        frame(_store(shop, engine), "customer_daily", ["ann"], "2024-04-01T10:00:00")


def test_a_file_that_is_damaged_after_its_footer_was_read_is_named(tmp_path: Path, engine: SparkEngine) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    file = shop.land("march", [order("2024-03-30", f"c{number}") for number in range(500)])
    held = bytearray(file.read_bytes())
    held[4:400] = bytes(396)
    file.write_bytes(held)
    with pytest.raises(SourceError, match=r"march\.parquet"):
        frame(_store(shop, engine), "customer_daily", ["c1"], "2024-04-01T10:00:00")


def test_an_error_that_another_wraps_is_the_one_that_is_told() -> None:
    wrapped = (
        "[STAGE_MATERIALIZATION_MULTIPLE_FAILURES] Multiple failures (2) in stage materialization: \n"
        "Caused by: org.apache.spark.SparkException: [FAILED_READ_FILE.NO_HINT] Encountered error while reading "
        "file file:///orders/march.parquet.  SQLSTATE: KD001"
    )
    with (
        pytest.raises(SourceError, match=r"^reading: \[FAILED_READ_FILE.NO_HINT\].*march\.parquet"),
        translated_errors("reading"),
    ):
        raise PySparkException(message=wrapped)


def test_a_key_of_another_type_is_refused(tmp_path: Path, engine: SparkEngine) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("march", [order("2024-03-30")])
    asked = pa.table({"customer": pa.array([1.5])})
    with pytest.raises(RequestError, match="is DOUBLE, the entity's key is string"):
        _store(shop, engine).get_historical_features(asked, ["customer_daily:*"], timestamp=None)


def test_calls_at_the_same_time_see_their_own_rows(engine: SparkEngine) -> None:
    asked = select(column("customer")).from_(ENTITY_DATAFRAME)
    with engine.working("asking for ann") as one, engine.working("asking for bob") as other:
        bind_spine(one, pa.table({"customer": ["ann"]}))
        bind_spine(other, pa.table({"customer": ["bob"]}))
        other.hold("spine", asked)
        one.hold("spine", asked)
        assert one.rows(select("*").from_("spine")) == [("ann",)]
        assert other.rows(select("*").from_("spine")) == [("bob",)]
    with (
        engine.working("asking for nobody") as later,
        pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"),
    ):
        later.rows(asked)


def test_rows_of_nanoseconds_keep_their_timestamps(tmp_path: Path, engine: SparkEngine) -> None:
    shop = Shop(tmp_path / "shop", ONE_VIEW)
    shop.land("march", [order("2024-03-30", "ann")])
    nanoseconds = [1_711_963_800_000_000_999, -1]
    asked = pa.table({"customer": ["ann", "ann"], "event_timestamp": pa.array(nanoseconds, pa.timestamp("ns", "UTC"))})
    folder = tmp_path / "rows [1]"
    folder.mkdir()
    pq.write_table(asked, folder / "rows.parquet")
    for given in (asked, folder):
        found = _store(shop, engine).get_historical_features(given, ["customer_daily:orders_60d"]).to_arrow()
        assert found.column("orders_60d").to_pylist() == [1, 0]
        stamps = found.column("event_timestamp")
        assert pa.types.is_timestamp(stamps.type)
        assert (
            stamps.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()).to_pylist()[0] == 1_711_963_800_000_000
        )


def test_without_java_it_says_what_is_missing(tmp_path: Path) -> None:
    code = (
        "from builders.spark.session import SparkSettings, open_session\n"
        "from definitions.errors import ConfigurationError\n"
        "try:\n    open_session(SparkSettings())\n"
        "except ConfigurationError as error:\n    print(error)"
    )
    environment = {**os.environ, "JAVA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert "Java 17" in done.stdout, done.stderr


def test_a_session_without_plans_is_refused() -> None:
    class Connected:
        """A session of Spark Connect has no session in a JVM beside it."""

    with pytest.raises(ConfigurationError, match="Spark Connect"):
        _ = SparkEngine(given=Connected()).session  # type: ignore[arg-type]
