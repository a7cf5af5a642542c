"""What a source's files hold: surveyed once each, remembered by the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from builders.coverage import Range
from definitions.durations import BEGINNING
from definitions.fingerprint import source_fingerprint
from definitions.model import Source
from featurestore.context import Context
from featurestore.registry.segments import NewSegment, SourceFile
from featurestore.registry.source_files import SurveyedFile
from featurestore.source_listing import paths_of


@dataclass(frozen=True)
class FileSurvey:
    """The files of one source as they are now, and what each holds."""

    source: Source
    files: tuple[SourceFile, ...]
    held: Mapping[str, SurveyedFile]

    def files_in(self, start: int, end: int) -> tuple[SourceFile, ...]:
        """The files that have rows in `[start, end)`; all of them where rows have no timestamp."""
        timed = self.source.timestamp is not None
        return tuple(file for file in self.files if not timed or self._overlaps(file, start, end))

    def _overlaps(self, file: SourceFile, start: int, end: int) -> bool:
        return any(first < end and last >= start for _, first, last in self.held[file.path].days.values())


@dataclass(frozen=True)
class Survey:
    """The files that a source is read from: those of its members, and those of the dimensions joined to it."""

    members: tuple[FileSurvey, ...]
    dimensions: tuple[Survey, ...] = ()

    def inputs(self, start: int, end: int) -> tuple[SourceFile, ...]:
        """The files on which tiles of `[start, end)` depend: those with rows in it, and those of dimensions that have
        rows before its end, as only these can stand beside them."""
        joined = (file for dimension in self.dimensions for file in dimension.inputs(BEGINNING, end))
        return tuple(dict.fromkeys((*self.files_in(start, end), *joined)))

    def is_stale(self, segment: NewSegment) -> bool:
        """Whether a segment was built from other files than its tiles depend on now."""
        return set(self.inputs(segment.start, segment.end)) != set(segment.inputs)

    def files_in(self, start: int, end: int) -> tuple[SourceFile, ...]:
        """The source's own files that have rows in `[start, end)`."""
        return tuple(file for member in self.members for file in member.files_in(start, end))

    def listed(self, source: Source) -> tuple[SourceFile, ...]:
        """The files of a member, or of one of a dimension."""
        surveyed = (*self.members, *(member for dimension in self.dimensions for member in dimension.members))
        return next(item.files for item in surveyed if item.source == source)

    @cached_property
    def held(self) -> Mapping[str, SurveyedFile]:
        """What the source's own files hold."""
        return {path: item for member in self.members for path, item in member.held.items()}

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


def survey_source(context: Context, source: Source) -> Survey:
    """All files that the source is read from, with what each holds; only new and changed ones are read, and only their
    timestamps."""
    return Survey(
        tuple(_survey_files(context, member) for member in source.members),
        tuple(survey_source(context, join.dimension) for join in source.joins),
    )


def _survey_files(context: Context, source: Source) -> FileSurvey:
    files = context.list_files(source)
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
    return FileSurvey(source, files, {path: item for path, item in held.items() if path in present})


def _is_surveyed(file: SourceFile, held: Mapping[str, SurveyedFile]) -> bool:
    known = held.get(file.path)
    return known is not None and (known.size, known.modified) == (file.size, file.modified)
