"""What each form costs on Spark.

The constants were fitted to frames over 1M and 5M events of 1,000 and 100,000 entities, of 10,000 and 300,000 rows, on
two cores (docs/decisions/0016).
"""

from __future__ import annotations

from typing import Final

from builders.form_costs import Work, count_probes
from builders.slots import SlotWindow

_JOIN_TILE: Final = 0.05
_JOIN_PAIR: Final = 1.7
_JOIN_VALUE: Final = 0.03
_JOIN_LIMBS: Final = 0.17
_MERGE: Final = 5e5
_MERGE_DEPTH: Final = 0.14
_MERGE_PROBE: Final = 3.3
_FRAME_VALUE: Final = 0.3
_FRAME_CANDIDATE: Final = 0.019


class SparkCosts:
    """Implements `builders.form_costs.FormCosts`."""

    def of_join(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Candidates go through a hash table and are added up at once, never written down; limbs are decimals."""
        in_limbs = sum(window.slot.is_in_limbs for window in windows)
        value = _JOIN_VALUE * (len(windows) - in_limbs) + _JOIN_LIMBS * in_limbs
        return work.tiles * _JOIN_TILE + work.pairs * _JOIN_PAIR + work.candidates(windows) * value

    def of_merge(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Tiles and probes are sorted together, in a step more than a join needs."""
        return _MERGE + work.tiles * _MERGE_DEPTH * work.depth + count_probes(work, windows) * _MERGE_PROBE

    def of_sliding_frame(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Spark adds up each row's frame anew, so that every tile meets the tiles of its entity, not pairs alone."""
        rows = work.tiles + work.pairs
        met = sum(work.matches(window.reach) for window in windows)
        return rows * (len(windows) * _FRAME_VALUE + met * _FRAME_CANDIDATE)
