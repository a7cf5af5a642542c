"""The forms of the plan: steps that give slot windows by pair, from tiles or rows."""

from __future__ import annotations

from dataclasses import dataclass

from builders.engine_traits import MergeScope
from builders.plan import DistinctPairs, Node, ReadSource, Tiles
from builders.slots import Slot, SlotWindow


@dataclass(frozen=True)
class Probes:
    """What one grid asks of a merge: at the boundary and at `boundary - window` for each window."""

    pairs: DistinctPairs
    windows: tuple[tuple[Tiles, SlotWindow], ...]

    @property
    def offsets(self) -> tuple[int, ...]:
        """Microseconds before the boundary at which a probe stands; 0 is the boundary itself."""
        differences = {
            asked.window.microseconds for _, asked in self.windows if asked.window and asked.slot.is_invertible
        }
        return (0, *sorted(differences))


@dataclass(frozen=True)
class Merge(Node):
    """One union of all tile tables of an entity and all probes, one sort, one running window; of one table alone, the
    running window over its tiles and a look-up of each probe in it, if `scope` is `table`."""

    keys: tuple[str, ...]
    tiles: tuple[Tiles, ...]
    probes: tuple[Probes, ...]
    scope: MergeScope

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (*self.tiles, *(probe.pairs for probe in self.probes))

    def describe(self) -> str:
        count = sum(len(probe.offsets) for probe in self.probes)
        return (
            f"merge {len(self.tiles)} tile tables with {count} probes a pair: one union, one sort, one running window"
        )


@dataclass(frozen=True)
class MergedWindows(Node):
    """The probes of one grid grouped back into their pairs; each window is a difference of running values."""

    merge: Merge
    probes: Probes

    @property
    def pairs(self) -> DistinctPairs:
        return self.probes.pairs

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return self.probes.windows

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.merge,)

    def describe(self) -> str:
        return f"group probes back to pairs of the grid {self.pairs.grid.name}: {len(self.windows)} slot windows"


@dataclass(frozen=True)
class TableForm(Node):
    """A step over the tiles of one table and the pairs of one grid; those below say how they meet."""

    tiles: Tiles
    pairs: DistinctPairs
    slot_windows: tuple[SlotWindow, ...]

    @property
    def windows(self) -> tuple[tuple[Tiles, SlotWindow], ...]:
        return tuple((self.tiles, window) for window in self.slot_windows)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.tiles, self.pairs)


@dataclass(frozen=True)
class TileJoin(TableForm):
    """Pairs joined with the tiles inside their longest reach, then aggregated."""

    def describe(self) -> str:
        return f"tile join of {self.tiles.table.label} to its pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class RowJoin(TableForm):
    """Pairs joined with the source's own rows inside their longest reach: the tile join without building tiles first,
    where building them would merge hardly any rows. `tiles` are those that `read` stands for; they are never computed.
    """

    read: ReadSource

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.read, self.pairs)

    def describe(self) -> str:
        return f"join rows of {self.tiles.table.source.name} to pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class SlidingFrame(TableForm):
    """Pairs put among the tiles of their entity, sorted, and each window a frame over the tiles before the pair: for
    minima and maxima where a join would bring many tiles to many pairs."""

    def describe(self) -> str:
        return f"slide frames over {self.tiles.table.label} and its pairs: {len(self.slot_windows)} slot windows"


@dataclass(frozen=True)
class ValueCounts(TableForm):
    """How often each value of one slot occurs in the windows of a pair: tiles' counts, or rows of an exact source
    (`read`), are spread out by value, added up and collected again."""

    read: ReadSource | None

    @property
    def slot(self) -> Slot:
        return self.slot_windows[0].slot

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.read or self.tiles, self.pairs)

    def describe(self) -> str:
        return f"count values of {self.slot.of} by pair: {len(self.slot_windows)} slot windows"


Form = MergedWindows | TileJoin | RowJoin | SlidingFrame | ValueCounts
"""A node that gives slot windows by pair."""
