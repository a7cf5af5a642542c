"""Who changes the registry, when, and by which right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["embedded", "trusted", "token"]
"""`embedded`: nobody was ever registered. `trusted`: people are, and somebody works on the database directly. `token`:
a principal, held to its rights."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A principal at an instant (UTC microseconds) of the machine's own clock, whatever time data are looked at."""

    principal: str
    mode: Mode
    at: int
