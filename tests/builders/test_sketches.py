"""Sketches and buckets answer within their bounds, and the same whatever parts the values came in."""

from __future__ import annotations

import math

from builders.duckdb import dialect
from builders.duckdb.connection import DuckDBSettings, open_database
from builders.sql.ast import column
from builders.sql.words import bucket, count_of_sketch, quantile
from definitions.types import BIGINT, INT, STRING, DataType, counts_of

DATABASE = open_database(DuckDBSettings(threads=2))
DRAWS = 10_000
STANDARD_ERROR = 1.04 / math.sqrt(2**12)


def _sql(expression) -> str:
    return expression.sql(dialect="duckdb")


def _sketch(kind: DataType = BIGINT) -> str:
    return _sql(dialect.sketch_distinct(column("value"), kind, None))


def _estimate(sketch: str) -> str:
    return _sql(count_of_sketch(column("__sketch"))).replace('"__sketch"', sketch)


def _draw_values() -> None:
    """10,000 draws of 1 to 1,500 distinct values each, most of them twice, in 1 to 8 parts at random."""
    connection = DATABASE
    connection.execute("SELECT setseed(.25)")
    connection.execute(
        f"""CREATE OR REPLACE TABLE draws AS
        SELECT draw, size, (random() * parts)::BIGINT AS part, (draw * 7919 + 104729 * number)::BIGINT AS value
        FROM (SELECT draw, 1 + (pow(random(), 3) * 1499)::BIGINT AS size, 1 + (random() * 7)::BIGINT AS parts
              FROM range({DRAWS}) AS draws(draw)),
             LATERAL (SELECT unnest(range(size)) AS number), range(2)"""
    )


def test_distinct_values_are_counted_within_the_bound_in_10_000_draws_and_whatever_parts_they_came_in() -> None:
    _draw_values()
    in_parts = f"SELECT draw, size, part, {_sketch()} AS sketch FROM draws GROUP BY draw, size, part"
    once = f"SELECT draw, {_estimate(_sketch())} AS estimate FROM draws GROUP BY draw"
    rows = DATABASE.execute(
        f"""SELECT size, estimate, {_estimate("merge_sketches(list(sketch ORDER BY part))")},
                   {_estimate("merge_sketches(list(sketch ORDER BY part DESC))")}
        FROM ({in_parts}) JOIN ({once}) USING (draw) GROUP BY draw, size, estimate"""
    ).fetchall()
    assert len(rows) == DRAWS
    assert all(once == merged == backwards for _, once, merged, backwards in rows)
    assert all(size == estimate for size, estimate, *_ in rows if size <= 380)
    errors = [abs(estimate / size - 1) for size, estimate, *_ in rows if size > 380]
    assert len(errors) > 1000
    assert sum(error <= 3 * STANDARD_ERROR for error in errors) / len(errors) >= 0.995
    assert max(errors) <= 5 * STANDARD_ERROR


def test_texts_are_told_apart_by_their_characters() -> None:
    texts = "('a'), ('A'), ('é'), ('e\N{COMBINING ACUTE ACCENT}'), (''), ('a'), (NULL)"
    query = f"SELECT {_estimate(_sketch(STRING))} FROM (VALUES {texts}) AS given(value) WHERE value IS NOT NULL"
    assert DATABASE.execute(query).fetchall() == [(5,)]


def test_equal_rows_in_another_order_make_equal_bytes() -> None:
    query = f"SELECT {_sketch()} FROM (SELECT * FROM range(1000) AS r(value) ORDER BY value"
    forth, back = (DATABASE.execute(f"{query} {way})").fetchall() for way in ("ASC", "DESC"))
    assert forth == back


def test_quantiles_are_within_their_bound_in_10_000_draws_of_many_shapes() -> None:
    connection = DATABASE
    connection.execute("SELECT setseed(.5)")
    connection.execute(
        f"""CREATE OR REPLACE TABLE shapes AS SELECT draw, CASE draw % 5
            WHEN 0 THEN random() * 100 WHEN 1 THEN exp(20 * random() - 10) WHEN 2 THEN (random() - .5) * 1e9
            WHEN 3 THEN (random() * 5)::BIGINT ELSE -pow(random(), 9) END AS value
        FROM range({DRAWS}) AS draws(draw), range(60)"""
    )
    for share in (0.01, 0.5, 0.95):
        counts = _sql(dialect.histogram(bucket(column("value")), counts_of(INT), None))
        found = _sql(quantile(column("totals"), share))
        entries = f"""SELECT draw, quantile_disc(value, {share}) AS exact, unnest(map_entries({counts})) AS entry
            FROM shapes GROUP BY draw"""
        added_up = f"""SELECT draw, exact, entry.key AS key,
            sum(entry.value) OVER (PARTITION BY draw ORDER BY entry.key) AS total FROM ({entries})"""
        totals = f"""SELECT exact, map_from_entries(list({{'key': key, 'value': total}} ORDER BY key)) AS totals
            FROM ({added_up}) GROUP BY draw, exact"""
        rows = DATABASE.execute(f"SELECT exact, {found} FROM ({totals})").fetchall()
        assert len(rows) == DRAWS
        assert all(0 <= abs(exact) - abs(edge) <= abs(exact) / 128 and exact * edge >= 0 for exact, edge in rows)


def test_a_whole_number_up_to_256_is_the_edge_of_its_bucket() -> None:
    edges = DATABASE.execute("SELECT value, bucket_edge(bucket(value::DOUBLE)) FROM range(-256, 257) AS r(value)")
    assert all(value == edge for value, edge in edges.fetchall())
