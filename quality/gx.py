"""Great Expectations, loaded where it is asked for: what it expects by name, of a sample of rows.

A sample can show that rows are not as expected, never that all of them are: what it finds are figures, and where it
finds nothing that certifies nothing (`Judgement.certifies`).
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from definitions.errors import ConfigurationError
from definitions.expectation import GreatExpectation
from definitions.great_expectations import COLUMN, MOSTLY, columns_in_arguments
from quality.judgement import ERROR, Figures

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa

_LONGEST: Final = 200
"""The most characters of an error or of a text that was observed."""

_OF_SPARK_CONNECT: Final = ("pyspark.sql.connect.dataframe", "pyspark.sql.connect.session")


@dataclass(frozen=True)
class Sample:
    """Some rows, named for what they are of (`flights 2013-01-07`). What `private` columns hold, as they tell about a
    person, is repeated nowhere: not in figures, not in errors."""

    name: str
    rows: pa.Table
    private: frozenset[str] = frozenset()


def load_great_expectations() -> ModuleType:
    """The package, which takes some ten seconds when it is first loaded.

    Raises:
        ConfigurationError: it is not installed.
    """
    # It would tell its makers of each use.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    try:
        with _without_spark_connect():
            import great_expectations
    except ImportError as error:
        raise ConfigurationError("expectations of great_expectations need it; install featurestore[quality]") from error
    loaded: ModuleType = great_expectations
    return loaded


@contextmanager
def _without_spark_connect() -> Iterator[None]:
    """It tries to import Spark Connect, which without grpc ends a process that runs no script, such as `python -c`:
    where it cannot be loaded anyway, it is not there."""
    hidden = [] if find_spec("grpc") else [name for name in _OF_SPARK_CONNECT if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def judge_sample(asked: Sequence[tuple[GreatExpectation, str | None]], sample: Sample) -> list[Figures | None]:
    """What is otherwise than each check, about its column if it has one, says; None of those that hold on the sample
    and where there are no rows. One that cannot be run has an error among its figures."""
    rows = sample.rows.num_rows
    if not rows or not asked:
        return [None] * len(asked)
    try:
        load_great_expectations()
    except ConfigurationError as error:
        return [{"rows": rows, ERROR: str(error)}] * len(asked)
    batch = open_batch(open_context(), sample)
    return [_judge(batch, check, column, sample) for check, column in asked]


def open_context(folder: str | None = None) -> Any:
    """A context of Great Expectations without progress bars, in memory or in a folder."""
    gx = load_great_expectations()
    context = (
        gx.get_context(mode="ephemeral") if folder is None else gx.get_context(mode="file", project_root_dir=folder)
    )
    context.variables.progress_bars = {"globally": False}
    return context


def open_batch(context: Any, sample: Sample) -> Any:
    """The rows of a sample as a batch of a context's."""
    asset = context.data_sources.add_pandas(sample.name).add_dataframe_asset(sample.name)
    definition = asset.add_batch_definition_whole_dataframe(sample.name)
    return definition.get_batch({"dataframe": sample.rows.to_pandas()})


def expectation_of(check: GreatExpectation, column: str | None, **beside: Any) -> Any:
    """The check as Great Expectations has it, with what it may say `beside` (a `description`, a `severity`, `meta`).

    Raises:
        ValueError: its arguments are of other types or do not go together.
        TypeError: so too.
    """
    load_great_expectations()
    from great_expectations.expectations.registry import get_expectation_impl

    arguments = dict(check.arguments)
    if column is not None:
        arguments[COLUMN] = column
    if check.at_least < 1:
        arguments[MOSTLY] = check.at_least
    return get_expectation_impl(check.expectation)(**arguments, **beside)


def refusals() -> tuple[type[Exception], ...]:
    """What it raises of arguments and rows that it cannot work with, itself or from pandas and NumPy."""
    load_great_expectations()
    from great_expectations.exceptions import GreatExpectationsError

    return (GreatExpectationsError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _judge(batch: Any, check: GreatExpectation, column: str | None, sample: Sample) -> Figures | None:
    rows = sample.rows.num_rows
    named = {column, *(name for _, name in columns_in_arguments(check))}
    is_private = not sample.private.isdisjoint(named)
    try:
        answer = batch.validate(
            expectation_of(check, column),
            result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
        )
    except refusals() as error:
        return {"rows": rows, ERROR: _shown(f"{type(error).__name__}: {error}", is_private)}
    raised = _raised(answer.exception_info)
    if raised is not None:
        return {"rows": rows, ERROR: _shown(raised, is_private)}
    if answer.success is True:
        return None
    return {"rows": rows, **_found(answer.result or {}, is_private)}


def _raised(info: Mapping[str, Any] | None) -> str | None:
    """What an expectation that could not be run says: of itself, or of each metric that it lacks."""
    if not info:
        return None
    parts = [info] if "raised_exception" in info else list(info.values())
    return next((str(part["exception_message"]) for part in parts if part.get("raised_exception", True)), None)


def _found(result: Mapping[str, Any], is_private: bool) -> dict[str, Any]:
    """The figures of an answer that are plain: how many values are otherwise, or the one that is."""
    broken: Any = result.get("unexpected_count")
    observed: Any = result.get("observed_value")
    if isinstance(broken, int):
        return {"broken": broken}
    if hasattr(observed, "item"):
        observed = observed.item()
    if is_private or (isinstance(observed, float) and not math.isfinite(observed)):
        return {}
    if isinstance(observed, str):
        return {"observed": observed[:_LONGEST]}
    return {"observed": observed} if isinstance(observed, (bool, int, float)) else {}


def _shown(message: str, is_private: bool) -> str:
    if is_private:
        return "an error that may hold values of a column about people, and is not shown"
    return " ".join(message.split())[:_LONGEST]
