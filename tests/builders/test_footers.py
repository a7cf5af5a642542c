"""A file's footer tells what it holds by day, or nothing; never anything else than its rows would."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.duckdb.engine import DuckDBEngine
from builders.footers import days_by_footer
from builders.tasks import survey
from definitions.durations import DAY
from definitions.model import Source
from definitions.types import parse_type

HOUR = DAY // 24
KINDS = {
    "timestamp": [
        pa.timestamp("us", "UTC"),
        pa.timestamp("us"),
        pa.timestamp("ms"),
        pa.timestamp("ns"),
        pa.timestamp("s"),
    ],
    "date": [pa.date32()],
}


def _source(kind: str = "timestamp") -> Source:
    columns = {"at": parse_type(kind), "amount": parse_type("double")}
    return Source.model_validate({"name": "events", "path": "*.parquet", "timestamp": "at", "columns": columns})


def _write(file: Path, instants: list[int | None], kind: pa.DataType, group: int = 1_000, **options: Any) -> Path:
    at = pa.array(instants, pa.int64())
    if pa.types.is_date32(kind):
        at = pa.array([None if instant is None else instant // DAY for instant in instants], pa.int32()).cast(kind)
    else:
        at = at.cast(pa.timestamp("us")).cast(kind, safe=False)
    table = pa.table({"at": at, "amount": pa.array([1.0] * len(instants))})
    pq.write_table(table, file, row_group_size=group, **options)
    return file


INSTANTS = st.lists(st.one_of(st.none(), st.integers(-3 * DAY, 3 * DAY)), min_size=1, max_size=12)


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in KINDS.items() for kind in kinds], ids=str)
@given(instants=INSTANTS, in_order=st.booleans(), group=st.integers(1, 5))
def test_a_footer_says_what_the_rows_say(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    kind: pa.DataType,
    instants: list[int | None],
    in_order: bool,
    group: int,
) -> None:
    if in_order:
        instants = sorted(instants, key=lambda instant: (instant is None, instant or 0))
    file = _write(tmp_path_factory.mktemp("file") / "events.parquet", instants, kind, group)
    source, engine = _source(name), DuckDBEngine()
    told = days_by_footer(source, file)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(survey, "days_by_footer", lambda *_: None)
        (read,) = engine.survey(source, [file])
    if told is not None:
        assert told == read
    # What is in the file: seconds and milliseconds are cut towards 1970.
    if len(read.days) + bool(read.null_timestamps) == 1:
        assert told == read
    assert engine.survey(source, [file]) == [read]


def test_row_groups_of_several_days_are_read_and_the_others_not(tmp_path: Path) -> None:
    of_days = _write(tmp_path / "days.parquet", [HOUR, 2 * HOUR, DAY, DAY + HOUR], pa.timestamp("us"), group=2)
    told = days_by_footer(_source(), of_days)
    assert told is not None
    assert told.days == {0: (2, HOUR, 2 * HOUR), 1: (2, DAY, DAY + HOUR)}
    over_midnight = _write(tmp_path / "night.parquet", [HOUR, DAY], pa.timestamp("us"))
    assert days_by_footer(_source(), over_midnight) is None
    found = DuckDBEngine().survey(_source(), [over_midnight, of_days])
    assert [Path(item.path).stem for item in found] == ["night", "days"]
    assert found[0].days == {0: (1, HOUR, HOUR), 1: (1, DAY, DAY)}


def test_a_footer_that_says_nothing_or_something_else_tells_nothing(tmp_path: Path) -> None:
    source, at = _source(), [HOUR]
    assert (
        days_by_footer(source, _write(tmp_path / "a.parquet", at, pa.timestamp("us"), write_statistics=False)) is None
    )
    assert days_by_footer(source, _write(tmp_path / "b.parquet", [2**63 - 1], pa.timestamp("us"))) is None
    assert days_by_footer(source.model_copy(update={"timestamp": None}), tmp_path / "a.parquet") is None
    in_folders = source.model_copy(update={"partitions": {"at": source.columns["at"]}})
    assert days_by_footer(in_folders, tmp_path / "a.parquet") is None
    assert days_by_footer(source.model_copy(update={"format": "csv"}), tmp_path / "a.parquet") is None


def test_a_day_is_one_of_utc(tmp_path: Path) -> None:
    late = int(datetime(1969, 12, 31, 23, 30, tzinfo=UTC).timestamp()) * 1_000_000
    told = days_by_footer(_source(), _write(tmp_path / "late.parquet", [late], pa.timestamp("us", "America/New_York")))
    assert told is not None
    assert list(told.days) == [(date(1969, 12, 31) - date(1970, 1, 1)).days]
