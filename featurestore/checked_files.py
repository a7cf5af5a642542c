"""Files that are written whole or not at all, each with the digest by which damage is found later."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from definitions.errors import BackupError

_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What a file's bytes are: how many, and their SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


def check_file(path: Path) -> CheckedFile:
    """Read a file to its end.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return CheckedFile(file.tell(), digest.hexdigest())


def write_checked(target: Path, parts: Iterable[bytes]) -> CheckedFile:
    """Write `parts` as the file `target`, its folder made where it is missing; it is there when it is on disk, whole.

    Raises:
        OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    digest, size = hashlib.sha256(), 0
    with partial.open("wb") as file:
        for part in parts:
            digest.update(part)
            size += file.write(part)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    _sync_folder(target.parent)
    return CheckedFile(size, digest.hexdigest())


def copy_checked(source: Path, target: Path) -> CheckedFile:
    """Copy a file, and say what was copied.

    Raises:
        OSError: it cannot be read or written.
    """
    with source.open("rb") as file:
        return write_checked(target, iter(lambda: file.read(_CHUNK_BYTES), b""))


def read_lines(path: Path, expected: CheckedFile) -> Iterator[bytes]:
    """A file's lines, and after the last one whether they were the expected ones.

    Raises:
        BackupError: the file holds something else.
        OSError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        for line in file:
            digest.update(line)
            size += len(line)
            yield line
    if CheckedFile(size, digest.hexdigest()) != expected:
        raise BackupError(f"{path} is damaged: its bytes are not those that were backed up; use another backup")


def is_confined(name: str) -> bool:
    """Whether a name with slashes stays in the folder that it is relative to, whatever folder that is."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not {"\\", "\0"} & set(name)


def _sync_folder(folder: Path) -> None:
    """Let a file's name survive a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
