"""The words of the SQL that we generate mean on Spark what they mean on DuckDB."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp

from builders.duckdb import dialect as on_duckdb
from builders.duckdb.connection import DuckDBSettings, open_database
from builders.limbs import limbs_for_range, limbs_for_squares
from builders.spark.engine import SparkEngine
from builders.spark.functions import FUNCTIONS, functions_in
from builders.spark.statements import Statements
from builders.sql.ast import alias, column, select
from builders.sql.dialect import Dialect
from builders.sql.exact_sums import exact_sum, split_into_limbs, square, square_rest, variance
from builders.sql.words import bucket, count_of_sketch, quantile
from definitions.types import BIGINT, INT, STRING, DataType, counts_of
from tests.journeys.shop import bits

AWKWARD = [
    *(0.0, -0.0, 1.0, -1.0, 0.1, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 127.0, 128.0, 255.0, 256.0),
    *(2.0**exponent for exponent in range(-1074, 1024, 37)),
    *(math.nextafter(2.0**exponent, way) for exponent in range(-1070, 1023, 61) for way in (0.0, math.inf)),
]


@pytest.fixture(scope="module")
def opened(engine: SparkEngine) -> Iterator[Statements]:
    with engine.working("testing") as statements:
        yield statements


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    database = open_database(DuckDBSettings())
    yield database
    database.close()


Pair = tuple[exp.Expression, exp.Expression]
"""What DuckDB and what Spark is to compute."""


def alike(word: exp.Expression) -> Pair:
    return word, word.copy()


def both(
    opened: Statements,
    database: duckdb.DuckDBPyConnection,
    table: pa.Table,
    selected: Sequence[Pair],
    summed: Sequence[Pair] = (),
) -> tuple[list[Any], list[Any]]:
    """What DuckDB and what Spark answer over a table, or over a first select from it, to the bit."""
    opened.session.createDataFrame(table).createOrReplaceTempView("given")
    database.register("given", table)
    queries = []
    for way in (0, 1):
        rows = exp.to_table("given")
        if summed:
            inner = select(*(alias(pair[way], f"sum_{number}") for number, pair in enumerate(summed)))
            rows = inner.from_(rows, copy=False).subquery("summed", copy=False)
        queries.append(select(*(alias(pair[way], f"c{number}") for number, pair in enumerate(selected))).from_(rows))
    ours = database.execute(queries[0].sql("duckdb")).fetchall()
    return bits(ours), bits(opened.rows(queries[1]))


def _doubles(values: Sequence[float | None]) -> pa.Table:
    return pa.table({"value": pa.array(values, pa.float64())})


def test_doubles_fall_into_the_same_buckets(opened: Statements, database: duckdb.DuckDBPyConnection) -> None:
    chance = random.Random(1)
    drawn = [math.ldexp(chance.random(), chance.randrange(-1073, 1024)) for _ in range(2000)]
    table = _doubles([*AWKWARD, *(-value for value in AWKWARD), *drawn, None])
    ours, theirs = both(opened, database, table, [alike(column("value")), alike(bucket(column("value")))])
    assert theirs == ours


@pytest.mark.parametrize(
    "values",
    [[0.1, 19.99, -3.7, 1e9], [1e-60, 1.0, -1e60, 1e15], [5e-324, -5e-324, 1e-300], [1e300, -1e290, 8e307]],
)
def test_sums_in_limbs_are_the_same(
    opened: Statements, database: duckdb.DuckDBPyConnection, values: list[float]
) -> None:
    chance = random.Random(2)
    drawn = [chance.choice(values) * chance.choice([1, -1]) for _ in range(500)]
    sizes = [abs(value) for value in drawn]
    limbs = limbs_for_range(min(sizes), max(sizes))
    shares = split_into_limbs(column("value"), limbs, "test")
    total = exact_sum({limb: column(f"sum_{number}") for number, limb in enumerate(limbs)})
    sums = [_sum(opened, shares[limb]) for limb in limbs]
    picked = [alike(column(f"sum_{number}")) for number in range(len(limbs))]
    ours, theirs = both(opened, database, _doubles(drawn), [*picked, alike(total)], sums)
    assert theirs == ours
    exact = sum(map(Fraction, drawn))
    # Beyond one limb the double may be the neighbour of the nearest one.
    if abs(exact) >= 2**1024:
        assert theirs[0][-1] is None
        return
    nearest = float(exact)
    neighbours = {math.nextafter(nearest, way).hex() for way in (-math.inf, nearest, math.inf)}
    assert theirs[0][-1] in (neighbours if len(limbs) > 1 else {nearest.hex()})


def test_a_value_that_its_limbs_cannot_hold_is_an_error(opened: Statements) -> None:
    (share,) = split_into_limbs(column("value"), (0,), "spent").values()
    for value in (1e300, 1e-300):
        opened.session.createDataFrame(_doubles([value])).createOrReplaceTempView("given")
        with pytest.raises(Exception, match="limbs of slot spent are too few"):
            opened.session.sql(f"SELECT {share.sql(opened.dialect.name)} FROM given").collect()


def test_variances_agree_to_nine_digits(opened: Statements, database: duckdb.DuckDBPyConnection) -> None:
    chance = random.Random(3)
    drawn = [1e6 + chance.random() for _ in range(300)]
    value, limbs = column("value"), limbs_for_squares(min(drawn), max(drawn))
    near, rest = (split_into_limbs(part, limbs, "test") for part in (square(value), square_rest(value.copy())))
    squares = [_sum(opened, near[limb], rest[limb]) for limb in limbs]
    total_of_values = _sum(opened, split_into_limbs(value.copy(), (0,), "test")[0])
    *of_squares, total, count = (column(f"sum_{number}") for number in range(len(limbs) + 2))
    found = variance(count, dict(zip(limbs, of_squares, strict=True)), {0: total})
    ours, theirs = both(
        opened,
        database,
        _doubles(drawn),
        [alike(found)],
        [*squares, total_of_values, alike(exp.Count(this=exp.Star()))],
    )
    mean = sum(map(Fraction, drawn)) / len(drawn)
    exact = float(sum((Fraction(held) - mean) ** 2 for held in drawn) / (len(drawn) - 1))
    for answered in (ours, theirs):
        assert float.fromhex(answered[0][0]) == pytest.approx(exact, rel=1e-9)


def _sum(opened: Statements, *shares: exp.Expression) -> Pair:
    dialects: tuple[Dialect, Dialect] = (on_duckdb, opened.dialect)
    return _pair(held.sum_of_units([share.copy() for share in shares]) for held in dialects)


def _pair(words: Iterable[exp.Expression]) -> Pair:
    ours, theirs = words
    return ours, theirs


@pytest.mark.parametrize("kind", [BIGINT, STRING], ids=str)
def test_sketches_of_many_values_tell_the_same_number(
    opened: Statements, database: duckdb.DuckDBPyConnection, kind: DataType
) -> None:
    for size in (1, 380, 5_000, 60_000):
        numbers = [number * 7919 for number in range(size)] * 2
        values = pa.array([str(number) for number in numbers] if kind == STRING else numbers)
        dialects: tuple[Dialect, Dialect] = (on_duckdb, opened.dialect)
        words = _pair(count_of_sketch(held.sketch_distinct(column("value"), kind, None)) for held in dialects)
        ours, theirs = both(opened, database, pa.table({"value": values}), [words])
        assert theirs == ours


def test_values_are_counted_and_their_quantiles_found_alike(
    opened: Statements, database: duckdb.DuckDBPyConnection
) -> None:
    table = pa.table({"totals": pa.array([[(-9, 1), (0, 3), (131_136, 10)]], pa.map_(pa.int32(), pa.int64()))})
    shares = [quantile(column("totals"), share) for share in (0.001, 0.07, 0.1, 0.2, 0.5, 0.95)]
    ours, theirs = both(opened, database, table, list(map(alike, shares)))
    assert theirs == ours
    counted = _pair(held.histogram(column("value"), counts_of(INT), None) for held in (on_duckdb, opened.dialect))
    values = pa.table({"value": pa.array([3, 1, 3, None, -7, 3, 1], pa.int32())})
    (ours_row,), (theirs_row,) = both(opened, database, values, [counted])
    assert theirs_row == ours_row == [{-7: 1, 1: 2, 3: 3}]


def test_explain_shows_the_functions_that_a_statement_uses_and_no_others() -> None:
    shown = functions_in("SELECT EXACT_DOUBLE(SUM(only_units(\"x\", 's')))")
    names = [function.split()[5].partition("(")[0] for function in shown]
    assert names == ["whole", "only_units", "exact_double"]
    assert set(shown) < set(FUNCTIONS)
