"""Relations: sources as they are read, unions with their members and dimensions joined to each row.

A relation is a source, so that whoever asks for its columns, timestamp or order need not know the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from definitions.model import Column, FeatureView, Source

SHAPE: Final = ("timestamp", "tiebreak", "dedupe")
"""What members of a union must have in common beside their columns."""


@dataclass(frozen=True)
class JoinedSource:
    """A dimension beside the rows of a source: `on` maps the source's columns to the dimension's, and the dimension's
    columns are called `<name>.<column>`."""

    name: str
    on: Mapping[str, str]
    dimension: Source

    def qualified(self, column: str) -> str:
        """What a column of the dimension is called beside the source's own."""
        return f"{self.name}.{column}"


class Relation(Source):
    """A source as it is read: `united` are the sources with files whose rows it has, `dimensions` what is joined."""

    united: tuple[Source, ...]
    dimensions: tuple[JoinedSource, ...] = ()

    @property
    def members(self) -> tuple[Source, ...]:
        return self.united

    @property
    def joins(self) -> tuple[JoinedSource, ...]:
        return self.dimensions


def resolve_source(name: str, sources: Mapping[str, Source]) -> Source:
    """A declared source as it is read: a union takes the shape of its members.

    Raises:
        KeyError: the source or a member is not among `sources`.
    """
    declared = sources[name]
    if not declared.union:
        return declared
    members = tuple(sources[member] for member in declared.union)
    shape = {key: getattr(members[0], key) for key in SHAPE}
    named = {
        key: getattr(declared, key) for key in ("name", "description", "owner", "team", "tags", "expect", "on_block")
    }
    return Relation(**named, **shape, columns=own_columns(members[0]), united=members)


def resolve_view(view: FeatureView, sources: Mapping[str, Source]) -> Source:
    """What a view reads: its source, with the dimensions that it joins.

    Raises:
        KeyError: one of them, or a member of a union among them, is not among `sources`.
    """
    source = resolve_source(view.source, sources)
    if not view.join:
        return source
    dimensions = tuple(JoinedSource(join.name, join.on, resolve_source(join.source, sources)) for join in view.join)
    shared = {key: getattr(source, key) for key in Source.model_fields}
    return Relation(**shared, united=source.members, dimensions=dimensions)


def own_columns(source: Source) -> dict[str, Column]:
    """A source's columns and partitions by name, without those of dimensions."""
    return {**source.columns, **source.partitions}


def files_read(source: Source) -> Iterator[Source]:
    """Every source with files that a relation reads: the members, then those of its dimensions."""
    yield from source.members
    for join in source.joins:
        yield from files_read(join.dimension)


def names_read(view: FeatureView, sources: Mapping[str, Source]) -> set[str]:
    """The names of all declared sources that a view reads: its own, its dimensions and the members of unions."""
    named = {view.source, *(join.source for join in view.join)}
    return named | {member for name in named if name in sources for member in sources[name].union}
