"""Unions of what does not go together."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.loaded import LoadedRepository
from definitions.model import Dedupe, Source
from definitions.relation import SHAPE
from definitions.rules.rule import Finding, unions_with_members


def union_member_of_another_shape(loaded: LoadedRepository) -> Iterator[Finding]:
    """The members of a union have the same columns (partitions count as such) of the same types, the same timestamp
    column, tiebreak and dedupe."""
    for source, place, name, member in unions_with_members(loaded):
        first = loaded.repository.sources.get(source.union[0])
        if place == 0 or first is None or member is None or first.union or member.union:
            continue
        for difference in _differences(first, member):
            message = f"{name!r} is of another shape than {first.name!r}: {difference}"
            hint = "declare them alike, or leave it out of the union"
            yield Finding("source", source.name, ("union", place), message, hint)


def _differences(first: Source, other: Source) -> Iterator[str]:
    types, others = own_types(first), own_types(other)
    for column in sorted({*types, *others}):
        if column not in others:
            yield f"it has no column {column!r}"
        elif column not in types:
            yield f"only it has a column {column!r}"
        elif types[column] != others[column]:
            yield f"the column {column!r} is {others[column]}, not {types[column]}"
    for key in SHAPE:
        if getattr(first, key) != getattr(other, key):
            yield f"its {key} is {_word(getattr(other, key))}, not {_word(getattr(first, key))}"


def _word(value: str | Dedupe | None) -> str:
    match value:
        case None:
            return "nothing"
        case Dedupe():
            return f"of {', '.join(value.key)} by {value.by}"
        case name:
            return name
