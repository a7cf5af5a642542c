"""A source of a few columns with a history, and what is suggested to expect of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from featurestore import FeatureStore
from featurestore.checks.source_suggestion import SourceSuggestion
from featurestore.checks.suggest import Suggestion, suggest_expectations
from featurestore.clock import FixedClock

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
MakeRow = Callable[[Random, int], Row]
"""The columns beside the key and the instant, of a row of day number so-and-so."""

_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(), "double": pa.float64(), "bigint": pa.int64(), "int": pa.int32(), "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"), "date": pa.date32(), "decimal(10,2)": pa.decimal128(10, 2),
}  # fmt: skip


class Trips:
    """A folder with a source of trips, `columns` of whose are declared beside `rider` and `at`."""

    def __init__(self, folder: Path, columns: Mapping[str, Any], **of_source: Any) -> None:
        self.folder = folder
        self.columns = {"rider": "string", **columns, "at": "timestamp"}
        self.of_source = of_source
        folder.mkdir(parents=True, exist_ok=True)
        settings = "project: trips\nengine: {threads: 1, memory_limit: 512MB}\n"
        (folder / "featurestore.yaml").write_text(settings, encoding="utf-8")
        self.declare()

    def declare(self, expected: str = "") -> None:
        """Declare the source with what is expected of it, as pasted."""
        source = {
            "name": "trips",
            "path": "data/*.parquet",
            "timestamp": "at",
            "columns": self.columns,
            **self.of_source,
        }
        head = yaml.safe_dump({"entities": [{"name": "rider", "keys": {"rider": "string"}}]}, sort_keys=False)
        body = yaml.safe_dump([source], sort_keys=False, width=10_000)
        indented = "".join(f"  {line}\n" for line in body.splitlines())
        view = (
            "feature_views:\n  - {name: riders, entity: rider, source: trips, features: [{name: trips, agg: count}]}\n"
        )
        (self.folder / "trips.yaml").write_text(f"{head}sources:\n{indented}{expected}{view}", encoding="utf-8")

    def land(self, rows: Sequence[Row], name: str = "all", folder: str = "data") -> None:
        """Let a file of rows arrive."""
        types = {column: kind if isinstance(kind, str) else kind["type"] for column, kind in self.columns.items()}
        schema = pa.schema([(column, _TYPES[kind]) for column, kind in types.items()])
        (self.folder / folder).mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows), schema), self.folder / folder / f"{name}.parquet")

    def store(self, days: int, engine: Any = None) -> FeatureStore:
        """A store at the end of so many days."""
        return FeatureStore(self.folder, clock=FixedClock(FIRST + timedelta(days=days)), engine=engine)

    def suggestion(self, days: int, engine: Any = None) -> Suggestion:
        """What is suggested at the end of so many days."""
        store = self.store(days, engine)
        store.apply()
        return suggest_expectations(store._context, store._context.applied(), "riders", full=False)


def rows_of(make: MakeRow, days: int = 35, rows: int = 60, seed: int = 1) -> list[Row]:
    """Rows of days in their order, at any time of the day."""
    chance, made = Random(seed), []
    for day in range(days):
        instants = sorted(chance.randrange(86_400) for _ in range(rows))
        for instant in instants:
            known = {"rider": f"r{chance.randrange(40)}", "at": FIRST + timedelta(days=day, seconds=instant)}
            made.append({**known, **make(chance, day)})
    return made


def suggested(
    folder: Path, columns: Mapping[str, Any], make: MakeRow, days: int = 35, rows: int = 60, **of_source: Any
) -> SourceSuggestion:
    """What is suggested of rows that are made one by one."""
    trips = Trips(folder, columns, **of_source)
    trips.land(rows_of(make, days, rows))
    (found,) = trips.suggestion(days).sources
    return found


def checks(found: SourceSuggestion, kind: str, column: str | None = None) -> list[Row]:
    """The suggestions of a kind, about one column if it is named, as YAML has them, without their kind."""
    plain = [each.check.model_dump(mode="json", exclude_defaults=True) for each in found.suggested]
    return [
        {name: value for name, value in each.items() if name not in ("check", "column", "severity")}
        for each in plain
        if each["check"] == kind and column in (None, each.get("column"))
    ]


def cents(chance: Random) -> Decimal:
    """Some amount of money."""
    return Decimal(chance.randrange(100, 9_999)) / 100


def some_day(chance: Random, day: int) -> date:
    """A day of the week before."""
    return (FIRST + timedelta(days=day - chance.randrange(7))).date()
