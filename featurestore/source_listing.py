"""Which files a source has right now: those that its path matches, or those of a table."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
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
    return describe_files(map(Path, found), root)


def describe_files(paths: Iterable[Path], root: Path) -> tuple[SourceFile, ...]:
    """Files as they are now; absolute paths inside the repository become relative to it."""
    listed = []
    for path in paths:
        status = path.stat()
        name = str(path.relative_to(root) if path.is_relative_to(root) else path)
        listed.append(SourceFile(name, status.st_size, status.st_mtime_ns))
    return tuple(listed)


def paths_of(files: Sequence[SourceFile], root: Path) -> list[Path]:
    """Where the files are, absolute."""
    return [root / file.path for file in files]
