"""Statistics of rows: both engines tell what a plain reading of the rows in Python tells."""

from __future__ import annotations

import math
import random
import re
import statistics
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from builders.duckdb.engine import DuckDBEngine
from builders.engine import Engine, Spine
from builders.profiles import LookAtRows, MeasureDays, ReadRows
from builders.request import RelationFiles
from builders.spark.dialect import SparkDialect
from builders.spark.engine import SparkEngine
from builders.spark.relations import Relations
from builders.sql.ast import select
from builders.sql.pairs import ENTITY_DATAFRAME
from builders.tasks.statistics import measure_frame
from definitions.columns import own_types
from definitions.durations import DAY
from definitions.model import Source
from definitions.statistic import Statistic, Value
from tests.builders.spark.executions import executions_of

START = datetime(1969, 12, 30, tzinfo=UTC)
SOURCE = Source.model_validate({
    "name": "trips", "path": "trips.parquet", "timestamp": "ended_at",
    "columns": {"ended_at": "timestamp", "distance": "double", "passengers": "bigint", "city": "string",
                "price": "decimal(10,2)", "paid": "boolean", "day": "date"},
})  # fmt: skip
EDGES = (-1.5, 0.0, 0.25, 3.0, 1000.0)
CITIES = ("Basel", "Żary", "it's")
ASKED = (
    Statistic("rows"),
    Statistic("true", "distance is null"),
    Statistic("true", "passengers not between 0 and 4"),
    Statistic("true", "city not in ('Basel', 'it\\'s')"),
    Statistic("true", "day < date '1970-01-01'"),
    Statistic("true", "not (distance <= passengers)"),
    Statistic("unmatched", "city", pattern=r"[A-Z][a-z]+"),
    Statistic("unmatched", "city", pattern=r"[^\n]*[\.'\\]s?"),
    Statistic("repeated", columns=("city", "passengers")),
    Statistic("repeated", columns=("passengers",)),
    Statistic("least", "distance"),
    Statistic("greatest", "price"),
    Statistic("mean", "distance"),
    Statistic("mean", "distance", edges=EDGES),
    Statistic("variance", "passengers", edges=(0.0, 4.0)),
    Statistic("bins", "distance", edges=EDGES),
    Statistic("bins", "cast(paid as int)", edges=(0.0,)),
    Statistic("categories", "city", values=CITIES),
    Statistic("categories", "cast(hour(ended_at) as string)", values=tuple(map(str, range(24)))),
)


def _rows() -> list[dict[str, Any]]:
    """Six days around 1970 of awkward rows, and one without any value."""
    chosen = random.Random(7)
    distances = [None, math.nan, math.inf, -1.5, 0.0, 0.25, 0.2500001, 3.0, 1e300, 12.5, -7.0]
    awkward = [
        {
            "ended_at": chosen.choice([None, *[START + timedelta(seconds=chosen.randrange(6 * 86_400))] * 30]),
            "distance": chosen.choice(distances),
            "passengers": chosen.choice([None, 0, 1, 2, 3, 4, 5, 2**60, 2**60 + 1]),
            "city": chosen.choice([None, "", "Basel", "basel", "Żary", "it's", "a\\s", "Basel\n"]),
            "price": chosen.choice([None, *[round(chosen.random() * 100, 2)] * 3]),
            "paid": chosen.choice([None, True, False]),
            "day": chosen.choice([None, START.date(), (START + timedelta(days=4)).date()]),
        }
        for _ in range(2_000)
    ]
    ended = (START + timedelta(days=6, seconds=second) for second in range(5))
    return awkward + [{**dict.fromkeys(awkward[0]), "ended_at": instant} for instant in ended]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("statistics") / "trips.parquet"
    rows = [{**row, "price": None if row["price"] is None else Decimal(str(row["price"]))} for row in _rows()]
    types = {"ended_at": pa.timestamp("us", "UTC"), "distance": pa.float64(), "passengers": pa.int64(),
             "city": pa.string(), "price": pa.decimal128(10, 2), "paid": pa.bool_(), "day": pa.date32()}  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(types.items())), file)
    return file


@pytest.fixture(params=["duckdb", "spark"])
def either(request: pytest.FixtureRequest) -> Engine:
    if request.param == "duckdb":
        return DuckDBEngine()
    spark: Engine = request.getfixturevalue("engine")
    return spark


