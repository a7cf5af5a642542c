"""What a check run found: in words, with numbers, rows to look at and whom it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.checks.check_words import expectation_words, held_instants, instant_words, started
from featurestore.checks.drift_figures import drift_figures
from featurestore.checks.touched import Touched
from featurestore.clock import format_instant
from featurestore.finding_words import finding_words
from featurestore.registry.findings import Finding
from featurestore.skew_report import SkewReport
from quality.words import day_words, observation_words

if TYPE_CHECKING:
    from featurestore.checks.value_stability import ColumnStability


@dataclass(frozen=True)
class FoundBroken:
    """A finding with some of the rows that break it and whom it touches."""

    finding: Finding
    rows: tuple[Mapping[str, Any], ...]
    touched: Touched

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "finding": self.finding.subject,
            "message": expectation_words(self.finding),
            "since": instant_words(self.finding, started(self.finding)),
            "held": [instant_words(self.finding, instant) for instant in held_instants(self.finding)],
            "broken": {
                instant_words(self.finding, int(at)): {
                    name: figure for name, figure in figures.items() if name != "inputs"
                }
                for at, figures in self.finding.numbers["broken"].items()
            },
            "rows": [{name: _plain(value) for name, value in row.items()} for row in self.rows],
            "touches": self.touched.to_dict(),
        }


@dataclass(frozen=True)
class CheckedDays:
    """A source with the number of its `checks` and of the `days` that were held against them."""

    source: str
    checks: int
    days: int


@dataclass(frozen=True)
class CheckReport:
    """What came of the sources and views that were checked up to `until` (UTC microseconds): what is `broken`, how
    stable features are, whether look-ups that were kept are what their segments give, and which views are `stale`."""

    until: int
    sources: tuple[CheckedDays, ...]
    broken: tuple[FoundBroken, ...]
    stability: Mapping[str, tuple[ColumnStability, ...]]
    skew: SkewReport
    stale: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is as expected."""
        drifts = any(each.verdict.standing == "drifting" for columns in self.stability.values() for each in columns)
        return not (self.broken or drifts or self.stale) and self.skew.agrees

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "until": format_instant(self.until),
            "holds": self.holds,
            "sources": [{"source": each.source, "checks": each.checks, "days": each.days} for each in self.sources],
            "broken": [each.to_dict() for each in self.broken],
            "stability": [
                stability_document(view, each) for view, columns in self.stability.items() for each in columns
            ],
            "skew": self.skew.document(),
            "stale": [{"view": each.subject, "message": finding_words(each)} for each in self.stale],
        }


def stability_document(view: str, each: ColumnStability) -> dict[str, Any]:
    """How stable a feature column is, for programs."""
    verdict = each.verdict
    strongest = verdict.strongest
    return {
        "column": f"{view}:{each.column}",
        "boundary": format_instant(verdict.boundary),
        "standing": verdict.standing,
        "since": None if verdict.since is None else format_instant(verdict.since),
        "evidence": verdict.evidence,
        "population_stability_index": verdict.index,
        "index_by_chance": verdict.index_by_chance,
        "strongest": None
        if strongest is None
        else {
            "measure": strongest.family,
            "label": strongest.label,
            "observed": strongest.observed,
            "expected": strongest.expected,
            "lowest": strongest.lowest,
            "highest": strongest.highest,
            "score": strongest.score,
        },
        "message": stability_words(each),
    }


def stability_words(each: ColumnStability) -> str:
    """How stable a feature column is, in a line."""
    verdict = each.verdict
    if verdict.standing == "not enough evidence":
        return f"not enough evidence: {verdict.evidence} of at least 28 boundaries"
    if verdict.standing == "stable" or verdict.strongest is None:
        return "stable"
    since = "" if verdict.since is None else f" since {day_words(verdict.since // 86_400_000_000)}"
    return f"drifting{since}: {observation_words(each.column, drift_figures(verdict) or {})}"


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
