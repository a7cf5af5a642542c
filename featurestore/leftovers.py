"""Deleting files of tiles, and those that an erasure left behind."""

from __future__ import annotations

from pathlib import Path

from builders.layout import list_files
from featurestore.context import Context


def delete_leftovers(context: Context) -> int:
    """Delete the files that hold erased entities and that nothing points at any more; returns how many."""
    deleted = 0
    for erasure in context.registry.erasures.all():
        for path in erasure.leftovers:
            remove_segment(context.offline_root, context.offline_root / path)
            deleted += 1
        if erasure.leftovers:
            context.registry.erasures.clear_leftovers(erasure.id)
    return deleted


def remove_segment(root: Path, path: Path) -> None:
    """Delete a segment's files and the folders that this leaves empty."""
    for file in list_files(path):
        file.unlink(missing_ok=True)
        remove_empty(root, file.parent)


def remove_empty(root: Path, folder: Path) -> None:
    """Delete a folder and those above it, below `root`, as long as they are empty."""
    for place in (folder, *folder.parents):
        if place == root or not place.is_dir() or any(place.iterdir()):
            return
        place.rmdir()
