"""Regions of a table as HBase counts them, and a plan towards an even layout: pure figures, no HBase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1 << 20
TARGET_BYTES: Final = 1 << 30
"""How large a region is to become: HBase itself splits at ten times that, and to move or compact one takes seconds."""
HOT: Final = 4.0
"""A region is hot that gets this many times the requests of an average one."""
LEAST_REQUESTS: Final = 50.0
"""A second; below it nothing is hot."""


@dataclass(frozen=True)
class Region:
    """A region: its encoded name, the rows from `start` to before `end` (empty where there is no limit), what its files
    and its memory hold in bytes (HBase tells whole megabytes), and how often it was asked since it was opened."""

    name: str
    server: str
    start: bytes
    end: bytes
    files: int
    file_bytes: int
    memory_bytes: int
    reads: int
    writes: int

    @property
    def bytes(self) -> int:
        return self.file_bytes + self.memory_bytes


@dataclass(frozen=True)
class RegionLoad:
    """A region and how often it is asked a second."""

    region: Region
    reads_per_second: float
    writes_per_second: float

    @property
    def requests_per_second(self) -> float:
        return self.reads_per_second + self.writes_per_second


@dataclass(frozen=True)
class RegionMerge:
    """Neighbours to be made one region."""

    regions: tuple[Region, ...]

    @property
    def reason(self) -> str:
        total = sum(region.bytes for region in self.regions)
        return f"{len(self.regions)} neighbours hold {total / MEGABYTE:,.0f} MB together"


@dataclass(frozen=True)
class RegionSplit:
    """A region to be made two, where HBase finds its middle."""

    region: Region
    reason: str


def measure_loads(before: Sequence[Region], after: Sequence[Region], seconds: float) -> list[RegionLoad]:
    """What was asked of each region between two looks; a region that was opened meanwhile began at 0."""
    earlier = {region.name: region for region in before}
    loads = []
    for region in after:
        held = earlier.get(region.name)
        if held is None or held.reads > region.reads or held.writes > region.writes:
            loads.append(RegionLoad(region, region.reads / seconds, region.writes / seconds))
        else:
            reads, writes = region.reads - held.reads, region.writes - held.writes
            loads.append(RegionLoad(region, reads / seconds, writes / seconds))
    return loads


def find_hot(loads: Sequence[RegionLoad]) -> list[RegionLoad]:
    """The regions that get far more requests than others, most first."""
    if len(loads) < 2:
        return []

    def is_hot(load: RegionLoad) -> bool:
        others = (sum(each.requests_per_second for each in loads) - load.requests_per_second) / (len(loads) - 1)
        return load.requests_per_second >= max(LEAST_REQUESTS, HOT * others)

    return sorted(filter(is_hot, loads), key=lambda load: -load.requests_per_second)


def plan_merges(regions: Sequence[Region], target: int = TARGET_BYTES, at_least: int = 1) -> list[RegionMerge]:
    """Runs of neighbours that make one region of at most `target` bytes; at least so many regions are left, so that
    every server has some."""
    groups: list[list[Region]] = []
    ordered = sorted(regions, key=lambda region: region.start)
    spare = len(ordered) - at_least
    for region in ordered:
        meets = bool(groups) and groups[-1][-1].end == region.start
        fits = meets and sum(each.bytes for each in groups[-1]) + region.bytes <= target
        if fits and spare > 0:
            groups[-1].append(region)
            spare -= 1
        else:
            groups.append([region])
    return [RegionMerge(tuple(group)) for group in groups if len(group) > 1]


def plan_splits(loads: Sequence[RegionLoad], target: int = TARGET_BYTES) -> list[RegionSplit]:
    """Regions that are hot, or hold twice the target. One that holds nothing in files has no middle."""
    hot = {load.region.name: load for load in find_hot(loads)}
    splits = []
    for load in loads:
        region = load.region
        if not region.files:
            continue
        if region.name in hot:
            splits.append(RegionSplit(region, f"it gets {load.requests_per_second:,.0f} requests a second"))
        elif region.bytes > 2 * target:
            splits.append(RegionSplit(region, f"it holds {region.bytes / MEGABYTE:,.0f} MB"))
    return splits
