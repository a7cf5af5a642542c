"""Findings of checks: one for each check of a source or view, for as long as a day or boundary breaks it."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from functools import cached_property
from typing import Any, Final

from definitions.durations import DAY
from featurestore.checks.check_words import EXPECTATION, held_instants
from featurestore.checks.judged import Judged
from featurestore.context import Context
from featurestore.registry.findings import Finding

REMEMBERED: Final = 8 * 7 * DAY
"""How long a finding remembers a day or boundary that is not held back and was not looked at since."""
_MOST: Final = 100
"""How many days or boundaries a finding remembers, the latest."""


class CheckFindings:
    """The open findings of checks, as they were when this was first asked, and what becomes of them.

    Whether something is held back is decided by gates alone, before tiles are built and values published; whoever only
    looks leaves that as it is.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def standing(self) -> dict[str, Finding]:
        """All of them by their subjects."""
        found = self._context.registry.findings.open_of(EXPECTATION)
        return {finding.subject: finding for finding in found}

    @property
    def told(self) -> tuple[Finding, ...]:
        """Those of them that may be told to who works with the store."""
        return tuple(filter(self._context.sees_finding, self.standing.values()))

    def about(self, sources: Container[str], views: Container[str]) -> tuple[Finding, ...]:
        """Those that may be told about some sources and views."""
        return tuple(
            finding
            for finding in self.told
            if finding.numbers.get("source") in sources or finding.numbers.get("view") in views
        )

    def held(self) -> dict[str, Finding]:
        """Those that may be told for which something is held back, by their subjects."""
        return {finding.subject: finding for finding in self.told if held_instants(finding)}

    def decide(self, judged: Iterable[Judged]) -> tuple[Finding, ...]:
        """Keep what a gate found and holds back, and settle what holds again; returns those that are new or say
        something new."""
        return self._record((each, [item.instant for item in each.withheld]) for each in judged)

    def look(self, judged: Iterable[Judged]) -> tuple[Finding, ...]:
        """The same of what was only looked at: what a gate holds back stays so for as long as it breaks the check."""
        return self._record(
            (each, [item.instant for item in each.withheld if item.instant in self._held_of(each.subject)])
            for each in judged
        )

    def settle_others(self, kind: str, name: str, subjects: Container[str]) -> None:
        """Settle the findings about the source or view (`kind`) of this name that no check of these subjects is left to
        look at."""
        for finding in self.standing.values():
            if finding.numbers.get(kind) == name and finding.subject not in subjects:
                self._context.registry.findings.settle(EXPECTATION, finding.subject)

    def _held_of(self, subject: str) -> tuple[int, ...]:
        return held_instants(self.standing[subject]) if subject in self.standing else ()

    def _record(self, found: Iterable[tuple[Judged, Collection[int]]]) -> tuple[Finding, ...]:
        kept = (self._keep(judged, held) for judged, held in found)
        return tuple(finding for finding in kept if finding is not None)

    def _keep(self, judged: Judged, held: Collection[int]) -> Finding | None:
        registry, former = self._context.registry.findings, self.standing.get(judged.subject)
        broken = {} if former is None else self._still_known(judged, former)
        for each in judged.judgements:
            broken.pop(str(each.instant), None)
        for each in judged.broken:
            figures = {**(each.figures or {}), "held": each.instant in held, "inputs": judged.evidence(each)}
            broken[str(each.instant)] = figures
        if not broken:
            if former is not None:
                registry.settle(EXPECTATION, judged.subject)
            return None
        numbers = {
            **judged.about,
            "name": judged.name,
            "check": judged.check.model_dump(mode="json"),
            "broken": dict(sorted(broken.items(), key=lambda pair: int(pair[0]))[-_MOST:]),
        }
        if former is not None and former.numbers == numbers:
            return None
        return registry.see(EXPECTATION, judged.subject, numbers, self._context.clock.now())

    def _still_known(self, judged: Judged, former: Finding) -> dict[str, Any]:
        """What a finding says of other days or boundaries, as far as that is still of interest."""
        unit = DAY if judged.about["unit"] == "day" else 1
        first = self._context.clock.now() - REMEMBERED
        known = {
            at: figures
            for at, figures in former.numbers["broken"].items()
            if judged.is_there(int(at)) and (figures["held"] or int(at) * unit >= first)
        }
        if not judged.is_of_now or not judged.judgements:
            return known
        # Those before tell since when it is so, if it still is.
        return {at: {**figures, "held": False} for at, figures in known.items()} if judged.broken else {}
