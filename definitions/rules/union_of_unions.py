"""Unions whose members have no files."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, unions_with_members


def union_of_unions(loaded: LoadedRepository) -> Iterator[Finding]:
    """The members of a union are different sources with files, no unions."""
    for source, place, name, member in unions_with_members(loaded):
        path = ("union", place)
        if name in source.union[:place]:
            yield Finding(
                "source", source.name, path, f"the member {name!r} stands twice", "its rows would count twice"
            )
        elif member is not None and member.union:
            hint = f"write its members instead: {', '.join(member.union)}"
            yield Finding("source", source.name, path, f"the member {name!r} is a union itself", hint)
