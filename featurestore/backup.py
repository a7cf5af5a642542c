"""Writing a backup: the registry as of one moment, the segments that it names, and last the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, select

from builders.layout import list_files
from definitions.durations import DAY
from definitions.errors import BackupError, ConflictError, RequestError
from featurestore.backup_manifest import (
    FORMAT,
    MANIFEST_FILE,
    REGISTRY_FOLDER,
    SEGMENTS_FOLDER,
    Manifest,
    segment_file,
    table_file,
    write_manifest,
)
from featurestore.checked_files import CheckedFile, copy_checked, write_checked
from featurestore.clock import format_instant
from featurestore.context import Context, Progress, no_progress
from featurestore.registry.database import reading, shown
from featurestore.registry.dump import dump_rows, dumped_tables, is_empty
from featurestore.registry.revision import NEWEST_REVISION
from featurestore.registry.tables import counters, segments, to_json

_PIN_MICROSECONDS: Final = 7 * DAY
"""Longer than copying takes; `vacuum` keeps what a killed backup pinned for no longer than this."""


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds: rows of the registry, segments, and the bytes of all its files."""

    directory: Path
    created_at: str
    revision: str
    segments_version: int
    rows: int
    segments: int
    bytes: int


def write_backup(context: Context, directory: Path, progress: Progress = no_progress) -> BackupReport:
    """Back up into `directory`, which is made where it is missing.

    Rows online are not copied: they are computed from segments. Readers and writers go on meanwhile.

    Raises:
        RequestError: the directory holds something or is in the offline store, or there is nothing to back up.
        BackupError: a segment's file is missing or damaged, or something cannot be read or written.
        ConflictError: a segment was vacuumed while it was to be copied.
    """
    directory = directory.resolve()
    try:
        _claim(context, directory)
        with _cleared_on_failure(directory):
            return _Writing(context, directory, progress).run()
    except OSError as error:
        raise BackupError(
            f"the backup in {directory} cannot be made: {error}; check the disk and the permissions, run it again"
        ) from error


@dataclass(frozen=True)
class _Writing:
    context: Context
    directory: Path
    progress: Progress
    files: dict[str, CheckedFile] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    """The bytes of each segment by its path below the offline root."""

    def run(self) -> BackupReport:
        registry, now = self.context.registry, self.context.clock.now()
        self.progress(0.0, "dumping the registry")
        with ExitStack() as afterwards:
            with reading(registry.engine) as connection:
                if is_empty(connection):
                    raise RequestError(
                        f"there is nothing to back up: the registry {shown(registry.engine.url)} is empty; is it the "
                        "right repository and environment?"
                    )
                version = int(connection.scalars(select(counters.c.value).where(counters.c.name == "segments")).one())
                # Pinned once its state is fixed, so that no segment of it is newer than what is pinned.
                afterwards.callback(registry.segments.unpin, registry.segments.pin(version, now + _PIN_MICROSECONDS))
                self._dump(connection)
            self._copy()
        self.progress(1.0, "writing the manifest")
        configuration = self.context.configuration
        manifest = Manifest(
            format=FORMAT,
            created_at=format_instant(now),
            project=configuration.project,
            environment=configuration.environment,
            revision=NEWEST_REVISION,
            segments_version=version,
            tables=self.tables,
            files=self.files,
        )
        write_manifest(self.directory, manifest)
        return BackupReport(
            directory=self.directory,
            created_at=manifest.created_at,
            revision=manifest.revision,
            segments_version=version,
            rows=sum(self.tables.values()),
            segments=len(self.held),
            bytes=manifest.bytes,
        )

    def _dump(self, connection: Connection) -> None:
        for table in dumped_tables():
            name = table_file(table.name)
            self.tables[table.name] = 0
            self.files[name] = write_checked(self.directory / name, self._lines(connection, table))

    def _lines(self, connection: Connection, table: Table) -> Iterator[bytes]:
        for row in dump_rows(connection, table):
            self.tables[table.name] += 1
            # Of vacuumed segments the record alone is left.
            if table is segments and row["vacuumed_at"] is None:
                self.held[row["path"]] = row["bytes"]
            yield f"{to_json(row)}\n".encode()

    def _copy(self) -> None:
        copied, total = 0, sum(self.held.values())
        for path, size in sorted(self.held.items()):
            self.progress(copied / max(total, 1), "copying segments")
            self._copy_segment(path, size)
            copied += size

    def _copy_segment(self, path: str, size: int) -> None:
        source = self.context.offline_root / path
        again = "make it anew by `featurestore materialize --full`, then `featurestore vacuum --minimum-age 0s`"
        copied = 0
        try:
            for file in list_files(Path(path)):
                name = segment_file(file)
                self.files[name] = copy_checked(self.context.offline_root / file, self.directory / name)
                copied += self.files[name].size
        except FileNotFoundError as error:
            if path not in self.context.registry.segments.paths():
                raise ConflictError(f"{source} was vacuumed while it was to be copied; run the backup again") from error
            raise BackupError(f"the segment {source} is missing; {again}") from error
        if copied != size:
            raise BackupError(
                f"the segment {source} is damaged: {copied} bytes where {size} were written; delete it and {again}"
            )


def _claim(context: Context, directory: Path) -> None:
    """Take an empty directory for this backup alone."""
    if directory.is_relative_to(context.offline_root):
        raise RequestError(f"{directory} is in the offline store, where `vacuum` would delete it; choose another place")
    if directory.exists() and not directory.is_dir():
        raise RequestError(f"{directory} is a file; a backup is a folder: choose another name")
    if directory.is_dir() and any(directory.iterdir()):
        held = "holds a backup" if (directory / MANIFEST_FILE).exists() else "is not empty"
        raise RequestError(f"{directory} {held}; choose a new folder, so that nothing is overwritten")
    directory.mkdir(parents=True, exist_ok=True)
    try:
        (directory / REGISTRY_FOLDER).mkdir()
    except FileExistsError as error:
        raise RequestError(f"another backup is being written into {directory}; choose a new folder") from error


@contextmanager
def _cleared_on_failure(directory: Path) -> Iterator[None]:
    """Leave a claimed directory empty if the work in it fails, the manifest gone first."""
    try:
        yield
    except BaseException:
        for file in directory.glob(f"{MANIFEST_FILE}*"):
            file.unlink(missing_ok=True)
        for folder in (REGISTRY_FOLDER, SEGMENTS_FOLDER):
            shutil.rmtree(directory / folder, ignore_errors=True)
        raise
