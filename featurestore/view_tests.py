"""The tests that views carry in YAML: rows in, values expected, run on the real engine."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builders.answers import FramePlan
from builders.engine import Engine
from builders.exact import run_exactly
from builders.plan import ReadSource, walk
from builders.planner import SpineColumns, plan_frame
from builders.request import (
    Inputs,
    RequestedColumn,
    SourceFiles,
    inspect_relation,
    meet_everything,
    roles_of,
    roles_on_grids,
)
from definitions.columns import feature_columns, own_types
from definitions.errors import RequestError
from definitions.model import FeatureView, Repository, Source, ViewTest
from definitions.relation import Relation, own_columns, resolve_view
from definitions.suggest import suggest
from definitions.types import DataType
from featurestore.clock import parse_instant

if TYPE_CHECKING:
    import pyarrow as pa

_TIMESTAMP = "__at"


@dataclass(frozen=True)
class ViewTestResult:
    """How one test of a view went; `differences` are in words, empty when it passed."""

    view: str
    test: str
    engine: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_view_tests(engine: Engine, repository: Repository, views: Sequence[str] | None = None) -> list[ViewTestResult]:
    """Run the tests of all views, or of `views`.

    Raises:
        RequestError: an unknown view, or a test's row that does not fit the source.
    """
    unknown = [name for name in views or () if name not in repository.feature_views]
    if unknown:
        hint = suggest(unknown[0], repository.feature_views, "feature views")
        raise RequestError(f"there is no feature view {unknown[0]!r}; {hint}")
    return [
        _run(engine, repository, view, test)
        for name, view in repository.feature_views.items()
        if views is None or name in views
        for test in view.tests
    ]


def _run(engine: Engine, repository: Repository, view: FeatureView, test: ViewTest) -> ViewTestResult:
    import pyarrow.parquet as pq

    source, entity = _of_given_rows(view, repository), repository.entities[view.entity]
    columns = tuple(
        RequestedColumn(column.name, column, view, source, entity, tuple(entity.keys))
        for column in feature_columns(view, source)
    )
    where = f"test {test.name!r} of view {view.name}"
    with tempfile.TemporaryDirectory() as folder:
        given = {"rows": test.rows, **{_dimension(name): rows for name, rows in test.dimensions.items()}}

        def inspect(member: Source) -> SourceFiles:
            path = Path(folder) / member.path
            pq.write_table(_table(given.get(path.stem, ()), own_types(member), where), path)
            return engine.inspect_source(member, [path])

        inspected = inspect_relation(source, inspect)
        keys = _table([{key: row.get(key) for key in entity.keys} for row in test.expect], dict(entity.keys), where)
        spine = engine.open_spine(keys, None, dict(entity.keys))
        shape = engine.measure_spine(spine, parse_instant(test.at), roles_of(columns), roles_on_grids(columns))

        def plan(limbs: Any) -> FramePlan:
            inputs = Inputs(
                {},
                lambda _: inspected,
                meet_everything,
                limbs,
                engine.traits,
            )
            return plan_frame(columns, SpineColumns((), None, ""), shape, inputs)

        def measure(planned: FramePlan) -> Any:
            return engine.measure_limbs([node for node in walk(planned.frame) if isinstance(node, ReadSource)])

        found = run_exactly(plan, lambda planned: engine.compute_frame(planned, spine), measure, {}).to_pylist()
    differences = [
        f"{_named(expected, entity.keys)}: {name} is {row[name]!r}, expected {value!r}"
        for expected, row in zip(test.expect, found, strict=True)
        for name, value in expected.items()
        if name not in entity.keys and not _agree(row[name], value)
    ]
    return ViewTestResult(view.name, test.name, engine.name, tuple(differences))


def _of_given_rows(view: FeatureView, repository: Repository) -> Source:
    """What the view reads, with a file of a test's rows in the place of each source and dimension."""
    source = resolve_view(view, repository.sources)
    joins = [replace(join, dimension=_given(join.dimension, _dimension(join.name))) for join in source.joins]
    given = _given(source, "rows")
    return given if not joins else Relation(**_declared(given), united=(given,), dimensions=tuple(joins))


def _given(source: Source, name: str) -> Source:
    """A source of that shape, in one Parquet file."""
    file = {"path": f"{name}.parquet", "table": "", "format": "parquet"}
    return Source(**{**_declared(source), **file, "columns": own_columns(source), "partitions": {}})


def _declared(source: Source) -> dict[str, Any]:
    return {key: getattr(source, key) for key in Source.model_fields}


def _dimension(name: str) -> str:
    return f"dimension_{name}"


def _named(row: Any, keys: Any) -> str:
    return ", ".join(f"{key} {row.get(key)!r}" for key in keys)


def _agree(found: Any, expected: Any) -> bool:
    """Equal; doubles within 1e-9 of the expected value, as people write them in decimal."""
    if found is None or expected is None:
        return found is expected
    if isinstance(found, (float, Decimal)) and not isinstance(expected, bool):
        return math.isclose(float(found), float(expected), rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(found, datetime):
        return parse_instant(found) == parse_instant(expected)
    return bool(found == expected)


def _table(rows: Sequence[dict[str, Any]], types: dict[str, DataType], where: str) -> pa.Table:
    """Rows of YAML values as a typed Arrow table; a column that a row leaves out is null."""
    import pyarrow as pa

    columns = {}
    for name, kind in types.items():
        try:
            columns[name] = pa.array([_value(row.get(name), kind) for row in rows], arrow_type(kind))
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError) as error:
            raise RequestError(f"{where}: column {name!r} is {kind}: {error}") from error
    return pa.table(columns)


def _value(value: Any, kind: DataType) -> Any:
    if value is None:
        return None
    if kind.name == "timestamp":
        return parse_instant(value)
    if kind.is_decimal:
        return Decimal(str(value))
    if kind.name == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if kind.name == "date" and isinstance(value, datetime):
        return value.astimezone(UTC).date() if value.tzinfo else value.date()
    return float(value) if kind.is_floating and not isinstance(value, bool) else value


def arrow_type(kind: DataType) -> pa.DataType:
    """The Arrow type that holds values of a declared type."""
    import pyarrow as pa

    if kind.is_decimal:
        return pa.decimal128(kind.precision or 38, kind.scale or 0)
    simple: dict[str, pa.DataType] = {
        "boolean": pa.bool_(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "string": pa.string(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    return simple[kind.name]
