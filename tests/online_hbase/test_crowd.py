"""Sixteen threads and four processes write and read the same rows, and nobody ever gets a wrong one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from online_hbase.admin import HBaseAdmin
from online_hbase.store import HBaseOnlineStore
from tests.online_hbase.crowd import Crowd

SECONDS = float(os.environ.get("FEATURESTORE_CROWD_SECONDS", "6"))
"""As long as it takes to meet each other in CI; some minutes show what is rare."""


def test_nobody_gets_a_wrong_row(open_online: Callable[[], HBaseOnlineStore], admin: HBaseAdmin) -> None:
    store = open_online()
    store.pool.settings = replace(store.pool.settings, timeout=30.0)
    port, prefix = store.pool.settings.port, store.table.removesuffix("_online_rows")
    command = [sys.executable, "-m", "tests.online_hbase.crowd", str(port), prefix, "4", str(SECONDS)]
    root = Path(__file__).parents[2]
    others = [
        subprocess.Popen([*command, str(seed)], cwd=root, stdout=subprocess.PIPE, text=True) for seed in (1, 2, 3, 4)
    ]
    crowd = Crowd(store, SECONDS)
    crowd.run(16, 5)
    told = [process.communicate(timeout=120)[0].splitlines() for process in others]
    assert [process.returncode for process in others] == [0, 0, 0, 0]
    assert crowd.wrong == [] and [lines[2:] for lines in told] == [[], [], [], []]
    assert crowd.written > 100 and crowd.read > 100 and all(int(lines[0]) > 100 for lines in told)
