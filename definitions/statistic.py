"""Statistics of rows, as data: what is to be counted of a group of rows, before any engine's words for it.

`quality` says which are needed, `builders` computes them, many at a time in one pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["rows", "true", "unmatched", "repeated", "least", "greatest", "mean", "variance", "bins", "categories"]
"""`rows` counts them all; `true` those that the condition `of` is true of; `unmatched` those whose text `of` is not
what `pattern` describes; `repeated` those that another one has the values of all `columns` of, beyond the first, where
none of these is null. `least`, `greatest`, `mean` and population `variance` are of the numbers `of` (between the first
and the last of `edges`, to which others are drawn, if there are any). `bins` counts the numbers `of` between `edges`:
bin 0 is up to the first edge, bin i above edge i, the last above all. `categories` counts those of the texts `of`
that are in `values` by their place there, all others at the place after the last."""

Value = int | float | str | None | tuple[int, ...]
"""What comes of it: a count, a number (null of none), or a count for each bin or category. Of dates and timestamps
the least and greatest are texts."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure about a group of rows; `of` is a canonical expression over their columns."""

    kind: Kind
    of: str = ""
    pattern: str = ""
    columns: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it is stored under: 16 hex digits that no other statistic has."""
        return _key(self)

    @property
    def of_no_rows(self) -> Value:
        """What comes of it where there are no rows."""
        match self.kind:
            case "rows" | "true" | "unmatched" | "repeated":
                return 0
            case "bins":
                return (0,) * (len(self.edges) + 1)
            case "categories":
                return (0,) * (len(self.values) + 1)
            case _:
                return None


@lru_cache(maxsize=65_536)
def _key(item: Statistic) -> str:
    # A day's check asks for the same ones of every day before it.
    fields = [item.kind, item.of, item.pattern, item.columns, item.edges, item.values]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:16]


Profile = Mapping[Statistic, Value]
"""What a group of rows is like."""
