"""What Great Expectations, as it is installed, can expect of a pandas frame."""

from __future__ import annotations

from typing import Any, Final

from quality.gx import load_great_expectations

_NEVER_ARGUMENTS: Final = {"row_condition", "condition_parser", "library_metadata", "windows"}
"""What arguments are that YAML does not have: pandas would run the text of a condition as code."""

_PANDAS: Final = "PandasExecutionEngine"


def list_expectations() -> dict[str, dict[str, bool]]:
    """By name, the arguments of every expectation that runs on a pandas frame, and whether they are required."""
    load_great_expectations()
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    common = _NEVER_ARGUMENTS | set(BatchExpectation.__fields__)
    classes = {name: get_expectation_impl(name) for name in sorted(list_registered_expectation_implementations())}
    return {
        name: {key: bool(field.required) for key, field in found.__fields__.items() if key not in common}
        for name, found in classes.items()
        if name.startswith("expect_") and _runs_on_pandas(found)
    }


def _runs_on_pandas(expectation: Any) -> bool:
    """Whether there is an implementation of all the metrics that it names."""
    from great_expectations.expectations.registry import _registered_metrics

    needed = list(getattr(expectation, "metric_dependencies", ()))
    if getattr(expectation, "map_metric", None) is not None:
        needed.append(f"{expectation.map_metric}.condition")
    return all(_PANDAS in _registered_metrics.get(metric, {}).get("providers", {}) for metric in needed)
