"""Kill -9 at random points of backup and restore: a backup is complete or known not to be, a restore all or nothing."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Final

import pytest

from definitions.errors import BackupError
from featurestore.backup_manifest import MANIFEST_FILE
from featurestore.registry.database import reading
from featurestore.registry.dump import is_empty
from featurestore.registry.registry import Registry
from featurestore.restore import verify_backup
from tests.featurestore.backups import empty_machine
from tests.journeys.processes import Run, call, start
from tests.journeys.readings import TODAY, Reading, backup, materialize, publish, read, restore, set_up, vacuum
from tests.journeys.shop import TWO_VIEWS, Shop, make_old

KILLS: Final = 12
"""Of backups, and of restores."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Everything that was materialized is vacuumed, so that a reading is of all that there is."""
    shop = Shop(tmp_path_factory.mktemp("backup_crash") / "shop", TWO_VIEWS)
    call(set_up, shop, "rows")
    call(materialize, shop, TODAY)
    call(vacuum, shop, TODAY)
    return shop


class Killer:
    """Kills runs at moments that are spread over each thing that they do."""

    def __init__(self, spent: dict[str, float], seed: int) -> None:
        self._spent, self._chance, self.kills = spent, random.Random(seed), 0

    def kill(self, run: Run, doings: tuple[str, ...]) -> bool:
        """Kill a run; False if it had finished before."""
        doing = doings[self.kills % len(doings)]
        run.wait_until(doing)
        time.sleep(self._spent[doing] * self._chance.random())
        if run.kill():
            self.kills += 1
            return True
        # The machine is faster now than when the run was timed; a place behind the end would never be hit.
        self._spent[doing] *= 0.8
        return False


def _is_empty(machine: Shop) -> bool:
    registry = Registry.open(machine.store(TODAY).configuration.registry)
    with reading(registry.engine) as connection:
        empty = is_empty(connection)
    registry.close()
    return empty


def test_a_killed_backup_is_known_to_be_incomplete_and_harms_nothing(shop: Shop, tmp_path: Path) -> None:
    before: Reading = call(read, shop, TODAY)
    killer = Killer(call(backup, shop, tmp_path / "timed"), 1)
    machine = empty_machine(shop, tmp_path / "machine", sources=False)
    attempt = 0
    while killer.kills < KILLS:
        attempt += 1
        target = tmp_path / f"killed_{attempt}"
        killer.kill(start(backup, shop, target), ("dumping", "copying", "writing"))
        if (target / MANIFEST_FILE).exists():
            assert verify_backup(target).manifest.segments
        else:
            with pytest.raises(BackupError, match="incomplete"):
                machine.store(TODAY).restore(target)
    assert call(read, shop, TODAY) == before
    call(backup, shop, tmp_path / "whole")
    call(restore, machine, tmp_path / "whole")
    call(publish, machine, TODAY)
    assert call(read, machine, TODAY) == before


def test_a_killed_restore_leaves_an_empty_registry_or_all_of_it_and_running_it_again_finishes(
    shop: Shop, tmp_path: Path
) -> None:
    before: Reading = call(read, shop, TODAY)
    directory = tmp_path / "backup"
    call(backup, shop, directory)
    machine = empty_machine(shop, tmp_path / "machine")
    killer = Killer(call(restore, machine, directory), 2)
    while killer.kills < KILLS:
        shutil.rmtree(machine.folder / ".featurestore")
        # Twice in a row, so that the second meets what the first left.
        for _ in range(2):
            killer.kill(start(restore, machine, directory), ("verifying", "copying", "loading"))
            if not _is_empty(machine):
                break
        else:
            make_old(machine.folder)
            assert machine.store(TODAY).vacuum("0s").orphans == 0
            call(restore, machine, directory)
        call(materialize, machine, TODAY)
        assert call(read, machine, TODAY) == before
        call(vacuum, machine, TODAY)
