"""What features yield over rows that are hard on them: expressions by DuckDB, row by row, aggregates in plain Python.

No tile, slot or form has a part in it, so that what the search says of two features can be held against their values.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final

import duckdb
import pyarrow as pa

from builders.duckdb.connection import DuckDBSettings, open_database
from builders.duckdb.expressions import compile_expression
from builders.reuse.derivation import Derivation
from definitions.model import Feature
from definitions.terms import Term, render
from definitions.types import DataType, parse_type
from tests.reuse.pairs import COLUMNS

TYPES: Final = {name: parse_type(text) for name, text in COLUMNS.items()}
ENTITIES: Final = 24

_ARROW: Final = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(12, 2),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}
_AMOUNTS: Final = (-2.5, 0.0, -0.0, 5.0, 10.0, 15.0, 15.5, 20.0, 1000.0)
_EXTREME_AMOUNTS: Final = (
    1e140,
    -1e140,
    1e15,
    -1e15,
    1e-300,
    5e-324,
    math.nextafter(15.0, 16.0),
    math.nextafter(10.0, 0.0),
)


@dataclass(frozen=True)
class Values:
    """A feature's value for each entity, and how exact it can be asked to be."""

    values: tuple[Any, ...]
    scales: tuple[float, ...]


def hard_rows(seed: int, rows: int = 500) -> pa.Table:
    """Rows at, beside and far from what conditions compare with, with nulls in every column; some entities have few
    rows, and one has none."""
    random = Random(seed)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for _ in range(rows):
        entity = random.randint(20, 21) if random.random() < 0.02 else min(int(random.expovariate(0.2)), 19)
        calm = entity % 3 == 0
        extreme = _AMOUNTS if calm else (*_AMOUNTS, *_EXTREME_AMOUNTS)
        columns["customer"].append(str(entity))
        columns["region"].append("north")
        columns["number"].append(entity)
        columns["event_id"].append(random.randint(0, 5))
        columns["version"].append(random.randint(0, 5))
        columns["amount"].append(random.choice((None, *extreme, random.uniform(-30, 30))))
        columns["quantity"].append(
            random.choice((None, -1, 0, 1, 2, 3, 5, 6, 7, 10, *(() if calm or entity > 19 else (2**27, -(2**27)))))
        )
        columns["units"].append(
            random.choice((None, 0, 1, 3, 4, 7, 100, *(() if calm else (2**55, -(2**55), 2**53 + 1))))
        )
        columns["price"].append(
            random.choice((None, *map(Decimal, ("0", "9.99", "10", "10.01", "20.5", "-9999999999.99"))))
        )
        columns["flag"].append(random.choice((None, True, False)))
        columns["channel"].append(random.choice((None, "web", "shop", "phone", "", "Web")))
        columns["at"].append(random.randint(0, 50))
    # One each: more of them would be a sum of squares that leaves bigint, which is an error and no value.
    for entity, limit in (("20", 2**31 - 1), ("21", -(2**31))):
        columns["quantity"][columns["customer"].index(entity)] = limit
    return pa.table(
        {name: pa.array(held, _ARROW[TYPES[name].name]) for name, held in columns.items()}
    )  # fmt: skip


class Computed:
    """The values of features over some rows."""

    def __init__(self, rows: pa.Table) -> None:
        self._database: duckdb.DuckDBPyConnection = open_database(DuckDBSettings())
        self._database.register("rows", rows)
        self._entities = rows["customer"].to_pylist()
        self._order = rows["at"].to_pylist()

    def values(self, feature: Feature) -> Values:
        """The feature over all rows of each entity; one entity has none."""
        of = "1" if feature.of is None else feature.of
        where = "true" if feature.where is None else feature.where
        chosen = ", ".join(compile_expression(text, TYPES).sql("duckdb") for text in (of, where))
        found = self._database.sql(f"SELECT {chosen} FROM rows").fetchall()
        held: dict[str, list[tuple[Any, Any]]] = {str(entity): [] for entity in range(ENTITIES)}
        for entity, order, (value, passes) in zip(self._entities, self._order, found, strict=True):
            if passes is True and value is not None:
                held[entity].append((order, value))
        return Values(
            tuple(_aggregate(feature, rows) for rows in held.values()),
            tuple(_scale(feature, rows) for rows in held.values()),
        )

    def derived(self, derivation: Derivation, there: Mapping[str, Feature], types: Mapping[str, DataType]) -> Values:
        """What the derivation's expression makes of the values of the features that are there."""
        named = {name.replace(":", "."): self.values(there[name.partition(":")[2]]) for name in derivation.columns}
        return Values(self._evaluate(derivation.term, named, types), ())

    def _evaluate(self, term: Term, named: Mapping[str, Values], types: Mapping[str, DataType]) -> tuple[Any, ...]:
        if term.operator == "slice":
            listed, _, last = term.arguments
            return tuple(
                None if value is None else value[: int(last.value)]  # type: ignore[arg-type]
                for value in self._evaluate(listed, named, types)
            )
        if term.operator == "column" and types[str(term.value)].parts:
            return named[str(term.value)].values
        held = {name: pa.array(values.values, _arrow_type(types[name])) for name, values in named.items()}
        self._database.register("held", pa.table(held))
        sql = compile_expression(render(term), types).sql("duckdb")
        return tuple(value for (value,) in self._database.sql(f"SELECT {sql} FROM held").fetchall())


