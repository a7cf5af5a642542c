"""Manifests: what a frame is made of, written as JSON and read back to have the frame again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders.coverage import Range
from builders.engine import Spine
from builders.request import RequestedColumn, SpineShape
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from definitions.errors import RequestError
from definitions.fingerprint import column_fingerprint, source_fingerprint
from definitions.model import Source
from definitions.types import DataType, parse_type
from featurestore.clock import format_instant, parse_instant
from featurestore.entity_dataframe import EntityDataframe
from featurestore.frame_files import FrameFiles
from featurestore.registry.segments import Segment, SourceFile


@dataclass(frozen=True)
class PinnedColumn:
    """A column of a frame: `fingerprint` is of its computation, `keys` are the entity dataframe's columns."""

    name: str
    view: str
    column: str
    fingerprint: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """What an earlier frame was made of.

    `segments` are ids by tile table, as they stood at `version`; `files` what was read from sources, by their
    fingerprint. `digest`, `timestamp` and `first` (UTC microseconds) are of the entity dataframe; `key_types` are the
    types of its keys. `erasures` are the numbers of those that had reached the segments.
    """

    columns: tuple[PinnedColumn, ...]
    version: int
    segments: Mapping[str, tuple[int, ...]]
    files: Mapping[str, tuple[SourceFile, ...]]
    rows: int
    digest: str
    timestamp: str | None
    first: int
    key_types: Mapping[str, DataType]
    erasures: frozenset[int]


def describe_frame(
    columns: Sequence[RequestedColumn],
    version: int,
    segments: Mapping[TileTable, Sequence[Segment]],
    gaps: Mapping[TileTable, Sequence[Range]],
    files: FrameFiles,
    entities: EntityDataframe,
    spine: Spine,
    shape: SpineShape,
) -> dict[str, Any]:
    """A frame's manifest as JSON has it; features stand in the frame's order, ranges in UTC microseconds."""
    types = {
        held: str(kind)
        for column in columns
        for held, kind in zip(column.key_columns, column.entity.keys.values(), strict=True)
    }
    return {
        "features": {
            column.name: {
                "view": column.view.name,
                "column": column.column.name,
                "fingerprint": column_fingerprint(column.column, column.view, column.source, column.entity),
                "keys": list(column.key_columns),
            }
            for column in columns
        },
        "segments_version": version,
        "segments": {table.name: [[item.id, item.version] for item in held] for table, held in segments.items()},
        "sources": _describe_sources(gaps, files),
        "spine": {
            "rows": shape.rows,
            "sha256": entities.digest(),
            "keys": types,
            "timestamp": spine.timestamp,
            "first": format_instant(shape.first),
            "last": format_instant(shape.last),
        },
    }


def _describe_sources(gaps: Mapping[TileTable, Sequence[Range]], files: FrameFiles) -> dict[str, Any]:
    """What was read from sources, as no segment held it: ranges by tile table, and the files with rows in them."""
    described: dict[str, Any] = {}
    for table, gap in gaps.items():
        for source, ranges in _read_in(table.source, gap):
            about: dict[str, Any] = {"source": source.name, "ranges": {}, "files": []}
            held = described.setdefault(source_fingerprint(source), about)
            spans = held["ranges"].setdefault(table.name, [])
            spans += [list(item) for item in ranges if list(item) not in spans]
            read = [[file.path, file.size, file.modified] for file in files.read_in(source, ranges)]
            held["files"] = sorted([*held["files"], *(file for file in read if file not in held["files"])])
    return described


def _read_in(source: Source, ranges: Sequence[Range]) -> Iterator[tuple[Source, Sequence[Range]]]:
    """The sources with files that a source is read from, and what is read of each: of a dimension all that was known
    before the end."""
    yield from ((member, ranges) for member in source.members)
    for join in source.joins:
        yield from _read_in(join.dimension, [(BEGINNING, max(end for _, end in ranges))])


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """A manifest as a JSON document; its order is the frame's."""
    return json.dumps(manifest, indent=2)


def read_manifest(given: Mapping[str, Any] | str | Path) -> Manifest:
    """Read a frame's manifest, or the file that one was written to.

    Raises:
        RequestError: there is no such file, or it is no manifest of a frame.
    """
    document = _load(given) if isinstance(given, (str, Path)) else given
    try:
        spine = document["spine"]
        return Manifest(
            columns=tuple(
                PinnedColumn(name, item["view"], item["column"], item["fingerprint"], tuple(item["keys"]))
                for name, item in document["features"].items()
            ),
            version=int(document["segments_version"]),
            segments={table: tuple(int(item[0]) for item in held) for table, held in document["segments"].items()},
            files={
                fingerprint: tuple(SourceFile(str(path), int(size), int(at)) for path, size, at in item["files"])
                for fingerprint, item in document["sources"].items()
            },
            rows=int(spine["rows"]),
            digest=str(spine["sha256"]),
            timestamp=spine["timestamp"],
            first=parse_instant(spine["first"]),
            key_types={name: parse_type(kind) for name, kind in spine["keys"].items()},
            erasures=frozenset(int(number) for number in document.get("erasures", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise RequestError(
            f"this is no manifest of a frame ({type(error).__name__}: {error}); "
            "hand in `frame.manifest`, or the file that `featurestore historical --manifest` wrote"
        ) from error


def _load(path: str | Path) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"the manifest {path} cannot be read: {error}") from error
