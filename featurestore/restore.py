"""Bringing a backup into an empty store: verify all of it, copy the segments, load the registry last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builders.layout import list_files, segment_of
from definitions.errors import BackupError, RequestError
from featurestore.backup_manifest import Manifest, read_manifest, segment_file, table_file
from featurestore.checked_files import check_file, copy_checked, is_confined, read_lines
from featurestore.context import Context, Progress, no_progress
from featurestore.registry.dump import load_rows, refuse_unless_empty
from featurestore.serve_lifecycles import serve_lifecycles

_OF_ANOTHER_LIFE: Final = frozenset({"generations", "publishes", "holds", "serving", "leases", "pins"})
"""Tables that speak of rows online and of processes, none of which are here: without a generation, the next publish
opens one and writes every entity. A hold names a generation, so it stays behind with it."""

_VERIFIED: Final = 0.5
_COPIED: Final = 0.95
"""Shares of the work."""


@dataclass(frozen=True)
class RestoreReport:
    """What was restored: the rows of the registry, the segments and their bytes."""

    directory: Path
    created_at: str
    revision: str
    segments_version: int
    rows: int
    segments: int
    bytes: int


@dataclass(frozen=True)
class Backup:
    """A backup that was read to its end and found whole."""

    directory: Path
    manifest: Manifest

    def rows(self, table: str) -> Iterator[Any]:
        """The rows of a table, checked once more while they are read.

        Raises:
            BackupError: the file is damaged.
        """
        name = table_file(table)
        for line in read_lines(self.directory / name, self.manifest.files[name]):
            yield json.loads(line)


def restore_backup(
    open_context: Callable[[], Context], directory: Path, progress: Progress = no_progress
) -> RestoreReport:
    """Restore the backup in `directory` into the store that `open_context` opens, which makes its registry.

    Killed before its last step it leaves an empty registry, and doing it again finishes.

    Raises:
        BackupError: the backup is incomplete or damaged (nothing was changed), or something cannot be read or written.
        RequestError: the registry or the online store holds something already; nothing was changed.
    """
    try:
        backup = verify_backup(directory.resolve(), lambda share, doing: progress(share * _VERIFIED, doing))
        context = open_context()
        _refuse_unless_empty(context)
        _copy_segments(context, backup, lambda share, doing: progress(_VERIFIED + share * (_COPIED - _VERIFIED), doing))
        progress(_COPIED, "loading the registry")
        manifest = backup.manifest
        restored = sorted(manifest.tables.keys() - _OF_ANOTHER_LIFE)
        load_rows(context.registry.engine, manifest.revision, {table: backup.rows(table) for table in restored})
        serve_lifecycles(context)
    except OSError as error:
        raise BackupError(
            f"the backup in {directory} cannot be restored: {error}; check the disk and the permissions, run it again"
        ) from error
    progress(1.0, "restored")
    return RestoreReport(
        directory=backup.directory,
        created_at=manifest.created_at,
        revision=manifest.revision,
        segments_version=manifest.segments_version,
        rows=sum(manifest.tables[table] for table in restored),
        segments=len({segment_of(Path(name)) for name in manifest.segments}),
        bytes=sum(file.size for file in manifest.segments.values()),
    )


def verify_backup(directory: Path, progress: Progress = no_progress) -> Backup:
    """Read all of a backup; nothing is changed.

    Raises:
        BackupError: it has no manifest, or files are missing, damaged, outside the backup or not what the registry
            names (every one of them is listed), or it was made by a later version.
        OSError: a file cannot be read.
    """
    from featurestore.registry.migrations.migrate import known_revisions

    manifest = read_manifest(directory)
    if manifest.revision not in known_revisions():
        raise BackupError(
            f"the backup in {directory} is of revision {manifest.revision}, which this version does not know; "
            "upgrade the featurestore package here"
        )
    backup = Backup(directory, manifest)
    _refuse([*_misplaced(backup)])
    _refuse([*_damaged(backup, progress)])
    _refuse([*_contradictions(backup)])
    return backup


def _refuse(problems: list[str]) -> None:
    if problems:
        raise BackupError("\n".join([*problems, "nothing was restored; use another backup"]))


def _misplaced(backup: Backup) -> Iterator[str]:
    """Names that lead out of the backup, also through a symbolic link."""
    for name in sorted(backup.manifest.files):
        if not is_confined(name) or not (backup.directory / name).resolve().is_relative_to(backup.directory):
            yield f"{backup.directory}: the manifest names {name!r}, which is not in the backup"


def _damaged(backup: Backup, progress: Progress) -> Iterator[str]:
    done, total = 0, backup.manifest.bytes
    for name, expected in sorted(backup.manifest.files.items()):
        progress(done / max(total, 1), "verifying the backup")
        path = backup.directory / name
        if not path.is_file():
            yield f"{path} is missing"
        elif path.stat().st_size != expected.size:
            yield f"{path} is damaged: it has {path.stat().st_size} bytes where {expected.size} were backed up"
        elif check_file(path) != expected:
            yield f"{path} is damaged: its bytes are not those that were backed up"
        done += expected.size


def _contradictions(backup: Backup) -> Iterator[str]:
    """What the registry would name and nobody copied, and the other way round."""
    manifest = backup.manifest
    expected = {table_file(table) for table in manifest.tables}
    if table_file("segments") in manifest.files:
        held = (row["path"] for row in backup.rows("segments") if row.get("vacuumed_at") is None)
        expected |= {segment_file(file) for path in held for file in list_files(Path(path))}
    for name in sorted(expected ^ manifest.files.keys()):
        what = "is of no table or segment" if name in manifest.files else "is not in the manifest"
        yield f"{backup.directory / name} {what}"


def _refuse_unless_empty(context: Context) -> None:
    refuse_unless_empty(context.registry.engine)
    if not context.online().is_empty():
        raise RequestError(
            f"the online store {context.configuration.online.path} is not empty, and its rows would be taken for those "
            "of the restored store; move it away: the next materialize writes every row; nothing was changed"
        )


def _copy_segments(context: Context, backup: Backup, progress: Progress) -> None:
    done, total = 0, sum(file.size for file in backup.manifest.segments.values())
    for path, expected in sorted(backup.manifest.segments.items()):
        progress(done / max(total, 1), "copying segments")
        source = backup.directory / segment_file(path)
        if copy_checked(source, context.offline_root / path) != expected:
            raise BackupError(f"{source} changed while it was copied; nothing was restored, run this again")
        done += expected.size
