"""What a source's files hold: surveyed once each, remembered by the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from builders.coverage import Range
from builders.tile_table import TileTable
from definitions.fingerprint import source_fingerprint
from featurestore.context import Context
from featurestore.registry.segments import SourceFile
from featurestore.registry.source_files import SurveyedFile
from featurestore.source_listing import list_files, paths_of


@dataclass(frozen=True)
class Survey:
    """A source's files as they are now, and what each holds."""

    files: tuple[SourceFile, ...]
    held: Mapping[str, SurveyedFile]

    def inputs(self, start: int, end: int, timed: bool) -> tuple[SourceFile, ...]:
        """The files that have rows in `[start, end)`."""
        return tuple(file for file in self.files if not timed or self._overlaps(file, start, end))

    def _overlaps(self, file: SourceFile, start: int, end: int) -> bool:
        return any(first < end and last >= start for _, first, last in self.held[file.path].days.values())

    def rows_by_day(self, start: int, end: int) -> dict[int, int]:
        """How many rows the days (since 1970) have that reach into `[start, end)`."""
        rows: dict[int, int] = {}
        for held in self.held.values():
            for day, (count, first, last) in held.days.items():
                if first < end and last >= start:
                    rows[day] = rows.get(day, 0) + count
        return rows

    def instants(self) -> Iterable[Range]:
        """First and last instant by file and day."""
        for held in self.held.values():
            for _, first, last in held.days.values():
                yield first, last

    @property
    def null_timestamps(self) -> int:
        return sum(held.null_timestamps for held in self.held.values())


def survey_source(context: Context, table: TileTable) -> Survey:
    """The source's files with what each holds; only new and changed ones are read, and only their timestamps."""
    source = table.source
    files = list_files(source, context.configuration.root)
    fingerprint = source_fingerprint(source)
    registry = context.registry.source_files
    held = registry.known(fingerprint)
    fresh = [file for file in files if not _is_surveyed(file, held)]
    if fresh:
        now = context.clock.now()
        found = context.engine.survey(source, paths_of(fresh, context.configuration.root))
        by_path = dict(zip((file.path for file in fresh), found, strict=True))
        surveyed = [
            SurveyedFile(
                file.path,
                file.size,
                file.modified,
                by_path[file.path].rows,
                by_path[file.path].null_timestamps,
                by_path[file.path].days,
                now,
            )
            for file in fresh
        ]
        registry.record(fingerprint, surveyed, now)
        held = {**held, **{item.path: item for item in surveyed}}
    present = {file.path for file in files}
    gone = [path for path in held if path not in present]
    if gone:
        registry.forget(fingerprint, gone)
    return Survey(files, {path: item for path, item in held.items() if path in present})


def _is_surveyed(file: SourceFile, held: Mapping[str, SurveyedFile]) -> bool:
    known = held.get(file.path)
    return known is not None and (known.size, known.modified) == (file.size, file.modified)
