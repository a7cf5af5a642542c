"""Sources whose path climbs out of the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def path_outside_repository(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source's path is relative and stays inside the repository, or it is absolute; it has no `..`."""
    for source in loaded.repository.sources.values():
        if "path" not in source.model_fields_set:
            continue
        if not source.path.strip():
            yield Finding("source", source.name, ("path",), "the path is empty", "write it like data/flights.parquet")
        elif ".." in PurePosixPath(source.path.replace("\\", "/")).parts:
            message = f"the path {source.path!r} climbs with '..'"
            hint = "write a path inside the repository, or an absolute one"
            yield Finding("source", source.name, ("path",), message, hint)
