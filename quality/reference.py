"""What the values of one column were like once, frozen: the bins or categories that later days are counted by.

Edges are quantiles of a sample, so that bins hold about as much each; a value that many rows share, such as zero, gets
a bin of its own, as no quantile would tell it from its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from definitions.errors import RequestError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BINS: Final = 20
"""How many bins a sample of values without ties gets, apart from its outermost hundredths."""
CATEGORIES: Final = 20
HOURS: Final = tuple(str(hour) for hour in range(24))
"""The categories of a source's timestamp: the hour of the day (UTC)."""

_TAIL: Final = 0.01
_FEWEST_BINS: Final = 5
_JUST_BELOW: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Reference:
    """Of numbers, `edges`, strictly increasing: bin 0 is up to the first, bin i above edge i - 1 and up to edge i, the
    last above all. Of texts, `values`: the place after the last counts all others. `shares` of the sample's `rows`
    values lay in each; there is one more than there are edges or values."""

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The reference in plain values, of which JSON can be made."""
        return {
            "edges": list(self.edges),
            "values": list(self.values),
            "shares": list(self.shares),
            "rows": self.rows,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Reference:
        """The reference that `as_dict` made these values of."""
        return cls(
            tuple(float(edge) for edge in plain["edges"]),
            tuple(str(value) for value in plain["values"]),
            tuple(float(share) for share in plain["shares"]),
            int(plain["rows"]),
        )


def reference_of_numbers(sample: ArrayLike, bins: int = BINS) -> Reference:
    """The reference of numbers; nulls, NaN and infinities are left out.

    Raises:
        RequestError: none is left.
    """
    numbers = np.asarray(sample, dtype=np.float64)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    if not numbers.size:
        raise RequestError("there is no reference without values: the sample has none")
    edges = _edges(numbers, bins)
    counts = np.bincount(np.searchsorted(edges, numbers, side="left"), minlength=len(edges) + 1)
    return Reference(edges=tuple(edges.tolist()), shares=_shares(counts), rows=int(numbers.size))


def reference_of_texts(sample: Sequence[str | None], categories: int = CATEGORIES) -> Reference:
    """The reference of texts: the most frequent, those that are as frequent by the alphabet; nulls are left out.

    Raises:
        RequestError: none is left.
    """
    counted = Counter(text for text in sample if text is not None)
    if not counted:
        raise RequestError("there is no reference without values: the sample has none")
    kept = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:categories]
    total = sum(counted.values())
    counts = [count for _, count in kept]
    return Reference(values=tuple(text for text, _ in kept), shares=_shares([*counts, total - sum(counts)]), rows=total)


def reference_of_hours(hours: Sequence[str]) -> Reference:
    """The reference of a source's timestamp, of whose sample these are the hours of the day.

    Raises:
        RequestError: there is none.
    """
    if not hours:
        raise RequestError("there is no reference without values: the sample has none")
    counted = Counter(hours)
    counts = [*(counted[hour] for hour in HOURS), 0]
    return Reference(values=HOURS, shares=_shares(counts), rows=len(hours))


def _edges(numbers: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Edges of sorted numbers: around each value that has a bin's share of them by itself, and at quantiles of the
    others."""
    distinct, counts = np.unique(numbers, return_counts=True)
    often = counts * bins >= numbers.size
    edges = {float(value) for value in distinct[often]}
    # One that follows another such value has it for its lower edge.
    edges |= {_below(distinct, int(place)) for place in np.flatnonzero(often) if place == 0 or not often[place - 1]}
    rest = numbers[~np.isin(numbers, distinct[often])]
    if rest.size:
        wanted = max(_FEWEST_BINS, round(bins * rest.size / numbers.size))
        levels = [_TAIL, *(place / wanted for place in range(1, wanted)), 1 - _TAIL]
        edges.update(np.quantile(rest, levels, method="inverted_cdf").tolist())
    return np.array(sorted(edges))


def _below(distinct: NDArray[np.float64], place: int) -> float:
    """An edge that parts a value from the next smaller one, or from all that are smaller if the sample has none."""
    value = float(distinct[place])
    if place == 0:
        return value - max(1.0, abs(value)) * _JUST_BELOW
    before = float(distinct[place - 1])
    middle = before + (value - before) / 2
    return middle if before < middle < value else before


def _shares(counts: Sequence[int] | NDArray[np.int64]) -> tuple[float, ...]:
    total = sum(int(count) for count in counts)
    return tuple(int(count) / total for count in counts)
