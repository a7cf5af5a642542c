"""What is asked about rows as they are: statistics of a source's days or of a frame's rows, and samples to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builders.coverage import Range
from builders.request import RelationFiles
from definitions.model import Source
from definitions.statistic import Profile, Statistic

Profiles = Mapping[int | None, Profile]
"""What each group of rows is like: of a source, the days (UTC, since 1970) that have rows, or None of all time where
rows have no timestamp; of a frame, the instants (UTC microseconds) that it was asked at."""


@dataclass(frozen=True)
class ReadRows:
    """Rows of a source as its files have them, before keys, `dedupe` and dimensions, with an instant `within` a range
    (UTC microseconds)."""

    source: Source
    files: RelationFiles
    within: Range


@dataclass(frozen=True)
class MeasureDays:
    """Statistics of a source's rows, day by day."""

    rows: ReadRows
    statistics: tuple[Statistic, ...]


@dataclass(frozen=True)
class LookAtRows:
    """Some `number` of a source's rows, the same ones each time on one engine: the values of `columns`, canonical
    expressions by their names in the answer. With a canonical condition `where` they are the first that it is true of,
    and with `unmatched` those whose text is not what its pattern describes."""

    rows: ReadRows
    columns: Mapping[str, str]
    number: int
    where: str | None = None
    unmatched: Statistic | None = None
