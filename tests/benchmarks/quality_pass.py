"""What it costs to measure a source's days beside the tiles that are built of them, and what it would as columns of
tiles: the measurement of docs/decisions/0022."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from builders.duckdb.engine import DuckDBEngine
from builders.engine import SegmentTask
from builders.plan import Measure, ReadSource, tile_slot
from builders.profiles import MeasureDays, ReadRows
from builders.request import RelationFiles, RequestedColumn, needed_slots
from definitions.columns import feature_columns
from definitions.durations import DAY
from definitions.model import Entity, FeatureView, Source
from definitions.statistic import Statistic
from tests.benchmarks.report import ROUNDS, Figure, interleave, timed

DAYS: Final = 60
CHECKS: Final = 30
SOURCE: Final = Source.model_validate({
    "name": "events", "path": "events.parquet", "timestamp": "at",
    "columns": {"user": "bigint", "at": "timestamp", **{f"value_{place}": "double" for place in range(6)}},
})  # fmt: skip
ENTITY: Final = Entity.model_validate({"name": "user", "keys": {"user": "bigint"}})
VIEW: Final = FeatureView.model_validate({
    "name": "activity", "entity": "user", "source": "events",
    "features": [
        {"name": f"{agg}_{place}", "agg": agg, "of": f"value_{place}", "windows": ["7d", "28d"]}
        for place in range(6)
        for agg in ("sum", "max")
    ],
})  # fmt: skip


def pass_figures(scale: float) -> list[Figure]:
    """Building 60 days of tiles alone (the peer) against building them and counting what breaks 30 checks: in a pass of
    its own by day, and as columns of tiles."""
    folder = Path(tempfile.mkdtemp(prefix="quality_pass_"))
    try:
        return _figures(folder, round(10_000_000 * scale))
    finally:
        shutil.rmtree(folder)


def _figures(folder: Path, rows: int) -> list[Figure]:
    file = folder / "events.parquet"
    values = ", ".join(f"sqrt(hash(r * {7 + place}) % 1000000) AS value_{place}" for place in range(6))
    duckdb.sql(
        f"COPY (SELECT CAST(hash(r) % {max(rows // 50, 1)} AS BIGINT) AS user, {values}, "
        f"make_timestamp(r * {DAYS * DAY // rows}) AS at FROM range({rows}) t(r)) "
        f"TO '{file}' (FORMAT parquet)"
    )
    engine = DuckDBEngine()
    files = RelationFiles((engine.inspect_source(SOURCE, [file]),))
    columns = tuple(
        RequestedColumn(column.name, column, VIEW, SOURCE, ENTITY, ("user",))
        for column in feature_columns(VIEW, SOURCE)
    )
    ((table, slots),) = needed_slots(columns).items()
    conditions = [f"value_{place % 6} > {900 + place}" for place in range(CHECKS)]

    def build(measures: tuple[Measure, ...] = ()) -> None:
        target = folder / "tiles"
        target.mkdir()
        read = ReadSource("rows_events", table, files, 0, DAYS * DAY, slots, None, measures)
        engine.build_segments(read, tuple(tile_slot(slot, {}) for slot in slots), [SegmentTask(0, DAYS * DAY, target)])
        shutil.rmtree(target)

    def measured() -> None:
        statistics = (Statistic("rows"), *(Statistic("true", condition) for condition in conditions))
        engine.measure_days(MeasureDays(ReadRows(SOURCE, files, (0, DAYS * DAY)), statistics))
        build()

    riding = tuple(
        # A measure counts where an expression has no value, so this one has none where the check is broken.
        Measure(f"broken_{place}", f"case when not ({condition}) then 1 end")
        for place, condition in enumerate(conditions)
    )
    took = interleave(
        {"alone": timed(build), "by day": timed(measured), "riding": timed(partial(build, riding))}, ROUNDS
    )
    return [
        Figure("quality_days_beside_tiles", took["by day"], took["alone"], "s", ROUNDS),
        Figure("quality_columns_of_tiles", took["riding"], took["alone"], "s", ROUNDS),
    ]
