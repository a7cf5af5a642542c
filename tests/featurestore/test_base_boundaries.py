"""Where bases are kept: the newest two, fewer the older, and never one that was thinned out before."""

from __future__ import annotations

from definitions.durations import DAY
from featurestore.bases import boundaries_to_keep
from tests.featurestore.registry.test_segment_registry import new

SPAN = 30 * DAY


def _cells(first: int, last: int) -> list[int]:
    """The cells kept of segments of a cell each."""
    segments = [new((cell - 1) * SPAN, cell * SPAN) for cell in range(first, last + 1)]
    return [boundary // SPAN for boundary in boundaries_to_keep(segments, SPAN)]


def test_bases_are_thinned_out_with_their_age() -> None:
    assert _cells(600, 636) == [608, 624, 632, 634, 635, 636]
    assert _cells(1, 1) == [1]
    assert all(len(_cells(600, last)) <= 9 for last in range(600, 720))


def test_what_is_kept_was_kept_before_and_the_newest_two_always_are() -> None:
    for last in range(-40, 80):
        kept = _cells(-40, last)
        assert set(kept) <= {*_cells(-40, last - 1), last}
        assert kept[-2:] == [cell for cell in (last - 1, last) if cell >= -40]


def test_only_ends_of_whole_cells_are_boundaries() -> None:
    segments = [new(-SPAN, SPAN), new(SPAN, 2 * SPAN - DAY), new(2 * SPAN - DAY, 2 * SPAN + DAY)]
    assert boundaries_to_keep(segments, SPAN) == [SPAN]
