"""Train/serve skew: look-ups that were kept are computed again, the way that training computes.

From the segments that a row was served of, the same values must come: where they do not, the row online is not what was
published, which is a defect and a finding. From the segments of now others may come: that is the effect of late data, a
figure and no finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from builders.lineage import trace_column
from definitions.columns import FeatureColumn
from featurestore.context import Context
from featurestore.governance.pii import declassified_levels, pii_of
from featurestore.recomputed_lookups import RecomputedLookup, columns_of_generation, recompute_lookups
from featurestore.registry.findings import Finding
from featurestore.registry.lookup_writer import KeptLookup
from featurestore.resolve import Applied
from featurestore.skew_report import SKEW, ColumnDifference, SkewReport, ViewSkew, finding_numbers
from featurestore.skew_values import differences

_PIN_MICROSECONDS: Final = 3_600_000_000
"""How long the segments are safe from `vacuum` while look-ups are computed from them."""


def review_skew(context: Context, applied: Applied, views: Iterable[str]) -> SkewReport:
    """Compute the kept look-ups of views, by their names online, again, and keep a finding of each that differs.

    What this process has looked up and not flushed yet is not among them.

    Raises:
        SourceError: a segment's file cannot be read.
    """
    reviewed, fresh = [], []
    with _pinned(context) as latest:
        for name in views:
            reviewing = _review_view(context, applied, name, latest)
            reviewed.append(reviewing.skew())
            if found := _keep_finding(context, reviewed[-1], reviewing.last_defect):
                fresh.append(found)
    return SkewReport(tuple(reviewed), tuple(fresh))


@contextmanager
def _pinned(context: Context) -> Iterator[int]:
    """The latest segment version; what it and those before need is left alone by `vacuum` meanwhile."""
    registry = context.registry.segments
    latest = registry.latest_version()
    pin = registry.pin(latest, context.clock.now() + _PIN_MICROSECONDS)
    try:
        yield latest
    finally:
        registry.unpin(pin)


def _review_view(context: Context, applied: Applied, name: str, latest: int) -> _Reviewing:
    registry = context.registry
    kept = registry.kept_lookups.of(name)
    reviewing = _Reviewing(name, kept)
    by_generation: dict[int, list[KeptLookup]] = defaultdict(list)
    for item in kept:
        by_generation[item.generation].append(item)
    generations = {item.id: item for item in registry.generations.of(name)}
    declassified = declassified_levels(registry.declassifications.on())
    for number, items in by_generation.items():
        generation = generations.get(number)
        columns = None if generation is None else columns_of_generation(context, applied, generation)
        if columns is None:
            continue
        publishes = [item for item in registry.generations.finished(name) if item.generation_id == number]
        for look_up in recompute_lookups(context, columns, number, publishes, items, latest):
            reviewing.hold(look_up, [column.column for column in columns])
        differing = (column for column in columns if column.name in reviewing.names)
        reviewing.personal |= {
            column.name for column in differing if pii_of(trace_column(column), declassified).restricted
        }
    return reviewing


def _keep_finding(context: Context, skew: ViewSkew, last_defect: int) -> Finding | None:
    if skew.differing:
        return context.registry.findings.see(SKEW, skew.view, finding_numbers(skew), last_defect)
    if skew.recomputed:
        # Nothing is known of a view whose look-ups cannot be recomputed: what was found of it stands.
        context.registry.findings.settle(SKEW, skew.view)
    return None


@dataclass
class _Columns:
    """The differences of columns, look-up by look-up."""

    found: dict[str, list[float | None]] = field(default_factory=lambda: defaultdict(list))

    def add(self, differing: dict[str, float | None]) -> None:
        for name, distance in differing.items():
            self.found[name].append(distance)

    def told(self, personal: set[str]) -> tuple[ColumnDifference, ...]:
        """Those that differ in most look-ups first; of `personal` ones not how far."""
        told = []
        for name, distances in self.found.items():
            known = [distance for distance in distances if distance is not None and name not in personal]
            mean, largest = (sum(known) / len(known), max(known)) if known else (None, None)
            told.append(ColumnDifference(name, len(distances), mean, largest))
        return tuple(sorted(told, key=lambda item: (-item.look_ups, item.column)))


@dataclass
class _Reviewing:
    """What is found of a view's look-ups, one after the other. `personal` columns tell so much of a person that not
    even how far values of theirs are apart is shown."""

    view: str
    kept: tuple[KeptLookup, ...]
    recomputed: int = 0
    compared: int = 0
    differing: list[RecomputedLookup] = field(default_factory=list)
    defects: _Columns = field(default_factory=_Columns)
    late: _Columns = field(default_factory=_Columns)
    personal: set[str] = field(default_factory=set)

    def hold(self, look_up: RecomputedLookup, columns: Sequence[FeatureColumn]) -> None:
        """Hold a look-up against what its segments give, and what those of now do."""
        if look_up.same is not None:
            self.recomputed += 1
            if wrong := differences(columns, look_up.served, look_up.same):
                self.defects.add(wrong)
                self.differing.append(look_up)
        if look_up.now is not None:
            self.compared += 1
            # Of what cannot be recomputed any more, what was served stands for what its segments gave.
            then = look_up.served if look_up.same is None else look_up.same
            self.late.add(differences(columns, then, look_up.now))

    @property
    def names(self) -> set[str]:
        """The columns that differ in whatever way."""
        return self.defects.found.keys() | self.late.found.keys()

    @property
    def last_defect(self) -> int:
        """When a look-up was last served what it should not have been; 0 for never."""
        return max((item.kept.at for item in self.differing), default=0)

    def skew(self) -> ViewSkew:
        at = [item.at for item in self.kept]
        return ViewSkew(
            view=self.view,
            kept=len(self.kept),
            first=min(at, default=None),
            last=max(at, default=None),
            recomputed=self.recomputed,
            gone=len(self.kept) - self.recomputed,
            differing=len(self.differing),
            defects=self.defects.told(self.personal),
            generations=tuple(sorted({item.kept.generation for item in self.differing})),
            versions=tuple(sorted({item.version for item in self.differing})),
            compared=self.compared,
            late=self.late.told(self.personal),
        )
