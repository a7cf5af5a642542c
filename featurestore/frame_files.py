"""The source files of a frame: as they were when it first looked, or as the manifest of an earlier one names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builders.coverage import Range
from builders.request import RelationFiles
from definitions.errors import SourceError
from definitions.fingerprint import source_fingerprint
from definitions.model import Source
from definitions.relation import files_read
from featurestore.context import Context
from featurestore.registry.segments import SourceFile
from featurestore.registry.source_files import SurveyedFile


@dataclass(frozen=True)
class FrameFiles:
    """What a frame reads where no segment reaches. `pinned` are the files by their source's fingerprint, which must
    be as they were; None means those that there are.

    A source is listed once, so that all that the frame computes, and its manifest, speak of the same files.
    """

    context: Context
    pinned: Mapping[str, tuple[SourceFile, ...]] | None = None
    _listed: dict[str, tuple[SourceFile, ...]] = field(default_factory=dict, compare=False, repr=False)

    def inspect(self, source: Source) -> RelationFiles:
        """The files that the source is read from, for the planner, checked against its definition.

        Raises:
            SourceError: a pinned file changed or is gone, or a file is not of the declared shape.
        """
        return self.context.inspect(source, self.of)

    def of(self, source: Source) -> tuple[SourceFile, ...]:
        """The files of a source that has some, so of no union.

        Raises:
            SourceError: a pinned file changed or is gone.
        """
        fingerprint = source_fingerprint(source)
        if fingerprint not in self._listed:
            self._listed[fingerprint] = self._list(source)
        return self._listed[fingerprint]

    def read_in(self, source: Source, ranges: Sequence[Range]) -> tuple[SourceFile, ...]:
        """Those of its files that can have rows in the ranges; only what the survey knows for certain is left out."""
        listed = self.of(source)
        if self.pinned is not None or source.timestamp is None:
            return listed
        held = self.context.registry.source_files.known(source_fingerprint(source))
        return tuple(file for file in listed if _may_have_rows(file, held.get(file.path), ranges))

    def refuse_changed(self, sources: Iterable[Source]) -> None:
        """Make sure that the pinned files that the sources are read from are still as they were.

        Raises:
            SourceError: one changed or is gone.
        """
        if self.pinned is not None:
            for source in sources:
                for read in files_read(source):
                    self._list(read)

    def _list(self, source: Source) -> tuple[SourceFile, ...]:
        if self.pinned is None:
            return self.context.list_files(source)
        wanted = self.pinned.get(source_fingerprint(source), ())
        # Only files that the source's own path matches: a manifest comes from anywhere.
        present = {file.path: file for file in self.context.list_files(source)} if wanted else {}
        for file in wanted:
            if present.get(file.path) != file:
                raise _changed(source, file, present.get(file.path))
        return tuple(wanted)


def _may_have_rows(file: SourceFile, known: SurveyedFile | None, ranges: Sequence[Range]) -> bool:
    if known is None or (known.size, known.modified) != (file.size, file.modified):
        return True
    return any(first < end and last >= start for start, end in ranges for _, first, last in known.days.values())


def _changed(source: Source, file: SourceFile, now: SourceFile | None) -> SourceError:
    if now is None:
        what = "is gone"
    elif now.size != file.size:
        what = f"has changed ({file.size:,} bytes then, {now.size:,} now)"
    else:
        what = "was written again"
    return SourceError(
        f"source {source.name}: the frame was read from {file.path}, which {what}; put the file back as it was "
        "(its size and its time of change), or ask for a new frame without the manifest"
    )
