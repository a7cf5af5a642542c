"""Sets of characters, such as those that one place of a pattern may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from sys import maxunicode
from typing import Final


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """`ranges` of code points, first and last included; they may overlap and stand in any order."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __or__(self, other: CharacterSet) -> CharacterSet:
        return CharacterSet(self.ranges + other.ranges)

    def overlaps(self, other: CharacterSet) -> bool:
        """Whether some character is in both."""
        return any(first <= end and begin <= last for first, last in self.ranges for begin, end in other.ranges)

    def complement(self) -> CharacterSet:
        """All other characters."""
        return CharacterSet(tuple(self._gaps()))

    def _gaps(self) -> Iterator[tuple[int, int]]:
        beyond = 0
        for first, last in sorted(self.ranges):
            if first > beyond:
                yield beyond, first - 1
            beyond = max(beyond, last + 1)
        if beyond <= maxunicode:
            yield beyond, maxunicode


def characters(first: str, last: str) -> CharacterSet:
    """Those from one to another, both included."""
    return CharacterSet(((ord(first), ord(last)),))


def union(sets: Iterable[CharacterSet]) -> CharacterSet:
    """What is in any of them."""
    return CharacterSet(tuple(ranges for each in sets for ranges in each.ranges))


DIGITS: Final = characters("0", "9")
WORDS: Final = union((DIGITS, characters("A", "Z"), characters("a", "z"), characters("_", "_")))
BLANKS: Final = characters("\t", "\r") | characters(" ", " ")
NOT_A_LINE_FEED: Final = characters("\n", "\n").complement()
