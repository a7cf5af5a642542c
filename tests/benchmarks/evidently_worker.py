"""Evidently in its own environment: the statistics of its drift methods, by method and reference window.

It runs on Evidently's interpreter. Its functions are called through its own registry, as its `ValueDrift` calls them,
without the plots that a report draws of each; `check` compares the two.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
from evidently.legacy.calculations.stattests import get_stattest  # type: ignore[import-not-found]
from evidently.legacy.core import ColumnType  # type: ignore[import-not-found]
from evidently.metrics import ValueDrift  # type: ignore[import-not-found]

from tests.benchmarks.drifted_days import (
    DAYS,
    DRIFTS,
    JUDGED,
    TRIAL_DAYS,
    WINDOWS,
    Day,
    clean_days,
    together,
)

NUMERIC: Final = (
    "ks",
    "wasserstein",
    "cramer_von_mises",
    "mannw",
    "t_test",
    "ed",
    "jensenshannon",
    "psi",
)
# Left out: `anderson`, whose p-values end at .001; `g_test`, which fails on samples of two sizes; `TVD` and
# `empirical_mmd`, whose p-values are counted from a hundred permutations; `hellinger` and `kl_div`, which rank days as
# `jensenshannon` and `psi` do.
CATEGORICAL: Final = ("chisquare", "jensenshannon", "psi")
P_VALUES: Final = {"ks", "cramer_von_mises", "mannw", "t_test", "chisquare"}
SINGLE: Final = {"rows": 0.1, "nulls": 0.1, "mean": 0.1, "duplicates": 0.0}
"""What its tests of `RowCount`, `MissingValueCount`, `MeanValue` and `DuplicatedRowCount` allow against a reference by
default, as parts of the reference's value."""


class Worker:
    """The tasks as methods."""

    def clean(self, seed: int) -> dict[str, Any]:
        """By statistic, its values on the days of a clean stream: the larger, the more drifted."""
        days = clean_days(seed)
        found: dict[str, list[float]] = {}
        for day in range(JUDGED, DAYS):
            for column in ("delay", "amount", "channel", "hour"):
                for name, value in statistics(days, day, days[day], column):
                    found.setdefault(name, []).append(value)
        return found

    def drifted(self, seed: int) -> dict[str, Any]:
        """By drift and statistic of the column that it is in, the values on the days that it is planted on."""
        days = clean_days(seed)
        found: dict[str, dict[str, list[float]]] = {}
        for drift, (column, plant) in DRIFTS.items():
            of_drift = found.setdefault(drift, {})
            for day in TRIAL_DAYS:
                for name, value in statistics(days, day, plant(days[day]), "hour" if column == "rows" else column):
                    of_drift.setdefault(name, []).append(value)
        return found

    def defaults(self) -> dict[str, Any]:
        """The default threshold of each method, on the scale of `statistics`."""
        found = {}
        for kind, methods in ((ColumnType.Numerical, NUMERIC), (ColumnType.Categorical, CATEGORICAL)):
            some = pd.Series(np.arange(100.0))
            for method in methods:
                threshold = get_stattest(some, some, kind, method).default_threshold
                found[f"{kind.value} {method}"] = _surprise(method, threshold)
        return {**found, **SINGLE}

    def check(self) -> dict[str, Any]:
        """The largest difference between a statistic as it is taken here and as a report has it."""
        days = clean_days(0)
        worst = 0.0
        current, reference = days[100].delay, together(days, WINDOWS["last 28 days"](100), "delay")
        definition = DataDefinition(numerical_columns=["delay"])
        both = [
            Dataset.from_pandas(pd.DataFrame({"delay": values}), data_definition=definition)
            for values in (current, reference)
        ]
        for method in NUMERIC:
            report = Report([ValueDrift(column="delay", method=method)]).run(*both)
            reported = report.dict()["metrics"][0]["value"]
            direct = _value(method, reference, current, ColumnType.Numerical)
            worst = max(worst, abs(_surprise(method, float(reported)) - direct))
        return {"difference": worst}


def statistics(days: list[Day], day: int, present: Day, column: str) -> Iterator[tuple[str, float]]:
    """Each statistic of a column of the `present` day, with its name."""
    kind = ColumnType.Numerical if column in {"delay", "amount"} else ColumnType.Categorical
    methods = NUMERIC if kind == ColumnType.Numerical else CATEGORICAL
    current = getattr(present, column)
    for window, places_of in WINDOWS.items():
        places = places_of(day)
        reference = together(days, places, column)
        usual = len(reference) / len(places)
        yield f"{column}|rows|{window}", abs(len(current) / usual - 1)
        if kind == ColumnType.Numerical:
            nulls = np.isnan(current).mean(), np.isnan(reference).mean()
            means = np.nanmean(current), np.nanmean(reference)
            yield f"{column}|nulls|{window}", abs(nulls[0] - nulls[1]) / max(nulls[1], 1e-9)
            yield f"{column}|mean|{window}", abs(means[0] - means[1]) / max(abs(means[1]), 1e-9)
            current_known, reference = current[~np.isnan(current)], reference[~np.isnan(reference)]
        else:
            current_known = current
        for method in methods:
            yield f"{column}|{method}|{window}", _value(method, reference, current_known, kind)
    whole = pd.DataFrame({"delay": present.delay, "amount": present.amount, "hour": present.hour})
    yield f"{column}|duplicates|none", float(whole.duplicated().mean())


def _value(method: str, reference: np.ndarray, current: np.ndarray, kind: ColumnType) -> float:
    series = pd.Series(reference), pd.Series(current)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = get_stattest(*series, kind, method)(*series, kind, None)
    return _surprise(method, float(result.drift_score))


def _surprise(method: str, score: float) -> float:
    """Larger is more drifted: of a p-value the negative logarithm."""
    if method not in P_VALUES:
        return score
    return -float(np.log10(max(score, 1e-320)))


def main() -> None:
    """Answer the tasks on standard input, one line each."""
    worker = Worker()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        arguments = json.loads(line)
        print(json.dumps(getattr(worker, arguments.pop("task"))(**arguments)), flush=True)


if __name__ == "__main__":
    main()
