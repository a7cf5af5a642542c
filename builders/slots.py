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
from typing import Literal

from definitions.durations import Duration
from definitions.expressions import parse_expression
from definitions.model import Feature
from definitions.types import BIGINT, DOUBLE, DataType

Monoid = Literal["count", "sum", "min", "max", "first", "last"]


@dataclass(frozen=True)
class Slot:
    """One partial aggregate of a tile.

    `where` and `of` are canonical expressions (`of` is None for a count of rows), `type` is the type of `of`'s values.
    `reads` are the source's columns that both read, with their types. `keeps_nulls` lets `first` and `last` hold a
    null.
    """

    monoid: Monoid
    where: str | None
    of: str | None
    type: DataType
    reads: tuple[tuple[str, str], ...] = ()
    keeps_nulls: bool = False

    @cached_property
    def name(self) -> str:
        """A readable prefix and 8 digits of the content's hash; it names columns and is the slot's identity."""
        content = json.dumps([self.monoid, self.where, self.of, str(self.type), self.reads, self.keeps_nulls])
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        words = re.sub(r"[^a-z0-9]+", "_", (self.of or "rows").lower()).strip("_")[:24].strip("_")
        return f"{self.monoid}_{words}_{digest}"

    @property
    def is_double_sum(self) -> bool:
        """Whether it is a sum of doubles, which is held exactly, in limbs."""
        return self.monoid == "sum" and self.type.is_floating

    @property
    def picks_row(self) -> bool:
        """Whether its value is that of one row, held with the row's instant."""
        return self.monoid in ("first", "last")

    @property
    def is_invertible(self) -> bool:
        """Whether a window's value is the difference of two running values."""
        return self.monoid in ("count", "sum")


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


def slots_of(feature: Feature, columns: Mapping[str, DataType]) -> tuple[Slot, ...]:
    """The slots a feature's values are made of; a sum comes with the count of its own non-null values.

    `columns` are the source's. Expressions have been validated before.
    """
    where = parse_expression(feature.where, columns) if feature.where is not None else None
    of = parse_expression(feature.of, columns) if feature.of is not None else None
    names = {name for expression in (where, of) if expression is not None for name in expression.columns}
    reads = tuple((name, str(columns[name])) for name in sorted(names))
    filtered = where.canonical if where is not None else None
    if of is None:
        return (Slot("count", filtered, None, BIGINT, reads),)
    kind = DOUBLE if of.type.is_floating else of.type
    count = Slot("count", filtered, of.canonical, kind, reads)
    match feature.agg:
        case "count":
            return (count,)
        case "sum" | "mean":
            return (Slot("sum", filtered, of.canonical, kind, reads), count)
        case "min" | "max":
            return (Slot(feature.agg, filtered, of.canonical, kind, reads),)
        case "first" | "last":
            return (Slot(feature.agg, filtered, of.canonical, kind, reads, feature.nulls == "keep"),)
