"""The size of a join is estimated from a sample of rows, however skewed the keys are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.duckdb.engine import DuckDBEngine
from builders.engine import Spine
from builders.request import AskedSource, Meeting, RelationFiles, inspect_relation
from builders.tile_table import tile_table_of
from definitions.durations import BEGINNING
from definitions.model import Entity, FeatureView, Source
from definitions.relation import resolve_view

ENTITY = Entity.model_validate({"name": "customer", "keys": {"customer": "bigint"}})
SOURCE = Source.model_validate(
    {
        "name": "orders",
        "path": "orders.parquet",
        "timestamp": "at",
        "columns": {"buyer": "bigint", "at": "timestamp"},
    }
)
VIEW = FeatureView.model_validate(
    {
        "name": "v",
        "entity": "customer",
        "source": "orders",
        "every": "exact",
        "keys": {"customer": "buyer"},
        "features": [{"name": "n", "agg": "count"}],
    }
)
EVER = (BEGINNING, 2**62)
ROWS, ASKED = 400_000, 20_000


def _meeting(engine: DuckDBEngine, asked: AskedSource, spine: Spine) -> Meeting:
    (found,) = engine.sample_meetings([asked], spine)
    return found


def _keys(shape: str, size: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    if shape == "even":
        return random.integers(0, 5_000, size)
    return random.zipf(1.3, size) % 100_000


@pytest.mark.parametrize("shape", ["even", "skewed"])
def test_a_sample_tells_how_many_rows_a_spine_meets(tmp_path: Path, shape: str) -> None:
    rows, asked = _keys(shape, ROWS, 1), _keys(shape, ASKED, 2)
    pq.write_table(pa.table({"buyer": rows, "at": pa.array(np.zeros(ROWS, "int64")).cast(pa.timestamp("us"))}),
                   tmp_path / "orders.parquet")  # fmt: skip
    counts = np.bincount(rows, minlength=100_000)
    met, share = counts[asked].mean(), counts[np.unique(asked)].sum() / ROWS
    engine = DuckDBEngine()
    inspected = RelationFiles((engine.inspect_source(SOURCE, [tmp_path / "orders.parquet"]),))
    spine = engine.open_spine(pa.table({"id": asked}), None, {"id": ENTITY.keys["customer"]})
    found = _meeting(engine, AskedSource(tile_table_of(VIEW, SOURCE, ENTITY), inspected, (("id",),), EVER), spine)
    assert found.rows_met == pytest.approx(met, rel=0.1)
    assert found.asked_share == pytest.approx(share, rel=0.1)
    if shape == "skewed":
        assert met > 10 * ROWS / len(np.unique(rows)), "here averages would be far off"


def test_a_spine_of_unknown_entities_meets_next_to_nothing(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"buyer": [1] * 10, "at": pa.array([0] * 10, pa.timestamp("us"))}), tmp_path / "orders.parquet"
    )
    engine = DuckDBEngine()
    inspected = RelationFiles((engine.inspect_source(SOURCE, [tmp_path / "orders.parquet"]),))
    spine = engine.open_spine(pa.table({"id": [7, 8, None]}), None, {"id": ENTITY.keys["customer"]})
    found = _meeting(engine, AskedSource(tile_table_of(VIEW, SOURCE, ENTITY), inspected, (("id",),), EVER), spine)
    assert found.rows_met < 1
    assert found.asked_share < 0.1


def test_a_sample_finds_the_keys_that_a_dimension_has(tmp_path: Path) -> None:
    """Four orders in five are of a buyer whose region is known, and one region has three quarters of these."""
    buyers = [number % 5 for number in range(10_000)]
    at = pa.array([10] * len(buyers), pa.timestamp("us"))
    pq.write_table(pa.table({"buyer": buyers, "at": at}), tmp_path / "orders.parquet")
    known = pa.table({"buyer": [0, 1, 2, 3, 3], "region": [7, 7, 7, 8, 7], "at": pa.array([1, 1, 1, 1, 99], at.type)})
    pq.write_table(known, tmp_path / "buyers.parquet")
    dimension = Source.model_validate({
        "name": "buyers", "path": "buyers.parquet", "timestamp": "at",
        "columns": {"buyer": "bigint", "region": "bigint", "at": "timestamp"},
    })  # fmt: skip
    declared = {**VIEW.model_dump(), "join": {"source": "buyers", "on": "buyer"}, "keys": {"customer": "buyers.region"}}
    view = FeatureView.model_validate(declared | {"every": VIEW.every, "features": VIEW.features})
    source = resolve_view(view, {"orders": SOURCE, "buyers": dimension})
    engine = DuckDBEngine()
    files = inspect_relation(source, lambda read: engine.inspect_source(read, [tmp_path / read.path.split("/")[-1]]))
    spine = engine.open_spine(pa.table({"id": [7]}), None, {"id": ENTITY.keys["customer"]})
    found = _meeting(engine, AskedSource(tile_table_of(view, source, ENTITY), files, (("id",),), EVER), spine)
    assert found.asked_share == pytest.approx(0.6)
    assert found.rows_met == pytest.approx(6_000)


def test_sources_that_are_looked_at_together_are_told_apart(tmp_path: Path) -> None:
    engine = DuckDBEngine()
    asked = []
    for place, buyers in enumerate(([1] * 30, [1] * 10 + [2] * 10)):
        file = tmp_path / f"{place}.parquet"
        pq.write_table(pa.table({"buyer": buyers, "at": pa.array([0] * len(buyers), pa.timestamp("us"))}), file)
        files = RelationFiles((engine.inspect_source(SOURCE, [file]),))
        asked.append(AskedSource(tile_table_of(VIEW, SOURCE, ENTITY), files, (("id",),), EVER))
    spine = engine.open_spine(pa.table({"id": [1]}), None, {"id": ENTITY.keys["customer"]})
    together = engine.sample_meetings(asked, spine)
    assert together == [_meeting(engine, item, spine) for item in asked]
    assert [(found.rows, found.rows_met) for found in together] == [(30, 30.0), (20, 10.0)]
