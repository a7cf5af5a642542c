"""Joins on columns that one of the two sides does not have, or has as something else."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_joins
from definitions.suggest import suggest


def unknown_join_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A join's `on` names columns of the view's source on the left and of the dimension on the right."""
    for view, source, path, join in views_with_joins(loaded):
        types, joined = own_types(source), own_types(join.dimension)
        for left, right in join.on.items():
            for name, side, known in ((left, source, types), (right, join.dimension, joined)):
                if name not in known:
                    message = f"the source {side.name!r} has no column {name!r}"
                    hint = f"{suggest(name, known, 'columns')} write other names as on: {{{left}: ..}}"
                    yield Finding("feature_view", view.name, (*path, "on", left), message, hint)
                    break