def _read(engine: Engine, file: Path, days: tuple[int, int] = (-10, 10)) -> ReadRows:
    found = RelationFiles((engine.inspect_source(SOURCE, [file]),))
    return ReadRows(SOURCE, found, (days[0] * DAY, days[1] * DAY))


def _days() -> dict[int, list[dict[str, Any]]]:
    days = defaultdict(list)
    for row in _rows():
        if row["ended_at"] is not None:
            days[(row["ended_at"] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(days=1)].append(row)
    return days


def _finite(rows: list[dict[str, Any]], name: str) -> list[float]:
    return [row[name] for row in rows if row[name] is not None and math.isfinite(row[name])]


def _by_hand(item: Statistic, rows: list[dict[str, Any]]) -> Value:  # noqa: PLR0912
    cities = [row["city"] for row in rows if row["city"] is not None]
    match item.kind, item.of:
        case "rows", _:
            return len(rows)
        case "true", "distance is null":
            return len(rows) - len(_finite(rows, "distance"))
        case "true", "passengers not between 0 and 4":
            return sum(row["passengers"] is not None and not 0 <= row["passengers"] <= 4 for row in rows)
        case "true", "day < date '1970-01-01'":
            return sum(row["day"] is not None and row["day"] < datetime(1970, 1, 1).date() for row in rows)
        case "true", "not (distance <= passengers)":
            compared = [row for row in rows if row["passengers"] is not None and row in _with_distance(rows)]
            return sum(row["distance"] > row["passengers"] for row in compared)
        case "true", _:
            return sum(city not in ("Basel", "it's") for city in cities)
        case "unmatched", _:
            return sum(re.fullmatch(item.pattern, city) is None for city in cities)
        case "repeated", _:
            keys = [tuple(row[name] for name in item.columns) for row in rows]
            whole = [key for key in keys if None not in key]
            return len(whole) - len(set(whole))
        case "least", _:
            return min(_finite(rows, "distance"), default=None)
        case "greatest", _:
            return max((row["price"] for row in rows if row["price"] is not None), default=None)
        case "mean" | "variance", name:
            drawn = _finite(rows, name)
            if not drawn:
                return None
            if item.edges:
                drawn = [min(max(value, item.edges[0]), item.edges[-1]) for value in drawn]
            return statistics.fmean(drawn) if item.kind == "mean" else statistics.pvariance(drawn)
        case "bins", "distance":
            places = Counter(sum(value > edge for edge in EDGES) for value in _finite(rows, "distance"))
            return tuple(places[place] for place in range(len(EDGES) + 1))
        case "bins", _:
            paid = [row["paid"] for row in rows if row["paid"] is not None]
            return len(paid) - sum(paid), sum(paid)
        case "categories", "city":
            return (*(cities.count(city) for city in CITIES), sum(city not in CITIES for city in cities))
        case _:
            hours = [row["ended_at"].hour for row in rows]
            return (*map(hours.count, range(24)), 0)


def _with_distance(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["distance"] is not None and math.isfinite(row["distance"])]


def test_each_day_is_what_its_rows_are(either: Engine, files: Path) -> None:
    found = either.measure_days(MeasureDays(_read(either, files), ASKED))
    days = _days()
    assert found.keys() == days.keys()
    for day, rows in days.items():
        for item in ASKED:
            expected = _by_hand(item, rows)
            held = found[day][item]
            if isinstance(expected, float):
                assert held == pytest.approx(expected, rel=1e-9), (day, item)
            else:
                assert held == expected, (day, item)


def test_only_days_within_the_range_are_measured(either: Engine, files: Path) -> None:
    found = either.measure_days(MeasureDays(_read(either, files, (-1, 2)), (Statistic("rows"),)))
    assert sorted(found) == [-1, 0, 1]  # type: ignore[type-var]


def test_rows_without_a_timestamp_are_of_all_time(either: Engine, files: Path) -> None:
    timeless = SOURCE.model_copy(update={"timestamp": None})
    read = ReadRows(timeless, RelationFiles((either.inspect_source(timeless, [files]),)), (-10 * DAY, 10 * DAY))
    assert either.measure_days(MeasureDays(read, (Statistic("rows"),))) == {None: {Statistic("rows"): 2_005}}


def test_broken_rows_can_be_looked_at_first_ones_first(either: Engine, files: Path) -> None:
    columns = {"ended_at": "ended_at", "twice": "passengers + passengers"}
    asked = LookAtRows(_read(either, files), columns, 5, where="passengers = 4")
    looked = either.look_at_rows(asked)
    four = sorted(row["ended_at"] for rows in _days().values() for row in rows if row["passengers"] == 4)
    assert looked.column_names == ["ended_at", "twice"]
    assert looked.column("twice").to_pylist() == [8] * 5
    assert [instant.timestamp() for instant in looked.column("ended_at").to_pylist()] == [
        pytest.approx(instant.timestamp()) for instant in four[:5]
    ]


def test_rows_that_do_not_match_can_be_looked_at(either: Engine, files: Path) -> None:
    broken = Statistic("unmatched", "city", pattern="[A-Z][a-z]+|[a-z]*")
    looked = either.look_at_rows(LookAtRows(_read(either, files), {"city": "city"}, 10_000, unmatched=broken))
    assert set(looked.column("city").to_pylist()) == {"Żary", "it's", "a\\s", "Basel\n"}


def test_a_sample_is_the_same_each_time(either: Engine, files: Path) -> None:
    asked = LookAtRows(_read(either, files), {"passengers": "passengers"}, 50)
    first, second = (either.look_at_rows(asked).to_pydict() for _ in range(2))
    assert first == second
    assert 20 <= len(first["passengers"]) <= 100


ONE_OF_EACH_WAY = (Statistic("rows"), Statistic("mean", "distance"), Statistic("repeated", columns=("passengers",)))
"""Counts, moments and keys are added up in a statement each."""


def test_spark_runs_as_many_jobs_for_many_statistics_as_for_few(engine: SparkEngine, files: Path) -> None:
    many = (*ASKED, *(Statistic("true", f"passengers < {number}") for number in range(300)))
    jobs = []
    for asked in (ONE_OF_EACH_WAY, many):
        before = _jobs(engine)
        with executions_of(engine.session) as executed:
            engine.measure_days(MeasureDays(_read(engine, files), asked))
        jobs.append((len(executed), _jobs(engine) - before))
        assert sum(each.nodes["Scan"] for each in executed) == 3
    assert jobs[0] == jobs[1]
    assert jobs[0][1] >= 3


def _jobs(engine: SparkEngine) -> int:
    return int(engine.session.sparkContext._jsc.sc().dagScheduler().nextJobId())  # type: ignore[attr-defined]


WIDE = Source.model_validate({
    "name": "wide", "path": "wide.parquet",
    "columns": {f"{kind}_{place}": kind for place in range(30) for kind in ("double", "string")},
})  # fmt: skip


def _asked_of_wide() -> tuple[Statistic, ...]:
    """What is asked of a source of sixty columns, some 1,600 bins, categories and other figures."""
    of = [f"{kind}_{place}" for place in range(30) for kind in ("double", "string")]
    numbers, texts = [name for name in of if "double" in name], [name for name in of if "string" in name]
    return (
        Statistic("rows"),
        *(Statistic("true", f"{name} is null") for name in of),
        *(Statistic("mean", name) for name in numbers),
        *(Statistic("bins", name, edges=tuple(map(float, range(19)))) for name in numbers),
        *(Statistic("categories", name, values=tuple("abcdefghijklmnopqrstuvwxyzABCDEF")) for name in texts),
        *(Statistic("repeated", columns=(name,)) for name in texts[:5]),
    )


def test_a_wide_source_is_measured_by_statements_of_few_aggregates(engine: SparkEngine, tmp_path: Path) -> None:
    file = tmp_path / "wide.parquet"
    columns = {f"double_{place}": [0.5, None, 7.25] for place in range(30)}
    pq.write_table(pa.table(columns | {f"string_{place}": ["a", "b", "b"] for place in range(30)}), file)
    read = ReadRows(WIDE, RelationFiles((engine.inspect_source(WIDE, [file]),)), (0, DAY))
    jobs, plans = [], []
    few = (Statistic("rows"), Statistic("mean", "double_0"), Statistic("repeated", columns=("string_0",)))
    for asked in (few, _asked_of_wide()):
        before = _jobs(engine)
        with executions_of(engine.session) as executed:
            (found,) = engine.measure_days(MeasureDays(read, asked)).values()
        jobs.append(_jobs(engine) - before)
        plans.append([{node: each.nodes[node] for node in ("Scan", "Exchange", "HashAggregate")} for each in executed])
    assert jobs[0] == jobs[1]
    assert plans[0] == plans[1]
    assert found[Statistic("true", "double_7 is null")] == 1
    assert found[Statistic("mean", "double_9")] == 3.875
    bins = Statistic("bins", "double_29", edges=tuple(map(float, range(19))))
    assert found[bins] == tuple(int(place in (1, 8)) for place in range(20))
    assert found[Statistic("repeated", columns=("string_4",))] == 1


def test_a_statement_has_as_many_aggregates_for_many_statistics_as_for_few() -> None:
    dialect, types = SparkDialect(Relations()), own_types(WIDE)

    def aggregates(asked: tuple[Statistic, ...]) -> list[int]:
        rendered = [way.render(dialect, lambda columns: select(*columns)) for way in dialect.measurements(asked, types)]
        return [len(list(query.find_all(exp.AggFunc))) for query in rendered]

    wide = _asked_of_wide()
    assert sum(1 + len(item.edges) + len(item.values) for item in wide) > 1_500
    assert max(aggregates(wide)) <= 4


def test_all_rows_of_a_table_are_measured_at_once(either: Engine) -> None:
    rows = pa.table(
        {"distance": [1.0, None, math.nan, 4.0], "passengers": [1, 1, None, 2], "city": ["Aa", "b", "Aa", None]}
    )
    types = {name: own_types(SOURCE)[name] for name in rows.column_names}
    counts = [Statistic("true", f"distance > {bound}") for bound in range(250)]
    others = {
        Statistic("rows"): 4,
        Statistic("true", "distance is null"): 2,
        Statistic("unmatched", "city", pattern="[A-Z][a-z]"): 1,
        Statistic("repeated", columns=("passengers",)): 1,
        Statistic("repeated", columns=("passengers", "city")): 0,
        Statistic("greatest", "distance"): 4.0,
    }
    found = either.measure_rows(rows, types, [*counts, *others, *counts])
    assert {item: found[item] for item in others} == others
    assert [found[item] for item in counts] == [2, *[1] * 3, *[0] * 246]


def test_rows_of_a_frame_are_measured_by_instant_and_computed_once(either: DuckDBEngine | SparkEngine) -> None:
    instants = [datetime(2024, 3, day) for day in (1, 1, 2, 2)]
    rows = pa.table({
        "at": pa.array(instants, pa.timestamp("us")), "distance": [1.0, None, 5.0, 7.0], "passengers": [1, 1, 3, 3],
    })  # fmt: skip
    outputs: Any = [
        SimpleNamespace(name=name, column=SimpleNamespace(type=own_types(SOURCE)[name]))
        for name in ("distance", "passengers")
    ]
    counts = tuple(Statistic("true", f"distance > {bound}") for bound in range(120))
    others = (Statistic("mean", "distance"), Statistic("repeated", columns=("passengers",)))
    with either.working("measuring") as database:
        either.bind_spine(database, Spine(rows, "at", tuple(rows.column_names), {}))  # type: ignore[arg-type]
        found = measure_frame(
            database,
            exp.to_table(ENTITY_DATAFRAME),
            outputs,
            "at",
            (*counts, *others),
            "distance is null or distance < 6",
        )
    first, second = (int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000 for at in (instants[0], instants[2]))
    assert found.keys() == {first, second}
    assert [found[first][item] for item in (*counts[:2], *others)] == [1, 0, 1.0, 1]
    assert [found[second][item] for item in (*counts[3:6], *others)] == [1, 1, 0, 5.0, 0]


def test_no_rows_have_nothing_to_count(either: Engine) -> None:
    rows = pa.table({"distance": pa.array([], pa.float64())})
    asked = [Statistic("rows"), Statistic("true", "distance > 1"), Statistic("repeated", columns=("distance",))]
    assert either.measure_rows(rows, {"distance": own_types(SOURCE)["distance"]}, asked) == dict.fromkeys(asked, 0)
