"""What a survey finds in a file, day by day."""

from __future__ import annotations

from collections.abc import Mapping

from builders.engine import FileDays


def file_days(file: str, days: Mapping[int | None, tuple[int, int, int]], timed: bool) -> FileDays:
    """A file's rows, first and last instant by day; those without a timestamp are under None."""
    rows = sum(held[0] for held in days.values())
    without = days.get(None, (0, 0, 0))[0] if timed else 0
    return FileDays(file, rows, without, {day: held for day, held in days.items() if day is not None})
