"""Joins that compare what cannot be equal."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_joins


def join_on_two_types(loaded: LoadedRepository) -> Iterator[Finding]:
    """The columns that a join is on have one type on both sides, and it is no floating one."""
    for view, source, path, join in views_with_joins(loaded):
        types, joined = own_types(source), own_types(join.dimension)
        for left, right in join.on.items():
            kinds = types.get(left), joined.get(right)
            if None in kinds:
                continue
            if kinds[0] != kinds[1]:
                message = f"{left!r} is {kinds[0]}, {join.qualified(right)!r} is {kinds[1]}"
                yield Finding(
                    "feature_view", view.name, (*path, "on", left), message, "declare them with the same type"
                )
            elif kinds[0] is not None and kinds[0].is_floating:
                message = f"a join on {left!r} compares floating numbers"
                yield Finding(
                    "feature_view", view.name, (*path, "on", left), message, "join on string, bigint or decimal"
                )
