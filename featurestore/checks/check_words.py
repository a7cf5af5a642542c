"""What a finding of a check says: what is wrong, with which days or boundaries, since when, and what is held back."""

from __future__ import annotations

from typing import Any, Final, cast

from pydantic import TypeAdapter

from definitions.expectation import Check, Expectation
from featurestore.clock import format_instant
from featurestore.registry.findings import Finding
from quality.words import broken_words, day_words

EXPECTATION: Final = "expectation"
"""The kind of findings that checks have."""


def check_of(finding: Finding) -> Check:
    """The check that a finding is about, as it was then."""
    adapter: TypeAdapter[Any] = TypeAdapter(Expectation)
    return cast(Check, adapter.validate_python(finding.numbers["check"]))


def held_instants(finding: Finding) -> tuple[int, ...]:
    """The days or boundaries that are held back for a finding."""
    return tuple(int(at) for at, figures in finding.numbers["broken"].items() if figures["held"])


def started(finding: Finding) -> int:
    """The first of the days or boundaries, one after the other, that break the check until now."""
    broken = [int(at) for at in finding.numbers["broken"]]
    if finding.numbers["unit"] != "day":
        return broken[0]
    first = broken[-1]
    while first - 1 in broken:
        first -= 1
    return first


def column_of(finding: Finding) -> str | None:
    """The column of a source, or of a view, that a finding is about; of several columns the one that is furthest off
    now."""
    _, latest = _latest(finding)
    named = latest.get("column") or finding.numbers.get("column") or finding.numbers["check"].get("column")
    return None if named is None else str(named)


def expectation_words(finding: Finding) -> str:
    """A finding of a check in a sentence: what is wrong with the last day or boundary, since when, what is held."""
    numbers = finding.numbers
    last, figures = _latest(finding)
    said = broken_words(check_of(finding), column_of(finding), figures)
    since = started(finding)
    begun = f", since {instant_words(finding, since)}" if since != last else ""
    kept = _held_words(finding, last)
    about = numbers.get("source") or numbers["view"]
    return f"{about}, {instant_words(finding, last)}: {said}{begun}{kept}"


def instant_words(finding: Finding, instant: int) -> str:
    """A day or boundary of a finding, as people write it."""
    return day_words(instant) if finding.numbers["unit"] == "day" else format_instant(instant)


def _held_words(finding: Finding, last: int) -> str:
    held, is_day = held_instants(finding), finding.numbers["unit"] == "day"
    if not held:
        return ""
    if held == (last,):
        what = "that day is" if is_day else "that boundary is"
    elif len(held) == 1:
        what = f"{instant_words(finding, held[0])} is"
    else:
        what = f"{len(held)} {'days' if is_day else 'boundaries'} are"
    return f"; {what} held back: `featurestore check --accept {finding.subject} --reason ...` lets it pass"


def _latest(finding: Finding) -> tuple[int, dict[str, Any]]:
    at, figures = list(finding.numbers["broken"].items())[-1]
    return int(at), figures
