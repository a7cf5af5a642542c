"""Where an event log of Spark is: one file, a folder of files that roll, or the newest log of a folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from definitions.errors import RequestError

_ROLLING: Final = "eventlog_v2_"
_PART: Final = re.compile(r"events_(\d+)_.*")
_COMPACTED: Final = ".compact"


def list_event_log_files(path: Path) -> tuple[Path, ...]:
    """The files of one event log, in the order in which they were written.

    Raises:
        RequestError: there is nothing at `path`, or a folder without any event log.
    """
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise RequestError(f"there is no event log at {path}; Spark writes one where spark.eventLog.dir says")
    if path.name.startswith(_ROLLING):
        parts = _list_parts(path)
        if not parts:
            raise RequestError(f"{path} has no events in it; the application wrote none, or they were deleted")
        return parts
    logs = [files for item in path.iterdir() if (files := _files_of(item))]
    if not logs:
        raise RequestError(f"{path} has no event log in it; name a file, or a folder that spark.eventLog.dir named")
    return max(logs, key=lambda files: files[-1].stat().st_mtime_ns)


def _files_of(item: Path) -> tuple[Path, ...]:
    if item.is_dir():
        return _list_parts(item) if item.name.startswith(_ROLLING) else ()
    return () if item.name.startswith(".") else (item,)


def _list_parts(folder: Path) -> tuple[Path, ...]:
    """The parts of a log that rolls, by number; those before a compacted part are in it already."""
    numbered = [(int(found[1]), item) for item in folder.iterdir() if (found := _PART.fullmatch(item.name))]
    first = max((number for number, item in numbered if item.name.endswith(_COMPACTED)), default=0)
    kept = [
        (number, item)
        for number, item in numbered
        if number > first or (number == first and item.name.endswith(_COMPACTED)) or first == 0
    ]
    return tuple(item for _, item in sorted(kept))
