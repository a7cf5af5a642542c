"""What is said of a feature column that somebody is about to build: it is there, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["exists", "derivable", "shares tiles", "similar"]
"""`exists`: a column has its value; `derivable`: an expression over columns has. `shares tiles`: what it is made of is
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
    what the column would add to the tiles: partial aggregates that nobody has yet, and about how many bytes.
    """

    column: str
    verdict: Verdict
    there: tuple[There, ...]
    expression: str | None = None
    rules: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    new_slots: int = 0
    saved_bytes: int | None = None

    @property
    def is_rebuild(self) -> bool:
        """Whether the column would be built again."""
        return self.verdict in ("exists", "derivable")
