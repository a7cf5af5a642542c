"""Tests of a view that speak of columns there are not."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_names, own_types
from definitions.loaded import LoadedRepository
from definitions.model import FeatureView, Source, ViewTest
from definitions.rules.rule import Finding, views_with_source
from definitions.suggest import suggest


def unknown_test_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A test's `rows` have columns of the source, its `dimensions` those of joined sources, by the join's name; its
    `expect` has the entity's keys and columns of the view."""
    for view, source in views_with_source(loaded):
        entity = loaded.repository.entities.get(view.entity)
        if entity is None:
            continue
        valid = {"rows": tuple(own_types(source)), "expect": (*entity.keys, *column_names(view))}
        for position, test in enumerate(view.tests):
            yield from _unknown_in_dimensions(view, source, position, test)
            for section, rows in (("rows", test.rows), ("expect", test.expect)):
                for place, row in enumerate(rows):
                    path = ("tests", position, section, place)
                    for name in row:
                        if name not in valid[section]:
                            message = f"{section!r} has an unknown column {name!r}"
                            hint = suggest(name, valid[section], "columns")
                            yield Finding("feature_view", view.name, (*path, name), message, hint)
                    missing = [key for key in entity.keys if section == "expect" and key not in row]
                    if missing:
                        message = f"'expect' does not say the key {', '.join(missing)}"
                        yield Finding("feature_view", view.name, path, message, "add it to the row")


def _unknown_in_dimensions(view: FeatureView, source: Source, position: int, test: ViewTest) -> Iterator[Finding]:
    joined = {join.name: own_types(join.dimension) for join in source.joins}
    for name, rows in test.dimensions.items():
        path = ("tests", position, "dimensions", name)
        if name not in joined:
            hint = suggest(name, joined, "joins") if joined else "a view has dimensions by its `join`"
            yield Finding("feature_view", view.name, path, f"no join is named {name!r}", hint)
            continue
        for place, row in enumerate(rows):
            for column in row:
                if column not in joined[name]:
                    message = f"the dimension {name!r} has no column {column!r}"
                    hint = suggest(column, joined[name], "columns")
                    yield Finding("feature_view", view.name, (*path, place, column), message, hint)
