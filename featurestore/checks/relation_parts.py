"""The declared sources that a relation's rows come from, each to be looked at by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.model import Source
from definitions.relation import Relation, own_columns
from featurestore.survey import Survey


@dataclass(frozen=True)
class RelationPart:
    """A union, a member or a dimension, with the survey of its own files. Of its `personal` columns no value may be
    told: of a union's those that any member tags, as values of all members are of one kind."""

    source: Source
    survey: Survey
    personal: frozenset[str]
    is_dimension: bool = False

    @property
    def is_union(self) -> bool:
        """Whether its rows are those of other parts."""
        return len(self.source.members) > 1


def parts_of(source: Source, survey: Survey, is_dimension: bool = False) -> Iterator[RelationPart]:
    """The declared sources that rows of a relation come from: its union, the members, and its dimensions'."""
    personal = frozenset(
        name for member in source.members for name, column in own_columns(member).items() if column.pii
    )
    if len(source.members) > 1:
        assert isinstance(source, Relation)
        alone = source.model_copy(update={"dimensions": ()})
        yield RelationPart(alone, Survey(survey.members), personal, is_dimension)
    for member, surveyed in zip(source.members, survey.members, strict=True):
        yield RelationPart(member, Survey((surveyed,)), personal, is_dimension)
    for join, joined in zip(source.joins, survey.dimensions, strict=True):
        yield from parts_of(join.dimension, joined, True)


def part_names(source: Source) -> set[str]:
    """The names of all declared sources that a relation is read from."""
    joined = (name for join in source.joins for name in part_names(join.dimension))
    return {source.name, *(member.name for member in source.members), *joined}


def expects_something(source: Source) -> bool:
    """Whether anything is expected of the rows of a relation, or of those beside them."""
    if source.expect or any(member.expect for member in source.members):
        return True
    return any(expects_something(join.dimension) for join in source.joins)
