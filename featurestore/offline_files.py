"""Deleting files below the offline root."""

from __future__ import annotations

from pathlib import Path


def remove_file(root: Path, file: Path) -> None:
    """Delete the file of a segment or a base, if it is there, and the folders that this leaves empty."""
    file.unlink(missing_ok=True)
    remove_empty(root, file.parent)


def remove_empty(root: Path, folder: Path) -> None:
    """Delete a folder and those above it, below `root`, as long as they are empty."""
    for place in (folder, *folder.parents):
        if place == root or not place.is_dir() or any(place.iterdir()):
            return
        place.rmdir()
