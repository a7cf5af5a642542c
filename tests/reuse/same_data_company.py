"""Forty features that carry what others carry, through other files, units and granularity, and forty that only look so:
of users whose activity follows Zipf, where a count and a sum are nearly one line."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant

NOW: Final = "2024-03-31T12:00:00Z"
_START: Final = parse_instant("2024-02-01T00:00:00Z")
_HOUR: Final = 3_600_000_000
_DAYS: Final = 59
_ROWS: Final = 30_000
_USERS: Final = 1_500

_THERE: Final = [
    {"name": "orders", "agg": "count"},
    {"name": "spent", "agg": "sum", "of": "amount"},
    {"name": "amount", "agg": "mean", "of": "amount"},
    {"name": "most", "agg": "max", "of": "amount"},
    {"name": "least", "agg": "min", "of": "amount"},
    {"name": "spread", "agg": "stddev", "of": "amount"},
    {"name": "returned", "agg": "mean", "of": "returned"},
    {"name": "minutes", "agg": "sum", "of": "minutes"},
]
_WINDOWS: Final = ["7d", "28d"]

_SAME: Final = [
    # From a copy of the rows, in cents and seconds.
    {"name": "cents", "agg": "sum", "of": "cents"},
    {"name": "mean_cents", "agg": "mean", "of": "cents"},
    {"name": "top_cents", "agg": "max", "of": "cents"},
    {"name": "low_cents", "agg": "max", "of": "-cents"},
    {"name": "log_top", "agg": "max", "of": "ln(cents)"},
    {"name": "spread_cents", "agg": "stddev", "of": "cents / 7"},
    {"name": "variance_cents", "agg": "variance", "of": "cents"},
    {"name": "kept", "agg": "mean", "of": "not sent_back"},
    {"name": "kept_odds", "agg": "mean", "of": "case when sent_back then 3 when not sent_back then 11 end"},
    {"name": "seconds", "agg": "sum", "of": "seconds"},
    {"name": "hours", "agg": "sum", "of": "seconds / 3600"},
    {"name": "rows_there", "agg": "count", "of": "buyer"},
    {"name": "twos", "agg": "sum", "of": "case when cents > 0 then 2 end"},
    {"name": "root_low", "agg": "min", "of": "sqrt(cents)"},
    {"name": "top_moved", "agg": "max", "of": "cents - 12345"},
    {"name": "mean_moved", "agg": "mean", "of": "cents * 3 + 100"},
]
_SAME_BY_HOUR: Final = [
    {"name": "by_hour", "agg": "sum", "of": "total"},
    {"name": "count_by_hour", "agg": "sum", "of": "number"},
    {"name": "most_by_hour", "agg": "max", "of": "most"},
    {"name": "least_by_hour", "agg": "min", "of": "least"},
]

_OTHER: Final = [
    {"name": "log_sum", "agg": "sum", "of": "ln(cents)"},
    {"name": "root_mean", "agg": "mean", "of": "sqrt(cents)"},
    {"name": "big", "agg": "count", "where": "cents > 5000"},
    {"name": "most_sent_back", "agg": "max", "of": "cents", "where": "not sent_back"},
    {"name": "spent_kept", "agg": "sum", "of": "cents", "where": "not sent_back"},
    {"name": "squares", "agg": "mean", "of": "cents * cents"},
    {"name": "long", "agg": "sum", "of": "seconds", "where": "seconds > 30"},
    {"name": "last_cents", "agg": "last", "of": "cents"},
    {"name": "median", "agg": "quantile", "quantile": 0.5, "of": "cents"},
    {"name": "half_kept", "agg": "mean", "of": "not sent_back", "where": "cents > 5000"},
    {"name": "rounded", "agg": "sum", "of": "floor(cents / 1000)"},
    {"name": "loose", "agg": "sum", "of": "cents * seconds"},
]
_OTHER_WINDOWS: Final = [
    {"name": "spent_near", "agg": "sum", "of": "cents", "windows": ["8d", "30d"]},
    {"name": "orders_near", "agg": "count", "windows": ["6d", "27d"]},
    {"name": "mean_near", "agg": "mean", "of": "cents", "windows": ["8d", "29d"]},
    {"name": "most_near", "agg": "max", "of": "cents", "windows": ["9d", "30d"]},
]
_OTHER_DELAY: Final = [
    {"name": "spent_late", "agg": "sum", "of": "cents"},
    {"name": "orders_late", "agg": "count"},
    {"name": "mean_late", "agg": "mean", "of": "cents"},
    {"name": "minutes_late", "agg": "sum", "of": "seconds"},
]


def write_same_data_company(root: Path) -> FeatureStore:
    """A store in which `user_orders` is materialized and views of copies of its rows are written, not applied."""
    root.mkdir(parents=True)
    (root / "featurestore.yaml").write_text("project: same_data\n")
    _write_rows(root / "data")
    shared = {"entities": [{"name": "user", "keys": {"user": "bigint"}}], "sources": [_source("orders", _COLUMNS)]}
    view = _view("user_orders", "orders", "user", _THERE)
    _write(root / "there.yaml", {"team": "sales", **shared, "feature_views": [view]})
    store = FeatureStore(root, clock=FixedClock(NOW))
    store.apply()
    store.materialize(publish=False)
    copies = [_source("copied", _COPIED), _source("hourly", _HOURLY)]
    views = [
        _view("same", "copied", "buyer", _SAME),
        _view("same_by_hour", "hourly", "buyer", _SAME_BY_HOUR),
        _view("other", "copied", "buyer", _OTHER),
        _view("other_windows", "copied", "buyer", _OTHER_WINDOWS),
        {**_view("other_delay", "copied", "buyer", _OTHER_DELAY), "delay": "13h"},
    ]
    entities = [{"name": "person", "keys": {"buyer": "bigint"}}]
    _write(root / "again.yaml", {"team": "growth", "entities": entities, "sources": copies, "feature_views": views})
    return store


_COLUMNS: Final = {
    "user": "bigint", "amount": "double", "returned": "boolean", "minutes": "double", "known_at": "timestamp",
}  # fmt: skip
_COPIED: Final = {
    "buyer": "bigint", "cents": "double", "sent_back": "boolean", "seconds": "double", "known_at": "timestamp",
}  # fmt: skip
_HOURLY: Final = {
    "buyer": "bigint", "total": "double", "number": "bigint", "most": "double", "least": "double",
    "known_at": "timestamp",
}  # fmt: skip


def _write_rows(folder: Path) -> None:
    random = Random(5)
    folder.mkdir()
    users = [min(int(random.paretovariate(0.9)), _USERS) for _ in range(_ROWS)]
    times = [_START + random.randrange(_DAYS * 24) * _HOUR + random.randrange(_HOUR) for _ in range(_ROWS)]
    amounts = [float(random.randint(100, 20_000)) / 100 for _ in range(_ROWS)]
    returned = [random.random() < 0.3 for _ in range(_ROWS)]
    minutes = [random.uniform(0.1, 4) for _ in range(_ROWS)]
    stamps = pa.array(times, pa.timestamp("us"))
    first = {"user": users, "amount": amounts, "returned": returned, "minutes": minutes}
    pq.write_table(pa.table({**first, "known_at": stamps}), folder / "orders.parquet")
    cents = [amount * 100 for amount in amounts]
    copied = {"buyer": users, "cents": cents, "sent_back": returned, "seconds": [each * 60 for each in minutes]}
    pq.write_table(pa.table({**copied, "known_at": stamps}), folder / "copied.parquet")
    hours: dict[tuple[int, int], list[float]] = {}
    for user, moment, amount in zip(users, times, amounts, strict=True):
        hours.setdefault((user, moment // _HOUR * _HOUR), []).append(amount)
    by_hour = {
        "buyer": [user for user, _ in hours],
        "total": [sum(held) for held in hours.values()],
        "number": [len(held) for held in hours.values()],
        "most": [max(held) for held in hours.values()],
        "least": [min(held) for held in hours.values()],
        "known_at": pa.array([hour for _, hour in hours], pa.timestamp("us")),
    }
    pq.write_table(pa.table(by_hour), folder / "hourly.parquet")


def _source(name: str, columns: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "path": f"data/{name}.parquet", "timestamp": "known_at", "columns": columns}


def _view(name: str, source: str, key: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    entity = "user" if key == "user" else "person"
    windowed = [{"windows": _WINDOWS, **feature} for feature in features]
    return {
        "name": name, "entity": entity, "source": source, "every": "1d", "delay": "1h", "features": windowed,
    }  # fmt: skip


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False))
