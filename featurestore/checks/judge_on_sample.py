"""A sample of a source's day held against what Great Expectations is to expect of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from builders.profiles import LookAtRows
from definitions.columns import own_types
from definitions.expectation import Check, GreatExpectation
from definitions.expressions import parse_expression
from definitions.terms import render_name
from featurestore.checks.source_days import SourceDays
from quality.gx import Sample, judge_sample
from quality.judgement import ERROR, Figures
from quality.words import day_words

SAMPLE: Final = 10_000
"""How many rows of a day are looked at."""


def judge_on_sample(days: SourceDays, day: int, checks: Mapping[str, Check]) -> dict[str, Figures | None]:
    """What was found by those of the checks, by their keys, that are Great Expectations'; rows are read, and it is
    loaded, only if there are some."""
    asked = {key: check for key, check in checks.items() if isinstance(check, GreatExpectation)}
    if not asked:
        return {}
    found = judge_sample([(check, check.column) for check in asked.values()], sample_of_day(days, day))
    return dict(zip(asked, found, strict=True))


def sample_of_day(days: SourceDays, day: int, number: int = SAMPLE, with_private: bool = True) -> Sample:
    """Up to so many rows of a day, the same ones each time; without the columns that tell about people if these are
    not to be seen."""
    source = days.source
    private = days.part.personal
    types = own_types(source)
    columns = {
        name: parse_expression(render_name(name), types).canonical
        for name in types
        if with_private or name not in private
    }
    rows = days.context.engine.look_at_rows(LookAtRows(days.rows(day, day), columns, number))
    name = source.name if source.timestamp is None else f"{source.name} {day_words(day)}"
    return Sample(name, rows, private)


def lasting(judged: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth remembering: a check that could not be made is made again, as what it lacked may be there then."""
    return {key: figures for key, figures in judged.items() if figures is None or ERROR not in figures}
