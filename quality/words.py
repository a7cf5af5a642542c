"""What a check found, in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from definitions.expectation import (
    Check,
    Freshness,
    GreatExpectation,
    InSet,
    Matches,
    NotNull,
    Range,
    Relation,
    Stable,
    Unique,
    Volume,
)
from quality.judgement import ERROR, Figures

_FEW: Final = 6
"""How many of the values that are expected a sentence lists."""

_MEASURES: Final = {
    "rows": "{rows} rows",
    "nulls": "the share of nulls in {column}",
    "mean": "the mean of {column}",
    "rank": "the level of {column} (its mean rank)",
    "spread": "the spread of {column}",
}


def broken_words(check: Check, column: str | None, figures: Figures) -> str:
    """What is otherwise than a check says, of rows or values of `column`."""
    match check:
        case Volume():
            least, most = _number(figures["least"]), _number(figures["most"])
            return f"{figures['rows']:,} rows where {least} to {most} were expected"
        case Freshness():
            return f"the newest row is {_span(figures['age'])} old, and {_span(figures['within'])} is the most"
        case Stable():
            besides = figures.get("columns", 0)
            more = f"; {besides} other {'feature drifts' if besides == 1 else 'features drift'} too" if besides else ""
            return observation_words(column or "", figures) + more
        case GreatExpectation(expectation=expectation):
            return _sample_words(expectation, figures)
        case _:
            return f"{figures['broken']:,} of {figures['rows']:,} rows {_otherwise(check, column or '')}"


def _sample_words(expectation: str, figures: Figures) -> str:
    sample = f"a sample of {figures['rows']:,} rows"
    if ERROR in figures:
        return f"{expectation} could not be checked on {sample}: {figures[ERROR]}"
    if "broken" in figures:
        return f"{figures['broken']:,} values in {sample} are not as {expectation} says"
    observed = f"has {_value(figures['observed'])}, which is" if "observed" in figures else "is"
    return f"{sample} {observed} not as {expectation} says"


def _otherwise(check: Check, column: str) -> str:
    """What is wrong with rows that break a check, as a predicate."""
    match check:
        case NotNull():
            return f"have no {column}"
        case Range(min=low, max=high):
            if high is None:
                return f"have {column} below {_value(low)}"
            return (
                f"have {column} above {_value(high)}"
                if low is None
                else (f"have {column} outside {_value(low)} to {_value(high)}")
            )
        case InSet(values=values):
            listed = ", ".join(map(_value, values[:_FEW])) + (", ..." if len(values) > _FEW else "")
            return f"have another {column} than {listed}"
        case Matches(pattern=pattern):
            return f"have a {column} that does not match {pattern}"
        case Unique(columns=columns):
            return f"have the {' and '.join(columns)} of another row of their day"
        case Relation(that=that):
            return f"are not {that}"
        case _:
            return "are not as expected"


def observation_words(column: str, figures: Figures) -> str:
    """What is otherwise about a column than it usually is."""
    family, label = figures["family"], figures["label"]
    others = figures["others"]
    more = f"; {others} other {'measure is' if others == 1 else 'measures are'} off too" if others else ""
    if family == "profile":
        far, usual = _number(figures["observed"]), _number(figures["highest"])
        return f"how {column} is spread over its values is {far} away from usual, where {usual} is the most{more}"
    if family == "share":
        what = f"the share of {column} {label}"
    elif family == "until":
        what = f"the share of {column} until the end of hour {label}"
    else:
        what = _MEASURES[family].format(column=column, rows="the number of")
    observed, lowest, highest = (figures[name] for name in ("observed", "lowest", "highest"))
    if family in ("nulls", "share", "until"):
        observed, lowest, highest = (f"{100 * value:.3g} %" for value in (observed, lowest, highest))
    else:
        observed, lowest, highest = map(_number, (observed, lowest, highest))
    return f"{what} is {observed}, where {lowest} to {highest} is usual{more}"


def _value(value: Any) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _span(microseconds: int) -> str:
    span = timedelta(microseconds=microseconds)
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def day_words(day: int) -> str:
    """A day since 1970, as people write it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
