"""Some of a source's files, to stand for all of them: what is looked at before anything is planned has to cost the same
for a million rows and for a billion. Which files reach into a range is in their footers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from builders.coverage import Range
from builders.footers import read_row_groups
from builders.request import Meeting, RelationFiles, SourceFiles
from definitions.model import Source

ENOUGH: Final = 1_000_000
"""Rows that say enough of all."""


@dataclass(frozen=True)
class SomeFiles:
    """Files that have a `share` of the rows that all have in a range; `span` is how far apart (microseconds) the first
    and the last of all of these may be, None if it is for those that are read to tell."""

    files: RelationFiles
    share: float
    span: int | None

    def of_all(self, found: Meeting) -> Meeting:
        """What all files meet, by what some of them do."""
        return Meeting(
            round(found.rows / self.share),
            round(found.tiles / self.share),
            found.span if self.span is None else self.span,
            found.asked_share,
            found.rows_met / self.share,
        )


@dataclass(frozen=True)
class _File:
    name: str
    rows: float
    first: int
    last: int


def choose_files(source: Source, files: RelationFiles, within: Range) -> SomeFiles:
    """Every so many of the files of each member that reach into a range, for enough rows; all files where these are
    few, or where one does not say what it holds."""
    whole = SomeFiles(files, 1.0, None)
    if files.rows <= ENOUGH:
        return whole
    listed = [_files_within(*pair, within) for pair in zip(source.members, files.members, strict=True)]
    held = [file for found in listed if found is not None for file in found]
    rows = sum(file.rows for file in held)
    if None in listed or rows <= ENOUGH:
        return whole
    step = int(rows // ENOUGH)
    # From the middle of each stretch: the newest file may be half a day, and the oldest a beginning.
    chosen = [(found or [])[step // 2 :: step] or (found or [])[:1] for found in listed]
    members = tuple(
        replace(member, files=tuple(file.name for file in kept), rows=round(sum(file.rows for file in kept)))
        for member, kept in zip(files.members, chosen, strict=True)
    )
    share = sum(file.rows for kept in chosen for file in kept) / rows
    span = max(file.last for file in held) - min(file.first for file in held)
    return SomeFiles(replace(files, members=members), share, span)


def middle_stretch(source: Source, files: RelationFiles, within: Range, hop: int) -> tuple[RelationFiles, Range]:
    """The middle file of the source's first member that reaches into a range, as much of its time around its middle as
    holds enough rows, in whole hops; all of it where it does not say what it holds."""
    member, *others = files.members
    held = _files_within(source.members[0], member, within)
    named = member.files if held is None else tuple(file.name for file in held)
    middle = len(named) // 2
    kept = named[middle : middle + 1]
    chosen = replace(files, members=(replace(member, files=kept), *(replace(other, files=()) for other in others)))
    if not held:
        return chosen, within
    file = held[middle]
    first, hops = file.first // hop, file.last // hop - file.first // hop + 1
    enough = ceil(hops * min(1.0, ENOUGH / file.rows))
    start = first + (hops - enough) // 2
    return chosen, (max(start * hop, within[0]), min((start + enough) * hop, within[1]))


def _files_within(member: Source, files: SourceFiles, within: Range) -> list[_File] | None:
    """The files that reach into a range, with the rows and the instants that they may have in it; None if one does not
    say."""
    found = []
    for name in files.files:
        groups = read_row_groups(member, name)
        if groups is None:
            return None
        if not (held := [group for group in groups if group.rows]):
            continue
        begin, end = min(group.first for group in held), max(group.last for group in held)
        first, last = max(begin, within[0]), min(end, within[1] - 1)
        if first <= last:
            share = (last - first + 1) / (end - begin + 1)
            found.append(_File(name, sum(group.rows for group in held) * share, first, last))
    return found
