"""Which files a source has right now."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from definitions.errors import SourceError
from definitions.model import Source
from featurestore.registry.segments import SourceFile


def list_files(source: Source, root: Path) -> tuple[SourceFile, ...]:
    """The files that the source's path or glob matches, by name; paths are absolute.

    Raises:
        SourceError: nothing matches, or what matches is no file.
    """
    pattern = source.path if Path(source.path).is_absolute() else str(root / source.path)
    # pathlib's glob takes no absolute patterns.
    found = sorted(path for path in glob.glob(pattern, recursive=True) if not Path(path).is_dir())  # noqa: PTH207
    if not found:
        raise SourceError(f"source {source.name}: no file matches {pattern}; put the data there or correct `path`")
    listed = []
    for path in found:
        status = Path(path).stat()
        listed.append(SourceFile(path, status.st_size, status.st_mtime_ns))
    return tuple(listed)


def paths_of(files: Sequence[SourceFile]) -> list[Path]:
    """The paths alone."""
    return [Path(file.path) for file in files]
