"""Kill -9 at random points of materialize and publish: readers see the old or the new state, and a rerun completes."""

from __future__ import annotations

import random
import shutil
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys.processes import call, start
from tests.journeys.readings import TODAY, VIEWS, Reading, materialize, read, set_up, vacuum
from tests.journeys.shop import TWO_VIEWS, Shop, make_old

KILLS: Final = 10
"""Of each kind of change; there are two kinds."""


class Snapshot:
    """The state of a shop to go back to, in the same place: segments remember where their sources are."""

    def __init__(self, shop: Shop, place: Path) -> None:
        self._state, self._place = shop.folder / ".featurestore", place
        shutil.copytree(self._state, place)

    def restore(self) -> None:
        shutil.rmtree(self._state)
        shutil.copytree(self._place, self._state)


def _assert_old_or_new(seen: Reading, old: Reading, new: Reading) -> None:
    for view in VIEWS:
        allowed = zip(old.online[view], new.online[view], strict=True)
        for position, (found, either) in enumerate(zip(seen.online[view], allowed, strict=True)):
            assert found in either, f"{view}, key {position}: a mixture online"
    for column, found in seen.frames.items():
        assert found in (old.frames[column], new.frames[column]), f"{column}: a mixture of segments in a frame"


def _assert_no_slot_twice(held: list[tuple[Any, ...]]) -> None:
    ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for table, begin, end, slots, _ in held:
        for slot in slots:
            ranges.setdefault((table, slot), []).append((begin, end))
    for place, found in ranges.items():
        found.sort()
        assert all(first[1] == second[0] for first, second in pairwise(found)), place


@pytest.mark.parametrize("change", ["rows", "definitions"])
def test_readers_of_a_run_killed_anywhere_see_old_or_new_and_a_rerun_completes(tmp_path: Path, change: str) -> None:
    shop = Shop(tmp_path / "shop", TWO_VIEWS)
    call(set_up, shop, change)
    snapshot = Snapshot(shop, tmp_path / "before")
    old: Reading = call(read, shop, TODAY)
    spent: dict[str, float] = call(materialize, shop, TODAY)
    new: Reading = call(read, shop, TODAY)
    assert old.online != new.online and old.segments != new.segments

    chance, kills = random.Random(change), 0
    while kills < KILLS:
        snapshot.restore()
        for _ in range(2):
            doing = ("tiles", "publishing")[kills % 2]
            run = start(materialize, shop, TODAY)
            run.wait_until(doing)
            # Spread over all that the run does there.
            time.sleep(spent[doing] * (kills // 2 + chance.random()) / (KILLS // 2))
            if not run.kill():
                # The machine is faster now than when the run was timed; a place behind the end would never be hit.
                spent[doing] *= 0.8
                break
            kills += 1
            _assert_old_or_new(call(read, shop, TODAY), old, new)
        call(materialize, shop, TODAY)
        seen = call(read, shop, TODAY)
        assert seen == new
        _assert_no_slot_twice(seen.segments)
        make_old(shop.folder)
        call(vacuum, shop, TODAY)
    assert call(read, shop, TODAY) == new
