"""All that a tile table's rows come from, held against what is expected of it: members, unions and dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from builders.coverage import Range, merge_ranges
from definitions.durations import BEGINNING, DAY, END
from definitions.expectation import Volume
from definitions.model import Source
from definitions.relation import Relation
from featurestore.checks.judge_source import judge_days, judge_freshness
from featurestore.checks.source_days import SourceDays
from featurestore.context import Context
from featurestore.survey import Survey
from quality.judgement import Judgement


@dataclass(frozen=True)
class CheckedSource:
    """One declared source with what came of its checks; rows of a dimension stand beside all rows after them."""

    days: SourceDays
    judgements: tuple[Judgement, ...]
    is_dimension: bool

    @property
    def source(self) -> Source:
        return self.days.source

    @cached_property
    def broken(self) -> tuple[Judgement, ...]:
        """The judgements that found something."""
        return tuple(each for each in self.judgements if each.figures is not None)

    @cached_property
    def withheld(self) -> tuple[Judgement, ...]:
        """Those of them for which rows are held back: their severity is to block, and nobody accepted them."""
        if self.source.on_block != "hold":
            return ()
        return tuple(each for each in self.broken if each.check.severity == "block" and not self._is_accepted(each))

    def _is_accepted(self, judgement: Judgement) -> bool:
        accepted = self.days.context.registry.acceptances.of(subject_of(self.source, judgement))
        return (judgement.instant, self.days.inputs(judgement.instant)) in accepted

    def held_ranges(self) -> Iterator[Range]:
        """The instants whose tiles are not to be built."""
        for judgement in self.withheld:
            start = judgement.instant * DAY
            if self.source.timestamp is None:
                yield BEGINNING, END
            elif self.is_dimension or judgement.name == "freshness":
                yield start, END
            else:
                yield start, start + DAY


def subject_of(source: Source, judgement: Judgement) -> str:
    """What a finding about a source is called: `flights:arr_delay:range`."""
    return f"{source.name}:{judgement.name}"


def check_relation(
    context: Context, source: Source, survey: Survey, ranges: Sequence[Range], until: int, to_the_end: bool = True
) -> tuple[CheckedSource, ...]:
    """Check the days that tiles of these ranges (UTC microseconds) are made of, of rows before `until`; with
    `to_the_end` also whether the newest rows are there."""
    checked = []
    for part, held, is_dimension in parts_of(source, survey):
        if not part.expect:
            continue
        days = SourceDays(context, part, held, until)
        reached = [(BEGINNING, until)] if is_dimension or part.timestamp is None else ranges
        judgements = judge_days(days, _days_in(days, reached))
        checked.append(CheckedSource(days, (*judgements, *(judge_freshness(days) if to_the_end else ())), is_dimension))
    return tuple(checked)


def held_back(checked: Sequence[CheckedSource], hop: int | None) -> list[Range]:
    """The ranges that are held back, widened to whole tiles of a hop."""
    found = [held for each in checked for held in each.held_ranges()]
    if hop and hop > DAY:
        found = [(start // hop * hop, end if end == END else -(-end // hop) * hop) for start, end in found]
    return merge_ranges(found)


def parts_of(source: Source, survey: Survey, is_dimension: bool = False) -> Iterator[tuple[Source, Survey, bool]]:
    """The declared sources that rows come from, each with the survey of its own files."""
    if len(source.members) > 1:
        assert isinstance(source, Relation)
        yield source.model_copy(update={"dimensions": ()}), Survey(survey.members), is_dimension
    for member, surveyed in zip(source.members, survey.members, strict=True):
        yield member, Survey((surveyed,)), is_dimension
    for join, joined in zip(source.joins, survey.dimensions, strict=True):
        yield from parts_of(join.dimension, joined, True)


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
