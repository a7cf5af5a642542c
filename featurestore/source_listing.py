"""Which files a source has right now."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from definitions.errors import SourceError
from definitions.model import Source
from featurestore.registry.segments import SourceFile


def list_files(source: Source, root: Path) -> tuple[SourceFile, ...]:
    """The files that the source's path or glob matches, by name.

    Paths inside the repository are relative to it, so that a repository that moves keeps its tiles.

    Raises:
        SourceError: nothing matches, or what matches is no file.
    """
    pattern = source.path if Path(source.path).is_absolute() else str(Path(glob.escape(str(root)), source.path))
    # pathlib's glob takes no absolute patterns.
    found = sorted(path for path in glob.glob(pattern, recursive=True) if not Path(path).is_dir())  # noqa: PTH207
    if not found:
        raise SourceError(f"source {source.name}: no file matches {pattern}; put the data there or correct `path`")
    listed = []
    for path in found:
        status = Path(path).stat()
        place = Path(path)
        name = str(place.relative_to(root)) if place.is_relative_to(root) else path
        listed.append(SourceFile(name, status.st_size, status.st_mtime_ns))
    return tuple(listed)


def paths_of(files: Sequence[SourceFile], root: Path) -> list[Path]:
    """Where the files are, absolute."""
    return [root / file.path for file in files]