def disagreement(wanted: Values, found: Values) -> str | None:
    """The first entity of which the two say different things; None if there is none."""
    for entity, (first, second, scale) in enumerate(zip(wanted.values, found.values, wanted.scales, strict=True)):
        if not _is_same(first, second, scale):
            return f"entity {entity}: {first!r} and {second!r}"
    return None


def _is_same(first: Any, second: Any, scale: float) -> bool:
    if isinstance(first, float | int | Decimal) and isinstance(second, float | int | Decimal):
        if isinstance(first, float) or isinstance(second, float):
            one, other = float(first), float(second)
            return abs(one - other) <= 1e-9 * max(abs(one), abs(other), scale) + 1e-290
        return first == second
    return bool(first == second)


def _aggregate(feature: Feature, rows: Sequence[tuple[Any, Any]]) -> Any:
    values = [int(value) if isinstance(value, bool) and feature.agg in _ADDED else value for _, value in rows]
    if feature.agg == "count":
        return len(values)
    if feature.agg == "count_distinct":
        return len({_plain(value) for value in values})
    if not values:
        return None
    return _picked(feature, rows) if feature.agg in _PICKING else _OVER_VALUES[feature.agg](feature, values)


def _picked(feature: Feature, rows: Sequence[tuple[Any, Any]]) -> Any:
    in_order = [value for _, value in sorted(rows)]
    match feature.agg:
        case "first":
            return in_order[0]
        case "last":
            return in_order[-1]
        case _:
            return in_order[::-1][: feature.n]


def _most_frequent(feature: Feature, values: Sequence[Any]) -> list[Any]:
    counted = sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))
    return [value for value, _ in counted[: feature.n]]


def _quantile(feature: Feature, values: Sequence[Any]) -> float:
    return float(sorted(values)[math.ceil((feature.quantile or 0) * len(values)) - 1])


def _total(feature: Feature, values: Sequence[Any]) -> Any:
    return math.fsum(values) if isinstance(values[0], float) else sum(values)


def _mean(feature: Feature, values: Sequence[Any]) -> float:
    return float(sum(map(Fraction, values)) / len(values))


def _spread(feature: Feature, values: Sequence[Any]) -> float | None:
    if len(values) < 2:
        return None
    doubles = [Fraction(float(value)) for value in values]
    mean = sum(doubles) / len(doubles)
    variance = float(sum((value - mean) ** 2 for value in doubles) / (len(doubles) - 1))
    return variance if feature.agg == "variance" else math.sqrt(variance)


_ADDED: Final = ("sum", "mean", "variance", "stddev")
_PICKING: Final = ("first", "last", "last_n")
_OVER_VALUES: Final[Mapping[str, Callable[[Feature, Sequence[Any]], Any]]] = {
    "sum": _total,
    "mean": _mean,
    "variance": _spread,
    "stddev": _spread,
    "min": lambda feature, values: min(values),
    "max": lambda feature, values: max(values),
    "most_frequent": _most_frequent,
    "quantile": _quantile,
}


def _plain(value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


def _scale(feature: Feature, rows: Sequence[tuple[Any, Any]]) -> float:
    """What 1e-9 is of: what is added up, in magnitude."""
    if feature.agg not in ("sum", "mean") or not rows:
        return 0.0
    total = math.fsum(abs(float(value)) for _, value in rows)
    return total if feature.agg == "sum" else total / len(rows)


def _arrow_type(data_type: DataType) -> pa.DataType:
    if data_type.is_decimal:
        return pa.decimal128(data_type.precision, data_type.scale)
    if data_type.parts:
        return pa.list_(_arrow_type(data_type.parts[0]))
    return _ARROW[data_type.name]
