"""All that a tile table's rows come from, held against what is expected of it: members, unions and dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from builders.coverage import Range
from definitions.durations import BEGINNING, DAY, END
from definitions.expectation import Freshness, Volume
from definitions.model import Source
from featurestore.checks.judge_source import judge_days, judge_freshness
from featurestore.checks.judged import Judged, always
from featurestore.checks.relation_parts import RelationPart, expects_something, parts_of
from featurestore.checks.source_days import SourceDays
from featurestore.context import Context
from featurestore.survey import Survey, survey_source
from quality.judgement import Judgement, name_checks


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The rows of a `range` of instants (UTC microseconds) are held back for the finding `subject` about a `day`."""

    subject: str
    day: int
    range: Range

    def in_tiles(self, hop: int | None) -> Range:
        """The range, widened to whole tiles of a hop."""
        start, end = self.range
        if not hop or hop <= DAY:
            return start, end
        return start // hop * hop, end if end == END else -(-end // hop) * hop


@dataclass(frozen=True)
class CheckedSource:
    """One declared source with what came of its checks; rows of a dimension stand beside all rows after them."""

    days: SourceDays
    judgements: tuple[Judgement, ...]

    @property
    def source(self) -> Source:
        return self.days.source

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """The judgements by their checks."""
        found: dict[str, list[Judgement]] = {}
        for each in self.judgements:
            found.setdefault(each.name, []).append(each)
        return tuple(
            Judged(
                context=self.days.context,
                about={"source": self.source.name, "unit": "day"},
                name=name,
                check=check,
                judgements=tuple(found.get(name, ())),
                inputs=self.days.inputs,
                # Of a check of the number of rows a day without any may be the very finding.
                is_there=always if isinstance(check, Volume) else self.days.has_rows,
                holds=self.source.on_block == "hold",
            )
            for name, check in name_checks(self.source.expect).items()
        )

    @property
    def held(self) -> Iterator[HeldRows]:
        """What is not to be built, or read, of the source."""
        for each in self.judged:
            for judgement in each.withheld:
                yield HeldRows(each.subject, judgement.instant, self._reach(judgement))

    def _reach(self, judgement: Judgement) -> Range:
        start = judgement.instant * DAY
        if self.source.timestamp is None:
            return BEGINNING, END
        if self.days.part.is_dimension or isinstance(judgement.check, Freshness):
            return start, END
        return start, start + DAY


def check_relation(
    context: Context, source: Source, survey: Survey, ranges: Sequence[Range], until: int
) -> tuple[CheckedSource, ...]:
    """Check the days that tiles of these ranges (UTC microseconds) are made of, of rows before `until`, and whether the
    newest of these rows is there."""
    return tuple(
        _check_part(SourceDays(context, part, until), ranges) for part in parts_of(source, survey) if part.source.expect
    )


def check_sources(context: Context, relations: Iterable[Source], span: Range) -> tuple[CheckedSource, ...]:
    """Check the days within a range (UTC microseconds) of all declared sources that relations are read from, each
    source once and by itself, and whether the newest row before its end is there."""
    parts: dict[str, RelationPart] = {}
    for relation in relations:
        if expects_something(relation):
            for part in parts_of(relation, survey_source(context, relation)):
                parts.setdefault(part.source.name, replace(part, is_dimension=False))
    return tuple(
        _check_part(SourceDays(context, part, span[1]), [span]) for part in parts.values() if part.source.expect
    )


def _check_part(days: SourceDays, ranges: Sequence[Range]) -> CheckedSource:
    reached = [(BEGINNING, days.until)] if days.part.is_dimension or days.source.timestamp is None else ranges
    return CheckedSource(days, (*judge_days(days, _days_in(days, reached)), *judge_freshness(days)))


def _days_in(days: SourceDays, ranges: Sequence[Range]) -> list[int]:
    """The days that reach into the ranges: those with rows and, where the number of rows matters, those without."""
    present = days.present
    if not present or days.source.timestamp is None:
        return list(present)
    asked: Sequence[int] = present
    if any(isinstance(check, Volume) for check in days.source.expect):
        # A day is due when it is over; those after the last rows are so too.
        last = max(present[-1], days.until // DAY - 1)
        asked = range(present[0], last + 1)
    return [day for day in asked if any(start < (day + 1) * DAY and day * DAY < end for start, end in ranges)]
