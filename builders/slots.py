"""Slots: the partial aggregates that tiles hold, addressed by what they compute.

A slot is a monoid over an expression of the rows that pass a filter. Two features of any views, windows or teams that
need the same one share it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from definitions.durations import Duration
from definitions.expressions import parse_expression
from definitions.model import Feature
from definitions.types import BIGINT, DOUBLE, DataType

Monoid = Literal["count", "sum", "squares", "min", "max", "first", "last", "last_n", "histogram", "buckets", "distinct"]
"""What a slot adds up: rows or values (`count`), a sum, one of squares, an extreme, the value of the first or latest
row or of the latest `size` rows, how often each value occurs (`histogram`) or falls into a logarithmic bucket
(`buckets`), a sketch of the distinct values."""


@dataclass(frozen=True)
class Slot:
    """One partial aggregate of a tile.

    `where` and `of` are canonical expressions (`of` is None for a count of rows), `type` is the type of `of`'s values.
    `reads` are the source's columns that both read, with their types. `keeps_nulls` lets `first` and `last` hold a
    null. `size` is how many values a `last_n` holds.
    """

    monoid: Monoid
    where: str | None
    of: str | None
    type: DataType
    reads: tuple[tuple[str, str], ...] = ()
    keeps_nulls: bool = False
    size: int | None = None

    @cached_property
    def name(self) -> str:
        """A readable prefix and 8 digits of the content's hash; it names columns and is the slot's identity."""
        content: list[object] = [self.monoid, self.where, self.of, str(self.type), self.reads, self.keeps_nulls]
        if self.size is not None:
            content.append(self.size)
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
        words = re.sub(r"[^a-z0-9]+", "_", (self.of or "rows").lower()).strip("_")[:24].strip("_")
        return f"{self.monoid}_{words}_{digest}"

    @property
    def is_in_limbs(self) -> bool:
        """Whether it is a sum of doubles or of their squares, which is held exactly, in limbs."""
        return self.monoid == "squares" or (self.monoid == "sum" and self.type.is_floating)

    @property
    def picks_row(self) -> bool:
        """Whether its value is that of one row, held with the row's instant."""
        return self.monoid in ("first", "last")

    @property
    def orders_rows(self) -> bool:
        """Whether it depends on which row is the later one."""
        return self.picks_row or self.monoid == "last_n"

    @property
    def is_invertible(self) -> bool:
        """Whether a window's value is the difference of two running values."""
        return self.monoid in ("count", "sum", "squares")

    @property
    def has_running_value(self) -> bool:
        """Whether what it is over all tiles so far is worth keeping tile by tile: a number or a row, no collection."""
        return self.is_invertible or self.picks_row or self.monoid in ("min", "max")

    @property
    def counts_values(self) -> bool:
        """Whether it says of each of some values how often it occurs."""
        return self.monoid in ("histogram", "buckets")


@dataclass(frozen=True)
class SlotWindow:
    """A slot's aggregate over `[boundary - window, boundary)`; window None is all history.

    `reach` is how far back (microseconds) rows matter: the window, or what a ttl leaves of all history; None is all.
    """

    slot: Slot
    window: Duration | None
    reach: int | None

    @cached_property
    def name(self) -> str:
        return f"{self.slot.name}__{self.window or 'ever'}"


_OF_DOUBLES: Final = ("variance", "stddev", "quantile")
"""What is computed in doubles whatever the type of the values."""


def slots_of(feature: Feature, columns: Mapping[str, DataType]) -> tuple[Slot, ...]:
    """The slots a feature's values are made of; a sum comes with the count of its own non-null values.

    `columns` are the source's. Expressions have been validated before.
    """
    where = parse_expression(feature.where, columns) if feature.where is not None else None
    aggregated = feature.of if feature.by is None else feature.by
    of = parse_expression(aggregated, columns) if aggregated is not None else None
    if of is not None and feature.agg in _OF_DOUBLES:
        of = parse_expression(f"cast({of.canonical} as double)", columns)
    names = {name for expression in (where, of) if expression is not None for name in expression.columns}
    reads = tuple((name, str(columns[name])) for name in sorted(names))
    filtered = where.canonical if where is not None else None
    if of is None:
        return (Slot("count", filtered, None, BIGINT, reads),)
    kind = DOUBLE if of.type.is_floating else of.type

    def slot(monoid: Monoid, keeps_nulls: bool = False, size: int | None = None) -> Slot:
        return Slot(monoid, filtered, of.canonical, kind, reads, keeps_nulls, size)

    match feature.agg:
        case "count":
            return (slot("count" if feature.by is None else "histogram"),)
        case "sum" | "mean":
            return (slot("sum"), slot("count"))
        case "variance" | "stddev":
            return (slot("squares"), slot("sum"), slot("count"))
        case "min" | "max":
            return (slot(feature.agg),)
        case "first" | "last":
            return (slot(feature.agg, keeps_nulls=feature.nulls == "keep"),)
        case "last_n":
            return (slot("last_n", size=feature.n),)
        case "most_frequent":
            return (slot("histogram"),)
        case "quantile":
            return (slot("buckets"),)
        case "count_distinct":
            return (slot("distinct"),)
