"""What is said of a feature column that somebody is about to build: it is there, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["exists", "derivable", "same data", "shares tiles", "similar"]
"""`exists`: a column has its value; `derivable`: an expression over columns has. `same data`: its values were found to
follow from another column's. `shares tiles`: what it is made of is
stored for others already, which is reuse. `similar`: a column looks alike, and differs as `differences` say."""


@dataclass(frozen=True, slots=True)
class There:
    """A column that is there, and whose it is. `services` use it; `since` is when its view was first applied, and
    `join_keys` are the keys it is asked by where they are called otherwise than those of the new column's entity."""

    reference: str
    team: str | None
    owner: str | None
    since: int
    services: tuple[str, ...]
    join_keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reuse:
    """What the store has instead of a new column, `view:column`.

    `expression` is Spark SQL over columns called `view.column`, of what is derivable. `new_slots` and `saved_bytes` say
    what the column would add to the tiles: partial aggregates that nobody has yet, and about how many bytes;
    `saved_seconds` is how long the last run took that computed such tiles, with whatever else it did.
    """

    column: str
    verdict: Verdict
    there: tuple[There, ...]
    expression: str | None = None
    rules: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    new_slots: int = 0
    saved_bytes: int | None = None
    saved_seconds: float | None = None

    @property
    def is_rebuild(self) -> bool:
        """Whether the column would be built again."""
        return self.verdict in ("exists", "derivable")

    @property
    def is_ruled_on(self) -> bool:
        """Whether the gate has a word on it."""
        return self.is_rebuild or self.verdict == "same data"

    @property
    def views(self) -> tuple[str, ...]:
        """The views of the columns that are there."""
        return tuple(dict.fromkeys(each.reference.partition(":")[0] for each in self.there))
