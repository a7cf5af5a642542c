"""What a review of kept look-ups found, for people and for programs: figures of columns, and never a key or a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from featurestore.clock import format_instant
from featurestore.registry.findings import Finding

SKEW: Final = "skew"


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column whose value differs in so many look-ups: by `mean` and `largest`, None where it is no number, where one
    side has none, or where the column is personal."""

    column: str
    look_ups: int
    mean: float | None = None
    largest: float | None = None


@dataclass(frozen=True, slots=True)
class ViewSkew:
    """Kept look-ups of a view, by its name online, from the `first` to the `last` (UTC microseconds; None of none).

    `recomputed` of them could be computed from the segments that they were served of, `gone` not any more. `differing`
    of the recomputed ones were served other values, which is a defect, in `defects`; their rows were of `generations`
    and of segment `versions`, the first and the last. `compared` look-ups could be computed from the segments of now:
    `late` is what rows changed in them that landed since.
    """

    view: str
    kept: int
    first: int | None
    last: int | None
    recomputed: int
    gone: int
    differing: int
    defects: tuple[ColumnDifference, ...]
    generations: tuple[int, ...]
    versions: tuple[int, ...]
    compared: int
    late: tuple[ColumnDifference, ...]


@dataclass(frozen=True, slots=True)
class SkewReport:
    """A review: one `ViewSkew` a view, and the findings of which something new was seen."""

    views: tuple[ViewSkew, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no look-up was served other values than its segments give."""
        return not any(view.differing for view in self.views)

    def document(self) -> dict[str, Any]:
        """The same for programs, of JSON types throughout."""
        return {"agrees": self.agrees, "views": [_view_document(view) for view in self.views]}

    def lines(self) -> list[str]:
        """The same in sentences."""
        return [line for view in self.views for line in _view_lines(view)]


def skew_words(finding: Finding) -> str:
    """A finding of skew in a sentence: how many look-ups, which columns, what they were of."""
    numbers = finding.numbers
    columns = _listed(ColumnDifference(*item) for item in numbers["columns"])
    return (
        f"{_served_others(finding.subject, numbers)}: {columns}; {_origin(numbers)}; this is a defect, no late data: "
        "what is online is not what was published"
    )


def finding_numbers(skew: ViewSkew) -> dict[str, Any]:
    """What a finding remembers of a view whose look-ups differ."""
    return {
        "view": skew.view.partition("@")[0],
        "recomputed": skew.recomputed,
        "differing": skew.differing,
        "columns": [[item.column, item.look_ups, item.mean, item.largest] for item in skew.defects],
        "generations": list(skew.generations),
        "versions": list(skew.versions),
    }


def _view_document(view: ViewSkew) -> dict[str, Any]:
    return {
        "view": view.view,
        "kept": view.kept,
        "first": None if view.first is None else format_instant(view.first),
        "last": None if view.last is None else format_instant(view.last),
        "recomputed": view.recomputed,
        "gone": view.gone,
        "differing": view.differing,
        "defects": [_column_document(item, view.recomputed) for item in view.defects],
        "generations": list(view.generations),
        "versions": list(view.versions),
        "compared": view.compared,
        "late_data": [_column_document(item, view.compared) for item in view.late],
    }


def _column_document(item: ColumnDifference, of: int) -> dict[str, Any]:
    share = item.look_ups / of
    return {
        "column": item.column,
        "look_ups": item.look_ups,
        "share": share,
        "mean_difference": item.mean,
        "largest_difference": item.largest,
    }


def _view_lines(view: ViewSkew) -> list[str]:
    if not view.kept:
        return [f"{view.view}: no look-ups are kept"]
    lines = []
    if view.differing:
        numbers = finding_numbers(view)
        said = _served_others(view.view, numbers)
        lines.append(f"{said}, which is a defect: {_listed(view.defects)}; {_origin(numbers)}")
    elif view.recomputed:
        lines.append(f"{view.view}: {_count(view.recomputed)} recomputed, all were served what their segments give")
    if view.gone:
        lines.append(f"{view.view}: {_count(view.gone)} cannot be recomputed any more, their tiles are gone")
    if view.late:
        changed = "; ".join(
            f"{item.column} in {item.look_ups / view.compared:.1%} of {_count(view.compared)}{_by(item)}"
            for item in view.late
        )
        lines.append(f"{view.view}: late data would change {changed}")
    elif view.compared:
        lines.append(f"{view.view}: late data would change nothing in {_count(view.compared)}")
    return lines


def _served_others(view: str, numbers: Mapping[str, Any]) -> str:
    were = "was" if numbers["differing"] == 1 else "were"
    of = f"{numbers['differing']:,} of {_count(numbers['recomputed'])}"
    return f"{view}: {of} {were} served other values than the same segments give"


def _listed(columns: Iterable[ColumnDifference]) -> str:
    return ", ".join(f"{item.column} in {item.look_ups:,}{_by(item)}" for item in columns)


def _by(item: ColumnDifference) -> str:
    return "" if item.largest is None else f" (by up to {item.largest:.6g})"


def _origin(numbers: Mapping[str, Any]) -> str:
    generations, versions = numbers["generations"], numbers["versions"]
    of = f"generation {', '.join(map(str, generations))}"
    first, last = versions[0], versions[-1]
    return f"{of}, segment version {first}" if first == last else f"{of}, segment versions {first} to {last}"


def _count(number: int) -> str:
    return f"{number:,} look-up{'' if number == 1 else 's'}"
