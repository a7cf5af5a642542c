"""Each engine takes the form that was fastest when it was measured (docs/decisions/0010 and 0016)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from builders.duckdb.form_costs import DuckDBCosts
from builders.form_costs import FormCosts, Work
from builders.passes.choose_forms import choose_forms
from builders.passes.group_requests import Group, group_requests
from builders.spark.form_costs import SparkCosts
from definitions.durations import DAY
from definitions.model import FeatureView
from tests.builders.planning import ARRIVALS, requested

SPAN: Final = 58 * DAY
WINDOWS: Final = ["3d", "28d"]
SUMS: Final = ("count", "sum")
EXTREMES: Final = ("min", "max")
MIXED: Final = ("sum", "max")


def _group(aggregates: tuple[str, ...]) -> Group:
    features: list[dict[str, Any]] = [
        {"name": agg, "agg": agg, "windows": WINDOWS, **({} if agg == "count" else {"of": "arr_delay"})}
        for agg in aggregates
    ]
    columns = requested(FeatureView.model_validate(ARRIVALS.model_dump() | {"every": "exact", "features": features}))
    (group,) = group_requests(columns, {column.name: column.slot_windows for column in columns}).values()
    return group


@pytest.mark.parametrize(
    ("costs", "aggregates", "pairs", "tiles", "met", "fastest"),
    [
        (SparkCosts(), SUMS, 10_323, 643_836, 627.5, {"merge"}),
        (SparkCosts(), SUMS, 310_689, 643_922, 627.6, {"merge"}),
        (SparkCosts(), SUMS, 310_018, 621_170, 6.9, {"tile join"}),
        (SparkCosts(), SUMS, 310_018, 3_031_919, 33.7, {"tile join"}),
        (SparkCosts(), SUMS, 10_323, 3_220_623, 3_139.0, {"merge"}),
        (SparkCosts(), EXTREMES, 10_323, 3_220_623, 3_139.0, {"tile join"}),
        (SparkCosts(), EXTREMES, 310_689, 643_922, 627.6, {"tile join"}),
        (SparkCosts(), MIXED, 310_689, 643_922, 627.6, {"merge", "tile join"}),
        (SparkCosts(), MIXED, 310_018, 621_170, 6.9, {"tile join"}),
        (DuckDBCosts(), SUMS, 10_323, 643_836, 627.5, {"tile join"}),
        (DuckDBCosts(), SUMS, 310_689, 643_922, 627.6, {"merge"}),
        (DuckDBCosts(), EXTREMES, 310_689, 643_922, 627.6, {"sliding frame"}),
        (DuckDBCosts(), MIXED, 310_689, 643_922, 627.6, {"merge", "sliding frame"}),
    ],
)
def test_the_form_that_was_fastest_is_taken(
    costs: FormCosts, aggregates: tuple[str, ...], pairs: float, tiles: float, met: float, fastest: set[str]
) -> None:
    work = Work(pairs, tiles, met, SPAN, are_rows=False)
    assert {form for form, _ in choose_forms(_group(aggregates), work, costs, None).values()} == fastest
