"""Tests of a view that speak of columns there are not."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_names, column_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_source
from definitions.suggest import suggest


def unknown_test_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A test's `rows` have columns of the source; its `expect` has the entity's keys and columns of the view."""
    for view, source in views_with_source(loaded):
        entity = loaded.repository.entities.get(view.entity)
        if entity is None:
            continue
        valid = {"rows": tuple(column_types(source)), "expect": (*entity.keys, *column_names(view))}
        for position, test in enumerate(view.tests):
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
