"""Six hundred checks of six hundred features, against plain Great Expectations on pandas and on Spark.

Both sides begin with the same frame in memory, on Spark cached, and end with a verdict a check; they must agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from builders.duckdb.connection import DuckDBSettings
from builders.duckdb.engine import DuckDBEngine
from builders.engine import Engine
from builders.spark.engine import SparkEngine
from definitions.expectation import Check, Relation
from definitions.types import DataType
from quality.gx import expectation_of, load_great_expectations, open_context
from quality.gx_translation import as_great_expectation
from quality.row_checks import row_check
from tests.benchmarks import datasets
from tests.benchmarks.quality_data import FEATURES, ROWS, make_checked_frame
from tests.benchmarks.report import Figure, Timer, interleave
from tests.benchmarks.spark_measure import spark_settings, start_session

if TYPE_CHECKING:
    from builders.engine import SpineData

_ROUNDS: Final = 3
_GOAL: Final = 10.0
_MISSING: Final = "either_value_is_missing"

Checks = Sequence[tuple[Check, str]]
Verdicts = list[bool]
"""Whether each check holds, in their order."""


def pandas_figures(scale: float) -> list[Figure]:
    """On one machine: ours on DuckDB."""
    given = make_checked_frame(int(ROWS * scale), FEATURES)
    ours = our_verdicts(DuckDBEngine(DuckDBSettings(threads=2)), given.frame, given.types, given.checks)
    theirs = their_verdicts("add_pandas", given.frame, given.checks)
    return [_compare("quality_vs_ge_pandas", ours, theirs)]


def spark_figures(scale: float) -> list[Figure]:
    """On Spark, both in one application."""
    given = make_checked_frame(int(ROWS * scale), FEATURES)
    file = datasets.FOLDER / "quality_features.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    given.frame.to_parquet(file, index=False)
    session = start_session(spark_settings(str(datasets.FOLDER / "spark" / "quality"), 2))
    engine = SparkEngine(given=session)
    # The file is one group of rows, which one task would read while the other core is idle, on both sides.
    features = session.read.parquet(str(file)).repartition(2).cache()
    features.count()
    ours = our_verdicts(engine, features, given.types, given.checks)
    theirs = their_verdicts("add_spark", features, given.checks)
    figure = _compare("quality_vs_ge_spark", ours, theirs)
    session.stop()
    return [figure]


def our_verdicts(
    engine: Engine, rows: SpineData, types: Mapping[str, DataType], checks: Checks
) -> Callable[[], Verdicts]:
    """All that we do: say what is to be counted, count it, judge."""

    def run() -> Verdicts:
        asked = [row_check(check, column, types) for check, column in checks]
        known = [each for each in asked if each is not None]
        profile = engine.measure_rows(rows, types, [item for each in known for item in each.statistics])
        return [each.judge(profile) is None for each in known]

    return run


def their_verdicts(source: str, frame: Any, checks: Checks) -> Callable[[], Verdicts]:
    """One suite on one batch, in memory, with verdicts alone: no stores, no documents, no values that are otherwise."""
    gx = load_great_expectations()
    definition = (
        getattr(open_context().data_sources, source)("features")
        .add_dataframe_asset("features")
        .add_batch_definition_whole_dataframe("features")
    )

    def run() -> Verdicts:
        suite = gx.ExpectationSuite(
            "checks", expectations=[_expectation(*each, str(at)) for at, each in enumerate(checks)]
        )
        found = definition.get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY")
        # It answers in an order of its own.
        held = {int(each.expectation_config.meta["place"]): bool(each.success) for each in found.results}
        return [held[at] for at in range(len(checks))]

    return run


def _expectation(check: Check, column: str, place: str) -> Any:
    """The same in Great Expectations' words."""
    meta = {"place": place}
    if isinstance(check, Relation):
        upper, comparison, lower = check.that.split()
        # Where one is missing it would be broken, unless told so.
        return load_great_expectations().expectations.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=upper, column_B=lower, or_equal=comparison == ">=", ignore_row_if=_MISSING, meta=meta
        )
    translated = as_great_expectation(check, column)
    assert translated is not None
    return expectation_of(translated, translated.column, meta=meta)


def _compare(bench: str, ours: Callable[[], Verdicts], theirs: Callable[[], Verdicts]) -> Figure:
    """The median times of both, whose verdicts are compared in each round, with the processor's seconds beside."""
    answers: dict[str, Verdicts] = {}
    spent: dict[str, list[float]] = {"ours": [], "peer": []}

    def timer(side: str, work: Callable[[], Verdicts]) -> Timer:
        def run() -> float:
            start, processor = time.perf_counter(), time.process_time()
            answers[side] = work()
            seconds = time.perf_counter() - start
            spent[side].append(time.process_time() - processor)
            print(f"{bench} {side}: {seconds:.2f} s, {spent[side][-1]:.2f} s of this process", flush=True)
            return seconds

        return run

    seconds = interleave({"ours": timer("ours", ours), "peer": timer("peer", theirs)}, _ROUNDS)
    different = [
        at for at, (mine, other) in enumerate(zip(answers["ours"], answers["peer"], strict=True)) if mine != other
    ]
    if different:
        raise AssertionError(f"{len(different)} verdicts differ, of checks {different[:10]}")
    broken = answers["ours"].count(False)
    print(f"{bench}: all {len(answers['ours'])} verdicts agree, {broken} checks are broken", flush=True)
    processor = {f"{side}_processor_s": round(sorted(found[1:])[_ROUNDS // 2], 2) for side, found in spent.items()}
    return Figure(bench, seconds["ours"], seconds["peer"], "s", _ROUNDS, goal=_GOAL, beside=processor)
