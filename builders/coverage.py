"""Which tiles are stored and which have to be built from the source, slot by slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Range = tuple[int, int]
"""`[start, end)` in microseconds."""


def uncovered(start: int, end: int, covered: Iterable[Range]) -> list[Range]:
    """The parts of `[start, end)` that no range in `covered` holds, in order."""
    missing: list[Range] = []
    position = start
    for first, last in sorted(covered):
        if last <= position:
            continue
        if first >= end:
            break
        if first > position:
            missing.append((position, first))
        position = last
    if position < end:
        missing.append((position, end))
    return missing


def merge_ranges(ranges: Sequence[Range]) -> list[Range]:
    """The same instants as as few ranges as possible, in order; empty ranges are dropped."""
    merged: list[Range] = []
    for start, end in sorted(item for item in ranges if item[0] < item[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
