"""What is held back on Spark is what is held back on DuckDB, for the same reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders.spark.engine import SparkEngine
from featurestore.config import SkewConfiguration
from tests.featurestore.checks.deliveries import Deliveries, Row, spent_by

EXPECT = ", ".join(
    [
        "{check: range, column: amount, min: 0, max: 100, severity: block}",
        "{check: matches, column: city, pattern: '[A-Z][a-z]+', severity: block}",
        "{check: unique, columns: [user, at], severity: block}",
        "{check: volume, severity: block}",
        "{check: stable, column: city, severity: block}",
        "{check: stable, column: amount}",
        "{check: stable, column: at, severity: block}",
    ]
)


def _in_cents(rows: list[Row]) -> list[Row]:
    return [{**row, "amount": row["amount"] * 1000, "city": row["city"].lower()} for row in rows[:40]]


def _found(shop: Deliveries) -> tuple[Mapping[str, Any], Any]:
    shop.declare(EXPECT, of_values="{check: range, min: 0}")
    shop.deliver_all(range(33))
    shop.stand_after(32)
    assert not shop.store().materialize().findings
    shop.deliver(33, _in_cents)
    shop.stand_after(33)
    report = shop.store().materialize()
    broken = {finding.subject: finding.numbers["broken"] for finding in report.findings}
    assert shop.spent_online() == spent_by("u1", [32])
    return broken, [table.held for table in report.tables]


def test_both_engines_hold_the_same_rows(tmp_path: Path, engine: SparkEngine) -> None:
    (tmp_path / "duckdb").mkdir()
    (tmp_path / "spark").mkdir()
    on_duckdb, held = _found(Deliveries(tmp_path / "duckdb"))
    assert {"orders:amount:range", "orders:city:matches", "orders:city:stable"} <= on_duckdb.keys()
    on_spark, held_on_spark = _found(Deliveries(tmp_path / "spark", session=engine.session))
    assert held == held_on_spark
    assert on_duckdb.keys() == on_spark.keys()
    for subject, days in on_duckdb.items():
        assert {day: _rounded(figures) for day, figures in days.items()} == {
            day: _rounded(figures) for day, figures in on_spark[subject].items()
        }, subject


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, apart from the files that it was found in. Sums of doubles are added up in another order; what
    they come to in limits is about as much."""
    return {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in figures.items()
        if name != "inputs"
    }


def _checked(shop: Deliveries) -> dict[str, Any]:
    """What a check run tells of values that are too large, and of three look-ups that were kept."""
    shop.declare("{check: range, column: amount, max: 90}", of_values="{check: range, max: 100}")
    shop.deliver_all(range(33))
    shop.stand_after(32)
    shop.store().materialize()
    store = shop.store()
    store.configuration = replace(store.configuration, skew=SkewConfiguration(1.0))
    for user in ("u1", "u2", "nobody"):
        store.get_online_features("offers", [{"user": user}])
    assert store.flush_usage()
    report = shop.store().checks.run()
    assert report.skew.agrees
    told = report.to_dict()
    return {name: told[name] for name in ("sources", "stability", "skew")} | {
        "broken": [(each["finding"], each["message"], each["rows"]) for each in told["broken"]]
    }


def test_a_check_run_tells_the_same_on_both_engines(tmp_path: Path, engine: SparkEngine) -> None:
    (tmp_path / "duckdb").mkdir()
    (tmp_path / "spark").mkdir()
    on_duckdb = _checked(Deliveries(tmp_path / "duckdb"))
    assert [subject for subject, _, _ in on_duckdb["broken"]] == [
        "orders:amount:range",
        "spending:spent_1d:range",
        "spending:spent_3d:range",
    ]
    (skew,) = on_duckdb["skew"]["views"]
    assert (skew["view"], skew["kept"], skew["recomputed"], skew["differing"]) == ("spending", 3, 3, 0)
    assert _checked(Deliveries(tmp_path / "spark", session=engine.session)) == on_duckdb
