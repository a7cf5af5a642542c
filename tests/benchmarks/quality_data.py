"""Features with checks of them, some of which are broken: what both sides of the figures of quality are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from definitions.expectation import Check, InSet, Matches, NotNull, Range, Relation, Unique
from definitions.types import DataType, parse_type

ROWS: Final = 100_000
FEATURES: Final = 600

_SEED: Final = 20240301
_MIX: Final = {"not_null": 0.2, "range": 0.36, "in_set": 0.14, "matches": 0.1, "unique": 0.06, "relation": 0.14}
"""The share of the features that have each check."""
_NULLS: Final = 0.02
_BROKEN: Final = 10
"""One check in so many is broken."""
_WORDS: Final = tuple(f"w{number}" for number in range(12))
_TYPES: Final = {"in_set": "string", "matches": "string", "unique": "bigint"}


@dataclass(frozen=True)
class CheckedFrame:
    """A frame with the types of its columns, and one check for each with the column that it is about."""

    frame: pd.DataFrame
    types: Mapping[str, DataType]
    checks: tuple[tuple[Check, str], ...]


def make_checked_frame(rows: int = ROWS, features: int = FEATURES) -> CheckedFrame:
    """The same each time: doubles, texts and keys with some nulls."""
    random = np.random.default_rng(_SEED)
    columns: dict[str, Any] = {}
    types: dict[str, DataType] = {}
    checks: list[tuple[Check, str]] = []
    for place, kind in enumerate(_kinds(features)):
        name, is_broken = f"feature_{place}", place % _BROKEN == 0
        columns[name], check = _made(kind, place, is_broken, rows, random, columns)
        types[name] = parse_type(_TYPES.get(kind, "double"))
        checks.append((check, name))
    return CheckedFrame(pd.DataFrame(columns), types, tuple(checks))


def _kinds(features: int) -> Iterator[str]:
    """What each feature has; the comparisons come last, two and two."""
    for kind, share in _MIX.items():
        yield from [kind] * (round(share * features / 2) * 2)


def _made(
    kind: str, place: int, is_broken: bool, rows: int, random: np.random.Generator, before: Mapping[str, Any]
) -> tuple[Any, Check]:
    values: Any
    match kind:
        case "not_null":
            values = random.normal(0, 1, rows)
            if is_broken:
                values[rows // 2] = np.nan
            return values, NotNull(check="not_null")
        case "range":
            values = random.normal(50, 10, rows)
            values[random.random(rows) < _NULLS] = np.nan
            return values, Range(check="range", min=30.0 if is_broken else -50.0, max=150.0)
        case "in_set":
            values = _with_nulls(np.array(_WORDS, dtype=object), rows, random)
            return values, InSet(check="in_set", values=_WORDS[:-1] if is_broken else _WORDS)
        case "matches":
            codes = np.array([f"AB-{number:04d}" for number in range(500)], dtype=object)
            values = _with_nulls(codes, rows, random)
            if is_broken:
                values[rows // 2] = "AB-12"
            return values, Matches(check="matches", pattern="[A-Z]{2}-[0-9]{4}")
        case "unique":
            values = random.permutation(rows).astype(np.int64)
            if is_broken:
                values[1] = values[0]
            return values, Unique(check="unique", columns=(f"feature_{place}",))
        case _:
            first = place - place % 2
            values = random.normal(50, 10, rows)
            if place != first:
                values = before[f"feature_{first}"] + np.abs(values)
            lower, upper = f"feature_{first}", f"feature_{first + 1}"
            if is_broken:
                lower, upper = upper, lower
            comparison = ">=" if place == first else ">"
            return values, Relation(check="relation", that=f"{upper} {comparison} {lower}")


def _with_nulls(values: Any, rows: int, random: np.random.Generator) -> Any:
    drawn = values[random.integers(0, len(values), rows)]
    drawn[random.random(rows) < _NULLS] = None
    return drawn
