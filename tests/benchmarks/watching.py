"""A command run within a time, and the most memory and disk that it had while it ran."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

_ROOT: Final = Path(__file__).resolve().parents[2]
_PAUSE: Final = 1.0
"""Seconds between two looks."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Watched:
    """What a command printed, how it ended, and its high-water marks in bytes."""

    printed: str
    outcome: str
    memory: int
    disk: int

    @property
    def finished(self) -> bool:
        return self.outcome == "finished"


def watch(command: Sequence[str], limit: float, folders: Sequence[Path], log: TextIO) -> Watched:
    """Run a command for at most `limit` seconds; `memory` is that of all its processes together, `disk` that of what
    lies in the folders."""
    end = time.monotonic() + limit
    memory = disk = 0
    # In a group of its own: what it started ends with it.
    process = subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
    )
    try:
        while process.poll() is None and time.monotonic() < end:
            memory = max(memory, _resident(process.pid))
            disk = max(disk, _occupied(folders))
            time.sleep(_PAUSE)
        if process.poll() is None:
            return Watched("", f"ended after {limit:,.0f} s", memory, disk)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
    outcome = "finished" if process.returncode == 0 else f"failed, see {log.name}"
    return Watched(printed, outcome, memory, disk)


def _resident(group: int) -> int:
    """What the processes of a group have in memory."""
    found = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # What follows the name in brackets: state, parent, group.
                state = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(state[2]) == group:
                    found += int((folder / "statm").read_text(encoding="ascii").split()[1]) * _PAGE
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def _occupied(folders: Iterable[Path]) -> int:
    found = 0
    for folder in folders:
        for place, _, files in os.walk(folder):
            for name in files:
                try:
                    found += (Path(place) / name).stat().st_blocks * 512
                except FileNotFoundError:
                    continue
    return found
