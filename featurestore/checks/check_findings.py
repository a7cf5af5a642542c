"""Findings of checks: one for each check of a source or view, for as long as a day or boundary breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from pydantic import TypeAdapter

from definitions.durations import DAY
from definitions.expectation import Check, Expectation
from featurestore.checks.check_relation import CheckedSource, subject_of
from featurestore.clock import format_instant
from featurestore.context import Context
from featurestore.registry.findings import OPEN, Finding
from quality.judgement import Judgement
from quality.words import broken_words, day_words

EXPECTATION: Final = "expectation"
"""The kind of findings that checks have."""

_MOST: Final = 100
"""How many days or boundaries a finding remembers, the latest."""


def record_source_findings(context: Context, checked: Iterable[CheckedSource]) -> tuple[Finding, ...]:
    """Keep what the checks of sources found, and settle what holds again.

    Returns those that something new was seen of.
    """
    fresh = []
    for each in checked:
        withheld = {(item.name, item.instant) for item in each.withheld}
        for name in dict.fromkeys(item.name for item in each.judgements):
            judged = [item for item in each.judgements if item.name == name]
            about = {"source": each.source.name, "unit": "day", "until": each.days.until}
            held = [item.instant for item in judged if (name, item.instant) in withheld]
            found = record_finding(context, subject_of(each.source, judged[0]), about, judged, held)
            fresh += [] if found is None else [found]
    return tuple(fresh)


def record_finding(
    context: Context, subject: str, about: Mapping[str, Any], judged: Sequence[Judgement], held: Sequence[int]
) -> Finding | None:
    """Keep what one check found of the instants that were judged; what it found of others stays as it was."""
    registry = context.registry.findings
    former = _find(context, subject)
    known = {} if former is None or former.state != OPEN else dict(former.numbers["broken"])
    for item in judged:
        known.pop(str(item.instant), None)
        if item.figures is not None:
            known[str(item.instant)] = {**item.figures, "held": item.instant in held}
    if not known:
        if former is not None and former.state == OPEN:
            registry.settle(EXPECTATION, subject)
        return None
    kept = dict(sorted(known.items(), key=lambda pair: int(pair[0]))[-_MOST:])
    check = judged[0].check
    numbers = {**about, "name": judged[0].name, "check": check.model_dump(mode="json"), "broken": kept}
    if former is not None and former.state == OPEN and {**former.numbers, **about} == numbers:
        return None
    return registry.see(EXPECTATION, subject, numbers, context.clock.now())


def _find(context: Context, subject: str) -> Finding | None:
    return next(
        (each for each in context.registry.findings.all() if (each.kind, each.subject) == (EXPECTATION, subject)), None
    )


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


def expectation_words(finding: Finding) -> str:
    """A finding of a check in a sentence: what is wrong with the last day or boundary, since when, what is held."""
    numbers = finding.numbers
    check, column = check_of(finding), _column_of(finding)
    last, figures = list(numbers["broken"].items())[-1]
    said = broken_words(check, column, figures)
    held, since = held_instants(finding), started(finding)
    when = _at(finding, int(last))
    begun = f", since {_at(finding, since)}" if since != int(last) else ""
    kept = ""
    if held:
        unit = "day" if numbers["unit"] == "day" else "boundary"
        what = f"that {unit} is" if len(held) == 1 else f"{len(held)} {_plural(unit)} are"
        kept = f"; {what} held back: `featurestore check --accept {finding.subject} --reason ...` lets it pass"
    return f"{numbers.get('source') or numbers['view']}, {when}: {said}{begun}{kept}"


def _plural(unit: str) -> str:
    return "days" if unit == "day" else "boundaries"


def _column_of(finding: Finding) -> str | None:
    column = finding.numbers.get("column") or finding.numbers["check"].get("column")
    return None if column is None else str(column)


def _at(finding: Finding, instant: int) -> str:
    return day_words(instant) if finding.numbers["unit"] == "day" else format_instant(instant)


def instant_of(finding: Finding) -> int:
    """The last day or boundary that breaks the check, in UTC microseconds."""
    last = int(list(finding.numbers["broken"])[-1])
    return last * DAY if finding.numbers["unit"] == "day" else last
