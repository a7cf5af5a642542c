"""What is suggested, once pasted in: it is read again, and the history that it came from is as it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.durations import BEGINNING, DAY
from definitions.load import load_repository
from featurestore.checks.check_relation import check_relation
from featurestore.survey import survey_source
from quality.judgement import Judgement
from tests.quality.suggesting import FIRST, Trips, rows_of

Make = Callable[[Random, int], Any]

MAKES: dict[str, tuple[str, Make]] = {
    "normal": ("double", lambda chance, day: chance.gauss(3, 2)),
    "heavy": ("double", lambda chance, day: chance.paretovariate(1.2)),
    "mostly_zero": ("double", lambda chance, day: max(0.0, chance.gauss(-2, 2))),
    "growing": ("double", lambda chance, day: day + chance.random()),
    "weekly": ("double", lambda chance, day: (day % 7) * 3.0 + chance.random()),
    "small": ("int", lambda chance, day: chance.choice([-2, 0, 1, 5])),
    "serial_no": ("bigint", lambda chance, day: chance.randrange(2**60, 2**61)),
    "word": ("string", lambda chance, day: chance.choice(["no", "yes", "1e5", "it's"])),
    "rare_word": ("string", lambda chance, day: "odd" if chance.random() < 0.003 else chance.choice("abc")),
    "code": ("string", lambda chance, day: f"{chance.choice('AB')}-{chance.randrange(1000):03d}.x"),
    "text": ("string", lambda chance, day: "".join(chance.choice("aé 1\n'") for _ in range(chance.randrange(9)))),
    "flag": ("boolean", lambda chance, day: chance.random() < 0.2),
    "always": ("boolean", lambda chance, day: True),
}


def _judged(trips: Trips, days: int) -> list[Judgement]:
    """Every check of every day of the history."""
    store = trips.store(days)
    store.apply()
    context = store._context
    source = context.applied().repository.sources["trips"]
    until = int(FIRST.timestamp() * 1_000_000) + days * DAY
    checked = check_relation(context, source, survey_source(context, source), [(BEGINNING, until)], until)
    return [judgement for each in checked for judgement in each.judgements]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(st.sampled_from(sorted(MAKES)), min_size=1, max_size=5, unique=True),
    days=st.sampled_from([2, 20, 34, 45]),
    rows=st.sampled_from([8, 60]),
    missing=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 10**6),
)
def test_suggestions_load_again_and_hold_on_the_history_they_came_from(
    names: list[str], days: int, rows: int, missing: float, seed: int
) -> None:
    def make(chance: Random, day: int) -> dict[str, Any]:
        values = {name: MAKES[name][1](chance, day) for name in names}
        # Values of the first column may be missing.
        return {**values, names[0]: None if chance.random() < missing else values[names[0]]}

    with TemporaryDirectory() as folder:
        trips = Trips(Path(folder), {name: MAKES[name][0] for name in names})
        trips.land(rows_of(make, days, rows, seed))
        (found,) = trips.suggestion(days).sources
        trips.declare(found.yaml)
        pasted = load_repository(trips.folder).repository.sources["trips"].expect
        assert pasted == tuple(each.check for each in found.suggested)
        broken = [each for each in _judged(trips, days) if each.figures is not None]
        assert [each for each in broken if each.check.severity == "block"] == []


def test_a_check_that_is_pasted_finds_what_is_wrong_with_the_next_day(tmp_path: Path) -> None:
    makes = {name: MAKES[name] for name in ("normal", "word", "code")}
    trips = Trips(tmp_path, {name: kind for name, (kind, _) in makes.items()})
    rows = rows_of(lambda chance, day: {name: make(chance, day) for name, (_, make) in makes.items()}, days=36)
    trips.land([row for row in rows if row["at"] < FIRST.replace(month=2, day=5)])
    (found,) = trips.suggestion(35).sources
    trips.declare(found.yaml)
    last = [row for row in rows if row["at"] >= FIRST.replace(month=2, day=5)]
    trips.land([{**row, "normal": row["normal"] + 9, "word": "maybe", "code": "A-1.x"} for row in last], "last")
    broken = {each.name for each in _judged(trips, 36) if each.figures is not None}
    assert {"normal:stable", "word:in_set", "code:matches"} <= broken


def test_spark_suggests_what_duckdb_does(tmp_path: Path) -> None:
    names = ("normal", "heavy", "small", "serial_no", "word", "code", "flag")
    trips = Trips(tmp_path, {name: MAKES[name][0] for name in names})
    trips.land(rows_of(lambda chance, day: {name: MAKES[name][1](chance, day) for name in names}, rows=40))
    (by_duckdb,) = trips.suggestion(35).sources
    (tmp_path / "featurestore.yaml").write_text("project: other\n", encoding="utf-8")
    for file in (tmp_path / ".featurestore").glob("registry*"):
        file.unlink()
    (by_spark,) = trips.suggestion(35, engine="spark").sources
    assert by_spark.suggested == by_duckdb.suggested and by_spark.yaml == by_duckdb.yaml
