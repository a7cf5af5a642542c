"""Sources in every form that they may have are read on Spark as DuckDB reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.spark.engine import SparkEngine
from definitions.errors import FeatureStoreError, SourceError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import bits

NOW = "2024-03-10T00:00:00"
REPOSITORY = """\
team: shop
entities: [{name: customer, keys: {customer: string}}]
sources:
  - {name: orders, path: PATH, timestamp: at, columns: {customer: string, amount: DOUBLE, at: TYPE}PARTITIONS}
feature_views:
  - name: orders
    entity: customer
    source: orders
    every: 1d
    features:
      - {name: orders, agg: count, windows: [7d]}
      - {name: spent, agg: sum, of: amount, windows: [7d]}
      - {name: latest, agg: last, of: amount}
"""
_PLAIN = {"TYPE": "timestamp", "DOUBLE": "double", "PARTITIONS": ""}
"""What the repository says where a form says nothing else."""

DOUBLE = pa.float64()
ROWS: list[dict[str, Any]] = [
    {"customer": "ann", "amount": 1.5, "at": datetime(2024, 3, 1, 23, 59, 59, 999_999, UTC)},
    {"customer": "ann", "amount": None, "at": datetime(2024, 3, 3, 12, tzinfo=UTC)},
    {"customer": "b, \"ob\"\\", "amount": -0.25, "at": datetime(1969, 12, 31, 23, 0, tzinfo=UTC)},
    {"customer": "é", "amount": 8.0, "at": datetime(2024, 3, 8, 0, 0, 0, 1, UTC)},
    {"customer": None, "amount": 9.0, "at": datetime(2024, 3, 8, tzinfo=UTC)},
    {"customer": "ann", "amount": 9.0, "at": None},
]  # fmt: skip


def _write(folder: Path, at: pa.DataType, amount: pa.DataType = DOUBLE) -> None:
    given = pa.Table.from_pylist(ROWS)
    table = pa.table(
        {
            "customer": given.column("customer"),
            "amount": given.column("amount").cast(amount, safe=False),
            "at": given.column("at").cast(pa.timestamp("us")).cast(at, safe=False),
        }
    )
    (folder / "data").mkdir()
    pq.write_table(table.slice(0, 3), folder / "data" / "one file.parquet")
    pq.write_table(table.slice(3), folder / "data" / "100% more.parquet")


def _csv(folder: Path) -> None:
    (folder / "data").mkdir()
    lines = ["at,extra,customer,amount"]
    for row in ROWS:
        at = "" if row["at"] is None else row["at"].replace(tzinfo=None).isoformat(sep=" ")
        name = "" if row["customer"] is None else '"' + row["customer"].replace('"', '""') + '"'
        lines.append(f"{at},x,{name},{'' if row['amount'] is None else row['amount']}")
    (folder / "data" / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _partitioned(folder: Path) -> None:
    for row in ROWS:
        if row["at"] is None or row["customer"] is None:
            continue
        place = folder / "data" / f"day={row['at'].date()}" / f"kind={'a%20b' if row['amount'] else 'c+d'}"
        place.mkdir(parents=True, exist_ok=True)
        schema = pa.schema({"customer": pa.string(), "amount": DOUBLE})
        held = {name: row[name] for name in schema.names}
        pq.write_table(pa.Table.from_pylist([held], schema), place / "part.parquet")


FORMS: dict[str, tuple[Callable[[Path], None], dict[str, str]]] = {
    "microseconds in UTC": (lambda folder: _write(folder, pa.timestamp("us", "UTC")), {}),
    "microseconds without a zone": (lambda folder: _write(folder, pa.timestamp("us")), {}),
    "nanoseconds": (lambda folder: _write(folder, pa.timestamp("ns")), {}),
    "milliseconds": (lambda folder: _write(folder, pa.timestamp("ms", "UTC")), {}),
    "days": (lambda folder: _write(folder, pa.date32()), {"TYPE": "date"}),
    "narrow numbers": (lambda folder: _write(folder, pa.timestamp("us"), pa.float32()), {}),
    "decimals": (lambda folder: _write(folder, pa.timestamp("us"), pa.decimal128(6, 2)), {"DOUBLE": "'decimal(10,3)'"}),
    "csv": (_csv, {"*.parquet": "*.csv"}),
    "folders": (
        _partitioned,
        {
            "data/*.parquet": "data/day=*/kind=*/*.parquet",
            "timestamp: at": "timestamp: day",
            ", at: TYPE}": "}",
            "PARTITIONS": ", partitions: {day: date, kind: string}",
        },
    ),
}


def _repository(folder: Path, changes: dict[str, str]) -> Path:
    text = REPOSITORY
    for old, new in [("PATH", "data/*.parquet"), *changes.items(), *_PLAIN.items()]:
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    (folder / "featurestore.yaml").write_text("project: forms\n")
    (folder / "orders.yaml").write_text(text, encoding="utf-8")
    return folder


def _values(folder: Path, engine: SparkEngine | None) -> Any:
    """The survey of the source, and what is known of everybody, from the source."""
    session = None if engine is None else engine.session
    store = FeatureStore(folder, clock=FixedClock(NOW), spark=session)
    store.apply()
    context = store._context
    (source,) = store.validate().repository.sources.values()
    files = [Path(held) for held in context.source_files(source).members[0].files]
    surveyed = sorted(
        (item.path, item.rows, item.null_timestamps, item.days) for item in context.engine.survey(source, files)
    )
    return surveyed, bits(store.get_features_as_of(NOW, ["orders:*"]).to_arrow().to_pydict())


@pytest.mark.parametrize("form", FORMS)
def test_a_source_is_read_alike_whatever_its_form(tmp_path: Path, engine: SparkEngine, form: str) -> None:
    write, changes = FORMS[form]
    folder = _repository(tmp_path / "repository", changes)
    write(folder)
    surveyed, values = _values(folder, engine)
    assert (surveyed, values) == _values(folder, None)
    assert len(values["customer"]) == 3


def test_many_files_are_listed_without_a_job(tmp_path: Path, engine: SparkEngine) -> None:
    folder = _repository(tmp_path / "repository", {})
    (folder / "data").mkdir()
    for place in range(40):
        pq.write_table(
            pa.Table.from_pylist([{**ROWS[0], "customer": f"c{place}"}]), folder / "data" / f"{place}.parquet"
        )
    _, values = _values(folder, engine)
    assert len(values["customer"]) == 40
    held: Any = engine.session
    jobs = held.sparkContext._jsc.sc().statusStore().jobsList(None)
    told = [str(jobs.apply(place).description()) for place in range(jobs.size())]
    assert not [said for said in told if "Listing leaf files" in said]


DAY = [date(2024, 1, 1)]
SPOILT: dict[str, dict[str, list[Any]] | None] = {
    "write it again": None,
    "no column 'amount'": {"customer": ["a"], "at": DAY},
    "column 'amount' in .* is STRING, declared as double": {"customer": ["a"], "amount": ["x"], "at": DAY},
}


@pytest.mark.parametrize("said", SPOILT)
def test_files_that_are_not_as_declared_are_named(tmp_path: Path, engine: SparkEngine, said: str) -> None:
    folder = _repository(tmp_path / "repository", {})
    _write(folder, pa.timestamp("us"))
    file, columns = folder / "data" / "one file.parquet", SPOILT[said]
    if columns is None:
        file.write_bytes(b"PAR1 no more")
    else:
        pq.write_table(pa.table(columns), file)
    with pytest.raises(SourceError, match=said) as raised:
        _values(folder, engine)
    assert "one file.parquet" in str(raised.value)
    with pytest.raises(FeatureStoreError):
        _values(folder, None)
