"""What each form costs on DuckDB.

The constants were fitted to frames over 1M and 10M events of 1,000 to 1,000,000 entities, of 10,000 to 300,000 rows
(docs/decisions/0010); `make bench-meaning` holds the choice against every fixed form.
"""

from __future__ import annotations

from typing import Final

from builders.form_costs import Work, count_probes, subtracted
from builders.slots import SlotWindow

_JOIN_TILE: Final = 0.15
_JOIN_CANDIDATE: Final = 0.015
_JOIN_VALUE: Final = 0.01
_BANDED_CANDIDATE: Final = 0.2
_BAND_VALUE: Final = 0.1
_INSTANT_CANDIDATE: Final = 0.7
_COUNTED_CANDIDATE: Final = 0.5
_MERGE_TILE: Final = 0.3
_MERGE_DEPTH: Final = 0.08
_MERGE_PROBE: Final = 0.6
_MERGE_DIFFERENCE: Final = 0.4
_FRAME_ROW: Final = 0.5
_FRAME_VALUE: Final = 0.05

_MOST_REACHES_WITHOUT_BANDS: Final = 2


class DuckDBCosts:
    """Implements `builders.form_costs.FormCosts`."""

    def of_join(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Counts by value spread the candidates out once more."""
        reaches = {window.reach for window in windows}
        candidates = work.candidates(windows)
        slots = {window.slot for window in windows}
        counted = sum(slot.counts_values for slot in slots)
        cost = work.tiles * _JOIN_TILE + candidates * _COUNTED_CANDIDATE * counted
        if work.are_rows and any(slot.picks_row for slot in slots):
            return cost + candidates * _INSTANT_CANDIDATE
        if len(reaches) <= _MOST_REACHES_WITHOUT_BANDS:
            return cost + candidates * (_JOIN_CANDIDATE + _JOIN_VALUE * len(windows))
        banded = candidates * (_BANDED_CANDIDATE + _JOIN_VALUE * len(slots))
        return cost + banded + work.pairs * len(reaches) * len(slots) * _BAND_VALUE

    def of_merge(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Sorting takes the longer the more tiles an entity has."""
        probe = _MERGE_PROBE + (_MERGE_DIFFERENCE if subtracted(windows) else 0.0)
        return work.tiles * (_MERGE_TILE + _MERGE_DEPTH * work.depth) + count_probes(work, windows) * probe

    def of_sliding_frame(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """A frame is a tree over what it spans."""
        return (work.tiles + work.pairs) * (_FRAME_ROW + _FRAME_VALUE * len(windows) * work.depth)
