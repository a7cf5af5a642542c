"""Joins that expressions could not tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_joins


def duplicate_join(loaded: LoadedRepository) -> Iterator[Finding]:
    """The joins of a view have different names, under which no column of its source stands already."""
    for view, source, path, join in views_with_joins(loaded):
        earlier = source.joins[: [other is join for other in source.joins].index(True)]
        if any(join.name.lower() == other.name.lower() for other in earlier):
            message = f"two joins are named {join.name!r}"
            yield Finding("feature_view", view.name, path, message, "give one of them a name: {source: .., name: ..}")
        own = {name.lower() for name in own_types(source)}
        for name in own_types(join.dimension):
            if join.qualified(name).lower() in own:
                message = f"{join.qualified(name)!r} is a column of the source {source.name!r} too"
                yield Finding(
                    "feature_view", view.name, path, message, "give the join another name: {source: .., name: ..}"
                )
