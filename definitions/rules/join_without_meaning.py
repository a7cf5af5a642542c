"""Joins of dimensions that no instant, or no one row, can be asked of."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_joins


def join_without_meaning(loaded: LoadedRepository) -> Iterator[Finding]:
    """A dimension has no `dedupe`, which looks at hops; one with a timestamp is joined to rows that have one."""
    for view, source, path, join in views_with_joins(loaded):
        dimension = join.dimension
        if dimension.dedupe is not None:
            message = f"the dimension {dimension.name!r} has a dedupe, which is of rows inside a hop"
            hint = "join a source of the same files without it: the latest row that was known counts anyway"
            yield Finding("feature_view", view.name, (*path, "source"), message, hint)
        if dimension.timestamp is not None and source.timestamp is None:
            message = f"the dimension {dimension.name!r} is known as of an instant, rows of {source.name!r} have none"
            hint = f"give the source {source.name!r} a timestamp, or join a source without one"
            yield Finding("feature_view", view.name, (*path, "source"), message, hint)
