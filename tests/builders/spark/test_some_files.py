"""Before anything is planned some files are looked at, as many of a billion rows as of a million."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.request import AskedSource, RelationFiles
from builders.spark import some_files
from builders.spark.engine import SparkEngine
from builders.spark.some_files import choose_files, middle_stretch
from builders.tile_table import tile_table_of
from definitions.durations import BEGINNING, DAY
from definitions.model import FeatureView, Source
from tests.builders.test_meeting import ENTITY, EVER, SOURCE, VIEW

DAYS, ROWS = 40, 500
LAST_WEEK = ((DAYS - 7) * DAY, DAYS * DAY)


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(some_files, "ENOUGH", 2_000)


def _daily_files(folder: Path, kind: pa.DataType) -> tuple[Source, RelationFiles]:
    """500 orders of 100 buyers a day."""
    random = np.random.default_rng(1)
    paths = []
    for day in range(DAYS):
        at = pa.array(np.sort(random.integers(day * DAY, (day + 1) * DAY, ROWS))).cast(pa.timestamp("us")).cast(
            kind, safe=False
        )  # fmt: skip
        paths.append(folder / f"day_{day:02}.parquet")
        pq.write_table(pa.table({"buyer": random.integers(0, 100, ROWS), "at": at}), paths[-1])
    source = SOURCE.model_copy(update={"path": "day_*.parquet"})
    return source, RelationFiles((SparkEngine().inspect_source(source, paths),))


@pytest.mark.parametrize(
    "kind", [pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.timestamp("ms"), pa.date32()], ids=str
)
def test_few_files_of_the_range_stand_for_all_of_it(tmp_path: Path, kind: pa.DataType) -> None:
    source, files = _daily_files(tmp_path, kind)
    ever = choose_files(source, files, EVER)
    assert len(ever.files.members[0].files) == 4
    assert ever.share == pytest.approx(0.1)
    assert ever.span == pytest.approx(DAYS * DAY, rel=0.05)
    recent = choose_files(source, files, LAST_WEEK).files.members[0].files
    assert [Path(name).stem for name in recent] == [f"day_{day}" for day in range(DAYS - 7, DAYS)]


def test_all_files_are_looked_at_where_they_are_few_or_say_nothing(tmp_path: Path) -> None:
    source, files = _daily_files(tmp_path, pa.timestamp("us"))
    first_days = choose_files(source, files, (BEGINNING, 3 * DAY))
    assert (first_days.files, first_days.share) == (files, 1.0)
    silent = tmp_path / "day_20.parquet"
    pq.write_table(pq.read_table(silent), silent, write_statistics=False)
    assert choose_files(source, files, EVER).files == files


def test_what_some_files_meet_tells_what_all_of_them_meet(tmp_path: Path, engine: SparkEngine) -> None:
    source, files = _daily_files(tmp_path, pa.timestamp("us"))
    view = FeatureView.model_validate(VIEW.model_dump() | {"every": "1d", "features": VIEW.features})
    table = tile_table_of(view, source, ENTITY)
    spine = engine.open_spine(pa.table({"id": list(range(50))}), None, {"id": ENTITY.keys["customer"]})
    for within, days in ((EVER, DAYS), (LAST_WEEK, 7)):
        (found,) = engine.sample_meetings([AskedSource(table, files, (("id",),), within)], spine)
        assert found.rows == pytest.approx(days * ROWS, rel=0.05)
        # Nearly every buyer has an order every day.
        assert found.tiles == pytest.approx(days * 100, rel=0.1)
        assert found.span == pytest.approx(days * DAY, rel=0.05)
        assert found.asked_share == pytest.approx(0.5, rel=0.1)
        assert found.rows_met == pytest.approx(days * ROWS / 100, rel=0.15)


def test_the_middle_of_the_middle_file_stands_for_a_large_file(tmp_path: Path) -> None:
    source, files = _daily_files(tmp_path, pa.timestamp("us"))
    (member,) = files.members
    one_day, within = middle_stretch(source, files, EVER, DAY)
    assert [Path(name).stem for name in one_day.members[0].files] == [f"day_{DAYS // 2}"]
    assert within == (DAYS // 2 * DAY, (DAYS // 2 + 1) * DAY)

    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.concat_tables(pq.read_table(name) for name in member.files), whole)
    large = RelationFiles((SparkEngine().inspect_source(source, [whole]),))
    chosen, (start, end) = middle_stretch(source, large, EVER, DAY)
    assert chosen == large
    assert start % DAY == end % DAY == 0
    assert start < DAYS // 2 * DAY < end
    assert end - start == 4 * DAY  # 500 rows a day, 2,000 are enough
    assert middle_stretch(source, large, LAST_WEEK, DAY)[1][0] >= LAST_WEEK[0]


def test_a_file_that_says_nothing_is_looked_at_whole(tmp_path: Path) -> None:
    source, files = _daily_files(tmp_path, pa.timestamp("us"))
    (member,) = files.members
    silent = tmp_path / "silent.parquet"
    pq.write_table(pq.read_table(member.files[0]), silent, write_statistics=False)
    chosen = RelationFiles((SparkEngine().inspect_source(source, [silent]),))
    assert middle_stretch(source, chosen, EVER, DAY) == (chosen, EVER)
