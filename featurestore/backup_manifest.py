"""What a backup consists of. The manifest is written last, so that a backup without one is incomplete."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec

from builders.layout import list_files
from definitions.errors import BackupError
from featurestore.checked_files import CheckedFile, write_checked
from featurestore.registry.tables import to_json

MANIFEST_FILE: Final = "manifest.json"
FORMAT: Final = 1
"""Counts the layouts of backups; the registry's tables have their own revision."""

REGISTRY_FOLDER: Final = "registry"
SEGMENTS_FOLDER: Final = "segments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds, in canonical JSON.

    `revision` is the migration that the registry's tables are of, `segments_version` the last swap of segments.
    `tables` has each table's number of rows, `files` what each file of the backup is, by its path below the backup.
    """

    format: int
    created_at: str
    project: str
    environment: str
    revision: str
    segments_version: int
    tables: dict[str, int]
    files: dict[str, CheckedFile]

    @property
    def segments(self) -> dict[str, CheckedFile]:
        """The segments' files among all."""
        return {name: file for name, file in self.files.items() if name.startswith(f"{SEGMENTS_FOLDER}/")}

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files.values())


class _Signed(msgspec.Struct):
    """The manifest beside the digest of its own text, so that damage to it is found as in any other file."""

    manifest: msgspec.Raw
    sha256: str


def table_file(table: str) -> str:
    """Where a backup holds a table of the registry: a row a line."""
    return f"{REGISTRY_FOLDER}/{table}.jsonl"


def segment_files(path: str) -> list[str]:
    """Where a backup holds the files of the segment that is at `path` below the offline root."""
    return [str(file) for file in list_files(Path(SEGMENTS_FOLDER, path))]


def stored_file(root: Path, name: str) -> Path:
    """Where the offline store, whose root this is, has a file that a backup holds under `name`."""
    return root / name.removeprefix(f"{SEGMENTS_FOLDER}/")


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Make a backup complete."""
    content = asdict(manifest)
    signed = to_json({"manifest": content, "sha256": _digest(to_json(content).encode())})
    write_checked(directory / MANIFEST_FILE, [signed.encode(), b"\n"])


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the backup in `directory`.

    Raises:
        BackupError: there is none, it is damaged, or it is of a layout that this version does not know.
    """
    path = directory / MANIFEST_FILE
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        what = "an incomplete one: it holds" if directory.is_dir() else "none: there is"
        raise BackupError(f"{directory} is no backup, or {what} no {MANIFEST_FILE}; use another") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error}; check the disk and the permissions") from error
    damaged = f"{path} is damaged: its bytes are not those that were backed up; use another backup"
    try:
        signed = msgspec.json.decode(text, type=_Signed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(damaged) from error
    if _digest(bytes(signed.manifest)) != signed.sha256:
        raise BackupError(damaged)
    try:
        manifest = msgspec.json.decode(signed.manifest, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupError(f"{path} is of a layout that this version does not know ({error}); upgrade") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{path} is of format {manifest.format}, this version knows {FORMAT}; upgrade the featurestore package here"
        )
    return manifest


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
