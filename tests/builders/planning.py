"""A small repository to plan over without any data: flights, weather and planes in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from builders.answers import FramePlan
from builders.duckdb.engine import DuckDBEngine
from builders.engine_traits import MergeScope
from builders.planner import Form, SpineColumns, plan_frame
from builders.request import (
    Inputs,
    Meeting,
    RequestedColumn,
    SourceFiles,
    SpineShape,
    StoredBase,
    StoredSegment,
    inspect_relation,
    needed_slots,
)
from builders.tile_table import TileTable
from definitions.columns import feature_columns
from definitions.durations import DAY
from definitions.model import Entity, FeatureView, Source
from definitions.relation import resolve_view

AIRPORT = Entity.model_validate({"name": "airport", "keys": {"airport": "string"}})
FLIGHTS = Source.model_validate(
    {
        "name": "flights",
        "path": "data/flights.parquet",
        "timestamp": "arrived_at",
        "columns": {
            "dest": "string",
            "arr_delay": "double",
            "distance": "bigint",
            "cancelled": "boolean",
            "tailnum": "string",
            "arrived_at": "timestamp",
        },
    }
)
ARRIVALS = FeatureView.model_validate(
    {
        "name": "arrivals",
        "entity": "airport",
        "source": "flights",
        "every": "1d",
        "delay": "1h",
        "keys": {"airport": "dest"},
        "features": [
            {"name": "flights", "agg": "count", "windows": ["1d", "7d"]},
            {"name": "arr_delay", "agg": "mean", "of": "arr_delay", "where": "not cancelled", "windows": ["7d"]},
            {"name": "worst", "agg": "max", "of": "arr_delay", "windows": ["7d"]},
        ],
    }
)
LATEST = FeatureView.model_validate(
    {
        "name": "latest",
        "entity": "airport",
        "source": "flights",
        "every": "exact",
        "keys": {"airport": "dest"},
        "features": [{"name": "distance", "agg": "last", "of": "distance", "ttl": "3d"}],
    }
)
ENDLESS = FeatureView.model_validate(
    {
        "name": "endless",
        "entity": "airport",
        "source": "flights",
        "every": "1d",
        "keys": {"airport": "dest"},
        "features": [
            {"name": "flights", "agg": "count", "windows": ["7d"]},
            {"name": "flights_ever", "agg": "count"},
            {"name": "arr_delay", "agg": "sum", "of": "arr_delay"},
            {"name": "worst", "agg": "max", "of": "arr_delay"},
            {"name": "farthest", "agg": "last", "of": "distance"},
        ],
    }
)
HABITS = FeatureView.model_validate(
    {
        "name": "habits",
        "entity": "airport",
        "source": "flights",
        "every": "1d",
        "keys": {"airport": "dest"},
        "features": [
            {"name": "delay", "agg": "stddev", "of": "arr_delay", "windows": ["7d"]},
            {"name": "typical", "agg": "quantile", "quantile": 0.5, "of": "arr_delay", "windows": ["7d", "28d"]},
            {"name": "distances", "agg": "count_distinct", "of": "distance", "windows": ["7d"]},
            {"name": "latest", "agg": "last_n", "n": 3, "of": "arr_delay", "windows": ["28d"]},
            {"name": "usual", "agg": "most_frequent", "n": 2, "of": "distance", "where": "not cancelled"},
            {"name": "by_distance", "agg": "count", "by": "distance", "top": 5, "where": "not cancelled"},
        ],
    }
)
OLD_FLIGHTS = Source.model_validate(
    {
        "name": "old_flights",
        "path": "data/old/*.csv",
        "timestamp": "arrived_at",
        "columns": {name: column.type for name, column in FLIGHTS.columns.items()},
    }
)
ALL_FLIGHTS = Source.model_validate({"name": "all_flights", "union": ["old_flights", "flights"]})
PLANES = Source.model_validate(
    {
        "name": "planes",
        "path": "data/planes.parquet",
        "timestamp": "known_at",
        "tiebreak": "entry",
        "columns": {"tailnum": "string", "seats": "int", "maker": "string", "entry": "bigint", "known_at": "timestamp"},
    }
)
SEATS = FeatureView.model_validate(
    {
        "name": "seats",
        "entity": "airport",
        "source": "flights",
        "join": {"source": "planes", "on": "tailnum"},
        "every": "1d",
        "keys": {"airport": "dest"},
        "features": [
            {"name": "seats", "agg": "sum", "of": "planes.seats", "where": "not cancelled", "windows": ["7d"]},
            {"name": "flights", "agg": "count", "windows": ["7d"]},
        ],
    }
)
SOURCES = {source.name: source for source in (FLIGHTS, OLD_FLIGHTS, ALL_FLIGHTS, PLANES)}
SPINE = SpineShape(1_000, 100 * DAY, 130 * DAY, {"airport": 100})


def requested(
    *views: FeatureView, source: Source | None = None, keys: Sequence[str] = ("airport",)
) -> tuple[RequestedColumn, ...]:
    """Every column of the views, named `<view>_<column>`; `source` stands in the place of what they read."""
    return tuple(
        RequestedColumn(f"{view.name}_{column.name}", column, view, read, AIRPORT, tuple(keys))
        for view in views
        for read in (source or resolve_view(view, SOURCES),)
        for column in feature_columns(view, read)
    )


def stored_days(
    columns: tuple[RequestedColumn, ...], start: int, end: int
) -> dict[TileTable, tuple[StoredSegment, ...]]:
    """One segment a table that holds all slots from day `start` to day `end`."""
    return {
        table: (
            StoredSegment(
                start * DAY,
                end * DAY,
                f"offline/{table.label}/tiles.parquet",
                {slot.name: (0,) if slot.is_in_limbs else () for slot in slots},
                50_000,
                500,
            ),
        )
        for table, slots in needed_slots(columns).items()
    }


def _inspect(source: Source) -> SourceFiles:
    """One file a source, by its path."""
    return SourceFiles((source.path.replace("*", "0"),), "TIMESTAMP", 336_776)


def base_at(columns: tuple[RequestedColumn, ...], day: int, slots: Sequence[str] | None = None) -> StoredBase:
    """A base of all slots of one table, or of those named, at the beginning of a day."""
    held = {slot.name: slot for of_table in needed_slots(columns).values() for slot in of_table}
    limbs = {name: (0,) if held[name].is_in_limbs else () for name in (held if slots is None else slots)}
    return StoredBase(day * DAY, f"offline/base_{day}.parquet", limbs, 400, 3)


def plan(
    columns: tuple[RequestedColumn, ...],
    form: Form | None = None,
    segments: Mapping[TileTable, tuple[StoredSegment, ...]] | None = None,
    scope: MergeScope = "table",
    rows: int = SPINE.rows,
    bases: Sequence[StoredBase] = (),
    moves_rows: bool = False,
) -> FramePlan:
    """The plan for a spine of so many rows over days 100 to 130; for an engine that moves rows, if asked for."""
    inputs = Inputs(
        segments or {},
        lambda source: inspect_relation(source, _inspect),
        lambda asked: [Meeting(336_776, 37_000, 365 * DAY, 1.0, 336_776 / 105) for _ in asked],
        {},
        replace(DuckDBEngine.traits, moves_rows=moves_rows, merge_scope=scope),
        lambda _: bases,
    )
    return plan_frame(
        columns, SpineColumns((), "event_timestamp", "TIMESTAMP"), replace(SPINE, rows=rows), inputs, form
    )
